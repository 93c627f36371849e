// Hands a change to every subscriber of this worker: in slices, so that many
// thousands never hold up the loop, latest wins. The queue of topics is worked
// off in order; a topic that changes again during its lap stays where it is.
#pragma once

#include "topic.h"
#include "watch.h"

namespace onair::ngx {

void start_fanout();
void stop_fanout();

// The topic shows something newer: its subscribers are visited.
void fan_out(Topic* topic);
// The topic is about to be destroyed.
void forget_topic(Topic* topic);
// Nobody wants all stations in this view any more.
void forget_all(AllStations* all);
// Number of the last lap that was begun.
uint64_t last_lap();

}  // namespace onair::ngx
