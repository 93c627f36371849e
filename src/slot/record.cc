#include "slot/record.h"

#include <algorithm>

namespace onair::slot {

namespace {

// Packed: numbers as varints (7 bits a byte, low ones first), signed ones
// zigzag, texts with their length before them. The told part comes first, so
// that readers need not go through the sources.
class Packer {
  public:
    explicit Packer(std::span<char> out) : out_(out) {}

    void number(uint64_t n)
    {
        for (; n > 127; n >>= 7) {
            out_.put(static_cast<char>(n | 128));
        }
        out_.put(static_cast<char>(n));
    }

    void whole(int64_t n)
    {
        number(static_cast<uint64_t>(n) << 1 ^ (n < 0 ? ~uint64_t{0} : 0));
    }

    void word(uint64_t n)
    {
        char bytes[sizeof(n)];
        std::memcpy(bytes, &n, sizeof(n));
        out_.put(std::string_view(bytes, sizeof(n)));
    }

    void text(std::string_view t)
    {
        number(t.size());
        out_.put(t);
    }

    bool ok() const { return out_.ok(); }
    size_t size() const { return out_.size(); }

  private:
    Writer out_;
};

class Unpacker {
  public:
    explicit Unpacker(std::string_view in) : in_(in) {}

    uint64_t number()
    {
        if (at_ < in_.size() && static_cast<uint8_t>(in_[at_]) < 128) {
            return static_cast<uint8_t>(in_[at_++]);  // as most are
        }
        uint64_t n = 0;
        for (unsigned shift = 0; shift < 64 && at_ < in_.size(); shift += 7) {
            auto byte = static_cast<uint8_t>(in_[at_++]);
            n |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) {
                return n;
            }
        }
        ok_ = false;
        return 0;
    }

    int64_t whole()
    {
        uint64_t n = number();
        return static_cast<int64_t>(n >> 1 ^ (uint64_t{0} - (n & 1)));
    }

    uint32_t small() { return static_cast<uint32_t>(number()); }

    size_t count(size_t most)
    {
        uint64_t n = number();
        ok_ = ok_ && n <= most;
        return ok_ ? n : 0;
    }

    uint64_t word()
    {
        std::string_view bytes = take(sizeof(uint64_t));
        uint64_t n = 0;
        if (ok_) {
            std::memcpy(&n, bytes.data(), sizeof(n));
        }
        return n;
    }

    std::string_view text() { return take(number()); }

    void fail() { ok_ = false; }
    bool ok() const { return ok_; }

  private:
    std::string_view take(uint64_t size)
    {
        if (!ok_ || size > in_.size() - at_) {
            ok_ = false;
            return {};
        }
        at_ += size;
        return in_.substr(at_ - size, size);
    }

    std::string_view in_;
    size_t at_ = 0;
    bool ok_ = true;
};

void put(Packer& p, const Track& t)
{
    for (std::string_view s :
         {t.text, t.artist, t.title, t.album, t.art, t.url}) {
        p.text(s);
    }
    p.whole(t.started);
    p.whole(t.duration_ms);
}

void get(Unpacker& u, Track& t)
{
    for (std::string_view* s :
         {&t.text, &t.artist, &t.title, &t.album, &t.art, &t.url}) {
        *s = u.text();
    }
    t.started = u.whole();
    t.duration_ms = u.whole();
}

void put(Packer& p, const Stream& s)
{
    for (std::string_view t :
         {s.name, s.description, s.genre, s.url, s.listen, s.type}) {
        p.text(t);
    }
    p.whole(s.bitrate);
}

void get(Unpacker& u, Stream& s)
{
    for (std::string_view* t :
         {&s.name, &s.description, &s.genre, &s.url, &s.listen, &s.type}) {
        *t = u.text();
    }
    s.bitrate = u.whole();
}

void put(Packer& p, const Listeners& l)
{
    p.whole(l.current);
    p.whole(l.peak);
    p.whole(l.unique);
}

void get(Unpacker& u, Listeners& l)
{
    l.current = u.whole();
    l.peak = u.whole();
    l.unique = u.whole();
}

void put(Packer& p, const Digests& d)
{
    for (uint64_t n : {d.track, d.detail, d.next, d.dj, d.stream, d.original}) {
        p.word(n);
    }
}

void get(Unpacker& u, Digests& d)
{
    for (uint64_t* n :
         {&d.track, &d.detail, &d.next, &d.dj, &d.stream, &d.original}) {
        *n = u.word();
    }
}

// Newest first, each as its difference from the one before, so that one takes
// some ten bytes.
void put(Packer& p, std::span<const Moment> moments)
{
    uint64_t seq = 0;
    UnixMs time = 0;
    p.number(moments.size());
    for (const Moment& m : moments) {
        p.whole(static_cast<int64_t>(m.seq - seq));
        p.whole(static_cast<int64_t>(static_cast<uint64_t>(m.time) -
                                     static_cast<uint64_t>(time)));
        p.number(static_cast<uint64_t>(m.status) << 1 | (m.on ? 1 : 0));
        p.number(m.subscribers);
        put(p, m.listeners);
        seq = m.seq;
        time = m.time;
    }
}

void get(Unpacker& u, std::span<Moment> moments)
{
    uint64_t seq = 0;
    uint64_t time = 0;
    for (Moment& m : moments) {
        seq += static_cast<uint64_t>(u.whole());
        time += static_cast<uint64_t>(u.whole());
        uint64_t flags = u.number();
        if (flags >> 1 > static_cast<uint64_t>(Status::kLive)) {
            u.fail();
            return;
        }
        m.seq = seq;
        m.time = static_cast<UnixMs>(time);
        m.status = static_cast<Status>(flags >> 1);
        m.on = (flags & 1) != 0;
        m.subscribers = u.small();
        get(u, m.listeners);
    }
}

void put(Packer& p, std::span<const Played> tracks)
{
    p.number(tracks.size());
    for (const Played& t : tracks) {
        p.number(t.seq);
        put(p, t.track);
    }
}

void get(Unpacker& u, std::span<Played> tracks)
{
    for (Played& t : tracks) {
        t.seq = u.number();
        get(u, t.track);
    }
}

void put(Packer& p, const SourceEntry& e)
{
    p.number(e.source.key);
    if (e.source.key == 0) {
        return;
    }
    const Source& s = e.source;
    uint64_t flags = e.on_air + 2U * s.partial + 4U * s.pushed;
    for (uint64_t n :
         {uint64_t{s.priority}, uint64_t{s.stale_ms}, uint64_t{s.offline_ms},
          uint64_t{s.hold_ms}, uint64_t{s.delay_ms}, uint64_t{s.listeners_ms},
          flags, e.good_since, e.untitled, uint64_t{e.streams_seen}}) {
        p.number(n);
    }
    p.whole(e.since);
    put(p, e.digests);
    put(p, e.now);
    put(p, e.next);
    p.text(e.dj);
    put(p, e.listeners);
    put(p, e.stream);
    p.text(e.original.text);
    p.whole(e.original.said);
}

void get(Unpacker& u, SourceEntry& e)
{
    e = SourceEntry{};
    e.source.key = u.small();
    if (e.source.key == 0) {
        return;
    }
    e.source.priority = static_cast<uint8_t>(u.number());
    for (uint32_t* n :
         {&e.source.stale_ms, &e.source.offline_ms, &e.source.hold_ms,
          &e.source.delay_ms, &e.source.listeners_ms}) {
        *n = u.small();
    }
    uint64_t flags = u.number();
    e.on_air = (flags & 1) != 0;
    e.source.partial = (flags & 2) != 0;
    e.source.pushed = (flags & 4) != 0;
    e.good_since = u.number();
    e.untitled = u.number();
    e.streams_seen = u.small();
    e.since = u.whole();
    get(u, e.digests);
    get(u, e.now);
    get(u, e.next);
    e.dj = u.text();
    get(u, e.listeners);
    get(u, e.stream);
    e.original = {u.text(), e.digests.original, u.whole()};
}

// An index of a source, or -1.
int index_of(Unpacker& u)
{
    int64_t index = u.whole();
    bool good = index >= 0 && index < static_cast<int64_t>(kMaxSources);
    return good ? static_cast<int>(index) : -1;
}

}  // namespace

size_t pack_whole(const Record& r, std::span<char> out)
{
    Packer p(out);
    put(p, std::span<const Moment>(r.moments.first(r.moment_count)));
    put(p, std::span<const Played>(r.tracks.first(r.track_count)));
    p.number(r.delay_ms);
    put(p, r.stream);
    put(p, r.next);
    p.text(r.dj);
    p.whole(r.in_force);
    p.whole(r.original);
    put(p, r.told);
    p.number(r.title_key);
    p.number(r.title_stream);
    p.number(r.last_told);
    for (const SourceEntry& e : r.sources) {
        put(p, e);
    }
    return p.ok() ? p.size() : 0;
}

bool unpack(std::string_view bytes, Record& r)
{
    Unpacker u(bytes);
    r.moment_count = u.count(std::min(r.moments.size(), kMaxMoments));
    get(u, r.moments.first(r.moment_count));
    r.track_count = u.count(r.tracks.size() - 1);
    get(u, r.tracks.first(r.track_count));
    r.delay_ms = u.small();
    get(u, r.stream);
    get(u, r.next);
    r.dj = u.text();
    r.in_force = index_of(u);
    r.original = index_of(u);
    get(u, r.told);
    r.title_key = u.small();
    r.title_stream = u.small();
    r.last_told = u.number();
    for (SourceEntry& e : r.sources) {
        get(u, e);
    }
    return u.ok();
}

namespace {

// It is the last that readers need, and it stands among the sources.
void get_original(Unpacker& u, State& state)
{
    int in_force = index_of(u);
    int original = index_of(u);
    if (original < 0) {
        return;
    }
    Digests told;
    get(u, told);
    for (int i = 0; i < 3; i++) {
        u.number();  // title_key, title_stream, last_told
    }
    SourceEntry entry;
    for (int i = 0; i <= original; i++) {
        get(u, entry);
    }
    state.original = entry.original;
    state.original_is_whole = original == in_force;
}

}  // namespace

Unpacked unpack(std::string_view bytes, Arena& arena, State& state)
{
    Unpacker u(bytes);
    size_t moments = u.count(kMaxMoments);
    std::span<Moment> m = arena.make<Moment>(moments);
    if (m.size() != moments) {
        return Unpacked::kNoMemory;
    }
    get(u, m);
    size_t tracks = u.count(kMaxHistory + 1);
    std::span<Played> t = arena.make<Played>(tracks);
    if (t.size() != tracks) {
        return Unpacked::kNoMemory;
    }
    get(u, t);
    state.delay_ms = u.small();
    get(u, state.stream);
    get(u, state.next);
    state.dj = u.text();
    get_original(u, state);
    state.at = m.empty() ? Moment{} : m[0];
    state.moments = m;
    state.tracks = t;
    return u.ok() ? Unpacked::kGood : Unpacked::kMalformed;
}

}  // namespace onair::slot
