#include "ngx_module/status/prometheus_rooms.h"

#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/status/prometheus_words.h"
#include "room/report.h"

namespace onair::ngx {

namespace {

using encoder::write_seconds;
using encoder::write_unsigned;
using room::kRelaxed;
using room::Room;
using room::Rooms;

template <typename Visit>
void each_zone(const MainConf* main, Visit visit)
{
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        if (zones[i]->room_plan.size > 0) {
            visit(zones[i]);
        }
    }
}

template <typename Visit>
void each_room(const MainConf* main, Visit visit)
{
    each_zone(main, [&visit](const ZoneConf* zone) {
        for (size_t i = 0; i < zone->talks->capacity(); i++) {
            Result<Room> room = zone->talks->at(i);
            if (room.ok()) {
                visit(zone, *room);
            }
        }
    });
}

void write_labels(Writer& out, std::string_view row, const ZoneConf* zone,
                  const Room& room)
{
    char name[kMaxName];
    out.put(row);
    out.put('{');
    write_label(out, "zone", view(zone->name));
    out.put(',');
    write_label(out, "room", room.name(name));
}

struct OfZone {
    std::string_view row, type, help;
    uint64_t (*value)(const Rooms& rooms);
};

constexpr OfZone kOfZones[] = {
    {"onair_rooms", "gauge", "Rooms that are open.",
     [](const Rooms& rooms) -> uint64_t { return rooms.open_rooms(); }},
    {"onair_rooms_capacity", "gauge", "Rooms that fit into the zone.",
     [](const Rooms& rooms) -> uint64_t { return rooms.capacity(); }},
    {"onair_rooms_full_total", "counter", "Rooms that found no place.",
     [](const Rooms& rooms) { return rooms.times_full().load(kRelaxed); }},
    {"onair_rooms_members_full_total", "counter",
     "Members that found no place.",
     [](const Rooms& rooms) { return rooms.members_full().load(kRelaxed); }},
    {"onair_rooms_bans", "gauge", "Bans and mutes in force.",
     [](const Rooms& rooms) -> uint64_t {
         return rooms.bans().in_force(now().unix_ms);
     }},
};

constexpr OfZone kOfEngines[] = {
    {"onair_engine_up", "gauge", "Whether the engine of the rooms answers.",
     [](const Rooms& rooms) { return rooms.head().engine.up.load(kRelaxed); }},
    {"onair_engine_reconnects_total", "counter",
     "Connections to the engine that were made anew.",
     [](const Rooms& rooms) {
         return rooms.head().engine.reconnects.load(kRelaxed);
     }},
    {"onair_engine_failures_total", "counter",
     "Connections to the engine that broke or could not be made.",
     [](const Rooms& rooms) {
         return rooms.head().engine.failures.load(kRelaxed);
     }},
    {"onair_engine_behind", "gauge",
     "Messages on their way to the engine and back.",
     [](const Rooms& rooms) {
         return rooms.head().engine.behind.load(kRelaxed);
     }},
    {"onair_engine_sent_total", "counter", "Messages sent to the engine.",
     [](const Rooms& rooms) {
         return rooms.head().engine.sent.load(kRelaxed);
     }},
    {"onair_engine_received_total", "counter",
     "Messages that came from the engine, also those of this machine.",
     [](const Rooms& rooms) {
         return rooms.head().engine.came.load(kRelaxed);
     }},
};

// In seconds.
struct TimeOfEngine {
    std::string_view row, type, help;
    int64_t (*ms)(const Rooms& rooms);
};

constexpr TimeOfEngine kTimesOfEngines[] = {
    {"onair_engine_round_trip_seconds", "gauge",
     "How long the engine took for the last command.",
     [](const Rooms& rooms) {
         return static_cast<int64_t>(
             rooms.head().engine.round_trip_us.load(kRelaxed) / 1000);
     }},
    {"onair_engine_local_seconds_total", "counter",
     "How long the engine has been away.",
     [](const Rooms& rooms) {
         return static_cast<int64_t>(
             rooms.head().engine.local_ms.load(kRelaxed));
     }},
};

struct OfRoom {
    std::string_view row, type, help;
    uint64_t (*value)(const Rooms& rooms, const Room& room);
};

constexpr OfRoom kOfRooms[] = {
    {"onair_room_people", "gauge", "Distinct members that are connected.",
     [](const Rooms& rooms, const Room& room) -> uint64_t {
         return room::people_in(rooms, room);
     }},
    {"onair_room_peak", "gauge", "Most members at once while on air.",
     [](const Rooms&, const Room& room) -> uint64_t { return room.peak(); }},
    {"onair_room_messages_total", "counter", "Messages said.",
     [](const Rooms&, const Room& room) {
         return room.head().said.load(kRelaxed);
     }},
    {"onair_room_refused_total", "counter",
     "What was not let through: too fast, too long, not allowed.",
     [](const Rooms&, const Room& room) {
         return room.head().refused.load(kRelaxed);
     }},
    {"onair_room_left_out_total", "counter",
     "Messages that a worker left out of its frames, see show.",
     [](const Rooms&, const Room& room) {
         return room.head().left_out.load(kRelaxed);
     }},
};

void write_of_zone(Writer& out, const OfZone& of, const ZoneConf* zone)
{
    out.put(of.row);
    out.put('{');
    write_label(out, "zone", view(zone->name));
    out.put("} ");
    write_unsigned(out, of.value(*zone->talks));
    out.put('\n');
}

void write_of_zones(Writer& out, const MainConf* main)
{
    for (const OfZone& of : kOfZones) {
        write_head(out, of.row, of.type, of.help);
        each_zone(main,
                  [&](const ZoneConf* zone) { write_of_zone(out, of, zone); });
    }
}

// Of zones that have rooms in common with other machines.
void write_of_engines(Writer& out, const MainConf* main)
{
    if (main->engine == nullptr) {
        return;
    }
    for (const OfZone& of : kOfEngines) {
        write_head(out, of.row, of.type, of.help);
        each_zone(main, [&](const ZoneConf* zone) {
            if (zone->share != 0) {
                write_of_zone(out, of, zone);
            }
        });
    }
    for (const TimeOfEngine& of : kTimesOfEngines) {
        write_head(out, of.row, of.type, of.help);
        each_zone(main, [&](const ZoneConf* zone) {
            if (zone->share != 0) {
                out.put(of.row);
                out.put('{');
                write_label(out, "zone", view(zone->name));
                out.put("} ");
                write_seconds(out, of.ms(*zone->talks));
                out.put('\n');
            }
        });
    }
}

void write_of_rooms(Writer& out, const MainConf* main)
{
    for (const OfRoom& of : kOfRooms) {
        write_head(out, of.row, of.type, of.help);
        each_room(main, [&](const ZoneConf* zone, const Room& room) {
            write_labels(out, of.row, zone, room);
            out.put("} ");
            write_unsigned(out, of.value(*zone->talks, room));
            out.put('\n');
        });
    }
}

void write_members(Writer& out, const MainConf* main)
{
    constexpr std::string_view kRow = "onair_room_members";
    write_head(out, kRow, "gauge", "Connections to the room.");
    each_room(main, [&](const ZoneConf* zone, const Room& room) {
        room::Counts counts = room.counts();
        for (size_t i = 0; i < room::kRoles; i++) {
            write_labels(out, kRow, zone, room);
            out.put(',');
            write_label(out, "role", word(static_cast<room::Role>(i)));
            out.put("} ");
            write_unsigned(out, counts.roles[i]);
            out.put('\n');
        }
    });
}

void write_watched(Writer& out, const MainConf* main)
{
    constexpr std::string_view kRow = "onair_room_watched_seconds_total";
    write_head(out, kRow, "counter", "Time of all members together.");
    each_room(main, [&](const ZoneConf* zone, const Room& room) {
        write_labels(out, kRow, zone, room);
        out.put("} ");
        write_seconds(out, static_cast<int64_t>(room.watched_ms()));
        out.put('\n');
    });
}

void write_reactions(Writer& out, const MainConf* main)
{
    constexpr std::string_view kRow = "onair_room_reactions_total";
    write_head(out, kRow, "counter", "Reactions.");
    each_room(main, [&](const ZoneConf* zone, const Room& room) {
        char name[kMaxName];
        auto names = reactions_of(room_conf_of(main, zone, room.name(name)));
        for (size_t i = 0; i < names.size(); i++) {
            write_labels(out, kRow, zone, room);
            out.put(',');
            write_label(out, "reaction", names[i]);
            out.put("} ");
            write_unsigned(out, room.reactions(i));
            out.put('\n');
        }
    });
}

bool any_rooms(const MainConf* main)
{
    bool any = false;
    each_zone(main, [&any](const ZoneConf*) { any = true; });
    return any;
}

}  // namespace

void write_rooms(Writer& out, const MainConf* main)
{
    if (!any_rooms(main)) {
        return;
    }
    write_of_zones(out, main);
    write_of_engines(out, main);
    write_of_rooms(out, main);
    write_members(out, main);
    write_watched(out, main);
    write_reactions(out, main);
}

}  // namespace onair::ngx
