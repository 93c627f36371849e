// What one worker has to tell another goes in parcels through a pair of sockets
// for each of the first places in the roster, made by the master before the
// first fork. In order, and bounded: where a worker stands still, what is for
// it waits here up to a bound and is dropped then; nobody waits for it. What is
// in one when its worker dies is read by the next and means nothing to it.
#pragma once

#include "ngx_module/base/ngx.h"
#include "signalling/mail.h"

namespace onair::ngx {

// Workers that can have signalling connections: those of the first places.
inline constexpr size_t kPosts = 32;

// In the master, while the configuration can still be refused; once.
ngx_int_t make_posts(ngx_log_t* log);

void start_posts();
// Sends what there is, as far as it can be sent at once.
void stop_posts();

// To the worker of this place, which is not our own; it leaves in this turn of
// the loop.
void post(size_t place, const signalling::Mail& mail);

// Calls hear() for all that came for this worker.
void read_posts(void (*hear)(const signalling::Mail& mail));

}  // namespace onair::ngx
