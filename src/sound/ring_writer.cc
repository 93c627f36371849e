#include "sound/ring_writer.h"

#include <algorithm>

#include "slot/digest.h"

namespace onair::sound {

namespace {

uint64_t digest_of(std::string_view a, std::string_view b)
{
    slot::Digest digest;
    digest.add(a);
    digest.add(b);
    return digest.end();
}

uint32_t terms_between(uint32_t last, uint32_t now)
{
    return (now - last) & 0xffffff;
}

}  // namespace

void RingWriter::take_over()
{
    // A number is spent, as the one before may be writing its record.
    do {
        state_ = ring_.state();
    } while (!ring_.exchange(
        state_, {(state_.term + 1) & 0xffffff, state_.chunks + 1}));
    state_ = {(state_.term + 1) & 0xffffff, state_.chunks + 1};
    fenced_ = false;
    Result<Chunk> last = ring_.last(state_);
    has_last_ = last.ok();
    if (!last) {
        // All that the chunks so far can have been.
        position_ = (state_.chunks - 1) * kMostChunk;
        at_ = uint64_t{state_.term} * reach(1);
        return;
    }
    last_ = *last;
    uint32_t terms = terms_between(last_.term, state_.term);
    position_ = last_.end();
    at_ = last_.at + last_.size + reach(terms);
    cue_ = last_.cue;
    next_cue_ = cue_ + terms + 1;
    head_ = last_.head;
    next_head_ = head_ + terms + 1;
    told_us_ = last_.time_us;
}

// Across those who took over and the end of the room: one that was killed when
// it had just begun leaves little of its own.
ConstBytes RingWriter::tail(Bytes room) const
{
    uint64_t least = state_.chunks > kChunks ? state_.chunks - kChunks : 0;
    Ring::State state = state_;
    uint64_t from = position_;
    size_t left = room.size();
    Chunk chunk;
    while (left > 0 && !chunk.apart) {
        state = ring_.before(state, least, &chunk);
        if (state == Ring::State() || chunk.end() != from ||
            !ring_.is_whole(chunk)) {
            break;
        }
        ConstBytes part =
            ring_.bytes_of(chunk).last(std::min<size_t>(left, chunk.size));
        left -= part.size();
        copy_bytes(room.data() + left, part.data(), part.size());
        from = chunk.position;
    }
    return room.subspan(left);
}

void RingWriter::join(Joins joins)
{
    breaks_ = joins == Joins::kBreaks && has_last_;
    apart_ = joins != Joins::kSeamless && has_last_;
    if (joins != Joins::kSeamless) {
        // Somewhere else in the stream: what was said may not hold here.
        head_ = 0;
        pages_ = 0;
    }
}

// A chunk lies in a row: where it does not fit the rest of the round is left.
uint64_t RingWriter::place_for(size_t size) const
{
    uint64_t room = ring_.sound_room();
    uint64_t left = room - at_ % room;
    return left < size ? at_ + left : at_;
}

Outcome RingWriter::append_chunk(ConstBytes sound, bool start, uint64_t time_us)
{
    // As late as can be: whoever is stopped behind this writes one chunk more,
    // into room that the next one leaves to it.
    if (fenced_ || ring_.state() != state_) {
        fenced_ = true;
        return Fault::kFenced;
    }
    Chunk chunk;
    chunk.number = state_.chunks;
    chunk.position = position_;
    chunk.at = place_for(sound.size());
    chunk.time_us = time_us;
    chunk.size = static_cast<uint32_t>(sound.size());
    chunk.term = state_.term;
    chunk.cue = cue_;
    chunk.head = head_;
    chunk.start = start;
    chunk.breaks = breaks_;
    chunk.apart = apart_;
    copy_bytes(ring_.sound_at(chunk.at), sound.data(), sound.size());
    ring_.write_chunk(chunk);
    Ring::State next = {state_.term, state_.chunks + 1};
    if (!ring_.exchange(state_, next)) {
        fenced_ = true;
        return Fault::kFenced;
    }
    state_ = next;
    breaks_ = apart_ = false;
    position_ = chunk.end();
    at_ = chunk.at + chunk.size;
    last_ = chunk;
    has_last_ = true;
    return Done{};
}

Outcome RingWriter::append(ConstBytes sound, Mark mark)
{
    if (mark.start) {
        // The first goes on from the newest that is there.
        time_us_ = has_time_ ? time_us_ : told_us_ - mark.time_us;
        has_time_ = true;
        told_us_ = time_us_ + mark.time_us;
    }
    bool start = mark.start;
    while (!sound.empty()) {
        size_t part = std::min(sound.size(), kMostChunk);
        Outcome done = append_chunk(sound.first(part), start, told_us_);
        if (!done) {
            return done;
        }
        sound = sound.subspan(part);
        start = false;
    }
    return Done{};
}

bool RingWriter::say(std::string_view artist, std::string_view title)
{
    uint64_t said = digest_of(artist, title);
    if (said == said_) {
        return false;
    }
    if (said_ == 0 && cue_ != 0) {
        // It is the one before's: a source says its title to each listener.
        char room[kMostCue];
        Result<Cue> cue = ring_.cue(cue_, room);
        if (cue && digest_of(cue->artist, cue->title) == said) {
            said_ = said;
            return false;
        }
    }
    said_ = said;
    cue_ = next_cue_++;
    ring_.write_cue(cue_, {position_, artist, title});
    return true;
}

bool RingWriter::put_head(ConstBytes pages)
{
    if (pages.size() > ring_.head_room()) {
        head_ = 0;
        return false;
    }
    uint64_t digest = digest_of(text_of(pages), {});
    if (head_ != 0 && digest == pages_) {
        return true;
    }
    pages_ = digest;
    head_ = next_head_++;
    ring_.write_head(head_, pages);
    return true;
}

}  // namespace onair::sound
