#include <string>

#include "unit/cmocka.h"

#include "encoder/event_id.h"

using namespace onair;
using namespace onair::encoder;

namespace {

std::string written(const EventId& id)
{
    char out[kMaxEventId];
    return std::string(write_event_id(id, out));
}

void an_id_is_epoch_and_seq(void**)
{
    assert_string_equal(written({0x68f0a1c2, 42}).c_str(), "68f0a1c2:42");
    assert_string_equal(written({0, 0}).c_str(), "00000000:0");
    assert_string_equal(written({UINT32_MAX, UINT64_MAX}).c_str(),
                        "ffffffff:18446744073709551615");
    char small[10];
    assert_true(write_event_id({1, 42}, small).empty());
}

void what_is_written_is_read(void**)
{
    for (EventId id : {EventId{0, 0}, EventId{0x68f0a1c2, 42},
                       EventId{UINT32_MAX, UINT64_MAX}}) {
        Result<EventId> read = read_event_id(written(id));
        assert_true(read.ok() && *read == id);
    }
}

void an_entity_tag_is_read(void**)
{
    EventId want = {0x68f0a1c2, 42};
    for (const char* tag :
         {"\"68f0a1c2:42\"", "W/\"68f0a1c2:42\"", "\"68f0a1c2:42-gzip\"",
          "W/\"68f0a1c2:42-gzip\"", "\"68f0a1c2:42-br\""}) {
        Result<EventId> read = read_event_id(tag);
        assert_true(read.ok() && *read == want);
    }
}

void anything_else_is_no_id(void**)
{
    for (const char* text : {"",
                             "\"",
                             "\"\"",
                             "68f0a1c2",
                             "68f0a1c2:",
                             ":42",
                             "68f0a1c:42",
                             "68f0a1c22:42",
                             "68F0A1C2:42",
                             "68f0a1g2:42",
                             "68f0a1c2:+1",
                             "68f0a1c2:-1",
                             "68f0a1c2: 1",
                             "68f0a1c2:1 ",
                             "68f0a1c2:01",
                             "68f0a1c2:1x",
                             "68f0a1c2:0x1",
                             "68f0a1c2:18446744073709551616",
                             "68f0a1c2:99999999999999999999",
                             "68f0a1c2:100000000000000000000",
                             "w/\"68f0a1c2:42\"",
                             "W/68f0a1c2:42",
                             "\"68f0a1c2:42",
                             "68f0a1c2:42\"",
                             "\"\"68f0a1c2:42\"\"",
                             "68f0a1c2:42-gzip",
                             "\"68f0a1c2:42-gzip-gzip\"",
                             "\"68f0a1c2:42-zip\"",
                             "\"-gzip\"",
                             "0x68f0a1:42"}) {
        Result<EventId> read = read_event_id(text);
        assert_false(read.ok());
        assert_true(read.fault() == Fault::kBadEventId);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_epoch_and_seq),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(an_entity_tag_is_read),
        cmocka_unit_test(anything_else_is_no_id),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
