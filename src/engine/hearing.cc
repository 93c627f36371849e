#include "engine/hearing.h"

namespace onair::engine {

namespace {

constexpr size_t kSoMany = 5;  // elements of a reply that reads

bool is_news(std::string_view word)
{
    return word == "message";
}

}  // namespace

// The item at depth 0, which says what will follow.
Result<Event> Listener::hear_first(const Item& item)
{
    Event event;
    switch (item.type) {
        case Type::kPush:
            kind_ = Kind::kNews;
            break;
        case Type::kArray:
            kind_ = subscriber_             ? Kind::kNews
                    : item.count == kSoMany ? Kind::kRead
                                            : Kind::kElse;
            read_ = Event();
            break;
        case Type::kMap:
            kind_ = Kind::kElse;
            break;
        case Type::kError:
            kind_ = Kind::kPlain;
            event.heard = Heard::kRefused;
            event.text = item.text;
            return event;
        default:
            kind_ = Kind::kPlain;
            event.heard = Heard::kReply;
            event.text = item.text;
            event.number = item.number;
            return event;
    }
    event.heard =
        item.last && kind_ != Kind::kNews ? Heard::kReply : Heard::kNothing;
    return event;
}

// ["message", channel, payload] or ["subscribe", channel, number]
Result<Event> Listener::hear_news(const Item& item)
{
    Event event;
    if (item.depth != 1) {
        kind_ = Kind::kElse;  // nothing we know
        return event;
    }
    if (item.index == 0) {
        kind_ = item.type != Type::kText     ? Kind::kElse
                : is_news(item.text)         ? Kind::kNews
                : item.text == "subscribe"   ? Kind::kSubscription
                : item.text == "unsubscribe" ? Kind::kUnsubscription
                                             : Kind::kElse;
        return event;
    }
    if (item.index == 1) {
        if (item.type != Type::kText || item.text.size() > kMaxChannel) {
            return Fault::kUnknownFormat;
        }
        channel_size_ = item.text.size();
        copy_bytes(channel_, item.text.data(), channel_size_);
        return event;
    }
    event.channel = {channel_, channel_size_};
    if (kind_ == Kind::kNews && item.type != Type::kText) {
        return Fault::kUnknownFormat;
    }
    event.text = item.text;
    event.heard = kind_ == Kind::kNews           ? Heard::kPublished
                  : kind_ == Kind::kSubscription ? Heard::kSubscribed
                                                 : Heard::kUnsubscribed;
    return event;
}

// [epoch, seq, modes, anew, [[id, [field, payload]], ...]]
Result<Event> Listener::hear_read(const Item& item)
{
    Event event;
    if (item.depth == 1 && item.index < 4) {
        if (item.type == Type::kNumber && item.index == 3) {
            read_.anew = item.number != 0;
            event = read_;
            event.heard = Heard::kHead;
            return event;
        }
        if (item.type != Type::kText || item.index == 3) {
            return Fault::kUnknownFormat;
        }
        if (item.index == 0) {
            Result<uint32_t> epoch = read_epoch(item.text);
            read_.epoch = epoch.ok() ? *epoch : 0;
            return epoch.ok() ? Result<Event>(event) : epoch.fault();
        }
        Result<uint64_t> number = read_number(item.text);
        if (!number.ok()) {
            return number.fault();
        }
        (item.index == 1 ? read_.seq : read_.modes) = *number;
        return event;
    }
    if (item.depth == 3 && item.index == 0) {
        Result<uint64_t> id =
            read_number(item.text.substr(0, item.text.find('-')));
        entry_ = id.ok() && item.type == Type::kText ? *id : 0;
        return entry_ != 0 ? Result<Event>(event) : Fault::kUnknownFormat;
    }
    if (item.depth == 4 && item.index == 1 && item.type == Type::kText) {
        event.heard = Heard::kEntry;
        event.seq = entry_;
        event.text = item.text;
    }
    return event;
}

Result<Event> Listener::hear_any(const Item& item)
{
    if (item.depth == 0) {
        return hear_first(item);
    }
    switch (kind_) {
        case Kind::kNews:
        case Kind::kSubscription:
        case Kind::kUnsubscription:
            return hear_news(item);
        case Kind::kRead:
            return hear_read(item);
        default:
            return Event();
    }
}

Result<Event> Listener::hear(const Item& item)
{
    Result<Event> event = hear_any(item);
    if (item.depth == 0) {
        by_itself_ = kind_ == Kind::kNews;
    }
    if (event.ok()) {
        event->whole = item.last && !by_itself_;
    }
    return event;
}

}  // namespace onair::engine
