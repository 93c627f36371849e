#include "slot/note.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/utf8.h"
#include "slot/record.h"

namespace onair::slot {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr int kTries = 4;
constexpr size_t kWord = sizeof(uint64_t);

}  // namespace

void write(Note& note, std::string_view text)
{
    text = cut(text, kMaxNote);
    note.sum.store(0, std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_release);
    for (size_t at = 0; at < text.size(); at += kWord) {
        uint64_t word = 0;
        std::memcpy(&word, text.data() + at, std::min(kWord, text.size() - at));
        note.words[at / kWord].store(word, kRelaxed);
    }
    note.size.store(text.size(), kRelaxed);
    note.sum.store(hash(text), std::memory_order_release);
}

std::string_view read(const Note& note, std::span<char> buffer)
{
    for (int i = 0; i < kTries; i++) {
        uint64_t sum = note.sum.load(std::memory_order_acquire);
        size_t size = note.size.load(kRelaxed);
        if (size > std::min(kMaxNote, buffer.size())) {
            continue;
        }
        for (size_t at = 0; at < size; at += kWord) {
            uint64_t word = note.words[at / kWord].load(kRelaxed);
            std::memcpy(buffer.data() + at, &word, std::min(kWord, size - at));
        }
        std::string_view text(buffer.data(), size);
        if (hash(text) == sum) {
            return text;
        }
    }
    return {};
}

}  // namespace onair::slot
