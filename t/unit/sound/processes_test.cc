// Many processes on one ring: writers that are killed, or stopped and continued
// when another has taken over, at any instruction; readers that must never take
// a byte for sound that is not the one of its place.
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "ring_rig.h"

using namespace onair;
using namespace onair::sound;

namespace {

constexpr int kReaders = 2;
constexpr int kWriters = 120;

struct alignas(64) Shared {
    std::atomic<uint64_t> stop;
    std::atomic<uint64_t> written;  // chunks
    std::atomic<uint64_t> fenced;   // writers that were told so
    std::atomic<uint64_t> heard;    // runs of sound
    std::atomic<uint64_t> torn;     // allowed: noticed
    std::atomic<uint64_t> wrong;    // never
    alignas(64) uint8_t ring[kLeastRing];
};

// Raises `signal` when this process has used so much of the processor.
void signal_after(long ns, int signal)
{
    sigevent how = {};
    how.sigev_notify = SIGEV_SIGNAL;
    how.sigev_signo = signal;
    timer_t timer;
    timer_create(CLOCK_PROCESS_CPUTIME_ID, &how, &timer);
    itimerspec when = {};
    when.it_value.tv_nsec = ns;
    timer_settime(timer, 0, &when, nullptr);
}

// What two writers say of one place differs.
std::string sound_of(uint32_t term, uint64_t position, size_t size)
{
    return RingRig::sound(position + (uint64_t{term} << 40), size);
}

[[noreturn]] void write_for_ever(Shared& shared, Ring ring, uint32_t random)
{
    RingWriter writer(ring);
    writer.take_over();
    while (shared.stop == 0) {
        random = random * 1664525 + 1013904223;
        std::string sound = sound_of(ring.state().term, writer.position(),
                                     1 + (random >> 16) % 16000);
        if (random % 7 == 0) {
            writer.say("", std::to_string(writer.position()));
        }
        if (!writer.append(bytes_of(sound), {true, 0}).ok()) {
            shared.fenced++;
            break;
        }
        shared.written++;
    }
    _exit(0);
}

[[noreturn]] void read_for_ever(Shared& shared, Ring ring)
{
    auto reader = std::make_unique<RingReader>(ring);
    uint64_t at = 0;
    while (shared.stop == 0) {
        reader->look();
        RingReader::Run run = reader->run(at, 30000);
        if (run.lost) {
            auto start = reader->start(0);
            shared.wrong += start && start->position < at ? 1 : 0;
            at = start ? start->position : at;
            continue;
        }
        auto chunk = reader->at(at);
        uint64_t end = chunk ? chunk->end() : at;
        std::string copy(text_of(run.bytes).substr(0, end - at));
        if (!reader->intact(at, at + copy.size())) {
            shared.torn++;
            at += copy.size();
            continue;
        }
        shared.wrong += chunk && copy != sound_of(chunk->term, at, copy.size());
        char room[kMostCue];
        Result<Cue> cue = ring.cue(run.cue, room);
        // What is said names its place.
        shared.wrong += cue.ok() && std::to_string(cue->position) != cue->title;
        at += copy.size();
        shared.heard += copy.empty() ? 0 : 1;
    }
    _exit(0);
}

// Until it has died, or stopped.
bool wait_for_signal(pid_t pid)
{
    int status = 0;
    waitpid(pid, &status, WUNTRACED);
    return WIFSTOPPED(status);
}

// Until it has died. One that was stopped before it took a term is fenced off
// by nobody: it may be the last, and is killed.
void wait_for_end(pid_t pid)
{
    for (int i = 0; i < 500; i++) {
        if (waitpid(pid, nullptr, WNOHANG) != 0) {
            return;
        }
        usleep(2000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
}

void run_writers(Shared& shared, Ring ring)
{
    uint32_t random = 1;
    uint32_t longest = 3000000;
    pid_t stopped[3] = {};
    for (int i = 0; i < kWriters; i++) {
        random = random * 1664525 + 1013904223;
        uint64_t written = shared.written;
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);  // no longer than the test
            signal_after(1000 + static_cast<long>(random % longest),
                         random >> 30 == 0 ? SIGKILL : SIGSTOP);
            write_for_ever(shared, ring, random);
        }
        // On a busy machine one may be stopped before it ran at all.
        bool stands = wait_for_signal(pid);
        bool took_over = shared.written != written;
        longest = took_over ? std::max<uint32_t>(longest - longest / 8, 3000000)
                            : std::min<uint32_t>(2 * longest, 100000000);
        // One that was stopped some writers ago goes on late, beside others.
        // Where nobody has taken over from it, it would go on for ever.
        pid_t& late = stopped[i % 3];
        if (late != 0) {
            kill(late, SIGCONT);
            kill(late, took_over && i % 2 == 0 ? SIGCONT : SIGKILL);
            wait_for_end(late);
        }
        late = stands ? pid : 0;
    }
    for (pid_t pid : stopped) {
        if (pid != 0) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
        }
    }
}

void nothing_wrong_is_ever_heard(void**)
{
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    auto* shared = new (memory) Shared();
    Ring ring = *Ring::create(shared->ring);
    pid_t readers[kReaders];
    for (pid_t& pid : readers) {
        pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);  // no longer than the test
            read_for_ever(*shared, ring);
        }
    }
    run_writers(*shared, ring);
    shared->stop = 1;
    for (pid_t pid : readers) {
        waitpid(pid, nullptr, 0);
    }
    print_message("%lu written, %lu heard, %lu torn, %lu fenced\n",
                  static_cast<unsigned long>(shared->written),
                  static_cast<unsigned long>(shared->heard),
                  static_cast<unsigned long>(shared->torn),
                  static_cast<unsigned long>(shared->fenced));
    assert_int_equal(shared->wrong, 0);
    assert_true(shared->written > 0 && shared->heard > 0);
    assert_true(shared->fenced > 0);
    munmap(memory, sizeof(Shared));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(nothing_wrong_is_ever_heard),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
