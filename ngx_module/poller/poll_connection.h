// The connection that a poll's request comes over, for nginx needs one: what
// would go to a client goes to the sink, nothing can be read. Made by the
// worker that leads the zone, closed by nginx with its request.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// Takes what nginx sends, after all of its filters.
class PollSink {
  public:
    // False: nginx is to treat the connection as broken.
    virtual bool on_output(const ngx_buf_t* b) noexcept = 0;

  protected:
    ~PollSink() = default;
};

// `on_event` is called when nginx wants it closed. nullptr without memory,
// descriptors or connections.
ngx_connection_t* make_poll_connection(const PollConf* conf,
                                       ngx_event_handler_pt on_event);
bool is_poll_connection(const ngx_connection_t* c);

// The sink hangs on the connection, as nginx empties the contexts of a request
// that it redirects. nullptr: what is written is gone.
void set_poll_sink(ngx_connection_t* c, PollSink* sink);
PollSink* poll_sink(const ngx_connection_t* c);

// nginx's methods of events are not to be told of its descriptor: neither that
// it is there, nor (false, before it is closed) that it goes. Those that tell
// of an event until it is dealt with want no write event while there is none to
// wait for.
void pretend_registered(ngx_connection_t* c, bool on);

}  // namespace onair::ngx
