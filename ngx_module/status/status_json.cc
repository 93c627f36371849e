#include "ngx_module/status/status_json.h"

#include "encoder/json.h"
#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/version.h"
#include "ngx_module/status/sound_rows.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "room/report.h"

namespace onair::ngx {

namespace {

using encoder::write_count;
using encoder::write_hex;
using encoder::write_seconds;
using encoder::write_string;
using encoder::write_text;
using encoder::write_unsigned;

constexpr auto kRelaxed = std::memory_order_relaxed;

// One member each; `name` is all that stands before the value. An empty text
// is null.
void member(Writer& out, std::string_view name, std::string_view text)
{
    out.put(name);
    write_text(out, text);
}

void number(Writer& out, std::string_view name, uint64_t value)
{
    out.put(name);
    write_unsigned(out, value);
}

void seconds(Writer& out, std::string_view name, int64_t ms)
{
    out.put(name);
    write_seconds(out, ms);
}

// Milliseconds since `then` as seconds, or null.
void age(Writer& out, std::string_view name, uint64_t then)
{
    out.put(name);
    if (then == 0) {
        out.put("null");
        return;
    }
    uint64_t now = ticks();
    write_seconds(out, now > then ? static_cast<int64_t>(now - then) : 0);
}

void write_totals(Writer& out)
{
    out.put("\"totals\":{");
    for (size_t i = 0; i < slot::kTotals; i++) {
        auto total = static_cast<slot::Total>(i);
        out.put(i == 0 ? "" : ",");
        write_string(out, slot::word(total));
        out.put(':');
        write_unsigned(out, roster()->total(total));
    }
    out.put('}');
}

void write_worker(Writer& out, const slot::WorkerEntry& entry)
{
    number(out, "{\"pid\":", entry.pid.load(kRelaxed));
    out.put(",\"leaving\":");
    out.put(entry.leaving.load(kRelaxed) != 0 ? "true" : "false");
    seconds(out, ",\"started\":",
            static_cast<int64_t>(entry.started.load(kRelaxed)));
    out.put(",\"subscribers\":{");
    for (size_t i = 0; i < slot::kTransports; i++) {
        out.put(i == 0 ? "" : ",");
        write_string(out, slot::word(static_cast<slot::Transport>(i)));
        out.put(':');
        write_count(out, entry.subscribers[i].load(kRelaxed));
    }
    out.put("}}");
}

void write_workers(Writer& out)
{
    out.put("\"workers\":[");
    bool first = true;
    for (size_t i = 0; i < slot::kMaxWorkers; i++) {
        if (!roster()->alive(i, is_gone)) {
            continue;
        }
        out.put(first ? "" : ",");
        first = false;
        write_worker(out, roster()->entry(i));
    }
    out.put(']');
}

void write_station(Writer& out, const ZoneConf* zone, size_t index)
{
    slot::Slot slot = zone->shared->slot(index);
    Arena arena(scratch().arena);
    Result<slot::State> state = slot.read(scratch().record, arena);
    member(out, "{\"station\":", slot.name());
    number(out, ",\"seq\":", slot.seq());
    member(out, ",\"status\":",
           word(state.ok() ? state->at.status : Status::kOffline));
    out.put(",\"text\":");
    const Track* track = state.ok() ? state->now() : nullptr;
    write_text(out, track != nullptr ? track->text : std::string_view());
    out.put(",\"type\":");
    write_text(out, state.ok() ? state->stream.type : std::string_view());
    out.put(",\"age\":");
    int64_t age = slot.age(ticks());
    if (age < 0) {
        out.put("null");
    } else {
        write_seconds(out, age);
    }
    number(out, ",\"subscribers\":", audience_of(zone, index));
    out.put('}');
}

// What its rooms and stations have in common with those of other machines.
void write_engine(Writer& out, const ZoneConf* zone)
{
    const room::Rooms& rooms = *zone->talks;
    if (zone->share == 0) {
        return;
    }
    const room::EngineFigures& engine = rooms.head().engine;
    bool up = engine.up.load(kRelaxed) != 0;
    out.put(up ? ",\"engine\":{\"up\":true" : ",\"engine\":{\"up\":false");
    number(out, ",\"worker\":", rooms.head().engine_lease.holder());
    number(out, ",\"round_trip_us\":", engine.round_trip_us.load(kRelaxed));
    number(out, ",\"behind\":", engine.behind.load(kRelaxed));
    number(out, ",\"sent\":", engine.sent.load(kRelaxed));
    number(out, ",\"received\":", engine.came.load(kRelaxed));
    number(out, ",\"reconnects\":", engine.reconnects.load(kRelaxed));
    number(out, ",\"failures\":", engine.failures.load(kRelaxed));
    out.put(",\"local\":");
    write_seconds(out, static_cast<int64_t>(engine.local_ms.load(kRelaxed)));
    out.put('}');
}

void write_rooms(Writer& out, const MainConf* main, const ZoneConf* zone)
{
    const room::Rooms& rooms = *zone->talks;
    if (zone->room_plan.size == 0) {
        out.put("null");
        return;
    }
    number(out, "{\"open\":", rooms.open_rooms());
    number(out, ",\"capacity\":", rooms.capacity());
    number(out, ",\"times_full\":", rooms.times_full().load(kRelaxed));
    number(out, ",\"members_full\":", rooms.members_full().load(kRelaxed));
    number(out, ",\"bans\":", rooms.bans().in_force(now().unix_ms));
    write_engine(out, zone);
    out.put(",\"list\":[");
    bool first = true;
    for (size_t i = 0; i < rooms.capacity(); i++) {
        Result<room::Room> room = rooms.at(i);
        if (room.ok()) {
            char name[kMaxName];
            out.put(first ? "" : ",");
            first = false;
            room::write_report(
                out, rooms, *room,
                {reactions_of(room_conf_of(main, zone, room->name(name)))});
        }
    }
    out.put("]}");
}

void write_zone(Writer& out, const MainConf* main, const ZoneConf* zone)
{
    member(out, "{\"name\":", view(zone->name));
    number(out, ",\"size\":", zone->size);
    out.put(",\"epoch\":\"");
    write_hex(out, zone->shared->epoch(), 8);
    out.put("\",\"leader\":");
    uint32_t leader = zone->shared->lease().holder();
    if (leader == 0 || is_gone(leader)) {
        out.put("null");
    } else {
        write_unsigned(out, leader);
    }
    number(out, ",\"term\":", zone->shared->lease().term());
    number(out, ",\"stations\":", zone->shared->stations());
    number(out, ",\"capacity\":", zone->shared->capacity());
    number(out, ",\"times_full\":", zone->shared->times_full().load(kRelaxed));
    number(out, ",\"uncounted_connections\":",
           zone->shared->addresses().overflows());
    number(out, ",\"changes\":", zone->shared->changes());
    number(out, ",\"subscribers\":", zone->shared->audience());
    number(out, ",\"connections\":", zone->shared->addresses().connections());
    out.put(",\"list\":[");
    for (size_t i = 0; i < zone->shared->stations(); i++) {
        out.put(i == 0 ? "" : ",");
        write_station(out, zone, i);
    }
    out.put("],\"rooms\":");
    write_rooms(out, main, zone);
    out.put('}');
}

void write_failures(Writer& out, const slot::PollEntry& entry)
{
    number(out, "{\"total\":", entry.failures.load(kRelaxed));
    for (size_t i = 0; i < kFaults; i++) {
        uint64_t count = entry.failures_by[i].load(kRelaxed);
        if (count > 0) {
            out.put(',');
            write_string(out, word(static_cast<Fault>(i)));
            out.put(':');
            write_unsigned(out, count);
        }
    }
    out.put('}');
}

void write_poll(Writer& out, const PollConf* conf, const slot::PollEntry& entry)
{
    member(out, "{\"location\":", view(conf->location));
    member(out, ",\"server\":", server_of(conf));
    member(out, ",\"zone\":", view(conf->zone->name));
    out.put(",\"kind\":");
    write_string(out, kind_of(conf));
    member(out, ",\"type\":", source::word_of(conf->source.format));
    seconds(out, ",\"interval\":",
            static_cast<int64_t>(conf->feed ? 0 : conf->interval));
    number(out, ",\"successes\":", entry.successes.load(kRelaxed));
    out.put(",\"failures\":");
    write_failures(out, entry);
    out.put(",\"last_fault\":");
    uint32_t fault = entry.last_fault.load(kRelaxed);
    write_text(out, fault == 0 ? std::string_view()
                               : word(static_cast<Fault>(fault - 1)));
    out.put(",\"notice\":");
    char room[slot::kMaxNote];
    write_text(out, slot::read(entry.notice, room));
    age(out, ",\"last_good_age\":", entry.last_good.load(kRelaxed));
    age(out, ",\"last_started_age\":", entry.last_started.load(kRelaxed));
    seconds(out, ",\"last_duration\":", entry.last_duration_ms.load(kRelaxed));
    number(out, ",\"last_bytes\":", entry.last_bytes.load(kRelaxed));
    number(out, ",\"last_stations\":", entry.last_stations.load(kRelaxed));
    number(out, ",\"changes\":", entry.changes.load(kRelaxed));
    out.put('}');
}

}  // namespace

void write_status_json(Writer& out, const MainConf* main)
{
    member(out, "{\"version\":", kVersion);
    member(out, ",\"nginx\":", NGINX_VERSION);
    seconds(out, ",\"time\":", now().unix_ms);
    out.put(',');
    write_workers(out);
    out.put(',');
    write_totals(out);
    out.put(",\"zones\":[");
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        out.put(i == 0 ? "" : ",");
        write_zone(out, main, zones[i]);
    }
    out.put("],\"polls\":[");
    auto** polls = static_cast<PollConf**>(main->polls.elts);
    bool first = true;
    for (ngx_uint_t i = 0; i < main->polls.nelts; i++) {
        Result<slot::PollEntry*> entry =
            polls[i]->zone->shared->find_or_add_poll(polls[i]->key,
                                                     view(polls[i]->location));
        if (entry.ok()) {
            out.put(first ? "" : ",");
            first = false;
            write_poll(out, polls[i], **entry);
        }
    }
    out.put("],\"sounds\":[");
    write_sounds(out, main);
    out.put("]}\n");
}

}  // namespace onair::ngx
