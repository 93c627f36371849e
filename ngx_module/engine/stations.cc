#include "ngx_module/engine/stations.h"

#include <algorithm>
#include <new>

#include "encoder/number.h"
#include "engine/entry.h"
#include "engine/link.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/engine/engine.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"
#include "slot/layout.h"
#include "slot/writer.h"

namespace onair::ngx {

namespace {

using engine::Follower;
using engine::kCounts;
using engine::kState;
using engine::Publication;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

// What the engine keeps: states and counts of so many sources.
constexpr uint64_t kMostKept = 262144;
constexpr Ticks kRefusedMs = 5000;
// Who says the same again and lasts for a month is told of once a day.
constexpr uint32_t kForeverMs = 2592000000;
constexpr Ticks kDayMs = 86400000;
constexpr Ticks kTouchMs = 1000;

uint8_t g_packed[engine::kMaxPublication];

std::string_view write_key(ngx_pool_t* pool, const EngineConf* conf,
                           const ZoneConf* zone, std::string_view end)
{
    size_t size = conf->prefix.len + zone->name.len + end.size();
    auto* out = static_cast<char*>(ngx_pnalloc(pool, size));
    if (out == nullptr) {
        return {};
    }
    Writer text({out, size});
    text.put(view(conf->prefix));
    text.put(view(zone->name));
    text.put(end);
    return text.view();
}

std::string_view digits(uint64_t value, std::span<char> out)
{
    Writer text(out);
    encoder::write_unsigned(text, value);
    return text.view();
}

std::string_view hex(uint32_t value, std::span<char> out)
{
    Writer text(out);
    encoder::write_hex(text, value, 8);
    return text.view();
}

}  // namespace

Stations::Stations(ZoneConf* zone, const EngineConf* conf, Engine* engine)
    : zone_(zone), conf_(conf), engine_(engine)
{
    // No room's key begins so: behind the zone's name it has a colon.
    ngx_pool_t* pool = ngx_cycle->pool;
    table_ = write_key(pool, conf, zone, "{stations}");
    kept_ = write_key(pool, conf, zone, "{stations}:k");
    order_ = write_key(pool, conf, zone, "{stations}:n");
    channel_ = write_key(pool, conf, zone, "{stations}:c");
}

Stations::~Stations()
{
    stop();
    ngx_free(stations_);
}

bool Stations::lead()
{
    if (!any()) {
        return true;
    }
    size_t capacity = zone_->shared->capacity();
    if (stations_ == nullptr) {
        stations_ = static_cast<Station*>(
            ngx_alloc(capacity * sizeof(Station), ngx_cycle->log));
    }
    if (stations_ == nullptr) {
        return false;
    }
    for (size_t i = 0; i < capacity; i++) {
        // SAFETY: memory for `capacity` of them; nothing has to be destroyed.
        new (stations_ + i) Station();
    }
    slot::Elsewhere& head = zone_->shared->elsewhere();
    follower_ = Follower(static_cast<uint32_t>(head.epoch.load(kAcquire)),
                         head.seq.load(kAcquire));
    puts_count_ = 0;
    again_ = true;
    reread_ = asked_counts_ = away_ = false;
    back_at_ = refused_until_ = told_at_ = looked_at_ = 0;
    led_since_ = ticks();
    return true;
}

void Stations::stop()
{
    lost();
    forget_counts();
}

uint64_t Stations::machine() const
{
    return zone_->talks->head().machine.load(kRelaxed);
}

Bytes Stations::scratch_memory() const
{
    return scratch().write.first(zone_->shared->record_capacity() +
                                 slot::kScratchRoom);
}

bool Stations::has_news() const
{
    return (zone_->share & kSharePublications) != 0 &&
           (again_ ||
            zone_->shared->elsewhere().pushed.load(kAcquire) != looked_);
}

void Stations::lost()
{
    follower_.lost();
    for (size_t i = 0; i < puts_count_ && stations_ != nullptr; i++) {
        const Put& put = puts_[(puts_begin_ + i) % kMostPuts];
        stations_[put.station].in_flight = false;
    }
    puts_count_ = 0;
    again_ = away_ = true;
    asked_counts_ = heard_ = false;
}

void Stations::on_refused(Ticks now)
{
    if (!said_refused_) {
        ngx_str_t key = str(table_);
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "onair zone \"%V\": the engine has something else at "
                      "\"%V\", publications stay those of this machine",
                      &zone_->name, &key);
    }
    said_refused_ = true;
    lost();
    heard_ = true;
    refused_until_ = now + kRefusedMs;
}

void Stations::turn(Ticks now, bool ready)
{
    if (!any() || stations_ == nullptr) {
        return;
    }
    if ((zone_->share & kSharePublications) != 0 && ready) {
        bool live = follower_.step() == Follower::Step::kLive;
        if (reread_ && live && now >= reread_at_) {
            reread_ = false;
            follower_.again();
            list();
        } else if (follower_.step() == Follower::Step::kAway && heard_ &&
                   now >= refused_until_) {
            list();
        } else if (live && has_news()) {
            send_news(now);
        }
    }
    count(now, ready);
}

void Stations::tell_touched()
{
    if (changed_) {
        changed_ = false;
        tell_everybody();
    }
}

// --- what goes out ---

Stations::Known Stations::known_by(const slot::Pushed& pushed)
{
    return {pushed.source.key, slot::digest_of_state(pushed.report),
            slot::digest_of_counts(pushed.report), pushed.good};
}

// That of the source, or a place for it.
Stations::Known& Stations::known_of(Station& station, uint32_t key) const
{
    Known* oldest = &station.known[0];
    for (Known& known : station.known) {
        if (known.key == key) {
            return known;
        }
        oldest = known.good < oldest->good ? &known : oldest;
    }
    *oldest = Known();
    oldest->key = key;
    return *oldest;
}

// What of it other machines do not have yet.
unsigned Stations::lacking(const Known& known, const slot::Pushed& pushed)
{
    bool state = known.state != slot::digest_of_state(pushed.report);
    bool counts = known.counts != slot::digest_of_counts(pushed.report);
    return (state ? kState : 0) | (counts ? kCounts : 0);
}

// The same was said once more: it lasts from now on.
bool Stations::lasts_anew(const Known& known, const slot::Pushed& pushed)
{
    Ticks step = pushed.source.stale_ms < kForeverMs ? kTouchMs : kDayMs;
    return pushed.good >= known.good + step;
}

void Stations::send_news(Ticks now)
{
    looked_ = zone_->shared->elsewhere().pushed.load(kAcquire);
    again_ = false;
    size_t count = zone_->shared->stations();
    for (size_t n = 0, from = next_; n < count; n++) {
        size_t i = (from + n) % count;
        slot::Slot slot = zone_->shared->slot(i);
        if (stations_[i].in_flight ||
            slot.pushed().load(kAcquire) == slot.crossed().load(kRelaxed)) {
            continue;
        }
        if (puts_count_ == kMostPuts || !send(i, now)) {
            again_ = true;
            next_ = i;
            return;
        }
    }
}

// False: later.
bool Stations::send(size_t index, Ticks now)
{
    slot::Slot slot = zone_->shared->slot(index);
    uint64_t pushed = slot.pushed().load(kAcquire);
    Result<slot::PushedSources> sources =
        slot::read_pushed(slot, scratch_memory());
    if (!sources.ok()) {
        return false;
    }
    for (size_t i = 0; i < sources->count; i++) {
        const slot::Pushed& source = sources->all[i];
        const Known& known = known_of(stations_[index], source.source.key);
        unsigned parts = lacking(known, source);
        if (parts != 0) {
            put(index, source, parts, overrides(index, now) ? "over" : "later",
                now);
            return true;
        }
        if (lasts_anew(known, source)) {
            put(index, source, kState | kCounts, "unseen", now);
            return true;
        }
    }
    slot.crossed().store(pushed, kRelease);
    return true;
}

// Said a moment ago to an engine that is there: the engine's order decides.
// What had to wait is compared by the machines' clocks.
bool Stations::is_first_come(const slot::Pushed& pushed, Ticks now) const
{
    return !away_ && pushed.good >= back_at_ &&
           slot::age_of(now, pushed.good) <= engine::kWaitMs;
}

// It was refused a moment ago and is to go through all the same.
bool Stations::overrides(size_t index, Ticks now) const
{
    return !away_ && now <= stations_[index].overrides_until;
}

void Stations::put(size_t index, const slot::Pushed& pushed, unsigned parts,
                   std::string_view how, Ticks now)
{
    uint64_t age = slot::age_of(now, pushed.good);
    Publication p;
    p.machine = machine();
    p.time = std::clamp(onair::ngx::now().unix_ms - static_cast<UnixMs>(age),
                        engine::kLeastTime, engine::kMostTime);
    p.parts = parts;
    p.source = pushed.source;
    p.report = pushed.report;
    p.report.station = zone_->shared->slot(index).name();
    std::string_view payload = text_of(engine::pack_publication(p, g_packed));
    uint64_t count =
        zone_->shared->elsewhere().number.fetch_add(1, kRelaxed) + 1;
    char field[engine::kMaxField];
    char number[24];
    char epoch[16];
    char time[24];
    char name[engine::kMaxFieldFront + kMaxName];
    char most[24];
    char seen[24];
    std::string_view key = engine::write_register(p, name);
    // SAFETY: hexadecimal digits.
    std::string_view digest(reinterpret_cast<const char*>(conf_->digest), 40);
    std::string_view words[] = {"EVALSHA",
                                digest,
                                "4",
                                table_,
                                kept_,
                                order_,
                                channel_,
                                "put",
                                engine::write_field({p.machine, 0, 0}, field),
                                digits(count, number),
                                hex(random_number() | 1, epoch),
                                how,
                                digits(static_cast<uint64_t>(p.time), time),
                                key.substr(0, 1),
                                key.substr(1),
                                digits(kMostKept, most),
                                payload,
                                digits(follower_.seq(), seen)};
    stations_[index].in_flight = true;
    bool first_come = how == "later" && is_first_come(pushed, now);
    puts_[(puts_begin_ + puts_count_++) % kMostPuts] = {index, known_by(pushed),
                                                        parts, first_come, now};
    engine_->ask(Engine::Ask::kPut, nullptr, words);
    zone_->talks->head().engine.sent.fetch_add(1, kRelaxed);
}

void Stations::on_put(int64_t number)
{
    if (puts_count_ == 0) {
        return;
    }
    const Put& put = puts_[puts_begin_];
    puts_begin_ = (puts_begin_ + 1) % kMostPuts;
    puts_count_--;
    Station& station = stations_[put.station];
    station.in_flight = false;
    again_ = true;
    bool refused = number < 0;
    if (refused && put.first_come &&
        slot::age_of(ticks(), put.at) <= engine::kWaitMs) {
        station.overrides_until = put.at + engine::kWaitMs;
        return;
    }
    station.overrides_until = 0;
    know(put.station, put.known, put.parts,
         refused ? 0 : static_cast<uint64_t>(number));
    // Something newer is there, which may have been passed over.
    reread_ = reread_ || refused;
}

void Stations::list()
{
    char known[16];
    char since[24];
    char fresh[16];
    char most[24];
    // SAFETY: hexadecimal digits.
    std::string_view digest(reinterpret_cast<const char*>(conf_->digest), 40);
    std::string_view words[] = {"EVALSHA",
                                digest,
                                "3",
                                table_,
                                kept_,
                                order_,
                                "list",
                                hex(follower_.epoch(), known),
                                digits(follower_.seq(), since),
                                hex(random_number() | 1, fresh),
                                digits(kPublicationsPage, most)};
    follower_.asked();
    entries_ = 0;
    engine_->ask(Engine::Ask::kList, nullptr, words);
}

}  // namespace onair::ngx
