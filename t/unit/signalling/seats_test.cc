#include "signalling/seats.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::signalling;

namespace {

Outcome sit(const Seats& seats, uint64_t key, Handle who,
            const slot::Author& author)
{
    return seats.change(Space::kPair, key, author,
                        [who](Seat* seat) { seat->first = who; });
}

void a_handle_names_a_place_and_a_number(void**)
{
    Handle handle = handle_of(127, 5);
    assert_int_equal(place_of(handle), 127);
    assert_int_equal(number_of(handle), 5);
    assert_int_not_equal(handle_of(0, 0), kNobodyThere);
    assert_int_equal(number_of(handle_of(3, kNumbers + 9)), 9);
}

void what_was_put_down_is_found_and_what_is_empty_is_gone(void**)
{
    Table table;
    uint64_t key = table.seats.key(Space::kPair, "room", "a");
    assert_true(sit(table.seats, key, handle_of(1, 2), table.author).ok());
    assert_int_equal(table.seats.look(key).first, handle_of(1, 2));
    assert_int_equal(table.seats.used(), 1);
    assert_true(sit(table.seats, key, kNobodyThere, table.author).ok());
    assert_true(table.seats.look(key).empty());
    assert_int_equal(table.seats.used(), 0);
}

void keys_differ_by_space_room_and_name(void**)
{
    Table table;
    uint64_t key = table.seats.key(Space::kPair, "room", "a");
    assert_true(key == table.seats.key(Space::kPair, "room", "a"));
    assert_true(key != table.seats.key(Space::kPeer, "room", "a"));
    assert_true(key != table.seats.key(Space::kPair, "rooma", ""));
    assert_true(table.seats.key_of_worker(Space::kHere, "r", 1) !=
                table.seats.key_of_worker(Space::kHere, "r", 2));
}

void memory_is_opened_again_and_other_memory_is_not(void**)
{
    Table table;
    uint64_t key = table.seats.key(Space::kPair, "room", "a");
    assert_true(sit(table.seats, key, handle_of(1, 2), table.author).ok());
    auto again = Seats::open(table.memory());
    assert_true(again.ok());
    assert_int_equal(again->look(key).first, handle_of(1, 2));
    assert_true(again->key(Space::kPair, "room", "a") == key);
    std::vector<uint8_t> none(Seats::size_for(64));
    assert_false(Seats::open(none).ok());
    assert_false(Seats::open(Bytes(none).first(8)).ok());
    uint8_t secret[Seats::kSecretSize] = {};
    assert_int_equal(Seats::create(Bytes(none).first(64), secret).fault(),
                     Fault::kZoneTooSmall);
}

void a_full_table_refuses_and_keeps_what_it_has(void**)
{
    Table table(32);
    size_t taken = 0;
    for (uint64_t key = 1; key <= 64; key++) {
        taken += sit(table.seats, key, handle_of(0, 1), table.author).ok();
    }
    assert_int_equal(taken, table.seats.capacity());
    assert_int_equal(
        sit(table.seats, 65, handle_of(0, 1), table.author).fault(),
        Fault::kZoneFull);
    assert_int_equal(table.seats.look(1).first, handle_of(0, 1));
}

void those_of_a_dead_worker_are_told_of_once_and_newer_ones_stay(void**)
{
    Table table;
    for (uint64_t key = 1; key <= 4; key++) {
        Handle who = handle_of(3, table.seats.new_number(3));
        assert_true(sit(table.seats, key, who, table.author).ok());
    }
    uint32_t bound = table.seats.numbers(3);
    Handle younger = handle_of(3, table.seats.new_number(3));
    assert_true(sit(table.seats, 5, younger, table.author).ok());
    assert_true(sit(table.seats, 6, handle_of(2, 0), table.author).ok());
    size_t lost = 0;
    auto forget = [&] {
        return table.seats.forget(
            3, bound, table.author,
            [&](Space space, uint64_t, Seat* seat, Handle) {
                assert_true(space == Space::kPair);
                *seat = Seat();
                lost++;
            });
    };
    assert_true(forget());
    assert_int_equal(lost, 4);
    assert_true(forget());
    assert_int_equal(lost, 4);
    assert_int_equal(table.seats.look(5).first, younger);
    assert_int_equal(table.seats.look(6).first, handle_of(2, 0));
}

void what_is_over_is_swept_out(void**)
{
    Table table;
    for (uint64_t key = 1; key <= 3; key++) {
        assert_true(table.seats
                        .change(Space::kPeer, key, table.author,
                                [key](Seat* seat) { seat->since = key; })
                        .ok());
    }
    table.seats.sweep(table.author, [](Space space, const Seat& seat) {
        return space == Space::kPeer && seat.since < 3;
    });
    assert_int_equal(table.seats.used(), 1);
    assert_int_equal(table.seats.look(3).since, 3);
}

// Memory of several processes.
struct Common {
    Common()
        : size(Seats::size_for(64)),
          at(mmap(nullptr, size, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0))
    {
        uint8_t secret[Seats::kSecretSize] = {7};
        seats = *Seats::create({static_cast<uint8_t*>(at), size}, secret);
    }
    ~Common() { munmap(at, size); }
    size_t size;
    void* at;
    Seats seats;
};

// The child ends, or stands still, in the middle of a change.
pid_t die_within_a_change(const Seats& seats, uint64_t key, int how)
{
    pid_t child = fork();
    if (child == 0) {
        slot::Author mine = {static_cast<uint32_t>(getpid()), nobody_is_gone};
        (void)seats.change(Space::kPair, key, mine, [how](Seat* seat) {
            seat->first = handle_of(9, 9);
            kill(getpid(), how);
        });
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    return child;
}

void a_claim_of_a_dead_process_is_taken_over(void**)
{
    Common common;
    assert_true(
        sit(common.seats, 1, handle_of(1, 1), {42, nobody_is_gone}).ok());
    static pid_t dead;
    dead = die_within_a_change(common.seats, 1, SIGKILL);
    assert_int_equal(common.seats.look(1).first, handle_of(1, 1));
    assert_int_equal(
        sit(common.seats, 1, handle_of(1, 2), {42, nobody_is_gone}).fault(),
        Fault::kBusy);
    slot::Author who_knows = {
        42, [](uint32_t pid) { return static_cast<pid_t>(pid) == dead; }};
    assert_true(sit(common.seats, 1, handle_of(1, 2), who_knows).ok());
    assert_int_equal(common.seats.look(1).first, handle_of(1, 2));
}

void one_that_stands_still_makes_nobody_wait(void**)
{
    Common common;
    pid_t child = die_within_a_change(common.seats, 1, SIGSTOP);
    slot::Author me = {static_cast<uint32_t>(getpid()), nobody_is_gone};
    assert_int_equal(sit(common.seats, 1, handle_of(1, 2), me).fault(),
                     Fault::kBusy);
    assert_true(common.seats.look(1).empty());
    // Another stripe is another's business.
    assert_true(sit(common.seats, uint64_t{1} << 40, handle_of(1, 2), me).ok());
    kill(child, SIGCONT);
    waitpid(child, nullptr, 0);
    assert_int_equal(common.seats.look(1).first, handle_of(9, 9));
    assert_true(sit(common.seats, 1, handle_of(1, 2), me).ok());
}

void many_processes_lose_no_change(void**)
{
    Common common;
    constexpr int kChildren = 4;
    constexpr int kRounds = 500;
    for (int i = 0; i < kChildren; i++) {
        if (fork() == 0) {
            slot::Author mine = {static_cast<uint32_t>(getpid()),
                                 nobody_is_gone};
            for (int n = 0; n < kRounds;) {
                uint64_t key = 1 + static_cast<uint64_t>(n % 8);
                n += common.seats
                         .change(Space::kPair, key, mine,
                                 [](Seat* seat) { seat->extra++; })
                         .ok();
            }
            _exit(0);
        }
    }
    for (int i = 0; i < kChildren; i++) {
        wait(nullptr);
    }
    uint64_t sum = 0;
    for (uint64_t key = 1; key <= 8; key++) {
        sum += common.seats.look(key).extra;
    }
    assert_int_equal(sum, kChildren * kRounds);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_names_a_place_and_a_number),
        cmocka_unit_test(what_was_put_down_is_found_and_what_is_empty_is_gone),
        cmocka_unit_test(keys_differ_by_space_room_and_name),
        cmocka_unit_test(memory_is_opened_again_and_other_memory_is_not),
        cmocka_unit_test(a_full_table_refuses_and_keeps_what_it_has),
        cmocka_unit_test(
            those_of_a_dead_worker_are_told_of_once_and_newer_ones_stay),
        cmocka_unit_test(what_is_over_is_swept_out),
        cmocka_unit_test(a_claim_of_a_dead_process_is_taken_over),
        cmocka_unit_test(one_that_stands_still_makes_nobody_wait),
        cmocka_unit_test(many_processes_lose_no_change),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
