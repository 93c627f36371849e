// A feed counts the same however its bytes are cut.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "source/feed.h"

using namespace onair;
using namespace onair::source;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    uint32_t random = data[0];
    std::vector<uint8_t> bytes(data + 1, data + size);
    FeedReader whole;
    size_t expected = whole.take(bytes);
    FeedReader cut;
    size_t count = 0;
    for (size_t at = 0; at < bytes.size();) {
        random = random * 1664525 + 1013904223;
        size_t part = std::min<size_t>(1 + (random >> 24), bytes.size() - at);
        std::vector<uint8_t> piece(bytes.begin() + at,
                                   bytes.begin() + at + part);
        count += cut.take(piece);
        at += part;
    }
    if (count != expected || cut.seen() != bytes.size()) {
        std::abort();
    }
    return 0;
}
