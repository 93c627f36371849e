// Leaving: on reload and quit the worker says goodbye to its subscribers,
// spread over onair_drain and in random order, and goes on pushing meanwhile.
#pragma once

namespace onair::ngx {

void start_drain();
void stop_drain();

}  // namespace onair::ngx
