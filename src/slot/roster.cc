#include "slot/roster.h"

#include <new>

namespace onair::slot {

namespace {

constexpr uint64_t kRosterMagic = 0x6f6e616972207232u;  // "onair r2"
constexpr size_t kLine = 64;
constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

struct RosterHead {
    std::atomic<uint64_t> magic;
    uint64_t size;
    alignas(kLine) WorkerEntry entries[kMaxWorkers];
};

std::string_view word(Total total)
{
    switch (total) {
        case Total::kConnects:
            return "connects";
        case Total::kDisconnects:
            return "disconnects";
        case Total::kMessages:
            return "messages";
        case Total::kBytes:
            return "bytes";
        case Total::kSkipped:
            return "skipped";
        case Total::kStalled:
            return "stalled";
        case Total::kHeartbeats:
            return "heartbeats";
        case Total::kTimeouts:
            return "timeouts";
        case Total::kRefusedOrigin:
            return "refused_origin";
        case Total::kRefusedCap:
            return "refused_cap";
        case Total::kRefusedRequest:
            return "refused_request";
        case Total::kRefusedRate:
            return "refused_rate";
        case Total::kProtocolErrors:
            return "protocol_errors";
        case Total::kGaps:
            return "gaps";
        case Total::kResumed:
            return "resumed";
        case Total::kPublished:
            return "published";
        case Total::kPublishRefused:
            return "publish_refused";
        case Total::kGoodbyes:
            return "goodbyes";
    }
    return {};
}

std::string_view word(Transport transport)
{
    switch (transport) {
        case Transport::kWebSocket:
            return "websocket";
        case Transport::kSse:
            return "sse";
        case Transport::kSound:
            return "sound";
        case Transport::kLongPoll:
            return "long_poll";
        case Transport::kGet:
            return "get";
    }
    return {};
}

static_assert(static_cast<size_t>(Total::kGoodbyes) + 1 == kTotals);
static_assert(static_cast<size_t>(Transport::kGet) == kTransports);

namespace {

RosterHead* head_of(Bytes memory)
{
    // SAFETY: only to round an address up to a line.
    auto at = reinterpret_cast<uintptr_t>(memory.data());
    size_t pad = (kLine - at % kLine) % kLine;
    if (memory.size() < pad + sizeof(RosterHead)) {
        return nullptr;
    }
    // SAFETY: aligned and large enough; believed only after its magic.
    return reinterpret_cast<RosterHead*>(memory.data() + pad);
}

// Those whom the entry still counts have gone with their worker.
void forget_subscribers(WorkerEntry& entry)
{
    auto& gone = entry.totals[static_cast<size_t>(Total::kDisconnects)];
    for (std::atomic<int64_t>& count : entry.subscribers) {
        int64_t left = count.exchange(0, kRelaxed);
        gone.fetch_add(left > 0 ? static_cast<uint64_t>(left) : 0, kRelaxed);
    }
    entry.leaving.store(0, kRelaxed);
}

bool take(WorkerEntry& entry, uint32_t from, uint32_t pid)
{
    if (!entry.pid.compare_exchange_strong(from, pid,
                                           std::memory_order_acq_rel)) {
        return false;
    }
    forget_subscribers(entry);
    return true;
}

}  // namespace

size_t Roster::size()
{
    return sizeof(RosterHead) + kLine;
}

Result<Roster> Roster::create(Bytes memory)
{
    RosterHead* head = head_of(memory);
    if (head == nullptr) {
        return Fault::kZoneTooSmall;
    }
    // SAFETY: head_of() found aligned room for it.
    new (static_cast<void*>(head)) RosterHead();
    head->size = sizeof(RosterHead);
    head->magic.store(kRosterMagic, std::memory_order_release);
    return Roster(head);
}

Result<Roster> Roster::open(Bytes memory)
{
    RosterHead* head = head_of(memory);
    if (head == nullptr ||
        head->magic.load(std::memory_order_acquire) != kRosterMagic ||
        head->size != sizeof(RosterHead)) {
        return Fault::kLayoutChanged;
    }
    return Roster(head);
}

Result<size_t> Roster::claim(uint32_t pid, poller::IsGone is_gone)
{
    // An entry with our own pid is that of a dead process of this number.
    for (uint32_t wanted : {pid, uint32_t{0}}) {
        for (size_t i = 0; i < kMaxWorkers; i++) {
            if (entry(i).pid.load(kRelaxed) == wanted &&
                take(entry(i), wanted, pid)) {
                return i;
            }
        }
    }
    Result<size_t> dead = claim_dead(pid, is_gone);
    return dead ? dead : Fault::kTooMany;
}

Result<size_t> Roster::claim_dead(uint32_t pid, poller::IsGone is_gone)
{
    for (size_t i = 0; i < kMaxWorkers; i++) {
        uint32_t seen = entry(i).pid.load(kRelaxed);
        if (seen != 0 && seen != pid && is_gone != nullptr && is_gone(seen) &&
            take(entry(i), seen, pid)) {
            return i;
        }
    }
    return Fault::kNotFound;
}

void Roster::release(size_t index)
{
    forget_subscribers(entry(index));
    entry(index).pid.store(0, std::memory_order_release);
}

bool Roster::has_room() const
{
    for (const WorkerEntry& entry : head_->entries) {
        if (entry.pid.load(kRelaxed) == 0) {
            return true;
        }
    }
    return false;
}

WorkerEntry& Roster::entry(size_t index) const
{
    return head_->entries[index];
}

bool Roster::alive(size_t index, poller::IsGone is_gone) const
{
    uint32_t pid = entry(index).pid.load(std::memory_order_acquire);
    return pid != 0 && (is_gone == nullptr || !is_gone(pid));
}

bool Roster::others_serve(size_t but, poller::IsGone is_gone) const
{
    for (size_t i = 0; i < kMaxWorkers; i++) {
        if (i != but && alive(i, is_gone) &&
            entry(i).leaving.load(kRelaxed) == 0) {
            return true;
        }
    }
    return false;
}

int64_t Roster::subscribers(Transport transport) const
{
    int64_t sum = 0;
    for (const WorkerEntry& entry : head_->entries) {
        if (entry.pid.load(kRelaxed) != 0) {
            sum += entry.subscribers[static_cast<size_t>(transport)].load(
                kRelaxed);
        }
    }
    return sum;
}

uint64_t Roster::total(Total total) const
{
    uint64_t sum = 0;
    for (const WorkerEntry& entry : head_->entries) {
        sum += entry.totals[static_cast<size_t>(total)].load(kRelaxed);
    }
    return sum;
}

}  // namespace onair::slot
