#include "ngx_module/status/status_prometheus.h"

#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/version.h"
#include "ngx_module/status/prometheus_rooms.h"
#include "ngx_module/status/prometheus_words.h"
#include "ngx_module/status/sound_rows.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"

namespace onair::ngx {

namespace {

using encoder::write_seconds;
using encoder::write_unsigned;

constexpr auto kRelaxed = std::memory_order_relaxed;

template <typename Visit>
void each_zone(const MainConf* main, Visit visit)
{
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        visit(zones[i]);
    }
}

void write_of_zone(Writer& out, std::string_view name, const ZoneConf* zone,
                   uint64_t value)
{
    out.put(name);
    out.put('{');
    write_label(out, "zone", view(zone->name));
    out.put("} ");
    write_unsigned(out, value);
    out.put('\n');
}

std::string_view help_of(slot::Total total)
{
    switch (total) {
        case slot::Total::kConnects:
            return "Subscribers that came.";
        case slot::Total::kDisconnects:
            return "Subscribers that went.";
        case slot::Total::kMessages:
            return "Messages delivered, GET included.";
        case slot::Total::kBytes:
            return "Bytes of messages delivered.";
        case slot::Total::kSkipped:
            return "Times a slow reader went straight to the newest change.";
        case slot::Total::kStalled:
            return "Subscribers closed because a write did not move.";
        case slot::Total::kHeartbeats:
            return "Pings and comment lines sent.";
        case slot::Total::kTimeouts:
            return "Subscribers closed without a sign of life.";
        case slot::Total::kRefusedOrigin:
            return "Requests refused by onair_origin.";
        case slot::Total::kRefusedCap:
            return "Requests refused by onair_connections.";
        case slot::Total::kRefusedRequest:
            return "Requests and commands that were not valid.";
        case slot::Total::kRefusedRate:
            return "Subscribers closed by onair_message_rate.";
        case slot::Total::kProtocolErrors:
            return "WebSockets closed for what the client sent.";
        case slot::Total::kGaps:
            return "Clients that came back and could not get what they missed.";
        case slot::Total::kResumed:
            return "Clients that came back and got what they missed.";
        case slot::Total::kPublished:
            return "Publications taken.";
        case slot::Total::kPublishRefused:
            return "Publications refused.";
        case slot::Total::kGoodbyes:
            return "Subscribers sent away by a worker that shuts down.";
    }
    return {};
}

void write_workers(Writer& out)
{
    write_head(out, "onair_subscribers", "gauge",
               "Connected clients by transport.");
    for (size_t i = 0; i < slot::kTransports; i++) {
        auto transport = static_cast<slot::Transport>(i);
        int64_t count = roster()->subscribers(transport);
        out.put("onair_subscribers{");
        write_label(out, "transport", slot::word(transport));
        out.put("} ");
        write_unsigned(out, count > 0 ? static_cast<uint64_t>(count) : 0);
        out.put('\n');
    }
    for (size_t i = 0; i < slot::kTotals; i++) {
        auto total = static_cast<slot::Total>(i);
        char name[64];
        Writer text(name);
        text.put("onair_");
        text.put(slot::word(total));
        text.put("_total");
        write_head(out, text.view(), "counter", help_of(total));
        out.put(text.view());
        out.put(' ');
        write_unsigned(out, roster()->total(total));
        out.put('\n');
    }
}

void write_zones(Writer& out, const MainConf* main)
{
    write_head(out, "onair_zone_stations", "gauge", "Stations in the zone.");
    each_zone(main, [&](const ZoneConf* zone) {
        write_of_zone(out, "onair_zone_stations", zone,
                      zone->shared->stations());
    });
    write_head(out, "onair_zone_capacity", "gauge",
               "Stations that fit into the zone.");
    each_zone(main, [&](const ZoneConf* zone) {
        write_of_zone(out, "onair_zone_capacity", zone,
                      zone->shared->capacity());
    });
    write_head(out, "onair_zone_full_total", "counter",
               "Stations that found no place.");
    each_zone(main, [&](const ZoneConf* zone) {
        write_of_zone(out, "onair_zone_full_total", zone,
                      zone->shared->times_full().load(kRelaxed));
    });
    write_head(out, "onair_zone_uncounted_connections_total", "counter",
               "Connections let in without a count: too many addresses.");
    each_zone(main, [&](const ZoneConf* zone) {
        write_of_zone(out, "onair_zone_uncounted_connections_total", zone,
                      zone->shared->addresses().overflows());
    });
    write_head(out, "onair_zone_changes_total", "counter",
               "Changes told to subscribers.");
    each_zone(main, [&](const ZoneConf* zone) {
        write_of_zone(out, "onair_zone_changes_total", zone,
                      zone->shared->changes());
    });
    write_head(out, "onair_zone_has_leader", "gauge",
               "1 while a living worker polls for the zone.");
    each_zone(main, [&](const ZoneConf* zone) {
        uint32_t leader = zone->shared->lease().holder();
        write_of_zone(out, "onair_zone_has_leader", zone,
                      leader != 0 && !is_gone(leader) ? 1 : 0);
    });
}

template <typename Write>
void each_station(Writer& out, const MainConf* main, std::string_view name,
                  Write write)
{
    each_zone(main, [&](const ZoneConf* zone) {
        for (size_t i = 0; i < zone->shared->stations(); i++) {
            out.put(name);
            out.put('{');
            write_label(out, "zone", view(zone->name));
            out.put(',');
            write_label(out, "station", zone->shared->slot(i).name());
            out.put("} ");
            write(zone, i);
            out.put('\n');
        }
    });
}

bool is_live(const ZoneConf* zone, size_t index)
{
    Arena arena(scratch().arena);
    Result<slot::State> state =
        zone->shared->slot(index).read(scratch().record, arena);
    return state.ok() && state->at.status == Status::kLive;
}

void write_stations(Writer& out, const MainConf* main)
{
    write_head(out, "onair_station_live", "gauge", "1 while on air.");
    each_station(out, main, "onair_station_live",
                 [&](const ZoneConf* zone, size_t i) {
                     out.put(is_live(zone, i) ? '1' : '0');
                 });
    write_head(out, "onair_station_subscribers", "gauge",
               "Clients connected for the station.");
    each_station(out, main, "onair_station_subscribers",
                 [&](const ZoneConf* zone, size_t i) {
                     write_unsigned(out, audience_here(zone, i));
                 });
    write_head(out, "onair_station_changes_total", "counter",
               "Changes of the station told to subscribers.");
    each_station(out, main, "onair_station_changes_total",
                 [&](const ZoneConf* zone, size_t i) {
                     write_unsigned(out, zone->shared->slot(i).seq());
                 });
    write_head(out, "onair_station_age_seconds", "gauge",
               "Since a source last spoke of the station.");
    each_station(out, main, "onair_station_age_seconds",
                 [&](const ZoneConf* zone, size_t i) {
                     int64_t age = zone->shared->slot(i).age(ticks());
                     if (age < 0) {
                         out.put("NaN");
                     } else {
                         write_seconds(out, age);
                     }
                 });
}

// Poll locations of one name may be in several servers, with or without names:
// without these labels two series would be one, which Prometheus refuses.
void write_server(Writer& out, const MainConf* main, const PollConf* poll)
{
    std::string_view server = server_of(poll);
    auto** polls = static_cast<PollConf**>(main->polls.elts);
    size_t number = 1;
    for (size_t i = 0; polls[i] != poll; i++) {
        number += polls[i]->zone == poll->zone &&
                          view(polls[i]->location) == view(poll->location) &&
                          server_of(polls[i]) == server
                      ? 1
                      : 0;
    }
    write_label(out, "server", server);
    if (number > 1) {
        char digits[NGX_INT64_LEN];
        Writer text(digits);
        write_unsigned(text, number);
        out.put(',');
        write_label(out, "number", text.view());
    }
}

template <typename Write>
void each_poll(Writer& out, const MainConf* main, std::string_view name,
               Write write)
{
    auto** polls = static_cast<PollConf**>(main->polls.elts);
    for (ngx_uint_t i = 0; i < main->polls.nelts; i++) {
        Result<slot::PollEntry*> entry =
            polls[i]->zone->shared->find_or_add_poll(polls[i]->key,
                                                     view(polls[i]->location));
        if (!entry.ok()) {
            continue;
        }
        out.put(name);
        out.put('{');
        write_label(out, "zone", view(polls[i]->zone->name));
        out.put(',');
        write_server(out, main, polls[i]);
        out.put(',');
        write_label(out, "location", view(polls[i]->location));
        out.put(',');
        write_label(out, "kind", kind_of(polls[i]));
        out.put("} ");
        write(**entry);
        out.put('\n');
    }
}

void write_polls(Writer& out, const MainConf* main)
{
    write_head(out, "onair_poll_successes_total", "counter",
               "Polls with a good answer.");
    each_poll(out, main, "onair_poll_successes_total",
              [&](const slot::PollEntry& entry) {
                  write_unsigned(out, entry.successes.load(kRelaxed));
              });
    write_head(out, "onair_poll_failures_total", "counter",
               "Polls without one.");
    each_poll(out, main, "onair_poll_failures_total",
              [&](const slot::PollEntry& entry) {
                  write_unsigned(out, entry.failures.load(kRelaxed));
              });
    write_head(out, "onair_poll_notice", "gauge",
               "1 where its answers show that something is amiss.");
    each_poll(out, main, "onair_poll_notice",
              [&](const slot::PollEntry& entry) {
                  char room[slot::kMaxNote];
                  out.put(slot::read(entry.notice, room).empty() ? '0' : '1');
              });
    write_head(out, "onair_poll_age_seconds", "gauge",
               "Since the last good answer.");
    each_poll(
        out, main, "onair_poll_age_seconds", [&](const slot::PollEntry& entry) {
            uint64_t last = entry.last_good.load(kRelaxed);
            uint64_t now = ticks();
            if (last == 0) {
                out.put("NaN");
            } else {
                write_seconds(
                    out, now > last ? static_cast<int64_t>(now - last) : 0);
            }
        });
}

}  // namespace

void write_prometheus(Writer& out, const MainConf* main)
{
    write_head(out, "onair_info", "gauge", "Version of the module.");
    out.put("onair_info{");
    write_label(out, "version", kVersion);
    out.put("} 1\n");
    write_workers(out);
    write_zones(out, main);
    write_stations(out, main);
    write_polls(out, main);
    write_rooms(out, main);
    write_sound_rows(out, main);
}

}  // namespace onair::ngx
