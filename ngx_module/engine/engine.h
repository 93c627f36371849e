// The rooms of one zone and the engine that they have in common with other
// machines. One worker has the connection, by a lease in the zone: it sends
// what the rings of all workers bring, and takes in what comes back. When the
// engine is away it numbers itself.
//
// An object for each such zone in each worker; most of it is of use only while
// the worker has the lease.
#pragma once

#include "engine/entry.h"
#include "engine/hearing.h"
#include "engine/link.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/engine/settings.h"
#include "ngx_module/engine/stations.h"
#include "ngx_module/engine/wire.h"
#include "room/crossing.h"

namespace onair::ngx {

struct SharedRoom;

// What a room's stream keeps: so far it is read on after a break.
inline constexpr uint64_t kStreamLength = 4096;

// A message on its way; its packed bytes stand behind it.
struct Outgoing {
    Outgoing* next = nullptr;
    SharedRoom* room = nullptr;
    uint32_t place = 0;
    room::Mark begin;     // where it stands in the ring of its place
    uint64_t number = 0;  // behind it
    Ticks since = 0;
    bool sent = false;
    size_t size = 0;
};

class Engine : public Wire::Owner {
  public:
    Engine(ZoneConf* zone, const EngineConf* conf);
    ~Engine();

    void start();
    // The worker leaves or ends: another is to take over.
    void leave();
    // Something may be on its way in the rings.
    void look();
    // A publisher may have spoken.
    void look_at_stations();
    const ZoneConf* zone() const { return zone_; }

    enum class Ask : uint8_t {
        kLoad,
        kSay,
        kRead,
        kPut,
        kList,
        kPeople,
        kHello,
        kElse
    };
    void ask(Ask what, SharedRoom* room,
             std::span<const std::string_view> words);

    void on_connected(Wire* wire) noexcept override;
    void on_item(Wire* wire, const engine::Item& item) noexcept override;
    void on_read(Wire* wire) noexcept override;
    void on_lost(Wire* wire, const char* why) noexcept override;

  private:
    // A command that is not answered yet.
    struct Asked {
        Asked* next = nullptr;
        Ask what = Ask::kElse;
        SharedRoom* room = nullptr;  // nullptr: it was forgotten meanwhile
        Ticks at = 0;
        uint64_t at_us = 0;
    };

    static void on_turn(void* self) noexcept;
    static void on_tick(void* self) noexcept;

    // the lease
    bool holds() const;
    void tick();
    void lead();
    void stop_leading();

    // rooms of the zone
    void look_for_rooms();
    SharedRoom* find(const room::RoomKey& key);
    SharedRoom* add(const room::Room& room);
    void drop(SharedRoom* room);
    void drop_all();
    void forget_asked();
    SharedRoom* by_channel(std::string_view channel);

    // what is on its way
    void read_rings();
    void read_ring(size_t place);
    void take_out(size_t place, const room::Message& message, ConstBytes packed,
                  const room::Mark& begin, uint64_t number);
    void send_waiting(SharedRoom* room);
    void say(Outgoing* out);
    void settle(Outgoing** at);
    void settle_origin(const engine::Origin& origin);
    void keep_mark(size_t place);
    void alone(SharedRoom* room);
    void alone_where_due(Ticks now);

    // the connection
    void connect();
    ngx_http_upstream_rr_peer_t* next_server();
    void hello();
    void speak_by_two();
    void log_in(Wire* wire);
    void connect_ear();
    void subscribe_to(std::string_view channel);
    void look_after_ear(Ticks now);
    void hear_ear(const engine::Item& item);
    void subscribed(const engine::Event& event);
    // Over which what is published comes.
    Wire& hearing() { return two_ ? ear_ : wire_; }
    void select();
    void load();
    void ready();
    void subscribe(SharedRoom* room);
    void read_stream(SharedRoom* room);
    void want(SharedRoom* room);
    void read_wanted();
    void fail(const char* why);
    void look_after_wire(Ticks now);
    Ticks oldest_asked() const { return asked_ != nullptr ? asked_->at : 0; }
    void ping(Ticks now);

    // what it says
    void hear(const engine::Event& event);
    void hear_list(const engine::Event& event);
    void answered(const engine::Event& event);
    void refused(const Asked& asked, std::string_view why);
    void published(const engine::Event& event);
    void take(SharedRoom* room, uint64_t seq, std::string_view payload);
    void gather(SharedRoom* room, uint64_t seq, std::string_view payload);
    void read_ends(SharedRoom* room);
    void drop_gathered(SharedRoom* room);
    void turn_room(SharedRoom* room);
    bool unpack(SharedRoom* room, std::string_view payload,
                engine::Entry* entry);

    // counts
    void tell_counts(Ticks now);
    void tell_count(SharedRoom* room, bool ask, Ticks now);
    void hear_count(SharedRoom* room, std::string_view text);
    void sum_counts(SharedRoom* room, Ticks now);
    void forget_counts();
    void tell_all_people(Ticks now);
    bool tell_people(SharedRoom* room, Ticks now);
    void forget_people(SharedRoom* room, Ticks now);
    void hear_people(SharedRoom* room, int64_t people);
    uint64_t told_name() const;

    void tell_touched();
    room::Floor floor(const SharedRoom* room) const;
    room::EngineFigures& figures() const { return head_.engine; }
    void say_away(const char* why, ngx_err_t error);

    ZoneConf* zone_;
    const EngineConf* conf_;
    const room::Rooms& rooms_;
    room::Head& head_;
    LoopEvent tick_;
    LoopEvent turn_;
    bool leading_ = false;
    bool working_ = false;
    bool left_ = false;

    SharedRoom** by_index_ = nullptr;
    SharedRoom* first_room_ = nullptr;
    SharedRoom* wanted_ = nullptr;  // rooms whose stream is to be read
    SharedRoom** wanted_end_ = &wanted_;
    size_t reading_ = 0;

    Outgoing* out_ = nullptr;
    Outgoing** out_end_ = &out_;
    size_t out_count_ = 0;
    size_t out_bytes_ = 0;
    size_t out_of_place_[room::kMostPlaces] = {};
    room::Mark marks_[room::kMostPlaces];

    Stations stations_;

    Wire wire_;
    engine::Listener listener_;
    // An engine that does not speak RESP3 has one connection to be asked and
    // another to be heard.
    bool two_ = false;
    Wire ear_;
    engine::Listener ear_listener_{true};
    Ticks ear_heard_at_ = 0;
    Ticks ear_asked_at_ = 0;  // 0: it is not asked for anything
    ngx_http_upstream_rr_peer_t* peer_ = nullptr;
    bool ready_ = false;
    bool was_ready_ = false;
    bool proved_ = false;  // it has taken a message
    bool said_away_ = false;
    bool said_people_ = false;  // that it does not count them
    Asked* asked_ = nullptr;
    Asked** asked_end_ = &asked_;
    Ticks down_since_ = 0;  // 0: it is up
    Ticks ready_at_ = 0;
    Ticks retry_at_ = 0;
    Ticks connecting_since_ = 0;
    Ticks heard_at_ = 0;
    Ticks ticked_at_ = 0;
    Ticks led_since_ = 0;
    size_t people_from_ = 0;  // the room whose turn it is
    uint32_t failures_ = 0;
    size_t server_ = 0;
};

}  // namespace onair::ngx
