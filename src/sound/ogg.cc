#include "sound/ogg.h"

#include <algorithm>
#include <cstring>

namespace onair::sound {

namespace {

constexpr uint8_t kMark[] = {'O', 'g', 'g', 'S'};
// A page holds a second or so; a granule further on than this is no time.
constexpr uint64_t kLongestPageS = 10;

}  // namespace

// Fills page_ up to `to`; false when there is not enough yet.
bool Ogg::fill(ConstBytes& in, size_t to)
{
    size_t part = std::min(to - held_, in.size());
    copy_bytes(page_ + held_, in.data(), part);
    held_ += part;
    at_ += part;
    in = in.subspan(part);
    return held_ == to;
}

// The mark of a page is in page_, or what of it may begin one.
bool Ogg::sync()
{
    while (held_ > 0 && !std::equal(page_, page_ + held_, kMark)) {
        held_--;
        std::memmove(page_, page_ + 1, held_);
    }
    return held_ == sizeof(kMark);
}

void Ogg::lose()
{
    // What was found so far may hold the begin of a page; it is short, and the
    // next page comes.
    stage_ = Stage::kSync;
    held_ = 0;
    if (keeps_) {
        head_size_ = head_before_;
        in_head_ = false;
    }
    keeps_ = false;
}

void Ogg::begin_page()
{
    at_hand_ = read_page(page_);
    page_at_ = at_ - held_;
    body_left_ = 0;
    for (size_t i = kPageHead; i < held_; i++) {
        body_left_ += page_[i];
    }
    uint8_t plain[kPageHead];
    std::memcpy(plain, page_, kPageHead);
    std::memset(plain + 22, 0, 4);
    sum_ = ogg_checksum(0, plain);
    sum_ = ogg_checksum(sum_, {page_ + kPageHead, held_ - kPageHead});
    if (at_hand_.first && (!in_head_ || others_began_)) {
        begin_chain();
    }
    others_began_ = others_began_ || !at_hand_.first;
    keeps_ = in_head_;
    head_before_ = head_size_;
    keep({page_, held_});
    body_at_ = head_size_;
    stage_ = Stage::kBody;
}

void Ogg::begin_chain()
{
    in_head_ = true;
    has_head_ = false;
    refused_ = false;
    codec_ = Codec::kNone;
    head_size_ = 0;
    packet_size_ = 0;
    packets_ = 0;
    others_began_ = false;
    granule_ = kNoGranule;
    words_ = {};
}

// Adds bytes of a head page.
void Ogg::keep(ConstBytes bytes)
{
    if (!keeps_ || refused_) {
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

void Ogg::take_body(ConstBytes& in)
{
    size_t part = std::min(body_left_, in.size());
    sum_ = ogg_checksum(sum_, in.first(part));
    keep(in.first(part));
    in = in.subspan(part);
    at_ += part;
    body_left_ -= part;
}

void Ogg::end_page()
{
    if (sum_ != at_hand_.checksum) {
        lose();
        return;
    }
    stage_ = Stage::kSync;
    held_ = 0;
    if (keeps_) {
        end_head_page();
    } else {
        end_sound_page();
    }
    keeps_ = false;
}

// The packets of a page whose body is whole in head_.
void Ogg::end_head_page()
{
    if (refused_) {
        in_head_ = false;
        return;
    }
    bool ours =
        codec_ == Codec::kNone ? at_hand_.first : at_hand_.serial == serial_;
    size_t from = body_at_;
    for (size_t i = 0; ours && in_head_ && i < at_hand_.segments; i++) {
        size_t size = page_[kPageHead + i];
        take_packet({head_.data() + from, size}, size < 255);
        from += size;
    }
}

void Ogg::take_packet(ConstBytes bytes, bool ends)
{
    size_t part = std::min(bytes.size(), packet_.size() - packet_size_);
    copy_bytes(packet_.data() + packet_size_, bytes.data(), part);
    packet_size_ += part;
    if (ends) {
        end_packet();
        packet_size_ = 0;
    }
}

void Ogg::end_packet()
{
    ConstBytes packet = packet_.first(packet_size_);
    if (packets_ == 0) {
        CodecHead head = codec_of(packet);
        codec_ = head.codec;
        rate_ = head.rate;
        serial_ = at_hand_.serial;
        if (codec_ == Codec::kNone || rate_ == 0) {
            codec_ = Codec::kNone;
            return;
        }
    } else if (auto words = words_of(codec_, packet)) {
        // The packets to come overwrite the memory: Vorbis sends its books.
        Arena arena(kept_);
        words_ = {arena.copy(words->artist.substr(0, kMaxText)),
                  arena.copy(words->title.substr(0, kMaxText))};
    }
    if (ends_head(codec_, packets_, packet)) {
        in_head_ = false;
        has_head_ = true;
        tell_head_ = true;
        tell_words_ = true;
    }
    packets_++;
}

// The time at the end of the page, by its granule.
void Ogg::advance()
{
    if (at_hand_.granule == kNoGranule) {
        return;
    }
    // A chain begins with 0; one that is joined later begins anywhere.
    uint64_t before = granule_ == kNoGranule ? 0 : granule_;
    if (at_hand_.granule > before &&
        (at_hand_.granule - before) / rate_ < kLongestPageS) {
        time_us_ += (at_hand_.granule - before) * 1000000 / rate_;
    }
    granule_ = at_hand_.granule;
}

void Ogg::end_sound_page()
{
    if (!has_head_ || at_hand_.serial != serial_) {
        return;
    }
    tell_start_ = !at_hand_.continued;
    start_us_ = time_us_;
    advance();
}

// What the page that just ended has to say, one after the other.
Found Ogg::tell()
{
    if (tell_refused_) {
        tell_refused_ = false;
        return {.what = Found::What::kRefused, .at = page_at_};
    }
    if (tell_head_) {
        tell_head_ = false;
        return {.what = Found::What::kHead,
                .at = at_,
                .head = head_.first(head_size_)};
    }
    if (tell_words_) {
        tell_words_ = false;
        return {.what = Found::What::kWords, .at = at_, .words = words_};
    }
    if (tell_start_) {
        tell_start_ = false;
        return {
            .what = Found::What::kStart, .at = page_at_, .time_us = start_us_};
    }
    return {};
}

Found Ogg::next(ConstBytes& in)
{
    for (;;) {
        Found found = tell();
        if (found.what != Found::What::kNone) {
            return found;
        }
        if (stage_ == Stage::kBody && body_left_ == 0) {
            end_page();
            continue;
        }
        if (in.empty()) {
            return {};
        }
        switch (stage_) {
            case Stage::kSync:
                if (fill(in, held_ + 1) && sync()) {
                    stage_ = Stage::kHead;
                }
                break;
            case Stage::kHead:
                if (fill(in, kPageHead)) {
                    stage_ = Stage::kSegments;
                }
                break;
            case Stage::kSegments:
                if (fill(in, kPageHead + page_[kPageHead - 1])) {
                    begin_page();
                }
                break;
            case Stage::kBody:
                take_body(in);
                break;
        }
    }
}

}  // namespace onair::sound
