// Numbers and times as sources write them: whatever stands there, what is read
// of it is within its bounds.
#include <vector>

#include "check.h"
#include "source/entity.h"
#include "source/scalar.h"

using namespace onair;
using namespace onair::source;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::vector<char> bytes(data, data + size);
    std::string_view text(bytes.data(), bytes.size());
    int64_t count = count_of(text);
    check(count >= -1 && count <= int64_t{1} << 53);
    int64_t bitrate = bitrate_of(text);
    check(bitrate == -1 || (bitrate > 0 && bitrate <= int64_t{1} << 53));
    int64_t duration = duration_of(text);
    check(duration == -1 || duration > 0);
    check(time_of(text) >= 0);
    for (int zone : {0, 3600, -54000, 54000}) {
        check(time_of(text, zone) >= 0);
    }
    check(!truth_of(text) || !text.empty());
    check(equals_ignoring_case(text, text));
    if (text.starts_with('&')) {
        check(first_entity(text).size <= text.size());
    }
    return 0;
}
