#include "source/xml.h"

#include <algorithm>

#include "base/utf8.h"
#include "source/entity.h"

namespace onair::source {

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kCdata = "<![CDATA[";
constexpr std::string_view kDoctype = "<!DOCTYPE";

bool only_blanks(std::string_view text)
{
    return text.find_first_not_of(kBlanks) == npos;
}

// Where the tag that begins `text` ends: a '>' outside of quotes.
size_t end_of_tag(std::string_view text)
{
    char quote = '\0';
    for (size_t i = 1; i < text.size(); i++) {
        char c = text[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return i;
        } else if (c == '<') {
            return npos;
        }
    }
    return npos;
}

// Where the DOCTYPE that begins `text` ends: a '>' outside of quotes, comments
// and its own subset of declarations.
size_t end_of_doctype(std::string_view text)
{
    char quote = '\0';
    bool subset = false;
    for (size_t i = kDoctype.size(); i < text.size(); i++) {
        char c = text[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (text.substr(i).starts_with("<!--")) {
            size_t end = text.find("-->", i + 4);
            if (end == npos) {
                return npos;
            }
            i = end + 2;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '[' || c == ']') {
            subset = c == '[';
        } else if (c == '>' && !subset) {
            return i;
        }
    }
    return npos;
}

// How long the declaration, comment or processing instruction is that begins
// `text`; 0: there is none that ends. Nothing of them is read, and what a
// DOCTYPE defines is not known to us.
size_t size_of_aside(std::string_view text, bool before_root)
{
    if (text.starts_with(kDoctype)) {
        size_t end = before_root ? end_of_doctype(text) : npos;
        return end == npos ? 0 : end + 1;
    }
    std::string_view end = text.starts_with("<!--") ? "-->"
                           : text.starts_with("<?") ? "?>"
                           : text.starts_with("<!") ? ">"
                                                    : "";
    size_t at = end.empty() ? npos : text.find(end);
    return at == npos ? 0 : at + end.size();
}

// What stands between two tags comes in pieces.
struct Piece {
    std::string_view text;
    size_t size = 0;       // 0: a tag begins here, or what is cut short
    bool literal = false;  // there are no references in it
};

Piece piece_at(std::string_view rest, bool before_root)
{
    if (rest[0] != '<') {
        std::string_view text = rest.substr(0, rest.find('<'));
        return {text, text.size(), false};
    }
    if (rest.starts_with(kCdata)) {
        size_t end = rest.find("]]>");
        return end == npos
                   ? Piece()
                   : Piece{rest.substr(kCdata.size(), end - kCdata.size()),
                           end + 3, true};
    }
    return {{}, size_of_aside(rest, before_root), true};
}

// XML has no named entities but five; what it does not know stays as it is.
Entity xml_entity(std::string_view text)
{
    Entity entity = first_entity(text);
    if (entity.size == 0 || text[1] == '#') {
        return entity;
    }
    std::string_view name = text.substr(1, entity.size - 2);
    bool known = name == "amp" || name == "lt" || name == "gt" ||
                 name == "quot" || name == "apos";
    return known ? entity : Entity();
}

void put_decoded(std::string_view raw, Writer& out)
{
    while (!raw.empty()) {
        size_t plain = std::min(raw.find('&'), raw.size());
        out.put(raw.substr(0, plain));
        raw.remove_prefix(plain);
        if (raw.empty()) {
            return;
        }
        Entity entity = xml_entity(raw);
        bool is_char = entity.code != 0 && entity.code <= 0x10ffff &&
                       (entity.code < 0xd800 || entity.code >= 0xe000);
        if (entity.size == 0) {
            out.put('&');
        } else if (is_char) {
            put_utf8(out, entity.code);
        }
        raw.remove_prefix(std::max<size_t>(entity.size, 1));
    }
}

}  // namespace

XmlReader::XmlReader(std::string_view document, Arena& arena)
    : rest_(document), arena_(arena)
{
    if (rest_.starts_with("\xef\xbb\xbf")) {
        rest_.remove_prefix(3);
    }
}

Result<XmlReader::Event> XmlReader::next()
{
    if (empty_) {
        empty_ = false;
        depth_--;
        return Event::kClose;
    }
    // All pieces up to the next tag, without the blank ones around them.
    std::string_view stretch;
    size_t kept = 0;
    while (!rest_.empty()) {
        Piece piece = piece_at(rest_, depth_ == 0);
        if (piece.size == 0) {
            break;
        }
        if (!only_blanks(piece.text)) {
            stretch = stretch.empty() ? rest_ : stretch;
            kept = stretch.size() - rest_.size() + piece.size;
        }
        rest_.remove_prefix(piece.size);
    }
    if (!stretch.empty()) {
        return depth_ == 0 ? Result<Event>(Fault::kNotXml)
                           : text(stretch.substr(0, kept));
    }
    if (!rest_.empty()) {
        return tag();
    }
    return depth_ == 0 && seen_root_ ? Result<Event>(Event::kEnd)
                                     : Fault::kNotXml;
}

Result<XmlReader::Event> XmlReader::tag()
{
    size_t end = end_of_tag(rest_);
    if (end == npos || end < 2) {
        return Fault::kNotXml;
    }
    std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return inside[0] == '/' ? close(inside.substr(1)) : open(inside);
}

Result<XmlReader::Event> XmlReader::open(std::string_view inside)
{
    if (depth_ == kMaxDepth) {
        return Fault::kTooDeep;
    }
    empty_ = inside.ends_with('/');
    if (empty_) {
        inside.remove_suffix(1);
    }
    name_ = inside.substr(0, inside.find_first_of(kBlanks));
    if (name_.empty() || name_[0] == '!' || (depth_ == 0 && seen_root_)) {
        return Fault::kNotXml;
    }
    attributes_ = inside.substr(name_.size());
    seen_root_ = true;
    open_[depth_++] = name_;
    return Event::kOpen;
}

Result<XmlReader::Event> XmlReader::close(std::string_view inside)
{
    name_ = inside.substr(0, inside.find_first_of(kBlanks));
    if (depth_ == 0 || open_[depth_ - 1] != name_) {
        return Fault::kNotXml;
    }
    depth_--;
    return Event::kClose;
}

std::string_view XmlReader::attribute(std::string_view name)
{
    std::string_view rest = attributes_;
    while (true) {
        size_t begin = rest.find_first_not_of(kBlanks);
        size_t equals = rest.find('=', begin);
        if (begin == npos || equals == npos) {
            return {};
        }
        size_t quote = rest.find_first_not_of(kBlanks, equals + 1);
        if (quote == npos || (rest[quote] != '"' && rest[quote] != '\'')) {
            return {};
        }
        size_t end = rest.find(rest[quote], quote + 1);
        if (end == npos) {
            return {};
        }
        std::string_view key = rest.substr(begin, equals - begin);
        if (key.substr(0, key.find_first_of(kBlanks)) == name) {
            return decoded(rest.substr(quote + 1, end - quote - 1));
        }
        rest.remove_prefix(end + 1);
    }
}

Result<XmlReader::Event> XmlReader::text(std::string_view stretch)
{
    Piece first = piece_at(stretch, false);
    if (first.size == stretch.size()) {
        text_ = first.literal ? first.text : decoded(first.text);
        return Event::kText;
    }
    text_ = arena_.make_text(stretch.size(), [stretch](Writer& out) {
        std::string_view rest = stretch;
        while (!rest.empty()) {
            Piece piece = piece_at(rest, false);
            if (piece.literal) {
                out.put(piece.text);
            } else {
                put_decoded(piece.text, out);
            }
            rest.remove_prefix(piece.size);
        }
    });
    return Event::kText;
}

std::string_view XmlReader::decoded(std::string_view raw)
{
    if (raw.find('&') == npos) {
        return raw;
    }
    return arena_.make_text(raw.size(),
                            [raw](Writer& out) { put_decoded(raw, out); });
}

}  // namespace onair::source
