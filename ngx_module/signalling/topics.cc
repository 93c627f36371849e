#include "ngx_module/signalling/topics.h"

#include "ngx_module/signalling/y_socket.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"

namespace onair::ngx {

using signalling::Seat;
using signalling::Space;

struct TopicHere {
    TopicHere* next;
    Subscription* first;
    uint64_t key;  // of this worker's count
    uint64_t count;
    uint64_t told;  // what the seats have
    size_t name_size;

    std::string_view name() const
    {
        // SAFETY: allocated with the name behind it.
        return {reinterpret_cast<const char*>(this + 1), name_size};
    }
};

namespace {

constexpr size_t kBuckets = 4096;

TopicHere* g_topics[kBuckets];
bool g_untold;

TopicHere** bucket(std::string_view name)
{
    return &g_topics[hash(name) % kBuckets];
}

TopicHere* find(std::string_view name)
{
    for (TopicHere* one = *bucket(name); one != nullptr; one = one->next) {
        if (one->name() == name) {
            return one;
        }
    }
    return nullptr;
}

bool tell_count(TopicHere* topic)
{
    Outcome done =
        seats()->change(Space::kTopic, topic->key, author(), [topic](Seat* s) {
            *s = Seat();
            s->first = topic->count != 0 ? own_handle() : 0;
            s->extra = topic->count;
        });
    if (done.ok()) {
        topic->told = topic->count;
    } else {
        g_untold = true;
    }
    return done.ok() || done.fault() == Fault::kBusy;
}

TopicHere* make(std::string_view name)
{
    auto* topic = static_cast<TopicHere*>(
        ngx_alloc(sizeof(TopicHere) + name.size(), ngx_cycle->log));
    if (topic == nullptr) {
        return nullptr;
    }
    uint64_t key = seats()->key_of_worker(Space::kTopic, name, worker_index());
    TopicHere** at = bucket(name);
    *topic = {*at, nullptr, key, 0, 0, name.size()};
    copy_bytes(topic + 1, name.data(), name.size());
    *at = topic;
    return topic;
}

// Kept while the seats still say that somebody is here.
void drop_if_unused(TopicHere* topic)
{
    if (topic->first != nullptr || topic->told != 0) {
        return;
    }
    TopicHere** at = bucket(topic->name());
    while (*at != topic) {
        at = &(*at)->next;
    }
    *at = topic->next;
    ngx_free(topic);
}

void tell_here(std::string_view name, std::string_view text)
{
    const TopicHere* topic = find(name);
    if (topic == nullptr) {
        return;
    }
    FramePtr frame = text_frame(text);
    for (Subscription* s = topic->first; s != nullptr; s = s->next_here) {
        s->socket->push(frame);
    }
}

}  // namespace

Subscription* enter_topic(YSocket* socket, std::string_view name)
{
    TopicHere* topic = find(name);
    topic = topic != nullptr ? topic : make(name);
    auto* made = static_cast<Subscription*>(
        ngx_alloc(sizeof(Subscription), ngx_cycle->log));
    if (topic == nullptr || made == nullptr) {
        ngx_free(made);
        return nullptr;
    }
    *made = {topic, socket, topic->first, nullptr, nullptr};
    if (topic->first != nullptr) {
        topic->first->prev_here = made;
    }
    topic->first = made;
    topic->count++;
    if (!tell_count(topic)) {
        leave_topic(made);
        return nullptr;
    }
    return made;
}

std::string_view name_of(const Subscription* subscription)
{
    return subscription->topic->name();
}

void leave_topic(Subscription* s)
{
    TopicHere* topic = s->topic;
    (s->prev_here != nullptr ? s->prev_here->next_here : topic->first) =
        s->next_here;
    if (s->next_here != nullptr) {
        s->next_here->prev_here = s->prev_here;
    }
    ngx_free(s);
    topic->count--;
    tell_count(topic);
    drop_if_unused(topic);
}

uint64_t subscribers_of(std::string_view name)
{
    uint64_t sum = 0;
    each_place([&](size_t place) {
        if (place == worker_index()) {
            const TopicHere* here = find(name);
            sum += here != nullptr ? here->count : 0;
            return;
        }
        uint64_t key = seats()->key_of_worker(Space::kTopic, name, place);
        sum += seats()->look(key).extra;
    });
    return sum;
}

void publish(std::string_view name, std::string_view text)
{
    Mail mail;
    mail.news = News::kTopic;
    mail.texts[0] = name;
    mail.texts[1] = text;
    each_place([&](size_t place) {
        if (place == worker_index()) {
            tell_here(name, text);
            return;
        }
        uint64_t key = seats()->key_of_worker(Space::kTopic, name, place);
        if (seats()->look(key).extra != 0) {
            post(place, mail);
        }
    });
}

void hear_topic(const Mail& mail)
{
    tell_here(mail.texts[0], mail.texts[1]);
}

void count_topics_again()
{
    if (!g_untold) {
        return;
    }
    g_untold = false;
    for (TopicHere* first : g_topics) {
        while (first != nullptr) {
            TopicHere* next = first->next;
            if (first->told != first->count) {
                tell_count(first);
                drop_if_unused(first);
            }
            first = next;
        }
    }
}

void forget_topics()
{
    for (TopicHere* first : g_topics) {
        for (TopicHere* one = first; one != nullptr; one = one->next) {
            one->count = 0;
            tell_count(one);
        }
    }
}

}  // namespace onair::ngx
