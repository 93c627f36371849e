#include <string>

#include "unit/cmocka.h"

#include "base/station.h"
#include "subscriber/station_list.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

// The names with '|' after each, '!' for a bad one.
std::string names(std::string_view raw)
{
    StationList list(raw);
    std::string out;
    char buffer[kMaxName];
    for (;;) {
        std::string_view name;
        Result<bool> more = list.next(buffer, &name);
        if (!more.ok()) {
            assert_true(more.fault() == Fault::kBadName);
            out += "!";
            continue;
        }
        if (!*more) {
            return out;
        }
        out += std::string(name) + "|";
    }
}

void names_are_separated_by_commas(void**)
{
    assert_string_equal(names("rock").c_str(), "rock|");
    assert_string_equal(names("rock,jazz,*").c_str(), "rock|jazz|*|");
    assert_string_equal(names("rock%2Cjazz%2c%2A").c_str(), "rock|jazz|*|");
}

void an_empty_list_has_no_names(void**)
{
    assert_string_equal(names("").c_str(), "");
    assert_string_equal(names({}).c_str(), "");
}

void names_are_decoded(void**)
{
    assert_string_equal(names("b%20c,d+e,live/rock.mp3,%C3%A9").c_str(),
                        "b c|d e|live/rock.mp3|\xc3\xa9|");
}

void bad_names_are_told_and_passed(void**)
{
    assert_string_equal(names(",").c_str(), "!!");
    assert_string_equal(names("a,").c_str(), "a|!");
    assert_string_equal(names("%2c").c_str(), "!!");
    assert_string_equal(names("a,,b").c_str(), "a|!b|");
    assert_string_equal(names("%,b").c_str(), "!b|");
    assert_string_equal(names("%4,b").c_str(), "!b|");
    assert_string_equal(names("%gg,b").c_str(), "!b|");
    assert_string_equal(names("a%00,b%0a,%7f,%ff,%c3,b").c_str(), "!!!!!b|");
}

void a_name_has_at_most_its_length(void**)
{
    std::string most(kMaxName, 'n');
    assert_string_equal(names(most).c_str(), (most + "|").c_str());
    assert_string_equal(names(most + "n").c_str(), "!");
    std::string escaped;
    for (size_t i = 0; i < kMaxName; i++) {
        escaped += "%6e";
    }
    assert_string_equal(names(escaped).c_str(), (most + "|").c_str());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(names_are_separated_by_commas),
        cmocka_unit_test(an_empty_list_has_no_names),
        cmocka_unit_test(names_are_decoded),
        cmocka_unit_test(bad_names_are_told_and_passed),
        cmocka_unit_test(a_name_has_at_most_its_length),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
