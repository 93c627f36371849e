#include "subscriber/close.h"

namespace onair::subscriber {

Closing closing_for(Parting parting)
{
    switch (parting) {
        case Parting::kLeaving:
            return {1012, "server is reloading, come again"};
        case Parting::kSilent:
            return {1001, "no sign of life"};
        case Parting::kRate:
            return {1008, "too many messages"};
        case Parting::kKind:
            return {1003, "commands are text"};
    }
    return {1011, "server error"};
}

Closing closing_for(Fault fault)
{
    return {close_code(fault), describe(fault)};
}

Closing closing_for(uint16_t received)
{
    return {received, {}};
}

}  // namespace onair::subscriber
