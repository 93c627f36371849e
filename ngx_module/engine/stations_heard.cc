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
        take(event.text, false);
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
            take(it->payload, true);
            follow();
            return;
        case Follower::Take::kRead:
            list();
            return;
        default:
            return;
    }
}

void Stations::take(std::string_view payload, bool live)
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
    Publication publication = *read;
    Result<size_t> index =
        zone_->shared->find_or_add(publication.report.station, author());
    if (!index.ok()) {
        reread_ = reread_ || index.fault() == Fault::kBusy;
        reread_at_ = ticks() + kRereadMs;
        return;
    }
    zone_->talks->head().engine.came.fetch_add(1, kRelaxed);
    if (publication.machine == machine()) {
        echoed(*index, publication);
    } else {
        apply(*index, &publication, live);
    }
}

// What was sent is there, and whatever comes after it is newer.
void Stations::echoed(size_t index, const Publication& publication)
{
    for (size_t i = 0; i < puts_count_; i++) {
        const Put& put = puts_[(puts_begin_ + i) % kMostPuts];
        if (put.station == index && put.known.key == publication.source.key) {
            known_of(stations_[index], put.known.key) = put.known;
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
        bool newer = is_first_come(mine, then.ticks) || said > publication.time;
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
    UnixMs age = static_cast<UnixMs>(
        slot::age_of(now.ticks, zone_->shared->slot(index).heard_of(key)));
    return {now.ticks - static_cast<Ticks>(age), now.unix_ms - age};
}

void Stations::apply(size_t index, Publication* publication, bool live)
{
    unsigned parts = publication->parts;
    publication->parts = wanted(index, *publication);
    Now then = now();
    if (publication->parts != parts) {
        then = along(index, publication->source.key);
    } else if (!live) {
        // Said then, not now.
        UnixMs age = std::clamp<UnixMs>(then.unix_ms - publication->time, 0,
                                        static_cast<UnixMs>(then.ticks - 1));
        then = {then.ticks - static_cast<Ticks>(age), then.unix_ms - age};
        if (age > publication->source.stale_ms) {
            return;
        }
    }
    if (publication->parts == 0) {
        return;
    }
    Report report = publication->report;
    report.only_counts = (publication->parts & kState) == 0;
    if ((publication->parts & kCounts) == 0) {
        report.listeners = Listeners();
    }
    if (report.only_counts) {
        report.stream = Stream();
        report.dj = {};
    }
    slot::Slot slot = zone_->shared->slot(index);
    Result<slot::Told> told =
        slot.report(report, publication->source, audience_of(zone_, index),
                    then, author(), scratch().write);
    if (!told.ok()) {
        reread_ = true;
        reread_at_ = ticks() + kRereadMs;
        return;
    }
    changed_ = changed_ || *told == slot::Told::kChange;
    remember(index, publication->source.key, publication->parts);
}

// As the slot has it, in which long texts may be cut. What is on its way is
// over.
void Stations::remember(size_t index, uint32_t key, unsigned parts)
{
    Result<slot::PushedSources> sources =
        slot::read_pushed(zone_->shared->slot(index), scratch_memory());
    for (size_t i = 0; sources.ok() && i < sources->count; i++) {
        if (sources->all[i].source.key != key) {
            continue;
        }
        Known now = known_by(sources->all[i]);
        Known& known = known_of(stations_[index], key);
        known.state = (parts & kState) != 0 ? now.state : known.state;
        known.counts = (parts & kCounts) != 0 ? now.counts : known.counts;
        known.good = now.good;
        for (size_t n = 0; n < puts_count_; n++) {
            Put& put = puts_[(puts_begin_ + n) % kMostPuts];
            if (put.station == index && put.known.key == key) {
                put.known = known;
            }
        }
    }
}

}  // namespace onair::ngx
