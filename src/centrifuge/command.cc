#include "centrifuge/command.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "room/raw_json.h"

namespace onair::centrifuge {

using source::Json;
using source::JsonMember;
using source::JsonValue;
using source::Kind;

namespace {

struct Word {
    std::string_view word;
    Method method;
};

constexpr Word kWords[] = {
    {"connect", Method::kConnect},
    {"subscribe", Method::kSubscribe},
    {"unsubscribe", Method::kUnsubscribe},
    {"publish", Method::kPublish},
    {"presence", Method::kPresence},
    {"presence_stats", Method::kPresenceStats},
    {"history", Method::kHistory},
    {"ping", Method::kPing},
    {"send", Method::kSend},
    {"rpc", Method::kRpc},
    {"refresh", Method::kRefresh},
    {"sub_refresh", Method::kSubRefresh},
};

// A whole number of at most `most`, to the letter.
bool read_number(JsonValue value, uint64_t most, uint64_t* out)
{
    if (value.kind() != Kind::kNumber) {
        return false;
    }
    std::string_view text = value.text();
    const char* end = text.data() + text.size();
    auto [at, error] = std::from_chars(text.data(), end, *out);
    return error == std::errc() && at == end && *out <= most;
}

std::string_view string_of(JsonValue value)
{
    return value.kind() == Kind::kString ? value.text() : std::string_view();
}

// A message may end each of its lines as it likes.
std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlank = " \t\r\n";
    size_t from = text.find_first_not_of(kBlank);
    if (from == std::string_view::npos) {
        return {};
    }
    return text.substr(from, text.find_last_not_of(kBlank) + 1 - from);
}

Result<JsonValue> read_value(std::string_view text, Arena& arena,
                             std::optional<Json>* json)
{
    if (text.size() > kMaxRequest) {
        return Fault::kTooLarge;
    }
    Result<Json> read = Json::read_strictly(bytes_of(text), arena);
    if (!read) {
        return read.fault();
    }
    json->emplace(*read);
    return (*json)->root();
}

// The text of the first member so named of an object, whose text is `raw`.
std::string_view text_of_member(JsonValue object, std::string_view raw,
                                std::string_view name)
{
    room::RawMembers values(raw);
    std::string_view text;
    for (JsonMember member : object) {
        if (!values.next(&text)) {
            break;
        }
        if (member.name == name) {
            return text;
        }
    }
    return {};
}

bool set_method(JsonMember member, std::string_view raw, Command* out)
{
    const Word* word = std::find_if(
        std::begin(kWords), std::end(kWords),
        [member](const Word& known) { return known.word == member.name; });
    if (!member.value.is_object() || out->method != Method::kPong) {
        return false;
    }
    out->method = word != std::end(kWords) ? word->method : Method::kUnknown;
    out->params = member.value;
    out->channel = string_of(member.value["channel"]);
    out->position = position_of(member.value);
    if (out->method == Method::kPublish) {
        out->data = text_of_member(member.value, raw, "data");
    }
    return true;
}

}  // namespace

Position position_of(JsonValue from)
{
    Position position;
    position.recover = from["recover"].kind() == Kind::kTrue;
    position.epoch = string_of(from["epoch"]);
    uint64_t offset = 0;
    if (read_number(from["offset"], UINT64_MAX, &offset)) {
        position.offset = offset;
    }
    return position;
}

Result<bool> CommandReader::next(Command* out)
{
    while (!rest_.empty()) {
        size_t end = rest_.find('\n');
        std::string_view line = trimmed(rest_.substr(0, end));
        rest_ = end == std::string_view::npos ? std::string_view()
                                              : rest_.substr(end + 1);
        if (!line.empty()) {
            return read(line, out);
        }
    }
    return false;
}

Result<bool> CommandReader::read(std::string_view line, Command* out)
{
    if (++count_ > kMaxCommands) {
        return Fault::kTooMany;
    }
    arena_.rewind(mark_);
    Result<JsonValue> root = read_value(line, arena_, &json_);
    if (!root) {
        return root.fault();
    }
    if (!root->is_object()) {
        return Fault::kBadRequest;
    }
    *out = Command();
    bool has_id = false;
    room::RawMembers values(line);
    for (JsonMember member : *root) {
        uint64_t id = 0;
        std::string_view raw;
        if (!values.next(&raw)) {
            return Fault::kNotJson;
        }
        if (member.name == "id") {
            has_id = read_number(member.value, UINT32_MAX, &id);
            if (!has_id) {
                return Fault::kBadRequest;
            }
            out->id = static_cast<uint32_t>(id);
        } else if (!set_method(member, raw, out)) {
            return Fault::kBadRequest;
        }
    }
    bool answered =
        out->method != Method::kPong && out->method != Method::kSend;
    if (answered && out->id == 0) {
        return Fault::kBadRequest;
    }
    return true;
}

Result<std::span<const Wish>> read_wishes(std::string_view text, Arena& arena)
{
    std::string_view line = trimmed(text);
    if (line.empty()) {
        return std::span<const Wish>();
    }
    std::optional<Json> json;
    Result<JsonValue> root = read_value(line, arena, &json);
    if (!root) {
        return root.fault();
    }
    JsonValue subs = (*root)["subs"];
    bool none = subs.is_missing() || subs.kind() == Kind::kNull;
    bool good = root->is_object() || root->kind() == Kind::kNull;
    if (!good || (!none && !subs.is_object())) {
        return Fault::kBadRequest;
    }
    if (subs.size() > kMaxChannels) {
        return Fault::kTooMany;
    }
    std::span<Wish> wishes = arena.make<Wish>(subs.size());
    if (wishes.size() < subs.size()) {
        return Fault::kNoMemory;
    }
    size_t used = 0;
    for (JsonMember sub : subs) {
        wishes[used++] = {sub.name, position_of(sub.value)};
    }
    return std::span<const Wish>(wishes);
}

Result<Post> read_post(std::string_view text, Arena& arena)
{
    std::optional<Json> json;
    Result<JsonValue> root = read_value(trimmed(text), arena, &json);
    if (!root) {
        return root.fault();
    }
    Post post;
    post.session = string_of((*root)["session"]);
    post.commands = string_of((*root)["data"]);
    std::string_view node = string_of((*root)["node"]);
    const char* end = node.data() + node.size();
    auto [at, error] = std::from_chars(node.data(), end, post.node);
    if (post.session.empty() || post.commands.empty() || error != std::errc() ||
        at != end) {
        return Fault::kBadRequest;
    }
    return post;
}

}  // namespace onair::centrifuge
