#include "slot/archive.h"

#include "slot/fitting.h"
#include "slot/layout.h"
#include "slot/writer.h"

namespace onair::slot {

namespace {

constexpr uint64_t kMagic = 0x6f6e616972207331u;  // "onair s1"

struct ArchiveHead {
    uint64_t magic = kMagic;
    uint32_t layout = kLayoutVersion;
    uint32_t stations = 0;
    Ticks ticks = 0;
    uint64_t sum = 0;  // digest of all that follows
};

struct StationHead {
    uint32_t name_size = 0;
    uint32_t record_size = 0;
    std::array<Ticks, kMaxSources> good{};
};

template <typename T>
void put(Bytes at, const T& value)
{
    std::memcpy(at.data(), &value, sizeof(value));
}

// A station of an archive; the views are the archive's.
struct Station {
    std::string_view name;
    Kept kept;
};

// Takes the stations off one by one.
class Reader {
  public:
    explicit Reader(ConstBytes left) : left_(left) {}

    bool next(Station* out)
    {
        StationHead head;
        ConstBytes bytes = take(sizeof(head));
        if (bytes.empty()) {
            return false;
        }
        std::memcpy(&head, bytes.data(), sizeof(head));
        out->name = text_of(take(head.name_size));
        out->kept.record = take(head.record_size);
        out->kept.good = head.good;
        return !out->name.empty() && !out->kept.record.empty();
    }

    bool at_end() const { return left_.empty(); }

  private:
    ConstBytes take(size_t size)
    {
        if (size > left_.size()) {
            return {};
        }
        ConstBytes front = left_.first(size);
        left_ = left_.subspan(size);
        return front;
    }

    ConstBytes left_;
};

bool is_whole(ConstBytes stations, uint32_t count)
{
    Reader reader(stations);
    Station station;
    for (uint32_t i = 0; i < count; i++) {
        if (!reader.next(&station)) {
            return false;
        }
    }
    return reader.at_end();
}

// The stations of an archive that is one and is whole.
Result<ConstBytes> open(ConstBytes archive, ArchiveHead* head)
{
    ArchiveHead known;
    if (archive.size() < sizeof(*head)) {
        return Fault::kLayoutChanged;
    }
    std::memcpy(head, archive.data(), sizeof(*head));
    if (head->magic != known.magic || head->layout != known.layout) {
        return Fault::kLayoutChanged;
    }
    ConstBytes stations = archive.subspan(sizeof(*head));
    if (head->sum != hash(text_of(stations)) ||
        !is_whole(stations, head->stations)) {
        return Fault::kIncomplete;
    }
    return stations;
}

// Names come and go, and each has a place as long as the zone lives.
bool is_forgotten(const Kept& kept, const Now& now, Bytes scratch)
{
    Arena arena(scratch);
    Record record;
    if (!make_room(record, kMaxHistory, arena) ||
        !unpack(text_of(kept.record), record) || record.moment_count == 0) {
        return false;
    }
    const Moment& last = record.moments[0];
    return last.status == Status::kOffline &&
           now.unix_ms - last.time > kForgottenMs;
}

Report report_of(const SourceEntry& entry)
{
    Report report;
    report.on_air = entry.on_air;
    report.since = entry.since;
    report.now = entry.now;
    report.next = entry.next;
    report.dj = entry.dj;
    report.listeners = entry.listeners;
    report.stream = entry.stream;
    report.original = entry.original;
    return report;
}

}  // namespace

size_t archive_bound(const Zone& zone)
{
    return sizeof(ArchiveHead) +
           zone.stations() *
               (sizeof(StationHead) + kMaxName + zone.record_capacity());
}

size_t archive_scratch(const Zone& zone)
{
    return 2 * (zone.record_capacity() + kScratchRoom);
}

Result<size_t> archive(const Zone& zone, const Now& now, Bytes out)
{
    ArchiveHead head;
    size_t count = zone.stations();
    size_t size = sizeof(head);
    head.ticks = now.ticks;
    for (size_t i = 0; i < count; i++) {
        Slot slot = zone.slot(i);
        StationHead station;
        std::string_view name = slot.name();
        size_t front = sizeof(station) + name.size();
        if (out.size() < size + front + zone.record_capacity()) {
            return Fault::kNoMemory;
        }
        Bytes at = out.subspan(size);
        Result<Kept> kept = SlotWriter::kept(slot, at.subspan(front));
        if (!kept) {
            return kept.fault();
        }
        if (kept->record.empty()) {
            continue;
        }
        station = {static_cast<uint32_t>(name.size()),
                   static_cast<uint32_t>(kept->record.size()), kept->good};
        put(at, station);
        copy_bytes(at.data() + sizeof(station), name.data(), name.size());
        size += front + kept->record.size();
        head.stations++;
    }
    if (out.size() < size) {
        return Fault::kNoMemory;
    }
    head.sum = hash(text_of(out.first(size).subspan(sizeof(head))));
    put(out, head);
    return size;
}

Result<Restored> restore(const Zone& zone, ConstBytes archive, uint64_t away_ms,
                         const Now& now, const Author& author, Bytes scratch)
{
    ArchiveHead head;
    Result<ConstBytes> stations = open(archive, &head);
    if (!stations) {
        return stations.fault();
    }
    Restored done = {head.stations, 0};
    Reader reader(*stations);
    Station station;
    while (reader.next(&station)) {
        if (is_forgotten(station.kept, now, scratch)) {
            done.stations--;
            continue;
        }
        Result<size_t> index = zone.find_or_add(station.name, author);
        if (!index) {
            continue;
        }
        // Differences of clocks, which may go either way.
        station.kept.moved_ms =
            static_cast<int64_t>(now.ticks - away_ms - head.ticks);
        SlotWriter writer(zone.slot(*index), author, now);
        done.taken += writer.adopt(station.kept, scratch) ? 1 : 0;
    }
    return done;
}

Outcome merge(const Zone& zone, ConstBytes archive, const Now& now,
              const Author& author, Bytes scratch)
{
    ArchiveHead head;
    Result<ConstBytes> stations = open(archive, &head);
    if (!stations) {
        return stations.fault();
    }
    size_t writing = 2 * zone.record_capacity() + kScratchRoom;
    Reader reader(*stations);
    Station station;
    while (reader.next(&station)) {
        Arena arena(scratch.subspan(writing));
        Record record;
        Result<size_t> index = zone.find_or_add(station.name, author);
        if (!index || !make_room(record, kMaxHistory, arena) ||
            !unpack(text_of(station.kept.record), record)) {
            continue;
        }
        Slot slot = zone.slot(*index);
        for (size_t i = 0; i < kMaxSources; i++) {
            const SourceEntry& entry = record.sources[i];
            Ticks good = station.kept.good[i];
            // What comes from the future is of another clock.
            if (entry.source.key != 0 && good <= now.ticks &&
                slot.heard_of(entry.source.key) < good) {
                // Heard then, not now: what the other hears next is newer.
                Now then = {
                    good, now.unix_ms - static_cast<UnixMs>(now.ticks - good)};
                [[maybe_unused]] Result<Told> told =
                    slot.report(report_of(entry), entry.source,
                                slot.audience() + zone.audience_of_all(), then,
                                author, scratch.first(writing));
            }
        }
    }
    return Done();
}

}  // namespace onair::slot
