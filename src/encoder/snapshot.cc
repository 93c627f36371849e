#include "encoder/snapshot.h"

#include <algorithm>

#include "encoder/json.h"
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

void write_title(Writer& out, const Track* now)
{
    out.put(now != nullptr ? now->text : std::string_view());
}

}  // namespace

size_t most_bytes(size_t record_capacity)
{
    // 6 bytes for a byte escaped, twice as artist and title may be kept as
    // parts of a track's text; the rest is member names.
    return 12 * record_capacity + 4096;
}

Result<std::string_view> encode(const slot::State& state, const View& view,
                                std::span<char> out)
{
    Writer writer(out);
    switch (view.form) {
        case Form::kJson:
            write_json(writer, state, view);
            break;
        case Form::kTitle:
            write_title(writer, state.now());
            break;
    }
    if (!writer.ok()) {
        return Fault::kTooLarge;
    }
    return writer.view();
}

}  // namespace onair::encoder
