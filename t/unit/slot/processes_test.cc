// Many processes on one slot: writers that are killed at any instruction,
// readers that must never see anything torn or older than what they saw.
#include "rig.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <algorithm>

#include <algorithm>
#include <cerrno>
#include <cstring>

using namespace onair;
using namespace onair::slot;

namespace {

constexpr size_t kSize = 512 * 1024;
constexpr int kWriters = 2;
constexpr int kReaders = 2;
constexpr long kLongestLifeNs = 1500000;

struct Shared {
    std::atomic<uint64_t> stop;
    std::atomic<uint64_t> told;  // changes that a writer was told of
    std::atomic<uint64_t> busy;
    std::atomic<uint64_t> reads;
    std::atomic<uint64_t> torn;   // allowed, but rare
    std::atomic<uint64_t> wrong;  // never
    std::atomic<uint64_t> kills;
    std::atomic<uint64_t> title;  // source of new titles
    alignas(64) uint8_t zone[kSize];
};

bool is_gone(uint32_t pid)
{
    return kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

uint64_t now_us()
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<uint64_t>(t.tv_sec) * 1000000 + t.tv_nsec / 1000;
}

// A track whose parts all say the same number, of many lengths.
struct Numbered {
    explicit Numbered(uint64_t n)
        : digits(std::to_string(n)), text(n % 700, '.')
    {
        text += digits;
        report = playing(text);
        report.now.title = digits;
        report.now.artist = digits;
        report.dj = digits;
        report.stream.name = text;
    }
    std::string digits, text;
    Report report;
};

bool consistent(const State& state)
{
    const Track* now = state.now();
    if (state.at.seq == 0) {
        return true;
    }
    bool good = now != nullptr && now->artist == now->title &&
                state.dj == now->title && now->text == state.stream.name &&
                now->text.ends_with(now->title) && !state.moments.empty() &&
                state.moments[0].seq == state.at.seq;
    for (size_t i = 1; good && i < state.moments.size(); i++) {
        good = state.moments[i].seq < state.moments[i - 1].seq;
    }
    for (const Played& t : state.tracks) {
        good = good && t.track.artist == t.track.title;
    }
    return good;
}

void write_for_ever(Shared& shared, Zone zone)
{
    static uint8_t scratch[2 * 32768 + 16384];
    Slot slot = zone.slot(0);
    Author author = {static_cast<uint32_t>(getpid()), is_gone};
    while (shared.stop == 0) {
        Numbered numbered(++shared.title);
        auto told = slot.report(numbered.report, source_of(1), 0,
                                {now_us() / 1000 + 1, 1}, author, scratch);
        if (!told.ok()) {
            shared.busy++;
            shared.wrong += told.fault() != Fault::kBusy;
        } else if (*told == Told::kChange) {
            shared.told++;
        }
    }
    _exit(0);
}

// Kills this process after `ns`, wherever it is by then.
void die_after(long ns)
{
    sigevent how = {};
    how.sigev_notify = SIGEV_SIGNAL;
    how.sigev_signo = SIGKILL;
    timer_t timer;
    timer_create(CLOCK_PROCESS_CPUTIME_ID, &how, &timer);
    itimerspec when = {};
    when.it_value.tv_nsec = ns;
    timer_settime(timer, 0, &when, nullptr);
}

// Writer after writer, each with some random time to live.
void write_and_die_for_ever(Shared& shared, Zone zone)
{
    auto random = static_cast<uint32_t>(getpid());
    uint32_t longest = kLongestLifeNs;
    while (shared.stop == 0) {
        random = random * 1664525 + 1013904223;
        uint64_t told = shared.told;
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);  // no longer than the test
            die_after(1000 + static_cast<long>(random % longest));
            write_for_ever(shared, zone);
        }
        waitpid(pid, nullptr, 0);
        shared.kills++;
        // On a busy machine a process may be killed before it ran at all.
        bool too_short = shared.told == told && longest < 100000000;
        longest = too_short ? 2 * longest
                            : std::max<uint32_t>(longest - longest / 8,
                                                 kLongestLifeNs);
    }
    _exit(0);
}

void read_for_ever(Shared& shared, Zone zone)
{
    static uint8_t buffer[32768];
    static uint8_t room[12288];
    Slot slot = zone.slot(0);
    uint64_t last = 0;
    while (shared.stop == 0) {
        Arena arena(room);
        uint64_t seq = slot.seq();
        auto state = slot.read(buffer, arena);
        shared.reads++;
        if (!state.ok()) {
            shared.torn++;
            shared.wrong += state.fault() != Fault::kTorn;
            continue;
        }
        shared.wrong +=
            !consistent(*state) || state->at.seq < last || state->at.seq < seq;
        last = state->at.seq;
    }
    _exit(0);
}

template <typename Work>
pid_t start(Work work, Shared& shared, Zone zone)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work(shared, zone);
    }
    assert_true(pid > 0);
    return pid;
}

Shared& map()
{
    void* at = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(at != MAP_FAILED);
    return *new (at) Shared();
}

// 2.5 seconds, or as many more as a busy machine takes; a minute at most.
void wait_until_it_is_enough(const Shared& shared)
{
    for (int i = 0; i < 240; i++) {
        usleep(250000);
        if (i >= 9 && shared.kills > 100 && shared.told > 500 &&
            shared.reads > 1000) {
            return;
        }
    }
}

void writers_killed_at_any_instruction_tear_nothing_and_block_nobody(void**)
{
    Shared& shared = map();
    auto zone = Zone::create(Bytes(shared.zone), {16, 10}, 1);
    assert_true(zone.ok());
    Author author = {static_cast<uint32_t>(getpid()), is_gone};
    assert_true(zone->find_or_add("rock", author).ok());
    assert_true(zone->record_capacity() <= 32768);

    pid_t writers[kWriters], readers[kReaders];
    for (pid_t& pid : readers) {
        pid = start(read_for_ever, shared, *zone);
    }
    for (pid_t& pid : writers) {
        pid = start(write_and_die_for_ever, shared, *zone);
    }
    wait_until_it_is_enough(shared);
    shared.stop = 1;
    for (pid_t pid : writers) {
        waitpid(pid, nullptr, 0);
    }
    for (pid_t pid : readers) {
        waitpid(pid, nullptr, 0);
    }

    static uint8_t scratch[2 * 32768 + 16384];
    Numbered last(++shared.title);
    auto told = zone->slot(0).report(last.report, source_of(1), 0,
                                     {now_us() / 1000 + 1, 1}, author, scratch);
    assert_true(told.ok() && *told == Told::kChange);
    print_message("kills %lu, changes %lu, busy %lu, reads %lu, torn %lu\n",
                  shared.kills.load(), zone->changes(), shared.busy.load(),
                  shared.reads.load(), shared.torn.load());
    assert_int_equal(shared.wrong, 0);
    assert_true(shared.kills > 100);
    assert_true(shared.told > 500);
    assert_true(shared.reads > 1000);
    assert_true(shared.torn < shared.reads / 20);
    // A change whose writer died may be raised together with the next one,
    // but none is left unraised.
    const SlotHead& head = raw_slot(Bytes(shared.zone), 0);
    assert_int_equal(head.announced, zone->slot(0).seq());
    assert_int_equal(head.claim, 0);
    assert_true(zone->changes() >= shared.told);
    munmap(&shared, sizeof(Shared));
}

void names_added_by_processes_that_die_are_added_once(void**)
{
    Shared& shared = map();
    Options options = {60, 2};
    auto zone = Zone::create(Bytes(shared.zone), options, 1);
    assert_true(zone.ok());
    auto work = [](Shared&, Zone z) {
        Author author = {static_cast<uint32_t>(getpid()), is_gone};
        uint32_t random = author.pid;
        while (z.stations() < 60) {
            random = random * 1664525 + 1013904223;
            (void)z.find_or_add("n" + std::to_string((random >> 8) % 60),
                                author);
        }
        _exit(0);
    };
    for (int round = 0; round < 150; round++) {
        pid_t one = start(work, shared, *zone);
        pid_t two = start(work, shared, *zone);
        usleep(static_cast<useconds_t>(100 + round * 7 % 300));
        kill(one, SIGKILL);
        kill(two, SIGKILL);
        waitpid(one, nullptr, 0);
        waitpid(two, nullptr, 0);
    }
    Author author = {static_cast<uint32_t>(getpid()), is_gone};
    for (int i = 0; i < 60; i++) {
        assert_true(zone->find_or_add("n" + std::to_string(i), author).ok());
    }
    assert_int_equal(zone->stations(), 60);
    assert_int_equal(zone->times_full(), 0);
    munmap(&shared, sizeof(Shared));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(
            writers_killed_at_any_instruction_tear_nothing_and_block_nobody),
        cmocka_unit_test(names_added_by_processes_that_die_are_added_once),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
