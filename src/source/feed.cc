#include "source/feed.h"

#include <algorithm>
#include <iterator>

namespace onair::source {

namespace {

constexpr size_t npos = std::string_view::npos;

// What of a mount's statistics a listener is told. Not listener_peak: it never
// moves without listeners. stream_start is how a new mount shows.
constexpr std::string_view kNames[] = {
    "title",     "artist",       "display-title", "metadata_updated",
    "listeners", "stream_start", "null",
};

constexpr std::string_view kTriggers[] = {
    "source-connect",
    "source-disconnect",
    "source-listeners-changed",
    "format-metadata-changed",
};

template <size_t count>
bool is_one_of(const std::string_view (&words)[count], std::string_view word)
{
    return std::find(std::begin(words), std::end(words), word) !=
           std::end(words);
}

std::string_view take_word(std::string_view& line)
{
    size_t size = std::min(line.find(' '), line.size());
    std::string_view word = line.substr(0, size);
    line.remove_prefix(std::min(size + 1, line.size()));
    return word;
}

// `EVENT /mount name value`; Icecast-KH also `NEW type /mount` and
// `DELETE /mount`.
bool is_stats_change(std::string_view line)
{
    std::string_view verb = take_word(line);
    if (verb == "EVENT") {
        std::string_view mount = take_word(line);
        return mount.starts_with('/') && is_one_of(kNames, take_word(line));
    }
    if (verb == "NEW") {
        take_word(line);
        return line.starts_with('/');
    }
    return verb == "DELETE" && line.starts_with('/');
}

// The string after `"name":"` up to its end. Within another string these
// quotes would be escaped, so that no title can look so.
std::string_view member(std::string_view json, std::string_view name)
{
    size_t at = json.find(name);
    if (at == npos) {
        return {};
    }
    json.remove_prefix(at + name.size());
    return json.substr(0, json.find('"'));
}

bool is_event_change(std::string_view json)
{
    if (!member(json, "\"mount\":\"").starts_with('/')) {
        return false;
    }
    return member(json, "\"type\":\"") == "vc" ||
           is_one_of(kTriggers, member(json, "\"trigger\":\""));
}

}  // namespace

size_t FeedReader::take(ConstBytes bytes)
{
    seen_ += bytes.size();
    size_t changes = 0;
    for (char c : text_of(bytes)) {
        if (c == '\n' || c == '\r') {
            changes += speaks_of_a_mount({line_, size_}) ? 1 : 0;
            size_ = 0;
        } else if (size_ < kMaxLine) {
            // What does not fit is dropped: what a line speaks of is said at
            // its begin.
            line_[size_++] = c;
        }
    }
    return changes;
}

bool FeedReader::speaks_of_a_mount(std::string_view line)
{
    constexpr std::string_view kData = "data:";
    return line.starts_with(kData) ? is_event_change(line.substr(kData.size()))
                                   : is_stats_change(line);
}

}  // namespace onair::source
