#include "ngx_module/poller/pull.h"

#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/poller/poller.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "slot/pushed.h"
#include "slot/writer.h"
#include "sound/intake.h"
#include "sound/joint.h"
#include "source/track.h"

namespace onair::ngx {

namespace {

constexpr poller::Pace kReconnect{500, 0, 30000};
// How long a burst may take to show where it goes on, and how much of it is
// looked at.
constexpr ngx_msec_t kJointMs = 1000;
constexpr size_t kHold = size_t{256} * 1024;
// Sound that was interrupted for longer is another one to whoever comes.
constexpr Ticks kPastMs = 10000;
// Nobody pulls where nothing came for so long.
constexpr Ticks kQuietMs = 2000;
// Its titles are those of a source that is fresh.
constexpr Ticks kTitleMs = 5000;
// Bytes wait so long for the rest of their frame, or for a chunk's worth.
constexpr ngx_msec_t kFlushMs = 100;

// The first bytes, which tell the kind.
ConstBytes joined(ConstBytes first, ConstBytes second)
{
    static uint8_t bytes[64];
    size_t a = ngx_min(first.size(), sizeof(bytes));
    size_t b = ngx_min(second.size(), sizeof(bytes) - a);
    copy_bytes(bytes, first.data(), a);
    copy_bytes(bytes + a, second.data(), b);
    return {bytes, a + b};
}

}  // namespace

struct Pull::Live {
    Live(const sound::Ring& ring, sound::Kind kind, uint32_t metaint)
        : writer(ring), icy(metaint), intake(kind, &writer)
    {}
    ~Live() { ngx_free(held); }

    sound::RingWriter writer;
    sound::IcyReader icy;
    sound::Intake intake;
    uint32_t cue = 0;
    uint64_t version = 0;  // of the station's state, as last looked at
    // The burst, until it is known where it goes on.
    uint8_t* held = nullptr;
    size_t held_size = 0;
    Ticks held_since = 0;
    ConstBytes tail;  // of what the ring has; in tail_room
    // What was said in it last, and where.
    size_t title_at = 0;
    size_t title_size = 0;
    bool titled = false;
    uint8_t tail_room[sound::kTail];
    char title[sound::kMostIcyBlock];
};

Pull::Pull(const PollConf* conf, slot::PollEntry* entry) noexcept
    : conf_(conf),
      pull_(conf->pull),
      entry_(entry),
      silence_(on_silence, this),
      flush_(on_flush, this)
{}

Pull::~Pull()
{
    end();
}

void Pull::lead(Ticks now)
{
    schedule_.start(now);
}

bool Pull::is_wanted(Ticks now)
{
    if (pull_->always || pull_->ring->listeners() > 0) {
        wanted_at_ = now;
        return true;
    }
    return wanted_at_ != 0 && now - wanted_at_ < pull_->demand;
}

// The ring outlives its zone where a reload lays that out anew: a leaving
// worker, which leads the old one, has nothing to pull where others do.
bool Pull::is_others(Ticks now) const
{
    return worker_leaving() && now < pull_->ring->beaten() + kQuietMs;
}

void Pull::turn(Ticks now)
{
    bool wanted = is_wanted(now);
    if (running_) {
        if (!wanted) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "onair pull of \"%V\": nobody listens, the source "
                          "is left",
                          &conf_->location);
            asked_ = false;
            stop();
        } else if (live_ != nullptr && now - titled_at_ >= kTitleMs) {
            tell_title();
        }
        return;
    }
    if (wanted && schedule_.due(now) && !is_others(now)) {
        if (!pull_->always && !asked_) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "onair pull of \"%V\": somebody listens, the source "
                          "is asked",
                          &conf_->location);
        }
        asked_ = true;
        start(now);
    }
}

void Pull::start(Ticks now)
{
    running_ = true;
    stopped_ = false;
    heard_ = false;
    fenced_ = false;
    head_.reset();
    metaint_ = bitrate_ = 0;
    type_ = name_ = genre_ = url_ = {0, nullptr};
    heard_at_ = pull_->ring->beaten();
    entry_->last_started.store(now, std::memory_order_relaxed);
    silence_.start(conf_->timeout);
    start_poll_request(conf_, this, true, &request_);
}

void Pull::stop()
{
    if (request_ != nullptr) {
        stopped_ = true;
        abort_poll_request(request_, Fault::kIncomplete);
    }
}

void Pull::on_silence(void* self) noexcept
{
    auto* pull = static_cast<Pull*>(self);
    if (pull->request_ != nullptr) {
        abort_poll_request(pull->request_, Fault::kTimeout);
    }
}

// What kind it is, and whether it goes on with what is there.
bool Pull::begin(ConstBytes first)
{
    sound::Info info = info_of(first);
    void* at = ngx_alloc(sizeof(Live), ngx_cycle->log);
    if (at == nullptr) {
        return false;
    }
    // SAFETY: fresh memory; destroyed by end().
    live_ = new (at) Live(*pull_->ring, info.kind, metaint_);
    live_->writer.take_over();
    bool past = heard_at_ == 0 || ticks() - heard_at_ > kPastMs;
    if (past) {
        live_->writer.forget_past();
    }
    live_->writer.tell(info);
    live_->cue = live_->writer.cue();
    pull_->ring->figure(sound::Figure::kPulls).fetch_add(1);
    if (!past) {
        live_->tail = live_->writer.tail(live_->tail_room);
    }
    if (live_->tail.size() >= sound::kLeastTail) {
        live_->held = static_cast<uint8_t*>(ngx_alloc(kHold, ngx_cycle->log));
    }
    if (live_->held == nullptr) {
        return go_on(SIZE_MAX);
    }
    live_->held_since = ticks();
    return true;
}

void Pull::note_heard(Ticks now)
{
    silence_.start(conf_->timeout);
    entry_->last_good.store(now, std::memory_order_relaxed);
    entry_->last_fault.store(0, std::memory_order_relaxed);
    if (heard_) {
        return;
    }
    heard_ = true;
    schedule_.succeeded(now, kReconnect, false, random_number());
    entry_->successes.fetch_add(1, std::memory_order_relaxed);
    told_ = lines_.take(now, 0);
    if (told_) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "onair pull of \"%V\" is connected", &conf_->location);
    }
}

bool Pull::on_bytes(ConstBytes bytes) noexcept
{
    using State = sound::IcyHead::State;
    if (live_ == nullptr) {
        if (!take_head(bytes)) {
            return false;
        }
        bool decided =
            head_.state() == State::kWhole || head_.state() == State::kNone;
        if (!decided) {
            return true;
        }
        ConstBytes held =
            head_.state() == State::kNone ? head_.held() : ConstBytes();
        note_heard(ticks());
        // What the first bytes say is asked where the head says nothing.
        if (!begin(held.empty() ? bytes : joined(held, bytes)) || !take(held)) {
            return false;
        }
    }
    note_heard(ticks());
    return take(bytes);
}

bool Pull::take(ConstBytes bytes)
{
    heed_publishers();
    for (;;) {
        sound::IcyPart part = live_->icy.next(bytes);
        if (part.what == sound::IcyPart::What::kNone) {
            break;
        }
        if (part.what == sound::IcyPart::What::kBlock) {
            say(part.words);
        } else if (!take_sound(part.sound)) {
            return false;
        }
    }
    if (live_->held != nullptr) {
        return look_for_joint(false);
    }
    note_titles();
    pull_->ring->beat(ticks());
    if (!flush_.started() && live_->intake.holds()) {
        flush_.start(kFlushMs);
    }
    return true;
}

bool Pull::take_sound(ConstBytes sound)
{
    return live_->held != nullptr ? hold(sound)
                                  : judge(live_->intake.take(sound));
}

bool Pull::hold(ConstBytes sound)
{
    size_t part = ngx_min(sound.size(), kHold - live_->held_size);
    copy_bytes(live_->held + live_->held_size, sound.data(), part);
    live_->held_size += part;
    if (part == sound.size()) {
        return true;
    }
    // More than any source's burst.
    return look_for_joint(true) && take_sound(sound.subspan(part));
}

bool Pull::look_for_joint(bool last)
{
    auto joint =
        sound::find_joint(live_->tail, {live_->held, live_->held_size});
    if (joint) {
        return go_on(*joint);
    }
    if (last || ticks() - live_->held_since >= kJointMs) {
        return go_on(SIZE_MAX);
    }
    flush_.start(kFlushMs);
    return true;
}

// The bytes of the burst that the ring has; SIZE_MAX: nobody knows.
bool Pull::go_on(size_t joint)
{
    using Joins = sound::RingWriter::Joins;
    bool seamless = joint != SIZE_MAX;
    bool webm = live_->intake.kind() == sound::Kind::kWebm;
    live_->writer.join(seamless ? Joins::kSeamless
                       : webm   ? Joins::kBreaks
                                : Joins::kGoesOn);
    if (seamless) {
        live_->intake.pass_over(joint);
        pull_->ring->figure(sound::Figure::kJoined).fetch_add(1);
    }
    uint8_t* held = live_->held;
    live_->held = nullptr;
    if (held == nullptr) {
        return true;
    }
    ConstBytes all(held, live_->held_size);
    size_t first = live_->titled ? live_->title_at : all.size();
    bool good = judge(live_->intake.take(all.first(first)));
    if (good && live_->titled) {
        live_->intake.say({{}, {live_->title, live_->title_size}});
        good = judge(live_->intake.take(all.subspan(first)));
    }
    ngx_free(held);
    if (good) {
        pull_->ring->beat(ticks());
        note_titles();
    }
    return good;
}

void Pull::say(const sound::IcyWords& words)
{
    if (live_->held == nullptr) {
        live_->intake.say({{}, words.title});
        return;
    }
    live_->titled = true;
    live_->title_at = live_->held_size;
    live_->title_size = words.title.size();
    copy_bytes(live_->title, words.title.data(), words.title.size());
}

void Pull::note_titles()
{
    if (live_->writer.cue() == live_->cue) {
        return;
    }
    live_->cue = live_->writer.cue();
    pull_->ring->figure(sound::Figure::kTitles).fetch_add(1);
    entry_->changes.fetch_add(1, std::memory_order_relaxed);
    tell_title();
}

// A title that a publisher pushes is that of the sound that comes now.
void Pull::heed_publishers()
{
    slot::Zone* zone = pull_->zone->shared;
    Result<size_t> index = zone->find(view(pull_->station));
    if (!index) {
        return;
    }
    uint64_t version = zone->slot(*index).version();
    if (version == live_->version) {
        return;
    }
    Result<slot::PushedTrack> pushed = slot::read_pushed_track(
        zone->slot(*index),
        scratch().write.first(zone->record_capacity() + slot::kScratchRoom));
    if (!pushed) {
        return;  // it is being written: with the next bytes
    }
    live_->version = version;
    if (!pushed->believed) {
        live_->intake.heed_source();
        return;
    }
    const Track& now = pushed->now;
    live_->intake.overrule(now.title.empty()
                               ? sound::Words{{}, now.text}
                               : sound::Words{now.artist, now.title});
}

// What is on, as the stream, which is a source of the station, says it.
void Pull::tell_title()
{
    titled_at_ = ticks();
    const sound::Words* said = live_->intake.said();
    slot::Zone* zone = pull_->zone->shared;
    Result<size_t> index = zone->find_or_add(view(pull_->station), author());
    if (said == nullptr || !index) {
        return;
    }
    Report report;
    report.on_air = true;
    report.now.artist = said->artist;
    report.now.title = said->title;
    if (pull_->counts) {
        report.listeners.current = pull_->ring->listeners();
    }
    uint8_t memory[4 * sound::kMostCue];
    Arena arena(memory);
    source::finish(report.now, source::Repair(), arena);
    slot::Source source;
    source.key = conf_->key;
    source.priority = static_cast<uint8_t>(2 * conf_->priority + 1);
    source.partial = true;
    // A slot that another worker writes just now takes it with the next look.
    Result<slot::Told> told = zone->slot(*index).report(
        report, source, audience_of(pull_->zone, *index), now(), author(),
        scratch().write);
    if (told.ok() && *told == slot::Told::kChange) {
        tell_everybody();
    }
}

// False: another worker has taken over.
bool Pull::judge(Outcome done)
{
    fenced_ = fenced_ || !done.ok();
    return done.ok();
}

void Pull::on_flush(void* self) noexcept
{
    auto* pull = static_cast<Pull*>(self);
    if (pull->live_ == nullptr) {
        return;
    }
    bool good = pull->live_->held != nullptr
                    ? pull->look_for_joint(false)
                    : pull->judge(pull->live_->intake.flush());
    if (!good && pull->request_ != nullptr) {
        abort_poll_request(pull->request_, Fault::kFenced);
        return;
    }
    if (pull->live_->held == nullptr) {
        pull->note_titles();
    }
}

void Pull::end()
{
    silence_.stop();
    flush_.stop();
    if (live_ != nullptr) {
        // What was held of a frame is whole once the source goes on.
        live_->~Live();
        ngx_free(live_);
        live_ = nullptr;
    }
}

void Pull::on_done(Outcome outcome, ngx_uint_t status) noexcept
{
    if (live_ != nullptr && live_->held == nullptr && !fenced_) {
        judge(live_->intake.flush());
    }
    end();
    running_ = false;
    if (stopped_) {
        heard_ = false;
        schedule_.start(ticks());
        return;  // we ended it ourselves: no fault of the source
    }
    // It has no good end: an orderly one is an incomplete answer too.
    Fault fault = fenced_        ? Fault::kFenced
                  : outcome.ok() ? Fault::kIncomplete
                                 : outcome.fault();
    auto by = static_cast<size_t>(fault);
    entry_->failures.fetch_add(1, std::memory_order_relaxed);
    entry_->failures_by[by].fetch_add(1, std::memory_order_relaxed);
    entry_->last_fault.store(static_cast<uint32_t>(by) + 1,
                             std::memory_order_relaxed);
    schedule_.failed(ticks(), kReconnect, random_number());
    tell_end(fault, status);
    heard_ = false;
    said_ = fault;
    look_at_polls();
}

void Pull::tell_end(Fault fault, ngx_uint_t status)
{
    if (fault == Fault::kFenced) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "onair pull of \"%V\" is another worker's now",
                      &conf_->location);
        return;
    }
    bool news = heard_ ? told_ || lines_.take(ticks(), 0)
                       : schedule_.failures() == 1 || fault != said_;
    if (news) {
        ngx_log_error(log_level(fault), ngx_cycle->log, 0,
                      "onair pull of \"%V\" ended: %s (status %ui), listeners "
                      "wait for the source",
                      &conf_->location, sentence(fault), status);
    }
}

}  // namespace onair::ngx
