#include "room/danmaku.h"

#include <algorithm>

#include "encoder/json.h"
#include "encoder/number.h"
#include "room/raw_json.h"
#include "source/json.h"

namespace onair::room {

namespace {

using encoder::write_seconds;
using encoder::write_string;
using encoder::write_unsigned;
using source::Json;
using source::JsonValue;

constexpr uint32_t kWhite = 0xffffff;
constexpr uint64_t kLongestMs = uint64_t{100} * 3600 * 1000;
constexpr size_t kNumbers = 160;  // and what is around them

std::string_view string_of(const JsonValue& value)
{
    return value.kind() == source::Kind::kString ? value.text()
                                                 : std::string_view();
}

uint64_t number_of(const JsonValue& value, uint64_t most, uint64_t otherwise)
{
    Result<uint64_t> number = value.kind() == source::Kind::kNumber
                                  ? read_whole(value.text(), most)
                                  : Result<uint64_t>(Fault::kBadRequest);
    return number.ok() ? *number : otherwise;
}

void read_how(const JsonValue& object, Danmaku* danmaku)
{
    danmaku->text = string_of(object["text"]);
    danmaku->color =
        static_cast<uint32_t>(number_of(object["color"], kWhite, kWhite));
    danmaku->flight = static_cast<Flight>(number_of(object["type"], 2, 0));
    JsonValue time = object["time"];
    if (time.kind() == source::Kind::kNumber) {
        Result<uint64_t> ms = read_ms(time.text(), kLongestMs);
        danmaku->at_ms = ms.ok() ? *ms : 0;
    }
}

bool is_blank(std::string_view text)
{
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// As HTML and as XML have it. What XML cannot hold is a blank. `slash`: how a
// reverse solidus, which JSON minds, is written.
void write_escaped(Writer& out, std::string_view text, std::string_view slash)
{
    for (size_t i = 0; i < text.size(); i++) {
        auto c = static_cast<uint8_t>(text[i]);
        std::string_view rest = text.substr(i);
        // U+FFFE and U+FFFF
        bool none = rest.starts_with("\xef\xbf\xbe") ||
                    rest.starts_with("\xef\xbf\xbf");
        if (c < 0x20 || c == 0x7f || none) {
            out.put(' ');
            i += none ? 2 : 0;
        } else if (c == '&') {
            out.put("&amp;");
        } else if (c == '<') {
            out.put("&lt;");
        } else if (c == '>') {
            out.put("&gt;");
        } else if (c == '"') {
            out.put("&#34;");
        } else if (c == '\'') {
            out.put("&#39;");
        } else if (c == '\\') {
            out.put(slash);
        } else {
            out.put(text[i]);
        }
    }
}

// Escaped, as a JSON string.
void write_html(Writer& out, std::string_view text)
{
    out.put('"');
    write_escaped(out, text, "\\\\");
    out.put('"');
}

// bilibili's numbers.
uint64_t mode_of(Flight flight)
{
    return flight == Flight::kTop ? 5 : flight == Flight::kBottom ? 4 : 1;
}

}  // namespace

Result<DplayerPost> read_dplayer(std::string_view body, Arena& arena,
                                 std::string_view* why)
{
    Result<Json> json = Json::read_strictly(bytes_of(body), arena);
    if (!json.ok()) {
        *why = describe(json.fault());
        return json.fault();
    }
    JsonValue root = json->root();
    DplayerPost post;
    read_how(root, &post.danmaku);
    post.danmaku.author = string_of(root["author"]);
    post.room = string_of(root["id"]);
    post.token = string_of(root["token"]);
    if (!root.is_object() || is_blank(post.danmaku.text)) {
        *why = "this says nothing";
        return Fault::kBadRequest;
    }
    return post;
}

size_t most_said(const Danmaku& danmaku)
{
    return kNumbers + 6 * danmaku.text.size();
}

void write_said(Writer& out, const Danmaku& danmaku)
{
    out.put(R"({"text":)");
    write_string(out, danmaku.text);
    out.put(R"(,"color":)");
    write_unsigned(out, danmaku.color);
    out.put(R"(,"type":)");
    write_unsigned(out, static_cast<uint64_t>(danmaku.flight));
    out.put(R"(,"time":)");
    write_seconds(out, static_cast<int64_t>(danmaku.at_ms));
    out.put('}');
}

std::optional<Danmaku> danmaku_of(const Message& message, Arena& arena)
{
    bool said = message.kind == Kind::kMessage &&
                (message.to == To::kAll || message.to == To::kOthers) &&
                message.said.size() <= kMaxDanmaku;
    if (!said) {
        return {};
    }
    Result<Json> json = Json::read_strictly(bytes_of(message.said), arena);
    if (!json.ok()) {
        return {};
    }
    JsonValue root = json->root();
    Danmaku danmaku;
    if (root.is_object()) {
        read_how(root, &danmaku);
    } else {
        danmaku.text = string_of(root);
    }
    danmaku.author = message.from_name;
    return is_blank(danmaku.text) ? std::optional<Danmaku>() : danmaku;
}

size_t most_in_dplayer(const Danmaku& danmaku)
{
    return kNumbers + 6 * (danmaku.text.size() + danmaku.author.size());
}

void write_in_dplayer(Writer& out, const Danmaku& danmaku)
{
    out.put('[');
    write_seconds(out, static_cast<int64_t>(danmaku.at_ms));
    out.put(',');
    write_unsigned(out, static_cast<uint64_t>(danmaku.flight));
    out.put(',');
    write_unsigned(out, danmaku.color);
    out.put(',');
    write_html(out, danmaku.author);
    out.put(',');
    write_html(out, danmaku.text);
    out.put(']');
}

size_t most_in_xml(const Danmaku& danmaku)
{
    return kNumbers + 6 * (danmaku.text.size() + kMaxId);
}

void write_in_xml(Writer& out, const Danmaku& danmaku, const Message& message)
{
    // ArtPlayer writes the number in hexadecimal without zeros in front, which
    // is no colour for those without red: they get a touch of it.
    constexpr uint32_t kLeastRed = 0x100000;
    out.put(R"(<d p=")");
    write_seconds(out, static_cast<int64_t>(danmaku.at_ms));
    out.put(',');
    write_unsigned(out, mode_of(danmaku.flight));
    out.put(",25,");
    write_unsigned(out, danmaku.color < kLeastRed ? danmaku.color | kLeastRed
                                                  : danmaku.color);
    out.put(',');
    write_unsigned(
        out, static_cast<uint64_t>(std::max<UnixMs>(message.time, 0) / 1000));
    out.put(",0,");
    for (char c : message.from_id) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '-' || c == '_';
        out.put(plain ? c : '_');
    }
    out.put(',');
    write_unsigned(out, message.seq);
    out.put("\">");
    write_escaped(out, danmaku.text, "\\");
    out.put("</d>");
}

}  // namespace onair::room
