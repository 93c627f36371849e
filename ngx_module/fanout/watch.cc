#include "ngx_module/fanout/watch.h"

#include <new>

#include "ngx_module/fanout/fanout.h"
#include "ngx_module/fanout/recipient.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// Clients choose the names that are waited for, and must not know which of
// them fall together.
uint64_t g_seed;

}  // namespace

// One zone as this worker sees it.
class Watch {
  public:
    bool start(ngx_cycle_t* cycle, ZoneConf* zone)
    {
        zone_ = zone;
        size_t capacity = zone->shared->capacity();
        topics_ = static_cast<Topic**>(
            ngx_pcalloc(cycle->pool, capacity * sizeof(Topic*)));
        seen_ = static_cast<uint64_t*>(
            ngx_pcalloc(cycle->pool, capacity * sizeof(uint64_t)));
        return topics_ != nullptr && seen_ != nullptr;
    }

    void look()
    {
        uint64_t changes = zone_->shared->changes();
        size_t stations = zone_->shared->stations();
        if (changes == changes_ && stations == stations_) {
            return;
        }
        bool all_read = true;
        for (size_t i = 0; i < stations; i++) {
            uint64_t seq = zone_->shared->slot(i).seq();
            if (i >= stations_ && !born(i)) {
                all_read = false;
            }
            if (seq == seen_[i] || topics_[i] == nullptr) {
                continue;
            }
            if (show(topics_[i])) {
                seen_[i] = seq;
            } else {
                all_read = false;
            }
        }
        stations_ = stations;
        if (all_read) {
            changes_ = changes;
        }
    }

    Topic* find(const TopicKey& key)
    {
        if (found_ != nullptr && found_->key().same_view(key) &&
            found_->key().name == key.name) {
            fan_out_if_overdue(found_);
            return found_;
        }
        Result<size_t> slot = zone_->shared->find(key.name);
        Topic*& first = slot.ok() ? topics_[*slot] : waiting_[bucket(key.name)];
        for (Topic* topic = first; topic != nullptr; topic = topic->next) {
            if (topic->key().same_view(key) && topic->key().name == key.name) {
                fan_out_if_overdue(topic);
                // One that waits for its name may have a slot by now.
                found_ = topic->known() ? topic : nullptr;
                return topic;
            }
        }
        void* at = ngx_alloc(sizeof(Topic), ngx_cycle->log);
        if (at == nullptr) {
            return nullptr;
        }
        // SAFETY: fresh memory; destroyed by drop().
        auto* topic = new (at) Topic(key);
        if (slot.ok()) {
            topic->resolve(*slot);
        }
        topic->next = first;
        first = topic;
        topic->look();
        if (topic->behind()) {
            seen_[*slot] = 0;
            changes_ = UINT64_MAX;  // look again with the next tick
        }
        return topic;
    }

    void drop_if_unused(Topic* topic)
    {
        if (!topic->empty() || topic->all != nullptr) {
            return;
        }
        Topic** place = topic->known() ? &topics_[topic->slot()]
                                       : &waiting_[bucket(topic->key().name)];
        while (*place != topic) {
            place = &(*place)->next;
        }
        *place = topic->next;
        if (found_ == topic) {
            found_ = nullptr;
        }
        forget_listing(topic);
        topic->~Topic();
        ngx_free(topic);
    }

    AllStations* find_all(const TopicKey& key)
    {
        for (AllStations* all = all_; all != nullptr; all = all->next) {
            if (all->key().same_view(key)) {
                all->each(fan_out_if_overdue);
                return all;
            }
        }
        size_t size =
            sizeof(AllStations) + zone_->shared->capacity() * sizeof(Topic*);
        void* at = ngx_alloc(size, ngx_cycle->log);
        if (at == nullptr) {
            return nullptr;
        }
        TopicKey view = key;
        view.name = {};
        // SAFETY: fresh memory; the array stands behind the object.
        auto* all = new (at) AllStations(view);
        all->topics_ = reinterpret_cast<Topic**>(all + 1);
        all->next = all_;
        all_ = all;
        for (size_t i = 0; i < zone_->shared->stations(); i++) {
            hold(all, i);
        }
        return all;
    }

    void drop_all_if_unused(AllStations* all)
    {
        if (!all->empty()) {
            return;
        }
        AllStations** place = &all_;
        while (*place != all) {
            place = &(*place)->next;
        }
        *place = all->next;
        forget_listing(all);
        all->each([this](Topic* topic) {
            topic->all = nullptr;
            drop_if_unused(topic);
        });
        all->~AllStations();
        ngx_free(all);
    }

  private:
    static constexpr size_t kBuckets = 4096;

    static size_t bucket(std::string_view name)
    {
        return hash_end(hash_more(g_seed, name)) % kBuckets;
    }

    // A slot came to be: those who waited for its name, and those who want
    // all stations, have it now.
    bool born(size_t index)
    {
        std::string_view name = zone_->shared->slot(index).name();
        Topic** place = &waiting_[bucket(name)];
        while (*place != nullptr) {
            Topic* topic = *place;
            if (topic->key().name != name) {
                place = &topic->next;
                continue;
            }
            *place = topic->next;
            topic->resolve(index);
            topic->next = topics_[index];
            topics_[index] = topic;
            // The zone counts them already.
            zone_->shared->slot(index).count_audience(
                worker_index(), static_cast<int>(topic->count()));
        }
        bool good = true;
        for (AllStations* all = all_; all != nullptr; all = all->next) {
            if (holds(all, index)) {
                continue;  // from the beginning: told with the greeting
            }
            Topic* topic = hold(all, index);
            if (topic == nullptr) {
                good = false;
            } else if (topic->seq() > 0) {
                // It was read when it was made: no look finds it newer.
                fan_out(topic);
            }
        }
        return good;
    }

    bool holds(const AllStations* all, size_t index) const
    {
        const Topic* topic = topics_[index];
        while (topic != nullptr && topic->all != all) {
            topic = topic->next;
        }
        return topic != nullptr;
    }

    Topic* hold(AllStations* all, size_t index)
    {
        TopicKey key = all->key();
        key.name = zone_->shared->slot(index).name();
        Topic* topic = find(key);
        if (topic == nullptr ||
            all->topic_count_ >= zone_->shared->capacity()) {
            return nullptr;
        }
        all->add(topic);
        seen_[index] = 0;
        return topic;
    }

    // False when a topic could not be read: then it is looked at again.
    bool show(Topic* topic)
    {
        bool good = true;
        for (; topic != nullptr; topic = topic->next) {
            if (topic->look()) {
                fan_out(topic);
            } else if (topic->behind()) {
                good = false;
            }
        }
        return good;
    }

    ZoneConf* zone_ = nullptr;
    Topic** topics_ = nullptr;  // by slot
    uint64_t* seen_ = nullptr;
    uint64_t changes_ = 0;
    size_t stations_ = 0;
    Topic* waiting_[kBuckets] = {};
    Topic* found_ = nullptr;  // the last one: many ask for the same
    AllStations* all_ = nullptr;
};

namespace {

Watch* g_watches;
size_t g_count;

Watch& watch_of(const TopicKey& key)
{
    return g_watches[key.zone->index];
}

}  // namespace

ngx_int_t start_watch(ngx_cycle_t* cycle)
{
    g_seed = uint64_t{random_number()} << 32 | random_number();
    const MainConf* main = main_conf(cycle);
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    size_t count = main->zones.nelts;
    void* at = ngx_pcalloc(cycle->pool, count * sizeof(Watch));
    if (at == nullptr) {
        return NGX_ERROR;
    }
    // SAFETY: zeroed pool memory for `count` objects without destructor.
    g_watches = static_cast<Watch*>(at);
    for (size_t i = 0; i < count; i++) {
        auto* watch = new (&g_watches[i]) Watch();
        if (!watch->start(cycle, zones[i])) {
            return NGX_ERROR;
        }
    }
    g_count = count;
    return NGX_OK;
}

void stop_watch()
{
    g_count = 0;
}

void look_at_zones()
{
    for (size_t i = 0; i < g_count; i++) {
        g_watches[i].look();
    }
}

void look_at_zone(const ZoneConf* zone)
{
    g_watches[zone->index].look();
}

Topic* find_topic(const TopicKey& key)
{
    return watch_of(key).find(key);
}

void drop_topic_if_unused(Topic* topic)
{
    watch_of(topic->key()).drop_if_unused(topic);
}

AllStations* find_all(const TopicKey& key)
{
    return watch_of(key).find_all(key);
}

void drop_all_if_unused(AllStations* all)
{
    watch_of(all->key()).drop_all_if_unused(all);
}

void AllStations::add(Topic* topic)
{
    topic->all = this;
    topic->change = 0;
    topic->changed_before = nullptr;
    topic->changed_after = oldest_;
    (oldest_ != nullptr ? oldest_->changed_before : newest_) = topic;
    oldest_ = topic;
    topics_[topic_count_++] = topic;
}

void AllStations::changed(Topic* topic, uint64_t change)
{
    topic->change = change;
    if (topic == newest_) {
        return;
    }
    Topic* before = topic->changed_before;
    (before != nullptr ? before->changed_after : oldest_) =
        topic->changed_after;
    topic->changed_after->changed_before = before;
    topic->changed_before = newest_;
    topic->changed_after = nullptr;
    newest_->changed_after = topic;
    newest_ = topic;
}

Topic* AllStations::first_after(uint64_t change) const
{
    Topic* first = nullptr;
    for (Topic* topic = newest_; topic != nullptr && topic->change > change;
         topic = topic->changed_before) {
        first = topic;
    }
    return first;
}

bool AllStations::tell(Link* link, size_t* budget)
{
    for (Topic* topic = first_after(link->sent); topic != nullptr;
         topic = topic->changed_after) {
        if (*budget == 0) {
            return false;
        }
        (*budget)--;
        uint64_t change = topic->change;
        if (!link->recipient->deliver(topic)) {
            return true;
        }
        link->sent = change;
    }
    return true;
}

bool AllStations::visit(size_t* budget)
{
    while (*budget > 0) {
        Link* link = step();
        if (link == nullptr) {
            return true;
        }
        size_t before = *budget;
        if (!tell(link, budget)) {
            step_back(link);
        } else if (*budget == before) {
            (*budget)--;  // to find that there is nothing costs as well
        }
    }
    return false;
}

}  // namespace onair::ngx
