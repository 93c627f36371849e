#include "source/url.h"

#include <algorithm>

#include "base/utf8.h"
#include "source/character.h"

namespace onair::source {

namespace {

constexpr std::string_view kTrimmed = " \t\r\n";

std::string_view trimmed(std::string_view text)
{
    size_t begin = text.find_first_not_of(kTrimmed);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kTrimmed) + 1 - begin);
}

bool begins_with(std::string_view text, std::string_view lower)
{
    return text.size() >= lower.size() &&
           std::equal(lower.begin(), lower.end(), text.begin(),
                      [](char a, char b) {
                          return a == (b >= 'A' && b <= 'Z' ? b + 32 : b);
                      });
}

bool has_good_start(std::string_view url)
{
    for (std::string_view scheme : {"http://", "https://"}) {
        if (begins_with(url, scheme)) {
            return url.size() > scheme.size() && url[scheme.size()] != '/';
        }
    }
    return url.starts_with('/');
}

// Characters that a page may put into an attribute or a style as they are.
bool is_safe(char c)
{
    return c > ' ' && c <= '~' &&
           std::string_view("\"'<>\\^`{|}").find(c) == std::string_view::npos;
}

}  // namespace

std::string_view clean_url(std::string_view url, size_t limit, Arena& arena)
{
    url = trimmed(url);
    if (!has_good_start(url) || url.size() > limit) {
        return {};
    }
    if (std::all_of(url.begin(), url.end(), is_safe)) {
        return url;
    }
    char room[kMaxUrl];
    Writer out({room, std::min(limit, sizeof(room))});
    for (char c : url) {
        auto byte = static_cast<uint8_t>(c);
        if (byte < ' ' || byte == 0x7f) {
            return {};
        }
        if (is_safe(c)) {
            out.put(c);
            continue;
        }
        out.put('%');
        out.put("0123456789ABCDEF"[byte >> 4]);
        out.put("0123456789ABCDEF"[byte & 15]);
    }
    // Half of a URL leads somewhere else.
    return out.ok() ? arena.copy(out.view()) : std::string_view();
}

bool is_usable_name(std::string_view name)
{
    if (name.empty() || name.size() > kMaxName) {
        return false;
    }
    for (size_t at = 0; at < name.size();) {
        Utf8Char next = first_char(name.substr(at));
        if (next.size == 0 || is_forbidden(next.code) ||
            is_invisible(next.code) ||
            (is_blank(next.code) && next.code != ' ')) {
            return false;
        }
        at += next.size;
    }
    return true;
}

std::string_view station_name(std::string_view listen_url)
{
    std::string_view name = trimmed(listen_url);
    size_t scheme = name.find("://");
    if (scheme < name.find_first_of("/?#")) {
        size_t path = name.find_first_of("/?#", scheme + 3);
        name = path == std::string_view::npos ? "" : name.substr(path);
    }
    name = name.substr(0, name.find_first_of("?#"));
    if (name.starts_with('/')) {
        name.remove_prefix(1);
    }
    return is_usable_name(name) ? name : std::string_view();
}

}  // namespace onair::source
