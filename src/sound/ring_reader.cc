#include "sound/ring_reader.h"

#include <algorithm>

namespace onair::sound {

bool RingReader::look()
{
    Ring::State state = ring_.state();
    if (state.chunks == seen_) {
        return false;
    }
    uint64_t least = state.chunks > kChunks ? state.chunks - kChunks : 0;
    if (seen_ > state.chunks) {
        count_ = 0;  // a ring made anew
        seen_ = 0;
    }
    uint64_t from = std::max(seen_, least);
    seen_ = state.chunks;
    uint16_t back[kChunks];
    size_t count = 0;
    Chunk last;
    Chunk chunk;
    for (Ring::State at = state;
         (at = ring_.before(at, from, &chunk)) != Ring::State();) {
        last = count == 0 ? chunk : last;
        back[count++] = static_cast<uint16_t>(state.chunks - chunk.number);
    }
    bool news = false;
    while (count > 0) {
        Result<Chunk> next = ring_.chunk(state.chunks - back[--count]);
        if (!next || !ring_.is_safe(*next, last, state)) {
            continue;
        }
        if (!ring_.is_whole(*next)) {
            spoiled_++;
            continue;
        }
        take(*next);
        news = true;
    }
    if (last.size > 0) {
        drop_overtaken(last, state);
    }
    return news;
}

void RingReader::take(const Chunk& chunk)
{
    if (count_ > 0 && chunk.position < end()) {
        count_ = 0;
    }
    if (count_ == kChunks) {
        first_++;
        count_--;
    }
    chunks_[(first_ + count_) % kChunks] = chunk;
    count_++;
}

void RingReader::drop_overtaken(const Chunk& last, Ring::State state)
{
    while (count_ > 0 && !ring_.is_safe(one(0), last, state)) {
        first_++;
        count_--;
    }
    first_ %= kChunks;
}

uint64_t RingReader::end() const
{
    return count_ == 0 ? 0 : one(count_ - 1).end();
}

size_t RingReader::find(uint64_t position) const
{
    size_t low = 0;
    size_t high = count_;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (one(middle).end() > position) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

std::optional<Chunk> RingReader::start(uint64_t burst_us) const
{
    uint64_t floor = ring_.floor();
    std::optional<Chunk> found;
    uint64_t newest = 0;
    for (size_t i = count_; i-- > 0;) {
        const Chunk& chunk = one(i);
        if (chunk.position < floor) {
            break;
        }
        if (chunk.start) {
            newest = found ? newest : chunk.time_us;
            found = chunk;
            if (newest >= chunk.time_us && newest - chunk.time_us >= burst_us) {
                break;
            }
        }
        if (chunk.breaks) {
            break;
        }
    }
    return found;
}

std::optional<Chunk> RingReader::start_from(uint64_t position) const
{
    for (size_t i = find(position); i < count_; i++) {
        if (one(i).start && one(i).position >= position) {
            return one(i);
        }
    }
    return {};
}

std::optional<Chunk> RingReader::at(uint64_t position) const
{
    size_t index = find(position);
    if (index == count_ || one(index).position > position) {
        return {};
    }
    return one(index);
}

RingReader::Run RingReader::run(uint64_t position, size_t most) const
{
    Run run;
    size_t index = find(position);
    if (index == count_) {
        run.lost = position > end();
        return run;
    }
    const Chunk* chunk = &one(index);
    if (chunk->position > position) {
        run.lost = true;
        return run;
    }
    size_t skipped = position - chunk->position;
    run.cue = chunk->cue;
    run.breaks = chunk->breaks && skipped == 0;
    const uint8_t* first = ring_.bytes_of(*chunk).data() + skipped;
    size_t size = chunk->size - skipped;
    while (size < most && ++index < count_) {
        const Chunk& next = one(index);
        if (next.position != chunk->end() ||
            next.at != chunk->at + chunk->size ||
            ring_.bytes_of(next).data() != first + size ||
            next.cue != run.cue || next.breaks) {
            break;
        }
        size += next.size;
        chunk = &next;
    }
    run.bytes = {first, std::min(size, most)};
    return run;
}

bool RingReader::intact(uint64_t from, uint64_t to) const
{
    if (from >= to) {
        return true;
    }
    Ring::State state = ring_.state();
    Result<Chunk> last = ring_.last(state);
    if (!last) {
        return false;
    }
    size_t index = find(from);
    if (index == count_ || one(index).position > from) {
        return false;
    }
    for (uint64_t next = one(index).position; next < to; index++) {
        if (index == count_ || one(index).position != next) {
            return false;
        }
        next = one(index).end();
        if (!ring_.is_whole(one(index)) ||
            !ring_.is_safe(one(index), *last, state)) {
            return false;
        }
    }
    return true;
}

uint64_t RingReader::lag_ms(uint64_t position) const
{
    size_t index = find(position);
    if (index >= count_) {
        return 0;
    }
    const Chunk& chunk = one(index);
    const Chunk& newest = one(count_ - 1);
    uint64_t sound =
        newest.time_us > chunk.time_us ? newest.time_us - chunk.time_us : 0;
    return sound / 1000;
}

}  // namespace onair::sound
