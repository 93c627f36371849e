#include "sound/cursor.h"

#include "ring_rig.h"

using namespace onair;
using namespace onair::sound;

namespace {

// All that he is sent; "<N>" for the head pages of generation N.
std::string hear(Cursor& cursor, RingReader& reader, size_t most = 100000)
{
    std::string all;
    reader.look();
    for (;;) {
        Cursor::Step step = cursor.next(reader, most);
        switch (step.what) {
            case Cursor::What::kNothing:
                return all;
            case Cursor::What::kEnd:
                return all + "!";
            case Cursor::What::kHead:
                all += "<" + std::to_string(step.head) + ">";
                cursor.head_sent();
                break;
            case Cursor::What::kSound:
                all += text_of(step.run.bytes);
                cursor.sent(step.run.bytes.size());
                break;
        }
    }
}

void one_waits_begins_and_goes_on(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    Cursor cursor({.burst_us = 1000000});
    assert_true(hear(cursor, reader).empty());
    assert_false(cursor.begun());
    for (uint64_t i = 0; i < 8; i++) {
        assert_true(written.start(1000, i * 250000));
    }
    assert_true(hear(cursor, reader, 77) == RingRig::sound(3000, 5000));
    assert_true(cursor.begun());
    assert_true(hear(cursor, reader).empty());
    assert_true(written.more(500));
    assert_true(hear(cursor, reader) == RingRig::sound(8000, 500));
    assert_int_equal(cursor.position(), 8500);
    assert_int_equal(cursor.take_moves(), 0);
}

void one_that_comes_back_goes_on_at_the_byte(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    for (uint64_t i = 0; i < 8; i++) {
        assert_true(written.start(1000, i * 250000));
    }
    Cursor cursor({.at_position = true, .position = 2345});
    assert_true(hear(cursor, reader) == RingRig::sound(2345, 5655));
    // At the end, where nothing is yet.
    Cursor late({.at_position = true, .position = 8000});
    assert_true(hear(late, reader).empty());
    assert_true(written.start(10, 2000000));
    assert_true(hear(late, reader) == RingRig::sound(8000, 10));
}

void a_place_that_is_not_there_is_a_new_one(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    Cursor before({.burst_us = 500000, .at_position = true, .position = 1});
    assert_true(hear(before, reader).empty());
    for (uint64_t i = 0; i < 8; i++) {
        assert_true(written.start(1000, i * 250000));
    }
    assert_true(hear(before, reader) == RingRig::sound(1, 7999));
    // Of a ring that was, which had gone farther.
    Cursor other({.burst_us = 500000, .at_position = true, .position = 8001});
    assert_true(hear(other, reader) == RingRig::sound(5000, 3000));
    // From before a pause.
    written.writer.forget_past();
    assert_true(written.start(1000, 2000000));
    Cursor late({.at_position = true, .position = 4500});
    assert_true(hear(late, reader) == RingRig::sound(8000, 1000));
}

void who_falls_out_is_moved_or_ends(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    assert_true(written.start(1000, 0));
    Cursor moved({.burst_us = 500000});
    Cursor ended({.burst_us = 500000, .ends_at_gap = true});
    assert_int_equal(hear(moved, reader).size(), 1000);
    assert_int_equal(hear(ended, reader).size(), 1000);
    for (uint64_t i = 1; i < 400; i++) {
        assert_true(written.start(1000, i * 250000));
    }
    assert_true(hear(moved, reader) == RingRig::sound(397000, 3000));
    assert_int_equal(moved.take_moves(), 1);
    assert_int_equal(moved.take_moves(), 0);
    assert_true(hear(ended, reader) == "!");
    // From a place that is gone: the oldest start.
    Cursor back({.at_position = true, .position = 10});
    std::string heard = hear(back, reader);
    assert_true(heard.size() > 100000 && heard.size() < 260000);
    assert_true(heard == RingRig::sound(400000 - heard.size(), heard.size()));
}

void head_pages_come_first_and_when_they_change_for_who_is_moved(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    written.writer.put_head(bytes_of("one"));
    assert_true(written.start(1000, 0));
    Cursor cursor(Cursor::Begin{});
    assert_true(hear(cursor, reader) == "<1>" + RingRig::sound(0, 1000));
    // A chain brings them in its bytes.
    written.writer.put_head(bytes_of("two"));
    assert_true(written.start(1000, 250000));
    assert_true(hear(cursor, reader) == RingRig::sound(1000, 1000));
    written.writer.put_head(bytes_of("three"));
    for (uint64_t i = 2; i < 400; i++) {
        assert_true(written.start(1000, i * 250000));
    }
    assert_true(hear(cursor, reader) == "<3>" + RingRig::sound(399000, 1000));
}

void who_begins_at_a_place_gets_head_pages(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    written.writer.put_head(bytes_of("one"));
    assert_true(written.start(1000, 0));
    assert_true(written.start(1000, 250000));
    Cursor back({.at_position = true, .position = 1000});
    assert_true(hear(back, reader) == RingRig::sound(1000, 1000));
    Cursor fresh({.at_position = true, .position = 1000, .fresh = true});
    assert_true(hear(fresh, reader) == "<1>" + RingRig::sound(1000, 1000));
    Cursor between({.at_position = true, .position = 999, .fresh = true});
    assert_true(hear(between, reader) == "<1>" + RingRig::sound(1000, 1000));
    Cursor late({.at_position = true, .position = 2000, .fresh = true});
    assert_true(hear(late, reader).empty());
    assert_true(written.start(10, 500000));
    assert_true(hear(late, reader) == "<1>" + RingRig::sound(2000, 10));
}

void nobody_goes_on_over_a_break_but_who_begins_there(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    assert_true(written.start(1000, 0));
    Cursor before(Cursor::Begin{});
    assert_int_equal(hear(before, reader).size(), 1000);
    written.writer.join(RingWriter::Joins::kBreaks);
    assert_true(written.start(1000, 250000));
    assert_true(hear(before, reader) == "!");
    Cursor behind({.burst_us = 4000000});
    assert_true(hear(behind, reader) == RingRig::sound(1000, 1000));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(one_waits_begins_and_goes_on),
        cmocka_unit_test(one_that_comes_back_goes_on_at_the_byte),
        cmocka_unit_test(a_place_that_is_not_there_is_a_new_one),
        cmocka_unit_test(who_falls_out_is_moved_or_ends),
        cmocka_unit_test(
            head_pages_come_first_and_when_they_change_for_who_is_moved),
        cmocka_unit_test(who_begins_at_a_place_gets_head_pages),
        cmocka_unit_test(nobody_goes_on_over_a_break_but_who_begins_there),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
