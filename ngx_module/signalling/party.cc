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
    Leaving* next;
};

Leaving* g_leaving;

// False: the seat is busy.
bool try_to_leave(uint64_t key, Handle who)
{
    signalling::Ruling ruling;
    Outcome done =
        seats()->change(Space::kPair, key, author(), [&](Seat* seat) {
            ruling = signalling::rule(signalling::Mode::kPublic,
                                      signalling::Say::kDisconnect, who, seat);
        });
    if (done.ok() && ruling.whom == signalling::Whom::kOne) {
        Mail mail;
        mail.news = News::kLeft;
        mail.to = ruling.one;
        mail.from = who;
        mail.key = key;
        mail.time = now().unix_ms;
        carry(mail);
    }
    return done.ok();
}

}  // namespace

void leave_pair(uint64_t key, Handle who)
{
    if (try_to_leave(key, who)) {
        return;
    }
    auto* leaving =
        static_cast<Leaving*>(ngx_alloc(sizeof(Leaving), ngx_cycle->log));
    if (leaving != nullptr) {
        *leaving = {key, who, g_leaving};
        g_leaving = leaving;
    }
}

void leave_pairs_again()
{
    Leaving* all = g_leaving;
    g_leaving = nullptr;
    while (all != nullptr) {
        Leaving* one = all;
        all = one->next;
        leave_pair(one->key, one->who);
        ngx_free(one);
    }
}

}  // namespace onair::ngx
