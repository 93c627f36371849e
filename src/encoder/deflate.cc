#include "encoder/deflate.h"

#include <algorithm>
#include <cassert>

namespace onair::encoder {

namespace {

constexpr int kLeastBits = 9;
constexpr int kMemoryLevel = 8;
constexpr uint8_t kTail[] = {0x00, 0x00, 0xff, 0xff};

// Bits of z_stream::data_type after inflate(): between two blocks, and how
// many bits of the last byte were not used.
constexpr int kBetweenBlocks = 128;
constexpr int kUnusedBits = 63;

}  // namespace

Deflater::~Deflater()
{
    if (started_) {
        deflateEnd(&stream_);
    }
}

Outcome Deflater::start(int window_bits, int level)
{
    assert(!started_);
    int bits = std::max(window_bits, kLeastBits);
    if (deflateInit2(&stream_, level, Z_DEFLATED, -bits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return Fault::kNoMemory;
    }
    started_ = true;
    return Done();
}

void Deflater::reset()
{
    assert(started_);
    deflateReset(&stream_);
}

size_t Deflater::bound(size_t input)
{
    // zlib's own bound for any settings, and the flush.
    return input + (input + 7) / 8 + (input + 63) / 64 + 32;
}

Result<size_t> Deflater::message(ConstBytes in, Bytes out)
{
    assert(started_);
    stream_.next_in = const_cast<Bytef*>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    // zlib flushes nothing twice: of an empty message there is only the head
    // of an empty block (RFC 7692 section 7.2.3.6).
    if (in.empty() && !out.empty()) {
        out[0] = 0;
        return size_t{1};
    }
    int code = deflate(&stream_, Z_SYNC_FLUSH);
    size_t size = out.size() - stream_.avail_out;
    // Room that was used up to the last byte may have been too little.
    if (code != Z_OK || stream_.avail_in != 0 || stream_.avail_out == 0 ||
        size < sizeof(kTail)) {
        reset();
        return Fault::kTooLarge;
    }
    return size - sizeof(kTail);
}

Inflater::~Inflater()
{
    if (started_) {
        inflateEnd(&stream_);
    }
}

Outcome Inflater::start(int window_bits)
{
    assert(!started_);
    int bits = std::max(window_bits, kLeastBits);
    if (inflateInit2(&stream_, -bits) != Z_OK) {
        return Fault::kNoMemory;
    }
    started_ = true;
    return Done();
}

void Inflater::reset()
{
    assert(started_);
    inflateReset(&stream_);
    tail_ = 0;
    between_ = false;
}

// Inflates what fits. False: the data are not valid.
bool Inflater::feed(ConstBytes* in)
{
    stream_.next_in = const_cast<Bytef*>(in->data());
    stream_.avail_in = static_cast<uInt>(in->size());
    int code = Z_OK;
    do {
        code = inflate(&stream_, Z_SYNC_FLUSH);
        // A call that does nothing also forgets where it stands.
        if (code != Z_BUF_ERROR) {
            between_ = (stream_.data_type & kBetweenBlocks) != 0 &&
                       (stream_.data_type & kUnusedBits) == 0;
        }
        // A message may hold several streams (section 7.2.3.5); the window
        // goes on over them.
        if (code == Z_STREAM_END) {
            code = inflateResetKeep(&stream_);
        }
    } while (code == Z_OK && stream_.avail_in > 0 && stream_.avail_out > 0);
    *in = in->last(stream_.avail_in);
    // Z_BUF_ERROR: nothing to do this time.
    return code == Z_OK || code == Z_BUF_ERROR;
}

Result<Inflater::Step> Inflater::take(ConstBytes* in, bool end, Bytes out)
{
    assert(started_);
    if (out.empty()) {
        return Step{0, true};
    }
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    if (!feed(in)) {
        return Fault::kBadDeflate;
    }
    if (end && in->empty() && stream_.avail_out > 0) {
        ConstBytes tail = ConstBytes(kTail).subspan(tail_);
        if (!feed(&tail)) {
            return Fault::kBadDeflate;
        }
        tail_ = sizeof(kTail) - tail.size();
    }
    Step step = {out.size() - stream_.avail_out, stream_.avail_out == 0};
    if (end && !step.more) {
        tail_ = 0;
        if (!between_) {
            return Fault::kBadDeflate;
        }
    }
    return step;
}

}  // namespace onair::encoder
