// Whether this server may be sent listeners, as a balancer asks: what the zone
// says of a station that has to be on air. Any worker, at any time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "slot/zone.h"

namespace onair::slot {

enum class Air : uint8_t {
    kOn,       // live, or stale: the last good state is kept
    kOff,      // a source says so, or none was heard of for too long
    kUnknown,  // nothing was ever heard of it
};

// `buffer` and `arena` as Slot::read() takes them. A record that cannot be read
// just now says nothing against its station.
Air air_of(const Zone& zone, std::string_view station, Bytes buffer,
           Arena& arena);

}  // namespace onair::slot
