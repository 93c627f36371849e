#include "source/mount.h"

#include <algorithm>
#include <iterator>

#include "source/scalar.h"

namespace onair::source {

namespace {

struct Field {
    std::string_view name;
    std::string_view Mount::*to;
};

// Sorted by name.
constexpr Field kFields[] = {
    {"artist", &Mount::artist},
    {"artwork", &Mount::artwork},
    {"audio_bitrate", &Mount::audio_bitrate},
    {"bitrate", &Mount::bitrate},
    {"content-type", &Mount::content_type},
    {"display-title", &Mount::display_title},
    {"genre", &Mount::genre},
    {"ice-bitrate", &Mount::ice_bitrate},
    {"listener_peak", &Mount::peak},
    {"listeners", &Mount::listeners},
    {"listenurl", &Mount::listenurl},
    {"server_description", &Mount::description},
    {"server_name", &Mount::name},
    {"server_type", &Mount::type},
    {"server_url", &Mount::url},
    {"stream_start", &Mount::start},
    {"stream_start_iso8601", &Mount::start_iso},
    {"title", &Mount::title},
    {"yp_currently_playing", &Mount::playing},
};

constexpr Field kTags[] = {
    {"album", &Mount::tag_album},       {"artist", &Mount::tag_artist},
    {"title", &Mount::tag_title},       {"x_icy_artist", &Mount::icy_artist},
    {"x_icy_title", &Mount::icy_title},
};

template <size_t count>
std::string_view* find(Mount& mount, const Field (&fields)[count],
                       std::string_view name)
{
    const Field* at = std::lower_bound(
        std::begin(fields), std::end(fields), name,
        [](const Field& f, std::string_view n) { return f.name < n; });
    bool found = at != std::end(fields) && at->name == name;
    return found ? &(mount.*at->to) : nullptr;
}

void set(std::string_view* field, std::string_view value)
{
    if (field != nullptr) {
        *field = value.empty() ? std::string_view("") : value;
    }
}

// A member that nobody reads may be of any kind.
void set(std::string_view* field, JsonValue value)
{
    if (field != nullptr) {
        set(field, value.text());
    }
}

// What Icecast, or an encoder, writes where nobody said anything.
std::string_view unless_default(std::string_view text, const ReportList& list)
{
    bool is_default = text == "Unspecified description" ||
                      text == "Unspecified name" || text == "no name" ||
                      text == "(null)" || text == "-";
    return is_default && list.repair().placeholders ? std::string_view() : text;
}

bool given(std::string_view text)
{
    return text.data() != nullptr;
}

// The members of one answer differ in age, as the server changes them one after
// the other. So one group of them alone speaks of the present track, the first
// that says anything of it. The tags come first: they change before the others,
// are UTF-8 where those went through the mount's character set, and where they
// are given and empty there is no track.
void set_track(const Mount& mount, Track& track)
{
    track.art = mount.artwork;
    if (given(mount.tag_title) || given(mount.tag_artist)) {
        track.title = mount.tag_title;
        track.artist = mount.tag_artist;
        track.album = mount.tag_album;
    } else if (given(mount.icy_title) || given(mount.icy_artist)) {
        track.title = mount.icy_title;
        track.artist = mount.icy_artist;
    } else if (!mount.title.empty() || !mount.artist.empty()) {
        track.title = mount.title;
        track.artist = mount.artist;
    } else {
        track.text =
            mount.display_title.empty() ? mount.playing : mount.display_title;
    }
}

int64_t bitrate(const Mount& mount)
{
    int64_t told = bitrate_of(mount.bitrate);
    told = told > 0 ? told : bitrate_of(mount.ice_bitrate);
    if (told > 0) {
        return told;
    }
    int64_t bits = count_of(mount.audio_bitrate);
    return bits >= 1000 ? bits / 1000 : -1;
}

}  // namespace

void set_field(Mount& mount, std::string_view name, std::string_view value)
{
    set(find(mount, kFields, name), value);
}

void set_tag(Mount& mount, std::string_view name, std::string_view value)
{
    set(find(mount, kTags, name), value);
}

void set_field(Mount& mount, JsonMember field)
{
    set(find(mount, kFields, field.name), field.value);
}

void set_tag(Mount& mount, JsonMember tag)
{
    set(find(mount, kTags, tag.name), tag.value);
}

void add_mount(const Mount& mount, ReportList& list)
{
    std::string_view written =
        mount.path.empty() ? mount.listenurl : mount.path;
    Report* report = list.add(station_name(written), {}, written);
    if (report == nullptr) {
        return;
    }
    report->on_air = !mount.start.empty() || !mount.start_iso.empty();
    report->since = time_of(mount.start_iso);
    if (report->since == kNoTime) {
        report->since = time_of(mount.start);
    }
    report->listeners.current = list.count("listeners", mount.listeners);
    report->listeners.peak = list.count("listener_peak", mount.peak);
    if (report->on_air) {
        set_track(mount, report->now);
        finish(report->now, list.repair(), list.arena());
    }
    Stream& stream = report->stream;
    stream.name = unless_default(list.text(mount.name), list);
    stream.description = unless_default(list.text(mount.description), list);
    stream.genre = unless_default(list.text(mount.genre), list);
    stream.url = list.url(mount.url);
    stream.listen = list.url(mount.listenurl);
    stream.type =
        list.text(mount.type.empty() ? mount.content_type : mount.type);
    stream.bitrate = bitrate(mount);
}

}  // namespace onair::source
