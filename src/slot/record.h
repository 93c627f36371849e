// The record of one slot as its writer works on it, and its packed form: what
// a station told, and what each of its sources said last. Packed, it is a run
// of bytes without pointers or alignment; unpacked, its texts view the packed
// bytes or a report. Called by the writer of a slot and, in part, by readers.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "slot/source.h"
#include "slot/state.h"

namespace onair::slot {

inline constexpr size_t kMaxSources = 4;   // of one station
inline constexpr size_t kMaxHistory = 50;  // tracks besides the present one

// Short forms of what is shown, made before any text is cut for size: whether
// something changed is asked of these. 0: nothing there.
struct Digests {
    uint64_t track = 0;   // which track: text, artist, title
    uint64_t detail = 0;  // album, art, url, duration of it
    uint64_t next = 0;
    uint64_t dj = 0;
    uint64_t stream = 0;
    uint64_t original = 0;
    bool operator==(const Digests&) const = default;
};

struct SourceEntry {
    Source source;        // as its last report came with; key 0: free
    Ticks last_good = 0;  // not packed: it changes with every poll
    bool on_air = false;
    UnixMs since = kNoTime;
    Ticks good_since = 0;       // on air and good without a break
    Ticks untitled = 0;         // on air without a title since; 0: has one
    uint32_t streams_seen = 0;  // grows with each (re)start of the stream
    Digests digests;
    Track now;
    Track next;
    std::string_view dj;
    Listeners listeners;
    Stream stream;
    Original original;
};

struct Record {
    // As told. moments[0] is the present; none at all before the first report.
    std::span<Moment> moments;  // room; moment_count are in use
    size_t moment_count = 0;
    std::span<Played> tracks;  // room; track_count are in use
    size_t track_count = 0;
    uint32_t delay_ms = 0;
    Digests told;
    Stream stream;
    Track next;
    std::string_view dj;

    // How the present came about.
    int in_force = -1;          // index of the source believed
    int original = -1;          // of that whose original is told
    uint32_t title_key = 0;     // which source and
    uint32_t title_stream = 0;  // which stream of it said the present track
    Ticks last_told = 0;

    std::array<SourceEntry, kMaxSources> sources;

    // Not packed: a change that was published but whose record is lost; the
    // next one told comes after it.
    uint64_t lost_seq = 0;

    Moment at() const
    {
        Moment now = moment_count > 0 ? moments[0] : Moment{};
        now.seq = now.seq > lost_seq ? now.seq : lost_seq;
        return now;
    }
};

// Packs as it is. 0: it does not fit.
size_t pack_whole(const Record& record, std::span<char> out);

// Unpacks; `record` has room from make_room(). False: these bytes are no
// record (they may be anything; nothing is read past their end).
bool unpack(std::string_view bytes, Record& record);

// Only what subscribers see; tracks and moments come from `arena`.
enum class Unpacked : uint8_t { kGood, kMalformed, kNoMemory };
Unpacked unpack(std::string_view bytes, Arena& arena, State& state);

}  // namespace onair::slot
