// PeerJS over all workers: who has an id, and what is held for one that is not
// there yet. What is held is held by the worker of whoever said it.
#pragma once

#include <string_view>

#include "ngx_module/signalling/party.h"

namespace onair::ngx {

// To the peer `dst`, or held for it. `text` is ready to be sent; `waits`: it
// is worth holding.
void send_to_peer(uint64_t dst_key, std::string_view src, Handle from,
                  std::string_view dst, std::string_view text, bool waits,
                  ngx_msec_t hold);
// What came for a connection that is gone by now.
void pass_on(const Mail& mail);

// The id is there: what is held here for it is told.
void tell_held(uint64_t key);
void say_that_it_came(uint64_t key);
// With each tick: what nobody came for is told to whoever said it.
void expire_held();
bool any_held();

// Ids whose holders did not come back, out of the seats.
void sweep_peers();

}  // namespace onair::ngx
