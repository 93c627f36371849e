// The protocol of the engine (RESP3 and RESP2 of Redis): items in, commands
// out. One item is one line or one text; what belongs together is told by its
// depth. Pure; stateless but for the walker's place. The engine's bytes are
// hostile: lengths, depth and numbers of elements are bounded.
// https://redis.io/docs/latest/develop/reference/protocol-spec/
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace onair::engine {

inline constexpr size_t kMaxLine = size_t{16} * 1024;
inline constexpr size_t kMaxText = size_t{1} * 1024 * 1024;
inline constexpr uint64_t kMaxElements = size_t{1} << 20;
inline constexpr size_t kMaxNesting = 8;

enum class Type : uint8_t {
    kText,    // of any bytes
    kError,   // the engine says what is wrong
    kNumber,  // RESP2 and RESP3
    kNull,
    kOther,  // a line of RESP3: a double, a truth, a big number
    kArray,  // and a set
    kMap,    // `count` is that of its keys and values together
    kPush,   // came by itself
};

struct Item {
    Type type = Type::kNull;
    std::string_view text;  // LIFETIME: the input
    int64_t number = 0;
    uint64_t count = 0;  // elements
    size_t depth = 0;    // 0: stands by itself
    uint64_t index = 0;  // among its parent's elements
    bool last = false;   // the value at depth 0 is whole with it
};

// Walks through what comes over one connection.
class Walker {
  public:
    // The next item at the begin of `in`, of which it takes *used bytes.
    // Faults: kIncomplete (nothing was taken: more bytes are wanted, at most
    // kMaxText + kMaxLine in all), kTooLarge, kTooDeep, kTooMany,
    // kUnknownFormat. After these the connection is of no use.
    Result<Item> next(std::string_view in, size_t* used);

  private:
    void step(Item* item);

    struct Level {
        uint64_t count = 0;
        uint64_t index = 0;
    };
    Level levels_[kMaxNesting];
    size_t depth_ = 0;
};

// Bytes that write_command() needs at the most.
size_t most_command(std::span<const std::string_view> words);
void write_command(Writer& out, std::span<const std::string_view> words);

// A whole number in decimal, nothing else; kBadRequest.
Result<uint64_t> read_number(std::string_view text);
// Eight digits of an epoch. kBadRequest.
Result<uint32_t> read_epoch(std::string_view text);

}  // namespace onair::engine
