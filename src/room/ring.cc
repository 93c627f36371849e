#include "room/ring.h"

namespace onair::room {

namespace {

constexpr int kTries = 8;

}  // namespace

uint64_t Ring::size_at(uint64_t at) const
{
    return word(at).load(kRelaxed);
}

// Only the owner calls this, so what stands between tail and head is its own.
// A length that no record can have, or more than there is, is memory that was
// spoiled: all goes.
Mark Ring::make_room(Mark head, uint64_t need) const
{
    Mark tail = Mark::of(head_->tail.load(kRelaxed));
    if (head.words_since(tail) > words_) {
        return head;
    }
    while (head.words_since(tail) + need > words_) {
        uint64_t size = size_at(tail.at);
        uint64_t step = 1 + words_for(size);
        if (size > most() || step > head.words_since(tail)) {
            return head;
        }
        tail = {tail.at + step, tail.count + 1};
    }
    return tail;
}

bool Ring::append(ConstBytes record) const
{
    if (record.empty() || record.size() > most()) {
        return false;
    }
    Mark head = Mark::of(head_->head.load(kRelaxed));
    uint64_t need = 1 + words_for(record.size());
    head_->tail.store(make_room(head, need).word(), kRelaxed);
    // A reader that sees any word of what follows sees the tail as well.
    std::atomic_thread_fence(kRelease);
    word(head.at).store(record.size(), kRelaxed);
    uint64_t to = head.at + 1;
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= record.size(); at += sizeof(uint64_t)) {
        uint64_t one;
        std::memcpy(&one, record.data() + at, sizeof(one));
        word(to++).store(one, kRelaxed);
    }
    if (at < record.size()) {
        word(to).store(word_of(record, at), kRelaxed);
    }
    Mark next = {head.at + need, head.count + 1};
    head_->head.store(next.word(), kRelease);
    return true;
}

uint64_t Ring::catch_up(Mark* mark) const
{
    Mark tail = Mark::of(head_->tail.load(kAcquire));
    uint64_t lost = tail.records_since(*mark);
    *mark = tail;
    return lost;
}

Result<Ring::Got> Ring::read(Mark* mark, Bytes out) const
{
    Got got;
    for (int i = 0; i < kTries; i++) {
        Mark head = end();
        uint64_t left = head.words_since(*mark);
        if (left == 0) {
            break;
        }
        uint64_t size = left <= words_ ? size_at(mark->at) : 0;
        uint64_t step = 1 + words_for(size);
        if (left <= words_ && size <= most() && size <= out.size() &&
            step <= left) {
            for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
                uint64_t one =
                    word(mark->at + 1 + at / sizeof(uint64_t)).load(kRelaxed);
                std::memcpy(out.data() + at, &one,
                            std::min<size_t>(sizeof(one), size - at));
            }
            std::atomic_thread_fence(kAcquire);
            Mark tail = Mark::of(head_->tail.load(kRelaxed));
            if (mark->words_since(tail) < Mark::kPlaces / 2) {
                *mark = {mark->at + step, mark->count + 1};
                got.record = out.first(size);
                return got;
            }
        }
        got.lost += catch_up(mark);
    }
    if (got.lost > 0) {
        return got;
    }
    return Fault::kNotFound;
}

}  // namespace onair::room
