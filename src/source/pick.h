// Of several mounts that are one station to the operator (`station=`), the one
// that says most: on air and titled, else on air, else the first.
#pragma once

#include <span>

#include "base/station.h"

namespace onair::source {

// nullptr when there is none.
const Report* pick(std::span<const Report> reports);

}  // namespace onair::source
