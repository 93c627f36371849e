#include "engine/publication.h"

#include <algorithm>

#include "encoder/number.h"
#include "engine/packing.h"
#include "source/url.h"

namespace onair::engine {

namespace {

constexpr uint8_t kVersion = 1;

// -1 or what a page's script can hold, as it is read.
void put(Packer& pack, int64_t value)
{
    value = std::clamp<int64_t>(value, -1, kMostTime);
    pack.number(static_cast<uint64_t>(value), 8);
}

void put(Packer& pack, const Track& track)
{
    for (std::string_view text : {track.text, track.artist, track.title,
                                  track.album, track.art, track.url}) {
        pack.sized(text);
    }
    put(pack, track.started);
    put(pack, track.duration_ms);
}

void put(Packer& pack, const Stream& stream)
{
    for (std::string_view text : {stream.name, stream.description, stream.genre,
                                  stream.type, stream.url, stream.listen}) {
        pack.sized(text);
    }
    put(pack, stream.bitrate);
}

class Reader {
  public:
    explicit Reader(ConstBytes bytes) : from_(bytes) {}

    uint64_t number(size_t bytes) { return from_.number(bytes); }
    int64_t count()
    {
        auto value = static_cast<int64_t>(from_.number(8));
        good_ = good_ && value >= -1 && value <= kMostTime;
        return value;
    }
    std::string_view text(size_t most)
    {
        std::string_view text = from_.sized(most);
        good_ = good_ && std::none_of(text.begin(), text.end(), [](char c) {
                    return static_cast<uint8_t>(c) < 0x20 || c == 0x7f;
                });
        return text;
    }
    std::string_view url()
    {
        std::string_view url = text(kMaxUrl);
        uint8_t memory[4 * kMaxUrl];
        Arena arena(memory);
        bool clean = source::clean_url(url, kMaxUrl, arena) == url;
        return clean ? url : std::string_view();
    }
    Track track()
    {
        Track track;
        for (std::string_view* text :
             {&track.text, &track.artist, &track.title, &track.album}) {
            *text = this->text(kMaxText);
        }
        track.art = url();
        track.url = url();
        track.started = std::max<int64_t>(count(), kNoTime);
        track.duration_ms = count();
        return track;
    }
    Stream stream()
    {
        Stream stream;
        for (std::string_view* text :
             {&stream.name, &stream.description, &stream.genre, &stream.type}) {
            *text = this->text(kMaxText);
        }
        stream.url = url();
        stream.listen = url();
        stream.bitrate = count();
        return stream;
    }
    bool good() const { return good_ && from_.whole(); }

  private:
    Unpacker from_;
    bool good_ = true;
};

}  // namespace

ConstBytes pack_publication(const Publication& p, Bytes out)
{
    Packer pack(out);
    pack.number(kVersion, 1);
    pack.number(p.machine, 8);
    put(pack, p.time);
    pack.number(p.parts, 1);
    pack.number(p.source.key, 4);
    pack.number(p.source.priority, 1);
    pack.number(p.source.stale_ms, 4);
    pack.number(p.source.hold_ms, 4);
    pack.sized(p.report.station);
    if ((p.parts & kState) != 0) {
        pack.number(p.report.on_air ? 1 : 0, 1);
        put(pack, p.report.since);
        put(pack, p.report.now);
        put(pack, p.report.next);
        pack.sized(p.report.dj);
        put(pack, p.report.stream);
    }
    if ((p.parts & kCounts) != 0) {
        put(pack, p.report.listeners.current);
        put(pack, p.report.listeners.peak);
        put(pack, p.report.listeners.unique);
    }
    return pack.all();
}

Result<Publication> unpack_publication(ConstBytes bytes)
{
    Publication p;
    Reader from(bytes);
    if (from.number(1) != kVersion) {
        return Fault::kTorn;
    }
    p.machine = from.number(8);
    p.time = from.count();
    p.parts = static_cast<unsigned>(from.number(1));
    p.source.key = static_cast<uint32_t>(from.number(4));
    p.source.priority = static_cast<uint8_t>(from.number(1));
    p.source.stale_ms = static_cast<uint32_t>(from.number(4));
    p.source.offline_ms = p.source.stale_ms;
    p.source.hold_ms = static_cast<uint32_t>(from.number(4));
    p.source.listeners_ms = 1000;
    p.source.partial = true;
    p.source.pushed = true;
    Report& report = p.report;
    report.station = from.text(kMaxName);
    report.only_counts = (p.parts & kState) == 0;
    if ((p.parts & kState) != 0) {
        report.on_air = from.number(1) != 0;
        report.since = std::max<int64_t>(from.count(), kNoTime);
        report.now = from.track();
        report.next = from.track();
        report.dj = from.text(kMaxText);
        report.stream = from.stream();
    }
    if ((p.parts & kCounts) != 0) {
        for (int64_t* count :
             {&report.listeners.current, &report.listeners.peak,
              &report.listeners.unique}) {
            *count = from.count();
        }
    }
    bool good = from.good() && p.parts != 0 && p.parts <= (kState | kCounts) &&
                p.source.key != 0 && p.time >= kLeastTime &&
                !report.station.empty();
    return good ? Result<Publication>(p) : Result<Publication>(Fault::kTorn);
}

std::string_view write_register(const Publication& p, std::span<char> out)
{
    Writer text(out);
    encoder::write_unsigned(text, p.parts);
    text.put(' ');
    encoder::write_hex(text, p.source.key, 8);
    text.put(' ');
    text.put(p.report.station);
    return text.view();
}

}  // namespace onair::engine
