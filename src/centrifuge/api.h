// What a backend says to Centrifugo's HTTP API, as far as it is about
// publishing: {"method":"publish","params":{"channel":"station:rock",...}} at
// one address, or the params alone at an address of the method. Hostile input.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/station.h"
#include "centrifuge/channel.h"
#include "centrifuge/error.h"
#include "source/source.h"

namespace onair::centrifuge {

struct Call {
    Error error;      // it cannot be done; kNoError: it can
    Channel channel;  // a station's
    Report report;    // what is published of it
};

// The method that an address names: the last segment of its path where that is
// one of Centrifugo's words (/api/publish); empty: the body names it.
std::string_view method_in(std::string_view path);

// Whether a body is one of these, of whatever content: it has "method" and
// "params", or `method` is given and it has a "channel".
bool is_call(std::string_view method, ConstBytes body, Arena& arena);

// Texts of the report view the arena, of which source::memory_for() of the
// body is always enough. Faults: kNotJson, kTooDeep, kTooLarge, kBadRequest,
// kNoMemory: of what is no call at all.
Result<Call> read_call(std::string_view method, ConstBytes body,
                       const source::Options& options, UnixMs now,
                       Arena& arena);

// {"result":{"offset":N,"epoch":"68f0a1c2"}}
void write_published(Writer& out, uint32_t epoch, uint64_t offset);
// {"error":{"code":102,"message":"unknown channel"}}
void write_refused(Writer& out, const Error& error);

}  // namespace onair::centrifuge
