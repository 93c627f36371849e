// What the engine says of stations, and what becomes of it in the zone: the
// part of stations.h about that.
#include <algorithm>

#include "engine/entry.h"
#include "engine/link.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/engine/stations.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/worker.h"
#include "slot/layout.h"
#include "slot/merge.h"

namespace onair::ngx {

namespace {

using engine::Follower;
using engine::kCounts;
using engine::kState;
using engine::Publication;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

constexpr Ticks kRereadMs = 50;
// Of taking over what publishers here speak into.
constexpr size_t kTries = 4;

}  // namespace

void Stations::on_head(const engine::Event& event)
{
    if (follower_.on_head(event.epoch, event.seq)) {
        mark_all();
        follow();
    }
}

// The engine is another one, or this zone is new: whatever publishers said here
// is to be told, where it is newer.
void Stations::mark_all()
{
    back_at_ = ticks();
    for (size_t i = 0; i < zone_->shared->stations(); i++) {
        slot::Slot slot = zone_->shared->slot(i);
        Result<slot::PushedSources> sources =
            slot::read_pushed(slot, scratch_memory());
        for (Known& known : stations_[i].known) {
            known = Known();
        }
        if (!sources.ok() || sources->count > 0) {
            slot.push();
        }
    }
}

// The next worker goes on from here.
void Stations::follow()
{
    slot::Elsewhere& head = zone_->shared->elsewhere();
    head.seq.store(0, kRelease);
    head.epoch.store(follower_.epoch(), kRelease);
    head.seq.store(follower_.seq(), kRelease);
}

void Stations::on_entry(const engine::Event& event)
{
    entries_++;
    if (follower_.on_entry(event.seq)) {
        take(event.text, event.seq, false);
        follow();
    }
}

void Stations::on_list_end()
{
    said_refused_ = false;
    bool more =
        follower_.on_end(entries_ >= kPublicationsPage) == Follower::End::kMore;
    follow();
    if (more) {
        list();
        return;
    }
    back_at_ = away_ ? ticks() : back_at_;
    away_ = false;
    again_ = true;
}

void Stations::published(std::string_view text)
{
    if (stations_ == nullptr) {
        return;
    }
    if (text.starts_with("count ")) {
        hear_counts(text.substr(6));
        return;
    }
    Result<engine::Published> it = engine::read_published(text);
    if (!it.ok() || (zone_->share & kSharePublications) == 0) {
        return;
    }
    switch (follower_.on_published(it->epoch, it->seq)) {
        case Follower::Take::kTake:
            take(it->payload, it->seq, true);
            follow();
            return;
        case Follower::Take::kRead:
            list();
            return;
        default:
            return;
    }
}

void Stations::take(std::string_view payload, uint64_t number, bool live)
{
    Result<Publication> read = engine::unpack_publication(bytes_of(payload));
    if (!read.ok()) {
        ngx_str_t channel = str(channel_);
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "onair zone \"%V\": something came over \"%V\" that no "
                      "onair sends",
                      &zone_->name, &channel);
        return;
    }
    const Publication& publication = *read;
    Result<size_t> index =
        zone_->shared->find_or_add(publication.report.station, author());
    if (!index.ok()) {
        reread_ = reread_ || index.fault() == Fault::kBusy;
        reread_at_ = ticks() + kRereadMs;
        return;
    }
    zone_->talks->head().engine.came.fetch_add(1, kRelaxed);
    if (publication.machine == machine()) {
        echoed(*index, publication, number);
    } else {
        apply(*index, publication, number, live);
    }
}

// What was sent is there, and whatever comes after it is newer.
void Stations::echoed(size_t index, const Publication& publication,
                      uint64_t number)
{
    for (size_t i = 0; i < puts_count_; i++) {
        const Put& put = puts_[(puts_begin_ + i) % kMostPuts];
        if (put.station == index && put.known.key == publication.source.key) {
            know(index, put.known, put.parts, number);
            return;
        }
    }
}

// What publishers said here was said elsewhere too.
void Stations::know_same(Known& known, const slot::Pushed& mine,
                         const Publication& publication)
{
    Known here = known_by(mine);
    const Report& report = publication.report;
    bool state = (publication.parts & kState) != 0 &&
                 slot::digest_of_state(report) == here.state;
    bool counts = (publication.parts & kCounts) != 0 &&
                  slot::digest_of_counts(report) == here.counts;
    known.state = state ? here.state : known.state;
    known.counts = counts ? here.counts : known.counts;
    if (known.good == 0 && (state || counts)) {
        known.good = here.good;
    }
}

// What of it is to be taken: what publishers said here and others do not know
// yet stands against it, where it is newer.
unsigned Stations::wanted(size_t index, const Publication& publication)
{
    slot::Slot slot = zone_->shared->slot(index);
    if (slot.pushed().load(kAcquire) == slot.crossed().load(kRelaxed)) {
        return publication.parts;
    }
    Result<slot::PushedSources> sources =
        slot::read_pushed(slot, scratch_memory());
    for (size_t i = 0; sources.ok() && i < sources->count; i++) {
        const slot::Pushed& mine = sources->all[i];
        if (mine.source.key != publication.source.key) {
            continue;
        }
        Now then = now();
        UnixMs said = then.unix_ms -
                      static_cast<UnixMs>(slot::age_of(then.ticks, mine.good));
        bool newer = overrides(index, then.ticks) ||
                     is_first_come(mine, then.ticks) || said > publication.time;
        Known& known = known_of(stations_[index], mine.source.key);
        know_same(known, mine, publication);
        return newer ? publication.parts & ~lacking(known, mine)
                     : publication.parts;
    }
    return publication.parts;
}

// As if it had been said when the other part was, which may be still to be
// told: by that time it is compared with what was said elsewhere.
Now Stations::along(size_t index, uint32_t key) const
{
    Now now = onair::ngx::now();
    Ticks heard = zone_->shared->slot(index).heard_of(key);
    UnixMs age =
        heard != 0 ? static_cast<UnixMs>(slot::age_of(now.ticks, heard)) : 0;
    return {now.ticks - static_cast<Ticks>(age), now.unix_ms - age};
}

void Stations::apply(size_t index, const Publication& publication,
                     uint64_t number, bool live)
{
    slot::Slot slot = zone_->shared->slot(index);
    for (size_t tries = 0; tries < kTries; tries++) {
        Taken taken = {index, slot.pushed().load(kAcquire), 0, number, now()};
        taken.parts = wanted(index, publication) &
                      fresh(index, publication.source.key, number);
        UnixMs age = 0;
        if (!live) {
            // Said then, not now.
            age = std::clamp<UnixMs>(taken.then.unix_ms - publication.time, 0,
                                     static_cast<UnixMs>(taken.then.ticks - 1));
        }
        if (taken.parts == 0 || age > publication.source.stale_ms) {
            return;
        }
        bool waits = taken.pushed != slot.crossed().load(kRelaxed);
        taken.then = waits && taken.parts != (kState | kCounts)
                         ? along(index, publication.source.key)
                         : Now{taken.then.ticks - static_cast<Ticks>(age),
                               taken.then.unix_ms - age};
        Result<slot::Told> told = take_over(taken, publication);
        if (told.ok()) {
            changed_ = changed_ || *told == slot::Told::kChange;
            remember(taken, publication);
            return;
        }
        if (slot.pushed().load(kAcquire) == taken.pushed) {
            break;
        }
    }
    reread_ = true;
    reread_at_ = ticks() + kRereadMs;
}

Result<slot::Told> Stations::take_over(const Taken& taken,
                                       const Publication& publication)
{
    Report report = publication.report;
    report.only_counts = (taken.parts & kState) == 0;
    if ((taken.parts & kCounts) == 0) {
        report.listeners = Listeners();
    }
    if (report.only_counts) {
        report.stream = Stream();
        report.dj = {};
    }
    return zone_->shared->slot(taken.station)
        .report_elsewhere(report, publication.source, taken.pushed,
                          audience_of(zone_, taken.station), taken.then,
                          author(), scratch().write);
}

// As the slot has it, in which long texts may be cut; if somebody has said
// something here meanwhile, as it came.
void Stations::remember(const Taken& taken, const Publication& publication)
{
    slot::Slot slot = zone_->shared->slot(taken.station);
    const Report& report = publication.report;
    Known known = {publication.source.key, slot::digest_of_state(report),
                   slot::digest_of_counts(report), taken.then.ticks};
    Result<slot::PushedSources> sources =
        slot::read_pushed(slot, scratch_memory());
    bool same = slot.pushed().load(kAcquire) == taken.pushed;
    for (size_t i = 0; same && sources.ok() && i < sources->count; i++) {
        if (sources->all[i].source.key == known.key) {
            known = known_by(sources->all[i]);
        }
    }
    know(taken.station, known, taken.parts, taken.number);
    // What of it was on its way is over.
    for (size_t i = 0; i < puts_count_; i++) {
        Put& put = puts_[(puts_begin_ + i) % kMostPuts];
        if (put.station == taken.station && put.known.key == known.key) {
            put.parts &= ~taken.parts;
        }
    }
}

// Other machines know of these parts, under this number of the engine.
void Stations::know(size_t index, const Known& now, unsigned parts,
                    uint64_t number)
{
    Known& known = known_of(stations_[index], now.key);
    if ((parts & kState) != 0) {
        known.state = now.state;
        known.state_at = std::max(known.state_at, number);
    }
    if ((parts & kCounts) != 0) {
        known.counts = now.counts;
        known.counts_at = std::max(known.counts_at, number);
    }
    known.good = std::max(known.good, now.good);
}

// Which parts with this number would be newer than what is here: who reads all
// once more is told of older ones too.
unsigned Stations::fresh(size_t index, uint32_t key, uint64_t number)
{
    const Known& known = known_of(stations_[index], key);
    return (number > known.state_at ? kState : 0) |
           (number > known.counts_at ? kCounts : 0);
}

}  // namespace onair::ngx
