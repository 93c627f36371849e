#include "ngx_module/signalling/unity_party.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/signalling/hub.h"
#include "ngx_module/zone/zone.h"

namespace onair::ngx {

using signalling::Keep;
using signalling::Mode;
using signalling::Ruling;
using signalling::Say;
using signalling::Seat;
using signalling::Signal;
using signalling::Space;
using signalling::Whom;

UnityParty::UnityParty(const SignallingConf* conf) noexcept : conf_(conf) {}

UnityParty::~UnityParty()
{
    give_up();
}

void UnityParty::enter() noexcept
{
    if (!is_private()) {
        member_.join(view(conf_->room));
    }
}

void UnityParty::give_up() noexcept
{
    member_.leave();
    while (labels_ != nullptr) {
        uint64_t key = labels_->key;
        remove(key);
        leave_pair(key, handle(), breaks_);
    }
}

bool UnityParty::is_private() const
{
    return conf_->is_private != 0;
}

uint64_t UnityParty::key_of(std::string_view id) const
{
    return seats()->key(Space::kPair, view(conf_->room), id);
}

// --- labels ---

UnityParty::Label* UnityParty::find(uint64_t key) const
{
    for (Label* label = labels_; label != nullptr; label = label->next) {
        if (label->key == key) {
            return label;
        }
    }
    return nullptr;
}

UnityParty::Label* UnityParty::find_or_add(uint64_t key, std::string_view id)
{
    Label** at = &labels_;
    for (; *at != nullptr; at = &(*at)->next) {
        if ((*at)->key == key) {
            return *at;
        }
    }
    if (ids_ >= kMostIds) {
        return nullptr;
    }
    auto* label = static_cast<Label*>(
        ngx_alloc(sizeof(Label) + id.size(), ngx_cycle->log));
    if (label == nullptr) {
        return nullptr;
    }
    *label = {nullptr, key, nullptr, id.size(), false};
    copy_bytes(label + 1, id.data(), id.size());
    *at = label;
    ids_++;
    return label;
}

void UnityParty::remove(uint64_t key)
{
    for (Label** at = &labels_; *at != nullptr; at = &(*at)->next) {
        Label* label = *at;
        if (label->key == key) {
            drop_kept(label);
            *at = label->next;
            ngx_free(label);
            ids_--;
            return;
        }
    }
}

void UnityParty::drop_kept(Label* label)
{
    while (label->kept != nullptr) {
        Kept* kept = label->kept;
        label->kept = kept->next;
        kept_ -= kept->size;
        ngx_free(kept);
    }
}

void UnityParty::keep(Label* label, const Mail& mail)
{
    size_t size = signalling::packed_size(mail);
    if (kept_ + size > kMostKept) {
        return;  // it says so much before anybody has come
    }
    auto* kept =
        static_cast<Kept*>(ngx_alloc(sizeof(Kept) + size, ngx_cycle->log));
    if (kept == nullptr) {
        return;
    }
    *kept = {nullptr, size};
    signalling::pack(mail, {kept->bytes(), size});
    Kept** at = &label->kept;
    while (*at != nullptr) {
        at = &(*at)->next;
    }
    *at = kept;
    kept_ += size;
}

void UnityParty::tell_kept(Label* label, Handle whom) noexcept
{
    for (Kept* kept = label->kept; kept != nullptr; kept = kept->next) {
        ConstBytes parcel{kept->bytes(), kept->size};
        Result<Mail> mail = signalling::next_mail(&parcel);
        if (mail.ok()) {
            mail->to = whom;
            mail->replayed = true;
            carry(*mail);
        }
    }
}

void UnityParty::tell_all_kept(Handle whom) noexcept
{
    for (Label* label = labels_; label != nullptr; label = label->next) {
        tell_kept(label, whom);
    }
}

// --- what it says ---

void UnityParty::pass(const Mail& mail, const Ruling& ruling,
                      Label* label) noexcept
{
    if (label != nullptr && ruling.whom == Whom::kOne && is_private()) {
        // One came this moment, and its worker's word of it is under way.
        if (mail.say == Say::kCandidate) {
            tell_kept(label, ruling.one);
        }
        drop_kept(label);
    }
    if (ruling.whom == Whom::kOthers) {
        say_in_public(mail);
    } else if (ruling.whom == Whom::kOne) {
        Mail to_one = mail;
        to_one.to = ruling.one;
        carry(to_one);
    }
    if (label != nullptr && ruling.keep == Keep::kOffer) {
        drop_kept(label);
    }
    if (label != nullptr &&
        (ruling.keep == Keep::kOffer || ruling.keep == Keep::kMore)) {
        keep(label, mail);
    }
}

// Most of what is said changes no seat.
Outcome UnityParty::judge(Say say, uint64_t key, Ruling* ruling) const
{
    Mode mode = is_private() ? Mode::kPrivate : Mode::kPublic;
    if (say == Say::kCandidate || (is_private() && say != Say::kConnect)) {
        Seat seat = seats()->look(key);
        *ruling = signalling::rule(mode, say, handle(), &seat);
        return Done();
    }
    return seats()->change(Space::kPair, key, author(), [&](Seat* seat) {
        *ruling = signalling::rule(mode, say, handle(), seat, conf_->hold);
    });
}

bool UnityParty::say(Signal* signal, Ruling* ruling,
                     std::string_view* why) noexcept
{
    uint64_t key = key_of(signal->id);
    signal->time = now().unix_ms;
    if (signal->say == Say::kDisconnect) {
        leave_pair(key, handle());
        remove(key);
        return true;
    }
    Label* label = find(key);
    if (label == nullptr && ids_ >= kMostIds) {
        *why = "too many connection ids";
        return false;
    }
    Outcome done = judge(signal->say, key, ruling);
    bool of_dead = ruling->taken ? any_died() : died(ruling->one);
    if (done.ok() && of_dead) {
        // The seat is free now, or waits for who comes back.
        done = judge(signal->say, key, ruling);
    }
    if (!done.ok()) {
        *why = done.fault() == Fault::kZoneFull
                   ? "no place for another connection id"
                   : "busy, please say it again";
        return false;
    }
    bool connects = signal->say == Say::kConnect && !ruling->taken;
    if (connects || ruling->in_pair) {
        label = find_or_add(key, signal->id);
    }
    if (label != nullptr && (connects || ruling->in_pair)) {
        label->connected = true;
    }
    signal->polite = ruling->polite;
    Mail mail = signalling::mail_of(*signal, view(conf_->room));
    mail.from = handle();
    mail.key = key;
    if (signal->say != Say::kConnect) {
        mail.stamp = new_stamp();
        pass(mail, *ruling, label);
    }
    return true;
}

void UnityParty::meet(const Signal& signal, const Ruling& ruling) noexcept
{
    if (ruling.whom == Whom::kOne) {
        Mail mail;
        mail.news = News::kArrived;
        mail.to = ruling.one;
        mail.from = handle();
        mail.key = key_of(signal.id);
        carry(mail);
    }
}

// --- what it hears ---

// What was kept may have been told before, where it was said while this party
// came.
bool UnityParty::has_heard(const Mail& mail)
{
    for (uint64_t stamp : recent_) {
        if (mail.replayed && stamp == mail.stamp) {
            return true;
        }
    }
    recent_[recent_at_++ % kRecent] = mail.stamp;
    return false;
}

// In private the pair is no more; in public the id is still ours.
void UnityParty::forget_disconnected(uint64_t key)
{
    Label* label = find(key);
    if (label != nullptr && is_private()) {
        remove(key);
    } else if (label != nullptr) {
        drop_kept(label);
    }
}

void UnityParty::hear(const Mail& mail) noexcept
{
    Label* label = find(mail.key);
    switch (mail.news) {
        case News::kSignal:
            if (has_heard(mail)) {
                return;
            }
            if (mail.say == Say::kAnswer && label != nullptr) {
                drop_kept(label);
            }
            be_told(signalling::signal_of(mail), mail.key);
            return;
        case News::kArrived:
            if (label != nullptr) {
                tell_kept(label, mail.from);
                drop_kept(label);
            }
            return;
        case News::kLeft:
            if (label != nullptr) {
                Signal signal;
                signal.say = Say::kDisconnect;
                signal.time = mail.time;
                // LIFETIME: the label, which goes after it was told.
                signal.id = label->id();
                be_told(signal, mail.key);
                forget_disconnected(mail.key);
            }
            return;
        case News::kAway:
            await_return(mail.key, handle());
            return;
        default:
            return;
    }
}

}  // namespace onair::ngx
