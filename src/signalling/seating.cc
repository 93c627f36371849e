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

Ruling connect_private(Handle who, Seat* seat)
{
    Ruling ruling;
    ruling.in_pair = true;
    if (seat->first == kNobodyThere || seat->first == who) {
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

Ruling disconnect(Handle who, Seat* seat)
{
    Ruling ruling;
    if (has_seat(*seat, who)) {
        tell_one(&ruling, other_of(*seat, who));
        seat->first = seat->second = kNobodyThere;
    }
    ruling.keep = Keep::kDrop;
    return ruling;
}

Ruling say_private(Say say, Handle who, const Seat& seat)
{
    Ruling ruling;
    ruling.in_pair = has_seat(seat, who);
    if (!ruling.in_pair) {
        return ruling;
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
    Handle peer = has_seat(*seat, who) ? other_of(*seat, who) : kNobodyThere;
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
    if (seat.second == kNobodyThere) {
        ruling.whom = Whom::kOthers;
        ruling.keep = ruling.in_pair ? Keep::kMore : Keep::kNothing;
        return ruling;
    }
    // Of two that answered, the one before is still heard by the owner.
    tell_one(&ruling, ruling.in_pair ? other_of(seat, who) : seat.first);
    return ruling;
}

}  // namespace

Ruling rule(Mode mode, Say say, Handle who, Seat* seat)
{
    bool is_private = mode == Mode::kPrivate;
    switch (say) {
        case Say::kNothing:
            break;
        case Say::kConnect:
            return is_private ? connect_private(who, seat) : Ruling();
        case Say::kDisconnect:
            return disconnect(who, seat);
        case Say::kOffer:
            return is_private ? say_private(say, who, *seat)
                              : offer_public(who, seat);
        case Say::kAnswer:
            return is_private ? say_private(say, who, *seat)
                              : answer_public(who, seat);
        case Say::kCandidate:
            return is_private ? say_private(say, who, *seat)
                              : candidate_public(who, *seat);
    }
    return {};
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
