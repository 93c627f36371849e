// Answers to what members of this worker have said in rooms of several
// machines: the number comes back from the engine, or from the worker that
// stands in for it, and then the one who said it is told. Of members that are
// connected to this worker.
#pragma once

#include "ngx_module/room/guest.h"

namespace onair::ngx {

// The member is to be told the number of what it said with this `ref`, which is
// as it came and not empty. False: too many of its wait, or there is no memory.
bool await_number(Membership* member, std::string_view ref);
// Tells it. The member may be let go by that.
void number_came(const room::Message& message);
// Those whose number does not come within some seconds are told without one.
void look_for_awaited(Ticks now);
// It is not a member any more.
void forget_awaited(const Membership* member);

}  // namespace onair::ngx
