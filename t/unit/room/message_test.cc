#include "room/message.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

Message full()
{
    Message m;
    m.room = 3;
    m.life = 9;
    m.epoch = 0x68f0a1c2;
    m.seq = 42;
    m.time = 1760000030123;
    m.sender = 77;
    m.ref = 5;
    m.kind = Kind::kEvent;
    m.to = To::kOne;
    m.role = Role::kHost;
    m.from_id = "m3";
    m.from_name = "Anna";
    m.type = "gift";
    m.to_id = "m7";
    m.said = R"({"text":"hi"})";
    return m;
}

void a_message_comes_back_as_it_was(void**)
{
    Message m = full();
    uint8_t out[512];
    auto back = unpack(pack(m, out));
    assert_true(back.ok());
    assert_int_equal(back->room, 3);
    assert_int_equal(back->life, 9);
    assert_int_equal(back->epoch, 0x68f0a1c2);
    assert_int_equal(back->seq, 42);
    assert_int_equal(back->time, 1760000030123);
    assert_int_equal(back->sender, 77);
    assert_int_equal(back->ref, 5);
    assert_true(back->kind == m.kind && back->to == m.to &&
                back->role == m.role);
    assert_true(back->from_id == "m3" && back->from_name == "Anna" &&
                back->type == "gift" && back->to_id == "m7" &&
                back->said == m.said);
}

void the_longest_message_has_room(void**)
{
    std::string id(kMaxId, 'i'), name(kMaxMemberName, 'n'), type(kMaxType, 't'),
        said(kMaxSaid, 's');
    Message m = full();
    m.from_id = m.to_id = id;
    m.from_name = name;
    m.type = type;
    m.said = said;
    assert_true(packed_size(m) <= kMaxPacked);
    std::vector<uint8_t> out(kMaxPacked);
    auto back = unpack(pack(m, out));
    assert_true(back.ok() && back->said == said && back->to_id == id);
}

void every_cut_and_every_spoiled_byte_is_torn_or_within_bounds(void**)
{
    uint8_t out[512];
    ConstBytes good = pack(full(), out);
    for (size_t size = 0; size < good.size(); size++) {
        auto back = unpack(good.first(size));
        assert_true(!back.ok() && back.fault() == Fault::kTorn);
    }
    std::vector<uint8_t> spoiled(good.begin(), good.end());
    for (size_t i = 0; i < good.size(); i++) {
        for (int value : {0, 1, 5, 8, 64, 128, 255}) {
            uint8_t was = spoiled[i];
            spoiled[i] = static_cast<uint8_t>(value);
            auto back = unpack(spoiled);
            if (back.ok()) {
                assert_true(static_cast<size_t>(back->kind) < kKinds);
                assert_true(back->from_id.size() <= kMaxId);
            }
            spoiled[i] = was;
        }
    }
}

void roles_have_words_both_ways(void**)
{
    for (size_t i = 0; i < kRoles; i++) {
        auto role = static_cast<Role>(i);
        assert_true(*role_of(word(role)) == role);
    }
    assert_false(role_of("king").ok());
    assert_false(role_of("").ok());
}

void only_what_was_said_takes_a_place_in_the_history(void**)
{
    for (size_t i = 0; i < kKinds; i++) {
        auto kind = static_cast<Kind>(i);
        assert_int_equal(is_kept(kind),
                         kind == Kind::kMessage || kind == Kind::kEvent);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_message_comes_back_as_it_was),
        cmocka_unit_test(the_longest_message_has_room),
        cmocka_unit_test(
            every_cut_and_every_spoiled_byte_is_torn_or_within_bounds),
        cmocka_unit_test(roles_have_words_both_ways),
        cmocka_unit_test(only_what_was_said_takes_a_place_in_the_history),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
