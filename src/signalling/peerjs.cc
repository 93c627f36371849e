#include "signalling/peerjs.h"

#include <algorithm>

#include "base/utf8.h"
#include "encoder/json.h"
#include "signalling/member.h"
#include "source/form.h"

namespace onair::signalling {

using source::Json;
using source::JsonValue;
using source::Kind;

namespace {

constexpr std::string_view kPassed[] = {"OFFER", "ANSWER", "CANDIDATE", "LEAVE",
                                        "EXPIRE"};

std::string_view words_of(PeerRefusal refusal)
{
    switch (refusal) {
        case PeerRefusal::kNone:
            break;
        case PeerRefusal::kIncomplete:
            return "No id, token, or key supplied to websocket server";
        case PeerRefusal::kWrongKey:
            return "Invalid key provided";
        case PeerRefusal::kTaken:
            return "ID is taken";
        case PeerRefusal::kTooMany:
            return "Server has reached its concurrent user limit";
        case PeerRefusal::kBadId:
            return "The id or token is too long or not text";
    }
    return {};
}

bool is_line(std::string_view text)
{
    return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               auto byte = static_cast<uint8_t>(c);
               return byte < 0x20 || byte == 0x7f;
           });
}

std::string_view passed(const JsonValue& type)
{
    for (std::string_view word : kPassed) {
        if (type.kind() == Kind::kString && type.text() == word) {
            return word;
        }
    }
    return {};
}

}  // namespace

PeerQuery read_peer_query(std::string_view args, Arena& arena)
{
    PeerQuery query;
    source::FormReader form(args, arena);
    while (form.next()) {
        if (form.name() == "key") {
            query.key = form.value();
        } else if (form.name() == "id") {
            query.id = form.value();
        } else if (form.name() == "token") {
            query.token = form.value();
        }
    }
    return query;
}

PeerRefusal check_peer(const PeerQuery& query, std::string_view key)
{
    if (query.key.empty() || query.id.empty() || query.token.empty()) {
        return PeerRefusal::kIncomplete;
    }
    if (query.key != key) {
        return PeerRefusal::kWrongKey;
    }
    bool good = query.id.size() <= kMaxPeerId &&
                query.token.size() <= kMaxPeerToken && is_line(query.id);
    return good ? PeerRefusal::kNone : PeerRefusal::kBadId;
}

Result<PeerMessage> read_peer(std::string_view text, Arena& arena)
{
    Result<Json> json = Json::read_strictly(bytes_of(text), arena);
    if (!json.ok()) {
        return json.fault();
    }
    JsonValue root = json->root();
    if (!root.is_object()) {
        return Fault::kBadRequest;
    }
    PeerMessage message;
    each_member(root, text,
                [&message](std::string_view name, const JsonValue& value,
                           std::string_view raw) {
                    if (name == "type") {
                        message.type = passed(value);
                    } else if (name == "payload") {
                        message.payload = raw;
                    } else if (name == "dst") {
                        message.dst = value.kind() == Kind::kString
                                          ? value.text()
                                          : std::string_view();
                    }
                });
    if (message.dst.empty() || message.dst.size() > kMaxPeerId) {
        message.type = {};  // nobody's
    }
    return message;
}

void write_open(Writer& out)
{
    out.put(R"({"type":"OPEN"})");
}

void write_refused(Writer& out, PeerRefusal refusal)
{
    if (refusal != PeerRefusal::kTaken) {
        write_peer_error(out, words_of(refusal));
        return;
    }
    out.put(R"({"type":"ID-TAKEN","payload":{"msg":"ID is taken"}})");
}

void write_peer_error(Writer& out, std::string_view why)
{
    out.put(R"({"type":"ERROR","payload":{"msg":)");
    encoder::write_string(out, why);
    out.put("}}");
}

size_t most_peer(const PeerMessage& message, std::string_view src)
{
    return 128 + 6 * (message.dst.size() + src.size()) + message.payload.size();
}

void write_peer(Writer& out, const PeerMessage& message, std::string_view src)
{
    out.put(R"({"type":")");
    out.put(message.type);
    out.put(R"(","src":)");
    encoder::write_string(out, src);
    out.put(R"(,"dst":)");
    encoder::write_string(out, message.dst);
    if (!message.payload.empty()) {
        out.put(R"(,"payload":)");
        out.put(message.payload);
    }
    out.put('}');
}

void write_expired(Writer& out, std::string_view src, std::string_view dst)
{
    write_peer(out, {"EXPIRE", dst, {}}, src);
}

PeerPath read_peer_path(std::string_view rest)
{
    while (!rest.empty() && rest.back() == '/') {
        rest.remove_suffix(1);
    }
    if (rest.empty()) {
        return PeerPath::kAbout;
    }
    size_t slash = rest.find('/');
    if (slash == std::string_view::npos) {
        return rest == "peerjs" ? PeerPath::kSocket : PeerPath::kNone;
    }
    std::string_view last = rest.substr(slash + 1);
    return last == "id"      ? PeerPath::kNewId
           : last == "peers" ? PeerPath::kPeers
                             : PeerPath::kNone;
}

void write_about(Writer& out)
{
    out.put(R"({"name":"PeerJS Server","description":"A server side element to)"
            R"( broker connections between PeerJS clients.","website":)"
            R"("https://peerjs.com/"})");
}

}  // namespace onair::signalling
