#include "ngx_module/signalling/polls.h"

#include <charconv>

#include "ngx_module/base/body.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/centrifuge/page.h"
#include "ngx_module/signalling/session.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/zone/worker.h"
#include "source/form.h"
#include "subscriber/field.h"

namespace onair::ngx {

using signalling::Say;

namespace {

constexpr std::string_view kMethods = "GET, HEAD, PUT, POST, DELETE, OPTIONS";
constexpr ngx_msec_t kAnswerMs = 5000;

std::string_view type_of(bool is_json)
{
    return is_json ? "application/json; charset=utf-8"
                   : "text/plain; charset=utf-8";
}

std::string_view header(ngx_http_request_t* r, std::string_view name)
{
    for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr;
         part = part->next) {
        auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (subscriber::equal_fold(view(headers[i].key), name)) {
                return view(headers[i].value);
            }
        }
    }
    return {};
}

ngx_int_t reply_with(ngx_http_request_t* r, ngx_uint_t status, bool is_json,
                     std::string_view text)
{
    ngx_str_t body = copy(r->pool, text);
    if (body.data == nullptr || !add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer(r, status, type_of(is_json), view(body));
}

// A request whose session is at another worker.
class PassedPoll final : public Party {
  public:
    explicit PassedPoll(ngx_http_request_t* r) noexcept
        : held_(r, on_ended, this), timer_(on_timer, this)
    {}

    bool wait_for(const PollAsk& ask, size_t place)
    {
        ngx_http_request_t* r = held_.request();
        if (!held_.hold()) {
            return false;
        }
        r->read_event_handler = ngx_http_test_reading;
        r->write_event_handler = ngx_http_request_empty_handler;
        timer_.start(kAnswerMs, true);
        pass_poll(ask, place, handle());
        return true;
    }

    // It has no seat.
    void give_up() noexcept override {}

    void hear(const Mail& mail) noexcept override
    {
        if (mail.news != News::kReply || held_.over()) {
            return;
        }
        text_.add(mail.texts[0]);
        if (mail.time == 0) {
            finish(text_.good() ? mail.key : NGX_HTTP_SERVICE_UNAVAILABLE,
                   mail.polite);
        }
    }

  private:
    static void on_ended(void* self) noexcept
    {
        static_cast<PassedPoll*>(self)->timer_.cancel();
    }
    static void on_timer(void* self) noexcept
    {
        auto* poll = static_cast<PassedPoll*>(self);
        poll->finish(NGX_HTTP_SERVICE_UNAVAILABLE, false);
    }
    // Destroys the request, and this with it.
    void finish(ngx_uint_t status, bool is_json)
    {
        if (held_.over()) {
            return;
        }
        timer_.cancel();
        held_.finalize(
            reply_with(held_.request(), status, is_json, text_.view()));
    }

    HeldRequest held_;
    LoopEvent timer_;
    Text text_;
};

ngx_int_t answer_ask(ngx_http_request_t* r, const PollAsk& ask)
{
    size_t place = place_of_session(ask.session);
    bool elsewhere = place < kPosts && place != worker_index();
    if (elsewhere && is_worker(place) && can_have_parties()) {
        auto* passed = make<PassedPoll>(r->pool, r);
        return passed != nullptr && passed->wait_for(ask, place)
                   ? NGX_DONE
                   : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    PollReply reply;
    answer_poll(ask, &reply);
    if (reply.status != NGX_HTTP_OK) {
        count(slot::Total::kRefusedRequest);
    }
    return reply.text.good()
               ? reply_with(r, reply.status, reply.is_json, reply.text.view())
               : NGX_HTTP_SERVICE_UNAVAILABLE;
}

int64_t from_time(ngx_http_request_t* r)
{
    uint8_t memory[256];
    Arena arena(memory);
    source::FormReader form(view(r->args).substr(0, sizeof(memory)), arena);
    int64_t time = 0;
    while (form.next()) {
        std::string_view value = form.value();
        if (form.name() == "fromtime") {
            std::from_chars(value.data(), value.data() + value.size(), time);
        }
    }
    return time;
}

ngx_int_t open(ngx_http_request_t* r)
{
    char id[kSessionId];
    if (!open_session(loc_conf(r)->signalling, id)) {
        return answer_text(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                           "no place for another session");
    }
    char text[kSessionId + 32];
    Writer out(text);
    out.put(R"({"sessionId":")");
    out.put({id, sizeof(id)});
    out.put(R"("})");
    return reply_with(r, NGX_HTTP_OK, true, out.view());
}

// What the path is a list of.
Say say_of(std::string_view path)
{
    for (Say say : {Say::kOffer, Say::kAnswer, Say::kCandidate}) {
        if (path == signalling::word(say)) {
            return say;
        }
    }
    return path == "connection" ? Say::kConnect : Say::kNothing;
}

// False: there is no such request.
bool read_ask(ngx_http_request_t* r, std::string_view path, PollAsk* ask)
{
    bool gets = (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) != 0;
    ask->session = header(r, "Session-Id");
    ask->say = say_of(path);
    if (gets) {
        ask->act = path.empty() ? PollAct::kPoll : PollAct::kList;
        ask->from_time = from_time(r);
        return path.empty() || ask->say != Say::kNothing;
    }
    if (path.empty()) {
        ask->act = PollAct::kEnd;
        return r->method == NGX_HTTP_DELETE;
    }
    ask->act = PollAct::kDo;
    if (ask->say == Say::kConnect) {
        ask->say =
            r->method == NGX_HTTP_DELETE ? Say::kDisconnect : Say::kConnect;
        return (r->method & (NGX_HTTP_PUT | NGX_HTTP_DELETE)) != 0;
    }
    return ask->say != Say::kNothing && r->method == NGX_HTTP_POST;
}

void on_body(ngx_http_request_t* r) noexcept
{
    auto* ask = static_cast<PollAsk*>(
        ngx_http_get_module_ctx(r, ngx_http_onair_module));
    ngx_http_set_ctx(r, nullptr, ngx_http_onair_module);
    Bytes body;
    ngx_int_t rc = whole_body(r, loc_conf(r)->max_message, &body);
    if (rc == NGX_DECLINED) {
        count(slot::Total::kRefusedRequest);
        rc = answer_text(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                         "the message is too large, see onair_max_message");
    } else if (rc == NGX_OK) {
        ask->body = text_of(body);
        ask->is_form = header(r, "Content-Type")
                           .starts_with("application/x-www-form-urlencoded");
        rc = answer_ask(r, *ask);
    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_http_finalize_request(r, rc);
}

}  // namespace

ngx_int_t answer_signaling(ngx_http_request_t* r, std::string_view path)
{
    ngx_int_t rc = admit_page(r, kMethods);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    while (path.starts_with('/')) {
        path.remove_prefix(1);
    }
    if (path.empty() && r->method == NGX_HTTP_PUT) {
        return open(r);
    }
    auto* ask = make<PollAsk>(r->pool);
    if (ask == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!read_ask(r, path, ask)) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_NOT_FOUND,
                           "there is no such request of signalling");
    }
    if (ask->act != PollAct::kDo) {
        rc = discard_body(r);
        return rc != NGX_OK ? rc : answer_ask(r, *ask);
    }
    ngx_http_set_ctx(r, ask, ngx_http_onair_module);
    rc = ngx_http_read_client_request_body(r, on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

}  // namespace onair::ngx
