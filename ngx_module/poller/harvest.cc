#include "ngx_module/poller/harvest.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "source/pick.h"

namespace onair::ngx {

namespace {

constexpr size_t kNone = SIZE_MAX;
// A full zone is told of so often, however many mounts knock.
constexpr ngx_msec_t kSayAgainMs = 60000;

void say_full(const ZoneConf* zone, std::string_view name, Fault fault)
{
    static Ticks said_at;
    if (said_at != 0 && ticks() - said_at < kSayAgainMs) {
        return;
    }
    said_at = ticks();
    ngx_str_t station = str(name);
    ngx_log_error(log_level(fault), ngx_cycle->log, 0,
                  "onair zone \"%V\": station \"%V\" has no place: %s",
                  &zone->name, &station, sentence(fault));
}

// A known member that could not be read. Of one location it is told again when
// it is another one, or after a minute.
void say_odd(const PollConf* conf, const source::Odd& odd)
{
    static Ticks said_at;
    static uint64_t said;
    uint64_t what =
        hash_end(hash_more(hash_more(conf->key, odd.member), odd.why));
    if (odd.why.empty() || (what == said && ticks() - said_at < kSayAgainMs)) {
        return;
    }
    said_at = ticks();
    said = what;
    ngx_str_t member = str(odd.member);
    ngx_str_t why = str(odd.why);
    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "onair poll of \"%V\": \"%V\" %V, it is left out",
                  &conf->location, &member, &why);
}

}  // namespace

Outcome Harvest::take(ConstBytes body, std::optional<source::Charset> charset)
{
    source::Options options = conf_->source;
    options.said = charset;
    size_t size = source::memory_for(body.size(), options);
    auto* at = static_cast<uint8_t*>(ngx_alloc(size, ngx_cycle->log));
    if (at == nullptr) {
        return Fault::kNoMemory;
    }
    Outcome outcome = take(body, options, {at, size});
    ngx_free(at);
    return outcome;
}

Outcome Harvest::take(ConstBytes body, const source::Options& options,
                      Bytes memory)
{
    Arena arena(memory);
    Result<source::Reports> reports =
        source::read(body, options, now().unix_ms, arena);
    if (!reports.ok()) {
        return reports.fault();
    }
    say_odd(conf_, reports->odd);
    return put(*reports, arena);
}

slot::Source Harvest::source() const
{
    slot::Source source;
    source.key = conf_->key;
    // A publisher comes first among equals: it says what is new before a poll
    // can see it.
    source.priority = static_cast<uint8_t>(2 * conf_->priority + 1);
    // Where polls are rarer while nobody listens, that is not the source's
    // silence.
    ngx_msec_t stale = conf_->stale;
    if (conf_->idle > conf_->interval && !anybody_listens(conf_->zone)) {
        stale = ngx_max(stale,
                        conf_->idle + conf_->idle / 4 + conf_->timeout + 1000);
    }
    ngx_msec_t offline = stale + (conf_->offline - conf_->stale);
    source.stale_ms = static_cast<uint32_t>(stale);
    // Idle for a month and offline after another is more than 32 bits count.
    source.offline_ms = static_cast<uint32_t>(ngx_min(offline, UINT32_MAX));
    source.hold_ms = static_cast<uint32_t>(conf_->hold);
    source.delay_ms = static_cast<uint32_t>(conf_->delay);
    return source;
}

size_t Harvest::find(std::string_view name)
{
    Result<size_t> index = conf_->zone->shared->find_or_add(name, author());
    if (!index.ok()) {
        if (index.fault() != Fault::kBusy) {
            say_full(conf_->zone, name, index.fault());
        }
        return kNone;
    }
    return *index;
}

void Harvest::put(size_t index, const Report& report)
{
    // A slot that another worker writes just now takes it with the next poll.
    Result<slot::Told> told = conf_->zone->shared->slot(index).report(
        report, source(), audience_of(conf_->zone, index), now(), author(),
        scratch().write);
    if (told.ok() && *told == slot::Told::kChange) {
        changes_++;
    }
}

// Some formats are about one station and do not say which; then the location
// has to.
bool Harvest::names_none(const source::Reports& reports) const
{
    return conf_->station.len == 0 && reports.stations.size() == 1 &&
           reports.stations[0].station.empty();
}

Outcome Harvest::put(const source::Reports& reports, Arena& arena)
{
    if (names_none(reports)) {
        return Fault::kNoStations;
    }
    size_t capacity = conf_->zone->shared->capacity();
    auto* seen = static_cast<uint8_t*>(ngx_calloc(capacity, ngx_cycle->log));
    if (seen == nullptr) {
        return Fault::kNoMemory;
    }
    source::Picked picked;
    if (conf_->mounts_count > 0) {
        put_sum(reports, arena, seen);
    } else if (conf_->station.len > 0) {
        picked = source::pick(reports.stations, view(conf_->station),
                              notices_->only_named());
        if (picked.report != nullptr) {
            put(view(conf_->station), *picked.report, seen);
        }
    } else {
        for (const Report& report : reports.stations) {
            put(report.station, report, seen);
        }
    }
    put_missing(seen);
    ngx_free(seen);
    notices_->hear(reports, picked);
    return Done{};
}

void Harvest::put(std::string_view name, const Report& report, uint8_t* seen)
{
    size_t index = name.empty() ? kNone : find(name);
    if (index != kNone && !seen[index]) {
        seen[index] = 1;
        stations_++;
        put(index, report);
    }
}

void Harvest::put_sum(const source::Reports& reports, Arena& arena,
                      uint8_t* seen)
{
    Result<Report> sum = source::add_up(
        reports.stations, {conf_->mounts, conf_->mounts_count}, arena);
    if (sum.ok()) {
        put(view(conf_->station), *sum, seen);
    }
}

// Stations this source knew and does not name any more are not on air.
void Harvest::put_missing(const uint8_t* seen)
{
    slot::Zone* zone = conf_->zone->shared;
    for (size_t i = 0; i < zone->stations(); i++) {
        slot::Slot slot = zone->slot(i);
        if (seen[i] || !slot.knows(conf_->key)) {
            continue;
        }
        Result<slot::Told> told =
            slot.missing(source(), audience_of(conf_->zone, i), now(), author(),
                         scratch().write);
        if (told.ok() && *told == slot::Told::kChange) {
            changes_++;
        }
    }
}

}  // namespace onair::ngx
