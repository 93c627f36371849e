// How many people there are at all machines, whatever their connections: each
// keeps the ids of its own at the engine, which counts those of all: the part
// of engine.h about that.
#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/engine/engine.h"
#include "ngx_module/engine/shared_room.h"

namespace onair::ngx {

namespace {

constexpr Ticks kEveryMs = 5000;
// Each looks at all members of the zone.
constexpr size_t kRoomsATick = 8;
constexpr size_t kIdsAtOnce = 256;
constexpr size_t kMostKeys = 2 + kMostMachines;
constexpr size_t kMostKey = engine::kMaxChannel + 24;

// The command, its keys and ids. There is one, as no two are made at a time.
class People {
  public:
    void begin(std::string_view digest, std::string_view table)
    {
        table_ = table;
        keys_ = ids_ = 0;
        words_[0] = "EVALSHA";
        words_[1] = digest;
    }
    void add_key(std::string_view what, uint64_t machine)
    {
        Writer text(key_text_[keys_]);
        text.put(table_);
        text.put(what);
        encoder::write_unsigned(text, machine);
        words_[3 + keys_++] = text.view();
    }
    size_t keys() const { return keys_; }
    bool is_full() const { return ids_ == kIdsAtOnce; }
    void add_id(std::string_view id)
    {
        copy_bytes(id_text_[ids_], id.data(), id.size());
        words_[5 + keys_ + ids_] = {id_text_[ids_], id.size()};
        ids_++;
    }
    // `how`: "more" come, or these are the "last". It begins anew.
    std::span<const std::string_view> words(std::string_view how)
    {
        Writer number(number_text_);
        encoder::write_unsigned(number, keys_);
        words_[2] = number.view();
        words_[3 + keys_] = "people";
        words_[4 + keys_] = how;
        size_t count = 5 + keys_ + ids_;
        ids_ = 0;
        return std::span(words_).first(count);
    }

  private:
    std::string_view table_;
    size_t keys_ = 0;
    size_t ids_ = 0;
    std::string_view words_[5 + kMostKeys + kIdsAtOnce];
    char number_text_[8];
    char key_text_[kMostKeys][kMostKey];
    char id_text_[kIdsAtOnce][room::kMaxId];
};

People g_people;

}  // namespace

// Where no other machine is there, one's own are all: nothing is asked, and
// this is false.
bool Engine::tell_people(SharedRoom* room, Ticks now)
{
    room->people_at = now;
    // SAFETY: hexadecimal digits.
    std::string_view digest(reinterpret_cast<const char*>(conf_->digest), 40);
    g_people.begin(digest, room->table);
    g_people.add_key(":p:", told_name());
    g_people.add_key(":n:", told_name());
    for (const OtherMachine& other : room->others) {
        if (is_there(other, now)) {
            g_people.add_key(":p:", other.machine);
        }
    }
    if (g_people.keys() == 2 || room->table.size() > engine::kMaxChannel) {
        forget_people(room, now);
        return false;
    }
    if (room->room.counts().connections > 0) {
        rooms_.members().each(
            room->room.key(),
            [&](const room::Found& found, const room::Member& member) {
                if (found.absent) {
                    return;
                }
                if (g_people.is_full()) {
                    ask(Ask::kPeople, nullptr, g_people.words("more"));
                }
                g_people.add_id(member.id);
            });
    }
    ask(Ask::kPeople, room, g_people.words("last"));
    return true;
}

// In turns: the next tick goes on where this one stops.
void Engine::tell_all_people(Ticks now)
{
    size_t left = kRoomsATick;
    size_t at = 0;
    size_t stopped = 0;
    for (SharedRoom* room = first_room_; room != nullptr; room = room->next) {
        bool live = ready_ && room->link.step() == engine::Link::Step::kLive;
        bool due = live && now >= room->people_at + kEveryMs;
        if (due && left > 0 && at >= people_from_ && tell_people(room, now) &&
            --left == 0) {
            stopped = at + 1;
        }
        if (now >= room->people_heard_at + kCountFadesMs) {
            forget_people(room, now);
        }
        at++;
    }
    people_from_ = stopped;
}

// What was known stays until others had time to speak to this worker.
void Engine::forget_people(SharedRoom* room, Ticks now)
{
    if (now >= led_since_ + kCountFadesMs) {
        room->room.head().people.store(0, room::kRelaxed);
    }
}

void Engine::hear_people(SharedRoom* room, int64_t people)
{
    room->people_heard_at = ticks();
    room->room.head().people.store(
        people > 0 ? static_cast<uint64_t>(people) : 0, room::kRelaxed);
}

}  // namespace onair::ngx
