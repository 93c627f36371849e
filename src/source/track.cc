#include "source/track.h"

#include <algorithm>
#include <iterator>

#include "source/repair.h"
#include "source/url.h"

namespace onair::source {

namespace {

constexpr std::string_view kBetween = " - ";

// What encoders and automation systems write when they know nothing, in lower
// case. "Null", "none" and "nan" are not here: songs are called so.
constexpr std::string_view kPlaceholders[] = {
    "unknown",      "unknown artist", "unknown title", "unknown track",
    "unknown song", "unknown album",  "<unknown>",     "[unknown]",
    "(unknown)",    "no title",       "no artist",     "no metadata",
    "n/a",          "undefined",      "(null)",        "untitled",
};

bool equals_lower(std::string_view text, std::string_view lower)
{
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) {
                          return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
                      });
}

bool only_dashes(std::string_view text)
{
    return text.find_first_not_of("- ") == std::string_view::npos;
}

bool is_placeholder(std::string_view text)
{
    return only_dashes(text) ||
           std::any_of(
               std::begin(kPlaceholders), std::end(kPlaceholders),
               [text](std::string_view p) { return equals_lower(text, p); });
}

// "Untitled" beside a known artist is the name of a song.
bool is_no_title(std::string_view title, std::string_view artist)
{
    return is_placeholder(title) &&
           (artist.empty() || !equals_lower(title, "untitled"));
}

std::string_view joined(std::string_view artist, std::string_view title,
                        Arena& arena)
{
    char room[kMaxText];
    Writer out(room);
    out.put(artist);
    out.put(kBetween);
    out.put(title);
    // Only a text past the bound needs the kit, to be cut at a fit place.
    if (out.ok()) {
        return arena.copy(out.view());
    }
    size_t left = kMaxText - std::min(kMaxText, artist.size() + 3);
    Repair none = {false, false, false, false, false};
    title = clean(title, left, none, arena);
    if (title.empty()) {
        return artist;
    }
    return joined(artist, title, arena);
}

// The part of `text` after "artist - ", if it begins so and has one.
std::string_view after_artist(std::string_view text, std::string_view artist)
{
    size_t begin = artist.size() + kBetween.size();
    if (artist.empty() || text.size() <= begin || !text.starts_with(artist) ||
        text.substr(artist.size(), kBetween.size()) != kBetween) {
        return {};
    }
    return text.substr(begin);
}

void split(Track& track, const Repair& repair)
{
    std::string_view line = track.text.empty() ? track.title : track.text;
    size_t at = repair.split ? line.find(kBetween) : std::string_view::npos;
    if (at == std::string_view::npos) {
        track.title = line;
        return;
    }
    track.artist = line.substr(0, at);
    track.title = line.substr(at + kBetween.size());
}

// Where artist or title is missing in a line of both, its dash stays: " -
// Title", "Artist - ". Texts are clean here, without a blank at either end.
std::string_view without_dashes(std::string_view text)
{
    while (text.starts_with("- ")) {
        text.remove_prefix(2);
    }
    while (text.ends_with(" -")) {
        text.remove_suffix(2);
    }
    return text;
}

// A line that ended with the dash was an artist's.
void drop_dashes(Track& track, const Repair& repair)
{
    std::string_view line = track.text.empty() ? track.title : track.text;
    bool alone = track.artist.empty() &&
                 (track.title.empty() || track.title == line) && repair.split &&
                 line.ends_with(" -");
    for (auto text : {&Track::text, &Track::artist, &Track::title}) {
        track.*text = without_dashes(track.*text);
    }
    line = without_dashes(line);
    if (alone && line.find(kBetween) == std::string_view::npos) {
        track.text = line;
        track.artist = line;
        track.title = {};
    }
}

void derive(Track& track, const Repair& repair)
{
    if (track.artist.empty()) {
        if (track.title.empty() || track.text.empty() ||
            track.title == track.text) {
            split(track, repair);
        }
        return;
    }
    if (track.title.empty()) {
        std::string_view rest = after_artist(track.text, track.artist);
        track.title =
            rest.empty() && track.text != track.artist ? track.text : rest;
        return;
    }
    std::string_view rest = after_artist(track.title, track.artist);
    if (repair.split && !rest.empty()) {
        track.title = rest;
    }
}

// The text says nothing that artist and title do not.
bool says_both(const Track& track)
{
    return !track.title.empty() &&
           after_artist(track.text, track.artist) == track.title;
}

void drop_placeholders(Track& track)
{
    bool both = says_both(track);
    bool no_artist = is_placeholder(track.artist);
    bool no_title = is_no_title(track.title, no_artist ? "" : track.artist);
    if (no_artist) {
        track.artist = {};
    }
    if (no_title) {
        track.title = {};
    }
    if (is_placeholder(track.album)) {
        track.album = {};
    }
    if (is_placeholder(track.text) || (both && (no_artist || no_title))) {
        track.text = {};
    }
}

}  // namespace

void finish(Track& track, const Repair& repair, Arena& arena)
{
    track.text = clean(track.text, kMaxText, repair, arena);
    track.artist = clean(track.artist, kMaxText, repair, arena);
    track.title = clean(track.title, kMaxText, repair, arena);
    track.album = clean(track.album, kMaxText, repair, arena);
    track.art = clean_url(track.art, kMaxUrl, arena);
    track.url = clean_url(track.url, kMaxUrl, arena);
    drop_dashes(track, repair);
    // A field that is a placeholder must not hide what another one says, so
    // they go before the rest is derived, and again once text was split.
    for (int round = 0; round < 2; round++) {
        if (repair.placeholders) {
            drop_placeholders(track);
        }
        if (round == 0) {
            derive(track, repair);
        }
    }
    if (track.text.empty()) {
        track.text = track.artist.empty() ? track.title
                     : track.title.empty()
                         ? track.artist
                         : joined(track.artist, track.title, arena);
    }
    if (track.text.empty()) {
        track = Track();
    }
}

}  // namespace onair::source
