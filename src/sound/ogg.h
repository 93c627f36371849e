// Finds the pages of an Ogg stream at which a listener may begin, the pages
// that he must get first, and the title in its comments. A page is believed
// when its checksum is right. A new chain (RFC 3533 section 4) brings new head
// pages; of several logical streams side by side the first that is sound is
// looked at, the others pass along.
#pragma once

#include "base/station.h"
#include "sound/found.h"
#include "sound/ogg_codec.h"
#include "sound/ogg_page.h"

namespace onair::sound {

class Ogg {
  public:
    // LIFETIME: both memories are the caller's, of kMaxSoundHead bytes: one
    // for the head pages, one for the packets in them.
    Ogg(Bytes head, Bytes packet) : head_(head), packet_(packet) {}

    Found next(ConstBytes& in);

  private:
    enum class Stage : uint8_t { kSync, kHead, kSegments, kBody };

    bool fill(ConstBytes& in, size_t to);
    bool sync();
    void begin_page();
    void keep(ConstBytes bytes);
    void take_body(ConstBytes& in);
    void end_page();
    void lose();

    void end_head_page();
    void take_packet(ConstBytes bytes, bool ends);
    void end_packet();
    void begin_chain();
    void end_sound_page();
    void advance();
    Found tell();

    Bytes head_;
    Bytes packet_;
    size_t head_size_ = 0;
    size_t packet_size_ = 0;

    Stage stage_ = Stage::kSync;
    uint64_t at_ = 0;       // bytes consumed
    uint64_t page_at_ = 0;  // where the present page began
    size_t held_ = 0;       // bytes of page_ that are filled
    size_t body_left_ = 0;
    uint32_t sum_ = 0;
    bool keeps_ = false;      // the present page is one of the head's
    size_t body_at_ = 0;      // of a head page's body, in head_
    size_t head_before_ = 0;  // head_size_ when the page began
    OggPage at_hand_;

    bool in_head_ = false;   // the chain's head pages are coming
    bool has_head_ = false;  // and have come
    bool refused_ = false;
    Codec codec_ = Codec::kNone;
    uint32_t serial_ = 0;
    uint32_t rate_ = 0;
    size_t packets_ = 0;         // whole ones of the head
    bool others_began_ = false;  // pages that begin no stream have come
    Words words_;                // in kept_

    uint64_t granule_ = kNoGranule;  // at the end of the page before
    uint64_t time_us_ = 0;

    bool tell_head_ = false;
    bool tell_words_ = false;
    bool tell_start_ = false;
    bool tell_refused_ = false;
    uint64_t start_us_ = 0;

    uint8_t kept_[2 * kMaxText];
    uint8_t page_[kPageHead + kMaxSegments];
};

}  // namespace onair::sound
