#include "signalling/unity.h"

#include <iterator>

#include "base/utf8.h"
#include "encoder/json.h"
#include "encoder/number.h"
#include "signalling/member.h"
#include "source/form.h"

namespace onair::signalling {

using source::Json;
using source::JsonValue;
using source::Kind;

namespace {

constexpr std::string_view kWords[kSays] = {"",      "connect", "disconnect",
                                            "offer", "answer",  "candidate"};
constexpr std::string_view kFields[kMostFields] = {"candidate", "sdpMLineIndex",
                                                   "sdpMid"};

Say say_of(std::string_view word)
{
    for (size_t i = 1; i < kSays; i++) {
        if (kWords[i] == word) {
            return static_cast<Say>(i);
        }
    }
    return Say::kNothing;
}

bool has_data(Say say)
{
    return say >= Say::kOffer;
}

size_t characters(std::string_view text)
{
    size_t count = 0;
    for (char c : text) {
        count += (static_cast<uint8_t>(c) & 0xc0) != 0x80 ? 1 : 0;
    }
    return count;
}

// One spelling for each id, so that two that mean the same are the same.
Outcome read_id(const JsonValue& value, std::string_view raw, Arena& arena,
                std::string_view* out, std::string_view* why)
{
    if (value.is_object() || value.is_array()) {
        *why = "connectionId has to be a string, a number, a boolean or null";
        return Fault::kBadRequest;
    }
    std::string_view text = value.kind() == Kind::kString ? value.text() : raw;
    if (characters(text) > kMaxConnectionId) {
        *why = "connectionId is longer than 300 characters";
        return Fault::kBadRequest;
    }
    *out = raw;
    if (value.kind() == Kind::kString) {
        *out = arena.make_text(6 * text.size() + 2, [text](Writer& id) {
            encoder::write_string(id, text);
        });
    }
    return out->data() != nullptr ? Outcome(Done()) : Fault::kNoMemory;
}

// Members of the object that has the payload.
struct Payload {
    Signal* signal;
    Arena* arena;
    std::string_view* why;
    Outcome outcome = Done();

    void take(std::string_view name, const JsonValue& value,
              std::string_view raw)
    {
        if (name == "connectionId") {
            Outcome read = read_id(value, raw, *arena, &signal->id, why);
            outcome = outcome.ok() ? read : outcome;
            return;
        }
        if (signal->say != Say::kCandidate) {
            if (name == "sdp") {
                signal->fields[0] = raw;
            }
            return;
        }
        for (size_t i = 0; i < kMostFields; i++) {
            if (name == kFields[i]) {
                signal->fields[i] = raw;
            }
        }
    }
};

Outcome read_payload(const JsonValue& object, std::string_view raw,
                     Signal* signal, Arena& arena, std::string_view* why)
{
    if (!object.is_object()) {
        *why = "data has to be an object";
        return Fault::kBadRequest;
    }
    Payload payload = {signal, &arena, why};
    each_member(
        object, raw,
        [&payload](std::string_view name, const JsonValue& value,
                   std::string_view text) { payload.take(name, value, text); });
    return payload.outcome;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlank = " \t\r\n";
    size_t from = text.find_first_not_of(kBlank);
    return from == std::string_view::npos
               ? std::string_view()
               : text.substr(from, text.find_last_not_of(kBlank) + 1 - from);
}

Fault not_read(Fault fault, std::string_view* why)
{
    *why = fault == Fault::kTooDeep    ? "message is nested too deep"
           : fault == Fault::kNotJson  ? "message is not JSON"
           : fault == Fault::kNoMemory ? "message is too large"
                                       : describe(fault);
    return fault;
}

void put_member(Writer& out, bool* first, std::string_view name,
                std::string_view raw)
{
    if (raw.empty()) {
        return;
    }
    out.put(*first ? "\"" : ",\"");
    *first = false;
    out.put(name);
    out.put("\":");
    out.put(raw);
}

void put_fields(Writer& out, bool* first, const Signal& signal)
{
    if (signal.say == Say::kOffer || signal.say == Say::kAnswer) {
        put_member(out, first, "sdp", signal.fields[0]);
        return;
    }
    for (size_t i = 0; i < kMostFields; i++) {
        put_member(out, first, kFields[i], signal.fields[i]);
    }
}

void put_time(Writer& out, bool* first, UnixMs time)
{
    out.put(*first ? "\"datetime\":" : ",\"datetime\":");
    *first = false;
    encoder::write_unsigned(out, static_cast<uint64_t>(time));
}

std::string_view truth(bool value)
{
    return value ? "true" : "false";
}

}  // namespace

std::string_view word(Say say)
{
    return kWords[static_cast<size_t>(say)];
}

Result<Signal> read_signal(std::string_view text, Arena& arena,
                           std::string_view* why)
{
    Result<Json> json = Json::read_strictly(bytes_of(text), arena);
    if (!json.ok()) {
        return not_read(json.fault(), why);
    }
    JsonValue root = json->root();
    if (!root.is_object()) {
        *why = "a message is a JSON object";
        return Fault::kBadRequest;
    }
    Signal signal;
    JsonValue type = root["type"];
    signal.say =
        type.kind() == Kind::kString ? say_of(type.text()) : Say::kNothing;
    if (signal.say == Say::kNothing) {
        return signal;
    }
    text = trimmed(text);
    std::string_view raw = text;
    JsonValue object = root;
    if (has_data(signal.say)) {
        object = JsonValue();
        each_member(root, text,
                    [&](std::string_view name, const JsonValue& value,
                        std::string_view of) {
                        if (name == "data") {
                            object = value;
                            raw = of;
                        }
                    });
    }
    Outcome read = read_payload(object, raw, &signal, arena, why);
    return read.ok() ? Result<Signal>(signal) : read.fault();
}

namespace {

Result<Signal> read_form(Signal signal, std::string_view body, Arena& arena)
{
    source::FormReader form(body, arena);
    while (form.next()) {
        std::string_view value = form.value();
        std::string_view raw = arena.make_text(
            6 * value.size() + 2,
            [value](Writer& text) { encoder::write_string(text, value); });
        if (form.name() == "connectionId") {
            if (characters(value) > kMaxConnectionId) {
                return Fault::kBadRequest;
            }
            signal.id = raw;
        } else if (signal.say != Say::kCandidate && form.name() == "sdp") {
            signal.fields[0] = raw;
        }
        for (size_t i = 0; i < kMostFields && signal.say == Say::kCandidate;
             i++) {
            if (form.name() == kFields[i]) {
                signal.fields[i] = raw;
            }
        }
    }
    return arena.full() ? Result<Signal>(Fault::kNoMemory) : signal;
}

}  // namespace

Result<Signal> read_body(Say say, std::string_view body, bool is_form,
                         Arena& arena, std::string_view* why)
{
    Signal signal;
    signal.say = say;
    *why = "body is not valid";
    if (is_form) {
        return read_form(signal, body, arena);
    }
    body = trimmed(body);
    if (body.empty()) {
        return signal;
    }
    Result<Json> json = Json::read_strictly(bytes_of(body), arena);
    if (!json.ok()) {
        return not_read(json.fault(), why);
    }
    Outcome read = read_payload(json->root(), body, &signal, arena, why);
    return read.ok() ? Result<Signal>(signal) : read.fault();
}

// --- WebSocket ---

void write_connected(Writer& out, std::string_view id, bool polite)
{
    out.put(R"({"type":"connect")");
    bool first = false;
    put_member(out, &first, "connectionId", id);
    out.put(R"(,"polite":)");
    out.put(truth(polite));
    out.put('}');
}

// The id as JavaScript puts it into a text.
void write_taken(Writer& out, std::string_view id)
{
    bool is_string = id.size() >= 2 && id.front() == '"';
    out.put(R"({"type":"error","message":")");
    out.put(id.empty()  ? "undefined"
            : is_string ? id.substr(1, id.size() - 2)
                        : id);
    out.put(R"(: This connection id is already used."})");
}

void write_disconnected(Writer& out, std::string_view id)
{
    out.put(R"({"type":"disconnect")");
    bool first = false;
    put_member(out, &first, "connectionId", id);
    out.put('}');
}

size_t most_signal(const Signal& signal)
{
    size_t size = 256 + signal.id.size();
    for (std::string_view field : signal.fields) {
        size += field.size();
    }
    return size;
}

void write_signal(Writer& out, const Signal& signal)
{
    bool first = true;
    out.put('{');
    put_member(out, &first, "from", signal.id);
    out.put(first ? R"("to":"","type":")" : R"(,"to":"","type":")");
    out.put(word(signal.say));
    out.put(R"(","data":{)");
    first = true;
    put_fields(out, &first, signal);
    put_time(out, &first, signal.time);
    if (signal.say == Say::kOffer) {
        put_member(out, &first, "polite", truth(signal.polite));
    }
    out.put("}}");
}

void write_error(Writer& out, std::string_view why)
{
    out.put(R"({"type":"error","message":)");
    encoder::write_string(out, why);
    out.put('}');
}

// --- polling ---

void write_connection(Writer& out, std::string_view id, bool polite,
                      UnixMs time)
{
    bool first = true;
    out.put('{');
    put_member(out, &first, "connectionId", id);
    put_member(out, &first, "polite", truth(polite));
    put_member(out, &first, "type", R"("connect")");
    put_time(out, &first, time);
    out.put('}');
}

void write_connection_id(Writer& out, std::string_view id)
{
    bool first = true;
    out.put('{');
    put_member(out, &first, "connectionId", id);
    out.put('}');
}

size_t most_entry(const Signal& signal)
{
    return most_signal(signal);
}

void write_entry(Writer& out, const Signal& signal)
{
    bool first = true;
    out.put('{');
    put_member(out, &first, "connectionId", signal.id);
    if (has_data(signal.say)) {
        put_fields(out, &first, signal);
    }
    if (signal.say == Say::kOffer) {
        put_member(out, &first, "polite", truth(signal.polite));
    }
    out.put(first ? R"("type":")" : R"(,"type":")");
    out.put(word(signal.say));
    out.put('"');
    first = false;
    put_time(out, &first, signal.time);
    out.put('}');
}

std::string_view list_name(Say say)
{
    constexpr std::string_view kNames[kSays] = {
        "messages", "connections", "", "offers", "answers", "candidates"};
    return kNames[static_cast<size_t>(say)];
}

void write_config(Writer& out, const Config& config)
{
    out.put(R"({"useWebSocket":)");
    out.put(truth(config.web_socket));
    out.put(config.is_private ? R"(,"startupMode":"private")"
                              : R"(,"startupMode":"public")");
    out.put(R"(,"logging":"none")");
    bool first = false;
    put_member(out, &first, "iceServers", config.ice_servers);
    out.put('}');
}

}  // namespace onair::signalling
