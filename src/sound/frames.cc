#include "sound/frames.h"

#include <algorithm>
#include <cstring>

namespace onair::sound {

// Fills head_; false when there is not enough yet.
bool Frames::take_head(ConstBytes& in)
{
    size_t part = std::min<size_t>(size_ - held_, in.size());
    copy_bytes(head_ + held_, in.data(), part);
    held_ = static_cast<uint8_t>(held_ + part);
    at_ += part;
    in = in.subspan(part);
    return held_ == size_;
}

// head_ is whole: true when it begins a frame that goes on with the others.
// Else its first byte is passed over.
bool Frames::step()
{
    FrameHead head = read_(head_);
    if (head.length >= size_ &&
        (in_a_row_ == 0 || head.signature == signature_)) {
        in_a_row_ = std::min(in_a_row_ + 1, kInARow);
        signature_ = head.signature;
        left_ = head.length - static_cast<uint32_t>(size_);
        held_ = 0;
        time_ns_ += uint64_t{head.samples} * 1000000000 / head.rate;
        return true;
    }
    if (in_a_row_ > 0) {
        // The bytes may well be the first head of what follows.
        in_a_row_ = 0;
        return step();
    }
    held_--;
    std::memmove(head_, head_ + 1, held_);
    return false;
}

Found Frames::next(ConstBytes& in)
{
    while (!in.empty()) {
        if (left_ > 0) {
            size_t part = std::min<size_t>(left_, in.size());
            in = in.subspan(part);
            at_ += part;
            left_ -= static_cast<uint32_t>(part);
            continue;
        }
        uint64_t before = time_ns_;
        if (take_head(in) && step() && in_a_row_ == kInARow) {
            return {
                .what = Found::What::kStart,
                .at = at_ - size_,
                .time_us = before / 1000,
            };
        }
    }
    return {};
}

}  // namespace onair::sound
