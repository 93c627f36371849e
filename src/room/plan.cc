#include "room/plan.h"

#include <algorithm>
#include <bit>

namespace onair::room {

namespace {

constexpr size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

size_t history_of_a_room(const Options& options)
{
    return options.history != 0 ? options.history / options.rooms
                                : kUsualHistory;
}

// A message of a chat has some 100 bytes, and an entry beside them.
void lay_history(size_t bytes, Plan* plan)
{
    plan->history_entries =
        std::max<size_t>(bytes / (sizeof(HistoryEntry) + 96), 4);
    size_t entries = plan->history_entries * sizeof(HistoryEntry);
    size_t rest = bytes > entries ? bytes - entries : 0;
    plan->history_words = std::max<size_t>(rest / sizeof(uint64_t), 64);
}

size_t ring_words_of(const Options& options)
{
    size_t bytes = options.ring != 0 ? options.ring : kUsualRing;
    return std::bit_floor(std::max(bytes, kLeastRing) / sizeof(uint64_t));
}

size_t room_history_size(const Plan& plan)
{
    return plan.history_entries * sizeof(HistoryEntry) +
           plan.history_words * sizeof(uint64_t);
}

void place_parts(Plan* plan)
{
    plan->directory_at = round_up(sizeof(Head), kLine);
    plan->rooms_at = plan->directory_at +
                     round_up(plan->directory_words * sizeof(Word), kLine);
    plan->histories_at = plan->rooms_at + plan->rooms * sizeof(RoomHead);
    plan->cells_at = round_up(
        plan->histories_at + plan->rooms * room_history_size(*plan), kLine);
    plan->bans_at = plan->cells_at +
                    round_up(plan->places * plan->rooms * sizeof(Cell), kLine);
    plan->members_at =
        plan->bans_at + round_up(plan->bans * sizeof(Ban), kLine);
    plan->rings_at =
        plan->members_at + round_up(plan->members * sizeof(MemberEntry), kLine);
    size_t ring = sizeof(RingHead) + plan->ring_words * sizeof(Word);
    plan->size = plan->rings_at + plan->places * round_up(ring, kLine);
}

Plan plan_with(size_t zone_size, const Options& options)
{
    Plan plan;
    plan.rooms = options.rooms;
    plan.directory_words = std::bit_ceil(std::max<size_t>(2 * plan.rooms, 64));
    lay_history(history_of_a_room(options), &plan);
    plan.ring_words = ring_words_of(options);
    size_t ring = sizeof(RingHead) + plan.ring_words * sizeof(Word);
    plan.places = std::clamp(zone_size / 4 / ring, kLeastPlaces, kMostPlaces);
    plan.members = std::max(zone_size / 8 / sizeof(MemberEntry), kLeastMembers);
    plan.shared = options.shared ? 1 : 0;
    plan.bans = std::clamp<size_t>(std::bit_floor(zone_size / 1024), 64, 4096);
    place_parts(&plan);
    return plan;
}

bool in_range(const Options& options)
{
    return options.rooms != 0 && options.rooms <= kMostRooms &&
           (options.history == 0 ||
            options.history / options.rooms >= kLeastHistory) &&
           (options.ring == 0 || options.ring >= kLeastRing);
}

}  // namespace

Result<Plan> plan_of(size_t zone_size, const Options& options)
{
    if (!in_range(options)) {
        return Fault::kZoneTooSmall;
    }
    // In a small zone rings and members have a smaller share of it.
    for (size_t of : {zone_size, zone_size / 2, zone_size / 4, size_t{0}}) {
        Plan plan = plan_with(of, options);
        if (plan.size <= zone_size) {
            return plan;
        }
    }
    return Fault::kZoneTooSmall;
}

size_t least_size(const Options& options)
{
    return in_range(options) ? plan_with(0, options).size : 0;
}

}  // namespace onair::room
