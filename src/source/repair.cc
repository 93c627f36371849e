#include "source/repair.h"

#include <algorithm>

#include "base/utf8.h"
#include "source/character.h"
#include "source/entity.h"

namespace onair::source {

namespace {

// One step through text that was encoded as UTF-8 twice: each character stands
// for one byte. size 0: the text ends before the character does.
Utf8Char first_double(std::string_view text)
{
    char bytes[4];
    size_t count = 0;
    size_t used = 0;
    while (used < text.size() && count < sizeof(bytes)) {
        Utf8Char outer = first_char(text.substr(used));
        int byte = outer.size != 0 ? to_windows_1252(outer.code) : -1;
        if (byte < 0) {
            return {0, 0, outer.cut};
        }
        bytes[count++] = static_cast<char>(byte);
        used += outer.size;
        Utf8Char inner = first_char({bytes, count});
        if (inner.size != 0) {
            return {inner.code, used, false};
        }
        if (!inner.cut) {
            return {};
        }
    }
    return {0, 0, true};
}

// Every character is one that Latin-1 or Windows-1252 has, and as bytes they
// are UTF-8 with at least one character past ASCII. A last character may be
// cut off: sources bound titles by bytes.
bool is_double_utf8(std::string_view text)
{
    bool seen = false;
    while (!text.empty()) {
        Utf8Char next = first_double(text);
        if (next.size == 0) {
            return next.cut && seen;
        }
        seen = seen || next.code >= 0x80;
        text.remove_prefix(next.size);
    }
    return seen;
}

bool may_be_joined(char32_t code)
{
    return code >= 0x590;
}

// Takes characters as they come, keeps those that a text may hold.
class Sieve {
  public:
    Sieve(std::span<char> out, const Repair& repair)
        : out_(out), repair_(repair)
    {}

    // False when the text is full.
    bool take(char32_t code)
    {
        if (code >= 0x80 && code < 0xa0) {
            code = from_windows_1252(static_cast<uint8_t>(code));
        }
        if (is_blank(code)) {
            blank_ = size_ > 0;
            joiner_ = 0;
            return true;
        }
        if (is_forbidden(code) || (repair_.invisible && is_hidden(code))) {
            return true;
        }
        if (repair_.invisible && is_joiner(code)) {
            joiner_ = may_be_joined(last_) && !blank_ ? code : 0;
            return true;
        }
        return put(code);
    }

    std::string_view view() const { return {out_.data(), size_}; }

  private:
    bool is_hidden(char32_t code) const
    {
        return is_invisible(code) ||
               (is_tag(code) && last_ != 0x1f3f4 && !is_tag(last_));
    }

    bool put(char32_t code)
    {
        char32_t joiner = may_be_joined(code) ? joiner_ : 0;
        joiner_ = 0;
        bool pair = is_regional(code) && is_regional(last_) && !paired_;
        if (blank_ ||
            !(extends(code) || joiner != 0 || is_joiner(last_) || pair)) {
            border_ = size_;
        }
        size_t size =
            utf8_size(code) + (joiner != 0 ? 3 : 0) + (blank_ ? 1 : 0);
        if (size > out_.size() - size_) {
            size_ = border_ > 0 ? border_ : size_;
            return false;
        }
        Writer writer(out_.subspan(size_));
        if (blank_) {
            writer.put(' ');
        }
        if (joiner != 0) {
            put_utf8(writer, joiner);
        }
        put_utf8(writer, code);
        size_ += size;
        paired_ = pair && !blank_;
        blank_ = false;
        last_ = code;
        return true;
    }

    std::span<char> out_;
    const Repair& repair_;
    size_t size_ = 0;
    size_t border_ = 0;  // where the last whole character as seen begins
    char32_t last_ = 0;
    char32_t joiner_ = 0;  // held back until what it joins is known
    bool blank_ = false;   // likewise
    bool paired_ = false;
};

// Nothing in it that the kit would change.
bool is_plain(std::string_view text, const Repair& repair)
{
    char last = ' ';
    for (char c : text) {
        if (c < ' ' || c > '~' || (c == ' ' && last == ' ') ||
            (c == '&' && repair.entities)) {
            return false;
        }
        last = c;
    }
    return text.empty() || last != ' ';
}

struct Step {
    char32_t code = 0;
    size_t size = 0;  // 0: the rest is a character cut off
};

Step step(std::string_view text, const Repair& repair, bool twice,
          bool seen_utf8)
{
    if (text[0] == '&' && repair.entities) {
        Entity entity = first_entity(text);
        if (entity.size != 0) {
            return {entity.code, entity.size};
        }
    }
    Utf8Char next = twice ? first_double(text) : first_char(text);
    if (next.size != 0 || twice || (next.cut && seen_utf8)) {
        return {next.code, next.size};
    }
    return {from_windows_1252(static_cast<uint8_t>(text[0])), 1};
}

}  // namespace

std::string_view clean(std::string_view text, size_t limit,
                       const Repair& repair, Arena& arena)
{
    if (text.size() <= limit && is_plain(text, repair)) {
        return text;
    }
    char room[kMaxText];
    Sieve sieve({room, std::min(limit, sizeof(room))}, repair);
    bool twice = repair.double_utf8 && is_double_utf8(text);
    bool seen_utf8 = false;
    while (!text.empty()) {
        Step next = step(text, repair, twice, seen_utf8);
        if (next.size == 0 || !sieve.take(next.code)) {
            break;
        }
        seen_utf8 = seen_utf8 || (next.code >= 0x80 && next.size > 1);
        text.remove_prefix(next.size);
    }
    return arena.copy(sieve.view());
}

}  // namespace onair::source
