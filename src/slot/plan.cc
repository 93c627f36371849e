#include "slot/plan.h"

#include <algorithm>
#include <bit>

#include "slot/buffers.h"

namespace onair::slot {

namespace {

size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}
size_t round_down(size_t n, size_t to)
{
    return n / to * to;
}

constexpr size_t kLeastSlot = 2 * kLeastBuffer + sizeof(SlotHead);

size_t address_words_for(size_t size)
{
    size_t words = std::bit_floor(std::max<size_t>(size / 64, 1));
    return std::clamp(words, kLeastAddressWords, kMostAddressWords);
}

// Places of everything in front of the slots.
Plan fronts(size_t size, size_t stations, size_t address_words)
{
    Plan plan;
    plan.size = size;
    plan.stations = stations;
    plan.address_words = address_words;
    plan.directory_words = std::bit_ceil(stations * 2);
    plan.addresses_at = sizeof(Head);
    plan.directory_at = plan.addresses_at + plan.address_words * 8;
    plan.slots_at =
        round_up(plan.directory_at + plan.directory_words * 8, kLine);
    return plan;
}

Plan fronts(size_t size, size_t stations)
{
    return fronts(size, stations, address_words_for(size));
}

bool has_room(const Plan& plan)
{
    return plan.size >= plan.slots_at &&
           (plan.size - plan.slots_at) / plan.stations >= kLeastSlot;
}

// As many stations as fit with the usual slot, but at least one.
size_t usual_stations(size_t size)
{
    size_t front = fronts(size, 1).slots_at;
    size_t most = size > front ? (size - front) / kUsualSlot : 0;
    while (most > 1 && fronts(size, most).slots_at + most * kUsualSlot > size) {
        most--;
    }
    return std::max<size_t>(most, 1);
}

}  // namespace

Result<Plan> plan_of(size_t whole, const Options& options)
{
    constexpr size_t kMostStations = size_t{1} << 24;
    if (options.stations > kMostStations || options.beside > whole ||
        whole + kLine < Zone::least_size(options)) {
        return Fault::kZoneTooSmall;
    }
    size_t beside = round_up(options.beside, kLine);
    size_t size = whole - std::min(beside, whole);
    size_t stations = options.stations;
    if (stations == 0) {
        stations = std::min(usual_stations(size), kMostStations);
    }
    Plan plan = fronts(size, stations);
    // The address table doubles at some sizes: not at the stations' cost.
    while (!has_room(plan) && plan.address_words > kLeastAddressWords) {
        plan = fronts(size, stations, plan.address_words / 2);
    }
    if (!has_room(plan)) {
        return Fault::kZoneTooSmall;
    }
    plan.asked_stations = options.stations;
    plan.history = std::min(options.history, kMaxHistory);
    size_t most = round_up(
        2 * Buffers::size_for(Published::kMostBytes) + sizeof(SlotHead), kLine);
    size_t slot = std::min<size_t>((size - plan.slots_at) / stations, most);
    plan.slot_size = round_down(slot, kLine);
    plan.record_capacity =
        round_down((plan.slot_size - sizeof(SlotHead)) / 2 - sizeof(BufferHead),
                   Published::kUnit);
    plan.beside = options.beside;
    plan.beside_at = round_down(size, kLine);
    return plan;
}

size_t Zone::least_size(const Options& options)
{
    size_t stations = std::max<size_t>(options.stations, 1);
    size_t slot = round_up(kLeastSlot, kLine);
    size_t size = 0;
    // The address table grows with the size, so look again until it fits.
    for (size_t more = fronts(0, stations).slots_at + stations * slot;
         more > size;
         more = fronts(size, stations).slots_at + stations * slot) {
        size = more;
    }
    // Room to round the start up to a line, and the end of the slots down.
    size_t beside = round_up(options.beside, kLine);
    return size + kLine + (beside != 0 ? beside + kLine : 0);
}

}  // namespace onair::slot
