// What a room is sending just now: the events of a window and what else is new,
// and the frames made of them, shared by all who get the same. Made and ended
// by the room (here.h), in one worker.
#pragma once

#include "ngx_module/fanout/encoding.h"
#include "room/layout.h"
#include "room/order.h"

namespace onair::ngx {

class Tongue;

// Events of one frame, so that who is told which fits into a word.
inline constexpr size_t kMostEvents = 64;
// Frames that are kept for others who get the same.
inline constexpr size_t kMostFrames = 16;

// Something that was said and is to be shown here; its packed bytes stand
// behind it.
struct RoomEvent {
    room::Pending pending;  // first: what Order links is the event
    size_t size = 0;
    RoomEvent* next = nullptr;  // of those that wait for a turn
};

// What is being sent: the events of a window and what else is new, and the
// frames made of them.
struct RoomBatch {
    RoomEvent* events[kMostEvents];
    room::Message messages[kMostEvents];
    size_t count = 0;
    uint64_t for_all = 0;  // which of them everybody is told
    uint64_t left_out = 0;
    bool gap = false;
    bool modes = false;
    bool reach = false;  // it is to be said how far the room reaches
    bool reacted = false;
    int64_t members = -1;
    uint64_t totals[room::kMostReactions] = {};
    uint64_t added[room::kMostReactions] = {};

    struct Made {
        uint64_t mask = 0;
        const Tongue* tongue = nullptr;
        Encoding encoding = Encoding::kText;
        FramePtr frame;
    };
    Made made[kMostFrames];
    size_t made_count = 0;

    bool has_news() const
    {
        return left_out > 0 || gap || reacted || members >= 0;
    }
};

}  // namespace onair::ngx
