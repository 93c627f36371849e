#include "centrifuge/room.h"

#include <algorithm>

#include "centrifuge/channel.h"
#include "centrifuge/reply.h"
#include "encoder/json.h"
#include "encoder/number.h"
#include "encoder/snapshot.h"
#include "room/raw_json.h"

namespace onair::centrifuge {

using encoder::write_string;
using encoder::write_unsigned;
using room::Kind;
using room::Message;
using room::Refusal;
using source::JsonValue;

namespace {

constexpr size_t kAround = 512;  // names of members, numbers, braces

std::string_view string_of(JsonValue value)
{
    return value.kind() == source::Kind::kString ? value.text()
                                                 : std::string_view();
}

// A value as it came, but in one line: line ends are blanks in JSON.
void write_line(Writer& out, std::string_view value)
{
    while (!value.empty()) {
        size_t end = std::min(value.find_first_of("\r\n"), value.size());
        out.put(value.substr(0, end));
        if (end == value.size()) {
            return;
        }
        out.put(' ');
        value.remove_prefix(end + 1);
    }
}

void write_info(Writer& out, std::string_view id, std::string_view name,
                room::Role role, uint64_t sender)
{
    out.put(R"({"user":)");
    write_string(out, id);
    out.put(R"(,"client":)");
    write_client(out, sender);
    out.put(R"(,"conn_info":{"name":)");
    encoder::write_text(out, name);
    out.put(R"(,"role":")");
    out.put(room::word(role));
    out.put("\"}}");
}

void write_info(Writer& out, const Message& m)
{
    write_info(out, m.from_id, m.from_name, m.role, m.sender);
}

void write_data(Writer& out, const Message& m)
{
    if (m.kind != Kind::kDeleted) {
        write_line(out, m.said.empty() ? "{}" : m.said);
        return;
    }
    out.put(m.said.empty() ? R"({"user":)" : R"({"offsets":)");
    if (m.said.empty()) {
        write_string(out, m.from_id);
    } else {
        write_line(out, m.said);
    }
    out.put('}');
}

// Empty: said by a member.
std::string_view type_of(const Message& m)
{
    switch (m.kind) {
        case Kind::kEvent:
            return m.type;
        case Kind::kDeleted:
            return "deleted";
        case Kind::kCleared:
            return "cleared";
        case Kind::kModes:
            return "mode";
        case Kind::kReach:
            return "reach";
        case Kind::kMessage:
        case Kind::kEntered:
        case Kind::kLeft:
        case Kind::kClose:
            break;
    }
    return {};
}

// Empty: to all.
std::string_view whom(const Message& m)
{
    switch (m.to) {
        case room::To::kHost:
            return "host";
        case room::To::kParticipants:
            return "participants";
        case room::To::kOne:
            return m.to_id;
        case room::To::kAll:
        case room::To::kOthers:
            break;
    }
    return {};
}

void write_tag(Writer& out, std::string_view name, std::string_view value,
               bool* first)
{
    if (value.empty()) {
        return;
    }
    out.put(*first ? R"(,"tags":{)" : ",");
    *first = false;
    write_string(out, name);
    out.put(':');
    write_string(out, value);
}

void begin_push(Writer& out, std::string_view room)
{
    out.put(R"({"push":{"channel":)");
    encoder::write_channel(out, prefix_of(Space::kRoom), room);
}

// What a client is to make of a refusal.
Error error_of(Refusal refusal)
{
    switch (refusal) {
        case Refusal::kSlow:
        case Refusal::kRate:
            return kTooMany;
        case Refusal::kFull:
        case Refusal::kTooLong:
            return kLimit;
        case Refusal::kBusy:
            return kInternal;
        case Refusal::kUnknownMember:
        case Refusal::kUnknownReaction:
        case Refusal::kNothingThere:
            return kBadRequest;
        default:
            return kDenied;
    }
}

}  // namespace

Guise guise_of(const Command& command)
{
    JsonValue data = command.params["data"];
    if (!data.is_object()) {
        return {};
    }
    return {string_of(data["name"]), string_of(data["token"])};
}

Result<HistoryWish> read_history(const Command& command)
{
    HistoryWish wish;
    JsonValue limit = command.params["limit"];
    if (!limit.is_missing()) {
        if (limit.kind() != source::Kind::kNumber) {
            return Fault::kBadRequest;
        }
        Result<uint64_t> number = room::read_whole(limit.text(), UINT32_MAX);
        if (!number.ok() && limit.text() != "-1") {
            return Fault::kBadRequest;
        }
        wish.limit = number.ok() ? *number : UINT64_MAX;
    }
    wish.reverse = command.params["reverse"].kind() == source::Kind::kTrue;
    JsonValue since = command.params["since"];
    wish.has_since = since.is_object();
    if (wish.has_since) {
        wish.since = position_of(since);
    }
    return wish;
}

bool is_of(const Position& position, uint32_t epoch)
{
    char text[8];
    Writer out(text);
    encoder::write_hex(out, epoch, 8);
    return position.epoch == out.view();
}

bool is_publication(const Message& m)
{
    return m.kind != Kind::kEntered && m.kind != Kind::kLeft;
}

size_t most_of(std::string_view room, const Message& m)
{
    return kAround +
           6 * (room.size() + m.from_id.size() + m.from_name.size() +
                m.type.size() + m.to_id.size()) +
           m.said.size();
}

void write_publication(Writer& out, const Message& m)
{
    out.put(R"({"data":)");
    write_data(out, m);
    if (m.kind == Kind::kMessage) {
        out.put(R"(,"info":)");
        write_info(out, m);
    }
    out.put(R"(,"offset":)");
    write_unsigned(out, m.seq);
    bool first = true;
    write_tag(out, "type", type_of(m), &first);
    write_tag(out, "to", whom(m), &first);
    out.put(first ? "" : "}");
    out.put(R"(,"time":)");
    write_unsigned(out, m.time < 0 ? 0 : static_cast<uint64_t>(m.time));
    out.put('}');
}

void write_push(Writer& out, std::string_view room, const Message& m)
{
    begin_push(out, room);
    if (is_publication(m)) {
        out.put(R"(,"pub":)");
        write_publication(out, m);
        out.put("}}");
        return;
    }
    out.put(m.kind == Kind::kEntered ? R"(,"join":{"info":)"
                                     : R"(,"leave":{"info":)");
    write_info(out, m);
    out.put("}}}");
}

void write_left_out(Writer& out, std::string_view room, uint64_t count)
{
    begin_push(out, room);
    out.put(R"(,"pub":{"data":{"left_out":)");
    write_unsigned(out, count);
    out.put(R"(},"tags":{"type":"left_out"}}}})");
}

void write_lost(Writer& out, std::string_view room)
{
    // From 2500 on a client subscribes again.
    begin_push(out, room);
    out.put(R"(,"unsubscribe":{"code":2500,"reason":"insufficient state"}}})");
}

void write_you(Writer& out, const room::Member& member, std::string_view token)
{
    out.put(R"({"id":)");
    write_string(out, member.id);
    out.put(R"(,"name":)");
    encoder::write_text(out, member.name);
    out.put(R"(,"role":")");
    out.put(room::word(member.role));
    out.put(R"(","token":)");
    write_string(out, token);
    out.put('}');
}

void write_present(Writer& out, const room::Member& member)
{
    write_client(out, member.sender);
    out.put(':');
    write_info(out, member.id, member.name, member.role, member.sender);
}

void write_client(Writer& out, uint64_t sender)
{
    out.put('"');
    encoder::write_hex(out, hash_end(sender), 16);
    out.put('"');
}

void write_refusal(Writer& out, uint32_t id, const room::Verdict& verdict)
{
    char text[128];
    Writer message(text);
    message.put(room::describe(verdict.refusal));
    if (verdict.wait_ms > 0) {
        message.put(", wait ");
        encoder::write_seconds(message, verdict.wait_ms);
        message.put(" s");
    }
    Error error = error_of(verdict.refusal);
    error.message = message.view();
    write_error(out, id, error);
}

}  // namespace onair::centrifuge
