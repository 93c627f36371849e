// What the engine says, and what becomes of it in the zone: the part of
// engine.h about that.
#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/engine/engine.h"
#include "ngx_module/engine/shared_room.h"
#include "room/command.h"

namespace onair::ngx {

using engine::Heard;
using engine::Link;

namespace {

// A room whose key is another's at the engine is tried again so much later.
constexpr Ticks kRefusedMs = 5000;
constexpr size_t kMostSaidOfError = 200;

// An old engine, or a proxy before one.
bool knows_no_hello(std::string_view why)
{
    return why.starts_with("NOPROTO") || why.starts_with("ERR unknown command");
}

const char* said(std::string_view why, std::span<char> text)
{
    Writer out(text.first(text.size() - 1));
    out.put("it says \"");
    for (char c : why.substr(0, kMostSaidOfError)) {
        out.put(c >= 0x20 && c < 0x7f ? c : '?');
    }
    out.put('"');
    text[out.size()] = '\0';
    return text.data();
}

uint64_t now_us()
{
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1000000 +
           static_cast<uint64_t>(time.tv_nsec) / 1000;
}

}  // namespace

void Engine::on_item(Wire* wire, const engine::Item& item) noexcept
{
    if (wire == &ear_) {
        hear_ear(item);
        return;
    }
    heard_at_ = ticks();
    Result<engine::Event> event = listener_.hear(item);
    if (!event.ok()) {
        fail("it answered in a way that was not asked for");
        return;
    }
    hear(*event);
}

void Engine::on_read(Wire*) noexcept
{
    if (!holds()) {
        return;
    }
    working_ = true;
    read_wanted();
    stations_.turn(ticks(), ready_);
    tell_touched();
    working_ = false;
}

void Engine::hear(const engine::Event& event)
{
    SharedRoom* room = nullptr;
    switch (event.heard) {
        case Heard::kPublished:
            published(event);
            return;
        case Heard::kSubscribed:
            subscribed(event);
            return;
        case Heard::kHead:
        case Heard::kEntry:
            if (asked_ != nullptr && asked_->what == Ask::kList) {
                hear_list(event);
                break;
            }
            if (asked_ == nullptr || asked_->what != Ask::kRead) {
                fail("it answered in a way that was not asked for");
                return;
            }
            room = asked_->room;
            if (room == nullptr) {
                break;
            }
            if (event.heard == Heard::kHead) {
                room->link.on_head(event.epoch, event.seq, event.anew);
                room->modes = event.modes;
                break;
            }
            switch (room->link.on_entry(event.seq)) {
                case Link::Take::kShow:
                    take(room, event.seq, event.text);
                    break;
                case Link::Take::kRemember:
                    gather(room, event.seq, event.text);
                    break;
                default:
                    break;
            }
            break;
        default:
            break;
    }
    if (event.whole) {
        answered(event);
    }
}

void Engine::hear_list(const engine::Event& event)
{
    if (!holds()) {
        return;
    }
    if (event.heard == Heard::kHead) {
        stations_.on_head(event);
    } else {
        stations_.on_entry(event);
    }
}

// A reply is whole: of the command that was asked first.
void Engine::answered(const engine::Event& event)
{
    Asked* first = asked_;
    if (first == nullptr) {
        fail("it answered what was not asked");
        return;
    }
    Asked asked = *first;
    asked_ = first->next;
    if (asked_ == nullptr) {
        asked_end_ = &asked_;
    }
    ngx_free(first);
    figures().round_trip_us.store(now_us() - asked.at_us, room::kRelaxed);
    if (asked.what == Ask::kRead) {
        reading_ -= reading_ > 0 ? 1 : 0;
    }
    if (event.heard == Heard::kRefused) {
        refused(asked, event.text);
        return;
    }
    switch (asked.what) {
        case Ask::kLoad:
            ready();
            return;
        case Ask::kSay:
            proved_ = true;
            return;
        case Ask::kPut:
            proved_ = true;
            stations_.on_put(event.number);
            return;
        case Ask::kList:
            stations_.on_list_end();
            return;
        case Ask::kPeople:
            if (asked.room != nullptr) {
                hear_people(asked.room, event.number);
            }
            return;
        case Ask::kRead:
            if (asked.room != nullptr) {
                read_ends(asked.room);
            }
            read_wanted();
            return;
        default:
            return;
    }
}

void Engine::refused(const Asked& asked, std::string_view why)
{
    if (asked.what == Ask::kHello && !two_ && knows_no_hello(why)) {
        speak_by_two();
        return;
    }
    char text[kMostSaidOfError + 16];
    if (asked.what == Ask::kPeople) {
        // A count of people is worth no connection.
        if (!said_people_) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "onair zone \"%V\": the engine does not count "
                          "people, %s",
                          &zone_->name, said(why, text));
        }
        said_people_ = true;
        return;
    }
    if (why.starts_with("WRONGTYPE") &&
        (asked.what == Ask::kPut || asked.what == Ask::kList)) {
        stations_.on_refused(ticks());
        return;
    }
    if (why.starts_with("WRONGTYPE") && asked.room != nullptr) {
        ngx_str_t key = str(asked.room->table);
        if (asked.room->refused_until == 0) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "onair zone \"%V\": the engine has something else at "
                          "\"%V\", the room stays that of this machine",
                          &zone_->name, &key);
        }
        asked.room->refused_until = ticks() + kRefusedMs;
        alone(asked.room);
        return;
    }
    fail(said(why, text));
}

void Engine::published(const engine::Event& event)
{
    if (event.channel == stations_.channel()) {
        if (holds()) {
            stations_.published(event.text);
        }
        return;
    }
    SharedRoom* room = by_channel(event.channel);
    if (room == nullptr) {
        return;
    }
    if (event.text.starts_with("count ")) {
        hear_count(room, event.text.substr(6));
        return;
    }
    Result<engine::Published> it = engine::read_published(event.text);
    if (!it.ok()) {
        return;
    }
    switch (room->link.on_published(it->epoch, it->seq)) {
        case Link::Take::kShow:
            take(room, it->seq, it->payload);
            return;
        case Link::Take::kRead:
            room->link.asked();
            want(room);
            return;
        default:
            return;
    }
}

// False: it is none that can be shown.
bool Engine::unpack(SharedRoom* room, std::string_view payload,
                    engine::Entry* entry)
{
    Result<engine::Entry> read = engine::unpack_entry(bytes_of(payload));
    bool sound = false;
    if (read.ok()) {
        size_t size = room::command_memory(read->message.said.size());
        auto* memory = static_cast<uint8_t*>(ngx_alloc(size, ngx_cycle->log));
        sound = memory != nullptr &&
                engine::is_sound(read->message, {memory, size});
        ngx_free(memory);
        *entry = *read;
    }
    if (!sound) {
        ngx_str_t channel = str(room->channel);
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "onair zone \"%V\": something came over \"%V\" that no "
                      "onair sends",
                      &zone_->name, &channel);
        return false;
    }
    room::Message& m = entry->message;
    m.epoch = room->link.epoch();
    if (entry->origin.machine != head_.machine.load(room::kRelaxed)) {
        // Connections and refs are numbers of that machine's own.
        bool tells =
            m.kind == room::Kind::kModes || m.kind == room::Kind::kClose;
        m.sender = 0;
        m.ref = tells ? m.ref : 0;
    }
    return true;
}

void Engine::take(SharedRoom* room, uint64_t seq, std::string_view payload)
{
    engine::Entry entry;
    if (!holds()) {
        return;
    }
    if (!unpack(room, payload, &entry)) {
        room::raise(room->room.head().seq, seq);
        return;
    }
    entry.message.seq = seq;
    bool own = entry.origin.machine == head_.machine.load(room::kRelaxed);
    room::take_in(floor(room), &entry.message, !own);
    room->touched = true;
    if (own) {
        settle_origin(entry.origin);
    }
    figures().came.fetch_add(1, room::kRelaxed);
}

// Newest first, as they come.
void Engine::gather(SharedRoom* room, uint64_t seq, std::string_view payload)
{
    void* at = ngx_alloc(sizeof(Gathered) + payload.size(), ngx_cycle->log);
    if (at == nullptr) {
        return;
    }
    // SAFETY: fresh memory for the object and the bytes behind it.
    auto* one = new (at) Gathered();
    one->seq = seq;
    one->size = payload.size();
    copy_bytes(one + 1, payload.data(), payload.size());
    one->next = room->gathered;
    room->gathered = one;
}

void Engine::drop_gathered(SharedRoom* room)
{
    while (room->gathered != nullptr) {
        Gathered* next = room->gathered->next;
        ngx_free(room->gathered);
        room->gathered = next;
    }
}

void Engine::turn_room(SharedRoom* room)
{
    const Gathered* first = room->gathered;
    uint64_t evicted = first != nullptr ? first->seq - 1 : room->link.seq();
    room->room.history().begin_anew(evicted);
    for (const Gathered* one = first; one != nullptr; one = one->next) {
        engine::Entry entry;
        // SAFETY: its bytes stand behind it.
        std::string_view payload(reinterpret_cast<const char*>(one + 1),
                                 one->size);
        if (one->seq <= room->link.seq() && unpack(room, payload, &entry)) {
            entry.message.seq = one->seq;
            bool own =
                entry.origin.machine == head_.machine.load(room::kRelaxed);
            room::remember(floor(room), &entry.message, !own);
            if (own) {
                settle_origin(entry.origin);
            }
        }
    }
    drop_gathered(room);
    room->room.set_modes(room::Modes::of(room->modes));
    room::go_all(floor(room), room->link.epoch(), room->link.seq());
    room->touched = true;
}

void Engine::read_ends(SharedRoom* room)
{
    if (!holds()) {
        return;
    }
    room->refused_until = 0;
    Link::End end = room->link.on_end();
    if (end == Link::End::kTurn) {
        turn_room(room);
    }
    if (end == Link::End::kMore || room->link.newest() > room->link.seq()) {
        room->link.asked();
        want(room);
        return;
    }
    send_waiting(room);
    tell_count(room, true, ticks());
}

}  // namespace onair::ngx
