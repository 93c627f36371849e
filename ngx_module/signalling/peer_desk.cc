#include "ngx_module/signalling/peer_desk.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/signalling/hub.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "signalling/peerjs.h"

namespace onair::ngx {

using signalling::kNobodyThere;
using signalling::Seat;
using signalling::Space;

namespace {

constexpr size_t kMostHeld = size_t{16} * 1024 * 1024;  // of one worker
constexpr size_t kMostHeldOfOne = size_t{256} * 1024;
// The longest hold there is; who is not back then will not come.
constexpr ngx_msec_t kLongestHold = 60000;

// One message; packed mail stands behind it.
struct Held {
    Held* next;
    uint64_t key;
    Handle from;
    Ticks due;
    size_t size;

    uint8_t* bytes()
    {
        // SAFETY: allocated with `size` bytes behind it.
        return reinterpret_cast<uint8_t*>(this + 1);
    }
    Result<Mail> mail()
    {
        ConstBytes parcel{bytes(), size};
        return signalling::next_mail(&parcel);
    }
};

Held* g_first;
Held** g_end = &g_first;
size_t g_bytes;

size_t held_of(Handle from)
{
    size_t bytes = 0;
    for (const Held* one = g_first; one != nullptr; one = one->next) {
        bytes += one->from == from ? one->size : 0;
    }
    return bytes;
}

void take_out(Held** at)
{
    Held* one = *at;
    *at = one->next;
    if (g_end == &one->next) {
        g_end = at;
    }
    g_bytes -= one->size;
    ngx_free(one);
}

bool hold(const Mail& mail, ngx_msec_t time)
{
    size_t size = signalling::packed_size(mail);
    if (g_bytes + size > kMostHeld ||
        held_of(mail.from) + size > kMostHeldOfOne) {
        return false;
    }
    auto* held =
        static_cast<Held*>(ngx_alloc(sizeof(Held) + size, ngx_cycle->log));
    if (held == nullptr) {
        return false;
    }
    *held = {nullptr, mail.key, mail.from, ticks() + time, size};
    signalling::pack(mail, {held->bytes(), size});
    *g_end = held;
    g_end = &held->next;
    g_bytes += size;
    return true;
}

// Back to whoever said it, as from the one that it was for.
void expire(const Mail& mail)
{
    char memory[size_t{12} * signalling::kMaxPeerId + 64];
    Writer text(memory);
    signalling::write_expired(text, mail.texts[1], mail.texts[0]);
    Mail back;
    back.news = News::kPeer;
    back.to = mail.from;
    back.texts[2] = text.view();
    carry(back);
}

}  // namespace

void send_to_peer(uint64_t dst_key, std::string_view src, Handle from,
                  std::string_view dst, std::string_view text, bool waits,
                  ngx_msec_t time)
{
    Mail mail;
    mail.news = News::kPeer;
    mail.key = dst_key;
    mail.from = from;
    mail.time = waits ? static_cast<int64_t>(time) : 0;
    mail.texts[0] = src;
    mail.texts[1] = dst;
    mail.texts[2] = text;
    mail.to = seats()->look(dst_key).first;
    if (died(mail.to)) {
        mail.to = seats()->look(dst_key).first;
    }
    if (mail.to != kNobodyThere) {
        carry(mail);
    } else if (waits && !hold(mail, time)) {
        expire(mail);
    }
}

// It went while this was on its way; another of the same id may be there.
void pass_on(const Mail& mail)
{
    if (mail.key == 0) {
        return;  // an EXPIRE
    }
    Mail again = mail;
    again.to = seats()->look(mail.key).first;
    if (again.to != kNobodyThere && again.to != mail.to) {
        carry(again);
    } else if (mail.time > 0 &&
               !hold(again, static_cast<ngx_msec_t>(mail.time))) {
        expire(again);
    }
}

void tell_held(uint64_t key)
{
    Handle to = seats()->look(key).first;
    for (Held** at = &g_first; *at != nullptr && to != kNobodyThere;) {
        Held* one = *at;
        if (one->key != key) {
            at = &one->next;
            continue;
        }
        Result<Mail> mail = one->mail();
        if (mail.ok()) {
            mail->to = to;
            carry(*mail);
        }
        take_out(at);
    }
}

void say_that_it_came(uint64_t key)
{
    Mail mail;
    mail.news = News::kPeerCame;
    mail.key = key;
    each_place([&mail](size_t place) {
        if (place == worker_index()) {
            tell_held(mail.key);
        } else {
            post(place, mail);
        }
    });
}

// One EXPIRE for all that one said to another.
void expire_held()
{
    while (g_first != nullptr && g_first->due <= ticks()) {
        uint64_t key = g_first->key;
        Handle from = g_first->from;
        Result<Mail> mail = g_first->mail();
        if (mail.ok()) {
            expire(*mail);
        }
        for (Held** at = &g_first; *at != nullptr;) {
            if ((*at)->key == key && (*at)->from == from) {
                take_out(at);
            } else {
                at = &(*at)->next;
            }
        }
    }
}

bool any_held()
{
    return g_first != nullptr;
}

void sweep_peers()
{
    Ticks at = ticks();
    seats()->sweep(author(), [at](Space space, const Seat& seat) {
        return space == Space::kPeer &&
               signalling::peer_is_over(seat, at, kLongestHold);
    });
}

}  // namespace onair::ngx
