#include "room/report.h"

#include <algorithm>

#include "encoder/json.h"
#include "encoder/number.h"

namespace onair::room {

namespace {

using encoder::write_unsigned;

void number(Writer& out, std::string_view name, uint64_t value)
{
    out.put(name);
    write_unsigned(out, value);
}

void write_roles(Writer& out, const Counts& counts)
{
    out.put(R"(,"roles":{)");
    for (size_t i = 0; i < kRoles; i++) {
        out.put(i == 0 ? "\"" : ",\"");
        out.put(word(static_cast<Role>(i)));
        number(out, "\":", counts.roles[i]);
    }
    out.put('}');
}

void write_reactions(Writer& out, const Room& room, const Reported& reported)
{
    size_t count = std::min(reported.reactions.size(), kMostReactions);
    out.put(R"(,"reactions":{)");
    for (size_t i = 0; i < count; i++) {
        out.put(i == 0 ? "" : ",");
        encoder::write_string(out, reported.reactions[i]);
        number(out, ":", room.reactions(i));
    }
    out.put('}');
}

}  // namespace

size_t people_in(const Rooms& rooms, const Room& room)
{
    // Most rooms are empty, and this one looks at all members of the zone.
    return room.counts().connections > 0 ? rooms.members().people(room.key())
                                         : 0;
}

// The engine's number has a standard error of 0.81 % (HyperLogLog).
size_t people_everywhere(const Rooms& rooms, const Room& room)
{
    return std::max<size_t>(people_in(rooms, room),
                            room.head().people.load(kRelaxed));
}

size_t most_report(const Reported& reported)
{
    size_t size = 1024 + 6 * kMaxName;
    for (std::string_view name : reported.reactions) {
        size += 6 * name.size() + 24;
    }
    return size;
}

void write_report(Writer& out, const Rooms& rooms, const Room& room,
                  const Reported& reported)
{
    char name[kMaxName];
    const RoomHead& head = room.head();
    Counts counts = room.counts();
    out.put(R"({"room":)");
    encoder::write_string(out, room.name(name));
    out.put(R"(,"epoch":")");
    encoder::write_hex(out, room.epoch(), 8);
    number(out, R"(","seq":)", room.seq());
    number(out, R"(,"members":)", counts.members());
    number(out, R"(,"people":)", people_in(rooms, room));
    if (rooms.shared()) {
        out.put(R"(,"reach":")");
        out.put(word(room.reach()));
        number(out, R"(","members_everywhere":)", room.members_everywhere());
        number(out, R"(,"people_everywhere":)", people_everywhere(rooms, room));
    }
    write_roles(out, counts);
    number(out, R"(,"peak":)", room.peak());
    out.put(R"(,"watched":)");
    encoder::write_seconds(out, static_cast<int64_t>(room.watched_ms()));
    number(out, R"(,"messages":)", head.said.load(kRelaxed));
    number(out, R"(,"refused":)", head.refused.load(kRelaxed));
    number(out, R"(,"left_out":)", head.left_out.load(kRelaxed));
    out.put(R"(,"modes":)");
    write_modes(out, room.modes());
    write_reactions(out, room, reported);
    out.put('}');
}

}  // namespace onair::room
