#include "ngx_module/fanout/topic.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/fanout/fanout.h"
#include "ngx_module/fanout/recipient.h"
#include "ngx_module/zone/rings.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// A greeting younger than this is shared by those who join.
constexpr ngx_msec_t kGreetingMs = 250;

}  // namespace

void Link::leave()
{
    if (listing == nullptr) {
        return;
    }
    if (listing->cursor_ == this) {
        listing->cursor_ = next;
    }
    next->prev = prev;
    prev->next = next;
    listing->count_--;
    listing = nullptr;
    next = prev = nullptr;
}

Listing::~Listing()
{
    while (head_.next != &head_) {
        head_.next->leave();
    }
    head_.listing = nullptr;
}

void Listing::join(Link* link, Recipient* recipient)
{
    link->recipient = recipient;
    link->listing = this;
    link->prev = head_.prev;
    link->next = &head_;
    head_.prev->next = link;
    head_.prev = link;
    count_++;
    if (left_ > 0) {
        left_++;  // not at the cost of who waits for the lap to come round
    }
}

void Listing::step_back(Link* link)
{
    cursor_ = link;
    left_++;
}

Topic::Topic(const TopicKey& key) : key_(key), release_(on_release_due, this)
{
    size_t size = ngx_min(key.name.size(), sizeof(name_));
    ngx_memcpy(name_, key.name.data(), size);
    key_.name = {name_, size};
}

Topic::~Topic() = default;

bool Topic::visit(size_t* budget)
{
    for (size_t left = *budget; left > 0; left--) {
        Link* link = step();
        if (link == nullptr) {
            *budget = left;
            return true;
        }
        if (link->sent != seq_) {
            fetch_ahead();
            if (link->recipient->deliver(this)) {
                link->sent = seq_;
            }
        }
    }
    *budget = 0;
    return false;
}

encoder::EventId Topic::event_id() const
{
    return {key_.zone->shared->epoch(), seq_};
}

bool Topic::read(Arena& arena, slot::State* out)
{
    if (!known()) {
        *out = slot::State();
        out->station = key_.name;
        return true;
    }
    slot::Slot slot = key_.zone->shared->slot(slot_);
    Result<slot::State> state = slot.read(scratch().record, arena);
    if (!state.ok()) {
        return false;
    }
    *out = *state;
    return true;
}

// How far those who listen to its relay are behind; 0: it has none.
ngx_msec_t Topic::lag_of_sound() const
{
    const MainConf* main = main_conf(const_cast<ngx_cycle_t*>(ngx_cycle));
    bool relayed = find_pull(main, key_.zone, key_.name) != nullptr;
    return relayed ? key_.zone->sound_lag : 0;
}

uint32_t Topic::delay_of(const slot::State& state) const
{
    uint64_t delay = uint64_t{key_.delay_ms} + state.delay_ms;
    ngx_msec_t lag = key_.delay_burst > 0 ? lag_of_sound() : 0;
    if (lag > 0) {
        delay += lag;
    } else if (key_.delay_burst > 0 && state.stream.bitrate > 0) {
        // bytes * 8 bits / (kbit/s) = milliseconds
        delay +=
            key_.delay_burst * 8 / static_cast<uint64_t>(state.stream.bitrate);
    }
    return static_cast<uint32_t>(ngx_min(delay, uint64_t{3600000}));
}

FramePtr Topic::body_of(const slot::State& state, bool gap)
{
    encoder::View view;
    view.form = key_.form;
    view.epoch = key_.zone->shared->epoch();
    view.clock = now().unix_ms;
    view.delay_ms = delay_of(state);
    view.gap = gap;
    Result<std::string_view> message =
        encoder::encode(state, view, scratch().text);
    if (!message.ok()) {
        return {};
    }
    return wrapped(*message, Encoding::kBody);
}

bool Topic::look()
{
    uint64_t newest = known() ? key_.zone->shared->slot(slot_).seq() : 0;
    if (body_ && newest == newest_ && !release_.started()) {
        return false;
    }
    Arena arena(scratch().arena);
    slot::State state;
    if (!read(arena, &state)) {
        return false;  // the tick looks again
    }

    uint64_t seq = state.at.seq;
    uint32_t delay = delay_of(state);
    release_.stop();
    if (delay > 0 && seq > 0) {
        UnixMs next = kNoTime;
        seq = slot::seq_delayed(state, delay, now().unix_ms, &next);
        if (next != kNoTime) {
            UnixMs wait = next - now().unix_ms;
            release_.start(static_cast<ngx_msec_t>(wait < 1 ? 1 : wait));
        }
    }
    newest_ = newest;
    // What was shown stays, also when the delay has grown since.
    if (body_ && seq <= seq_) {
        return false;
    }

    slot::State shown = state;
    if (seq != state.at.seq && !slot::state_at(state, seq, &shown)) {
        return false;
    }
    FramePtr body = body_as_of_now(&shown, false);
    if (!body) {
        newest_ = 0;
        return false;
    }
    seq_ = seq;
    status_ = shown.at.status;
    body_ = body;
    for (size_t i = 0; i < kEncodings; i++) {
        frames_[i].reset();
        greetings_[i].reset();
    }
    return true;
}

void Topic::on_release_due(void* self) noexcept
{
    auto* topic = static_cast<Topic*>(self);
    topic->newest_ = 0;
    if (topic->look()) {
        fan_out(topic);
    }
}

FramePtr Topic::wrap(Frame* body, Encoding encoding, uint64_t seq)
{
    if (encoding == Encoding::kBody) {
        body->retain();
        return FramePtr(body);
    }
    char room[encoder::kMaxEventId];
    std::string_view id;
    if (!encoder::traits_of(key_.form).is_push) {
        id = encoder::write_event_id({event_id().epoch, seq}, room);
    }
    return wrapped(text_of(body->bytes()), encoding, id);
}

// What could not be read when the topic was made is news to those who came
// meanwhile.
void Topic::read_if_never()
{
    if (!body_ && look()) {
        fan_out(this);
    }
}

const FramePtr& Topic::make_frame(Encoding encoding)
{
    read_if_never();
    FramePtr& frame = frames_[static_cast<size_t>(encoding)];
    if (!frame && body_) {
        frame = wrap(body_.get(), encoding, seq_);
    }
    return frame;
}

// The present change as it is told just now: with the present clock, and the
// number of those who listen here, which alone is no change.
FramePtr Topic::present_body()
{
    Arena arena(scratch().arena);
    slot::State state;
    slot::State shown;
    if (!read(arena, &state)) {
        return body_;
    }
    if (seq_ == state.at.seq) {
        shown = state;
    } else if (!slot::state_at(state, seq_, &shown)) {
        return body_;
    }
    return body_as_of_now(&shown, false);
}

FramePtr Topic::body_as_of_now(slot::State* state, bool gap)
{
    state->at.subscribers = known() ? audience_of(key_.zone, slot_)
                                    : static_cast<uint32_t>(count());
    return body_of(*state, gap);
}

FramePtr Topic::greeting(Encoding encoding)
{
    read_if_never();
    auto at = static_cast<size_t>(encoding);
    if (!body_ || !encoder::traits_of(key_.form).is_json) {
        return frame(encoding);
    }
    if (!greetings_[at] || ticks() - greeted_[at] > kGreetingMs) {
        FramePtr body = present_body();
        if (!body) {
            return {};
        }
        greetings_[at] = wrap(body.get(), encoding, seq_);
        greeted_[at] = ticks();
    }
    return greetings_[at];
}

bool Topic::replay(const slot::State& state, uint64_t from, Encoding encoding,
                   Missed* out)
{
    FramePtr parts[slot::kMaxMoments];
    size_t size = 0;
    size_t count = 0;
    for (uint64_t seq = from + 1; seq <= seq_; seq++) {
        slot::State past;
        if (count == slot::kMaxMoments || !slot::state_at(state, seq, &past)) {
            return false;
        }
        FramePtr body = body_of(past, false);
        parts[count] = body ? wrap(body.get(), encoding, seq) : FramePtr();
        if (!parts[count]) {
            return false;
        }
        size += parts[count]->size();
        count++;
    }
    FramePtr all(Frame::make(size));
    if (!all) {
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        ngx_memcpy(all->data() + at, parts[i]->data(), parts[i]->size());
        at += parts[i]->size();
    }
    out->frame = all;
    out->messages = count;
    return true;
}

Topic::Missed Topic::since(const encoder::EventId& since, bool bad,
                           Encoding encoding)
{
    read_if_never();
    Missed missed;
    missed.messages = 1;
    bool same_life = !bad && since.epoch == event_id().epoch;
    if (same_life && since.seq == seq_) {
        missed.frame = greeting(encoding);
        return missed;
    }

    Arena arena(scratch().arena);
    slot::State state;
    if (!read(arena, &state)) {
        missed.frame = greeting(encoding);
        missed.gap = true;
        return missed;
    }
    if (same_life && since.seq < seq_ && encoding != Encoding::kBody &&
        replay(state, since.seq, encoding, &missed)) {
        return missed;
    }
    // One document can hold the newest only: it is a gap when what was
    // missed could not have been said again.
    slot::State past;
    missed.gap = !same_life || since.seq > seq_ ||
                 !slot::state_at(state, since.seq + 1, &past);
    slot::State shown = state;
    if (seq_ != state.at.seq && !slot::state_at(state, seq_, &shown)) {
        shown = state;
    }
    FramePtr body = body_as_of_now(&shown, missed.gap);
    missed.frame = body ? wrap(body.get(), encoding, seq_) : FramePtr();
    return missed;
}

}  // namespace onair::ngx
