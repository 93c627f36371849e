// What the readers of the formats share: the list they fill and the names by
// which read() calls them. Inner header of the stage.
#pragma once

#include <algorithm>
#include <span>

#include "source/json.h"
#include "source/repair.h"
#include "source/source.h"
#include "source/track.h"
#include "source/url.h"

namespace onair::source {

// The reports of one document, in one piece of the arena.
class ReportList {
  public:
    ReportList(const Options& options, UnixMs now, Arena& arena)
        : options_(options), now_(now), arena_(arena)
    {}

    // Room for as many stations as the document may hold, up to the bound.
    // False when the arena has no more.
    bool expect(size_t stations)
    {
        size_t count = std::min(stations, options_.max_stations);
        room_ = arena_.make<Report>(count);
        return room_.size() == count;
    }

    // The next report, of the station so called. Nameless it is left out,
    // unless the operator gave a name; then `as_written` tells him which it
    // was. nullptr when it is left out, past the bound, or nobody wants it.
    Report* add(std::string_view name, std::string_view id,
                std::string_view as_written);
    // The next report, of a station that is the poll location's, whatever its
    // id; nullptr past the bound.
    Report* add_unnamed(std::string_view id);
    // The report of a document that speaks of one station; nullptr when the
    // arena has no more. Past the bound it is counted and goes nowhere.
    Report* only()
    {
        if (!expect(1)) {
            return nullptr;
        }
        if (room_.empty()) {
            left_out_.past_bound++;
            return &nowhere_;
        }
        return &room_[used_++];
    }

    // A path of type=json was followed; `field` is its place in kPathFields.
    void followed(size_t field, JsonValue value, bool missing);

    // count_of(), duration_of(), time_of(), and what is no such is remembered
    // under the name that the document has for it.
    int64_t count(std::string_view name, std::string_view text);
    int64_t duration(std::string_view name, std::string_view text);
    UnixMs time(std::string_view name, std::string_view text);
    // The first is kept.
    void note(const Odd& odd);
    const Odd& odd() const { return odd_; }

    // The one of this name, at or behind the place `from`; nullptr: none.
    Report* find(std::string_view station, size_t from)
    {
        for (size_t i = from; i < used_; i++) {
            if (room_[i].station == station) {
                return &room_[i];
            }
        }
        return nullptr;
    }
    Report* first() { return used_ > 0 ? &room_[0] : nullptr; }
    size_t place_of(const Report* report) const
    {
        return static_cast<size_t>(report - room_.data());
    }

    std::span<const Report> reports() const { return room_.first(used_); }
    const LeftOut& left_out() const { return left_out_; }
    const PathsLed& paths() const { return paths_; }

    const Options& options() const { return options_; }
    const Repair& repair() const { return options_.repair; }
    UnixMs now() const { return now_; }
    Arena& arena() const { return arena_; }

    std::string_view text(std::string_view raw) const
    {
        return clean(raw, kMaxText, options_.repair, arena_);
    }
    std::string_view url(std::string_view raw) const
    {
        return clean_url(raw, kMaxUrl, arena_);
    }

  private:
    Report* take(std::string_view name, std::string_view id);
    bool is_listed(std::string_view name, std::string_view id) const;

    const Options& options_;
    UnixMs now_;
    Arena& arena_;
    std::span<Report> room_;
    Report nowhere_;
    size_t used_ = 0;
    bool has_station_ = false;  // the one that options ask for
    LeftOut left_out_;
    PathsLed paths_;
    Odd odd_;
};

// Whether `given`, the operator's word, with or without its slash, is that
// name. Nothing is called by an empty one.
bool is_called(std::string_view given, std::string_view name);

// What a document looks like; Fault::kUnknownFormat.
Result<Format> detect_json(JsonValue root);
Result<Format> detect_markup(std::string_view body);
bool is_shoutcast1(std::string_view body);
bool is_azuracast(JsonValue one);

// Each fills the list or says kUnknownFormat (not this format) or kNoMemory.
Outcome read_icecast(JsonValue root, ReportList& list);
Outcome read_publicstats(JsonValue root, ReportList& list);
Outcome read_shoutcast2(JsonValue root, ReportList& list);
Outcome read_azuracast(JsonValue root, ReportList& list);
// Puts the originals beside what read_azuracast() made of the same body; none
// where it is no JSON to the letter.
void add_originals(ConstBytes body, ReportList& list);
Outcome read_libretime(JsonValue root, ReportList& list);
Outcome read_radioco(JsonValue root, ReportList& list);
Outcome read_json_paths(JsonValue root, ReportList& list);
Outcome read_onair(JsonValue root, ReportList& list);
// Also kNotXml, kTooDeep.
Outcome read_icecast_xml(std::string_view body, ReportList& list);
Outcome read_shoutcast_xml(std::string_view body, ReportList& list);
// Also kSeveralLines, kTooLarge.
Outcome read_text(std::string_view body, ReportList& list);
Outcome read_shoutcast1(std::string_view body, ReportList& list);

}  // namespace onair::source
