// Leaving: on reload and quit the worker says goodbye to its subscribers,
// spread over onair_drain and in random order, and goes on pushing meanwhile.
#pragma once

namespace onair::ngx {

// After set_worker_leaving(). A second call does nothing.
void start_drain();
bool draining();
// Somebody came all the same, over a connection that was open already: the
// present state, and goodbye. (A refusal would end an EventSource for good.)
void drain_newcomer();
void stop_drain();

}  // namespace onair::ngx
