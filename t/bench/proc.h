// What the kernel says about the server's processes: CPU from schedstat (in
// nanoseconds) and stat (the user part), memory from smaps_rollup, and what
// the host withheld from the machine meanwhile.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace onair::bench {

std::uint64_t now_ns();

struct Usage {
    std::uint64_t wall_ns = 0;
    std::uint64_t cpu_ns = 0;      // all threads of all processes
    std::uint64_t user_ticks = 0;  // of stat; only their ratio is used
    std::uint64_t system_ticks = 0;
    std::uint64_t switches = 0;  // voluntary context switches: wake-ups
    std::uint64_t steal_ticks = 0;
    std::uint64_t busy_ticks = 0;  // of all CPUs, whoever had them

    Usage operator-(const Usage& before) const;
    double cpu_us() const { return static_cast<double>(cpu_ns) / 1e3; }
    double user_us() const;
    double steal_percent() const;  // of one CPU
    double busy_us() const;        // of all CPUs
};

// A process that is gone counts as zero.
Usage usage(const std::vector<pid_t>& pids);
// Sum of the proportional set sizes, in bytes.
std::uint64_t memory(const std::vector<pid_t>& pids);
// Returns once the processes used less than 1 ms of CPU in 60 ms, or after
// 5 seconds.
void wait_until_quiet(const std::vector<pid_t>& pids);

}  // namespace onair::bench
