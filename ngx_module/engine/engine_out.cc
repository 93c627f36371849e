// What members say here goes out to the engine, or is numbered here while that
// is away: the part of engine.h about that.
#include <new>

#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/engine/engine.h"
#include "ngx_module/engine/shared_room.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// More does not wait for an engine.
constexpr size_t kMostOutgoing = 16384;
constexpr size_t kMostBytes = size_t{32} * 1024 * 1024;

uint8_t g_record[room::kMaxPacked];
uint8_t g_entry[engine::kMaxEntry];

ConstBytes packed_of(const Outgoing* out)
{
    // SAFETY: its packed bytes stand behind it.
    return {reinterpret_cast<const uint8_t*>(out + 1), out->size};
}

}  // namespace

void Engine::read_ring(size_t place)
{
    room::Ring ring = rooms_.ring(place);
    for (;;) {
        room::Mark begin = marks_[place];
        Result<room::Ring::Got> got = ring.read(&marks_[place], g_record);
        if (!got.ok()) {
            break;
        }
        if (got->lost > 0) {
            ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                          "onair zone \"%V\": %uL records of a worker's ring "
                          "were overwritten before they went to the engine: "
                          "\"ring\" is too small",
                          &zone_->name, got->lost);
        }
        Result<room::Message> message = room::unpack(got->record);
        if (message.ok() && room::is_on_its_way(rooms_, *message)) {
            take_out(place, *message, got->record, begin, marks_[place].at);
        }
    }
    keep_mark(place);
}

void Engine::read_rings()
{
    size_t places = rooms_.shared() ? rooms_.plan().places : 0;
    for (size_t place = 0; place < places; place++) {
        read_ring(place);
    }
    for (SharedRoom* room = first_room_; room != nullptr; room = room->next) {
        if (room->waiting == 0) {
            continue;
        }
        bool coming =
            room->wanted || room->link.step() == engine::Link::Step::kReading;
        if (room->link.step() == engine::Link::Step::kLive) {
            send_waiting(room);
        } else if (room->room.reach() == room::Reach::kLocal && !coming) {
            alone(room);
        }
    }
}

void Engine::take_out(size_t place, const room::Message& message,
                      ConstBytes packed, const room::Mark& begin,
                      uint64_t number)
{
    room::RoomKey key = {message.room, message.life};
    if (key.index >= rooms_.capacity()) {
        return;
    }
    SharedRoom* room = find(key);
    Result<room::Room> open = rooms_.of(key);
    if (room == nullptr && open.ok() && by_index_[key.index] == nullptr) {
        room = add(*open);
    }
    void* at = room != nullptr
                   ? ngx_alloc(sizeof(Outgoing) + packed.size(), ngx_cycle->log)
                   : nullptr;
    if (at == nullptr) {
        return;  // the room is not there any more, or there is no memory
    }
    // SAFETY: fresh memory for the object and the bytes behind it.
    auto* out = new (at) Outgoing();
    out->room = room;
    out->place = static_cast<uint32_t>(place);
    out->begin = begin;
    out->number = number;
    out->since = ticks();
    out->size = packed.size();
    copy_bytes(out + 1, packed.data(), packed.size());
    *out_end_ = out;
    out_end_ = &out->next;
    out_count_++;
    out_bytes_ += out->size;
    out_of_place_[place]++;
    room->waiting++;
}

void Engine::keep_mark(size_t place)
{
    room::Mark mark = marks_[place];
    for (Outgoing* out = out_of_place_[place] > 0 ? out_ : nullptr;
         out != nullptr; out = out->next) {
        if (out->place == place) {
            mark = out->begin;
            break;
        }
    }
    head_.handled[place].store(mark.word(), room::kRelease);
}

// Takes one out of the list; `at` is where it hangs.
void Engine::settle(Outgoing** at)
{
    Outgoing* out = *at;
    *at = out->next;
    if (out->next == nullptr) {
        out_end_ = at;
    }
    size_t place = out->place;
    out_count_--;
    out_bytes_ -= out->size;
    out_of_place_[place]--;
    out->room->waiting--;
    ngx_free(out);
    keep_mark(place);
}

void Engine::settle_origin(const engine::Origin& origin)
{
    for (Outgoing** at = &out_; *at != nullptr; at = &(*at)->next) {
        if ((*at)->place == origin.place && (*at)->number == origin.number) {
            settle(at);
            return;
        }
    }
}

void Engine::send_waiting(SharedRoom* room)
{
    size_t left = room->waiting;
    for (Outgoing* out = out_; out != nullptr && left > 0; out = out->next) {
        if (out->room == room) {
            left--;
            if (!out->sent) {
                say(out);
            }
        }
    }
}

void Engine::say(Outgoing* out)
{
    Result<room::Message> message = room::unpack(packed_of(out));
    if (!message.ok()) {
        return;
    }
    engine::Origin origin = {head_.machine.load(room::kRelaxed), out->place,
                             out->number};
    std::string_view payload =
        text_of(engine::pack_entry(origin, *message, g_entry));
    char field[engine::kMaxField];
    char number[24];
    char epoch[16];
    char modes[24];
    char length[24];
    Writer number_text(number);
    encoder::write_unsigned(number_text, out->number);
    Writer epoch_text(epoch);
    encoder::write_hex(epoch_text, random_number() | 1, 8);
    Writer modes_text(modes);
    if (message->kind == room::Kind::kModes) {
        encoder::write_unsigned(modes_text, message->ref);
    }
    Writer length_text(length);
    encoder::write_unsigned(length_text, kStreamLength);
    // SAFETY: hexadecimal digits.
    std::string_view digest(reinterpret_cast<const char*>(conf_->digest), 40);
    std::string_view words[] = {"EVALSHA",
                                digest,
                                "3",
                                out->room->table,
                                out->room->stream,
                                out->room->channel,
                                "say",
                                engine::write_field(origin, field),
                                number_text.view(),
                                epoch_text.view(),
                                length_text.view(),
                                modes_text.view(),
                                payload};
    out->sent = true;
    ask(Ask::kSay, out->room, words);
    figures().sent.fetch_add(1, room::kRelaxed);
}

// The room goes on among the members of this machine.
void Engine::alone(SharedRoom* room)
{
    room::go_local(floor(room));
    room->link.lost();
    room->link.forget();
    room->touched = true;
    for (Outgoing** at = &out_; *at != nullptr && room->waiting > 0;) {
        Outgoing* out = *at;
        if (out->room != room) {
            at = &out->next;
            continue;
        }
        Result<room::Message> message = room::unpack(packed_of(out));
        if (message.ok()) {
            room::number_here(floor(room), &*message);
        }
        settle(at);
    }
}

void Engine::alone_where_due(Ticks now)
{
    bool away = engine::is_away(down_since_, now) ||
                engine::is_away(oldest_asked(), now) ||
                out_count_ > kMostOutgoing || out_bytes_ > kMostBytes;
    for (SharedRoom* room = first_room_; room != nullptr; room = room->next) {
        bool is_all = room->room.reach() == room::Reach::kAll;
        if (away && (is_all || room->waiting > 0)) {
            alone(room);
        }
    }
    for (Outgoing* out = away ? nullptr : out_; out != nullptr;) {
        if (!engine::is_away(out->since, now)) {
            out = out->next;
            continue;
        }
        alone(out->room);
        out = out_;
    }
    figures().behind.store(out_count_, room::kRelaxed);
}

}  // namespace onair::ngx
