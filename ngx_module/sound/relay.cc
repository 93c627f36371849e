#include "ngx_module/sound/relay.h"

#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/worker.h"
#include "sound/found.h"
#include "sound/icy.h"
#include "sound/page_text.h"

namespace onair::ngx {

namespace {

constexpr Ticks kLiveMs = 10000;
// What was sent is looked at again as far as this goes back.
constexpr uint64_t kLookedAt = uint64_t{256} * 1024;
Relay** g_relays;
size_t g_count;

}  // namespace

// --- listeners ---

void Listener::join_relay()
{
    if (place_ == nullptr) {
        relay_->join(this);
    }
}

void Listener::leave_relay()
{
    if (place_ == nullptr) {
        return;
    }
    *place_ = next_;
    if (next_ != nullptr) {
        next_->place_ = place_;
    }
    place_ = nullptr;
    relay_->count_--;
    relay_->ring().count(worker_index(), listening_, -1);
}

void Relay::join(Listener* listener)
{
    Listener** list = &parts_[next_part_];
    next_part_ = (next_part_ + 1) % kParts;
    listener->next_ = *list;
    listener->place_ = list;
    if (*list != nullptr) {
        (*list)->place_ = &listener->next_;
    }
    *list = listener;
    count_++;
    ring().count(worker_index(), listener->listening_, 1);
    arm();
}

void Relay::arm()
{
    if (!tick_.started() && count_ > 0) {
        // A leaving worker stays for those who listen.
        tick_.start(kPartMs, true);
    }
}

void Relay::on_tick(void* self) noexcept
{
    static_cast<Relay*>(self)->turn();
}

void Relay::turn()
{
    if (count_ == 0) {
        return;
    }
    arm();
    Listener* listener = parts_[part_];
    part_ = (part_ + 1) % kParts;
    if (listener == nullptr) {
        return;
    }
    reader_.look();
    while (listener != nullptr) {
        Listener* next = listener->next_;
        if (++listener->lap_ >= listener->laps_) {
            listener->lap_ = 0;
            listener->hear();
        }
        listener = next;
    }
    if (sent_from_ < sent_to_ && !reader_.intact(sent_from_, sent_to_)) {
        ring().figure(sound::Figure::kSpoiled).fetch_add(1);
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "onair: sound of \"%V\" was written over while it was "
                      "sent",
                      &conf_->station);
    }
    sent_from_ = UINT64_MAX;
    sent_to_ = 0;
}

void Relay::note_sent(uint64_t from, size_t size)
{
    uint64_t end = reader_.end();
    if (size == 0 || end - from > kLookedAt) {
        return;
    }
    sent_from_ = ngx_min(sent_from_, from);
    sent_to_ = ngx_max(sent_to_, from + size);
}

bool Relay::is_live() const
{
    Ticks beaten = ring().beaten();
    return beaten != 0 && ticks() - beaten < kLiveMs;
}

FramePtr Relay::wrapped(Wrap wrap, uint64_t position, ConstBytes bytes)
{
    for (const Kept& kept : kept_) {
        if (kept.frame && kept.position == position &&
            kept.size == bytes.size() && kept.wrap == wrap) {
            return kept.frame;
        }
    }
    FramePtr frame = wrap_sound(wrap, bytes, position + bytes.size());
    // A copy is looked at once, and stays what it is.
    if (!frame || !reader_.intact(position, position + bytes.size())) {
        return {};
    }
    kept_[next_kept_] = {frame, position, bytes.size(), wrap};
    next_kept_ = (next_kept_ + 1) % kKept;
    return frame;
}

FramePtr Relay::icy_block(uint32_t cue)
{
    if (block_ && block_cue_ == cue) {
        return block_;
    }
    char room[sound::kMostCue];
    Result<sound::Cue> said = ring().cue(cue, room);
    char text[sound::kMostCue + 8];
    Writer title(text);
    if (said) {
        sound::write_line(title, *said);
    }
    uint8_t bytes[sound::kMostIcyBlock];
    size_t size = sound::write_icy(title.view(), bytes);
    FramePtr block = wrap_sound(Wrap::kNone, {bytes, size}, 0);
    if (said || cue == 0) {
        block_ = block;
        block_cue_ = cue;
    }
    return block;
}

FramePtr Relay::words(uint32_t cue, Wrap wrap)
{
    if (words_ && words_cue_ == cue && words_wrap_ == wrap) {
        return words_;
    }
    char room[sound::kMostCue];
    Result<sound::Cue> said = ring().cue(cue, room);
    if (!said) {
        return {};
    }
    char text[sound::kMostPageText];
    Writer out(text);
    sound::write_words(out, *said);
    words_ = wrap_words(wrap, "title", out.view());
    words_cue_ = cue;
    words_wrap_ = wrap;
    return words_;
}

FramePtr Relay::head(uint32_t generation, Wrap wrap)
{
    static uint8_t pages[sound::kMaxSoundHead];
    Result<ConstBytes> head = ring().head(generation, pages);
    return head ? wrap_sound(wrap, *head, 0) : FramePtr();
}

uint32_t Relay::note_moves(sound::Cursor* cursor)
{
    uint32_t moves = cursor->take_moves();
    if (moves > 0) {
        ring().figure(sound::Figure::kMoved).fetch_add(moves);
    }
    return moves;
}

void Relay::count_all() const
{
    for (const Listener* listener : parts_) {
        for (; listener != nullptr; listener = listener->next_) {
            ring().count(slot::kMaxWorkers, listener->listening_, -1);
            ring().count(worker_index(), listener->listening_, 1);
        }
    }
}

Relay* Relay::of(const PullConf* conf)
{
    Relay*& relay = g_relays[conf->index];
    if (relay == nullptr) {
        void* at = ngx_alloc(sizeof(Relay), ngx_cycle->log);
        // SAFETY: fresh memory; destroyed by stop_relays().
        relay = at == nullptr ? nullptr : new (at) Relay(conf);
    }
    if (relay != nullptr) {
        relay->look();
    }
    return relay;
}

ngx_int_t start_relays(ngx_cycle_t* cycle)
{
    g_count = main_conf(cycle)->pulls.nelts;
    g_relays = static_cast<Relay**>(
        ngx_pcalloc(cycle->pool, (g_count + 1) * sizeof(Relay*)));
    return g_relays == nullptr ? NGX_ERROR : NGX_OK;
}

void count_listeners()
{
    for (size_t i = 0; i < g_count; i++) {
        if (g_relays[i] != nullptr) {
            g_relays[i]->count_all();
        }
    }
}

void stop_relays()
{
    for (size_t i = 0; i < g_count; i++) {
        if (g_relays[i] != nullptr) {
            g_relays[i]->~Relay();
            ngx_free(g_relays[i]);
            g_relays[i] = nullptr;
        }
    }
}

}  // namespace onair::ngx
