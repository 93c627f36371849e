#include "slot/audience.h"

#include "slot/layout.h"
#include "slot/zone.h"

namespace onair::slot {

void count_in(AudienceWords words, size_t worker, int change)
{
    if (worker >= words.size()) {
        return;
    }
    uint32_t before = words[worker].load(std::memory_order_relaxed);
    words[worker].store(before + static_cast<uint32_t>(change),
                        std::memory_order_relaxed);
}

uint32_t sum_of(AudienceWords words)
{
    uint32_t sum = 0;
    for (const std::atomic<uint32_t>& word : words) {
        sum += word.load(std::memory_order_relaxed);
    }
    return sum;
}

void Zone::count_audience(size_t worker, int change) const
{
    count_in(head_->audience, worker, change);
}

uint32_t Zone::audience() const
{
    return sum_of(head_->audience);
}

void Zone::count_audience_of_all(size_t worker, int change) const
{
    count_in(head_->audience_of_all, worker, change);
}

uint32_t Zone::audience_of_all() const
{
    return sum_of(head_->audience_of_all);
}

Elsewhere& Zone::elsewhere() const
{
    return head_->elsewhere;
}

std::atomic<uint64_t>& Zone::last_interest() const
{
    return head_->last_interest;
}

void Zone::forget_worker(size_t worker) const
{
    addresses().forget(static_cast<uint8_t>(worker));
    if (worker >= kMaxWorkers) {
        return;
    }
    head_->audience[worker].store(0, std::memory_order_relaxed);
    head_->audience_of_all[worker].store(0, std::memory_order_relaxed);
    for (size_t i = 0; i < stations(); i++) {
        slot_head(i).audience[worker].store(0, std::memory_order_relaxed);
    }
}

void Slot::count_audience(size_t worker, int change) const
{
    count_in(head_->audience, worker, change);
}

std::atomic<uint32_t>& Slot::audience_elsewhere() const
{
    return head_->audience_elsewhere;
}

uint32_t Slot::audience() const
{
    return sum_of(head_->audience);
}

}  // namespace onair::slot
