#include "sound/webm.h"

#include <algorithm>
#include <cstring>

namespace onair::sound {

namespace {

constexpr uint32_t kEbml = 0x1a45dfa3;
constexpr uint32_t kSegment = 0x18538067;
constexpr uint32_t kInfo = 0x1549a966;
constexpr uint32_t kTimestampScale = 0x2ad7b1;
constexpr uint32_t kCluster = 0x1f43b675;
constexpr uint32_t kTimestamp = 0xe7;
constexpr uint8_t kClusterMark[] = {0x1f, 0x43, 0xb6, 0x75};
constexpr uint64_t kMostScaleNs = 1000000000;
// Clusters hold seconds; a time further on than this is none.
constexpr uint64_t kLongestClusterUs = 10000000;

// Elements whose children are looked at; others are passed over whole.
bool is_entered(uint32_t id)
{
    return id == kSegment || id == kInfo || id == kCluster;
}

}  // namespace

void Webm::keep(ConstBytes bytes)
{
    if (!in_head_ || refused_) {
        return;
    }
    if (bytes.size() > head_.size() - head_size_) {
        refused_ = true;
        tell_refused_ = true;
        return;
    }
    copy_bytes(head_.data() + head_size_, bytes.data(), bytes.size());
    head_size_ += bytes.size();
}

void Webm::lose()
{
    stage_ = Stage::kLost;
    held_ = 0;
    in_head_ = false;
    waits_for_time_ = false;
}

// True when hold_ has the whole head of an element.
bool Webm::take_element(ConstBytes& in)
{
    for (;;) {
        size_t needs = element_needs({hold_, held_});
        if (needs == 0) {
            lose();
            return false;
        }
        if (needs == held_) {
            return true;
        }
        if (in.empty()) {
            return false;
        }
        hold_[held_++] = in[0];
        in = in.subspan(1);
        at_++;
    }
}

void Webm::begin_stream()
{
    stream_at_ = at_ - held_;
    in_head_ = true;
    has_head_ = false;
    refused_ = false;
    timed_ = false;
    waits_for_time_ = false;
    head_size_ = 0;
    scale_ns_ = 1000000;
}

void Webm::begin_cluster()
{
    cluster_at_ = at_ - held_;
    waits_for_time_ = true;
    if (in_head_) {
        in_head_ = false;
        has_head_ = !refused_;
        tell_head_ = has_head_;
    }
}

void Webm::begin_element(const Element& element)
{
    if (element.id == kEbml) {
        begin_stream();
    }
    if (element.id == kCluster) {
        begin_cluster();
    }
    keep({hold_, held_});
    held_ = 0;
    if (is_entered(element.id)) {
        return;
    }
    bool number = (element.id == kTimestampScale && in_head_) ||
                  (element.id == kTimestamp && waits_for_time_);
    if (element.size == kUnknownSize || (number && element.size > 8)) {
        lose();
        return;
    }
    left_ = element.size;
    id_ = element.id;
    stage_ = number ? Stage::kNumber : Stage::kSkip;
}

void Webm::skip(ConstBytes& in)
{
    size_t part = std::min<uint64_t>(left_, in.size());
    keep(in.first(part));
    in = in.subspan(part);
    at_ += part;
    left_ -= part;
    if (left_ == 0) {
        stage_ = Stage::kElement;
    }
}

void Webm::take_number(ConstBytes& in)
{
    size_t part = std::min<uint64_t>(left_, in.size());
    copy_bytes(hold_ + held_, in.data(), part);
    held_ = static_cast<uint8_t>(held_ + part);
    skip(in);
    if (left_ == 0) {
        end_number();
        held_ = 0;
    }
}

void Webm::end_number()
{
    uint64_t number = read_number({hold_, held_});
    if (id_ == kTimestampScale) {
        if (number > 0 && number <= kMostScaleNs) {
            scale_ns_ = number;
        }
        return;
    }
    if (timed_ && number > timecode_ &&
        number - timecode_ <= kLongestClusterUs * 1000 / scale_ns_) {
        time_us_ += (number - timecode_) * scale_ns_ / 1000;
    }
    timed_ = true;
    timecode_ = number;
    waits_for_time_ = false;
    tell_start_ = has_head_;
}

// Passes over bytes until the mark of a cluster is in hold_.
void Webm::search(ConstBytes& in)
{
    hold_[held_++] = in[0];
    in = in.subspan(1);
    at_++;
    while (held_ > 0 && !std::equal(hold_, hold_ + held_, kClusterMark)) {
        held_--;
        std::memmove(hold_, hold_ + 1, held_);
    }
    if (held_ == sizeof(kClusterMark)) {
        stage_ = Stage::kElement;
    }
}

Found Webm::tell()
{
    if (tell_refused_) {
        tell_refused_ = false;
        return {.what = Found::What::kRefused, .at = stream_at_};
    }
    if (tell_head_) {
        tell_head_ = false;
        return {.what = Found::What::kHead,
                .at = cluster_at_,
                .head = head_.first(head_size_)};
    }
    if (tell_start_) {
        tell_start_ = false;
        return {.what = Found::What::kStart,
                .at = cluster_at_,
                .time_us = time_us_};
    }
    return {};
}

Found Webm::next(ConstBytes& in)
{
    for (;;) {
        Found found = tell();
        if (found.what != Found::What::kNone) {
            return found;
        }
        if (in.empty() && !(stage_ == Stage::kNumber && left_ == 0)) {
            return {};
        }
        switch (stage_) {
            case Stage::kElement:
                if (take_element(in)) {
                    begin_element(read_element({hold_, held_}));
                }
                break;
            case Stage::kSkip:
                skip(in);
                break;
            case Stage::kNumber:
                take_number(in);
                break;
            case Stage::kLost:
                search(in);
                break;
        }
    }
}

}  // namespace onair::sound
