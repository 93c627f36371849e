// A stream of SHOUTcast as its documents (JSON, XML of versions 1 and 2) tell
// of it: the same names everywhere, gathered first, judged once.
#pragma once

#include <string_view>

#include "source/format.h"

namespace onair::source {

// Raw texts as the document has them; empty: not given.
struct ShoutcastStream {
    std::string_view id, status, current, peak, unique, reported, uptime;
    std::string_view title, next, song_url, dj;
    std::string_view name, genre, url, path, content, bitrate;
    std::string_view tag_title, tag_artist, tag_album;
    std::span<const Track> history;  // finished, newest first
};

// One member of the stream or of its metadata, in capitals or not; the first of
// several counts.
void set_field(ShoutcastStream& stream, std::string_view name,
               std::string_view value);
// From JSON, where a member that nobody reads may be of any kind.
void set_field(ShoutcastStream& stream, JsonMember member);

// Adds the stream by its id where there are several; one alone is the poll
// location's.
void add_stream(const ShoutcastStream& stream, bool several, ReportList& list);

// A title as the server puts it together: three blanks for the dash.
void set_title(std::string_view title, Track& track, const ReportList& list);

}  // namespace onair::source
