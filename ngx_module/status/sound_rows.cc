#include "ngx_module/status/sound_rows.h"

#include "encoder/json.h"
#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/status/prometheus_words.h"

namespace onair::ngx {

namespace {

using encoder::write_seconds;
using encoder::write_string;
using encoder::write_unsigned;
using sound::Figure;
using sound::Listening;

// Sound that came so lately comes still.
constexpr Ticks kLiveMs = 10000;

template <typename Visit>
void each_sound(const MainConf* main, Visit visit)
{
    auto** pulls = static_cast<PullConf**>(main->pulls.elts);
    for (ngx_uint_t i = 0; i < main->pulls.nelts; i++) {
        visit(*pulls[i]);
    }
}

template <typename Visit>
void each_listening(Visit visit)
{
    for (size_t i = 0; i < sound::kListenings; i++) {
        visit(static_cast<Listening>(i));
    }
}

bool is_live(const PullConf& pull)
{
    Ticks beaten = pull.ring->beaten();
    return beaten != 0 && ticks() - beaten < kLiveMs;
}

// Whether the source is asked: nobody has to listen where it always is.
std::string_view state_of(const PullConf& pull)
{
    if (is_live(pull)) {
        return "live";
    }
    bool wanted = pull.always || pull.ring->listeners() > 0;
    return wanted ? "waiting" : "idle";
}

uint64_t value_of(const PullConf& pull, Figure figure)
{
    return pull.ring->figure(figure).load(std::memory_order_relaxed);
}

constexpr Figure kFigures[] = {
    Figure::kListens, Figure::kMoved,  Figure::kSpoiled, Figure::kBytes,
    Figure::kPulls,   Figure::kJoined, Figure::kTitles};

void write_info(Writer& out, const PullConf& pull)
{
    char room[sound::kMostInfo];
    Result<sound::Info> info = pull.ring->info(room);
    sound::Info known = info ? *info : sound::Info{};
    out.put(",\"type\":");
    encoder::write_text(out, known.type);
    out.put(",\"bitrate\":");
    encoder::write_count(out, known.bitrate == 0 ? -1 : int64_t{known.bitrate});
}

void write_listeners(Writer& out, const PullConf& pull)
{
    out.put(",\"listeners\":{");
    each_listening([&](Listening listening) {
        out.put(listening == Listening::kPlayer ? "" : ",");
        write_string(out, word(listening));
        out.put(':');
        write_unsigned(out, pull.ring->listeners(listening));
    });
    out.put("},\"heard\":{");
    each_listening([&](Listening listening) {
        out.put(listening == Listening::kPlayer ? "" : ",");
        write_string(out, word(listening));
        out.put(':');
        write_seconds(out, static_cast<int64_t>(
                               value_of(pull, sound::heard_by(listening))));
    });
    out.put('}');
}

void write_sound(Writer& out, const PullConf& pull)
{
    out.put("{\"station\":");
    write_string(out, view(pull.station));
    out.put(",\"zone\":");
    write_string(out, view(pull.zone->name));
    out.put(",\"state\":");
    write_string(out, state_of(pull));
    write_info(out, pull);
    write_listeners(out, pull);
    for (Figure figure : kFigures) {
        out.put(',');
        write_string(out, word(figure));
        out.put(':');
        write_unsigned(out, value_of(pull, figure));
    }
    out.put('}');
}

// --- for Prometheus ---

void write_labels(Writer& out, std::string_view row, const PullConf& pull)
{
    out.put(row);
    out.put('{');
    write_label(out, "zone", view(pull.zone->name));
    out.put(',');
    write_label(out, "station", view(pull.station));
}

struct Row {
    std::string_view row, help;
    Figure figure;
};
constexpr Row kRows[] = {
    {"onair_sound_listens_total", "Listeners that came.", Figure::kListens},
    {"onair_sound_moved_total",
     "Times a slow listener was moved on, as his place was gone.",
     Figure::kMoved},
    {"onair_sound_spoiled_total",
     "Pieces that were written over while they were sent.", Figure::kSpoiled},
    {"onair_sound_bytes_total", "Bytes sent to listeners that have gone.",
     Figure::kBytes},
    {"onair_sound_pulls_total", "Connections to the source that brought sound.",
     Figure::kPulls},
    {"onair_sound_joined_total",
     "Connections to the source that went on at the very byte.",
     Figure::kJoined},
    {"onair_sound_titles_total", "Titles in the sound.", Figure::kTitles},
};

void write_totals(Writer& out, const MainConf* main)
{
    for (const Row& row : kRows) {
        write_head(out, row.row, "counter", row.help);
        each_sound(main, [&](const PullConf& pull) {
            write_labels(out, row.row, pull);
            out.put("} ");
            write_unsigned(out, value_of(pull, row.figure));
            out.put('\n');
        });
    }
}

template <typename Write>
void write_by_kind(Writer& out, const MainConf* main, std::string_view row,
                   Write write)
{
    each_sound(main, [&](const PullConf& pull) {
        each_listening([&](Listening listening) {
            write_labels(out, row, pull);
            out.put(',');
            write_label(out, "kind", word(listening));
            out.put("} ");
            write(pull, listening);
            out.put('\n');
        });
    });
}

void write_kinds(Writer& out, const MainConf* main)
{
    constexpr std::string_view kNow = "onair_sound_listeners";
    write_head(out, kNow, "gauge", "Those who listen, by what they are.");
    write_by_kind(out, main, kNow, [&](const PullConf& pull, Listening kind) {
        write_unsigned(out, pull.ring->listeners(kind));
    });
    constexpr std::string_view kHeard = "onair_sound_heard_seconds_total";
    write_head(out, kHeard, "counter",
               "Time that listeners who have gone were connected.");
    write_by_kind(out, main, kHeard, [&](const PullConf& pull, Listening kind) {
        write_seconds(
            out, static_cast<int64_t>(value_of(pull, sound::heard_by(kind))));
    });
}

void write_states(Writer& out, const MainConf* main)
{
    constexpr std::string_view kLive = "onair_sound_live";
    write_head(out, kLive, "gauge", "1 while sound comes from the source.");
    each_sound(main, [&](const PullConf& pull) {
        write_labels(out, kLive, pull);
        out.put(is_live(pull) ? "} 1\n" : "} 0\n");
    });
    constexpr std::string_view kWanted = "onair_sound_wanted";
    write_head(out, kWanted, "gauge",
               "1 while somebody listens, or the source is always asked.");
    each_sound(main, [&](const PullConf& pull) {
        write_labels(out, kWanted, pull);
        bool wanted = pull.always || pull.ring->listeners() > 0;
        out.put(wanted ? "} 1\n" : "} 0\n");
    });
}

}  // namespace

std::string_view kind_of(const PollConf* poll)
{
    return poll->pull != nullptr ? "pull" : poll->feed ? "feed" : "poll";
}

void write_sounds(Writer& out, const MainConf* main)
{
    bool first = true;
    each_sound(main, [&](const PullConf& pull) {
        out.put(first ? "" : ",");
        first = false;
        write_sound(out, pull);
    });
}

void write_sound_rows(Writer& out, const MainConf* main)
{
    if (main->pulls.nelts == 0) {
        return;
    }
    write_states(out, main);
    write_kinds(out, main);
    write_totals(out, main);
}

}  // namespace onair::ngx
