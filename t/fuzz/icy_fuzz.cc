// The sound between ICY blocks is the same however the bytes are cut, and what
// is written as a title is read back as one that cannot end its block early.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "check.h"
#include "sound/icy.h"

using namespace onair;
using namespace onair::sound;

namespace {

std::string read(uint32_t metaint, ConstBytes bytes, uint32_t random)
{
    IcyReader reader(metaint);
    std::string all;
    while (!bytes.empty()) {
        size_t part = bytes.size();
        if (random != 0) {
            random = random * 1664525 + 1013904223;
            part = std::min<size_t>(1 + (random >> 26), bytes.size());
        }
        std::vector<uint8_t> piece(
            bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(part));
        bytes = bytes.subspan(part);
        ConstBytes in = piece;
        for (IcyPart got = reader.next(in); got.what != IcyPart::What::kNone;
             got = reader.next(in)) {
            all += text_of(got.sound);
            if (got.what == IcyPart::What::kBlock) {
                all += '[';
                all += got.words.title;
                all += '|';
                all += got.words.url;
                all += ']';
            }
        }
        check(in.empty());
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    ConstBytes bytes(data + 2, size - 2);
    check(read(data[0], bytes, 0) == read(data[0], bytes, data[1] | 1u));
    std::array<uint8_t, kMostIcyBlock> out;
    size_t written = write_icy(text_of(bytes), out);
    check(written == 1 + size_t{out[0]} * 16 && written <= out.size());
    std::string_view block = text_of(ConstBytes(out).subspan(1, written - 1));
    size_t end = block.find("';");
    check(end != std::string_view::npos && block.size() - end < 2 + 16);
    return 0;
}
