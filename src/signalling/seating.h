// The rules of who meets whom: what becomes of the two seats of a connection
// id, or of the one of a PeerJS id, when somebody says something there, and who
// is to be told. Values in, values out; the seats are in shared memory
// (seats.h), changed by whichever worker the message came to.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "signalling/seats.h"
#include "signalling/unity.h"

namespace onair::signalling {

enum class Mode : uint8_t { kPublic, kPrivate };

enum class Whom : uint8_t { kNobody, kOne, kOthers };

// What the worker of whoever said it remembers, for those who come later.
enum class Keep : uint8_t {
    kNothing,
    kOffer,  // in the place of what was kept
    kMore,   // beside it
    kDrop,   // it was told
};

struct Ruling {
    bool taken = false;    // a connect that is refused
    bool polite = true;    // what a connect is answered, what an offer says
    bool in_pair = false;  // it has a seat now
    bool held = false;     // the seat that was left waits for who comes back
    Whom whom = Whom::kNobody;
    Handle one = kNobodyThere;  // of kOne
    Keep keep = Keep::kNothing;
};

// In private mode the first to connect is the host, the second its peer, and
// nobody else is heard; `whom` of a connect is the host, which is to tell what
// it has kept. In public mode whoever offers owns the id, whoever answers is
// its peer; offers go to all others, and candidates too as long as there is no
// peer. kDisconnect stands for the closing of a connection too: `one` is told,
// and both seats are free. `hold_ms`: for how long the seats of this pair wait
// where a connection breaks.
Ruling rule(Mode mode, Say say, Handle who, Seat* seat, uint64_t hold_ms = 0);
// The connection broke, or its worker died. A pair that is held goes on with an
// empty seat, and whoever connects with its id next has it; until then what the
// other one says is kept. `one` is whoever is left.
Ruling leave_broken(Handle who, Seat* seat, Ticks now);
// Nobody has come back to it yet.
bool pair_waits(const Seat& seat);
// And nobody did in time.
bool pair_is_over(const Seat& seat, Ticks now);

// --- PeerJS ---

struct Entry {
    bool taken = false;
    Handle replaced = kNobodyThere;  // a connection that gives way
};
// The id is free, was left long enough ago, or is held by the same token.
Entry enter_peer(Seat* seat, Handle who, uint64_t token, Ticks now,
                 uint64_t hold_ms);
// `clean`: by a close frame; else the id is held for its token. False: the
// seat was somebody else's by then.
bool leave_peer(Seat* seat, Handle who, bool clean, Ticks now);
// Nobody came back in time: the seat is free.
bool peer_is_over(const Seat& seat, Ticks now, uint64_t hold_ms);

}  // namespace onair::signalling
