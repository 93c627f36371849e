// A mount of Icecast as its three documents (status-json, publicstats, admin
// XML) tell of it: the same names everywhere, gathered first, judged once.
#pragma once

#include <string_view>

#include "source/format.h"

namespace onair::source {

// Raw texts as the document has them; no data(): not given. Given and empty is
// something else: a title that was cleared.
struct Mount {
    std::string_view path;  // where the document names the mount itself
    std::string_view listenurl, title, artist, album, display_title, playing;
    std::string_view icy_title, icy_artist, artwork;
    std::string_view tag_title, tag_artist, tag_album;
    std::string_view listeners, peak, start, start_iso;
    std::string_view name, description, genre, url, type, content_type;
    std::string_view bitrate, ice_bitrate, audio_bitrate;
};

// One field of the source element or of the metadata element in it.
void set_field(Mount& mount, std::string_view name, std::string_view value);
void set_tag(Mount& mount, std::string_view name, std::string_view value);
// The same from JSON, whose members may be of any kind.
void set_field(Mount& mount, JsonMember field);
void set_tag(Mount& mount, JsonMember tag);

// Adds the mount to the list. On air only if it says since when: after a
// fallback Icecast goes on listing a mount that has gone.
void add_mount(const Mount& mount, ReportList& list);

}  // namespace onair::source
