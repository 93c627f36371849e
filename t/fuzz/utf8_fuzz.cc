// UTF-8 in pieces, as a whole text and by the character: all say the same,
// wherever it is cut.
#include <vector>

#include "base/utf8.h"
#include "check.h"

using namespace onair;

namespace {

bool is_whole(std::string_view text)
{
    while (!text.empty()) {
        size_t size = first_char(text).size;
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

void check_cut(std::string_view text, size_t at)
{
    std::vector<uint8_t> first(text.begin(), text.begin() + at);
    std::vector<uint8_t> second(text.begin() + at, text.end());
    Utf8 reader;
    bool good = reader.take(first) && reader.take(second);
    check((good && reader.complete()) == is_whole(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view text = text_of({data, size});
    for (size_t at = 0; at <= size && at <= 64; at++) {
        check_cut(text, at);
    }
    check(is_utf8(text) == is_whole(text));
    Utf8 reader;
    size_t good = reader.good({data, size});
    check(good <= size);
    if (is_utf8(text)) {
        check(good == size);
        for (size_t limit = 0; limit <= 8; limit++) {
            std::string_view front = cut(text, limit);
            check(front.size() <= limit && is_utf8(front));
            check(text.starts_with(front));
        }
    }
    return 0;
}
