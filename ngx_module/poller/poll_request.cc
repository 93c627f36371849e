#include "ngx_module/poller/poll_request.h"

#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/poller/poll_connection.h"

namespace onair::ngx {

// Lives in the pool of its request.
class PollRequest {
  public:
    PollRequest(const PollConf* conf, PollAnswer* answer, bool stream,
                PollRequest** place) noexcept
        : conf_(conf), answer_(answer), place_(place), stream_(stream)
    {}
    ~PollRequest();

    bool start(ngx_http_request_t* main);
    void abort(Fault why);

    ngx_int_t on_header(ngx_http_request_t* r);
    ngx_int_t on_body(ngx_http_request_t* r, ngx_chain_t* in);
    void refuse(Fault why);

  private:
    static ngx_int_t on_finished(ngx_http_request_t* r, void* data,
                                 ngx_int_t rc) noexcept;
    static void on_main_turn(ngx_http_request_t* r) noexcept;
    bool take(const ngx_buf_t* b);
    void done(ngx_int_t rc);
    Outcome outcome(ngx_int_t rc) const;

    const PollConf* conf_;
    PollAnswer* answer_;
    PollRequest** place_;
    ngx_http_request_t* main_ = nullptr;
    ngx_uint_t status_ = 0;
    bool stream_;
    bool encoded_ = false;
    bool answered_ = false;
    bool whole_ = false;
    bool finished_ = false;
    bool has_fault_ = false;
    Fault fault_ = Fault::kIncomplete;
};

namespace {

bool is_ours(const ngx_http_request_t* r)
{
    return is_poll_connection(r->connection);
}

PollRequest* poll_of(const ngx_http_request_t* r)
{
    return static_cast<PollRequest*>(
        ngx_http_get_module_ctx(r->main, ngx_http_onair_module));
}

// nginx calls this when the worker leaves (the connection is marked idle) or
// when worker_shutdown_timeout has come.
void on_connection_event(ngx_event_t* event) noexcept
{
    auto* c = static_cast<ngx_connection_t*>(event->data);
    auto* r = static_cast<ngx_http_request_t*>(c->data);
    if (c->close && r != nullptr) {
        abort_poll_request(poll_of(r), Fault::kIncomplete);
    }
}

// SHOUTcast 1 answers its page to browsers only.
constexpr char kUserAgent[] = "Mozilla/5.0 (compatible; onair)";

bool fill_request(ngx_http_request_t* r, const PollConf* conf)
{
    if (ngx_list_init(&r->headers_in.headers, r->pool, 4,
                      sizeof(ngx_table_elt_t)) != NGX_OK) {
        return false;
    }
    auto* agent =
        static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_in.headers));
    if (agent == nullptr) {
        return false;
    }
    ngx_memzero(agent, sizeof(*agent));
    end_header(agent);
    agent->hash = 1;
    agent->key = str("User-Agent");
    agent->lowcase_key = str("user-agent").data;
    agent->value = str(kUserAgent);
    r->headers_in.user_agent = agent;

    r->method = NGX_HTTP_GET;
    r->method_name = ngx_http_core_get_method;
    r->http_version = NGX_HTTP_VERSION_11;
    r->http_protocol = str("HTTP/1.1");
    r->uri = conf->location;
    r->unparsed_uri = conf->location;
    r->request_line = conf->location;
    r->internal = 1;
    r->logged = 1;
    r->valid_unparsed_uri = 0;
    r->main_filter_need_in_memory = 1;
    return true;
}

}  // namespace

PollRequest::~PollRequest()
{
    // The request goes, and its connection after it.
    pretend_registered(main_->connection, false);
    done(NGX_ERROR);
}

bool PollRequest::start(ngx_http_request_t* main)
{
    main_ = main;
    auto* after = zeroed<ngx_http_post_subrequest_t>(main->pool);
    if (after == nullptr) {
        return false;
    }
    after->handler = on_finished;
    after->data = this;
    main->read_event_handler = ngx_http_block_reading;
    main->write_event_handler = on_main_turn;
    ngx_str_t uri = conf_->location;
    ngx_http_request_t* sub = nullptr;
    if (ngx_http_subrequest(main, &uri, nullptr, &sub, after,
                            NGX_HTTP_SUBREQUEST_WAITED) != NGX_OK) {
        return false;
    }
    sub->filter_need_in_memory = 1;
    return true;
}

ngx_int_t PollRequest::on_header(ngx_http_request_t* r)
{
    status_ = r->headers_out.status;
    answered_ = true;
    r->header_sent = 1;
    encoded_ = r->headers_out.content_encoding != nullptr &&
               r->headers_out.content_encoding->value.len > 0;
    if (stream_ && r->upstream != nullptr) {
        r->upstream->buffering = 0;
    }
    return NGX_OK;
}

bool PollRequest::take(const ngx_buf_t* b)
{
    if (!ngx_buf_in_memory(b) || b->pos == b->last || finished_ || has_fault_) {
        return true;
    }
    // What comes with another status may have no end.
    return status_ == NGX_HTTP_OK &&
           answer_->on_bytes({b->pos, static_cast<size_t>(b->last - b->pos)});
}

ngx_int_t PollRequest::on_body(ngx_http_request_t*, ngx_chain_t* in)
{
    for (; in != nullptr; in = in->next) {
        ngx_buf_t* b = in->buf;
        bool wanted = take(b);
        whole_ = whole_ || b->last_buf || b->last_in_chain;
        b->pos = b->last;
        b->file_pos = b->file_last;
        if (!wanted) {
            refuse(status_ == NGX_HTTP_OK ? Fault::kTooLarge
                                          : Fault::kBadStatus);
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

Outcome PollRequest::outcome(ngx_int_t rc) const
{
    if (has_fault_) {
        return fault_;
    }
    if (rc == NGX_HTTP_GATEWAY_TIME_OUT) {
        return Fault::kTimeout;
    }
    if (rc == NGX_HTTP_BAD_GATEWAY) {
        return Fault::kUnreachable;
    }
    // What is not HTTP has no status, but nginx lets it pass as HTTP/0.9.
    if (rc >= NGX_HTTP_SPECIAL_RESPONSE ||
        (answered_ && status_ != NGX_HTTP_OK)) {
        return Fault::kBadStatus;
    }
    // nginx tells a broken answer from a whole one by the last buffer only:
    // status and code are those of a success in both.
    if (rc == NGX_ERROR || !whole_ || !answered_) {
        return Fault::kIncomplete;
    }
    if (encoded_) {
        return Fault::kBadEncoding;
    }
    return Done{};
}

void PollRequest::done(ngx_int_t rc)
{
    if (finished_) {
        return;
    }
    finished_ = true;
    *place_ = nullptr;
    if (rc >= NGX_HTTP_SPECIAL_RESPONSE && status_ == 0) {
        status_ = static_cast<ngx_uint_t>(rc);
    }
    answer_->on_done(outcome(rc), status_);
}

ngx_int_t PollRequest::on_finished(ngx_http_request_t* r, void* data,
                                   ngx_int_t rc) noexcept
{
    (void)r;
    static_cast<PollRequest*>(data)->done(rc);
    return NGX_OK;  // no error page for nobody
}

void PollRequest::on_main_turn(ngx_http_request_t* r) noexcept
{
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
    refuse(why);
    ngx_connection_t* c = main_->connection;
    auto* active = static_cast<ngx_http_request_t*>(c->data);
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
        fill_request(r, conf)
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
    ngx_http_set_ctx(r, poll, ngx_http_onair_module);
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

ngx_http_output_header_filter_pt g_next_header_filter;
ngx_http_output_body_filter_pt g_next_body_filter;

ngx_int_t on_header_filter(ngx_http_request_t* r) noexcept
{
    if (!is_ours(r)) {
        return g_next_header_filter(r);
    }
    return poll_of(r)->on_header(r);
}

ngx_int_t on_body_filter(ngx_http_request_t* r, ngx_chain_t* in) noexcept
{
    if (!is_ours(r)) {
        return g_next_body_filter(r, in);
    }
    return poll_of(r)->on_body(r, in);
}

// X-Accel-Redirect: nginx would go on with a location of the source's choice,
// for somebody on loopback, who may publish and more.
ngx_int_t on_rewrite(ngx_http_request_t* r) noexcept
{
    if (!is_ours(r) || r->upstream == nullptr ||
        r->upstream->headers_in.x_accel_redirect == nullptr) {
        return NGX_DECLINED;
    }
    poll_of(r)->refuse(Fault::kRedirected);
    return NGX_HTTP_FORBIDDEN;
}

}  // namespace

ngx_int_t install_poll_filters(ngx_conf_t* cf)
{
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    auto* guard = static_cast<ngx_http_handler_pt*>(
        ngx_array_push(&core->phases[NGX_HTTP_REWRITE_PHASE].handlers));
    if (guard == nullptr) {
        return NGX_ERROR;
    }
    *guard = on_rewrite;
    g_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = on_header_filter;
    g_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = on_body_filter;
    return NGX_OK;
}

}  // namespace onair::ngx
