// What a client of Centrifugo's JSON protocol says: commands, one JSON object a
// line, several in a message; and the request with which a unidirectional
// connection begins. Hostile input; nothing is allocated but from the arena.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "source/json.h"

namespace onair::centrifuge {

inline constexpr size_t kMaxRequest = size_t{64} * 1024;
inline constexpr size_t kMaxCommands = 512;  // in one message
inline constexpr size_t kMaxChannels = 256;  // of one connection

// The arena that always suffices to read a message of this size.
constexpr size_t memory_for(size_t size)
{
    return 16 * size + 16384;
}

enum class Method : uint8_t {
    kPong,  // an empty object
    kConnect,
    kSubscribe,
    kUnsubscribe,
    kPublish,
    kPresence,
    kPresenceStats,
    kHistory,
    kPing,
    kSend,
    kRpc,
    kRefresh,
    kSubRefresh,
    kUnknown,
};

// Where a client was in a channel.
struct Position {
    bool recover = false;    // it wants what it missed since
    std::string_view epoch;  // empty: it was nowhere
    uint64_t offset = 0;
};

struct Command {
    uint32_t id = 0;
    Method method = Method::kPong;
    std::string_view channel;
    Position position;
    // All that was said with it: of what has no member here.
    source::JsonValue params;
    // What is published, as it came; empty: nothing.
    std::string_view data;
};

// Reads an object with "recover", "epoch" and "offset". What is no position is
// none: a client is then told that it was not recovered.
Position position_of(source::JsonValue from);

// Takes the commands of a message one by one.
class CommandReader {
  public:
    CommandReader(std::string_view text, Arena& arena)
        : rest_(text), arena_(arena), mark_(arena.used())
    {}

    // False at the end. What was said of the one before is forgotten. Faults:
    // kNotJson, kTooDeep, kBadRequest (no object, two methods in one, an id
    // that is no number, none where there must be one), kTooMany, kNoMemory;
    // nothing behind it is to be read then.
    Result<bool> next(Command* out);

  private:
    Result<bool> read(std::string_view line, Command* out);

    std::string_view rest_;
    Arena& arena_;
    size_t mark_;
    std::optional<source::Json> json_;
    size_t count_ = 0;
};

struct Wish {
    std::string_view channel;
    Position position;
};

// {"subs":{"station:rock":{"recover":true}}}. Nothing at all, null and an
// object without subs wish for nothing; members that are not known mean
// nothing. Faults: kNotJson, kTooDeep, kBadRequest, kTooMany, kNoMemory.
Result<std::span<const Wish>> read_wishes(std::string_view text, Arena& arena);

// What a client of a stream sends: {"session":"...","node":"3","data":"..."};
// `data` are commands, as text.
struct Post {
    std::string_view session;
    uint32_t node = 0;
    std::string_view commands;
};

// Faults: kNotJson, kTooDeep, kTooLarge, kBadRequest, kNoMemory.
Result<Post> read_post(std::string_view text, Arena& arena);

}  // namespace onair::centrifuge
