// The worker's eyes on the zones: which topics there are, which slots moved.
// Looked at when another worker wakes this one, and by a slow tick.
#pragma once

#include "topic.h"

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

// Those who want every station of a zone in the same view, and its topics.
class AllStations {
  public:
    explicit AllStations(const TopicKey& key) : key_(key) {}

    Listing& listing() { return listing_; }
    const TopicKey& key() const { return key_; }
    // Calls visit(topic) for each station's topic, oldest station first.
    template <typename Visit>
    void each(Visit visit)
    {
        for (size_t i = 0; i < count_; i++) {
            visit(topics_[i]);
        }
    }
    // The topic with the lowest lap above `lap`; nullptr: none.
    Topic* after_lap(uint64_t lap);

    AllStations* next = nullptr;

  private:
    friend class Watch;
    TopicKey key_;
    Listing listing_;
    Topic** topics_ = nullptr;
    size_t count_ = 0;
};

AllStations* find_all(const TopicKey& key);
void drop_all_if_unused(AllStations* all);
// Those who want all stations in the view of this topic; nullptr: nobody.
AllStations* all_of(const Topic* topic);

}  // namespace onair::ngx
