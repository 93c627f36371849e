// The signalling of Unity Render Streaming's web app: what its clients say over
// WebSocket and by polling, and what they are told. Texts in, plain values and
// texts out; who is told is seating.h's to say. Descriptions and candidates
// pass byte for byte.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace onair::signalling {

enum class Say : uint8_t {
    kNothing,  // of no type that is known: not answered
    kConnect,
    kDisconnect,
    kOffer,
    kAnswer,
    kCandidate,
};
inline constexpr size_t kSays = 6;
std::string_view word(Say say);

inline constexpr size_t kMaxConnectionId = 300;  // characters
inline constexpr size_t kMaxIdJson = 6 * 4 * kMaxConnectionId + 2;

// `sdp` of an offer and an answer; `candidate`, `sdpMLineIndex`, `sdpMid`.
inline constexpr size_t kMostFields = 3;

struct Signal {
    Say say = Say::kNothing;
    // The connectionId as JSON, always spelled the same; empty: there was none.
    std::string_view id;
    // As they came, any JSON; empty: not there.
    std::string_view fields[kMostFields];
    bool polite = false;  // of an offer
    UnixMs time = 0;      // when the server heard it
};

// A message of a WebSocket; `why` says in words what is wrong with one.
// Views of text and arena. Faults: kNotJson, kTooDeep, kBadRequest, kNoMemory.
Result<Signal> read_signal(std::string_view text, Arena& arena,
                           std::string_view* why);
// The same of the body of a polling request: flat JSON, or a form.
Result<Signal> read_body(Say say, std::string_view body, bool is_form,
                         Arena& arena, std::string_view* why);

// --- what a WebSocket is told ---

void write_connected(Writer& out, std::string_view id, bool polite);
void write_taken(Writer& out, std::string_view id);
void write_disconnected(Writer& out, std::string_view id);
// An offer, an answer or a candidate.
void write_signal(Writer& out, const Signal& signal);
void write_error(Writer& out, std::string_view why);
size_t most_signal(const Signal& signal);

// --- what a polling client is told ---

// {"connectionId":..,"polite":..,"type":"connect","datetime":..}
void write_connection(Writer& out, std::string_view id, bool polite,
                      UnixMs time);
void write_connection_id(Writer& out, std::string_view id);
// One of `messages` and of the lists; also kConnect and kDisconnect.
void write_entry(Writer& out, const Signal& signal);
size_t most_entry(const Signal& signal);
// "messages", "connections", "offers", "answers", "candidates".
std::string_view list_name(Say say);

// --- both ---

struct Config {
    bool web_socket = true;
    bool is_private = false;
    std::string_view ice_servers;  // JSON; empty: there are none
};
void write_config(Writer& out, const Config& config);

}  // namespace onair::signalling
