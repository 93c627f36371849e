// What every stream of events says besides its events, and the head it begins
// with; for streams that own their connection and for those that keep a
// request.
#pragma once

#include "ngx_module/conf/conf.h"
#include "ngx_module/fanout/encoding.h"
#include "subscriber/heartbeat.h"

namespace onair::ngx {

// A sign of life.
const FramePtr& event_comment(Encoding encoding);
// When to come again, in case this ends without a goodbye. The first event ends
// the block: some clients take a block without data for an event.
const FramePtr& event_hello(Encoding encoding);
// The end of a stream: when to come again, and over HTTP/1.1 the last chunk.
FramePtr event_goodbye(Encoding encoding);
// Comments keep proxies from closing a quiet stream; a client of events says
// nothing, so there is no time-out.
subscriber::Heartbeat next_event_beat(const LocConf* conf, Ticks sent_at);
// Status and fields of an answer that does not end; false without memory.
bool set_stream_head(ngx_http_request_t* r, std::string_view type);

}  // namespace onair::ngx
