// Where the parts of a zone are. Pure arithmetic.
#pragma once

#include "base/result.h"
#include "slot/layout.h"
#include "slot/zone.h"

namespace onair::slot {

// Bytes of a record that a slot has at the least, and by default.
inline constexpr size_t kLeastBuffer = 2048;
inline constexpr size_t kUsualSlot = 32768;

// kZoneTooSmall when the options do not fit into `size` bytes.
Result<Plan> plan_of(size_t size, const Options& options);

}  // namespace onair::slot
