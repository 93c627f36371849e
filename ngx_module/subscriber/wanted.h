// The stations one request wants, in the view its location gives of them.
#pragma once

#include "ngx_module/conf/conf.h"
#include "ngx_module/subscriber/subscriber.h"
#include "subscriber/request.h"

namespace onair::ngx {

struct Wanted {
    TopicKey view;  // all but the name
    std::string_view* names = nullptr;
    std::string_view one;  // where it is the only one, and no list was asked
    size_t count = 0;
    bool all = false;
    bool several = false;  // asked for as a list, were it of one

    // Joins what is wanted; false without memory.
    bool subscribe(Subscriber* subscriber) const;
};

// Reads location and request; a refusal is answered with its words.
// NGX_OK, or what the handler is to return.
ngx_int_t read_wanted(ngx_http_request_t* r, const subscriber::Ask& ask,
                      Wanted* out);

// The present state of all that is wanted (or of what was not yet told of), or
// what was missed since the client's id, in the subscriber's encoding, as its
// first message; none where there is no station. False without memory.
enum class Greet : uint8_t { kAll, kNew };
bool prepare_greeting(Subscriber* subscriber, const subscriber::Ask& ask,
                      Greet greet = Greet::kAll);

// The id of the present state: of one station its own, of several one that
// changes with each of them.
// `joined` has subscribed to it: its topics need not be looked up. The same
// below.
encoder::EventId id_of(const Wanted& wanted, Subscriber* joined = nullptr);
bool is_newer(const Wanted& wanted, const subscriber::Ask& ask);

// A plain answer: a snapshot or an array of them, and its id. No body without
// memory.
struct Answer {
    encoder::EventId id;
    FramePtr body;
};
Answer answer_of(ngx_http_request_t* r, const Wanted& wanted,
                 const subscriber::Ask& ask, Subscriber* joined = nullptr);

}  // namespace onair::ngx
