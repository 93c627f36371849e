// What workers tell each other for the connections they hold. A parcel holds
// several, packed one behind the other; it is written and read by workers of
// one server only, and checked all the same: one of them may be of an older
// binary. Plain values; texts are views.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "signalling/seats.h"
#include "signalling/unity.h"

namespace onair::signalling {

enum class News : uint8_t {
    kNone,
    kSignal,   // to a connection, or (to: nobody) to all of the room but `from`
    kArrived,  // the second has come to a pair: tell it what was kept
    kLeft,     // the other of a pair has gone
    kCame,     // somebody is new in a room: tell it what is not answered
    kPeer,     // a message of PeerJS
    kPeerCame,  // an id of PeerJS is there: tell it what is held
    kReplaced,  // a connection gives way to another
    kTopic,     // to all subscribers of a topic
    kAsk,       // a polling request of a session that is there
    kReply,     // and what it is answered
    kAway,      // the other of a pair is lost, and may come back
};
inline constexpr size_t kNewsKinds = 12;

struct Mail {
    News news = News::kNone;
    Say say = Say::kNothing;
    bool polite = false;
    bool replayed = false;  // was kept before
    Handle to = kNobodyThere;
    Handle from = kNobodyThere;
    uint64_t key = 0;    // of the pair, the id or the topic
    uint64_t stamp = 0;  // no two signals have the same
    int64_t time = 0;
    // kSignal: id and fields, room. kPeer: src, dst, text. kTopic: topic, text.
    static constexpr size_t kTexts = 5;
    std::string_view texts[kTexts];
};

inline constexpr size_t kMailFront = 72;  // more than in front of the texts
size_t packed_size(const Mail& mail);
// `out` has packed_size() bytes.
void pack(const Mail& mail, Bytes out);
// The next of a parcel, which it is taken from; texts view it. kTorn: these
// are none, and nothing after it can be read; kNotFound: the end.
Result<Mail> next_mail(ConstBytes* parcel);

Mail mail_of(const Signal& signal, std::string_view room);
Signal signal_of(const Mail& mail);
inline std::string_view room_of(const Mail& mail)
{
    return mail.texts[4];
}

}  // namespace onair::signalling
