#include "slot/health.h"

namespace onair::slot {

Air air_of(const Zone& zone, std::string_view station, Bytes buffer,
           Arena& arena)
{
    Result<size_t> index = zone.find(station);
    if (!index.ok() || zone.slot(*index).seq() == 0) {
        return Air::kUnknown;
    }
    Result<State> state = zone.slot(*index).read(buffer, arena);
    bool off = state.ok() && state->at.status == Status::kOffline;
    return off ? Air::kOff : Air::kOn;
}

}  // namespace onair::slot
