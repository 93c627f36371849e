// What a client of Centrifugo's JSON protocol is told: replies to commands, and
// pushes that are not a station's. One JSON object each, without a line break.
// Members of no value are left out, as clients expect it.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "centrifuge/error.h"

namespace onair::centrifuge {

enum class Dialect : uint8_t {
    kUni,  // pushes stand alone, and the connect reply is one of them
    kBi,   // replies repeat the id of their command, pushes are wrapped
};

// How a subscription begins.
struct SubReply {
    uint32_t epoch = 0;
    uint64_t offset = 0;  // what the client has: it counts on from there
    bool recovering = false;
    bool recovered = false;
    std::string_view publications;  // JSON objects, with commas between them
    std::string_view data = {};     // a JSON value; empty: none
};

struct NamedSub {
    std::string_view prefix;  // of its channel
    std::string_view station;
    SubReply reply;
};

struct ConnectReply {
    uint32_t id = 0;
    std::string_view client;   // names the connection
    std::string_view session;  // a secret; empty: none
    std::string_view node;     // who holds it; empty: none is needed
    uint32_t ping_s = 0;
    UnixMs clock = 0;
    std::span<const NamedSub> subs;
};

void write_connect(Writer& out, Dialect dialect, const ConnectReply& reply);
void write_subscribe(Writer& out, uint32_t id, const SubReply& reply);
// {"id":ID,"NAME":{}}
void write_empty(Writer& out, uint32_t id, std::string_view name);
void write_error(Writer& out, uint32_t id, const Error& error);
// {"id":ID,"NAME":  as far as that.
void begin_reply(Writer& out, uint32_t id, std::string_view name);
void write_disconnect(Writer& out, Dialect dialect, const Closing& closing);
// The server has taken the client off a channel, or never put it there.
void write_unsubscribe(Writer& out, Dialect dialect, std::string_view channel,
                       std::string_view reason);

// Bytes of a connect reply besides its publications, and of any other.
inline constexpr size_t kMostOfReply = 1024;
constexpr size_t most_bytes_of(std::span<const NamedSub> subs)
{
    size_t size = kMostOfReply;
    for (const NamedSub& sub : subs) {
        size += kMostOfReply + sub.reply.publications.size();
    }
    return size;
}

}  // namespace onair::centrifuge
