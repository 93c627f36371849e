// Topics of y-webrtc's protocol that somebody at this worker subscribes to, and
// how many do at each worker, which the seats know.
#pragma once

#include <string_view>

#include "ngx_module/base/frame.h"
#include "ngx_module/signalling/party.h"

namespace onair::ngx {

class YSocket;
struct TopicHere;

// One subscription of a client; owned by the list that it is in.
struct Subscription {
    TopicHere* topic;
    YSocket* socket;
    Subscription* next_here;
    Subscription* prev_here;
    Subscription* next_of_socket;
};

// `name` is room and topic. nullptr: no memory, or no place.
Subscription* enter_topic(YSocket* socket, std::string_view name);
std::string_view name_of(const Subscription* subscription);
void leave_topic(Subscription* subscription);

// How many subscribe to it, at all workers.
uint64_t subscribers_of(std::string_view name);
// To all of them, the one that says it too.
void publish(std::string_view name, std::string_view text);
void hear_topic(const Mail& mail);

// Counts that could not be put down when they changed.
void count_topics_again();
// The worker ends.
void forget_topics();

}  // namespace onair::ngx
