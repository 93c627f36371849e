#include "signalling/yjs.h"

#include "encoder/number.h"
#include "signalling/member.h"

namespace onair::signalling {

using source::Json;
using source::JsonMember;
using source::JsonValue;
using source::Kind;

namespace {

YVerb verb_of(const JsonValue& type)
{
    if (type.kind() != Kind::kString) {
        return YVerb::kNothing;
    }
    std::string_view word = type.text();
    return word == "subscribe"     ? YVerb::kSubscribe
           : word == "unsubscribe" ? YVerb::kUnsubscribe
           : word == "publish"     ? YVerb::kPublish
           : word == "ping"        ? YVerb::kPing
                                   : YVerb::kNothing;
}

Outcome read_topics(const JsonValue& list, YMessage* message, Arena& arena)
{
    if (!list.is_array()) {
        return Done();
    }
    if (list.size() > kMostTopicsAtOnce) {
        return Fault::kTooMany;
    }
    std::span<std::string_view> topics =
        arena.make<std::string_view>(list.size());
    if (topics.size() != list.size()) {
        return Fault::kNoMemory;
    }
    size_t count = 0;
    for (JsonMember element : list) {
        if (element.value.kind() == Kind::kString) {
            topics[count] = element.value.text();
            if (topics[count++].size() > kMaxTopic) {
                return Fault::kBadRequest;
            }
        }
    }
    message->topics = topics.first(count);
    return Done();
}

}  // namespace

Result<YMessage> read_y(std::string_view text, Arena& arena)
{
    Result<Json> json = Json::read_strictly(bytes_of(text), arena);
    if (!json.ok()) {
        return json.fault();
    }
    JsonValue root = json->root();
    if (!root.is_object()) {
        return Fault::kBadRequest;
    }
    YMessage message;
    message.verb = verb_of(root["type"]);
    if (message.verb == YVerb::kPublish) {
        JsonValue topic = root["topic"];
        message.topic = topic.text();
        if (topic.kind() != Kind::kString || topic.text().empty()) {
            message.verb = YVerb::kNothing;  // in no topic
        }
        return message.topic.size() <= kMaxTopic ? Result<YMessage>(message)
                                                 : Fault::kBadRequest;
    }
    if (message.verb == YVerb::kSubscribe ||
        message.verb == YVerb::kUnsubscribe) {
        Outcome read = read_topics(root["topics"], &message, arena);
        return read.ok() ? Result<YMessage>(message) : read.fault();
    }
    return message;
}

// A name that is spelled with escapes is not looked for: what reads the message
// takes the last of two.
void write_published(Writer& out, std::string_view text, uint64_t clients)
{
    room::RawMembers raw(text);
    std::string_view value;
    const char* from = text.data();
    bool found = false;
    bool any = false;
    while (raw.next(&value)) {
        const char* end = value.data();
        std::string_view before(from, static_cast<size_t>(end - from));
        size_t quote = before.rfind('"');
        std::string_view upto = before.substr(0, quote);
        bool named = quote != std::string_view::npos &&
                     upto.ends_with("\"clients") &&
                     !upto.ends_with("\\\"clients");
        out.put(before);
        if (named) {
            encoder::write_unsigned(out, clients);
        } else {
            out.put(value);
        }
        found = found || named;
        any = true;
        from = value.data() + value.size();
    }
    std::string_view rest(
        from, static_cast<size_t>(text.data() + text.size() - from));
    size_t brace = rest.rfind('}');
    if (found || brace == std::string_view::npos) {
        out.put(rest);
        return;
    }
    out.put(rest.substr(0, brace));
    out.put(any ? R"(,"clients":)" : R"("clients":)");
    encoder::write_unsigned(out, clients);
    out.put(rest.substr(brace));
}

void write_pong(Writer& out)
{
    out.put(R"({"type":"pong"})");
}

}  // namespace onair::signalling
