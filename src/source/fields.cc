#include "source/fields.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"
#include "source/form.h"

namespace onair::source {

namespace {

struct Known {
    std::string_view name;
    std::string_view Fields::*to;
};

// The allow-list, with the other words publishers use for the same.
constexpr Known kFields[] = {
    {"album", &Fields::album},
    {"art", &Fields::art},
    {"artist", &Fields::artist},
    {"artwork", &Fields::art},
    {"charset", &Fields::charset},
    {"current", &Fields::listeners},
    {"description", &Fields::description},
    {"dj", &Fields::dj},
    {"duration", &Fields::duration},
    {"genre", &Fields::genre},
    {"listeners", &Fields::listeners},
    {"mode", &Fields::mode},
    {"mount", &Fields::station},
    {"name", &Fields::name},
    {"on_air", &Fields::on_air},
    {"on_air_timestamp", &Fields::started},
    {"peak", &Fields::peak},
    {"poll", &Fields::poll},
    {"song", &Fields::text},
    {"started", &Fields::started},
    {"station", &Fields::station},
    {"status", &Fields::status},
    {"text", &Fields::text},
    {"title", &Fields::title},
    {"unique", &Fields::unique},
    {"url", &Fields::url},
};

// What a snapshot says of the stream. Its `url` is where the audio is, not a
// track's.
constexpr Known kStream[] = {
    {"description", &Fields::stream_description},
    {"genre", &Fields::stream_genre},
    {"name", &Fields::stream_name},
};

constexpr std::string_view kNeither =
    "body is neither an object nor [key, value] pairs";

// The inner objects of a snapshot.
constexpr std::string_view kInner[] = {"listeners", "now", "stream"};

template <size_t count>
const Known* find(const Known (&fields)[count], std::string_view name)
{
    const Known* at =
        std::find_if(std::begin(fields), std::end(fields),
                     [name](const Known& field) { return field.name == name; });
    return at == std::end(fields) ? nullptr : at;
}

bool is_inner(std::string_view name)
{
    return std::find(std::begin(kInner), std::end(kInner), name) !=
           std::end(kInner);
}

// Names that may stand in a line of log and in XML.
bool is_printable_name(std::string_view name)
{
    return !name.empty() && name.size() <= 40 &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') ||
                      std::string_view("-_.:").find(c) !=
                          std::string_view::npos;
           });
}

}  // namespace

Outcome FieldReader::refuse(std::string_view name, std::string_view why)
{
    constexpr size_t kLongest = 128;
    *why_ = arena_.make_text(kLongest, [name, why](Writer& out) {
        out.put(name);
        out.put(why);
    });
    return Fault::kBadRequest;
}

Outcome FieldReader::unknown_charset()
{
    if (!is_printable_name(charset_name_)) {
        *why_ = "charset is not known";
        return Fault::kBadRequest;
    }
    constexpr size_t kLongest = 80;
    *why_ = arena_.make_text(kLongest, [this](Writer& out) {
        out.put("charset \"");
        out.put(charset_name_);
        out.put("\" is not known");
    });
    return Fault::kBadRequest;
}

void FieldReader::set_charset(std::string_view name)
{
    std::optional<Charset> charset = charset_of(name);
    charset_name_ = name;
    charset_known_ = charset.has_value();
    charset_ = charset.value_or(Charset());
}

void FieldReader::find_charset(std::string_view text)
{
    FormReader form(text, arena_);
    while (form.next()) {
        if (form.name() == "charset" && !form.value().empty()) {
            set_charset(form.value());
        }
    }
}

void FieldReader::find_charset(JsonValue root)
{
    std::string_view name = root["charset"].text();
    for (JsonMember pair : root) {
        if (root.is_array() && pair.value.at(0).text() == "charset") {
            name = pair.value.at(1).text();
        }
    }
    if (name.empty()) {
        return;
    }
    set_charset(name);
    if (body_is_utf8_) {
        charset_ = Charset();
    }
}

Outcome FieldReader::set(Field field, std::string_view value)
{
    if (!charset_known_ && !is_plain_ascii(value)) {
        return unknown_charset();
    }
    value = charset_.to_utf8(value, arena_);
    fields_.*field = value.empty() ? std::string_view("") : value;
    return Done{};
}

Outcome FieldReader::set(Field field, JsonMember member)
{
    switch (member.value.kind()) {
        case Kind::kObject:
            return refuse(member.name, " is an object, not a text");
        case Kind::kArray:
            return refuse(member.name, " is a list, not a text");
        case Kind::kString:
            return set(field, member.value.text());
        default:
            return Done{};
    }
}

Outcome FieldReader::read_form(std::string_view text)
{
    FormReader form(text, arena_);
    while (form.next()) {
        const Known* known = find(kFields, form.name());
        Outcome outcome =
            known != nullptr ? set(known->to, form.value()) : Outcome(Done{});
        if (!outcome) {
            return outcome;
        }
    }
    return Done{};
}

Outcome FieldReader::set_member(JsonMember member)
{
    const Known* known = find(kFields, member.name);
    return known != nullptr ? set(known->to, member) : Outcome(Done{});
}

// Members of a snapshot's own inner objects are taken where they stand.
Outcome FieldReader::set_inner(JsonMember inner)
{
    bool stream = inner.name == "stream";
    bool any = stream || inner.value.size() == 0;
    for (JsonMember one : inner.value) {
        const Known* known =
            stream ? find(kStream, one.name) : find(kFields, one.name);
        if (known == nullptr) {
            continue;
        }
        any = true;
        Outcome outcome = set(known->to, one);
        if (!outcome) {
            return outcome;
        }
    }
    return any ? Outcome(Done{})
               : refuse(inner.name, " has no member that is known");
}

Outcome FieldReader::set_object(JsonValue object)
{
    for (JsonMember member : object) {
        Outcome outcome = Done{};
        bool inner = is_inner(member.name);
        if (inner && member.value.is_object()) {
            outcome = set_inner(member);
        } else if (!inner || member.name == "listeners") {
            outcome = set_member(member);
        } else if (member.value.kind() != Kind::kNull) {
            outcome = refuse(member.name, " is no object");
        }
        if (!outcome) {
            return outcome;
        }
    }
    return Done{};
}

Outcome FieldReader::set_pairs(JsonValue pairs)
{
    for (JsonMember pair : pairs) {
        if (pair.value.size() != 2 || !pair.value.is_array()) {
            *why_ = kNeither;
            return Fault::kBadRequest;
        }
        Outcome outcome =
            set_member({pair.value.at(0).text(), pair.value.at(1)});
        if (!outcome) {
            return outcome;
        }
    }
    return Done{};
}

Outcome FieldReader::read_json(JsonValue root)
{
    if (!has_charset()) {
        find_charset(root);
    }
    if (root.is_object()) {
        return set_object(root);
    }
    if (root.is_array()) {
        return set_pairs(root);
    }
    *why_ = kNeither;
    return Fault::kBadRequest;
}

Result<ConstBytes> FieldReader::as_utf8(ConstBytes body)
{
    std::string_view text = text_of(body);
    if (!charset_known_ && !is_plain_ascii(text)) {
        return unknown_charset().fault();
    }
    body_is_utf8_ = charset_.is_utf8_after_all(text);
    // As a whole: in some sets a second byte looks like a quote or a backslash.
    if (!body_is_utf8_ && !charset_.is_utf8()) {
        text = charset_.to_utf8(text, arena_);
        if (text.data() == nullptr) {
            *why_ = "out of memory";
            return Fault::kNoMemory;
        }
    }
    charset_ = Charset();
    charset_known_ = true;
    return bytes_of(text);
}

}  // namespace onair::source
