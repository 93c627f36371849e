// Hands a change to every subscriber of this worker: in slices, so that many
// thousands never hold up the loop, latest wins. The queue of listings is
// worked off in order; one that has news again during its lap stays where it
// is.
#pragma once

#include "ngx_module/fanout/topic.h"

namespace onair::ngx {

void start_fanout();
void stop_fanout();

// The topic shows something newer: its subscribers are visited, and those who
// want all stations.
void fan_out(Topic* topic);
// The same of what the topic's own timer has not come to yet, and another
// worker's may have: before somebody is told its state.
void fan_out_if_overdue(Topic* topic);
// The listing is about to be destroyed.
void forget_listing(Listing* listing);
// Changes of stations that somebody here wants all of are numbered; this is
// the last one. Who is greeted now has been told of all up to it, whether or
// not their turn in the queue has come.
uint64_t last_change();

}  // namespace onair::ngx
