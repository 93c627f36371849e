#include "sound/listen.h"

#include <algorithm>
#include <charconv>

namespace onair::sound {

namespace {

// The whole of a number without a sign; nothing for any other text.
std::optional<uint64_t> number_of(std::string_view text)
{
    uint64_t number = 0;
    const char* end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, number);
    bool good = !text.empty() && error == std::errc() && rest == end &&
                number < uint64_t{1} << 62;
    return good ? std::optional(number) : std::nullopt;
}

void put_number(Writer& out, uint64_t number)
{
    char digits[20];
    auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
    out.put({digits, static_cast<size_t>(end - digits)});
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

std::optional<From> read_from(std::string_view args)
{
    constexpr std::string_view kName = "from=";
    while (!args.empty()) {
        std::string_view one = args.substr(0, args.find('&'));
        args.remove_prefix(std::min(one.size() + 1, args.size()));
        if (!one.starts_with(kName)) {
            continue;
        }
        one.remove_prefix(kName.size());
        size_t dash = one.find('-');
        auto position = number_of(one.substr(0, dash));
        auto head = dash == std::string_view::npos
                        ? std::optional<uint64_t>(0)
                        : number_of(one.substr(dash + 1));
        if (position && head) {
            return From{*position, *head};
        }
    }
    return {};
}

void write_from(Writer& out, const From& from)
{
    out.put("from=");
    put_number(out, from.position);
    if (from.head > 0) {
        out.put('-');
        put_number(out, from.head);
    }
}

std::optional<uint64_t> read_range(std::string_view range)
{
    constexpr std::string_view kUnit = "bytes=";
    range = trimmed(range);
    if (!range.starts_with(kUnit) || !range.ends_with('-')) {
        return {};
    }
    range.remove_prefix(kUnit.size());
    range.remove_suffix(1);
    return number_of(range);
}

Listen listen_as(std::string_view icy, std::string_view range,
                 std::string_view dest, std::string_view args, bool frames)
{
    Listen listen;
    listen.audio = dest == "audio" || dest == "video";
    std::optional<From> from = read_from(args);
    std::optional<uint64_t> resumes = read_range(range);
    // A browser has its title elsewhere, and counts what it gets.
    auto wanted = number_of(trimmed(icy));
    listen.icy = frames && !listen.audio && wanted && *wanted > 0;
    if (listen.audio && !from) {
        listen.redirect = true;
        return listen;
    }
    if (!from || listen.icy) {
        return listen;
    }
    listen.at_position = true;
    listen.position = from->position;
    if (resumes && *resumes > 0) {
        listen.partial = true;
        listen.resumes = *resumes;
        // Who breaks off among the head pages gets what follows them.
        listen.position += *resumes > from->head ? *resumes - from->head : 0;
    }
    return listen;
}

Listen listen_as_page(std::string_view last, std::string_view args)
{
    Listen listen;
    std::optional<From> from = read_from(args);
    std::optional<uint64_t> place = number_of(trimmed(last));
    if (!place && from) {
        place = from->position;
    }
    listen.at_position = place.has_value();
    listen.position = place.value_or(0);
    return listen;
}

}  // namespace onair::sound
