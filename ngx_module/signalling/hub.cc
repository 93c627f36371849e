#include "ngx_module/signalling/hub.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/signalling/party.h"
#include "ngx_module/signalling/peer_desk.h"
#include "ngx_module/signalling/public_room.h"
#include "ngx_module/signalling/session.h"
#include "ngx_module/signalling/topics.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"

namespace onair::ngx {

using signalling::Seat;
using signalling::Space;

namespace {

constexpr ngx_msec_t kTickMs = 200;
constexpr ngx_msec_t kSweepMs = 30000;

// The seats of one who died, under their claim: the others are told after it.
struct Lost {
    News news;
    uint64_t key;
    Handle other;
    Lost* next;
};

class Hub {
  public:
    Hub() : tick_(on_tick, this), swept_at_(ticks()) { tick_.start(kTickMs); }

    void claim_place()
    {
        size_t place = worker_index();
        if (place >= kPosts || placed_) {
            return;
        }
        placed_ = true;
        // Left by one before us at this place; the busy are done with a tick.
        bound_ = seats()->numbers(place);
        cleared_ = forget(place, bound_);
        seats()->holder(place).store(static_cast<uint64_t>(ngx_pid));
    }
    void give_place_back()
    {
        if (placed_) {
            seats()->holder(worker_index()).store(0);
        }
    }

    bool notice_the_dead()
    {
        bool any = false;
        for (size_t place = 0; place < kPosts; place++) {
            auto& holder = seats()->holder(place);
            uint64_t pid = holder.load();
            uint32_t bound = seats()->numbers(place);
            if (pid == 0 || pid == static_cast<uint64_t>(ngx_pid) ||
                !is_gone(static_cast<uint32_t>(pid)) || holder.load() != pid) {
                continue;
            }
            any = true;
            if (forget(place, bound)) {
                holder.compare_exchange_strong(pid, 0);
            }
        }
        return any;
    }

    bool died(signalling::Handle connection)
    {
        uint64_t pid = seats()->holder(signalling::place_of(connection)).load();
        return pid != 0 && pid != static_cast<uint64_t>(ngx_pid) &&
               is_gone(static_cast<uint32_t>(pid)) && notice_the_dead();
    }

    void keep_worker() { tick_.start(kTickMs, true); }

  private:
    static void on_tick(void* self) noexcept
    {
        auto* hub = static_cast<Hub*>(self);
        hub->claim_place();
        hub->cleared_ =
            hub->cleared_ || hub->forget(worker_index(), hub->bound_);
        hub->notice_the_dead();
        give_up_all(true);
        leave_pairs_again();
        end_waits();
        count_topics_again();
        expire_held();
        bool stays = expire_sessions() || any_held();
        if (ticks() - hub->swept_at_ >= kSweepMs) {
            hub->swept_at_ = ticks();
            sweep_peers();
        }
        hub->tick_.start(kTickMs, stays);
    }

    // Whoever had connections at this place with numbers before `bound` is
    // gone. False: some seats were busy.
    bool forget(size_t place, uint32_t bound)
    {
        Lost* lost = nullptr;
        Ticks at = ticks();
        bool all = seats()->forget(
            place, bound, author(),
            [&lost, at](Space space, uint64_t key, Seat* seat, Handle who) {
                signalling::Ruling left = take_out(space, seat, who, at);
                if (left.one == signalling::kNobodyThere) {
                    return;
                }
                auto* one =
                    static_cast<Lost*>(ngx_alloc(sizeof(Lost), ngx_cycle->log));
                if (one != nullptr) {
                    *one = {left.held ? News::kAway : News::kLeft, key,
                            left.one, lost};
                    lost = one;
                }
            });
        while (lost != nullptr) {
            Lost* one = lost;
            lost = one->next;
            Mail mail;
            mail.news = one->news;
            mail.to = one->other;
            mail.key = one->key;
            mail.time = now().unix_ms;
            carry(mail);
            ngx_free(one);
        }
        return all;
    }

    static signalling::Ruling take_out(Space space, Seat* seat, Handle who,
                                       Ticks at)
    {
        if (space == Space::kPair) {
            return signalling::leave_broken(who, seat, at);
        }
        if (space == Space::kPeer) {
            signalling::leave_peer(seat, who, false, at);
        } else {
            *seat = Seat();
        }
        return {};
    }

    LoopEvent tick_;
    Ticks swept_at_;
    uint32_t bound_ = 0;
    bool cleared_ = true;
    bool placed_ = false;
};

PerWorker<Hub> g_hub;

}  // namespace

void start_signalling()
{
    if (seats() != nullptr) {
        start_posts();
        g_hub.start();
        g_hub->claim_place();
    }
}

void stop_signalling()
{
    if (!g_hub) {
        return;
    }
    give_up_all(false);
    forget_topics();
    stop_posts();
    g_hub->give_place_back();
    g_hub.stop();
}

void keep_worker_for_signalling()
{
    if (g_hub) {
        g_hub->keep_worker();
    }
}

bool died(signalling::Handle connection)
{
    return g_hub && connection != signalling::kNobodyThere &&
           g_hub->died(connection);
}

bool any_died()
{
    return g_hub && g_hub->notice_the_dead();
}

void look_at_signalling()
{
    if (g_hub) {
        read_posts(hear_mail);
    }
}

void hear_mail(const Mail& mail)
{
    switch (mail.news) {
        case News::kCame:
            tell_newcomer(mail);
            return;
        case News::kTopic:
            hear_topic(mail);
            return;
        case News::kPeerCame:
            tell_held(mail.key);
            return;
        case News::kAsk:
            answer_passed(mail);
            return;
        default:
            break;
    }
    if (mail.to == signalling::kNobodyThere) {
        tell_public_room(mail);
        return;
    }
    Party* party = find_party(mail.to);
    if (party != nullptr) {
        party->hear(mail);
    } else if (mail.news == News::kPeer) {
        pass_on(mail);
    }
}

}  // namespace onair::ngx
