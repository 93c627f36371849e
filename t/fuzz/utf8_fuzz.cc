// UTF-8 in pieces and as a whole text: both say the same, wherever it is cut.
#include <vector>

#include "check.h"
#include "encoder/utf8.h"
#include "source/utf8.h"

using namespace onair;

namespace {

void check_cut(std::string_view text, size_t at)
{
    std::vector<uint8_t> first(text.begin(), text.begin() + at);
    std::vector<uint8_t> second(text.begin() + at, text.end());
    encoder::Utf8 reader;
    bool good = reader.take(first) && reader.take(second);
    check((good && reader.complete()) == source::is_utf8(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view text = text_of({data, size});
    for (size_t at = 0; at <= size && at <= 64; at++) {
        check_cut(text, at);
    }
    encoder::Utf8 reader;
    size_t good = reader.good({data, size});
    check(good <= size);
    if (source::is_utf8(text)) {
        check(good == size);
        for (size_t limit = 0; limit <= 8; limit++) {
            std::string_view front = encoder::cut(text, limit);
            check(front.size() <= limit && source::is_utf8(front));
            check(text.starts_with(front));
        }
    }
    return 0;
}
