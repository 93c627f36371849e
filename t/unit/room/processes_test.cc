// Workers that are killed or stopped at every instruction: whatever one was
// doing, the others go on at once, nothing torn is shown, and what it had said
// before is there.
//
// One thing is done with a signal after each instruction (x86-64). What the
// memory is then is what a kill would leave behind: a copy of it is gone on
// with as the others would. What was interrupted stands for one that is
// stopped.
#ifdef __x86_64__

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdio>
#include <cstring>
#include <map>

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

constexpr size_t kSize = size_t{256} * 1024;
constexpr uint64_t kTrapFlag = 0x100;

Plan tiny_plan()
{
    // As small as it can be: it is copied at every instruction.
    Plan plan = *plan_of(least_size({2, 2048, 512}), {2, 2048, 512});
    assert_true(plan.size <= kSize);
    return plan;
}

struct Shared {
    alignas(64) uint8_t memory[kSize];
};

Shared& map()
{
    void* at = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(at != MAP_FAILED);
    return *static_cast<Shared*>(at);
}

Floor floor_of(const Rooms& rooms, const Room& room, size_t place,
               Bytes scratch)
{
    return {rooms, room, place, {5000, 1760000000000}, scratch};
}

uint8_t g_scratch[4096];
uint8_t g_work[4096];  // of what is interrupted
uint8_t g_out[4096];

uint64_t say(const Rooms& rooms, const Room& room, size_t place,
             std::string_view text, Bytes scratch = g_scratch)
{
    Message m;
    m.from_id = text;
    m.said = text;
    auto seq = post(floor_of(rooms, room, place, scratch), &m);
    assert_true(seq.ok());
    return *seq;
}

// Everything that the rings hold from `mark` on, by its number; each is whole.
std::map<uint64_t, std::string> read_all(const Rooms& rooms,
                                         std::vector<room::Mark> marks)
{
    std::map<uint64_t, std::string> all;
    for (size_t place = 0; place < marks.size(); place++) {
        for (;;) {
            auto got = rooms.ring(place).read(&marks[place], g_out);
            if (!got.ok()) {
                break;
            }
            assert_int_equal(got->lost, 0);
            auto m = unpack(got->record);
            assert_true(m.ok());
            assert_true(m->from_id == m->said);
            assert_true(all.emplace(m->seq, std::string(m->said)).second);
        }
    }
    return all;
}

std::map<uint64_t, std::string> read_history(const Room& room)
{
    std::map<uint64_t, std::string> all;
    room.history().each(0, UINT64_MAX, 100, g_out,
                        [&all](uint64_t seq, ConstBytes packed) {
                            auto m = unpack(packed);
                            assert_true(m.ok() && m->seq == seq);
                            assert_true(m->from_id == m->said);
                            all.emplace(seq, std::string(m->said));
                        });
    return all;
}

// Set while an instruction is followed by a signal.
bool g_stepping;
size_t g_steps;
void (*g_look)(void*);
void* g_looker;
const Shared* g_watched;
uint8_t g_before[kSize];

// After each instruction. Between two writes the memory is the same: looked at
// once.
void on_step(int, siginfo_t*, void* context)
{
    if (!g_stepping) {
        static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &=
            ~static_cast<greg_t>(kTrapFlag);
        return;
    }
    g_steps++;
    if (std::memcmp(g_before, g_watched->memory, kSize) != 0) {
        g_look(g_looker);
        std::memcpy(g_before, g_watched->memory, kSize);
    }
}

// Does `work`, calling look() after each instruction that changed the memory's
// bytes. How many instructions there were.
template <typename Work, typename Look>
size_t step_through(Shared& shared, Work work, Look look)
{
    struct sigaction action = {}, before = {};
    action.sa_sigaction = on_step;
    // A failed assertion jumps out of the handler.
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
    g_look = [](void* looker) { (*static_cast<Look*>(looker))(); };
    g_looker = &look;
    g_watched = &shared;
    g_steps = 0;
    look();
    std::memcpy(g_before, shared.memory, kSize);
    g_stepping = true;
    __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | kTrapFlag);
    work();
    g_stepping = false;
    sigaction(SIGTRAP, &before, nullptr);
    return g_steps;
}

Rooms copy_of(const Shared& shared, const Plan& plan)
{
    alignas(64) static uint8_t copy[kSize];
    std::memcpy(copy, shared.memory, kSize);
    auto rooms = Rooms::open({copy, plan.size}, plan);
    assert_true(rooms.ok());
    return *rooms;
}

void a_writer_killed_at_any_instruction_leaves_all_whole(void**)
{
    Shared& shared = map();
    Plan plan = tiny_plan();
    Rooms rooms =
        Rooms::create({shared.memory, plan.size}, plan, 7, kTestSecret);
    Author author = {1, everybody_is_gone};
    Room room = *rooms.find_or_add("rock", author, 1);
    std::vector<room::Mark> marks;
    // So full that what comes next overwrites.
    for (int i = 0; i < 20; i++) {
        say(rooms, room, 0, "before");
    }
    for (size_t i = 0; i < plan.places; i++) {
        marks.push_back(rooms.ring(i).end());
    }
    uint64_t last = say(rooms, room, 1, "said before");
    size_t looks = 0, seen = 0;
    size_t steps = step_through(
        shared, [&] { say(rooms, room, 0, "said by who dies", g_work); },
        [&] {
            looks++;
            Rooms others = copy_of(shared, plan);
            Room here = *others.find("rock");
            // The next owner of its place, and another worker.
            uint64_t a = say(others, here, 0, "next owner");
            uint64_t b = say(others, here, 1, "other");
            auto all = read_all(others, marks);
            assert_true(all[last] == "said before");
            assert_true(all[a] == "next owner" && all[b] == "other");
            assert_true(all.size() <= 4);
            seen += all.size() == 4 ? 1 : 0;
            auto kept = read_history(here);
            assert_true(kept[a] == "next owner" && kept[b] == "other");
            // What was shown can be looked up.
            for (auto& [seq, text] : all) {
                assert_true(kept[seq] == text);
            }
        });
    print_message("%zu instructions, %zu states\n", steps, looks);
    assert_true(looks > 15);
    assert_true(seen > 0);  // once it was committed, all see it
    assert_true(read_all(rooms, marks)[last + 1] == "said by who dies");
    munmap(&shared, sizeof(Shared));
}

void a_writer_stopped_at_any_instruction_holds_up_nobody(void**)
{
    Shared& shared = map();
    Plan plan = tiny_plan();
    Rooms rooms =
        Rooms::create({shared.memory, plan.size}, plan, 7, kTestSecret);
    Author author = {1, nobody_is_gone};
    Room room = *rooms.find_or_add("rock", author, 1);
    std::vector<room::Mark> marks;
    for (size_t i = 0; i < plan.places; i++) {
        marks.push_back(rooms.ring(i).end());
    }
    std::map<uint64_t, std::string> all;
    size_t looks = 0;
    auto look = [&] {
        looks++;
        uint64_t seq = say(rooms, room, 1, "others");
        auto got = rooms.ring(1).read(&marks[1], g_out);
        assert_true(got.ok() && unpack(got->record)->seq == seq);
        assert_true(read_history(room)[seq] == "others");
        assert_true(rooms.find("rock").ok());
    };
    step_through(
        shared, [&] { say(rooms, room, 0, "said late", g_work); }, look);
    all = read_all(rooms, marks);
    assert_int_equal(all.size(), 1);
    assert_true(all.begin()->second == "said late");
    assert_true(looks > 15);
    munmap(&shared, sizeof(Shared));
}

// Whoever dies while it makes a room, or forgets one: the name can be had at
// once, and is there once.
template <typename Work>
void names_stay_right(Work work, bool there)
{
    Shared& shared = map();
    Plan plan = tiny_plan();
    Rooms rooms =
        Rooms::create({shared.memory, plan.size}, plan, 7, kTestSecret);
    if (there) {
        Author author = {1, everybody_is_gone};
        assert_true(rooms.find_or_add("rock", author, 1).ok());
    }
    size_t looks = 0;
    step_through(
        shared, [&] { work(rooms); },
        [&] {
            looks++;
            for (poller::IsGone is_gone : {everybody_is_gone, nobody_is_gone}) {
                Rooms others = copy_of(shared, plan);
                Author other = {2, is_gone};
                auto made = others.find_or_add("rock", other, 100);
                assert_true(made.ok());
                assert_true(others.find("rock")->key() == made->key());
                assert_true(others.enter(*made, 1, Role::kViewer));
                assert_int_equal(others.open_rooms(), 1);
                if (is_gone == everybody_is_gone) {
                    // Nothing is left of the one that died.
                    assert_true(others.find_or_add("jazz", other, 100).ok());
                    assert_int_equal(others.open_rooms(), 2);
                }
            }
        });
    assert_true(looks >= 5);
    munmap(&shared, sizeof(Shared));
}

void a_name_survives_whoever_dies_while_adding_it(void**)
{
    names_stay_right(
        [](const Rooms& rooms) {
            static_cast<void>(
                rooms.find_or_add("rock", {1, nobody_is_gone}, 1).ok());
        },
        false);
}

void a_name_survives_whoever_dies_while_forgetting_it(void**)
{
    names_stay_right(
        [](const Rooms& rooms) {
            rooms.forget(*rooms.find("rock"), 1, {1, nobody_is_gone}, 100);
        },
        true);
}

// Someone dies while entering or leaving: its worker is forgotten, the count is
// right, and its id may come back.
void counts_survive_whoever_dies_while_entering(void**)
{
    Shared& shared = map();
    Plan plan = tiny_plan();
    Rooms rooms =
        Rooms::create({shared.memory, plan.size}, plan, 7, kTestSecret);
    Author author = {1, everybody_is_gone};
    Room room = *rooms.find_or_add("rock", author, 1);
    room.count(1, Role::kViewer, 1);
    uint8_t arena_memory[2048];
    Rules rules;
    auto work = [&] {
        Arena arena(arena_memory);
        Ask ask;
        ask.id = "anna";
        ask.sender = 7;
        Entered in =
            room::enter(floor_of(rooms, room, 0, g_work), ask, rules, arena);
        room::leave(floor_of(rooms, room, 0, g_work), {in.member, in.entry},
                    true, rules);
    };
    size_t looks = 0;
    step_through(shared, work, [&] {
        looks++;
        Rooms others = copy_of(shared, plan);
        Room here = *others.find("rock");
        others.forget_place(0, 6000);
        assert_int_equal(here.counts().connections, 1);
        uint8_t more[2048];
        Arena arena(more);
        Ask ask;
        ask.id = "anna";
        Entered in = room::enter(floor_of(others, here, 1, g_scratch), ask,
                                 rules, arena);
        assert_true(in.verdict.ok());
        assert_int_equal(here.counts().connections, 2);
        auto found = others.members().find(here.key(), "anna");
        assert_true(found.ok() && !found->absent);
    });
    assert_true(looks > 20);
    munmap(&shared, sizeof(Shared));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_killed_at_any_instruction_leaves_all_whole),
        cmocka_unit_test(a_writer_stopped_at_any_instruction_holds_up_nobody),
        cmocka_unit_test(a_name_survives_whoever_dies_while_adding_it),
        cmocka_unit_test(a_name_survives_whoever_dies_while_forgetting_it),
        cmocka_unit_test(counts_survive_whoever_dies_while_entering),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#else

int main()
{
    return 0;  // there is no such signal
}

#endif
