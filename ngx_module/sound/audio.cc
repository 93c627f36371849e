#include "ngx_module/sound/audio.h"

#include <algorithm>

#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/subscriber/log.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using sound::Cursor;

namespace {

constexpr int kSendsPerTurn = 64;
// Sent from the ring at once, and copied at once: a record of TLS.
constexpr size_t kDirect = size_t{64} * 1024;
constexpr size_t kCopied = size_t{15} * 1024;
constexpr ngx_msec_t kLookMs = 5000;

const FramePtr& empty_block()
{
    static FramePtr block;
    if (!block) {
        block = FramePtr(Frame::make(1));
        if (block) {
            block->data()[0] = 0;
        }
    }
    return block;
}

}  // namespace

// --- over HTTP/1.x ---

Audio::Audio(const LocConf* conf, const Hearing& hearing)
    : Stream(conf, slot::Transport::kSound, Encoding::kBody),
      Listener(hearing.relay, hearing.listening, hearing.laps),
      cursor_(hearing.begin),
      icy_(hearing.metaint),
      wrap_(hearing.wrap)
{}

Audio::~Audio()
{
    ngx_connection_t* c = connection();
    if (c != nullptr && reason != Reason::kClientClosed) {
        end_his_way();
    }
    leave_relay();
    retire(Reason::kConnectionLost);
}

// A browser's <audio> takes an orderly end for the end, and comes back after
// another one; other players do the opposite.
void Audio::end_his_way()
{
    if (listening() != sound::Listening::kAudio) {
        return;
    }
    struct linger at_once = {1, 0};
    if (setsockopt(connection()->fd, SOL_SOCKET, SO_LINGER, &at_once,
                   sizeof(at_once)) == -1) {
        ngx_log_error(NGX_LOG_ALERT, connection()->log, ngx_socket_errno,
                      "setsockopt(SO_LINGER) failed");
    }
}

void Audio::write_log(const ngx_str_t& address) noexcept
{
    log_listener(this, relay(), listening(), moved_, address);
}

void Audio::opened(void* self, ngx_connection_t* c, ConstBytes) noexcept
{
    auto* audio = static_cast<Audio*>(static_cast<Stream*>(self));
    audio->attach(c);
    audio->join_relay();
    audio->relay()->look();
    audio->hear();
}

bool Audio::is_direct() const
{
#if (NGX_SSL)
    if (connection()->ssl != nullptr) {
        return false;
    }
#endif
    return wrap_ == Wrap::kNone;
}

size_t Audio::most() const
{
    size_t most = is_direct() ? kDirect : kCopied;
    return icy_.wants_blocks() ? ngx_min(most, icy_.room()) : most;
}

void Audio::hear() noexcept
{
    for (int i = 0; i < kSendsPerTurn; i++) {
        if (busy() || ending() || connection() == nullptr) {
            return;
        }
        // Where a block is due it is about the sound behind it.
        size_t most = ngx_max(this->most(), size_t{1});
        Cursor::Step step = cursor_.next(relay()->reader(), most);
        moved_ += relay()->note_moves(&cursor_);
        bool goes_on = false;
        switch (step.what) {
            case Cursor::What::kNothing:
                return;
            case Cursor::What::kEnd:
                end(Reason::kLeaving);
                return;
            case Cursor::What::kHead:
                goes_on = send_head(step.head);
                break;
            case Cursor::What::kSound:
                goes_on = icy_.wants_blocks() && icy_.room() == 0
                              ? send_block(step.run.cue)
                              : send_sound(step.run);
                break;
        }
        if (!goes_on) {
            return;
        }
    }
}

bool Audio::send_frame(const FramePtr& frame)
{
    return frame && send(frame) == Sent::kAll;
}

bool Audio::send_block(uint32_t cue)
{
    const FramePtr block =
        cue == told_cue_ ? empty_block() : relay()->icy_block(cue);
    if (!block) {
        return false;
    }
    told_cue_ = cue;
    icy_.block_sent();
    return send_frame(block);
}

bool Audio::send_head(uint32_t generation)
{
    FramePtr head = relay()->head(generation, wrap_);
    cursor_.head_sent();
    // Without them there is nothing to be heard: it is gone by now.
    if (!head) {
        end(Reason::kLeaving);
        return false;
    }
    return send_frame(head);
}

bool Audio::send_sound(const sound::RingReader::Run& run)
{
    uint64_t position = cursor_.position();
    if (!is_direct()) {
        FramePtr frame = relay()->wrapped(wrap_, position, run.bytes);
        if (!frame) {
            return false;
        }
        cursor_.sent(run.bytes.size());
        icy_.sent(icy_.wants_blocks() ? static_cast<uint32_t>(run.bytes.size())
                                      : 0);
        return send_frame(frame);
    }
    ngx_connection_t* c = connection();
    ssize_t n =
        c->send(c, const_cast<u_char*>(run.bytes.data()), run.bytes.size());
    if (n == NGX_ERROR) {
        end(Reason::kConnectionLost);
        return false;
    }
    if (n <= 0) {
        blocked_since_ = blocked_since_ == 0 ? ticks() : blocked_since_;
        return false;
    }
    auto sent = static_cast<size_t>(n);
    blocked_since_ = sent < run.bytes.size() ? ticks() : 0;
    bytes += sent;
    cursor_.sent(sent);
    icy_.sent(icy_.wants_blocks() ? static_cast<uint32_t>(sent) : 0);
    relay()->note_sent(position, sent);
    return sent == run.bytes.size();
}

ngx_msec_t Audio::on_heartbeat() noexcept
{
    ngx_msec_t limit =
        conf()->core != nullptr ? conf()->core->send_timeout : 60000;
    if (blocked_since_ != 0 && ticks() - blocked_since_ >= limit) {
        count(slot::Total::kStalled);
        reason = Reason::kStalled;
        end(Reason::kStalled);
        return 0;
    }
    // A worker that leaves may be the last that knows this ring.
    if (worker_leaving() && !relay()->is_live()) {
        end(Reason::kLeaving);
        return 0;
    }
    return kLookMs;
}

// --- over HTTP/2 and HTTP/3 ---

AudioRequest::AudioRequest(const LocConf* conf, ngx_http_request_t* r,
                           const Hearing& hearing) noexcept
    : SseRequest(conf, r, Encoding::kBody, slot::Transport::kSound),
      Listener(hearing.relay, hearing.listening, hearing.laps),
      cursor_(hearing.begin),
      icy_(hearing.metaint)
{}

AudioRequest::~AudioRequest()
{
    leave_relay();
    retire(Reason::kClientClosed);
}

void AudioRequest::begin() noexcept
{
    open();
    join_relay();
    relay()->look();
    hear();
}

const FramePtr& AudioRequest::beat() noexcept
{
    static const FramePtr kNone;
    return kNone;
}

void AudioRequest::write_log(const ngx_str_t& address) noexcept
{
    log_listener(this, relay(), listening(), moved_, address);
    leave_relay();
}

// nginx may call this while it sends: not in the middle of that.
void AudioRequest::on_sent() noexcept {}

void AudioRequest::hear() noexcept
{
    for (int i = 0; i < kSendsPerTurn; i++) {
        if (over() || !send_next()) {
            return;
        }
    }
}

bool AudioRequest::send_next()
{
    if (!idle()) {
        return false;
    }
    size_t most = icy_.wants_blocks() && icy_.room() > 0
                      ? ngx_min(kCopied, icy_.room())
                      : kCopied;
    Cursor::Step step = cursor_.next(relay()->reader(), most);
    moved_ += relay()->note_moves(&cursor_);
    FramePtr frame;
    if (step.what == Cursor::What::kEnd) {
        finish_with({});
        return false;
    }
    if (step.what == Cursor::What::kHead) {
        frame = relay()->head(step.head, Wrap::kNone);
        cursor_.head_sent();
    } else if (step.what == Cursor::What::kSound) {
        if (icy_.wants_blocks() && icy_.room() == 0) {
            frame = step.run.cue == told_cue_
                        ? empty_block()
                        : relay()->icy_block(step.run.cue);
            told_cue_ = step.run.cue;
            icy_.block_sent();
        } else {
            frame = relay()->wrapped(Wrap::kNone, cursor_.position(),
                                     step.run.bytes);
            if (frame) {
                cursor_.sent(step.run.bytes.size());
                icy_.sent(icy_.wants_blocks()
                              ? static_cast<uint32_t>(step.run.bytes.size())
                              : 0);
            }
        }
    }
    return frame && say(frame);
}

}  // namespace onair::ngx
