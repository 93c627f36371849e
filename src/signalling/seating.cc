#include "signalling/seating.h"

namespace onair::signalling {

namespace {

bool has_seat(const Seat& seat, Handle who)
{
    return seat.first == who || seat.second == who;
}

Handle other_of(const Seat& seat, Handle who)
{
    return seat.first == who ? seat.second : seat.first;
}

void tell_one(Ruling* ruling, Handle one)
{
    ruling->one = one;
    ruling->whom = one != kNobodyThere ? Whom::kOne : Whom::kNobody;
}

// A pair waits: its empty seat is taken.
Ruling come_back(Handle who, Seat* seat)
{
    Ruling ruling;
    ruling.in_pair = true;
    ruling.polite = seat->first != kNobodyThere;
    tell_one(&ruling, ruling.polite ? seat->first : seat->second);
    (ruling.polite ? seat->second : seat->first) = who;
    seat->since = 0;
    return ruling;
}

Ruling connect_private(Handle who, Seat* seat)
{
    Ruling ruling;
    ruling.in_pair = true;
    if (has_seat(*seat, who)) {
        ruling.polite = seat->second == who;
        return ruling;
    }
    if (pair_waits(*seat)) {
        return come_back(who, seat);
    }
    if (seat->first == kNobodyThere) {
        seat->first = who;
        ruling.polite = false;
        return ruling;
    }
    if (seat->second == kNobodyThere) {
        seat->second = who;
        tell_one(&ruling, seat->first);
    }
    ruling.taken = seat->second != who;
    ruling.in_pair = !ruling.taken;
    return ruling;
}

Ruling connect_public(Handle who, Seat* seat)
{
    if (!pair_waits(*seat) || has_seat(*seat, who)) {
        return {};
    }
    Ruling ruling = come_back(who, seat);
    ruling.polite = true;
    return ruling;
}

Ruling disconnect(Handle who, Seat* seat)
{
    Ruling ruling;
    if (has_seat(*seat, who)) {
        tell_one(&ruling, other_of(*seat, who));
        *seat = Seat();
    }
    ruling.keep = Keep::kDrop;
    return ruling;
}

// What is said while the other one is away; all of it is told when it is back.
Ruling say_to_absent(Say say)
{
    Ruling ruling;
    ruling.in_pair = true;
    ruling.keep = say == Say::kOffer ? Keep::kOffer : Keep::kMore;
    return ruling;
}

Ruling say_private(Say say, Handle who, const Seat& seat)
{
    Ruling ruling;
    ruling.in_pair = has_seat(seat, who);
    if (!ruling.in_pair) {
        return ruling;
    }
    if (pair_waits(seat)) {
        return say_to_absent(say);
    }
    tell_one(&ruling, other_of(seat, who));
    if (ruling.whom == Whom::kNobody) {
        ruling.keep = say == Say::kOffer       ? Keep::kOffer
                      : say == Say::kCandidate ? Keep::kMore
                                               : Keep::kNothing;
    } else if (say == Say::kOffer) {
        ruling.keep = Keep::kDrop;
    }
    return ruling;
}

Ruling offer_public(Handle who, Seat* seat)
{
    bool has = has_seat(*seat, who);
    if (pair_waits(*seat) && !has) {
        come_back(who, seat);
        has = true;
    }
    Handle peer = has ? other_of(*seat, who) : kNobodyThere;
    seat->first = who;
    seat->second = peer;
    Ruling ruling;
    ruling.polite = false;
    ruling.in_pair = true;
    ruling.whom = Whom::kOthers;
    ruling.keep = Keep::kOffer;
    return ruling;
}

Ruling answer_public(Handle who, Seat* seat)
{
    if (pair_waits(*seat)) {
        return has_seat(*seat, who) ? say_to_absent(Say::kAnswer)
                                    : come_back(who, seat);
    }
    Ruling ruling;
    if (seat->first == kNobodyThere || seat->first == who) {
        return ruling;
    }
    seat->second = who;
    ruling.in_pair = true;
    tell_one(&ruling, seat->first);
    return ruling;
}

Ruling candidate_public(Handle who, const Seat& seat)
{
    Ruling ruling;
    ruling.in_pair = has_seat(seat, who);
    if (pair_waits(seat)) {
        if (ruling.in_pair) {
            return say_to_absent(Say::kCandidate);
        }
        tell_one(&ruling,
                 seat.first != kNobodyThere ? seat.first : seat.second);
        return ruling;
    }
    if (seat.second == kNobodyThere) {
        ruling.whom = Whom::kOthers;
        ruling.keep = ruling.in_pair ? Keep::kMore : Keep::kNothing;
        return ruling;
    }
    // Two have answered, and the one before is still heard by the owner.
    tell_one(&ruling, ruling.in_pair ? other_of(seat, who) : seat.first);
    return ruling;
}

}  // namespace

bool pair_waits(const Seat& seat)
{
    return seat.since != 0;
}

bool pair_is_over(const Seat& seat, Ticks now)
{
    return pair_waits(seat) && now >= seat.since + seat.extra;
}

Ruling rule(Mode mode, Say say, Handle who, Seat* seat, uint64_t hold_ms)
{
    bool is_private = mode == Mode::kPrivate;
    Ruling ruling;
    switch (say) {
        case Say::kNothing:
            return {};
        case Say::kConnect:
            ruling = is_private ? connect_private(who, seat)
                                : connect_public(who, seat);
            break;
        case Say::kDisconnect:
            return disconnect(who, seat);
        case Say::kOffer:
            ruling = is_private ? say_private(say, who, *seat)
                                : offer_public(who, seat);
            break;
        case Say::kAnswer:
            ruling = is_private ? say_private(say, who, *seat)
                                : answer_public(who, seat);
            break;
        case Say::kCandidate:
            return is_private ? say_private(say, who, *seat)
                              : candidate_public(who, *seat);
    }
    if (ruling.in_pair) {
        seat->extra = hold_ms;
    }
    return ruling;
}

Ruling leave_broken(Handle who, Seat* seat, Ticks now)
{
    Handle other = has_seat(*seat, who) ? other_of(*seat, who) : kNobodyThere;
    if (other == kNobodyThere || other == who || seat->extra == 0) {
        return disconnect(who, seat);
    }
    (seat->first == who ? seat->first : seat->second) = kNobodyThere;
    seat->since = now != 0 ? now : 1;
    Ruling ruling;
    ruling.held = true;
    ruling.keep = Keep::kDrop;
    tell_one(&ruling, other);
    return ruling;
}

Entry enter_peer(Seat* seat, Handle who, uint64_t token, Ticks now,
                 uint64_t hold_ms)
{
    Entry entry;
    bool held = seat->first != kNobodyThere ||
                (seat->since != 0 && !peer_is_over(*seat, now, hold_ms));
    if (held && seat->extra != token) {
        entry.taken = true;
        return entry;
    }
    entry.replaced = seat->first;
    seat->first = who;
    seat->extra = token;
    seat->since = 0;
    return entry;
}

bool leave_peer(Seat* seat, Handle who, bool clean, Ticks now)
{
    if (seat->first != who) {
        return false;
    }
    seat->first = kNobodyThere;
    seat->since = clean ? 0 : (now != 0 ? now : 1);
    seat->extra = clean ? 0 : seat->extra;
    return true;
}

bool peer_is_over(const Seat& seat, Ticks now, uint64_t hold_ms)
{
    return seat.first == kNobodyThere &&
           (seat.since == 0 || now >= seat.since + hold_ms);
}

}  // namespace onair::signalling
