// How many subscribers stations have at all machines: each tells its own, and
// adds what others said a moment ago: the part of stations.h about that.
#include <new>

#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/engine/engine.h"
#include "ngx_module/engine/shared_room.h"
#include "ngx_module/engine/stations.h"
#include "ngx_module/zone/audience.h"

namespace onair::ngx {

namespace {

constexpr Ticks kEveryMs = 5000;
constexpr Ticks kFadeMs = 15000;
constexpr Ticks kLeastMs = 500;
constexpr size_t kMostText = size_t{16} * 1024;
// Of 18 digits at the most, as numbers of the protocol are.
constexpr uint64_t kMachines = 1000000000000000000u;

char g_text[kMostText];

bool has_changed(uint32_t told, uint32_t now)
{
    uint32_t change = told > now ? told - now : now - told;
    return uint64_t{change} * 50 > told;
}

// Up to the sign, which goes too; all where there is none.
std::string_view take_word(std::string_view* text, char sign)
{
    size_t end = text->find(sign);
    std::string_view word = text->substr(0, end);
    text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
    return word;
}

}  // namespace

void Stations::count(Ticks now, bool ready)
{
    if ((zone_->share & kShareCounts) == 0 || now < looked_at_ + kLeastMs) {
        return;
    }
    looked_at_ = now;
    sum_counts(now);
    if (!ready) {
        return;
    }
    bool all = now >= told_at_ + kEveryMs || !asked_counts_;
    tell_counts(now, !asked_counts_, all);
    asked_counts_ = true;
}

// "count MACHINE ASKS", and a line "NUMBER STATION" for each that has some, or
// had when told last.
void Stations::tell_counts(Ticks now, bool asks, bool all)
{
    told_at_ = all ? now : told_at_;
    size_t count = zone_->shared->stations();
    for (size_t i = 0; i < count || asks;) {
        Writer out(g_text);
        out.put("count ");
        encoder::write_unsigned(out, machine() % kMachines);
        out.put(asks ? " 1" : " 0");
        size_t front = out.size();
        for (; i < count && out.size() + kMaxName + 16 < kMostText; i++) {
            uint32_t here = audience_here(zone_, i);
            uint32_t told = stations_[i].told;
            if (all ? here == 0 && told == 0 : !has_changed(told, here)) {
                continue;
            }
            stations_[i].told = here;
            out.put('\n');
            encoder::write_unsigned(out, here);
            out.put(' ');
            out.put(zone_->shared->slot(i).name());
        }
        if (out.size() > front || asks) {
            std::string_view words[] = {"PUBLISH", channel_, out.view()};
            engine_->ask(Engine::Ask::kElse, nullptr, words);
        }
        asks = false;
    }
}

void Stations::hear_counts(std::string_view text)
{
    std::string_view head = take_word(&text, '\n');
    Result<uint64_t> machine = engine::read_number(take_word(&head, ' '));
    if ((zone_->share & kShareCounts) == 0 || !machine.ok() ||
        *machine == this->machine() % kMachines) {
        return;
    }
    while (!text.empty()) {
        std::string_view line = take_word(&text, '\n');
        Result<uint64_t> number = engine::read_number(take_word(&line, ' '));
        Result<size_t> index = zone_->shared->find(line);
        if (number.ok() && index.ok() && *number <= UINT32_MAX) {
            hear_count(*index, *machine, static_cast<uint32_t>(*number));
        }
    }
    sum_counts(ticks());
    if (head == "1") {
        tell_counts(ticks(), false, true);
    }
}

void Stations::hear_count(size_t index, uint64_t machine, uint32_t subscribers)
{
    size_t count = 0;
    Elsewhere* oldest = stations_[index].elsewhere;
    Elsewhere* found = nullptr;
    for (Elsewhere* it = oldest; it != nullptr; it = it->next) {
        count++;
        oldest = it->at < oldest->at ? it : oldest;
        found = it->machine == machine ? it : found;
    }
    if (found == nullptr && count == kMostMachines) {
        found = oldest;
    }
    if (found == nullptr) {
        void* at = ngx_alloc(sizeof(Elsewhere), ngx_cycle->log);
        if (at == nullptr) {
            return;
        }
        // SAFETY: fresh memory; freed by forget_counts().
        found = new (at) Elsewhere();
        found->next = stations_[index].elsewhere;
        stations_[index].elsewhere = found;
    }
    found->machine = machine;
    found->at = ticks();
    found->subscribers = subscribers;
}

void Stations::sum_counts(Ticks now)
{
    for (size_t i = 0; i < zone_->shared->stations(); i++) {
        uint64_t sum = 0;
        bool any = false;
        for (Elsewhere* it = stations_[i].elsewhere; it != nullptr;
             it = it->next) {
            if (now < it->at + kFadeMs) {
                sum += it->subscribers;
                any = true;
            }
        }
        // What was known stays until others had time to speak to this worker.
        if (any || now >= led_since_ + kFadeMs) {
            zone_->shared->slot(i).audience_elsewhere().store(
                static_cast<uint32_t>(ngx_min(sum, UINT32_MAX)),
                std::memory_order_relaxed);
        }
    }
}

void Stations::forget_counts()
{
    size_t count = stations_ != nullptr ? zone_->shared->stations() : 0;
    for (size_t i = 0; i < count; i++) {
        while (stations_[i].elsewhere != nullptr) {
            Elsewhere* next = stations_[i].elsewhere->next;
            ngx_free(stations_[i].elsewhere);
            stations_[i].elsewhere = next;
        }
    }
}

}  // namespace onair::ngx
