// What this worker does for signalling besides its connections: it hears the
// other workers, notices those that died, and looks now and then at what time
// ends.
#pragma once

#include "ngx_module/base/ngx.h"
#include "signalling/mail.h"

namespace onair::ngx {

void start_signalling();
void stop_signalling();
// When the worker is woken, and with each tick.
void look_at_signalling();

// Something is here that has no connection of its own: a worker that is to go
// stays for it.
void keep_worker_for_signalling();

void hear_mail(const signalling::Mail& mail);

// Whether the worker that has this connection is dead, or any. Its seats are
// given up by then, as with the next tick: who speaks to one of them or wants
// it need not wait for that.
bool died(signalling::Handle connection);
bool any_died();

// Those whose seats were busy when they left.
void leave_pairs_again();

}  // namespace onair::ngx
