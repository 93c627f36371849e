#include "encoder/now_playing.h"

#include <algorithm>
#include <iterator>

#include "encoder/json.h"
#include "encoder/now_playing_original.h"
#include "encoder/number.h"
#include "encoder/song_id.h"

namespace onair::encoder {

namespace {

constexpr std::string_view kOfflineTitle = "Station Offline";

int64_t or_zero(int64_t count)
{
    return std::max<int64_t>(count, 0);
}

void member(Writer& out, std::string_view name, std::string_view text)
{
    out.put(name);
    write_string(out, text);
}

void number(Writer& out, std::string_view name, int64_t value)
{
    out.put(name);
    write_unsigned(out, static_cast<uint64_t>(or_zero(value)));
}

// A whole number of seconds; a float in AzuraCast's words has its decimals.
int64_t seconds(int64_t ms)
{
    return or_zero(ms) / 1000;
}

UnixMs heard(const Track& track, const View& view)
{
    return track.started <= kNoTime ? kNoTime : track.started + view.delay_ms;
}

std::string_view format_of(std::string_view type)
{
    struct Known {
        std::string_view part;
        std::string_view format;
    };
    constexpr Known kKnown[] = {
        {"mpeg", "mp3"},  {"mp3", "mp3"},   {"aac", "aac"},
        {"opus", "opus"}, {"flac", "flac"}, {"ogg", "ogg"},
    };
    const Known* at = std::find_if(
        std::begin(kKnown), std::end(kKnown), [type](const Known& known) {
            return type.find(known.part) != std::string_view::npos;
        });
    return at != std::end(kKnown) ? at->format : std::string_view();
}

// The path of a URL: where the mount is on its server.
std::string_view path_of(std::string_view url)
{
    size_t host = url.find("//");
    size_t path = url.find('/', host == std::string_view::npos ? 0 : host + 2);
    return path == std::string_view::npos
               ? std::string_view("/")
               : url.substr(path, url.find_first_of("?#", path) - path);
}

void write_song(Writer& out, const Track& track)
{
    member(out, "{\"id\":", song_id(track.text).view());
    member(out, ",\"art\":", track.art);
    member(out, ",\"custom_fields\":[],\"text\":", track.text);
    member(out, ",\"artist\":", track.artist);
    member(out, ",\"title\":", track.title);
    member(out, ",\"album\":", track.album);
    out.put(",\"genre\":\"\",\"isrc\":\"\",\"lyrics\":\"\"}");
}

void write_counts(Writer& out, const Listeners& listeners)
{
    int64_t total = or_zero(listeners.current);
    number(out, "{\"total\":", total);
    number(out,
           ",\"unique\":", listeners.unique < 0 ? total : listeners.unique);
    number(out, ",\"current\":", total);
    out.put('}');
}

void write_mount_name(Writer& out, const Stream& stream)
{
    // "128kbps mp3"
    out.put('"');
    if (stream.bitrate > 0) {
        write_unsigned(out, static_cast<uint64_t>(stream.bitrate));
        out.put("kbps ");
    }
    std::string_view format = format_of(stream.type);
    out.put(format.empty() ? std::string_view("stream") : format);
    out.put('"');
}

void write_mounts(Writer& out, const slot::State& state)
{
    const Stream& stream = state.stream;
    if (stream.listen.empty()) {
        out.put("[]");
        return;
    }
    out.put("[{\"id\":1,\"name\":");
    write_mount_name(out, stream);
    member(out, ",\"url\":", stream.listen);
    out.put(",\"bitrate\":");
    write_count(out, stream.bitrate);
    out.put(",\"format\":");
    write_text(out, format_of(stream.type));
    out.put(",\"listeners\":");
    write_counts(out, state.at.listeners);
    member(out, ",\"path\":", path_of(stream.listen));
    out.put(",\"is_default\":true}]");
}

void write_station(Writer& out, const slot::State& state)
{
    std::string_view own = own_station(state.original);
    if (!own.empty()) {
        out.put(own);
        return;
    }
    const Stream& stream = state.stream;
    number(out, "{\"id\":", station_number(state));
    member(out,
           ",\"name\":", stream.name.empty() ? state.station : stream.name);
    member(out, ",\"shortcode\":", state.station);
    member(out, ",\"description\":", stream.description);
    out.put(
        ",\"frontend\":\"icecast\",\"backend\":\"none\","
        "\"timezone\":\"UTC\",\"listen_url\":");
    write_text(out, stream.listen);
    out.put(",\"url\":");
    write_text(out, stream.url);
    member(out, ",\"public_player_url\":", stream.url);
    out.put(
        ",\"playlist_pls_url\":\"\",\"playlist_m3u_url\":\"\","
        "\"is_public\":true,\"requests_enabled\":false,\"mounts\":");
    write_mounts(out, state);
    out.put(
        ",\"remotes\":[],\"hls_enabled\":false,\"hls_is_default\":false,"
        "\"hls_url\":null,\"hls_listeners\":0}");
}

void write_live(Writer& out, std::string_view dj)
{
    out.put(dj.empty() ? "{\"is_live\":false" : "{\"is_live\":true");
    member(out, ",\"streamer_name\":", dj);
    out.put(",\"broadcast_start\":null,\"art\":null}");
}

// What now_playing and a row of the history have in common.
void write_played(Writer& out, const Track& track, std::string_view dj,
                  const View& view)
{
    // The second it began: another with each play, and the same when the track
    // has become history.
    number(out, "{\"sh_id\":", seconds(track.started));
    number(out, ",\"played_at\":", seconds(heard(track, view)));
    number(out, ",\"duration\":", seconds(track.duration_ms));
    member(out, ",\"playlist\":\"\",\"streamer\":", dj);
    out.put(",\"is_request\":false,\"song\":");
    write_song(out, track);
}

void write_now(Writer& out, const slot::State& state, const View& view)
{
    Track offline;
    offline.text = offline.title = kOfflineTitle;
    bool off = state.at.status == Status::kOffline;
    Track untitled;
    const Track* now = state.now();
    if (now == nullptr) {
        now = off ? &offline : &untitled;
    }
    write_played(out, *now, state.dj, view);
    UnixMs began = heard(*now, view);
    int64_t elapsed = began == kNoTime ? 0 : seconds(view.clock - began);
    int64_t duration = seconds(now->duration_ms);
    if (duration > 0) {
        elapsed = std::min(elapsed, duration);
    }
    number(out, ",\"elapsed\":", elapsed);
    number(out, ",\"remaining\":", duration - std::min(elapsed, duration));
    out.put('}');
}

void write_next(Writer& out, const slot::State& state, const View& view)
{
    const Track& next = state.next;
    if (next.text.empty() && next.artist.empty() && next.title.empty()) {
        out.put("null");
        return;
    }
    const Track* now = state.now();
    UnixMs began = now != nullptr ? heard(*now, view) : kNoTime;
    number(out,
           "{\"cued_at\":", seconds(began == kNoTime ? view.clock : began));
    out.put(",\"played_at\":");
    if (began == kNoTime || now->duration_ms <= 0) {
        out.put("null");
    } else {
        write_unsigned(
            out, static_cast<uint64_t>(seconds(began + now->duration_ms)));
    }
    out.put(",\"duration\":");
    write_seconds(out, or_zero(next.duration_ms));
    out.put(",\"playlist\":\"\",\"is_request\":false,\"song\":");
    write_song(out, next);
    out.put('}');
}

void write_history(Writer& out, const slot::State& state, const View& view)
{
    out.put('[');
    bool first = true;
    for (const slot::Played& played : state.history()) {
        out.put(first ? std::string_view() : std::string_view(","));
        first = false;
        write_played(out, played.track, {}, view);
        out.put('}');
    }
    out.put(']');
}

void write_made(Writer& out, const slot::State& state, const View& view,
                bool pushed)
{
    out.put("{\"station\":");
    write_station(out, state);
    out.put(",\"listeners\":");
    write_counts(out, state.at.listeners);
    out.put(",\"live\":");
    write_live(out, state.dj);
    out.put(",\"now_playing\":");
    write_now(out, state, view);
    out.put(",\"playing_next\":");
    write_next(out, state, view);
    out.put(",\"song_history\":");
    write_history(out, state, view);
    bool online = state.at.status != Status::kOffline;
    out.put(online ? ",\"is_online\":true" : ",\"is_online\":false");
    out.put(pushed ? ",\"cache\":\"event\"}" : ",\"cache\":null}");
}

// What a change was, in AzuraCast's words.
void write_triggers(Writer& out, const slot::State& state)
{
    out.put('[');
    bool first = true;
    auto add = [&](bool is_so, std::string_view word) {
        if (is_so) {
            out.put(first ? std::string_view("\"") : std::string_view(",\""));
            out.put(word);
            out.put('"');
            first = false;
        }
    };
    const slot::Moment& at = state.at;
    bool song = at.on && !state.tracks.empty() && at.seq > 0 &&
                state.tracks[0].seq == at.seq;
    add(song, "song_changed");
    add(song && !state.dj.empty(), "song_changed_live");
    if (state.moments.size() > 1 && state.moments[0].seq == at.seq) {
        const slot::Moment& before = state.moments[1];
        int64_t now = or_zero(at.listeners.current);
        int64_t then = or_zero(before.listeners.current);
        add(now > then, "listener_gained");
        add(now < then, "listener_lost");
        bool on = at.status != Status::kOffline;
        bool was_on = before.status != Status::kOffline;
        add(was_on && !on, "station_offline");
        add(on && !was_on, "station_online");
    }
    out.put(']');
}

}  // namespace

void write_now_playing(Writer& out, const slot::State& state, const View& view,
                       bool pushed)
{
    if (state.original_is_whole && can_be_told(state.original)) {
        write_original(out, state, view, pushed);
    } else {
        write_made(out, state, view, pushed);
    }
}

void write_publication(Writer& out, const slot::State& state, const View& view)
{
    out.put("{\"data\":{\"np\":");
    write_now_playing(out, state, view, true);
    out.put(",\"triggers\":");
    write_triggers(out, state);
    number(out, ",\"current_time\":", seconds(view.clock));
    out.put('}');
    if (state.at.seq > 0) {
        out.put(",\"offset\":");
        write_unsigned(out, state.at.seq);
    }
    out.put('}');
}

std::string_view plain_line(const slot::State& state)
{
    const Track* now = state.now();
    if (now != nullptr && !now->text.empty()) {
        return now->text;
    }
    return state.stream.name.empty() ? state.station : state.stream.name;
}

uint32_t station_number(const slot::State& state)
{
    uint32_t own = own_station_number(state.original);
    auto made = static_cast<uint32_t>(hash(state.station) & 0x7fffffff);
    return own != 0 ? own : std::max<uint32_t>(made, 1);
}

}  // namespace onair::encoder
