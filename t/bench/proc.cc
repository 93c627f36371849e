#include "proc.h"

#include <dirent.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace onair::bench {

namespace {

void add_stat(const std::string& base, Usage& sum)
{
    std::ifstream file(base + "/stat");
    std::string text;
    std::getline(file, text);
    std::size_t close = text.rfind(')');
    if (close == std::string::npos)
        return;
    std::istringstream rest(text.substr(close + 2));
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        rest >> skipped;
    std::uint64_t user = 0, system = 0;
    rest >> user >> system;
    sum.user_ticks += user;
    sum.system_ticks += system;
}

void add_tasks(const std::string& base, Usage& sum)
{
    DIR* tasks = opendir((base + "/task").c_str());
    if (tasks == nullptr)
        return;
    while (dirent* task = readdir(tasks)) {
        if (task->d_name[0] == '.')
            continue;
        std::string dir = base + "/task/" + task->d_name;
        std::uint64_t ran = 0;
        std::ifstream(dir + "/schedstat") >> ran;
        sum.cpu_ns += ran;
        std::ifstream status(dir + "/status");
        std::string word;
        while (status >> word) {
            if (word != "voluntary_ctxt_switches:")
                continue;
            std::uint64_t count = 0;
            status >> count;
            sum.switches += count;
            break;
        }
    }
    closedir(tasks);
}

}  // namespace

std::uint64_t now_ns()
{
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(t.tv_nsec);
}

Usage Usage::operator-(const Usage& before) const
{
    return {wall_ns - before.wall_ns,       cpu_ns - before.cpu_ns,
            user_ticks - before.user_ticks, system_ticks - before.system_ticks,
            switches - before.switches,     steal_ticks - before.steal_ticks,
            busy_ticks - before.busy_ticks};
}

double Usage::user_us() const
{
    std::uint64_t all = user_ticks + system_ticks;
    if (all == 0)
        return 0;
    return cpu_us() * static_cast<double>(user_ticks) /
           static_cast<double>(all);
}

double Usage::steal_percent() const
{
    double ticks = static_cast<double>(wall_ns) / 1e9 *
                   static_cast<double>(sysconf(_SC_CLK_TCK));
    return ticks > 0 ? 100 * static_cast<double>(steal_ticks) / ticks : 0;
}

double Usage::busy_us() const
{
    return static_cast<double>(busy_ticks) * 1e6 /
           static_cast<double>(sysconf(_SC_CLK_TCK));
}

Usage usage(const std::vector<pid_t>& pids)
{
    Usage sum;
    for (pid_t pid : pids) {
        std::string base = "/proc/" + std::to_string(pid);
        add_stat(base, sum);
        add_tasks(base, sum);
    }
    std::ifstream file("/proc/stat");
    std::string cpu;
    std::uint64_t ticks = 0;
    file >> cpu;
    // user nice system idle iowait irq softirq steal
    for (int field = 0; field < 8; ++field) {
        file >> ticks;
        if (field != 3 && field != 4 && field != 7)
            sum.busy_ticks += ticks;
    }
    sum.steal_ticks = ticks;
    sum.wall_ns = now_ns();
    return sum;
}

std::uint64_t memory(const std::vector<pid_t>& pids)
{
    std::uint64_t sum = 0;
    for (pid_t pid : pids) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
        std::string word;
        while (file >> word) {
            if (word != "Pss:")
                continue;
            std::uint64_t kib = 0;
            file >> kib;
            sum += kib * 1024;
            break;
        }
    }
    return sum;
}

void wait_until_quiet(const std::vector<pid_t>& pids)
{
    std::uint64_t end = now_ns() + 5'000'000'000u;
    std::uint64_t before = usage(pids).cpu_ns;
    while (now_ns() < end) {
        poll(nullptr, 0, 60);
        std::uint64_t now = usage(pids).cpu_ns;
        if (now - before < 1'000'000)
            return;
        before = now;
    }
}

}  // namespace onair::bench
