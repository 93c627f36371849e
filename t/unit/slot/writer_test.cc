// One write of a slot: who may, what it finds, what it leaves when it dies.
#include "rig.h"

#include "slot/writer.h"

using namespace onair;
using namespace onair::slot;

namespace {

const Source kMain = source_of(1, 0);

void scratch_and_buffers_too_small_are_refused(void**)
{
    Rig rig;
    Bytes small = rig.scratch().first(rig.scratch().size() - 1);
    auto told =
        rig.slot().report(playing("x"), kMain, 0, rig.now, rig.author, small);
    assert_false(told.ok());
    assert_int_equal(told.fault(), Fault::kNoMemory);
    rig.report(playing("x"), kMain);
    uint8_t room[64];
    Arena arena(room);
    auto state = rig.slot().read(rig.buffer(), arena);
    assert_false(state.ok());
    assert_int_equal(state.fault(), Fault::kNoMemory);
}

void a_living_writer_keeps_others_out_and_a_dead_one_does_not(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    raw_slot(rig.memory(), 0).claim = 4242;
    auto told = rig.slot().report(playing("Two"), kMain, 0, rig.now, rig.author,
                                  rig.scratch());
    assert_false(told.ok());
    assert_int_equal(told.fault(), Fault::kBusy);
    // What has nothing new to say needs no claim.
    assert_false(rig.report(playing("One"), kMain));
    rig.author.is_gone = [](uint32_t pid) { return pid == 4242; };
    assert_true(rig.report(playing("Two"), kMain));
    assert_int_equal(raw_slot(rig.memory(), 0).claim, 0);
    raw_slot(rig.memory(), 0).claim = rig.author.pid;
    assert_true(rig.report(playing("Three"), kMain));
}

void a_spoiled_buffer_is_seen_and_the_next_writer_repairs_it(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    rig.pass(2000);
    rig.report(playing("Two"), kMain);
    SlotHead& head = raw_slot(rig.memory(), 0);
    Published p = Published::of(head.word);
    // SAFETY: the buffers lie behind the slot's head.
    auto* bytes = reinterpret_cast<uint8_t*>(&head + 1);
    bytes += p.index * (sizeof(BufferHead) + rig.zone().record_capacity());
    bytes[sizeof(BufferHead) + 5] ^= 1;
    auto torn = rig.try_read();
    assert_false(torn.ok());
    assert_int_equal(torn.fault(), Fault::kTorn);
    assert_int_equal(rig.slot().seq(), 2);
    // The reader asked for it: the next tick goes on from the record before.
    assert_true(rig.settle());
    State state = rig.read();
    assert_int_equal(state.at.seq, 3);
    assert_true(state.now()->title == "One");
    // And the source's word is taken again although it did not change.
    assert_true(rig.report(playing("Two"), kMain));
    assert_string_equal(rig.title().c_str(), "Two");
    assert_int_equal(rig.slot().seq(), 4);
    State none;
    assert_false(state_at(rig.read(), 2, &none));
}

void both_buffers_spoiled_cost_the_history_and_nothing_else(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    rig.report(playing("Two"), kMain);
    SlotHead& head = raw_slot(rig.memory(), 0);
    // SAFETY: the buffers lie behind the slot's head.
    auto* bytes = reinterpret_cast<uint8_t*>(&head + 1);
    size_t one = sizeof(BufferHead) + rig.zone().record_capacity();
    bytes[sizeof(BufferHead) + 5] ^= 1;
    bytes[one + sizeof(BufferHead) + 5] ^= 1;
    assert_false(rig.try_read().ok());
    assert_false(rig.settle());
    assert_true(rig.report(playing("Two"), kMain));
    assert_int_equal(rig.slot().seq(), 3);
    assert_string_equal(rig.title().c_str(), "Two");
}

void a_change_whose_writer_died_before_raising_the_count_is_raised(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    SlotHead& head = raw_slot(rig.memory(), 0);
    head.announced = 0;  // as left by a death right after the publication
    head.due = 0;
    head.claim = 4242;
    rig.author.is_gone = [](uint32_t pid) { return pid == 4242; };
    uint64_t before = rig.zone().changes();
    assert_true(rig.settle());
    assert_int_equal(rig.zone().changes(), before + 1);
    assert_int_equal(rig.slot().seq(), 1);
    assert_false(rig.settle());
}

// What `from` holds of "rock", taken into `to`, whose clock is `moved` ahead.
Outcome adopt(Rig& to, Rig& from, int64_t moved_ms)
{
    auto kept = SlotWriter::kept(from.slot(), from.buffer());
    assert_true(kept.ok());
    kept->moved_ms = moved_ms;
    return SlotWriter(to.slot(), to.author, to.now).adopt(*kept, to.scratch());
}

void a_slot_adopted_goes_on_where_the_other_one_was(void**)
{
    Rig old;
    old.report(playing("One"), kMain);
    old.pass(1000);
    old.report(playing("Two"), kMain);
    Rig rig;
    rig.now.ticks = 50;  // the clock began anew, and 400 ms went by
    int64_t moved = 50 - static_cast<int64_t>(old.now.ticks + 400);
    uint64_t before = rig.zone().changes();
    assert_true(adopt(rig, old, moved).ok());
    assert_int_equal(rig.slot().seq(), 2);
    assert_string_equal(rig.title().c_str(), "Two");
    // Who comes later is told; who is here already is not woken for it.
    assert_int_equal(rig.zone().changes(), before);
    assert_true(rig.slot().knows(kMain.key));
    // A tick before the clock began cannot be said: the least one is.
    assert_int_equal(rig.slot().age(rig.now.ticks), 49);
    assert_false(rig.report(playing("Two"), kMain));
    assert_true(rig.report(playing("Three"), kMain));
    assert_int_equal(rig.slot().seq(), 3);
}

void an_age_moves_with_the_clock(void**)
{
    Rig old;
    old.report(playing("One"), kMain);
    old.pass(3000);
    Rig rig;
    rig.now.ticks = old.now.ticks + 70000;
    assert_true(adopt(rig, old, 70000).ok());
    assert_int_equal(rig.slot().age(rig.now.ticks), 3000);
    rig.pass(kMain.stale_ms - 3000);
    assert_false(rig.settle());
    rig.pass(1);
    assert_true(rig.settle());
    assert_true(rig.read().at.status == Status::kStale);
}

void nothing_and_nonsense_are_not_adopted(void**)
{
    Rig old;
    Rig rig;
    assert_int_equal(adopt(rig, old, 0).fault(), Fault::kTorn);
    Kept kept;
    kept.record = bytes_of("no record");
    auto done =
        SlotWriter(rig.slot(), rig.author, rig.now).adopt(kept, rig.scratch());
    assert_int_equal(done.fault(), Fault::kTorn);
    assert_int_equal(rig.slot().seq(), 0);
    assert_true(rig.report(playing("One"), kMain));
    assert_int_equal(rig.slot().seq(), 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(scratch_and_buffers_too_small_are_refused),
        cmocka_unit_test(
            a_living_writer_keeps_others_out_and_a_dead_one_does_not),
        cmocka_unit_test(
            a_spoiled_buffer_is_seen_and_the_next_writer_repairs_it),
        cmocka_unit_test(
            both_buffers_spoiled_cost_the_history_and_nothing_else),
        cmocka_unit_test(
            a_change_whose_writer_died_before_raising_the_count_is_raised),
        cmocka_unit_test(a_slot_adopted_goes_on_where_the_other_one_was),
        cmocka_unit_test(an_age_moves_with_the_clock),
        cmocka_unit_test(nothing_and_nonsense_are_not_adopted),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
