#include "ngx_module/subscriber/subscriber_ws.h"

#include <new>

#include "encoder/frame.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/worker.h"
#include "subscriber/heartbeat.h"

namespace onair::ngx {

using subscriber::Action;
using subscriber::Event;

struct WebSocket::Input {
    explicit Input(const subscriber::Limits& limits) : parser(limits) {}
    ~Input()
    {
        ngx_free(message);
        ngx_free(rest);
    }

    subscriber::Parser parser;
    Utf8 utf8;  // of a deflated text
    uint8_t* message = nullptr;
    size_t size = 0;
    size_t room = 0;
    bool binary = false;
    bool deflated = false;
    bool open = false;  // a message has begun
    // Bytes that wait until what is under way to the client has gone.
    uint8_t* rest = nullptr;
    size_t rest_size = 0;
    encoder::Inflater inflater;
    bool inflater_started = false;
};

namespace {

FramePtr control(encoder::Opcode opcode, ConstBytes payload)
{
    uint8_t bytes[encoder::kMaxControl];
    size_t size = encoder::control_frame(opcode, payload, bytes);
    FramePtr frame(Frame::make(size));
    if (frame) {
        ngx_memcpy(frame->data(), bytes, size);
    }
    return frame;
}

}  // namespace

const FramePtr& WebSocket::beat() noexcept
{
    static FramePtr frame = control(encoder::Opcode::kPing, {});
    return frame;
}

subscriber::Closing WebSocket::closing_of(subscriber::Parting parting) noexcept
{
    return subscriber::closing_for(parting);
}

subscriber::Closing WebSocket::closing_of(Fault fault) noexcept
{
    return subscriber::closing_for(fault);
}

FramePtr WebSocket::last(const subscriber::Closing& closing) noexcept
{
    (void)closing;
    return {};
}

WebSocket::WebSocket(const LocConf* conf, const subscriber::Deflate& deflate)
    : Stream(conf, slot::Transport::kWebSocket,
             deflate.on ? Encoding::kDeflated : Encoding::kText),
      deflate_(deflate)
{}

WebSocket::~WebSocket()
{
    if (input_ != nullptr) {
        input_->~Input();
        ngx_free(input_);
    }
}

void WebSocket::opened(void* self, ngx_connection_t* c,
                       ConstBytes early) noexcept
{
    static_cast<WebSocket*>(static_cast<Stream*>(self))->open(c, early);
}

void WebSocket::open(ngx_connection_t* c, ConstBytes early) noexcept
{
    attach(c);
    pinged_at_ = heard_at;
    on_open();
    if (!early.empty() && !ending()) {
        // The parser unmasks in place.
        Bytes bytes{const_cast<uint8_t*>(early.data()), early.size()};
        on_bytes(bytes);
    }
    if (leave_when_open) {
        leave();
    }
}

WebSocket::Input* WebSocket::input()
{
    if (input_ == nullptr) {
        void* at = ngx_alloc(sizeof(Input), ngx_cycle->log);
        if (at == nullptr) {
            return nullptr;
        }
        subscriber::Limits limits;
        limits.max_message = largest();
        limits.compressed = deflate_.on;
        // SAFETY: fresh memory; destroyed with us or when idle.
        input_ = new (at) Input(limits);
    }
    return input_;
}

void WebSocket::drop_input_if_idle()
{
    bool keeps_context = deflate_.on && !deflate_.client_no_context_takeover;
    if (input_ != nullptr && input_->parser.idle() && !input_->open &&
        input_->rest == nullptr && !keeps_context) {
        input_->~Input();
        ngx_free(input_);
        input_ = nullptr;
    }
}

void WebSocket::on_bytes(Bytes bytes) noexcept
{
    if (ending()) {
        return;
    }
    take(bytes);
    drop_input_if_idle();
}

void WebSocket::take(Bytes bytes) noexcept
{
    if (input() == nullptr) {
        fail(Fault::kNoMemory);
        return;
    }
    while (!ending()) {
        if (busy() && reading_paused) {
            keep_rest(bytes);
            return;
        }
        Action action = input_->parser.next(bytes);
        if (action.event == Event::kNone || !act(action)) {
            return;
        }
    }
}

bool WebSocket::keep_rest(Bytes bytes) noexcept
{
    if (bytes.empty()) {
        return true;
    }
    auto* at = static_cast<uint8_t*>(ngx_alloc(bytes.size(), ngx_cycle->log));
    if (at == nullptr) {
        fail(Fault::kNoMemory);
        return false;
    }
    copy_bytes(at, bytes.data(), bytes.size());
    input_->rest = at;
    input_->rest_size = bytes.size();
    return true;
}

void WebSocket::on_sent() noexcept
{
    if (!reading_paused) {
        return;
    }
    reading_paused = false;
    if (input_ != nullptr && input_->rest != nullptr) {
        uint8_t* rest = input_->rest;
        size_t size = input_->rest_size;
        input_->rest = nullptr;
        input_->rest_size = 0;
        on_bytes({rest, size});
        ngx_free(rest);
    }
    if (!reading_paused) {
        resume_reading();
    }
}

// Returns whether to go on with the next action.
bool WebSocket::act(const Action& action) noexcept
{
    switch (action.event) {
        case Event::kNone:
            return false;
        case Event::kData:
            return take_data(action);
        case Event::kPing:
            if (!within_rate()) {
                return false;
            }
            reply(control(encoder::Opcode::kPong, action.payload));
            return true;
        case Event::kPong:
            return true;
        case Event::kClose:
            said_goodbye_ = true;
            if (reason == Reason::kNone) {
                reason = Reason::kClientClosed;
            }
            send_close(subscriber::closing_for(action.code));
            return false;
        case Event::kFault:
            fail(action.fault);
            return false;
    }
    return false;
}

bool WebSocket::take_data(const Action& action) noexcept
{
    if (action.message_start) {
        if (!within_rate()) {
            return false;
        }
        input_->size = 0;
        input_->binary = action.binary;
        input_->deflated = action.deflated;
        input_->open = true;
        input_->utf8.reset();
    }
    bool taken = input_->deflated ? inflate(action.payload, action.message_end)
                                  : append(action.payload);
    return taken && (!action.message_end || finish_message());
}

bool WebSocket::grow(size_t size) noexcept
{
    if (size <= input_->room) {
        return true;
    }
    size_t room = ngx_max(input_->room * 2, size_t{256});
    while (room < size) {
        room *= 2;
    }
    auto* at = static_cast<uint8_t*>(ngx_alloc(room, ngx_cycle->log));
    if (at == nullptr) {
        fail(Fault::kNoMemory);
        return false;
    }
    copy_bytes(at, input_->message, input_->size);
    ngx_free(input_->message);
    input_->message = at;
    input_->room = room;
    return true;
}

bool WebSocket::append(Bytes bytes) noexcept
{
    if (bytes.size() > largest() - input_->size) {
        fail(Fault::kMessageTooBig);
        return false;
    }
    if (!grow(input_->size + bytes.size())) {
        return false;
    }
    copy_bytes(input_->message + input_->size, bytes.data(), bytes.size());
    input_->size += bytes.size();
    return true;
}

bool WebSocket::inflate(Bytes bytes, bool end) noexcept
{
    if (!input_->inflater_started) {
        if (!input_->inflater.start(deflate_.client_bits).ok()) {
            fail(Fault::kNoMemory);
            return false;
        }
        input_->inflater_started = true;
    }
    ConstBytes in = bytes;
    for (;;) {
        uint8_t piece[4096];
        Result<encoder::Inflater::Step> step =
            input_->inflater.take(&in, end, piece);
        if (!step.ok()) {
            fail(step.fault());
            return false;
        }
        Bytes out{piece, step->written};
        if (!input_->binary && !input_->utf8.take(out)) {
            fail(Fault::kBadUtf8);
            return false;
        }
        if (!append(out)) {
            return false;
        }
        if (!step->more && in.empty()) {
            break;
        }
    }
    if (end && !input_->binary && !input_->utf8.complete()) {
        fail(Fault::kBadUtf8);
        return false;
    }
    if (end && deflate_.client_no_context_takeover) {
        input_->inflater.reset();
    }
    return true;
}

bool WebSocket::finish_message() noexcept
{
    input_->open = false;
    on_message({input_->message, input_->size}, input_->binary);
    if (input_ != nullptr && input_->room > kReadAtOnce) {
        ngx_free(input_->message);
        input_->message = nullptr;
        input_->room = 0;
    }
    return !ending();
}

subscriber::RateRule WebSocket::rate_rule() const noexcept
{
    return {static_cast<uint32_t>(conf()->message_rate),
            static_cast<uint32_t>(conf()->message_burst)};
}

bool WebSocket::within_rate() noexcept
{
    if (rate_.take(rate_rule(), ticks())) {
        return true;
    }
    count(slot::Total::kRefusedRate);
    reason = Reason::kTooManyMessages;
    send_close(closing_of(subscriber::Parting::kRate));
    return false;
}

void WebSocket::reply(const FramePtr& frame) noexcept
{
    if (!frame) {
        fail(Fault::kNoMemory);
        return;
    }
    if (busy()) {
        // A change is on its way: the answer follows it.
        send_control(frame, false);
    } else {
        send(frame);
    }
    reading_paused = busy();
}

void WebSocket::fail(Fault fault) noexcept
{
    count(slot::Total::kProtocolErrors);
    if (reason == Reason::kNone) {
        reason = Reason::kProtocolError;
    }
    ngx_log_error(NGX_LOG_INFO, connection()->log, 0,
                  "onair: WebSocket client failed: %s", sentence(fault));
    send_close(closing_of(fault));
}

FramePtr WebSocket::close_frame_of(const subscriber::Closing& closing) noexcept
{
    uint8_t bytes[encoder::kMaxControl];
    size_t size = encoder::close_frame(closing.code, closing.reason, bytes);
    FramePtr before = last(closing);
    size_t words = before ? before->size() : 0;
    FramePtr frame(Frame::make(words + size));
    if (frame) {
        copy_bytes(frame->data(), words > 0 ? before->data() : nullptr, words);
        ngx_memcpy(frame->data() + words, bytes, size);
    }
    return frame;
}

void WebSocket::send_close(const subscriber::Closing& closing) noexcept
{
    FramePtr frame = close_frame_of(closing);
    if (!frame) {
        end(Reason::kConnectionLost);
        return;
    }
    send_control(frame, true);
}

// A page that is told comes back at once. What does not fit is lost, and in the
// middle of a frame it would be a part of that.
void WebSocket::on_cut() noexcept
{
    FramePtr frame =
        busy() ? FramePtr()
               : close_frame_of(closing_of(subscriber::Parting::kLeaving));
    if (frame) {
        connection()->send(connection(), frame->data(), frame->size());
    }
}

void WebSocket::leave() noexcept
{
    unlist();
    if (!attached()) {
        leave_when_open = true;
        return;
    }
    if (ending()) {
        // It has been told; it will not wait longer than kLingerMs.
        return;
    }
    reason = Reason::kLeaving;
    count(slot::Total::kGoodbyes);
    send_close(closing_of(subscriber::Parting::kLeaving));
}

ngx_msec_t WebSocket::on_heartbeat() noexcept
{
    subscriber::HeartbeatRule rule;
    rule.interval_ms = static_cast<uint32_t>(conf()->heartbeat);
    rule.timeout_ms = static_cast<uint32_t>(conf()->heartbeat_timeout);
    subscriber::Heartbeat next =
        subscriber::heartbeat(rule, ticks(), heard_at, pinged_at_);
    switch (next.beat) {
        case subscriber::Beat::kNothing:
            break;
        case subscriber::Beat::kSend:
            pinged_at_ = ticks();
            count(slot::Total::kHeartbeats);
            send_control(beat(), false);
            break;
        case subscriber::Beat::kDead:
            count(slot::Total::kTimeouts);
            reason = Reason::kTimedOut;
            send_close(closing_of(subscriber::Parting::kSilent));
            return 0;
    }
    return static_cast<ngx_msec_t>(next.due - ticks());
}

// --- the opening handshake ---

ngx_int_t upgrade(ngx_http_request_t* r, const subscriber::Request& request,
                  const subscriber::Ask& ask, WebSocket* made)
{
    static constexpr DetachCalls kCalls = {WebSocket::opened, Stream::readable,
                                           Stream::writable, Stream::given_back,
                                           Stream::lost};
    auto* stream = static_cast<Stream*>(made);
    char accept[subscriber::kAcceptSize];
    subscriber::accept_key(request.key, accept);
    char extensions[128];
    std::string_view agreed =
        subscriber::write_extensions(ask.deflate, extensions);

    // Not the status of an error that led here (error_page), nor the type of an
    // answer that did (X-Accel-Redirect).
    r->err_status = 0;
    set_type(r, {});
    r->headers_out.status = NGX_HTTP_SWITCHING_PROTOCOLS;
    r->headers_out.status_line = str("101 Switching Protocols");
    bool good =
        add_header(r, "Upgrade", "websocket") &&
        add_header(r, "Sec-WebSocket-Accept", {accept, sizeof(accept)}) &&
        (agreed.empty() || add_header(r, "Sec-WebSocket-Extensions", agreed)) &&
        (ask.protocol.empty() ||
         add_header(r, "Sec-WebSocket-Protocol", ask.protocol));
    if (!good) {
        Stream::lost(stream, false);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    made->set_client(r);
    r->keepalive = 0;
    if (send_head_with(r, {}, made->first) == NGX_ERROR) {
        Stream::lost(stream, false);
        return NGX_ERROR;
    }
    return detach(r, Body::kEndsFirst, &kCalls, stream);
}

}  // namespace onair::ngx
