#include "subscriber/command.h"

#include "source/json.h"
#include "subscriber/station_list.h"

namespace onair::subscriber {

namespace {

using source::Json;
using source::JsonMember;
using source::JsonValue;
using source::Kind;

using Names = std::span<const std::string_view>;

Result<Names> read_names(const JsonValue& list, Arena& arena)
{
    if (!list.is_array()) {
        return Fault::kBadRequest;
    }
    if (list.size() > kMaxCommandStations) {
        return Fault::kTooMany;
    }
    std::span<std::string_view> names =
        arena.make<std::string_view>(list.size());
    if (names.size() != list.size()) {
        return Fault::kNoMemory;
    }
    size_t count = 0;
    for (JsonMember element : list) {
        if (element.value.kind() != Kind::kString) {
            return Fault::kBadRequest;
        }
        names[count] = element.value.text();
        if (!check_name(names[count]).ok()) {
            return Fault::kBadName;
        }
        count++;
    }
    return Names(names);
}

void read_since(std::string_view text, Command* command)
{
    if (text.empty()) {
        command->get = true;
        return;
    }
    Result<encoder::EventId> id = encoder::read_event_id(text);
    command->has_since = id.ok();
    command->bad_since = !id.ok();
    if (id.ok()) {
        command->since = *id;
    }
}

Outcome read_list(const JsonValue& value, Names* names, Arena& arena)
{
    Result<Names> list = read_names(value, arena);
    if (!list.ok()) {
        return list.fault();
    }
    *names = *list;
    return Done();
}

Outcome read_member(const JsonMember& member, Command* command, Arena& arena)
{
    if (member.name == "subscribe") {
        return read_list(member.value, &command->subscribe, arena);
    }
    if (member.name == "unsubscribe") {
        return read_list(member.value, &command->unsubscribe, arena);
    }
    Kind kind = member.value.kind();
    if (member.name == "since" && kind == Kind::kString) {
        read_since(member.value.text(), command);
        return Done();
    }
    if (member.name == "get" && (kind == Kind::kTrue || kind == Kind::kFalse)) {
        command->get = kind == Kind::kTrue;
        return Done();
    }
    return Fault::kBadRequest;
}

}  // namespace

std::string_view complaint(Fault fault)
{
    switch (fault) {
        case Fault::kNotJson:
            return "command is not JSON";
        case Fault::kTooDeep:
            return "command is nested too deep";
        case Fault::kTooLarge:
            return "command is too large";
        case Fault::kTooMany:
            return "these are too many stations";
        case Fault::kBadRequest:
            return "command is not valid";
        default:
            return describe(fault);
    }
}

Result<Command> read_command(std::string_view text, Arena& arena)
{
    if (text.size() > kMaxCommand) {
        return Fault::kTooLarge;
    }
    Result<Json> json = Json::read_strictly(bytes_of(text), arena);
    if (!json.ok()) {
        return json.fault();
    }
    JsonValue root = json->root();
    // An empty object asks for nothing: most likely a mistake.
    if (!root.is_object() || root.size() == 0) {
        return Fault::kBadRequest;
    }
    Command command;
    for (JsonMember member : root) {
        Outcome outcome = read_member(member, &command, arena);
        if (!outcome.ok()) {
            return outcome.fault();
        }
    }
    return command;
}

}  // namespace onair::subscriber
