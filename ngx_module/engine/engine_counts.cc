// How many there are at all machines: each tells its sums, and adds what others
// said a moment ago: the part of engine.h about that.
#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/text.h"
#include "ngx_module/engine/engine.h"
#include "ngx_module/engine/shared_room.h"

namespace onair::ngx {

namespace {

constexpr Ticks kEveryMs = 5000;
// Not oftener than so, however quickly it changes.
constexpr Ticks kLeastMs = 500;

bool has_changed(uint32_t told, uint32_t now)
{
    uint32_t change = told > now ? told - now : now - told;
    return uint64_t{change} * 50 > told;
}

// The next number of a list; false where there is none.
bool take_number(std::string_view* text, uint64_t* out)
{
    size_t space = text->find(' ');
    Result<uint64_t> number = engine::read_number(text->substr(0, space));
    text->remove_prefix(space == std::string_view::npos ? text->size()
                                                        : space + 1);
    *out = number.ok() ? *number : 0;
    return number.ok();
}

}  // namespace

// Of 18 digits at the most, as numbers of the protocol are.
uint64_t Engine::told_name() const
{
    return head_.machine.load(room::kRelaxed) % 1000000000000000000u;
}

// "count MACHINE ASKS MEMBERS REACTIONS..."
void Engine::tell_count(SharedRoom* room, bool asks, Ticks now)
{
    if ((zone_->share & kShareCounts) == 0 || !ready_) {
        return;
    }
    room->told = room->room.counts().members();
    room->told_at = now;
    char text[64 + 24 * room::kMostReactions];
    Writer out(text);
    out.put("count ");
    encoder::write_unsigned(out, told_name());
    out.put(asks ? " 1 " : " 0 ");
    encoder::write_unsigned(out, room->told);
    for (size_t i = 0; i < room::kMostReactions; i++) {
        out.put(' ');
        encoder::write_unsigned(out, room->room.reactions(i));
    }
    std::string_view words[] = {"PUBLISH", room->channel, out.view()};
    ask(Ask::kElse, nullptr, words);
}

void Engine::tell_counts(Ticks now)
{
    if ((zone_->share & kShareCounts) == 0) {
        return;
    }
    for (SharedRoom* room = first_room_; room != nullptr; room = room->next) {
        sum_counts(room, now);
        bool live = ready_ && room->link.step() == engine::Link::Step::kLive;
        if (!live || now < room->told_at + kLeastMs) {
            continue;
        }
        if (now >= room->told_at + kEveryMs ||
            has_changed(room->told, room->room.counts().members())) {
            tell_count(room, false, now);
        }
    }
    tell_all_people(now);
}

void Engine::hear_count(SharedRoom* room, std::string_view text)
{
    uint64_t machine = 0;
    uint64_t asks = 0;
    uint64_t members = 0;
    if (!take_number(&text, &machine) || !take_number(&text, &asks) ||
        !take_number(&text, &members) || members > UINT32_MAX ||
        machine == told_name()) {
        return;
    }
    OtherMachine* place = room->others;
    for (OtherMachine& other : room->others) {
        if (other.machine == machine) {
            place = &other;
            break;
        }
        place = other.at < place->at ? &other : place;
    }
    // One that was not there has people who are not counted yet.
    if (place->machine != machine || !is_there(*place, ticks())) {
        room->people_at = 0;
    }
    place->machine = machine;
    place->at = ticks();
    place->members = static_cast<uint32_t>(members);
    for (uint64_t& reactions : place->reactions) {
        take_number(&text, &reactions);
    }
    sum_counts(room, place->at);
    if (asks != 0) {
        tell_count(room, false, place->at);
    }
}

// With counts no longer shared: of what was known before a reload.
void Engine::forget_counts()
{
    for (size_t i = 0; i < rooms_.capacity(); i++) {
        Result<room::Room> room = rooms_.at(i);
        if (!room.ok()) {
            continue;
        }
        room::RoomHead& head = room->head();
        head.others.store(0, room::kRelaxed);
        head.people.store(0, room::kRelaxed);
        for (room::Word& reactions : head.others_reacted) {
            reactions.store(0, room::kRelaxed);
        }
    }
}

void Engine::sum_counts(SharedRoom* room, Ticks now)
{
    uint64_t members = 0;
    uint64_t reactions[room::kMostReactions] = {};
    bool any = false;
    for (const OtherMachine& other : room->others) {
        if (!is_there(other, now)) {
            continue;
        }
        any = true;
        members += other.members;
        for (size_t i = 0; i < room::kMostReactions; i++) {
            reactions[i] += other.reactions[i];
        }
    }
    // What was known stays until others had time to speak to this worker.
    if (!any && now < led_since_ + kCountFadesMs) {
        return;
    }
    room::RoomHead& head = room->room.head();
    head.others.store(members, room::kRelaxed);
    for (size_t i = 0; i < room::kMostReactions; i++) {
        head.others_reacted[i].store(reactions[i], room::kRelaxed);
    }
}

}  // namespace onair::ngx
