#include "ngx_module/sound/page.h"

#include "ngx_module/sound/audio.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

constexpr int kSendsPerTurn = 64;

// A worker that leaves may be the last that knows this ring.
bool is_left_alone(const Relay* relay)
{
    return worker_leaving() && !relay->is_live();
}

void write_end(const Subscriber* subscriber, const Listener* listener,
               const Recital& recital, const ngx_str_t& address)
{
    log_listener(subscriber, listener->relay(), listener->listening(),
                 recital.moved(), address);
}

}  // namespace

// --- WebSocket ---

SoundSocket::SoundSocket(const LocConf* conf, const Hearing& hearing)
    : WebSocket(conf, {}),
      Listener(hearing.relay, hearing.listening, hearing.laps),
      recital_(hearing)
{}

SoundSocket::~SoundSocket()
{
    retire(Reason::kConnectionLost);
}

void SoundSocket::write_log(const ngx_str_t& address) noexcept
{
    write_end(this, this, recital_, address);
}

void SoundSocket::on_open() noexcept
{
    join_relay();
    relay()->look();
    hear();
}

void SoundSocket::on_sent() noexcept
{
    WebSocket::on_sent();
    hear();
}

void SoundSocket::hear() noexcept
{
    for (int i = 0; i < kSendsPerTurn; i++) {
        if (busy() || ending() || connection() == nullptr) {
            return;
        }
        Recital::Next next = recital_.next(relay());
        if (next.end || (!next.frame && is_left_alone(relay()))) {
            reason = Reason::kLeaving;
            send_close(closing_of(subscriber::Parting::kLeaving));
            return;
        }
        if (!next.frame) {
            return;
        }
        count_message();
        if (send(next.frame) != Sent::kAll) {
            return;
        }
    }
}

// --- server-sent events ---

template <typename Base>
void SoundEvents<Base>::write_log(const ngx_str_t& address) noexcept
{
    write_end(this, this, recital_, address);
}

// The head has left, or what was under way.
template <typename Base>
void SoundEvents<Base>::on_sent() noexcept
{
    join_relay();
    relay()->look();
    hear();
}

template <typename Base>
void SoundEvents<Base>::hear() noexcept
{
    for (int i = 0; i < kSendsPerTurn; i++) {
        if (!this->idle()) {
            return;
        }
        Recital::Next next = recital_.next(relay());
        if (next.end || (!next.frame && is_left_alone(relay()))) {
            this->reason = Reason::kLeaving;
            this->finish_with(this->goodbye());
            return;
        }
        if (!next.frame) {
            return;
        }
        this->count_message();
        if (!this->say(next.frame)) {
            return;
        }
    }
}

template class SoundEvents<SseStream>;
template class SoundEvents<SseRequest>;

}  // namespace onair::ngx
