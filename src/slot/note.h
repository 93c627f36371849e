// A line of text in shared memory: written by the worker that leads the zone,
// read by any. A reader gets a whole text or none: a sum tells a text that is
// being written, or that two wrote at once, from a whole one.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

namespace onair::slot {

inline constexpr size_t kMaxNote = 184;  // bytes; a longer one is cut

struct Note {
    std::atomic<uint64_t> sum;
    std::atomic<uint64_t> size;
    std::atomic<uint64_t> words[kMaxNote / sizeof(uint64_t)];
};

// Clean UTF-8, cut between characters.
void write(Note& note, std::string_view text);

// Views `buffer` (kMaxNote bytes); empty when there is none, or none whole.
std::string_view read(const Note& note, std::span<char> buffer);

}  // namespace onair::slot
