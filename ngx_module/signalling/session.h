// A polling client of a signalling server: what it is told waits until it asks.
// A session is at the worker that opened it, whose place is in its id; requests
// that come to other workers are passed on there and answered from there. A
// worker that is told to go stays for its sessions.
#pragma once

#include "ngx_module/base/text.h"
#include "ngx_module/signalling/unity_party.h"

namespace onair::ngx {

enum class PollAct : uint8_t {
    kPoll,  // all lists
    kList,  // one: `say`
    kDo,    // connect, disconnect, offer, answer, candidate
    kEnd,   // DELETE of the session
};

// A request of a session, as it can be passed on.
struct PollAsk {
    PollAct act = PollAct::kPoll;
    signalling::Say say = signalling::Say::kNothing;
    bool is_form = false;
    int64_t from_time = 0;
    std::string_view session;
    std::string_view body;
};

struct PollReply {
    ngx_uint_t status = NGX_HTTP_OK;
    bool is_json = true;
    Text text;
};

class Session;

inline constexpr size_t kSessionId = 36;

// Opens one; its id is written to `out`. False without memory or place.
bool open_session(const SignallingConf* conf, std::span<char, kSessionId> out);

// The worker that has it, as its id says; kPosts: it is no id.
size_t place_of_session(std::string_view id);
// Answers here; 404 where there is no such session.
void answer_poll(const PollAsk& ask, PollReply* reply);

// The same of what another worker passed on, and packing it for that.
void answer_passed(const Mail& mail);
void pass_poll(const PollAsk& ask, size_t place, Handle from);

// With each tick. True: there are some.
bool expire_sessions();

}  // namespace onair::ngx
