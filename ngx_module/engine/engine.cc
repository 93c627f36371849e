#include "ngx_module/engine/engine.h"

#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/engine/shared_room.h"
#include "ngx_module/room/guest.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kTickMs = 250;
// While something waits for the engine, or for its return.
constexpr ngx_msec_t kShortTickMs = 50;
constexpr uint32_t kLeaseMs = 700;

std::string_view write_key(char* out, const EngineConf* conf,
                           const ZoneConf* zone, std::string_view name,
                           std::string_view end)
{
    char* at = out;
    for (std::string_view part :
         {view(conf->prefix), view(zone->name), std::string_view(":{"), name,
          std::string_view("}"), end}) {
        copy_bytes(at, part.data(), part.size());
        at += part.size();
    }
    return {out, static_cast<size_t>(at - out)};
}

}  // namespace

Engine::Engine(ZoneConf* zone, const EngineConf* conf)
    : zone_(zone),
      conf_(conf),
      rooms_(*zone->talks),
      head_(zone->talks->head()),
      tick_(on_tick, this),
      turn_(on_turn, this),
      stations_(zone, conf, this),
      wire_(this),
      ear_(this)
{}

Engine::~Engine()
{
    drop_all();
    ngx_free(by_index_);
}

void Engine::start()
{
    tick_.start(1);
}

// --- the lease ---

bool Engine::holds() const
{
    return leading_ &&
           head_.engine_lease.holds(static_cast<uint32_t>(ngx_pid),
                                    head_.engine_lease.term(), ticks());
}

void Engine::look()
{
    if (leading_ && !working_) {
        turn_.post();
    } else if (!leading_ && head_.engine_lease.holder() == 0 &&
               !tick_.ends_within(1)) {
        tick_.start(1);
    }
}

void Engine::look_at_stations()
{
    if (stations_.has_news()) {
        look();
    }
}

void Engine::lead()
{
    size_t bytes = rooms_.capacity() * sizeof(SharedRoom*);
    if (by_index_ == nullptr) {
        by_index_ =
            static_cast<SharedRoom**>(ngx_calloc(bytes, ngx_cycle->log));
    }
    if (by_index_ == nullptr || !stations_.lead()) {
        return;
    }
    leading_ = true;
    was_ready_ = false;
    failures_ = 0;
    server_ = 0;
    down_since_ = led_since_ = ticks();
    retry_at_ = 0;
    ticked_at_ = ticks();
    for (size_t place = 0; place < rooms_.plan().places; place++) {
        marks_[place] =
            room::Mark::of(head_.handled[place].load(room::kAcquire));
    }
    head_.engine_place.store(worker_index() + 1, room::kRelease);
    if ((zone_->share & kShareCounts) == 0) {
        forget_counts();
    }
    figures().up.store(0, room::kRelaxed);
}

void Engine::stop_leading()
{
    leading_ = false;
    uint64_t mine = worker_index() + 1;
    head_.engine_place.compare_exchange_strong(mine, 0, room::kRelease,
                                               room::kRelaxed);
    wire_.close();
    ear_.close();
    ready_ = two_ = false;
    stations_.stop();
    drop_all();
}

void Engine::leave()
{
    if (leading_) {
        stop_leading();
        figures().up.store(0, room::kRelaxed);
        head_.engine_lease.release(static_cast<uint32_t>(ngx_pid), ticks());
        tell_everybody();
    }
}

void Engine::on_tick(void* self) noexcept
{
    static_cast<Engine*>(self)->tick();
}

void Engine::on_turn(void* self) noexcept
{
    auto* engine = static_cast<Engine*>(self);
    if (!engine->holds()) {
        return;
    }
    engine->working_ = true;
    engine->read_rings();
    engine->stations_.turn(ticks(), engine->ready_);
    engine->tell_touched();
    engine->working_ = false;
    if (engine->out_count_ > 0 && !engine->tick_.ends_within(kShortTickMs)) {
        engine->tick_.start(kShortTickMs);
    }
}

void Engine::tick()
{
    Ticks now = ticks();
    // Without rooms in common there may be fewer places than workers.
    bool may = !worker_leaving() &&
               (!rooms_.shared() || worker_index() < rooms_.plan().places);
    bool holds = (leading_ || may) &&
                 head_.engine_lease.hold(static_cast<uint32_t>(ngx_pid), now,
                                         kLeaseMs, worker_leaving(), is_gone);
    if (leading_ && !holds) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "onair zone \"%V\": another worker has the engine now",
                      &zone_->name);
        stop_leading();
    } else if (!leading_ && holds) {
        lead();
    }
    if (!leading_) {
        tick_.start(kTickMs);
        return;
    }
    working_ = true;
    look_for_rooms();
    look_after_wire(now);
    read_rings();
    alone_where_due(now);
    tell_counts(now);
    stations_.turn(now, ready_);
    tell_touched();
    working_ = false;
    bool hurry = out_count_ > 0 || asked_ != nullptr || !ready_;
    tick_.start(hurry ? kShortTickMs : kTickMs);
}

// --- the zone's rooms ---

SharedRoom* Engine::find(const room::RoomKey& key)
{
    SharedRoom* found = by_index_[key.index];
    return found != nullptr && found->room.key() == key ? found : nullptr;
}

SharedRoom* Engine::add(const room::Room& room)
{
    char name_text[kMaxName];
    std::string_view name = room.name(name_text);
    size_t key =
        conf_->prefix.len + zone_->name.len + name.size() + sizeof(":{}:s");
    void* at = ngx_alloc(sizeof(SharedRoom) + 3 * key, ngx_cycle->log);
    if (at == nullptr) {
        return nullptr;
    }
    bool all = room.reach() == room::Reach::kAll;
    // SAFETY: fresh memory for the object and the texts behind it; destroyed
    // by drop().
    auto* added = new (at)
        SharedRoom(room, engine::Link(all ? room.epoch() : 0, room.seq()));
    // SAFETY: char may alias any object.
    auto* text = reinterpret_cast<char*>(added + 1);
    added->table = write_key(text, conf_, zone_, name, "");
    added->stream = write_key(text + key, conf_, zone_, name, ":s");
    added->channel = write_key(text + 2 * key, conf_, zone_, name, ":c");
    added->next = first_room_;
    first_room_ = added;
    by_index_[room.key().index] = added;
    if (hearing().connected()) {
        subscribe(added);
    }
    return added;
}

void Engine::drop(SharedRoom* room)
{
    SharedRoom** at = &first_room_;
    while (*at != nullptr && *at != room) {
        at = &(*at)->next;
    }
    *at = room->next;
    by_index_[room->room.key().index] = nullptr;
    for (Asked* asked = asked_; asked != nullptr; asked = asked->next) {
        asked->room = asked->room == room ? nullptr : asked->room;
    }
    for (Outgoing** out = &out_; *out != nullptr;) {
        if ((*out)->room == room) {
            settle(out);
        } else {
            out = &(*out)->next;
        }
    }
    for (SharedRoom** w = &wanted_; *w != nullptr; w = &(*w)->next_wanted) {
        if (*w == room) {
            *w = room->next_wanted;
            wanted_end_ = room->next_wanted == nullptr ? w : wanted_end_;
            break;
        }
    }
    if (room->subscribed) {
        std::string_view words[] = {"UNSUBSCRIBE", room->channel};
        hearing().send(words);
    }
    drop_gathered(room);
    room->~SharedRoom();
    ngx_free(room);
}

// What is on its way stays in the rings for whoever comes next.
void Engine::drop_all()
{
    while (out_ != nullptr) {
        Outgoing* next = out_->next;
        ngx_free(out_);
        out_ = next;
    }
    out_end_ = &out_;
    out_count_ = out_bytes_ = 0;
    ngx_memzero(out_of_place_, sizeof(out_of_place_));
    forget_asked();
    while (first_room_ != nullptr) {
        drop(first_room_);
    }
    reading_ = 0;
}

void Engine::forget_asked()
{
    while (asked_ != nullptr) {
        Asked* next = asked_->next;
        ngx_free(asked_);
        asked_ = next;
    }
    asked_end_ = &asked_;
}

void Engine::look_for_rooms()
{
    for (size_t i = 0; rooms_.shared() && i < rooms_.capacity(); i++) {
        Result<room::Room> room = rooms_.at(i);
        SharedRoom* known = by_index_[i];
        bool same = known != nullptr && room.ok() && room->is_open() &&
                    known->room.key() == room->key();
        if (known != nullptr && !same) {
            drop(known);
        }
        if (!same && room.ok() && room->is_open()) {
            add(*room);
        }
    }
}

SharedRoom* Engine::by_channel(std::string_view channel)
{
    size_t front = conf_->prefix.len + zone_->name.len + 2;
    constexpr size_t kEnd = 3;  // }:c
    if (channel.size() <= front + kEnd) {
        return nullptr;
    }
    Result<room::Room> room =
        rooms_.find(channel.substr(front, channel.size() - front - kEnd));
    SharedRoom* found = room.ok() ? find(room->key()) : nullptr;
    return found != nullptr && found->channel == channel ? found : nullptr;
}

room::Floor Engine::floor(const SharedRoom* room) const
{
    return floor_of(zone_, room->room);
}

void Engine::tell_touched()
{
    for (SharedRoom* room = first_room_; room != nullptr; room = room->next) {
        if (room->touched) {
            room->touched = false;
            tell_room(zone_, room->room);
        }
    }
    stations_.tell_touched();
}

}  // namespace onair::ngx
