// Both readers of JSON on the same bytes: what is JSON to the letter means the
// same to the tolerant one, and neither takes more memory than it says.
#include <vector>

#include "check.h"
#include "source/json.h"

using namespace onair;
using namespace onair::source;

namespace {

void check_same(JsonValue strict, JsonValue loose)
{
    check(strict.text() == loose.text());
    check(strict.size() == loose.size());
    check(strict.is_object() == loose.is_object());
    check(strict.is_array() == loose.is_array());
    check((strict.kind() == Kind::kNull) == (loose.kind() == Kind::kNull));
    auto other = loose.begin();
    for (JsonMember member : strict) {
        check(member.name == (*other).name);
        check_same(member.value, (*other).value);
        ++other;
    }
    check(!(other != loose.end()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    // A copy of exactly the size, so that reading past it shows.
    std::vector<uint8_t> body(data, data + size);
    std::vector<uint8_t> one(14 * size + 1024);
    std::vector<uint8_t> two(one.size());
    Arena strict_arena(one);
    Arena loose_arena(two);
    Result<Json> strict = Json::read_strictly(body, strict_arena);
    Result<Json> loose = Json::read(body, loose_arena);
    check(strict.ok() || strict.fault() != Fault::kNoMemory);
    check(loose.ok() || loose.fault() != Fault::kNoMemory);
    // A status document is an object or an array.
    if (strict.ok() && strict->root().size() > 0) {
        check(loose.ok());
        check_same(strict->root(), loose->root());
    }
    return 0;
}
