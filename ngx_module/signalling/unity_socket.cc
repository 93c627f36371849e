#include "ngx_module/signalling/unity_socket.h"

#include "ngx_module/zone/worker.h"
#include "signalling/member.h"

namespace onair::ngx {

using signalling::Ruling;
using signalling::Say;
using signalling::Signal;

UnitySocket::UnitySocket(const LocConf* conf)
    : TalkSocket(conf), UnityParty(conf->signalling)
{
    breaks_ = true;
}

UnitySocket::~UnitySocket()
{
    breaks_ = reason != Reason::kClientClosed || !said_goodbye();
    UnityParty::give_up();
}

void UnitySocket::on_open() noexcept
{
    TalkSocket::on_open();
    enter();
}

void UnitySocket::on_fault(std::string_view why) noexcept
{
    TalkSocket::say(6 * why.size() + 64,
                    [why](Writer& out) { signalling::write_error(out, why); });
}

void UnitySocket::answer(const Signal& signal, const Ruling& ruling) noexcept
{
    size_t most = signal.id.size() + 128;
    if (signal.say == Say::kDisconnect) {
        TalkSocket::say(most, [&signal](Writer& out) {
            signalling::write_disconnected(out, signal.id);
        });
    } else if (signal.say == Say::kConnect) {
        TalkSocket::say(most, [&](Writer& out) {
            if (ruling.taken) {
                signalling::write_taken(out, signal.id);
            } else {
                signalling::write_connected(out, signal.id, ruling.polite);
            }
        });
    }
}

void UnitySocket::on_text(std::string_view text) noexcept
{
    Reading reading(signalling::message_memory(text.size()));
    std::string_view why;
    Result<Signal> signal =
        signalling::read_signal(text, reading.arena(), &why);
    if (!signal.ok()) {
        count(slot::Total::kRefusedRequest);
        on_fault(why);
        return;
    }
    if (signal->say == Say::kNothing) {
        return;
    }
    Ruling ruling;
    if (UnityParty::say(&*signal, &ruling, &why)) {
        answer(*signal, ruling);
        if (signal->say == Say::kConnect) {
            meet(*signal, ruling);
        }
    } else {
        count(slot::Total::kRefusedRequest);
        on_fault(why);
    }
}

void UnitySocket::be_told(const Signal& signal, uint64_t key) noexcept
{
    (void)key;
    if (signal.say == Say::kDisconnect) {
        answer(signal, Ruling());
        return;
    }
    TalkSocket::say(signalling::most_signal(signal), [&signal](Writer& out) {
        signalling::write_signal(out, signal);
    });
}

}  // namespace onair::ngx
