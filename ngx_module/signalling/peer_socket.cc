#include "ngx_module/signalling/peer_socket.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/signalling/peer_desk.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "signalling/member.h"

namespace onair::ngx {

using signalling::PeerMessage;
using signalling::PeerQuery;
using signalling::PeerRefusal;
using signalling::Seat;
using signalling::Space;

namespace {

constexpr int kTries = 20;

}  // namespace

PeerSocket::PeerSocket(const LocConf* conf) : TalkSocket(conf) {}

PeerSocket::~PeerSocket()
{
    give_up();
}

uint64_t PeerSocket::key_of(std::string_view id) const
{
    return seats()->key(Space::kPeer, view(conf()->signalling->room), id);
}

void PeerSocket::begin(const PeerQuery& query, PeerRefusal refusal)
{
    refusal_ = refusal;
    if (refusal == PeerRefusal::kNone) {
        id_size_ = static_cast<uint8_t>(query.id.size());
        copy_bytes(id_, query.id.data(), id_size_);
        key_ = key_of(query.id);
        // Secret as well: nobody can find another that has the same.
        token_ = seats()->key(Space::kNone, query.id, query.token);
    }
}

PeerRefusal PeerSocket::take_id()
{
    signalling::Entry entry;
    Outcome done = Fault::kBusy;
    for (int i = 0; i < kTries && !done.ok(); i++) {
        done = seats()->change(Space::kPeer, key_, author(), [&](Seat* seat) {
            entry = signalling::enter_peer(seat, handle(), token_, ticks(),
                                           conf()->signalling->hold);
        });
    }
    if (!done.ok()) {
        return PeerRefusal::kTooMany;
    }
    if (entry.taken) {
        return PeerRefusal::kTaken;
    }
    here_ = true;
    if (entry.replaced != signalling::kNobodyThere &&
        entry.replaced != handle()) {
        Mail mail;
        mail.news = News::kReplaced;
        mail.to = entry.replaced;
        carry(mail);
    }
    return PeerRefusal::kNone;
}

void PeerSocket::on_open() noexcept
{
    TalkSocket::on_open();
    if (refusal_ == PeerRefusal::kNone) {
        refusal_ = take_id();
    }
    if (refusal_ != PeerRefusal::kNone) {
        count(slot::Total::kRefusedRequest);
        say(512,
            [this](Writer& out) { signalling::write_refused(out, refusal_); });
        close_with({}, Reason::kProtocolError);
        return;
    }
    say(32, signalling::write_open);
    say_that_it_came(key_);
}

// A clean close frees the id at once; a broken connection's may be taken back.
void PeerSocket::give_up() noexcept
{
    if (!here_) {
        return;
    }
    here_ = false;
    bool clean = reason == Reason::kClientClosed;
    for (int i = 0; i < kTries; i++) {
        Outcome done =
            seats()->change(Space::kPeer, key_, author(), [&](Seat* seat) {
                signalling::leave_peer(seat, handle(), clean, ticks());
            });
        if (done.ok()) {
            return;
        }
    }
}

void PeerSocket::on_fault(std::string_view why) noexcept
{
    say(6 * why.size() + 64,
        [why](Writer& out) { signalling::write_peer_error(out, why); });
}

void PeerSocket::on_text(std::string_view text) noexcept
{
    Reading reading(signalling::message_memory(text.size()));
    Result<PeerMessage> read = signalling::read_peer(text, reading.arena());
    if (!read.ok()) {
        count(slot::Total::kRefusedRequest);
        on_fault(read.fault() == Fault::kBadRequest
                     ? "a message is a JSON object"
                     : describe(read.fault()));
        return;
    }
    if (read->type.empty() || !here_) {
        return;  // a heartbeat, or nothing that is passed on
    }
    size_t most = signalling::most_peer(*read, id());
    Reading written(most);
    std::string_view ready = written.arena().make_text(
        most, [&](Writer& out) { signalling::write_peer(out, *read, id()); });
    bool waits = read->type != "LEAVE" && read->type != "EXPIRE";
    send_to_peer(key_of(read->dst), id(), handle(), read->dst, ready, waits,
                 conf()->signalling->hold);
}

void PeerSocket::hear(const Mail& mail) noexcept
{
    if (mail.news == News::kPeer) {
        say(mail.texts[2]);
    } else if (mail.news == News::kReplaced) {
        // The seat is another's by now.
        here_ = false;
        close_with({}, Reason::kLeaving);
    }
}

}  // namespace onair::ngx
