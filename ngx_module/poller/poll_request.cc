#include "ngx_module/poller/poll_request.h"

#include "ngx_module/base/pool.h"
#include "ngx_module/poller/poll_connection.h"
#include "ngx_module/poller/poll_main.h"

namespace onair::ngx {

// Lives in the pool of the main request; its connection leads to it.
class PollRequest final : public PollSink {
  public:
    PollRequest(const PollConf* conf, PollAnswer* answer, bool stream,
                PollRequest** place) noexcept
        : conf_(conf), answer_(answer), place_(place), stream_(stream)
    {}
    ~PollRequest();

    bool start(ngx_http_request_t* main);
    void abort(Fault why);
    void refuse(Fault why);

    ngx_int_t on_header(ngx_http_request_t* r);
    ngx_int_t on_answer(ngx_http_request_t* r, ngx_chain_t* in);
    ngx_int_t on_body(ngx_http_request_t* r, ngx_chain_t* in);
    bool on_output(const ngx_buf_t* b) noexcept override;

  private:
    static ngx_int_t on_finished(ngx_http_request_t* r, void* data,
                                 ngx_int_t rc) noexcept;
    static void on_main_turn(ngx_http_request_t* r) noexcept;
    void take_header(ngx_http_request_t* r);
    void lend_header(const ngx_http_request_t* r);
    void finish();
    Outcome outcome() const;

    const PollConf* conf_;
    PollAnswer* answer_;
    PollRequest** place_;
    ngx_http_request_t* main_ = nullptr;
    ngx_http_request_t* sub_ = nullptr;  // the one that asks
    ngx_uint_t status_ = 0;
    ngx_int_t error_ = 0;     // what nginx made an error page of
    ngx_uint_t unended_ = 0;  // parts by other subrequests that are not whole
    bool stream_;
    bool encoded_ = false;
    bool answered_ = false;
    bool whole_ = false;
    bool broken_ = false;
    bool aborted_ = false;
    bool finished_ = false;
    bool has_fault_ = false;
    Fault fault_ = Fault::kIncomplete;
};

namespace {

ngx_http_output_header_filter_pt g_next_header_filter;
ngx_http_output_body_filter_pt g_next_body_filter;
ngx_http_output_body_filter_pt g_first_body_filter;

// nullptr: the request is none of a poll's.
PollRequest* poll_of(const ngx_http_request_t* r)
{
    return is_poll_connection(r->connection)
               ? static_cast<PollRequest*>(poll_sink(r->connection))
               : nullptr;
}

// nginx calls this when the worker leaves (the connection is marked idle) or
// when worker_shutdown_timeout has come.
void on_connection_event(ngx_event_t* event) noexcept
{
    auto* c = static_cast<ngx_connection_t*>(event->data);
    auto* poll = static_cast<PollRequest*>(poll_sink(c));
    if (c->close && poll != nullptr) {
        abort_poll_request(poll, Fault::kIncomplete);
    }
}

// nginx makes an error page of it, which may be the answer.
bool has_error_page(ngx_int_t rc)
{
    return (rc >= NGX_HTTP_SPECIAL_RESPONSE || rc == NGX_HTTP_CREATED ||
            rc == NGX_HTTP_NO_CONTENT) &&
           rc != NGX_HTTP_REQUEST_TIME_OUT &&
           rc != NGX_HTTP_CLIENT_CLOSED_REQUEST && rc != NGX_HTTP_CLOSE;
}

bool is_last(const ngx_chain_t* in)
{
    for (; in != nullptr; in = in->next) {
        if (in->buf->last_buf || in->buf->last_in_chain) {
            return true;
        }
    }
    return false;
}

bool has_bytes(const ngx_chain_t* in)
{
    for (; in != nullptr; in = in->next) {
        if (ngx_buf_size(in->buf) > 0) {
            return true;
        }
    }
    return false;
}

// Some filters end a subrequest with an empty buffer that nginx has no name
// for.
void mend_end(ngx_chain_t* in)
{
    for (; in != nullptr; in = in->next) {
        ngx_buf_t* b = in->buf;
        if (b->last_in_chain && ngx_buf_size(b) == 0) {
            b->sync = 1;
        }
    }
}

// What nginx sends no last buffer for.
bool has_no_body(const ngx_http_request_t* r)
{
    return r->header_only || r->headers_out.content_length_n == 0;
}

// Its body becomes part of the answer.
bool is_part(const ngx_http_request_t* r)
{
    return !r->background && !r->subrequest_in_memory && !has_no_body(r);
}

}  // namespace

PollRequest::~PollRequest()
{
    // The request goes, and its connection after it.
    pretend_registered(main_->connection, false);
    set_poll_sink(main_->connection, nullptr);
    broken_ = true;
    finish();
}

bool PollRequest::start(ngx_http_request_t* main)
{
    main_ = main;
    set_poll_sink(main->connection, this);
    auto* after = zeroed<ngx_http_post_subrequest_t>(main->pool);
    if (after == nullptr || !make_quiet(main)) {
        return false;
    }
    after->handler = on_finished;
    after->data = this;
    main->read_event_handler = ngx_http_block_reading;
    main->write_event_handler = on_main_turn;
    ngx_str_t uri = conf_->location;
    return ngx_http_subrequest(main, &uri, nullptr, &sub_, after,
                               NGX_HTTP_SUBREQUEST_WAITED) == NGX_OK;
}

ngx_int_t PollRequest::on_header(ngx_http_request_t* r)
{
    if (r == sub_) {
        take_header(r);
    } else if (make_silent(r) == nullptr) {
        return NGX_ERROR;
    } else if (is_part(r)) {
        unended_++;
    }
    return g_next_header_filter(r);
}

void PollRequest::take_header(ngx_http_request_t* r)
{
    status_ = r->headers_out.status;
    // "ICY 200 OK" is HTTP/0.9 to nginx, which has no status.
    if (status_ == 0 && r->upstream != nullptr && conf_->pull != nullptr) {
        status_ = NGX_HTTP_OK;
    }
    answered_ = true;
    whole_ = has_no_body(r);
    encoded_ = r->headers_out.content_encoding != nullptr &&
               r->headers_out.content_encoding->value.len > 0;
    if (stream_ && r->upstream != nullptr) {
        r->upstream->buffering = 0;
    }
    if (stream_ && status_ == NGX_HTTP_OK) {
        answer_->on_head(r);
    }
    lend_header(r);
}

// A subrequest is converted to the charset of its main request, which has one
// when its own header was sent. As HTTP/0.9 it is sent without a byte.
void PollRequest::lend_header(const ngx_http_request_t* r)
{
    if (main_->header_sent) {
        return;
    }
    ngx_http_headers_out_t& out = main_->headers_out;
    out.status = r->headers_out.status;
    out.content_type = r->headers_out.content_type;
    out.content_type_len = r->headers_out.content_type_len;
    out.charset = r->headers_out.charset;
    out.override_charset = r->headers_out.override_charset;
    out.content_encoding = r->headers_out.content_encoding;
    void** quiet = main_->loc_conf;
    main_->loc_conf = r->loc_conf;
    main_->http_version = NGX_HTTP_VERSION_9;
    (void)g_next_header_filter(main_);
    main_->http_version = NGX_HTTP_VERSION_11;
    main_->loc_conf = quiet;
    main_->header_sent = 1;
    answer_->on_charset(charset_of(out));
}

// Before all filters: whether what answers has come to its end, as a filter may
// lose the mark, and whether any of them failed.
ngx_int_t PollRequest::on_answer(ngx_http_request_t* r, ngx_chain_t* in)
{
    bool ours = r == sub_;
    bool last = is_last(in);
    ngx_int_t rc = g_first_body_filter(r, in);
    if (rc == NGX_ERROR) {
        broken_ = broken_ || ours;
    } else if (last && ours) {
        whole_ = true;
    } else if (last && unended_ > 0 && is_part(r)) {
        unended_--;
    }
    return rc;
}

ngx_int_t PollRequest::on_body(ngx_http_request_t* r, ngx_chain_t* in)
{
    // What comes with another status may have no end.
    if (r == sub_ && status_ != NGX_HTTP_OK && has_bytes(in)) {
        return NGX_ERROR;
    }
    mend_end(in);
    return g_next_body_filter(r, in);
}

bool PollRequest::on_output(const ngx_buf_t* b) noexcept
{
    if (finished_ || has_fault_ || ngx_buf_size(b) == 0) {
        return true;
    }
    if (!ngx_buf_in_memory(b)) {
        refuse(Fault::kIncomplete);
        return false;
    }
    if (!answer_->on_bytes({b->pos, static_cast<size_t>(b->last - b->pos)})) {
        refuse(Fault::kTooLarge);
        return false;
    }
    return true;
}

Outcome PollRequest::outcome() const
{
    if (has_fault_) {
        return fault_;
    }
    if (status_ != NGX_HTTP_OK && error_ == NGX_HTTP_GATEWAY_TIME_OUT) {
        return Fault::kTimeout;
    }
    if (status_ != NGX_HTTP_OK && error_ == NGX_HTTP_BAD_GATEWAY) {
        return Fault::kUnreachable;
    }
    // What is not HTTP has no status, but nginx lets it pass as HTTP/0.9.
    if (status_ != NGX_HTTP_OK && (answered_ || error_ != 0)) {
        return Fault::kBadStatus;
    }
    // nginx tells a broken answer from a whole one by the last buffer only:
    // status and code are those of a success in both.
    if (broken_ || !whole_ || unended_ > 0) {
        return Fault::kIncomplete;
    }
    if (encoded_) {
        return Fault::kBadEncoding;
    }
    return Done{};
}

void PollRequest::finish()
{
    if (finished_) {
        return;
    }
    finished_ = true;
    *place_ = nullptr;
    ngx_uint_t status = answered_ ? status_ : static_cast<ngx_uint_t>(error_);
    answer_->on_done(outcome(), status);
}

// nginx calls this each time that something of the subrequest has returned:
// output may be pending, or an error page still be made.
ngx_int_t PollRequest::on_finished(ngx_http_request_t* r, void* data,
                                   ngx_int_t rc) noexcept
{
    auto* poll = static_cast<PollRequest*>(data);
    bool fails = rc == NGX_ERROR || r->connection->error;
    if (has_error_page(rc) && !fails) {
        poll->error_ = rc;
        return rc;
    }
    if (!fails && rc < NGX_HTTP_SPECIAL_RESPONSE &&
        (r->buffered || r->postponed != nullptr)) {
        return rc;
    }
    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        poll->error_ = rc;
    }
    poll->broken_ = poll->broken_ || fails;
    r->loc_conf = poll->main_->loc_conf;
    return rc;
}

// The main request may be woken while its subrequest is at work.
void PollRequest::on_main_turn(ngx_http_request_t* r) noexcept
{
    if (r->connection->data != r) {
        return;
    }
    poll_of(r)->finish();
    r->connection->read->eof = 1;  // nothing to linger for
    ngx_http_finalize_request(r, NGX_OK);
}

void PollRequest::refuse(Fault why)
{
    if (!has_fault_) {
        has_fault_ = true;
        fault_ = why;
    }
}

void PollRequest::abort(Fault why)
{
    if (aborted_) {
        return;
    }
    aborted_ = true;
    refuse(why);
    finish();
    ngx_connection_t* c = main_->connection;
    auto* active = static_cast<ngx_http_request_t*>(c->data);
    active->loc_conf = main_->loc_conf;
    // As nginx does itself when a connection is to go: without the extra
    // count the upstream's cleanup would free the request under our feet.
    main_->count++;
    c->error = 1;
    ngx_http_finalize_request(active, NGX_ERROR);
    ngx_http_run_posted_requests(c);
}

namespace {

// True when the request runs, or has run and told its answer.
bool start(const PollConf* conf, PollAnswer* answer, bool stream,
           PollRequest** place)
{
    ngx_connection_t* c = make_poll_connection(conf, on_connection_event);
    if (c == nullptr) {
        return false;
    }
    ngx_http_request_t* r = ngx_http_create_request(c);
    if (r == nullptr) {
        pretend_registered(c, false);
        ngx_http_close_connection(c);
        return false;
    }
    c->data = r;
    PollRequest* poll =
        fill_main(r, conf)
            ? make<PollRequest>(r->pool, conf, answer, stream, place)
            : nullptr;
    if (poll == nullptr) {
        r->logged = 1;
        pretend_registered(c, false);
        ngx_http_free_request(r, 0);
        ngx_http_close_connection(c);
        return false;
    }
    *place = poll;
    if (!poll->start(r)) {
        ngx_http_free_request(r, 0);  // tells the answer
        ngx_http_close_connection(c);
        return true;
    }
    ngx_http_run_posted_requests(c);
    return true;
}

}  // namespace

void start_poll_request(const PollConf* conf, PollAnswer* answer, bool stream,
                        PollRequest** place)
{
    *place = nullptr;
    if (!start(conf, answer, stream, place)) {
        answer->on_done(Fault::kNoMemory, 0);
    }
}

void abort_poll_request(PollRequest* request, Fault why)
{
    request->abort(why);
}

// --- the filters ---

namespace {

ngx_int_t on_header_filter(ngx_http_request_t* r) noexcept
{
    PollRequest* poll = poll_of(r);
    return poll == nullptr ? g_next_header_filter(r) : poll->on_header(r);
}

ngx_int_t on_body_filter(ngx_http_request_t* r, ngx_chain_t* in) noexcept
{
    PollRequest* poll = poll_of(r);
    return poll == nullptr ? g_next_body_filter(r, in) : poll->on_body(r, in);
}

ngx_int_t on_first_body_filter(ngx_http_request_t* r, ngx_chain_t* in) noexcept
{
    PollRequest* poll = poll_of(r);
    return poll == nullptr ? g_first_body_filter(r, in)
                           : poll->on_answer(r, in);
}

// Those that never come to a header, and what nginx makes a copy of.
ngx_int_t on_preaccess(ngx_http_request_t* r) noexcept
{
    bool silent = poll_of(r) == nullptr || make_silent(r) != nullptr;
    return silent ? NGX_DECLINED : NGX_ERROR;
}

// X-Accel-Redirect: nginx would go on with a location of the source's choice,
// for somebody on loopback, who may publish and more.
ngx_int_t on_rewrite(ngx_http_request_t* r) noexcept
{
    PollRequest* poll = poll_of(r);
    if (poll == nullptr || r->upstream == nullptr ||
        r->upstream->headers_in.x_accel_redirect == nullptr) {
        return NGX_DECLINED;
    }
    poll->refuse(Fault::kRedirected);
    return NGX_HTTP_FORBIDDEN;
}

}  // namespace

namespace {

bool add_handler(ngx_conf_t* cf, ngx_http_phases phase,
                 ngx_http_handler_pt handler)
{
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    auto* place = static_cast<ngx_http_handler_pt*>(
        ngx_array_push(&core->phases[phase].handlers));
    if (place != nullptr) {
        *place = handler;
    }
    return place != nullptr;
}

}  // namespace

ngx_int_t install_poll_filters(ngx_conf_t* cf)
{
    if (!add_handler(cf, NGX_HTTP_REWRITE_PHASE, on_rewrite) ||
        !add_handler(cf, NGX_HTTP_PREACCESS_PHASE, on_preaccess)) {
        return NGX_ERROR;
    }
    g_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = on_header_filter;
    g_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = on_body_filter;
    return NGX_OK;
}

void watch_poll_answers()
{
    g_first_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = on_first_body_filter;
}

}  // namespace onair::ngx
