// The worker's eyes on the zones: which topics there are, which slots moved.
// Looked at when another worker wakes this one, and by a slow tick.
#pragma once

#include "ngx_module/fanout/topic.h"

namespace onair::ngx {

ngx_int_t start_watch(ngx_cycle_t* cycle);
void stop_watch();

// Compares versions and fans out what is newer. Costs next to nothing where
// nothing changed.
void look_at_zones();
// The same for one, before somebody is told its state: who comes from another
// worker may have seen there what this one was not woken for yet, and must not
// be told anything older.
void look_at_zone(const ZoneConf* zone);

// The topic of this key, made if there is none; nullptr without memory.
Topic* find_topic(const TopicKey& key);
// To be called when a subscriber has left: topics nobody wants are destroyed.
void drop_topic_if_unused(Topic* topic);

// Those who want every station of a zone in the same view, and its topics. The
// mark of a link here is the number of the last change it was told; changes are
// told in their order, so that one number is enough.
class AllStations final : public Listing {
  public:
    explicit AllStations(const TopicKey& key) : key_(key) {}

    bool visit(size_t* budget) override;

    const TopicKey& key() const { return key_; }
    // Calls visit(topic) for each station's topic, oldest station first.
    template <typename Visit>
    void each(Visit visit)
    {
        for (size_t i = 0; i < topic_count_; i++) {
            visit(topics_[i]);
        }
    }
    // A topic of these shows something newer: the change of that number.
    void changed(Topic* topic, uint64_t change);
    // Tells a subscriber what changed since its mark; stops when deliver()
    // does. False when there was more to tell than budget.
    bool tell(Link* link, size_t* budget);

    AllStations* next = nullptr;

  private:
    friend class Watch;
    void add(Topic* topic);
    Topic* first_after(uint64_t change) const;

    TopicKey key_;
    Topic** topics_ = nullptr;
    size_t topic_count_ = 0;
    Topic* newest_ = nullptr;  // by their last change
    Topic* oldest_ = nullptr;
};

AllStations* find_all(const TopicKey& key);
void drop_all_if_unused(AllStations* all);

}  // namespace onair::ngx
