#include "centrifuge/api.h"

#include <algorithm>
#include <iterator>

#include "encoder/json.h"
#include "encoder/number.h"
#include "source/json.h"
#include "source/publication.h"

namespace onair::centrifuge {

using source::Json;
using source::JsonValue;
using source::Kind;

namespace {

// What the API of Centrifugo has, at addresses of their own.
constexpr std::string_view kMethods[] = {
    "publish",    "broadcast", "subscribe",      "unsubscribe",
    "disconnect", "refresh",   "presence",       "presence_stats",
    "history",    "info",      "history_remove", "channels",
    "batch",
};

bool is_method(std::string_view word)
{
    return std::find(std::begin(kMethods), std::end(kMethods), word) !=
           std::end(kMethods);
}

Call refused(const Error& error)
{
    Call call;
    call.error = error;
    return call;
}

// Only an AzuraCast publishes on these channels: other publishers have
// onair_publish for it.
Result<Call> read_publish(JsonValue params, const source::Options& options,
                          UnixMs now, Arena& arena)
{
    if (params["channel"].kind() != Kind::kString ||
        params["data"].is_missing()) {
        return refused(kBadRequest);
    }
    Call call;
    call.channel = read_channel(params["channel"].text());
    if (call.channel.space != Space::kStation) {
        return refused(kUnknownChannel);
    }
    Result<Report> report =
        source::read_now_playing(params["data"]["np"], options, now, arena);
    if (!report) {
        return report.fault() == Fault::kNoMemory ? Result<Call>(report.fault())
                                                  : refused(kBadRequest);
    }
    call.report = *report;
    call.report.station = call.channel.name;
    return call;
}

}  // namespace

std::string_view method_in(std::string_view path)
{
    size_t slash = path.rfind('/');
    std::string_view last =
        slash == std::string_view::npos ? path : path.substr(slash + 1);
    return is_method(last) ? last : std::string_view();
}

bool is_call(std::string_view method, ConstBytes body, Arena& arena)
{
    size_t mark = arena.used();
    Result<Json> json = Json::read_strictly(body, arena);
    bool call = json && json->root().is_object() &&
                ((!method.empty() && !json->root()["channel"].is_missing()) ||
                 (json->root()["method"].kind() == Kind::kString &&
                  json->root()["params"].is_object()));
    arena.rewind(mark);
    return call;
}

Result<Call> read_call(std::string_view method, ConstBytes body,
                       const source::Options& options, UnixMs now, Arena& arena)
{
    Result<Json> json = Json::read_strictly(body, arena);
    if (!json) {
        return json.fault();
    }
    JsonValue root = json->root();
    if (!root.is_object()) {
        return Fault::kBadRequest;
    }
    JsonValue params = root;
    if (method.empty()) {
        method = root["method"].text();
        params = root["params"];
    }
    if (method != "publish") {
        return refused(is_method(method) ? kNotAvailable : kMethodNotFound);
    }
    return read_publish(params, options, now, arena);
}

void write_published(Writer& out, uint32_t epoch, uint64_t offset)
{
    out.put("{\"result\":{\"offset\":");
    encoder::write_unsigned(out, offset);
    out.put(",\"epoch\":\"");
    encoder::write_hex(out, epoch, 8);
    out.put("\"}}");
}

void write_refused(Writer& out, const Error& error)
{
    out.put("{\"error\":{\"code\":");
    encoder::write_unsigned(out, error.code);
    out.put(",\"message\":");
    encoder::write_string(out, error.message);
    out.put("}}");
}

}  // namespace onair::centrifuge
