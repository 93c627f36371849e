#include "sound/ring.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/utf8.h"

namespace onair::sound {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr size_t kLine = 64;
constexpr uint64_t kMagic = 0x6f6e616972207331u;  // "onair s1"
constexpr uint64_t kVersion = 2;
constexpr size_t kCueWords = 3 + kMostCue / 8;
constexpr size_t kInfoWords = 2 + kMostInfo / 8;

uint64_t digest_of(ConstBytes bytes)
{
    slot::Digest digest;
    digest.add(text_of(bytes));
    return digest.end();
}

size_t round_down(size_t n, size_t to)
{
    return n / to * to;
}

}  // namespace

// Where the parts are; a function of the size alone.
struct Parts {
    uint64_t size;
    uint64_t head_room;
    uint64_t sound_at;
    uint64_t sound_room;
    bool operator==(const Parts&) const = default;
};

// NOLINTNEXTLINE(*.Padding): lines of their own are what the room is for.
struct alignas(kLine) RingHead {
    std::atomic<uint64_t> magic;
    uint64_t version;
    Parts parts;
    alignas(kLine) std::atomic<uint64_t> word;
    std::atomic<uint64_t> floor;
    std::atomic<uint64_t> beaten;
    std::atomic<uint64_t> figures[kFigures];
    Sealed<kInfoWords> info;
    Sealed<3> pages[kHeads];  // generation, size, digest
    alignas(kLine)
        std::atomic<uint32_t> listeners[slot::kMaxWorkers + 1][kListenings];
    alignas(kLine) Sealed<7> chunks[kChunks];
    Sealed<kCueWords> cues[kCues];
};

namespace {

Parts parts_of(size_t size)
{
    Parts parts;
    parts.size = size;
    parts.head_room = std::min<size_t>(round_down(size / 32, kLine), 65536);
    parts.sound_at = sizeof(RingHead) + kHeads * parts.head_room;
    parts.sound_room = round_down(size - parts.sound_at, kLine);
    return parts;
}

uint8_t* base_of(RingHead* head)
{
    // SAFETY: the ring's memory begins with its head.
    return reinterpret_cast<uint8_t*>(head);
}

// Texts one behind the other in the last words of a record; their sizes, 16
// bits each, in one word.
template <size_t kWords, size_t kTexts>
void pack(std::array<uint64_t, kWords>& words, size_t first,
          const std::array<std::string_view, kTexts>& texts)
{
    static_assert(kTexts <= 4);
    auto room = (kWords - first - 1) * 8;
    uint8_t bytes[kWords * 8] = {};
    size_t used = 0;
    words[first] = 0;
    for (size_t i = 0; i < kTexts; i++) {
        std::string_view kept = cut(texts[i], room - used);
        copy_bytes(bytes + used, kept.data(), kept.size());
        used += kept.size();
        words[first] |= uint64_t{kept.size()} << (16 * i);
    }
    std::memcpy(&words[first + 1], bytes, room);
}

template <size_t kWords, size_t kTexts>
bool unpack(const std::array<uint64_t, kWords>& words, size_t first,
            std::span<char> out, std::array<std::string_view, kTexts>* texts)
{
    size_t room = std::min((kWords - first - 1) * 8, out.size());
    std::memcpy(out.data(), &words[first + 1], room);
    size_t used = 0;
    for (size_t i = 0; i < kTexts; i++) {
        size_t size = words[first] >> (16 * i) & 0xffff;
        if (size > room - used) {
            return false;
        }
        (*texts)[i] = {out.data() + used, size};
        used += size;
    }
    return true;
}

}  // namespace

Result<Ring> Ring::create(Bytes memory)
{
    if (memory.size() < kLeastRing || memory.size() > kMostRing) {
        return Fault::kZoneTooSmall;
    }
    std::memset(memory.data(), 0, sizeof(RingHead));
    // SAFETY: aligned and large enough; zeroed atomics hold 0.
    auto* head = new (memory.data()) RingHead();
    head->parts = parts_of(memory.size());
    head->version = kVersion;
    head->magic.store(kMagic, kRelease);
    return Ring(head);
}

Result<Ring> Ring::open(Bytes memory)
{
    if (memory.size() < kLeastRing || memory.size() > kMostRing) {
        return Fault::kLayoutChanged;
    }
    // SAFETY: large enough; only believed after the magic.
    auto* head = reinterpret_cast<RingHead*>(memory.data());
    if (head->magic.load(kAcquire) != kMagic || head->version != kVersion ||
        head->parts != parts_of(memory.size())) {
        return Fault::kLayoutChanged;
    }
    return Ring(head);
}

Ring::State Ring::state() const
{
    return State::of(head_->word.load(kAcquire));
}

bool Ring::exchange(State expected, State next) const
{
    uint64_t word = expected.word();
    return head_->word.compare_exchange_strong(word, next.word(),
                                               std::memory_order_acq_rel);
}

Result<Chunk> Ring::chunk(uint64_t number) const
{
    std::array<uint64_t, 7> words;
    if (!head_->chunks[number % kChunks].read(&words) || words[0] != number) {
        return Fault::kNotFound;
    }
    Chunk chunk;
    chunk.number = number;
    chunk.position = words[1];
    chunk.at = words[2];
    chunk.time_us = words[3];
    chunk.sum = words[4];
    chunk.size = static_cast<uint32_t>(words[5] & 0xffff);
    chunk.start = (words[5] >> 16 & 1) != 0;
    chunk.breaks = (words[5] >> 17 & 1) != 0;
    chunk.apart = (words[5] >> 18 & 1) != 0;
    chunk.term = static_cast<uint32_t>(words[5] >> 32);
    chunk.cue = static_cast<uint32_t>(words[6]);
    chunk.head = static_cast<uint32_t>(words[6] >> 32);
    size_t from = chunk.at % head_->parts.sound_room;
    bool good = chunk.size > 0 && chunk.size <= kMostChunk &&
                from + chunk.size <= head_->parts.sound_room &&
                chunk.position + chunk.size > chunk.position;
    return good ? Result<Chunk>(chunk) : Fault::kNotFound;
}

// Each term spends one number before its first: a record there is of a lower
// term, and was never published.
Ring::State Ring::before(State state, uint64_t least, Chunk* chunk) const
{
    constexpr uint32_t kTerms = 0xffffff;
    while (state.chunks > least) {
        state.chunks--;
        Result<Chunk> found = this->chunk(state.chunks);
        bool later =
            found && ((found->term - state.term) & kTerms) < kTerms / 2;
        if (later) {
            state.term = found->term;
            *chunk = *found;
            return state;
        }
        state.term = (state.term - 1) & kTerms;
    }
    return {};
}

Result<Chunk> Ring::last(State state) const
{
    uint64_t least = state.chunks > kChunks ? state.chunks - kChunks : 0;
    Chunk chunk;
    return before(state, least, &chunk) == State()
               ? Result<Chunk>(Fault::kNotFound)
               : chunk;
}

ConstBytes Ring::bytes_of(const Chunk& chunk) const
{
    return {sound_at(chunk.at), chunk.size};
}

bool Ring::is_safe(const Chunk& chunk, const Chunk& last, State state) const
{
    uint64_t written = last.at + last.size +
                       reach(((state.term - last.term) & 0xffffff) + 1) +
                       kMostChunk;
    return chunk.at <= last.at && written - chunk.at <= head_->parts.sound_room;
}

bool Ring::is_whole(const Chunk& chunk) const
{
    return digest_of(bytes_of(chunk)) == chunk.sum;
}

Result<Cue> Ring::cue(uint32_t number, std::span<char, kMostCue> room) const
{
    std::array<uint64_t, kCueWords> words;
    std::array<std::string_view, 2> texts;
    if (number == 0 || !head_->cues[number % kCues].read(&words) ||
        words[0] != number || !unpack(words, 2, room, &texts)) {
        return Fault::kNotFound;
    }
    return Cue{words[1], texts[0], texts[1]};
}

Result<ConstBytes> Ring::head(uint32_t generation, Bytes room) const
{
    size_t index = generation % kHeads;
    std::array<uint64_t, 3> words;
    if (generation == 0 || !head_->pages[index].read(&words) ||
        words[0] != generation || words[1] > head_->parts.head_room ||
        words[1] > room.size()) {
        return Fault::kNotFound;
    }
    Bytes copy = room.first(words[1]);
    copy_bytes(
        copy.data(),
        base_of(head_) + sizeof(RingHead) + index * head_->parts.head_room,
        copy.size());
    if (digest_of(copy) != words[2]) {
        return Fault::kNotFound;
    }
    return ConstBytes(copy);
}

Result<Info> Ring::info(std::span<char, kMostInfo> room) const
{
    std::array<uint64_t, kInfoWords> words;
    std::array<std::string_view, 4> texts;
    if (!head_->info.read(&words) || (words[0] & 0xff) >= kKinds ||
        !unpack(words, 1, room, &texts)) {
        return Fault::kNotFound;
    }
    return Info{static_cast<Kind>(words[0] & 0xff),
                static_cast<uint32_t>(words[0] >> 32),
                texts[0],
                texts[1],
                texts[2],
                texts[3]};
}

uint64_t Ring::floor() const
{
    return head_->floor.load(kAcquire);
}

void Ring::beat(Ticks now) const
{
    head_->beaten.store(now, kRelease);
}

Ticks Ring::beaten() const
{
    return head_->beaten.load(kAcquire);
}

std::atomic<uint64_t>& Ring::figure(Figure figure) const
{
    return head_->figures[static_cast<size_t>(figure)];
}

void Ring::count(size_t worker, Listening listening, int change) const
{
    size_t place = std::min(worker, slot::kMaxWorkers);
    head_->listeners[place][static_cast<size_t>(listening)].fetch_add(
        static_cast<uint32_t>(change), kRelaxed);
}

uint32_t Ring::listeners(Listening listening) const
{
    uint32_t sum = 0;
    for (const auto& worker : head_->listeners) {
        sum += worker[static_cast<size_t>(listening)].load(kRelaxed);
    }
    return sum;
}

uint32_t Ring::listeners() const
{
    uint32_t sum = 0;
    for (size_t i = 0; i < kListenings; i++) {
        sum += listeners(static_cast<Listening>(i));
    }
    return sum;
}

void Ring::forget_worker(size_t worker) const
{
    for (auto& count : head_->listeners[std::min(worker, slot::kMaxWorkers)]) {
        count.store(0, kRelaxed);
    }
}

size_t Ring::head_room() const
{
    return head_->parts.head_room;
}

size_t Ring::sound_room() const
{
    return head_->parts.sound_room;
}

uint8_t* Ring::sound_at(uint64_t at) const
{
    return base_of(head_) + head_->parts.sound_at +
           at % head_->parts.sound_room;
}

void Ring::write_chunk(const Chunk& chunk) const
{
    uint64_t what = uint64_t{chunk.size} | uint64_t{chunk.start} << 16 |
                    uint64_t{chunk.breaks} << 17 | uint64_t{chunk.apart} << 18 |
                    uint64_t{chunk.term} << 32;
    head_->chunks[chunk.number % kChunks].write(
        {chunk.number, chunk.position, chunk.at, chunk.time_us,
         digest_of(bytes_of(chunk)), what,
         uint64_t{chunk.head} << 32 | chunk.cue});
}

void Ring::write_cue(uint32_t number, const Cue& cue) const
{
    std::array<uint64_t, kCueWords> words = {number, cue.position};
    pack<kCueWords, 2>(words, 2, {cue.artist, cue.title});
    head_->cues[number % kCues].write(words);
}

void Ring::write_head(uint32_t generation, ConstBytes pages) const
{
    size_t index = generation % kHeads;
    copy_bytes(
        base_of(head_) + sizeof(RingHead) + index * head_->parts.head_room,
        pages.data(), pages.size());
    head_->pages[index].write({generation, pages.size(), digest_of(pages)});
}

void Ring::write_info(const Info& info) const
{
    std::array<uint64_t, kInfoWords> words = {static_cast<uint64_t>(info.kind) |
                                              uint64_t{info.bitrate} << 32};
    pack<kInfoWords, 4>(words, 1, {info.type, info.name, info.genre, info.url});
    head_->info.write(words);
}

void Ring::set_floor(uint64_t position) const
{
    head_->floor.store(position, kRelease);
}

}  // namespace onair::sound
