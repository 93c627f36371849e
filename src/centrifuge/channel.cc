#include "centrifuge/channel.h"

#include "subscriber/station_list.h"

namespace onair::centrifuge {

namespace {

constexpr std::string_view kRoomChannel = "room:";

}  // namespace

std::string_view prefix_of(Space space)
{
    switch (space) {
        case Space::kStation:
            return encoder::kStationChannel;
        case Space::kSnapshot:
            return encoder::kSnapshotChannel;
        case Space::kRoom:
            return kRoomChannel;
        case Space::kNone:
            break;
    }
    return {};
}

Channel read_channel(std::string_view text)
{
    for (Space space : {Space::kStation, Space::kSnapshot, Space::kRoom}) {
        std::string_view prefix = prefix_of(space);
        if (!text.starts_with(prefix)) {
            continue;
        }
        std::string_view name = text.substr(prefix.size());
        bool good = name != "*" && subscriber::check_name(name).ok();
        return good ? Channel{space, name} : Channel();
    }
    return {};
}

encoder::Form form_of(Space space)
{
    return space == Space::kSnapshot ? encoder::Form::kSnapshotPush
                                     : encoder::Form::kPush;
}

}  // namespace onair::centrifuge
