#include "room/event.h"

#include <algorithm>

#include "encoder/json.h"
#include "encoder/number.h"

namespace onair::room {

namespace {

using encoder::write_hex;
using encoder::write_seconds;
using encoder::write_string;
using encoder::write_unsigned;

constexpr size_t kAround = 256;  // names of members, numbers, braces

std::string_view type_of(const Message& m)
{
    switch (m.kind) {
        case Kind::kMessage:
            return "message";
        case Kind::kEvent:
            return m.type;
        case Kind::kEntered:
            return "entered";
        case Kind::kLeft:
            return "left";
        case Kind::kDeleted:
            return "deleted";
        case Kind::kCleared:
            return "cleared";
        case Kind::kModes:
            return "mode";
        case Kind::kReach:
            return "reach";
        case Kind::kClose:
            break;
    }
    return "closed";
}

void write_from(Writer& out, const Message& m)
{
    out.put(R"(,"from":{"id":)");
    write_string(out, m.from_id);
    if (m.kind != Kind::kDeleted) {
        out.put(R"(,"name":)");
        encoder::write_text(out, m.from_name);
        out.put(R"(,"role":")");
        out.put(word(m.role));
        out.put('"');
    }
    out.put('}');
}

void write_to(Writer& out, const Message& m)
{
    switch (m.to) {
        case To::kAll:
        case To::kOthers:
            return;
        case To::kHost:
            out.put(R"(,"to":"host")");
            return;
        case To::kParticipants:
            out.put(R"(,"to":"participants")");
            return;
        case To::kOne:
            out.put(R"(,"to":)");
            write_string(out, m.to_id);
            return;
    }
}

std::string_view name_of_said(Kind kind)
{
    return kind == Kind::kDeleted ? "seqs"
           : kind == Kind::kModes ? "modes"
           : kind == Kind::kReach ? "reach"
                                  : "said";
}

void write_reactions(Writer& out, const Reactions& reactions,
                     const uint64_t* numbers, bool all)
{
    bool first = true;
    out.put('{');
    for (size_t i = 0; i < reactions.names.size(); i++) {
        if (!all && numbers[i] == 0) {
            continue;
        }
        if (!first) {
            out.put(',');
        }
        first = false;
        write_string(out, reactions.names[i]);
        out.put(':');
        write_unsigned(out, numbers[i]);
    }
    out.put('}');
}

void write_you(Writer& out, const You& you)
{
    out.put(R"(,"you":{"id":)");
    write_string(out, you.id);
    out.put(R"(,"name":)");
    encoder::write_text(out, you.name);
    out.put(R"(,"role":")");
    out.put(word(you.role));
    out.put('"');
    if (!you.token.empty()) {
        out.put(R"(,"token":)");
        write_string(out, you.token);
    }
    if (!you.ice_servers.empty()) {
        out.put(R"(,"iceServers":)");
        out.put(you.ice_servers);
    }
    out.put('}');
}

void write_room(Writer& out, std::string_view room)
{
    out.put(R"({"room":)");
    write_string(out, room);
}

void write_count(Writer& out, std::string_view name, int64_t count)
{
    if (count >= 0) {
        out.put(name);
        write_unsigned(out, static_cast<uint64_t>(count));
    }
}

bool any(const Reactions& reactions)
{
    for (size_t i = 0; i < reactions.names.size(); i++) {
        if (reactions.added[i] != 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

bool is_own_type(std::string_view type)
{
    constexpr std::string_view kOwn[] = {"message", "entered", "left",
                                         "deleted", "cleared", "mode",
                                         "reach",   "closed"};
    return std::find(std::begin(kOwn), std::end(kOwn), type) != std::end(kOwn);
}

size_t most_event(const Message& m)
{
    return kAround +
           6 * (m.from_id.size() + m.from_name.size() + m.type.size() +
                m.to_id.size()) +
           m.said.size();
}

void write_event(Writer& out, const Message& m)
{
    out.put(R"({"seq":)");
    write_unsigned(out, m.seq);
    out.put(R"(,"time":)");
    write_seconds(out, m.time < 0 ? 0 : m.time);
    out.put(R"(,"type":)");
    write_string(out, type_of(m));
    if (!m.from_id.empty()) {
        write_from(out, m);
    }
    write_to(out, m);
    if (!m.said.empty()) {
        out.put(",\"");
        out.put(name_of_said(m.kind));
        out.put("\":");
        out.put(m.said);
    }
    out.put('}');
}

void write_modes(Writer& out, const Modes& modes)
{
    out.put(R"({"slow":)");
    if (modes.slow_ms % 1000 == 0) {
        write_unsigned(out, modes.slow_ms / 1000);
    } else {
        write_seconds(out, modes.slow_ms);
    }
    out.put(R"(,"who":")");
    out.put(word(modes.who));
    out.put(R"(","unique":)");
    out.put(modes.unique ? "true" : "false");
    out.put(R"(,"closed":)");
    out.put(modes.closed ? "true" : "false");
    out.put('}');
}

size_t most_frame(const Frame& frame)
{
    size_t size = 2 * kAround + 6 * frame.room.size() + frame.reach.size();
    if (frame.you != nullptr) {
        size += 6 * (frame.you->id.size() + frame.you->name.size()) +
                frame.you->token.size() + frame.you->ice_servers.size();
    }
    if (frame.reactions != nullptr) {
        for (std::string_view name : frame.reactions->names) {
            size += 2 * (6 * name.size() + 24);
        }
    }
    for (std::string_view event : frame.events) {
        size += event.size() + 1;
    }
    return size;
}

void write_frame(Writer& out, const Frame& frame)
{
    write_room(out, frame.room);
    out.put(R"(,"epoch":")");
    write_hex(out, frame.epoch, 8);
    out.put(R"(","seq":)");
    write_unsigned(out, frame.seq);
    if (frame.you != nullptr) {
        write_you(out, *frame.you);
    }
    write_count(out, R"(,"members":)", frame.members);
    write_count(out, R"(,"people":)", frame.people);
    if (frame.modes != nullptr) {
        out.put(R"(,"modes":)");
        write_modes(out, *frame.modes);
    }
    if (frame.reactions != nullptr) {
        const Reactions& r = *frame.reactions;
        out.put(R"(,"reactions":)");
        write_reactions(out, r, r.totals, true);
        if (r.added != nullptr && any(r)) {
            out.put(R"(,"reacted":)");
            write_reactions(out, r, r.added, false);
        }
    }
    out.put(R"(,"events":[)");
    for (size_t i = 0; i < frame.events.size(); i++) {
        if (i > 0) {
            out.put(',');
        }
        out.put(frame.events[i]);
    }
    out.put(R"(],"left_out":)");
    write_unsigned(out, frame.left_out);
    if (!frame.reach.empty()) {
        out.put(R"(,"reach":")");
        out.put(frame.reach);
        out.put('"');
    }
    out.put(frame.gap ? R"(,"gap":true})" : "}");
}

void write_answer(Writer& out, std::string_view room, std::string_view ref,
                  uint32_t epoch, uint64_t seq)
{
    write_room(out, room);
    if (!ref.empty()) {
        out.put(R"(,"ref":)");
        out.put(ref);
    }
    out.put(R"(,"epoch":")");
    write_hex(out, epoch, 8);
    out.put('"');
    if (seq != kOnItsWay) {
        out.put(R"(,"seq":)");
        write_unsigned(out, seq);
    }
    out.put('}');
}

void write_refusal(Writer& out, std::string_view room, std::string_view ref,
                   std::string_view error, uint32_t wait_ms)
{
    write_room(out, room);
    if (!ref.empty()) {
        out.put(R"(,"ref":)");
        out.put(ref);
    }
    out.put(R"(,"error":)");
    write_string(out, error);
    if (wait_ms > 0) {
        out.put(R"(,"wait":)");
        write_seconds(out, wait_ms);
    }
    out.put('}');
}

void write_member(Writer& out, const Member& member)
{
    out.put(R"({"id":)");
    write_string(out, member.id);
    out.put(R"(,"name":)");
    encoder::write_text(out, member.name);
    out.put(R"(,"role":")");
    out.put(word(member.role));
    out.put("\"}");
}

bool is_for(const Message& m, std::string_view id, uint64_t sender, Role role)
{
    bool mine = m.sender != 0 && m.sender == sender;
    switch (m.to) {
        case To::kAll:
            return true;
        case To::kOthers:
            return !mine;
        case To::kHost:
            return role == Role::kHost || mine;
        case To::kParticipants:
            return role == Role::kParticipant || role == Role::kModerator ||
                   mine;
        case To::kOne:
            return m.to_id == id || mine ||
                   (!m.from_id.empty() && m.from_id == id);
    }
    return false;
}

}  // namespace onair::room
