#include "encoder/event_id.h"

#include <charconv>

#include "encoder/number.h"

namespace onair::encoder {

namespace {

constexpr size_t kEpochDigits = 8;
// What Apache's mod_deflate and mod_brotli put behind the tag of what they
// compressed.
constexpr std::string_view kCodings[] = {"-gzip", "-br"};

bool is_digits(std::string_view text, std::string_view digits)
{
    return text.find_first_not_of(digits) == std::string_view::npos;
}

// The opaque tag of an entity tag; any other text stays as it is.
std::string_view unquote(std::string_view text)
{
    if (text.starts_with("W/\"")) {
        text.remove_prefix(2);
    }
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
        return text;
    }
    text = text.substr(1, text.size() - 2);
    for (std::string_view coding : kCodings) {
        if (text.ends_with(coding)) {
            text.remove_suffix(coding.size());
            break;
        }
    }
    return text;
}

}  // namespace

std::string_view write_event_id(const EventId& id, std::span<char> out)
{
    Writer writer(out);
    write_hex(writer, id.epoch, kEpochDigits);
    writer.put(':');
    write_unsigned(writer, id.seq);
    return writer.ok() ? writer.view() : std::string_view();
}

Result<EventId> read_event_id(std::string_view text)
{
    text = unquote(text);
    if (text.size() < kEpochDigits + 2 || text.size() > kMaxEventId ||
        text[kEpochDigits] != ':') {
        return Fault::kBadEventId;
    }
    std::string_view epoch = text.substr(0, kEpochDigits);
    std::string_view seq = text.substr(kEpochDigits + 1);
    // One way to write each id: no capitals, no leading zero.
    if (!is_digits(epoch, "0123456789abcdef") ||
        !is_digits(seq, "0123456789") || (seq.size() > 1 && seq[0] == '0')) {
        return Fault::kBadEventId;
    }
    EventId id;
    std::from_chars(epoch.data(), epoch.data() + epoch.size(), id.epoch, 16);
    auto end = seq.data() + seq.size();
    if (std::from_chars(seq.data(), end, id.seq).ec != std::errc()) {
        return Fault::kBadEventId;
    }
    return id;
}

}  // namespace onair::encoder
