#include "sound/figure.h"

namespace onair::sound {

std::string_view word(Listening listening)
{
    switch (listening) {
        case Listening::kPlayer:
            return "player";
        case Listening::kAudio:
            return "audio";
        case Listening::kWebSocket:
            return "websocket";
        case Listening::kSse:
            return "sse";
    }
    return "unknown";
}

std::string_view word(Figure figure)
{
    switch (figure) {
        case Figure::kListens:
            return "listens";
        case Figure::kMoved:
            return "moved";
        case Figure::kSpoiled:
            return "spoiled";
        case Figure::kBytes:
            return "bytes";
        case Figure::kPulls:
            return "pulls";
        case Figure::kJoined:
            return "joined";
        case Figure::kTitles:
            return "titles";
        case Figure::kHeard:
            break;
    }
    return "unknown";
}

}  // namespace onair::sound
