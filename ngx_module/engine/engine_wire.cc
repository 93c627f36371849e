// The connection to the engine: made, kept, given up; what is asked over it:
// the part of engine.h about that.
#include <new>

#include "encoder/number.h"
#include "engine/script.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/engine/engine.h"
#include "ngx_module/engine/shared_room.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

constexpr Ticks kConnectMs = 1000;
constexpr Ticks kAnswerMs = 1000;
constexpr Ticks kPingMs = 5000;
constexpr Ticks kGoodMs = 1000;
constexpr uint32_t kFailuresAtOnce = 3;
// Answers that bring a part of a stream; many at once could be more than the
// engine keeps for one connection.
constexpr size_t kMostReading = 8;
constexpr size_t kMostAtOnce = 256;

uint64_t now_us()
{
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1000000 +
           static_cast<uint64_t>(time.tv_nsec) / 1000;
}

}  // namespace

ngx_http_upstream_rr_peer_t* Engine::next_server()
{
    auto* peers =
        static_cast<ngx_http_upstream_rr_peers_t*>(conf_->upstream->peer.data);
    size_t count = 0;
    for (auto* group = peers; group != nullptr; group = group->next) {
        for (auto* peer = group->peer; peer != nullptr; peer = peer->next) {
            count += peer->down ? 0 : 1;
        }
    }
    size_t wanted = count > 0 ? server_ % count : 0;
    for (auto* group = peers; group != nullptr; group = group->next) {
        for (auto* peer = group->peer; peer != nullptr; peer = peer->next) {
            if (!peer->down && wanted-- == 0) {
                return peer;
            }
        }
    }
    return nullptr;
}

void Engine::connect()
{
    ngx_http_upstream_rr_peer_t* peer = next_server();
    if (peer == nullptr) {
        return;
    }
    listener_ = engine::Listener();
    connecting_since_ = ticks();
    peer_ = peer;
    wire_.connect(conf_, peer);
}

void Engine::ask(Ask what, SharedRoom* room,
                 std::span<const std::string_view> words)
{
    void* at = ngx_alloc(sizeof(Asked), ngx_cycle->log);
    if (at == nullptr) {
        return;
    }
    // SAFETY: fresh memory; freed when it is answered.
    auto* asked = new (at) Asked();
    asked->what = what;
    asked->room = room;
    asked->at = ticks();
    asked->at_us = now_us();
    *asked_end_ = asked;
    asked_end_ = &asked->next;
    wire_.send(words);
    if (!tick_.ends_within(50)) {
        tick_.start(50);
    }
}

// All in one go, so that it takes one round trip: if the first is refused, what
// follows is of no use either.
void Engine::on_connected(Wire* wire) noexcept
{
    if (wire == &ear_) {
        log_in(wire);
    } else if (two_) {
        log_in(wire);
        select();
        load();
        connect_ear();
        return;
    } else {
        hello();
        select();
        load();
    }
    if (stations_.any()) {
        subscribe_to(stations_.channel());
    }
    for (SharedRoom* room = first_room_; room != nullptr; room = room->next) {
        subscribe(room);
    }
}

void Engine::hello()
{
    std::string_view words[8] = {"HELLO", "3"};
    size_t count = 2;
    if (conf_->password.len > 0) {
        words[count++] = "AUTH";
        words[count++] = conf_->user.len > 0 ? view(conf_->user) : "default";
        words[count++] = view(conf_->password);
    }
    words[count++] = "SETNAME";
    words[count++] = view(conf_->name);
    ask(Ask::kHello, nullptr, std::span(words).first(count));
}

void Engine::load()
{
    std::string_view words[] = {"EVAL", engine::kScript, "0", "load"};
    ask(Ask::kLoad, nullptr, words);
}

void Engine::select()
{
    if (conf_->database == 0) {
        return;
    }
    char database[24];
    Writer text(database);
    encoder::write_unsigned(text, conf_->database);
    std::string_view words[] = {"SELECT", text.view()};
    ask(Ask::kElse, nullptr, words);
}

void Engine::ready()
{
    ready_ = true;
    proved_ = false;
    ready_at_ = ticks();
    down_since_ = 0;
    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "onair zone \"%V\" has its engine \"%V\"%s", &zone_->name,
                  &conf_->address, was_ready_ ? " again" : "");
    if (was_ready_) {
        figures().reconnects.fetch_add(1, room::kRelaxed);
    }
    was_ready_ = true;
    said_away_ = said_people_ = false;
    figures().up.store(1, room::kRelaxed);
}

// What is published from here on comes behind what is read then.
void Engine::subscribe(SharedRoom* room)
{
    room->subscribed = true;
    subscribe_to(room->channel);
    // Over two connections it is in force only when that is said.
    if (!two_) {
        want(room);
    }
}

void Engine::want(SharedRoom* room)
{
    if (!room->wanted) {
        room->wanted = true;
        room->next_wanted = nullptr;
        *wanted_end_ = room;
        wanted_end_ = &room->next_wanted;
    }
    read_wanted();
}

void Engine::read_wanted()
{
    while (wanted_ != nullptr && reading_ < kMostReading) {
        SharedRoom* room = wanted_;
        wanted_ = room->next_wanted;
        if (wanted_ == nullptr) {
            wanted_end_ = &wanted_;
        }
        room->wanted = false;
        read_stream(room);
    }
}

void Engine::read_stream(SharedRoom* room)
{
    char known[16];
    char since[24];
    char fresh[16];
    char most[24];
    Writer known_text(known);
    encoder::write_hex(known_text, room->link.epoch(), 8);
    Writer since_text(since);
    encoder::write_unsigned(since_text, room->link.seq());
    Writer fresh_text(fresh);
    encoder::write_hex(fresh_text, random_number() | 1, 8);
    Writer most_text(most);
    encoder::write_unsigned(
        most_text, ngx_min(rooms_.plan().history_entries, kMostAtOnce));
    // SAFETY: hexadecimal digits.
    std::string_view digest(reinterpret_cast<const char*>(conf_->digest), 40);
    std::string_view words[] = {"EVALSHA",
                                digest,
                                "3",
                                room->table,
                                room->stream,
                                room->channel,
                                "read",
                                known_text.view(),
                                since_text.view(),
                                fresh_text.view(),
                                most_text.view()};
    room->link.asked();
    reading_++;
    ask(Ask::kRead, room, words);
}

void Engine::ping(Ticks now)
{
    if (asked_ == nullptr && now >= heard_at_ + kPingMs) {
        std::string_view words[] = {"PING"};
        heard_at_ = now;
        ask(Ask::kElse, nullptr, words);
    }
}

void Engine::look_after_wire(Ticks now)
{
    look_after_ear(now);
    if (!ready_) {
        figures().local_ms.fetch_add(now - ticked_at_, room::kRelaxed);
    }
    ticked_at_ = now;
    if (!wire_.open() && now >= retry_at_) {
        connect();
    }
    bool late =
        wire_.open() && !ready_ && now >= connecting_since_ + kConnectMs;
    bool silent = asked_ != nullptr && now >= asked_->at + kAnswerMs;
    if (late || silent) {
        fail("it does not answer");
        return;
    }
    if (!ready_ || engine::is_away(oldest_asked(), now)) {
        return;
    }
    ping(now);
    for (SharedRoom* room = first_room_; room != nullptr; room = room->next) {
        if (room->heard && !room->wanted && now >= room->refused_until &&
            room->link.step() == engine::Link::Step::kAway) {
            want(room);
        }
    }
}

void Engine::fail(const char* why)
{
    on_lost(&wire_, why);
}

void Engine::say_away(const char* why, ngx_err_t error)
{
    if (!said_away_) {
        said_away_ = true;
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, error,
                      "onair zone \"%V\" is without its engine \"%V\": %s",
                      &zone_->name, &conf_->address, why);
    }
}

void Engine::on_lost(Wire* wire, const char* why) noexcept
{
    Ticks now = ticks();
    ngx_err_t error = wire->error();
    wire_.close();
    ear_.close();
    say_away(why, error);
    // One that was good, or was there for a while, is asked for again at once.
    bool good = ready_ && (proved_ || now >= ready_at_ + kGoodMs);
    failures_ = good ? 0 : failures_ + 1;
    bool at_once = ready_ && failures_ < kFailuresAtOnce;
    retry_at_ =
        at_once ? now : now + engine::backoff_ms(failures_, random_number());
    server_ = good ? 0 : server_ + 1;
    down_since_ = down_since_ == 0 ? now : down_since_;
    ready_ = false;
    figures().up.store(0, room::kRelaxed);
    figures().failures.fetch_add(1, room::kRelaxed);
    forget_asked();
    stations_.lost();
    reading_ = 0;
    wanted_ = nullptr;
    wanted_end_ = &wanted_;
    for (Outgoing* out = out_; out != nullptr; out = out->next) {
        out->sent = false;
    }
    for (SharedRoom* room = first_room_; room != nullptr; room = room->next) {
        room->wanted = room->subscribed = room->heard = false;
        room->link.lost();
        drop_gathered(room);
    }
    tick_.start(1);
}

}  // namespace onair::ngx
