// Finds the clusters of a WebM stream (RFC 9559) and what stands in front of
// the first: a listener gets that head and begins at a cluster. Segments and
// clusters of unknown size, as live encoders write them, are read like those
// whose size is told. What is no element is passed over up to the next cluster.
#pragma once

#include "sound/ebml.h"
#include "sound/found.h"

namespace onair::sound {

class Webm {
  public:
    // LIFETIME: the memory is the caller's, of kMaxSoundHead bytes.
    explicit Webm(Bytes head) : head_(head) {}

    Found next(ConstBytes& in);

  private:
    enum class Stage : uint8_t { kElement, kSkip, kNumber, kLost };

    bool take_element(ConstBytes& in);
    void begin_element(const Element& element);
    void begin_cluster();
    void begin_stream();
    void skip(ConstBytes& in);
    void take_number(ConstBytes& in);
    void end_number();
    void search(ConstBytes& in);
    void keep(ConstBytes bytes);
    void lose();
    Found tell();

    Bytes head_;
    size_t head_size_ = 0;
    Stage stage_ = Stage::kElement;
    uint64_t at_ = 0;
    uint64_t left_ = 0;  // bytes of the element to come
    uint32_t id_ = 0;    // of the number that is read
    uint8_t held_ = 0;
    bool in_head_ = false;
    bool has_head_ = false;
    bool refused_ = false;
    bool timed_ = false;           // a cluster's time was read in this stream
    bool waits_for_time_ = false;  // a cluster began, its time is to come
    uint64_t stream_at_ = 0;
    uint64_t cluster_at_ = 0;
    uint64_t scale_ns_ = 1000000;
    uint64_t timecode_ = 0;  // of the last cluster
    uint64_t time_us_ = 0;

    bool tell_head_ = false;
    bool tell_start_ = false;
    bool tell_refused_ = false;

    uint8_t hold_[kMaxElementHead];
};

}  // namespace onair::sound
