#include "ngx_module/signalling/party.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/signalling/hub.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"

namespace onair::ngx {

using signalling::kNobodyThere;
using signalling::Seat;
using signalling::Space;

namespace {

constexpr size_t kBuckets = 8192;

Party* g_parties[kBuckets];
bool g_any_gives_up;
Handle g_own;
uint64_t g_stamp;

Party** bucket(Handle handle)
{
    return &g_parties[handle % kBuckets];
}

}  // namespace

Party::Party() noexcept
{
    do {
        handle_ = signalling::handle_of(worker_index(),
                                        seats()->new_number(worker_index()));
    } while (find_party(handle_) != nullptr);
    place_ = bucket(handle_);
    next_ = *place_;
    if (next_ != nullptr) {
        next_->place_ = &next_;
    }
    *place_ = this;
}

Party::~Party()
{
    *place_ = next_;
    if (next_ != nullptr) {
        next_->place_ = place_;
    }
}

bool can_have_parties()
{
    return seats() != nullptr && worker_index() < kPosts;
}

Party* find_party(Handle handle)
{
    for (Party* one = *bucket(handle); one != nullptr; one = one->next_) {
        if (one->handle_ == handle) {
            return one;
        }
    }
    return nullptr;
}

void Party::give_up_soon() noexcept
{
    gives_up_ = true;
    g_any_gives_up = true;
}

void give_up_all(bool only_asked)
{
    if (only_asked && !g_any_gives_up) {
        return;
    }
    g_any_gives_up = false;
    for (Party* first : g_parties) {
        for (Party* one = first; one != nullptr; one = one->next_) {
            if (one->gives_up_ || !only_asked) {
                one->gives_up_ = false;
                one->give_up();
            }
        }
    }
}

Handle own_handle()
{
    if (g_own == kNobodyThere ||
        signalling::place_of(g_own) != worker_index()) {
        g_own = signalling::handle_of(worker_index(),
                                      seats()->new_number(worker_index()));
    }
    return g_own;
}

// No two of the server's, and none that a dead worker of this place gave.
uint64_t new_stamp()
{
    if (g_stamp == 0) {
        g_stamp = uint64_t{worker_index()} << 56 |
                  (static_cast<uint64_t>(now().unix_ms) & 0xffffffffff) << 16;
    }
    return ++g_stamp;
}

void carry(const Mail& mail)
{
    if (mail.to == kNobodyThere) {
        return;
    }
    size_t place = signalling::place_of(mail.to);
    if (place == worker_index()) {
        hear_mail(mail);
    } else {
        post(place, mail);
    }
}

// --- leaving ---

namespace {

struct Leaving {
    uint64_t key;
    Handle who;
    bool broken;
    Leaving* next;
};

Leaving* g_leaving;
Leaving* g_waiting;  // who is left of pairs that wait

void tell_of_leaving(News news, Handle whom, Handle who, uint64_t key)
{
    Mail mail;
    mail.news = news;
    mail.to = whom;
    mail.from = who;
    mail.key = key;
    mail.time = now().unix_ms;
    carry(mail);
}

// False: the seat is busy.
bool try_to_leave(uint64_t key, Handle who, bool broken)
{
    signalling::Ruling ruling;
    Outcome done =
        seats()->change(Space::kPair, key, author(), [&](Seat* seat) {
            ruling = broken ? signalling::leave_broken(who, seat, ticks())
                            : signalling::rule(signalling::Mode::kPublic,
                                               signalling::Say::kDisconnect,
                                               who, seat);
        });
    if (done.ok() && ruling.whom == signalling::Whom::kOne) {
        tell_of_leaving(ruling.held ? News::kAway : News::kLeft, ruling.one,
                        who, key);
    }
    return done.ok();
}

void add(Leaving** list, uint64_t key, Handle who, bool broken)
{
    auto* one =
        static_cast<Leaving*>(ngx_alloc(sizeof(Leaving), ngx_cycle->log));
    if (one != nullptr) {
        *one = {key, who, broken, *list};
        *list = one;
    }
}

// Whether there is nothing more to wait for.
bool wait_is_over(const Leaving& one)
{
    Seat seat = seats()->look(one.key);
    if (!signalling::pair_waits(seat) ||
        (seat.first != one.who && seat.second != one.who)) {
        return true;
    }
    if (!signalling::pair_is_over(seat, ticks())) {
        return false;
    }
    bool over = false;
    Outcome done =
        seats()->change(Space::kPair, one.key, author(), [&](Seat* there) {
            over = signalling::pair_is_over(*there, ticks());
            *there = over ? Seat() : *there;
        });
    if (done.ok() && over) {
        tell_of_leaving(News::kLeft, one.who, kNobodyThere, one.key);
    }
    return done.ok();
}

}  // namespace

void leave_pair(uint64_t key, Handle who, bool broken)
{
    if (!try_to_leave(key, who, broken)) {
        add(&g_leaving, key, who, broken);
    }
}

void await_return(uint64_t key, Handle who)
{
    for (Leaving* one = g_waiting; one != nullptr; one = one->next) {
        if (one->key == key && one->who == who) {
            return;
        }
    }
    add(&g_waiting, key, who, true);
}

void end_waits()
{
    Leaving* all = g_waiting;
    g_waiting = nullptr;
    while (all != nullptr) {
        Leaving* one = all;
        all = one->next;
        if (wait_is_over(*one)) {
            ngx_free(one);
        } else {
            one->next = g_waiting;
            g_waiting = one;
        }
    }
}

void leave_pairs_again()
{
    Leaving* all = g_leaving;
    g_leaving = nullptr;
    while (all != nullptr) {
        Leaving* one = all;
        all = one->next;
        leave_pair(one->key, one->who, one->broken);
        ngx_free(one);
    }
}

}  // namespace onair::ngx
