#include "rig.h"

#include "room/report.h"

using namespace onair;
using namespace onair::room;

namespace {

std::string report_of(Rig& rig, const Reported& reported)
{
    std::vector<char> memory(most_report(reported));
    Writer out(memory);
    write_report(out, rig.rooms, rig.room(), reported);
    assert_true(out.ok());
    return std::string(out.view());
}

bool says(const std::string& report, std::string_view what)
{
    return report.find(what) != std::string::npos;
}

void an_operator_is_told_what_a_room_is_like(void**)
{
    Rig rig;
    constexpr std::string_view kNames[] = {"like", "cl\"ap"};
    Reported reported = {kNames};
    Speaker anna = rig.speaker("Anna", Role::kHost);
    Speaker bert = rig.speaker("Bert");
    assert_true(rig.say(anna, R"({"say":1})").ok());
    assert_false(rig.say(bert, R"({"say":1,"to":"nobody"})").ok());
    rig.room().react(0, 5);
    rig.room().head().left_out.fetch_add(3);
    rig.room().tick(rig.now.ticks, true);
    rig.pass(2500);
    rig.room().tick(rig.now.ticks, true);
    std::string report = report_of(rig, reported);
    for (std::string_view part :
         {R"({"room":"rock","epoch":")", R"("members":2,"people":2,)",
          R"("participant":1,"moderator":0,"host":1,"robot":0})",
          R"("peak":2,)", R"("watched":5)", R"("messages":1,)",
          R"("refused":1,"left_out":3,)", R"("who":"all")",
          R"("reactions":{"like":5,"cl\"ap":0}})"}) {
        assert_true(says(report, part));
    }
}

void the_longest_report_has_room(void**)
{
    Rig rig;
    std::string name(kMaxName, '\x01');
    std::string_view names[kMostReactions];
    std::fill(std::begin(names), std::end(names), name);
    for (size_t i = 0; i < kMostReactions; i++) {
        rig.room().react(i, UINT64_MAX);
    }
    report_of(rig, {names});
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_operator_is_told_what_a_room_is_like),
        cmocka_unit_test(the_longest_report_has_room),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
