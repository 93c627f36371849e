// Where the parts of the rooms' memory are. Pure arithmetic.
#pragma once

#include "base/result.h"
#include "room/layout.h"

namespace onair::room {

inline constexpr size_t kUsualHistory = size_t{16} * 1024;  // of a room
inline constexpr size_t kLeastHistory = size_t{1} * 1024;
inline constexpr size_t kUsualRing = size_t{256} * 1024;
// The longest message has to fit into a quarter of it.
inline constexpr size_t kLeastRing = size_t{512};
inline constexpr size_t kLeastPlaces = 4;
inline constexpr size_t kLeastMembers = 64;
inline constexpr size_t kMostRooms = 65535;

// The rooms' part of a zone of `zone_size` bytes: a quarter of the zone for
// rings and an eighth for members, but never less than is of use. Faults:
// kZoneTooSmall (also for options out of range).
Result<Plan> plan_of(size_t zone_size, const Options& options);
// Bytes that it takes at the least, whatever the zone's size.
size_t least_size(const Options& options);

}  // namespace onair::room
