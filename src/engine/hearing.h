// What the engine said: the items of one connection as events of ours. A reply
// says nothing of the command that it is of; replies come in the commands'
// order, and what was published comes in between. Pure.
#pragma once

#include "base/station.h"
#include "engine/resp.h"

namespace onair::engine {

enum class Heard : uint8_t {
    kNothing,     // an item that is part of something
    kReply,       // a reply: `text` or `number`, if it was one of these
    kRefused,     // a reply that is an error: `text`
    kSubscribed,  // to `channel`
    kUnsubscribed,
    kPublished,  // `text` on `channel`
    kHead,       // of a reply that reads: epoch, seq, anew
    kEntry,      // of it: number and payload
};

struct Event {
    Heard heard = Heard::kNothing;
    std::string_view channel;  // LIFETIME: this object's, until the next item
    std::string_view text;     // LIFETIME: the item's
    int64_t number = 0;
    uint32_t epoch = 0;
    uint64_t seq = 0;
    bool anew = false;
    uint64_t modes = 0;
    bool whole = false;  // a reply ends with it
};

inline constexpr size_t kMaxChannel = 2 * kMaxName + 256;

class Listener {
  public:
    // `subscriber`: a connection of RESP2 on which arrays are what was
    // published.
    explicit Listener(bool subscriber = false) : subscriber_(subscriber) {}

    // kUnknownFormat: nothing that we asked for is answered so.
    Result<Event> hear(const Item& item);

  private:
    Result<Event> hear_any(const Item& item);
    enum class Kind : uint8_t {
        kPlain,
        kNews,
        kSubscription,
        kUnsubscription,
        kRead,
        kElse
    };
    Result<Event> hear_first(const Item& item);
    Result<Event> hear_news(const Item& item);
    Result<Event> hear_read(const Item& item);

    bool subscriber_;
    Kind kind_ = Kind::kPlain;
    bool by_itself_ = false;  // no reply
    Event read_;              // what is known of its head
    uint64_t entry_ = 0;
    size_t channel_size_ = 0;
    char channel_[kMaxChannel];
};

}  // namespace onair::engine
