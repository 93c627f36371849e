// Compressed messages: however the bytes are cut and whatever room is given,
// they inflate to the same or fail; and what we deflate comes back.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "encoder/deflate.h"

using namespace onair;
using namespace onair::encoder;

namespace {

constexpr size_t kMost = 1 << 16;

struct Inflated {
    bool ok = true;
    bool cut = false;  // at kMost
    std::string text;
};

Inflated inflated(std::string_view data, size_t step, size_t room)
{
    Inflater inflater;
    if (!inflater.start(15).ok()) {
        std::abort();
    }
    Inflated result;
    std::vector<uint8_t> out(room);
    for (bool end = false; !end;) {
        ConstBytes in = bytes_of(data.substr(0, step));
        end = data.size() <= step;
        data.remove_prefix(in.size());
        for (bool more = true; more || !in.empty();) {
            size_t before = in.size();
            Result<Inflater::Step> done = inflater.take(&in, end, out);
            if (!done.ok()) {
                result.ok = false;
                return result;
            }
            // Each call gets on, so that a loop over it ends.
            if (done->written == 0 && in.size() == before && done->more) {
                std::abort();
            }
            result.text += text_of({out.data(), done->written});
            more = done->more;
            if (result.text.size() > kMost) {
                result.cut = true;
                return result;
            }
        }
    }
    return result;
}

void there_and_back(std::string_view text, int bits)
{
    Deflater deflater;
    if (!deflater.start(bits, 6).ok()) {
        std::abort();
    }
    std::vector<uint8_t> out(Deflater::bound(text.size()));
    Result<size_t> size = deflater.message(bytes_of(text), out);
    if (!size.ok()) {
        std::abort();
    }
    Inflated back = inflated(text_of({out.data(), *size}), 100, 4096);
    if (!back.ok || (!back.cut && back.text != text)) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t step = 1u + data[0] % 16u;
    size_t room = 1u + data[1];
    std::string_view text = text_of({data + 2, size - 2});
    Inflated whole = inflated(text, text.size() + 1, kMost + 1);
    Inflated cut = inflated(text, step, room);
    if (!whole.cut && !cut.cut) {
        if (whole.ok != cut.ok || (whole.ok && whole.text != cut.text)) {
            std::abort();
        }
    }
    there_and_back(text, 9 + data[0] % 7);
    return 0;
}
