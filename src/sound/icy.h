// Titles inside the sound, as SHOUTcast began it and Icecast and all players
// do: after each `metaint` bytes of sound one byte of length and 16 times so
// many bytes of text. There is no standard; docs/wire.md says what we read and
// write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace onair::sound {

inline constexpr size_t kMostIcyBlock = 1 + 255 * 16;
inline constexpr uint32_t kMostMetaint = 1 << 20;  // bytes

struct IcyWords {
    std::string_view title;  // as it stands there, not yet repaired
    std::string_view url;
};

// What a block says; padding does not matter. The title may hold quotes.
IcyWords read_icy(std::string_view block);

struct IcyPart {
    enum class What : uint8_t { kNone, kSound, kBlock };
    What what = What::kNone;  // kNone: everything was consumed
    ConstBytes sound = {};    // LIFETIME: a view of the input
    IcyWords words = {};      // LIFETIME: the reader's, until its next next()
};

// Takes the blocks out of an upstream's answer.
class IcyReader {
  public:
    // metaint: bytes of sound between two blocks, as the answer's head says;
    // 0: there are none.
    explicit IcyReader(uint32_t metaint = 0) : metaint_(metaint), left_(metaint)
    {}

    // Consumes from the front of `in`; call until it returns kNone. A block
    // without text, "as before", is not told.
    IcyPart next(ConstBytes& in);

  private:
    IcyPart take_sound(ConstBytes& in);
    IcyPart take_block(ConstBytes& in);

    uint32_t metaint_;
    uint32_t left_;     // bytes of sound in front of the next block
    size_t block_ = 0;  // bytes of the present block; 0: its length to come
    size_t held_ = 0;
    char text_[kMostIcyBlock];
};

// Writes a block with this title and its length in front; the bytes used. `out`
// has kMostIcyBlock of them. A title too long is cut at the border of a
// character; a semicolon that would end it early becomes a comma. No title:
// "nothing is known", which a player shows as none.
size_t write_icy(std::string_view title, Bytes out);

// The place of one listener between two blocks.
class IcyPhase {
  public:
    explicit IcyPhase(uint32_t metaint = 0) : metaint_(metaint), left_(metaint)
    {}

    // Bytes of sound that may go before a block is due; 0: a block is due now.
    uint32_t room() const { return left_; }
    void sent(uint32_t sound) { left_ -= sound; }
    void block_sent() { left_ = metaint_; }
    bool wants_blocks() const { return metaint_ > 0; }

  private:
    uint32_t metaint_;
    uint32_t left_;
};

}  // namespace onair::sound
