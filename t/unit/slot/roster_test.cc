#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <set>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "slot/roster.h"

using namespace onair;
using namespace onair::slot;

namespace {

uint32_t dead = 0;
bool is_gone(uint32_t pid)
{
    return pid == dead;
}

struct Room {
    std::vector<uint8_t> memory = std::vector<uint8_t>(Roster::size(), 0xff);
    Roster roster = *Roster::create(memory);
};

void each_worker_has_an_entry_of_its_own(void**)
{
    Room room;
    dead = 0;
    size_t a = *room.roster.claim(10, is_gone);
    size_t b = *room.roster.claim(11, is_gone);
    assert_true(a != b);
    assert_true(room.roster.alive(a, is_gone));
    assert_int_equal(room.roster.entry(b).pid, 11);
    room.roster.release(a);
    assert_false(room.roster.alive(a, is_gone));
    assert_int_equal(*room.roster.claim(12, is_gone), a);
}

void a_dead_workers_totals_stay_and_its_subscribers_go(void**)
{
    Room room;
    dead = 0;
    std::vector<uint32_t> pids;
    for (uint32_t pid = 1; pid <= kMaxWorkers; pid++) {
        assert_true(room.roster.has_room());
        assert_true(room.roster.claim(pid, is_gone).ok());
    }
    assert_false(room.roster.has_room());
    assert_int_equal(room.roster.claim(1000, is_gone).fault(), Fault::kTooMany);
    assert_int_equal(room.roster.claim_dead(1, is_gone).fault(),
                     Fault::kNotFound);
    WorkerEntry& entry = room.roster.entry(6);
    entry.subscribers[1] = 40;
    entry.totals[2] = 900;
    room.roster.entry(3).subscribers[1] = 2;
    room.roster.entry(3).totals[2] = 100;
    assert_int_equal(room.roster.subscribers(Transport::kSse), 42);
    dead = entry.pid;
    assert_int_equal(*room.roster.claim(1000, is_gone), 6);
    assert_int_equal(room.roster.subscribers(Transport::kSse), 2);
    assert_int_equal(room.roster.total(Total::kMessages), 1000);
}

void a_living_worker_can_clear_up_behind_a_dead_one(void**)
{
    Room room;
    dead = 0;
    size_t a = *room.roster.claim(10, is_gone);
    assert_true(room.roster.claim(11, is_gone).ok());
    room.roster.entry(a).subscribers[0] = 7;
    dead = 10;
    assert_int_equal(*room.roster.claim_dead(11, is_gone), a);
    room.roster.release(a);
    assert_int_equal(room.roster.subscribers(Transport::kWebSocket), 0);
    assert_int_equal(room.roster.entry(a).pid, 0);
}

void a_worker_with_the_pid_of_a_dead_one_takes_its_entry(void**)
{
    Room room;
    dead = 0;
    assert_true(room.roster.claim(9, is_gone).ok());
    size_t a = *room.roster.claim(10, is_gone);
    room.roster.entry(a).subscribers[0] = 7;
    assert_int_equal(*room.roster.claim(10, is_gone), a);
    assert_int_equal(room.roster.entry(a).subscribers[0], 0);
}

void a_worker_that_leaves_knows_whether_others_serve(void**)
{
    Room room;
    dead = 0;
    size_t a = *room.roster.claim(10, is_gone);
    assert_false(room.roster.others_serve(a, is_gone));
    assert_true(room.roster.others_serve(kMaxWorkers, is_gone));
    size_t b = *room.roster.claim(11, is_gone);
    assert_true(room.roster.others_serve(a, is_gone));
    room.roster.entry(b).leaving = 1;
    assert_false(room.roster.others_serve(a, is_gone));
    room.roster.entry(b).leaving = 0;
    dead = 11;
    assert_false(room.roster.others_serve(a, is_gone));
}

void open_takes_only_a_roster(void**)
{
    Room room;
    dead = 0;
    size_t a = *room.roster.claim(10, is_gone);
    auto again = Roster::open(room.memory);
    assert_true(again.ok());
    assert_int_equal(again->entry(a).pid, 10);
    std::vector<uint8_t> zeroed(Roster::size());
    assert_int_equal(Roster::open(zeroed).fault(), Fault::kLayoutChanged);
    assert_int_equal(Roster::create(Bytes(zeroed).first(100)).fault(),
                     Fault::kZoneTooSmall);
}

void every_total_and_transport_has_its_own_word(void**)
{
    std::set<std::string> words;
    for (size_t i = 0; i < kTotals; i++) {
        words.insert(std::string(word(static_cast<Total>(i))));
    }
    assert_int_equal(words.size(), kTotals);
    assert_int_equal(words.count(""), 0);
    assert_true(word(Transport::kLongPoll) == "long_poll");
    assert_true(word(Transport::kSound) == "sound");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_worker_has_an_entry_of_its_own),
        cmocka_unit_test(a_dead_workers_totals_stay_and_its_subscribers_go),
        cmocka_unit_test(a_living_worker_can_clear_up_behind_a_dead_one),
        cmocka_unit_test(a_worker_with_the_pid_of_a_dead_one_takes_its_entry),
        cmocka_unit_test(a_worker_that_leaves_knows_whether_others_serve),
        cmocka_unit_test(open_takes_only_a_roster),
        cmocka_unit_test(every_total_and_transport_has_its_own_word),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
