#include "centrifuge/reply.h"

#include "encoder/json.h"
#include "encoder/number.h"
#include "encoder/snapshot.h"

namespace onair::centrifuge {

using encoder::write_hex;
using encoder::write_string;
using encoder::write_unsigned;

namespace {

constexpr std::string_view kVersion = "onair";

void number(Writer& out, std::string_view name, uint64_t value)
{
    if (value != 0) {
        out.put(name);
        write_unsigned(out, value);
    }
}

void text(Writer& out, std::string_view name, std::string_view value)
{
    if (!value.empty()) {
        out.put(name);
        write_string(out, value);
    }
}

// In the order in which Centrifugo has them.
void write_sub(Writer& out, const SubReply& reply)
{
    out.put("{\"recoverable\":true,\"epoch\":\"");
    write_hex(out, reply.epoch, 8);
    out.put('"');
    if (!reply.publications.empty()) {
        out.put(",\"publications\":[");
        out.put(reply.publications);
        out.put(']');
    }
    if (reply.recovered) {
        out.put(",\"recovered\":true");
    }
    number(out, ",\"offset\":", reply.offset);
    out.put(",\"positioned\":true");
    if (!reply.data.empty()) {
        out.put(",\"data\":");
        out.put(reply.data);
    }
    if (reply.recovering) {
        out.put(",\"was_recovering\":true");
    }
    out.put('}');
}

void write_subs(Writer& out, std::span<const NamedSub> subs)
{
    if (subs.empty()) {
        return;
    }
    out.put(",\"subs\":{");
    bool first = true;
    for (const NamedSub& sub : subs) {
        out.put(first ? "" : ",");
        first = false;
        encoder::write_channel(out, sub.prefix, sub.station);
        out.put(':');
        write_sub(out, sub.reply);
    }
    out.put('}');
}

void begin(Writer& out, uint32_t id)
{
    out.put("{\"id\":");
    write_unsigned(out, id);
    out.put(',');
}

void begin_push(Writer& out, Dialect dialect)
{
    out.put(dialect == Dialect::kBi ? "{\"push\":{" : "{");
}

void end_push(Writer& out, Dialect dialect)
{
    out.put(dialect == Dialect::kBi ? "}}" : "}");
}

}  // namespace

void write_connect(Writer& out, Dialect dialect, const ConnectReply& reply)
{
    if (dialect == Dialect::kBi) {
        begin(out, reply.id);
    } else {
        out.put('{');
    }
    out.put("\"connect\":{\"client\":");
    write_string(out, reply.client);
    out.put(",\"version\":");
    write_string(out, kVersion);
    write_subs(out, reply.subs);
    number(out, ",\"ping\":", reply.ping_s);
    text(out, ",\"session\":", reply.session);
    text(out, ",\"node\":", reply.node);
    number(out, ",\"time\":", static_cast<uint64_t>(reply.clock));
    out.put("}}");
}

void write_subscribe(Writer& out, uint32_t id, const SubReply& reply)
{
    begin_reply(out, id, "subscribe");
    write_sub(out, reply);
    out.put('}');
}

void write_empty(Writer& out, uint32_t id, std::string_view name)
{
    begin_reply(out, id, name);
    out.put("{}}");
}

void begin_reply(Writer& out, uint32_t id, std::string_view name)
{
    begin(out, id);
    write_string(out, name);
    out.put(':');
}

void write_error(Writer& out, uint32_t id, const Error& error)
{
    begin(out, id);
    out.put("\"error\":{\"code\":");
    write_unsigned(out, error.code);
    text(out, ",\"message\":", error.message);
    out.put(error.temporary ? ",\"temporary\":true}}" : "}}");
}

void write_disconnect(Writer& out, Dialect dialect, const Closing& closing)
{
    begin_push(out, dialect);
    out.put("\"disconnect\":{\"code\":");
    write_unsigned(out, closing.code);
    text(out, ",\"reason\":", closing.reason);
    out.put('}');
    end_push(out, dialect);
}

void write_unsubscribe(Writer& out, Dialect dialect, std::string_view channel,
                       std::string_view reason)
{
    // Below 2500: a client does not subscribe again by itself.
    begin_push(out, dialect);
    out.put("\"channel\":");
    write_string(out, channel);
    out.put(",\"unsubscribe\":{\"code\":2000");
    text(out, ",\"reason\":", reason);
    out.put('}');
    end_push(out, dialect);
}

}  // namespace onair::centrifuge
