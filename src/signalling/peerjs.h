// PeerJS's signalling: the query of its handshake, the messages that are passed
// on, and what its server says itself. `src` is always the server's to say; a
// payload passes byte for byte.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace onair::signalling {

inline constexpr size_t kMaxPeerId = 128;     // bytes, of an id
inline constexpr size_t kMaxPeerToken = 256;  // and of a token

struct PeerQuery {
    std::string_view key;
    std::string_view id;
    std::string_view token;
};
// Members of the handshake's query, decoded into the arena.
PeerQuery read_peer_query(std::string_view args, Arena& arena);

enum class PeerRefusal : uint8_t {
    kNone,
    kIncomplete,
    kWrongKey,
    kTaken,
    kTooMany,
    kBadId,  // longer than we take, or not of one line of text
};
// Whether key, id and token may come in; not whether the id is free.
PeerRefusal check_peer(const PeerQuery& query, std::string_view key);

struct PeerMessage {
    std::string_view type;  // empty: of no type that is passed on
    std::string_view dst;
    std::string_view payload;  // as it came; empty: there was none
};
// Views of text and arena. Faults: kNotJson, kTooDeep, kBadRequest, kNoMemory.
Result<PeerMessage> read_peer(std::string_view text, Arena& arena);

void write_open(Writer& out);
void write_refused(Writer& out, PeerRefusal refusal);
void write_peer_error(Writer& out, std::string_view why);
void write_peer(Writer& out, const PeerMessage& message, std::string_view src);
size_t most_peer(const PeerMessage& message, std::string_view src);
void write_expired(Writer& out, std::string_view src, std::string_view dst);

// The last segments of the URI below the location: what is asked for.
enum class PeerPath : uint8_t { kNone, kAbout, kSocket, kNewId, kPeers };
PeerPath read_peer_path(std::string_view rest);
void write_about(Writer& out);

}  // namespace onair::signalling
