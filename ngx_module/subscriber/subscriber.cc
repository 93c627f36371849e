#include "ngx_module/subscriber/subscriber.h"

#include <initializer_list>
#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/fanout/fanout.h"
#include "ngx_module/subscriber/log.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

Subscriber* g_all;   // those not told goodbye
Subscriber* g_told;  // those who have been
size_t g_listed;

void listen_to(const Topic* topic, int change)
{
    count_audience(topic->key().zone, topic->slot(), change);
}

void listen_to(const AllStations* all, int change)
{
    count_audience_of_all(all->key().zone, change);
}

void put_first(Subscriber** list, Subscriber* subscriber)
{
    subscriber->prev_of_all = nullptr;
    subscriber->next_of_all = *list;
    if (*list != nullptr) {
        (*list)->prev_of_all = subscriber;
    }
    *list = subscriber;
}

void take_out(Subscriber** list, Subscriber* subscriber)
{
    Subscriber* next = subscriber->next_of_all;
    Subscriber* prev = subscriber->prev_of_all;
    (prev != nullptr ? prev->next_of_all : *list) = next;
    if (next != nullptr) {
        next->prev_of_all = prev;
    }
}

}  // namespace

const char* word(Reason reason)
{
    switch (reason) {
        case Reason::kNone:
            return "none";
        case Reason::kClientClosed:
            return "client_closed";
        case Reason::kConnectionLost:
            return "connection_lost";
        case Reason::kTimedOut:
            return "timed_out";
        case Reason::kStalled:
            return "stalled";
        case Reason::kProtocolError:
            return "protocol_error";
        case Reason::kTooManyMessages:
            return "too_many_messages";
        case Reason::kLeaving:
            return "leaving";
        case Reason::kAnswered:
            return "answered";
        case Reason::kWaitEnded:
            return "wait_ended";
    }
    return "unknown";
}

Subscriber::Subscriber(const LocConf* conf, slot::Transport transport,
                       Encoding encoding)
    : conf_(conf),
      opened_(now().unix_ms),
      transport_(transport),
      encoding_(encoding)
{
    put_first(&g_all, this);
    g_listed++;
    count_subscriber(transport_, 1);
    count(slot::Total::kConnects);
}

Subscriber::~Subscriber() = default;

void Subscriber::write_log(const ngx_str_t& address) noexcept
{
    log_end(this, address);
}

void Subscriber::retire(Reason why) noexcept
{
    if (retired_) {
        return;
    }
    retired_ = true;
    if (reason == Reason::kNone) {
        reason = why;
    }
    count(slot::Total::kBytes, bytes);
    write_log(address());
    cancel();
    on_retire();
    unsubscribe_all();
    unlist();
    take_out(&g_told, this);
    if (capped_ != nullptr) {
        leave_cap(capped_, address_hash_);
    }
    count_subscriber(transport_, -1);
    count(slot::Total::kDisconnects);
}

void Subscriber::unlist()
{
    if (listed_) {
        listed_ = false;
        g_listed--;
        take_out(&g_all, this);
        put_first(&g_told, this);
    }
}

void Subscriber::hold_cap(ZoneConf* zone, uint64_t address_hash)
{
    capped_ = zone;
    address_hash_ = address_hash;
}

void Subscriber::count_here() const
{
    count(slot::Total::kConnects);
    for (const Place* place = &first_; place != nullptr; place = place->next) {
        if (place->topic != nullptr) {
            listen_to(place->topic, 1);
        }
        if (place->all != nullptr) {
            listen_to(place->all, 1);
        }
    }
    if (capped_ != nullptr) {
        take_cap_along(capped_, address_hash_);
    }
}

void Subscriber::count_message(uint64_t more)
{
    messages += more;
    count(slot::Total::kMessages, more);
}

Subscriber::Place* Subscriber::add_place()
{
    if (first_.topic == nullptr && first_.all == nullptr) {
        return &first_;
    }
    void* at = ngx_alloc(sizeof(Place), ngx_cycle->log);
    if (at == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh memory; destroyed by drop().
    auto* place = new (at) Place();
    Place* last = &first_;
    while (last->next != nullptr) {
        last = last->next;
    }
    last->next = place;
    return place;
}

bool Subscriber::subscribe(Topic* topic)
{
    Place* place = add_place();
    if (place == nullptr) {
        return false;
    }
    place->topic = topic;
    topic->join(&place->link, this);
    listen_to(topic, 1);
    count_++;
    return true;
}

bool Subscriber::subscribe_all(AllStations* all)
{
    Place* place = add_place();
    if (place == nullptr) {
        return false;
    }
    place->all = all;
    all->join(&place->link, this);
    listen_to(all, 1);
    count_++;
    return true;
}

void Subscriber::drop(Place* place)
{
    Topic* topic = place->topic;
    AllStations* all = place->all;
    place->link.leave();
    place->topic = nullptr;
    place->all = nullptr;
    place->greeted = false;
    if (topic != nullptr) {
        count_--;
        listen_to(topic, -1);
        drop_topic_if_unused(topic);
    }
    if (all != nullptr) {
        count_--;
        listen_to(all, -1);
        drop_all_if_unused(all);
    }
    if (place != &first_) {
        Place* before = &first_;
        while (before->next != place) {
            before = before->next;
        }
        before->next = place->next;
        place->~Place();
        ngx_free(place);
    }
}

bool Subscriber::wants(const Topic* topic) const
{
    for (const Place* place = &first_; place != nullptr; place = place->next) {
        if (place->topic == topic || place->all != nullptr) {
            return true;
        }
    }
    return false;
}

bool Subscriber::wants_named(std::string_view station) const
{
    for (const Place* place = &first_; place != nullptr; place = place->next) {
        if (place->topic != nullptr && place->topic->key().name == station) {
            return true;
        }
    }
    return false;
}

bool Subscriber::wants_named(std::string_view station, encoder::Form form) const
{
    for (const Place* place = &first_; place != nullptr; place = place->next) {
        if (place->topic != nullptr && place->topic->key().name == station &&
            place->topic->key().form == form) {
            return true;
        }
    }
    return false;
}

bool Subscriber::wants_all() const
{
    for (const Place* place = &first_; place != nullptr; place = place->next) {
        if (place->all != nullptr) {
            return true;
        }
    }
    return false;
}

void Subscriber::unsubscribe(std::string_view station)
{
    for (Place* place = &first_; place != nullptr; place = place->next) {
        bool same = place->topic != nullptr
                        ? place->topic->key().name == station
                        : place->all != nullptr && station == "*";
        if (same) {
            drop(place);
            return;
        }
    }
}

void Subscriber::unsubscribe(std::string_view station, encoder::Form form)
{
    for (Place* place = &first_; place != nullptr; place = place->next) {
        if (place->topic != nullptr && place->topic->key().name == station &&
            place->topic->key().form == form) {
            drop(place);
            return;
        }
    }
}

void Subscriber::unsubscribe_all()
{
    while (first_.next != nullptr) {
        drop(first_.next);
    }
    drop(&first_);
}

bool Subscriber::anything_new() const
{
    for (const Place* place = &first_; place != nullptr; place = place->next) {
        if (!place->greeted &&
            (place->topic != nullptr || place->all != nullptr)) {
            return true;
        }
    }
    return false;
}

void Subscriber::mark_sent(bool only_new)
{
    for (Place* place = &first_; place != nullptr; place = place->next) {
        if (only_new && place->greeted) {
            continue;
        }
        place->greeted = place->topic != nullptr || place->all != nullptr;
        if (place->topic != nullptr) {
            place->link.sent = place->topic->seq();
        } else if (place->all != nullptr) {
            place->link.sent = last_change();
        }
    }
}

void Subscriber::catch_up() noexcept
{
    for (Place* place = &first_; place != nullptr; place = place->next) {
        if (place->all != nullptr) {
            size_t any = SIZE_MAX;
            place->all->tell(&place->link, &any);
        } else if (place->topic != nullptr &&
                   place->link.sent != place->topic->seq()) {
            count(slot::Total::kSkipped);
            if (!deliver(place->topic)) {
                return;
            }
            place->link.sent = place->topic->seq();
        }
    }
}

Topic* Subscriber::only_topic() const
{
    return count_ == 1 ? first_.topic : nullptr;
}

void count_everybody()
{
    for (const Subscriber* list : {g_all, g_told}) {
        for (const Subscriber* s = list; s != nullptr; s = s->next_of_all) {
            s->count_here();
        }
    }
}

size_t subscribers_listed()
{
    return g_listed;
}

void say_goodbye_to(size_t count)
{
    // The list is in the order of arrival; skipping a random number of the
    // first few is random enough to spread those who came together.
    while (count-- > 0 && g_all != nullptr) {
        Subscriber* chosen = g_all;
        size_t skip = random_number() % 64;
        for (; skip > 0 && chosen->next_of_all != nullptr; skip--) {
            chosen = chosen->next_of_all;
        }
        chosen->leave();
    }
}

void retire_everybody()
{
    for (Subscriber* const* list : {&g_all, &g_told}) {
        while (*list != nullptr) {
            (*list)->retire(Reason::kLeaving);
        }
    }
}

}  // namespace onair::ngx
