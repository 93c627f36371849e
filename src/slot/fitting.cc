#include "slot/fitting.h"

#include <algorithm>

#include "base/utf8.h"

namespace onair::slot {

namespace {

void cut_all(Track& t, size_t most)
{
    for (std::string_view* s :
         {&t.text, &t.artist, &t.title, &t.album, &t.art, &t.url}) {
        *s = cut(*s, most);
    }
}

void cut_all(Stream& s, size_t most)
{
    for (std::string_view* t :
         {&s.name, &s.description, &s.genre, &s.url, &s.listen, &s.type}) {
        *t = cut(*t, most);
    }
}

void cut_sources(Record& r, size_t most)
{
    for (SourceEntry& e : r.sources) {
        cut_all(e.now, most);
        cut_all(e.next, most);
        cut_all(e.stream, most);
        e.dj = cut(e.dj, most);
    }
}

void cut_present(Record& r, size_t most)
{
    if (r.track_count > 0) {
        cut_all(r.tracks[0].track, most);
    }
    cut_all(r.next, most);
    cut_all(r.stream, most);
    r.dj = cut(r.dj, most);
}

// What is in them is in the record besides, but for what only AzuraCast knows.
void drop_originals(Record& r, bool told)
{
    for (size_t i = 0; i < kMaxSources; i++) {
        if (told || static_cast<int>(i) != r.original) {
            r.sources[i].original = {};
        }
    }
}

}  // namespace

bool make_room(Record& record, size_t history, Arena& arena)
{
    record.tracks = arena.make<Played>(std::min(history, kMaxHistory) + 2);
    record.moments = arena.make<Moment>(kMaxMoments + 1);
    return !record.tracks.empty() && !record.moments.empty();
}

size_t pack(Record& r, std::span<char> out)
{
    size_t size = pack_whole(r, out);
    for (int told = 0; size == 0 && told < 2; told++) {
        drop_originals(r, told == 1);
        size = pack_whole(r, out);
    }
    while (size == 0 && r.track_count > 1) {
        r.track_count--;
        size = pack_whole(r, out);
    }
    while (size == 0 && r.moment_count > 1) {
        r.moment_count = (r.moment_count + 1) / 2;
        size = pack_whole(r, out);
    }
    for (size_t most = kMaxText; size == 0 && most > 0;) {
        most /= 2;
        cut_sources(r, most);
        size = pack_whole(r, out);
        if (size == 0) {
            cut_present(r, most * 4);
            size = pack_whole(r, out);
        }
    }
    return size;
}

}  // namespace onair::slot
