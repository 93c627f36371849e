#include "source/shoutcast.h"

#include "source/scalar.h"

namespace onair::source {

namespace {

struct Field {
    std::string_view name;
    std::string_view ShoutcastStream::*to;
};

constexpr Field kFields[] = {
    {"id", &ShoutcastStream::id},
    {"streamstatus", &ShoutcastStream::status},
    {"currentlisteners", &ShoutcastStream::current},
    {"peaklisteners", &ShoutcastStream::peak},
    {"uniquelisteners", &ShoutcastStream::unique},
    {"reportedlisteners", &ShoutcastStream::reported},
    {"streamuptime", &ShoutcastStream::uptime},
    {"songtitle", &ShoutcastStream::title},
    {"nexttitle", &ShoutcastStream::next},
    {"songurl", &ShoutcastStream::song_url},
    {"dj", &ShoutcastStream::dj},
    {"servertitle", &ShoutcastStream::name},
    {"servergenre", &ShoutcastStream::genre},
    {"serverurl", &ShoutcastStream::url},
    {"streampath", &ShoutcastStream::path},
    {"content", &ShoutcastStream::content},
    {"bitrate", &ShoutcastStream::bitrate},
    {"tit2", &ShoutcastStream::tag_title},
    {"tpe1", &ShoutcastStream::tag_artist},
    {"talb", &ShoutcastStream::tag_album},
};

const Field* find(std::string_view name)
{
    for (const Field& field : kFields) {
        if (equals_ignoring_case(field.name, name)) {
            return &field;
        }
    }
    return nullptr;
}

// The first counts of a field that is there twice.
void set(std::string_view& to, std::string_view value)
{
    to = to.empty() ? value : to;
}

// The server puts three blanks between artist and title where the source
// sent them apart.
std::string_view with_dash(std::string_view title, Arena& arena)
{
    constexpr std::string_view kBlanks = "   ";
    size_t at = title.find(kBlanks);
    if (at == 0 || at == std::string_view::npos ||
        title.find(" - ") != std::string_view::npos) {
        return title;
    }
    char room[2 * kMaxText];
    Writer out(room);
    out.put(title.substr(0, at));
    out.put(" - ");
    out.put(title.substr(at + kBlanks.size()));
    return out.ok() ? arena.copy(out.view()) : title;
}

// The tags are taken only where they are those of the title told beside them:
// the server may still hold the ones of the track before.
bool are_of_title(const ShoutcastStream& stream)
{
    return !stream.tag_title.empty() && !stream.tag_artist.empty() &&
           stream.title.starts_with(stream.tag_artist) &&
           stream.title.ends_with(stream.tag_title) &&
           stream.title.size() >
               stream.tag_artist.size() + stream.tag_title.size();
}

void set_now(const ShoutcastStream& stream, Track& now, const ReportList& list)
{
    now.url = stream.song_url;
    if (!are_of_title(stream)) {
        set_title(stream.title, now, list);
        return;
    }
    now.artist = stream.tag_artist;
    now.title = stream.tag_title;
    now.album = stream.tag_album;
    finish(now, list.repair(), list.arena());
}

void set_stream(const ShoutcastStream& from, Stream& stream,
                const ReportList& list)
{
    stream.name = list.text(from.name);
    stream.genre = list.text(from.genre);
    stream.url = list.url(from.url);
    stream.listen = list.url(from.path);
    stream.type = list.text(from.content);
    stream.bitrate = bitrate_of(from.bitrate);
}

// The server's list begins with the track that is on now, and says since when.
void set_history(const ShoutcastStream& stream, Report& report)
{
    report.history = stream.history;
    if (!report.history.empty() &&
        same_track(report.history.front(), report.now)) {
        report.now.started = report.history.front().started;
        report.history = report.history.subspan(1);
    }
}

void fill(const ShoutcastStream& stream, Report& report, ReportList& list)
{
    // Where it is not said, on air is what has a title.
    report.on_air = stream.status.empty() ? !stream.title.empty()
                                          : count_of(stream.status) == 1;
    report.listeners.current = list.count("currentlisteners", stream.current);
    report.listeners.peak = list.count("peaklisteners", stream.peak);
    report.listeners.unique =
        stream.unique.empty() ? list.count("reportedlisteners", stream.reported)
                              : list.count("uniquelisteners", stream.unique);
    set_stream(stream, report.stream, list);
    if (!report.on_air) {
        return;
    }
    int64_t uptime = count_of(stream.uptime);
    if (uptime >= 0 && uptime < list.now() / 1000) {
        report.since = list.now() - uptime * 1000;
    }
    set_now(stream, report.now, list);
    set_history(stream, report);
    set_title(stream.next, report.next, list);
    report.dj = list.text(stream.dj);
}

}  // namespace

void set_field(ShoutcastStream& stream, std::string_view name,
               std::string_view value)
{
    if (const Field* field = find(name)) {
        set(stream.*field->to, value);
    }
}

void set_field(ShoutcastStream& stream, JsonMember member)
{
    if (const Field* field = find(member.name)) {
        set(stream.*field->to, member.value.text());
    }
}

void set_title(std::string_view title, Track& track, const ReportList& list)
{
    track.text = with_dash(title, list.arena());
    finish(track, list.repair(), list.arena());
}

void add_stream(const ShoutcastStream& stream, bool several, ReportList& list)
{
    std::string_view id = station_name(stream.id);
    Report* report =
        several ? list.add(id, {}, stream.path) : list.add_unnamed(id);
    if (report != nullptr) {
        fill(stream, *report, list);
    }
}

}  // namespace onair::source
