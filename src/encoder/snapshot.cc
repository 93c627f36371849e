#include "encoder/snapshot.h"

#include <algorithm>

#include "encoder/json.h"
#include "encoder/now_playing.h"
#include "encoder/number.h"

namespace onair::encoder {

namespace {

// `time` has always 10 digits before its point, whatever a clock says:
// 2001-09-09 to 2286-11-20.
constexpr UnixMs kFirstClock = 1'000'000'000'000;
constexpr UnixMs kLastClock = 9'999'999'999'999;

UnixMs bounded(UnixMs clock)
{
    return std::clamp(clock, kFirstClock, kLastClock);
}

void member(Writer& out, std::string_view name, std::string_view text)
{
    out.put(name);
    write_text(out, text);
}

void member(Writer& out, std::string_view name, int64_t count)
{
    out.put(name);
    write_count(out, count);
}

void write_time(Writer& out, std::string_view name, UnixMs time)
{
    out.put(name);
    if (time <= kNoTime) {
        out.put("null");
    } else {
        write_seconds(out, time);
    }
}

void write_duration(Writer& out, int64_t ms)
{
    if (ms < 0 || ms % 1000 == 0) {
        write_count(out, ms < 0 ? ms : ms / 1000);
    } else {
        write_seconds(out, ms);
    }
}

void write_id(Writer& out, const Track& track)
{
    TrackId id = track_id(track);
    member(out, "{\"id\":", id.view());
}

UnixMs heard(const Track& track, uint32_t delay_ms)
{
    return track.started <= kNoTime ? kNoTime : track.started + delay_ms;
}

void write_now(Writer& out, const Track* now, uint32_t delay_ms)
{
    out.put(",\"now\":");
    if (now == nullptr) {
        out.put("null");
        return;
    }
    write_id(out, *now);
    member(out, ",\"text\":", now->text);
    member(out, ",\"artist\":", now->artist);
    member(out, ",\"title\":", now->title);
    member(out, ",\"album\":", now->album);
    member(out, ",\"art\":", now->art);
    member(out, ",\"url\":", now->url);
    write_time(out, ",\"started\":", now->started);
    write_time(out, ",\"heard\":", heard(*now, delay_ms));
    out.put(",\"duration\":");
    write_duration(out, now->duration_ms);
    out.put('}');
}

void write_next(Writer& out, const Track& next)
{
    out.put(",\"next\":");
    if (next.text.empty() && next.artist.empty() && next.title.empty()) {
        out.put("null");
        return;
    }
    member(out, "{\"text\":", next.text);
    member(out, ",\"artist\":", next.artist);
    member(out, ",\"title\":", next.title);
    out.put('}');
}

void write_listeners(Writer& out, const Listeners& listeners)
{
    member(out, ",\"listeners\":{\"current\":", listeners.current);
    member(out, ",\"peak\":", listeners.peak);
    member(out, ",\"unique\":", listeners.unique);
    out.put('}');
}

void write_stream(Writer& out, const Stream& stream)
{
    member(out, ",\"stream\":{\"name\":", stream.name);
    member(out, ",\"description\":", stream.description);
    member(out, ",\"genre\":", stream.genre);
    member(out, ",\"url\":", stream.url);
    member(out, ",\"listen\":", stream.listen);
    member(out, ",\"type\":", stream.type);
    member(out, ",\"bitrate\":", stream.bitrate);
    out.put('}');
}

void write_history(Writer& out, std::span<const slot::Played> history)
{
    out.put(",\"history\":[");
    bool first = true;
    for (const slot::Played& played : history) {
        if (!first) {
            out.put(',');
        }
        first = false;
        write_id(out, played.track);
        member(out, ",\"text\":", played.track.text);
        member(out, ",\"artist\":", played.track.artist);
        member(out, ",\"title\":", played.track.title);
        write_time(out, ",\"started\":", played.track.started);
        out.put('}');
    }
    out.put(']');
}

// Returns where `time` stands.
void write_head(Writer& out, const slot::State& state, const View& view)
{
    out.put("{\"station\":");
    write_string(out, state.station);
    out.put(",\"epoch\":\"");
    write_hex(out, view.epoch, 8);
    out.put("\",\"seq\":");
    write_unsigned(out, state.at.seq);
    out.put(",\"time\":");
    write_seconds(out, bounded(view.clock));
    out.put(",\"status\":\"");
    out.put(word(state.at.status));
    out.put('"');
}

void write_json(Writer& out, const slot::State& state, const View& view)
{
    write_head(out, state, view);
    write_now(out, state.now(), view.delay_ms);
    write_next(out, state.next);
    member(out, ",\"dj\":", state.dj);
    write_listeners(out, state.at.listeners);
    write_stream(out, state.stream);
    write_history(out, state.history());
    member(out, ",\"page\":{\"subscribers\":", state.at.subscribers);
    out.put('}');
    if (view.gap) {
        out.put(",\"gap\":true");
    }
    out.put('}');
}

// A message of Centrifugo's protocol; the channel is the station's.
void write_push(Writer& out, const slot::State& state, const View& view)
{
    bool snapshot = view.form == Form::kSnapshotPush;
    bool bare = view.form == Form::kUniPush;
    out.put(bare ? "{\"channel\":" : "{\"push\":{\"channel\":");
    write_channel(out, snapshot ? kSnapshotChannel : kStationChannel,
                  state.station);
    out.put(",\"pub\":");
    if (snapshot) {
        out.put("{\"data\":");
        write_json(out, state, view);
        if (state.at.seq > 0) {
            out.put(",\"offset\":");
            write_unsigned(out, state.at.seq);
        }
        out.put('}');
    } else {
        write_publication(out, state, view);
    }
    out.put(bare ? "}" : "}}");
}

void write_message(Writer& out, const slot::State& state, const View& view)
{
    switch (view.form) {
        case Form::kJson:
            write_json(out, state, view);
            return;
        case Form::kTitle:
            if (const Track* now = state.now(); now != nullptr) {
                out.put(now->text);
            }
            return;
        case Form::kUniPush:
        case Form::kPush:
        case Form::kSnapshotPush:
            write_push(out, state, view);
            return;
        case Form::kNowPlaying:
        case Form::kNowPlayingFile:
            write_now_playing(out, state, view,
                              view.form == Form::kNowPlayingFile);
            return;
        case Form::kLine:
            out.put(plain_line(state));
            return;
    }
}

}  // namespace

void write_channel(Writer& out, std::string_view prefix,
                   std::string_view station)
{
    char name[32 + kMaxName];
    Writer whole(name);
    whole.put(prefix);
    whole.put(station);
    write_string(out, whole.view());
}

std::string_view publication_in(std::string_view message)
{
    constexpr std::string_view kBefore = ",\"pub\":";
    size_t at = message.find(kBefore);
    size_t ends = message.starts_with("{\"push\"") ? 2 : 1;
    if (at == std::string_view::npos ||
        message.size() < at + kBefore.size() + ends) {
        return {};
    }
    message.remove_suffix(ends);
    return message.substr(at + kBefore.size());
}

size_t most_bytes(size_t record_capacity)
{
    // 6 bytes for a byte escaped, thrice as the address of a stream stands in
    // three places of a NowPlaying object; the rest is member names, of 51
    // tracks in that.
    return 18 * record_capacity + size_t{28} * 1024;
}

Result<std::string_view> encode(const slot::State& state, const View& view,
                                std::span<char> out)
{
    Writer writer(out);
    write_message(writer, state, view);
    if (!writer.ok()) {
        return Fault::kTooLarge;
    }
    return writer.view();
}

}  // namespace onair::encoder
