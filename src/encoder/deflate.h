// permessage-deflate (RFC 7692), both directions, over zlib. A Deflater and an
// Inflater without context takeover are shared by all connections of a worker;
// with takeover each connection has its own (onair_echo only).
#pragma once

#include <zlib.h>

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace onair::encoder {

class Deflater {
  public:
    Deflater() = default;
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    // Raw deflate with a window of 2^bits (9 to 15; 8 is served as 9 and must
    // not be negotiated). kNoMemory.
    Outcome start(int window_bits, int level);
    // Forgets what went before: no context takeover.
    void reset();
    static size_t bound(size_t input);
    // One whole message without the 00 00 ff ff tail (RFC 7692 section 7.2.1);
    // returns its size, at most bound(in.size()). kTooLarge: `out` is too
    // small; what went before is forgotten then.
    Result<size_t> message(ConstBytes in, Bytes out);

  private:
    z_stream stream_{};
    bool started_ = false;
};

class Inflater {
  public:
    Inflater() = default;
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // Windows of 2^9 to 2^15; 8 is served as 9, as zlib's own clients need.
    // kNoMemory.
    Outcome start(int window_bits);
    void reset();
    // Takes bytes of a message as they arrive. Writes what they inflate to
    // into `out` and moves `in` and `out` on; call again while `in` is not
    // empty or out was filled. `end`: these are the message's last bytes (the
    // tail is added inside). Faults: kBadDeflate, also for a message whose
    // last bytes are missing. reset() starts afresh after a fault.
    struct Step {
        size_t written;
        bool more;  // out was too small: call again with room, same `in`
    };
    Result<Step> take(ConstBytes* in, bool end, Bytes out);

  private:
    z_stream stream_{};
    bool feed(ConstBytes* in);

    bool started_ = false;
    size_t tail_ = 0;       // bytes of the tail already given
    bool between_ = false;  // two blocks: where a message may end
};

}  // namespace onair::encoder
