// A room in the words of Centrifugo's protocol, on the channel room:NAME: what
// is said is a publication, who enters joins, who leaves leaves; what a client
// asks of a room; and why it does not get it. Pure; hostile input.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "centrifuge/command.h"
#include "centrifuge/error.h"
#include "room/message.h"
#include "room/talk.h"

namespace onair::centrifuge {

// How a client wants to be there: subscribe's {"data":{"name":"Anna",
// "token":"..."}}, the token being that of an earlier subscription.
struct Guise {
    std::string_view name;
    std::string_view token;
};
Guise guise_of(const Command& command);

// {"limit":50,"since":{"offset":41,"epoch":"68f0a1c2"},"reverse":true}
struct HistoryWish {
    uint64_t limit = 0;  // 0: only where the room stands
    bool reverse = false;
    bool has_since = false;
    Position since;
};
// kBadRequest.
Result<HistoryWish> read_history(const Command& command);
// Whether it is a position in this life of the room.
bool is_of(const Position& position, uint32_t epoch);

// Whether it is told as a publication; else it is a join or a leave.
bool is_publication(const room::Message& message);
// Bytes that are always enough for either of the next two.
size_t most_of(std::string_view room, const room::Message& message);
// {"data":..,"info":{..},"offset":42}; in one line, whatever was said.
void write_publication(Writer& out, const room::Message& message);
// The push of it.
void write_push(Writer& out, std::string_view room,
                const room::Message& message);

// Bytes that are always enough for each of the following.
constexpr size_t most_about(std::string_view room)
{
    return 512 + 6 * (room.size() + room::kMaxId + room::kMaxMemberName);
}
// So many messages were not shown, as there were too many.
void write_left_out(Writer& out, std::string_view room, uint64_t count);
// Something was lost to the client: it subscribes again by itself, and
// recovers.
void write_lost(Writer& out, std::string_view room);
// {"id":"m7","name":"Anna","role":"participant","token":"..."}
void write_you(Writer& out, const room::Member& member, std::string_view token);
// "CLIENT":{"client":"CLIENT","user":"m7","conn_info":{..}}
void write_present(Writer& out, const room::Member& member);
// What a connection is called; no two have the same.
void write_client(Writer& out, uint64_t sender);

// The answer to a command that the room's rules do not allow.
void write_refusal(Writer& out, uint32_t id, const room::Verdict& verdict);

}  // namespace onair::centrifuge
