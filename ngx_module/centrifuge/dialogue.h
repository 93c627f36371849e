// What a client of Centrifugo's protocol says is done here, whatever it came
// by: a subscriber is put on channels and taken off, and answers are written,
// one a line.
#pragma once

#include <span>

#include "centrifuge/reply.h"
#include "centrifuge/session.h"
#include "ngx_module/base/text.h"
#include "ngx_module/centrifuge/talker.h"
#include "ngx_module/subscriber/subscriber.h"

namespace onair::ngx {

// A name for a connection, and a secret: 128 random bits.
struct Token {
    char digits[32];
    std::string_view view() const { return {digits, sizeof(digits)}; }
};
Token new_token();

// All but name and form, of the subscriber's location.
TopicKey view_of(const LocConf* conf);

// Seconds between two signs of life, as clients are told.
uint32_t ping_seconds(const LocConf* conf);

// The beginning of a unidirectional connection: the subscriber is put on each
// channel that there is, and its connect reply has the present state of each.
// A client that does not ask for it there gets it as a push besides: such ones
// know nothing of replies. False without memory.
bool begin_unidirectional(Subscriber* subscriber,
                          std::span<const centrifuge::Wish> wishes, Text* out);

// What there is of a bidirectional connection besides its subscriber.
struct Conversation {
    bool connected = false;
    Talker* talker = nullptr;  // nullptr: there are no rooms here
    // For a stream, which says nothing by itself: where commands are sent to.
    std::string_view session;
    std::string_view node;
};

// Obeys a message of commands. Returns how the connection has to end; code 0:
// it goes on.
centrifuge::Closing obey(Subscriber* subscriber, Conversation* conversation,
                         std::string_view message, Text* out);

// Memory in which requests and commands are read, for one piece of work.
Bytes request_memory();

}  // namespace onair::ngx
