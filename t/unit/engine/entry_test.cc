#include "engine/entry.h"

#include <string>
#include <vector>

#include "room/command.h"
#include "unit/cmocka.h"

using namespace onair;
using namespace onair::engine;

namespace {

room::Message full()
{
    room::Message m;
    m.time = 1760000030123;
    m.sender = 77;
    m.ref = 5;
    m.kind = room::Kind::kEvent;
    m.to = room::To::kOne;
    m.role = room::Role::kHost;
    m.from_id = "m3";
    m.from_name = "Anna";
    m.type = "gift";
    m.to_id = "m7";
    m.said = R"({"text":"hi"})";
    return m;
}

constexpr Origin kOrigin = {0x123456789abcdef0, 7, 99};

void a_message_comes_back_as_it_was(void**)
{
    room::Message m = full();
    uint8_t out[512];
    auto back = unpack_entry(pack_entry(kOrigin, m, out));
    assert_true(back.ok());
    assert_true(back->origin == kOrigin);
    const room::Message& b = back->message;
    assert_int_equal(b.time, m.time);
    assert_int_equal(b.sender, 77);
    assert_int_equal(b.ref, 5);
    assert_true(b.kind == m.kind && b.to == m.to && b.role == m.role);
    assert_true(b.from_id == "m3" && b.from_name == "Anna" &&
                b.type == "gift" && b.to_id == "m7" && b.said == m.said);
}

// The bytes are the same on every machine.
void its_bytes_have_one_order(void**)
{
    uint8_t out[512];
    ConstBytes bytes = pack_entry(kOrigin, full(), out);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(bytes[1], 0xf0);
    assert_int_equal(bytes[8], 0x12);
    assert_int_equal(bytes[9], 7);
    assert_int_equal(bytes[11], 99);
}

void what_is_cut_or_longer_is_none(void**)
{
    uint8_t out[512];
    ConstBytes bytes = pack_entry(kOrigin, full(), out);
    for (size_t size = 0; size < bytes.size(); size++) {
        assert_false(unpack_entry(bytes.first(size)).ok());
    }
    assert_false(unpack_entry({out, bytes.size() + 1}).ok());
}

void a_byte_out_of_its_range_makes_it_none(void**)
{
    uint8_t good[512];
    size_t size = pack_entry(kOrigin, full(), good).size();
    constexpr size_t kKind = 19;
    for (size_t at : {size_t{0}, kKind, kKind + 1, kKind + 2}) {
        std::vector<uint8_t> bytes(good, good + size);
        bytes[at] = 200;
        assert_false(unpack_entry(bytes).ok());
    }
    room::Message m = full();
    m.from_name = "\xff\xfe";
    assert_false(unpack_entry(pack_entry(kOrigin, m, good)).ok());
    m = full();
    m.kind = room::Kind::kReach;
    assert_false(unpack_entry(pack_entry(kOrigin, m, good)).ok());
}

void only_what_may_be_shown_is_sound(void**)
{
    std::vector<uint8_t> memory(room::command_memory(64));
    room::Message m = full();
    assert_true(is_sound(m, memory));
    for (std::string_view bad : {"{\"a\":", "1 2", "x", "\"\xff\"", "{}}"}) {
        m.said = bad;
        assert_false(is_sound(m, memory));
    }
    m.said = "12";
    assert_true(is_sound(m, memory));
    m.type = "message";
    assert_false(is_sound(m, memory));
    m.kind = room::Kind::kMessage;
    m.said = "";
    assert_false(is_sound(m, memory));
    m.kind = room::Kind::kLeft;
    assert_true(is_sound(m, memory));
}

void what_is_published_says_epoch_and_number(void**)
{
    auto it = read_published("68f0a1c2 42 a b");
    assert_true(it.ok());
    assert_int_equal(it->epoch, 0x68f0a1c2);
    assert_int_equal(it->seq, 42);
    assert_true(it->payload == "a b");
    for (std::string_view bad :
         {"", "68f0a1c2", "68f0a1c2 ", "68f0a1c2 42", "68f0a1c2 0 a",
          "68f0a1c2 x a", "68f0a1c2  a", "68f0a1c-42 a b"}) {
        assert_false(read_published(bad).ok());
    }
}

void a_field_names_machine_and_place(void**)
{
    char text[kMaxField];
    assert_true(write_field(kOrigin, text) == "123456789abcdef0:7");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_message_comes_back_as_it_was),
        cmocka_unit_test(its_bytes_have_one_order),
        cmocka_unit_test(what_is_cut_or_longer_is_none),
        cmocka_unit_test(a_byte_out_of_its_range_makes_it_none),
        cmocka_unit_test(only_what_may_be_shown_is_sound),
        cmocka_unit_test(what_is_published_says_epoch_and_number),
        cmocka_unit_test(a_field_names_machine_and_place),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
