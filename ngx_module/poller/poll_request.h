// One request of our own to a location of the configuration: a main request
// without a client has one subrequest, which asks the location, so that nginx's
// own machinery is in force there: handlers, error pages, caches, filters. The
// answer is what would be sent to a client; it has ended when nginx gives the
// turn back to the main request, however late that is.
#pragma once

#include "base/result.h"
#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// What came of it.
class PollAnswer {
  public:
    // Before any bytes: the character set that a client would be told, by its
    // name; empty where it would be told none.
    virtual void on_charset(std::string_view) noexcept {}
    // Bytes of the body as they come. False: enough, end it.
    virtual bool on_bytes(ConstBytes bytes) noexcept = 0;
    // The head of the answer that bytes come of, of a stream with status 200.
    virtual void on_head(const ngx_http_request_t* r) noexcept { (void)r; }
    // Called exactly once: the answer has ended, whole and with status 200, or
    // the fault why not. `status` is 0 where there was none. The request is no
    // longer to be touched.
    virtual void on_done(Outcome outcome, ngx_uint_t status) noexcept = 0;

  protected:
    ~PollAnswer() = default;
};

class PollRequest;

// Starts asking. `place` holds the request until on_done() is called, which
// may be before this returns. `stream`: the answer is endless and its bytes
// are wanted as they come.
void start_poll_request(const PollConf* conf, PollAnswer* answer, bool stream,
                        PollRequest** place);
// Ends it with a fault before its time; done is called with it.
void abort_poll_request(PollRequest* request, Fault why);

// The filters and the guard over redirects, installed once in the master.
ngx_int_t install_poll_filters(ngx_conf_t* cf);
// The filter before all others, whatever modules are loaded: in each worker.
void watch_poll_answers();

}  // namespace onair::ngx
