#include "room/command.h"

#include <algorithm>

#include "room/event.h"
#include "room/raw_json.h"
#include "source/json.h"

namespace onair::room {

namespace {

using source::Json;
using source::JsonMember;
using source::JsonValue;
using source::Kind;

Result<uint64_t> whole_number(const JsonValue& value, uint64_t most)
{
    return value.kind() == Kind::kNumber ? read_whole(value.text(), most)
                                         : Fault::kBadRequest;
}

Result<uint64_t> milliseconds(const JsonValue& value, uint64_t most)
{
    return value.kind() == Kind::kNumber ? read_ms(value.text(), most)
                                         : Fault::kBadRequest;
}

bool is_bool(Kind kind)
{
    return kind == Kind::kTrue || kind == Kind::kFalse;
}

// Reads one command; says which part of it is wrong.
class Reading {
  public:
    Reading(Arena& arena, std::string_view* why) : arena_(arena), why_(why) {}

    Outcome take(const JsonMember& member, std::string_view raw);
    Result<Command> end();

  private:
    Outcome bad(std::string_view why)
    {
        *why_ = why;
        return Fault::kBadRequest;
    }
    Outcome verb(Verb verb);
    Outcome text(const JsonValue& value, size_t most, std::string_view* out,
                 std::string_view why);
    Outcome whom(Verb verb, const JsonValue& value);
    Outcome to(const JsonValue& value);
    Outcome since(const JsonValue& value);
    Outcome numbers(const JsonValue& value);
    Outcome modes(const JsonValue& value);
    Outcome mode(const JsonMember& member);
    Outcome take_of_moderators(const JsonMember& member);
    Outcome take_more(const JsonMember& member, std::string_view raw);

    Arena& arena_;
    std::string_view* why_;
    Command command_;
    bool has_verb_ = false;
};

Outcome Reading::verb(Verb verb)
{
    if (has_verb_) {
        return bad("one command at a time");
    }
    has_verb_ = true;
    command_.verb = verb;
    return Done{};
}

Outcome Reading::text(const JsonValue& value, size_t most,
                      std::string_view* out, std::string_view why)
{
    if (value.kind() != Kind::kString || value.text().size() > most) {
        return bad(why);
    }
    *out = value.text();
    return Done{};
}

Outcome Reading::whom(Verb v, const JsonValue& value)
{
    Outcome outcome = verb(v);
    if (!outcome.ok()) {
        return outcome;
    }
    if (value.text().empty()) {
        return bad("an id is missing");
    }
    return text(value, kMaxId, &command_.whom, "that is no id");
}

Outcome Reading::to(const JsonValue& value)
{
    std::string_view text = value.text();
    if (value.kind() != Kind::kString || text.empty() || text.size() > kMaxId) {
        return bad("\"to\" is not valid");
    }
    if (text == "all" || text == "others" || text == "host" ||
        text == "participants") {
        command_.to = text == "all"      ? To::kAll
                      : text == "others" ? To::kOthers
                      : text == "host"   ? To::kHost
                                         : To::kParticipants;
    } else {
        command_.to = To::kOne;
        command_.to_id = text;
    }
    return Done{};
}

Outcome Reading::since(const JsonValue& value)
{
    if (value.kind() != Kind::kString) {
        return bad("\"since\" is not valid");
    }
    if (value.text().empty()) {
        return Done{};
    }
    Result<encoder::EventId> id = encoder::read_event_id(value.text());
    command_.has_since = id.ok();
    command_.bad_since = !id.ok();
    if (id.ok()) {
        command_.since = *id;
    }
    return Done{};
}

Outcome Reading::numbers(const JsonValue& value)
{
    Outcome outcome = verb(Verb::kDelete);
    if (!outcome.ok()) {
        return outcome;
    }
    if (!value.is_array() || value.size() == 0) {
        return bad("\"delete\" is no list of numbers");
    }
    if (value.size() > kMostDeleted) {
        *why_ = "these are too many numbers";
        return Fault::kTooMany;
    }
    std::span<uint64_t> numbers = arena_.make<uint64_t>(value.size());
    if (numbers.size() != value.size()) {
        return Fault::kNoMemory;
    }
    size_t count = 0;
    for (JsonMember element : value) {
        Result<uint64_t> number = whole_number(element.value, INT64_MAX);
        if (!number.ok()) {
            return bad("\"delete\" is no list of numbers");
        }
        numbers[count++] = *number;
    }
    command_.numbers = numbers;
    return Done{};
}

Outcome Reading::mode(const JsonMember& member)
{
    Kind kind = member.value.kind();
    Modes& modes = command_.modes;
    if (member.name == "slow") {
        Result<uint64_t> ms = milliseconds(member.value, kLongestSlowMs);
        if (!ms.ok()) {
            return bad("\"slow\" is seconds, at most an hour");
        }
        command_.has_slow = true;
        modes.slow_ms = static_cast<uint32_t>(*ms);
    } else if (member.name == "who") {
        Result<Who> who = who_of(member.value.text());
        if (!who.ok() || kind != Kind::kString) {
            return bad("\"who\" is all, members, moderators or nobody");
        }
        command_.has_who = true;
        modes.who = *who;
    } else if (member.name == "unique" && is_bool(kind)) {
        command_.has_unique = true;
        modes.unique = kind == Kind::kTrue;
    } else if (member.name == "closed" && is_bool(kind)) {
        command_.has_closed = true;
        modes.closed = kind == Kind::kTrue;
    } else {
        return bad("there is no such mode");
    }
    return Done{};
}

Outcome Reading::modes(const JsonValue& value)
{
    Outcome outcome = verb(Verb::kModes);
    if (outcome.ok() && (!value.is_object() || value.size() == 0)) {
        return bad("\"modes\" is no object");
    }
    for (JsonMember member : value) {
        outcome = outcome.ok() ? mode(member) : outcome;
    }
    return outcome;
}

Outcome Reading::take_of_moderators(const JsonMember& member)
{
    const JsonValue& value = member.value;
    if (member.name == "delete") {
        return numbers(value);
    }
    if (member.name == "delete_from") {
        return whom(Verb::kDeleteFrom, value);
    }
    if (member.name == "clear") {
        return value.kind() == Kind::kTrue ? verb(Verb::kClear)
                                           : bad("\"clear\" is not valid");
    }
    if (member.name == "mute") {
        return whom(Verb::kMute, value);
    }
    if (member.name == "unmute") {
        return whom(Verb::kUnmute, value);
    }
    if (member.name == "ban") {
        return whom(Verb::kBan, value);
    }
    if (member.name == "unban") {
        return whom(Verb::kUnban, value);
    }
    if (member.name == "modes") {
        return modes(value);
    }
    if (member.name == "for") {
        Result<uint64_t> ms = milliseconds(value, kLongestPenaltyMs);
        if (!ms.ok()) {
            return bad("\"for\" is seconds, at most a year");
        }
        command_.for_ms = static_cast<int64_t>(*ms);
    }
    return Done{};  // one that we do not know
}

Outcome Reading::take_more(const JsonMember& member, std::string_view raw)
{
    const JsonValue& value = member.value;
    if (member.name == "ref") {
        if (value.is_object() || value.is_array() || raw.size() > kMaxRef) {
            return bad("\"ref\" is too long or no plain value");
        }
        command_.ref = value.kind() == Kind::kNull ? std::string_view() : raw;
        return Done{};
    }
    if (member.name == "room") {
        return text(value, kMaxName, &command_.room, "\"room\" is not valid");
    }
    if (member.name == "name") {
        return text(value, 4 * kMaxMemberName, &command_.name,
                    "\"name\" is too long or no text");
    }
    if (member.name == "as") {
        return text(value, kMaxType, &command_.as, "\"as\" is not valid");
    }
    if (member.name == "token") {
        return text(value, 256, &command_.token, "\"token\" is not valid");
    }
    if (member.name == "since") {
        return since(value);
    }
    if (member.name == "type") {
        Outcome outcome =
            text(value, kMaxType, &command_.type, "\"type\" is not valid");
        return outcome.ok() && is_own_type(command_.type)
                   ? bad("events of this type are the room's own")
                   : outcome;
    }
    return take_of_moderators(member);
}

Outcome Reading::take(const JsonMember& member, std::string_view raw)
{
    const JsonValue& value = member.value;
    if (member.name == "say") {
        command_.said = raw;
        return verb(Verb::kSay);
    }
    if (member.name == "to") {
        return to(value);
    }
    if (member.name == "react") {
        Outcome outcome = verb(Verb::kReact);
        return outcome.ok() ? text(value, kMaxType, &command_.reaction,
                                   "\"react\" is not valid")
                            : outcome;
    }
    if (member.name == "n") {
        Result<uint64_t> n = whole_number(value, kMostReactionsAtOnce);
        if (!n.ok() || *n == 0) {
            return bad("\"n\" is a number from 1 to 100");
        }
        command_.times = static_cast<uint32_t>(*n);
        return Done{};
    }
    if (member.name == "enter" || member.name == "leave") {
        Outcome outcome =
            verb(member.name == "enter" ? Verb::kEnter : Verb::kLeave);
        return outcome.ok() ? text(value, kMaxName, &command_.room,
                                   "that is no name of a room")
                            : outcome;
    }
    if (member.name == "list") {
        return value.kind() == Kind::kTrue ? verb(Verb::kList)
                                           : bad("\"list\" is not valid");
    }
    return take_more(member, raw);
}

Result<Command> Reading::end()
{
    if (!has_verb_) {
        return bad("this says nothing to do").fault();
    }
    if (command_.verb == Verb::kSay && command_.said.size() > kMaxSaid) {
        *why_ = "this is too long";
        return Fault::kTooLarge;
    }
    return command_;
}

std::string_view complaint(Fault fault)
{
    switch (fault) {
        case Fault::kNotJson:
            return "this is not JSON";
        case Fault::kTooDeep:
            return "this is nested too deep";
        case Fault::kTooLarge:
            return "this is too long";
        default:
            return describe(fault);
    }
}

}  // namespace

bool is_moderation(Verb verb)
{
    return verb >= Verb::kDelete;
}

Result<Command> read_command(std::string_view text, Arena& arena,
                             std::string_view* why)
{
    Result<Json> json = Json::read_strictly(bytes_of(text), arena);
    if (!json.ok()) {
        *why = complaint(json.fault());
        return json.fault();
    }
    JsonValue root = json->root();
    if (!root.is_object()) {
        *why = "this is no JSON object";
        return Fault::kBadRequest;
    }
    Reading reading(arena, why);
    RawMembers values(text);
    for (JsonMember member : root) {
        std::string_view raw;
        if (!values.next(&raw)) {
            *why = complaint(Fault::kNotJson);
            return Fault::kNotJson;
        }
        Outcome outcome = reading.take(member, raw);
        if (!outcome.ok()) {
            if (outcome.fault() == Fault::kNoMemory) {
                *why = complaint(Fault::kNoMemory);
            }
            return outcome.fault();
        }
    }
    return reading.end();
}

}  // namespace onair::room
