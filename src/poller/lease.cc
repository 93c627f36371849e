#include "poller/lease.h"

namespace onair::poller {

namespace {

constexpr uint32_t kQuietLengths = 3;

uint32_t pid_of(uint64_t word)
{
    return static_cast<uint32_t>(word);
}

uint32_t term_of(uint64_t word)
{
    return static_cast<uint32_t>(word >> 32);
}

uint64_t word_of(uint32_t term, uint32_t pid)
{
    return static_cast<uint64_t>(term) << 32 | pid;
}

bool gone(uint32_t pid, IsGone is_gone)
{
    return pid == 0 || (is_gone != nullptr && is_gone(pid));
}

}  // namespace

static_assert(std::atomic<uint64_t>::is_always_lock_free);

bool Lease::hold(uint32_t pid, Ticks now, uint32_t length_ms, bool leaving,
                 IsGone is_gone)
{
    uint64_t word = word_.load(std::memory_order_acquire);
    Ticks until = now + length_ms;
    if (pid_of(word) == pid) {
        extend(until);
        // A taker that saw the old expiry may have come between: then the
        // extension is a gift to it and this worker holds nothing.
        return word_.load(std::memory_order_acquire) == word;
    }

    Ticks expiry = expiry_.load(std::memory_order_acquire);
    if (now < expiry && !gone(pid_of(word), is_gone)) {
        return false;
    }
    if (leaving && now < expiry + Ticks{kQuietLengths} * length_ms) {
        return false;
    }
    if (!word_.compare_exchange_strong(word, word_of(term_of(word) + 1, pid),
                                       std::memory_order_acq_rel)) {
        return false;
    }
    // Dying or stopping right here leaves an old expiry beside the new word:
    // the lease is free again and the next taker gets a term of its own.
    extend(until);
    return true;
}

// The expiry stays: lowering it could come late and cut a new holder's. So a
// leaving worker waits up to one length more than it must, nobody else does.
void Lease::release(uint32_t pid, Ticks /*now*/)
{
    uint64_t word = word_.load(std::memory_order_acquire);
    if (pid_of(word) == pid) {
        word_.compare_exchange_strong(word, word_of(term_of(word), 0),
                                      std::memory_order_acq_rel);
    }
}

bool Lease::holds(uint32_t pid, uint32_t term, Ticks now) const
{
    return word_.load(std::memory_order_acquire) == word_of(term, pid) &&
           now < expiry_.load(std::memory_order_acquire);
}

uint32_t Lease::holder() const
{
    return pid_of(word_.load(std::memory_order_acquire));
}

uint32_t Lease::term() const
{
    return term_of(word_.load(std::memory_order_acquire));
}

// Never shortens: a holder that was stopped before this and goes on much
// later must not cut the lease of whoever holds it by then.
void Lease::extend(Ticks until)
{
    uint64_t seen = expiry_.load(std::memory_order_relaxed);
    while (seen < until && !expiry_.compare_exchange_weak(
                               seen, until, std::memory_order_acq_rel)) {
    }
}

}  // namespace onair::poller
