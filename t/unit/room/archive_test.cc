#include "room/archive.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

std::vector<uint8_t> archived(Rig& rig)
{
    std::vector<uint8_t> out(archive_bound(rig.rooms));
    auto size = archive(rig.rooms, rig.now.unix_ms, out);
    assert_true(size.ok());
    out.resize(*size);
    return out;
}

void full_histories_fit_into_the_bound(void**)
{
    Rig rig({4, 16384, 65536});
    for (const char* name : {"a", "b", "c", "d"}) {
        rig.where = name;
        rig.rules.rate = {0, 0};
        Speaker who = rig.speaker("Anna");
        for (int i = 0; i < 300; i++) {
            Verdict verdict = rig.say(who, R"({"say":"words of some length"})");
            assert_int_equal(static_cast<int>(verdict.refusal), 0);
        }
    }
    std::vector<uint8_t> file = archived(rig);
    assert_true(file.size() > 4096);
    std::vector<uint8_t> small(file.size() - 1);
    auto none = archive(rig.rooms, rig.now.unix_ms, small);
    assert_false(none.ok());
    assert_true(none.fault() == Fault::kNoMemory);
    assert_false(archive(rig.rooms, rig.now.unix_ms, {}).ok());
}

void a_file_is_parted_by_its_foot(void**)
{
    Rig rig;
    rig.room("a");
    std::vector<uint8_t> rooms = archived(rig);
    std::vector<uint8_t> file = {'s', 't', 'a', 't', 'e', 's'};
    file.insert(file.end(), rooms.begin(), rooms.end());
    Parts parts = parts_of(file);
    assert_true(text_of(parts.stations) == "states");
    assert_int_equal(parts.rooms.size(), rooms.size() - 16);

    // Without one, or with one that lies about its size, all is of stations.
    for (size_t size : {size_t{0}, size_t{6}, file.size() - 1}) {
        ConstBytes cut = ConstBytes(file).first(size);
        assert_int_equal(parts_of(cut).stations.size(), size);
        assert_true(parts_of(cut).rooms.empty());
    }
    file[file.size() - 10] = 0xff;
    assert_int_equal(parts_of(file).stations.size(), file.size());
}

void news_are_what_the_file_lacks(void**)
{
    Rig rig;
    rig.rules.rate = {0, 0};
    uint64_t empty = news_of(rig.rooms);
    Speaker who = rig.speaker("Anna");
    uint64_t entered = news_of(rig.rooms);
    assert_true(entered != empty && entered != 0);
    assert_true(rig.say(who, R"({"say":1})").ok());
    uint64_t said = news_of(rig.rooms);
    assert_true(said != entered);
    Room room = rig.room();
    room.set_modes({5000, Who::kAll, false, false});
    uint64_t moded = news_of(rig.rooms);
    assert_true(moded != said);
    assert_true(
        rig.rooms.bans().add(7, rig.now.unix_ms + 1000, rig.now.unix_ms).ok());
    assert_true(news_of(rig.rooms) != moded);
    uint64_t last = news_of(rig.rooms);
    rig.pass(1000);
    room.tick(rig.now.ticks, true);
    room.react(0, 5);
    assert_true(news_of(rig.rooms) == last);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(full_histories_fit_into_the_bound),
        cmocka_unit_test(a_file_is_parted_by_its_foot),
        cmocka_unit_test(news_are_what_the_file_lacks),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
