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
    Whom whom = Whom::kNobody;
    Handle one = kNobodyThere;  // of kOne
    Keep keep = Keep::kNothing;
};

// In private mode the first to connect is the host, the second its peer, and
// nobody else is heard; `whom` of a connect is the host, which is to tell what
// it has kept. In public mode whoever offers owns the id, whoever answers is
// its peer; offers go to all others, and candidates too as long as there is no
// peer. kDisconnect stands for the closing of a connection too: `one` is told,
// and both seats are free.
Ruling rule(Mode mode, Say say, Handle who, Seat* seat);

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
