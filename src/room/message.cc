#include "room/message.h"

#include <cassert>
#include <type_traits>

namespace onair::room {

namespace {

constexpr std::string_view kRoleWords[kRoles] = {"viewer", "participant",
                                                 "moderator", "host", "robot"};

// In front of the texts, which follow in this order.
struct Front {
    uint32_t room;
    uint32_t life;
    uint32_t epoch;
    uint32_t said;
    uint64_t seq;
    int64_t time;
    uint64_t sender;
    uint64_t ref;
    uint8_t kind;
    uint8_t to;
    uint8_t role;
    uint8_t from_id;
    uint8_t from_name;
    uint8_t type;
    uint8_t to_id;
    uint8_t none;
};
static_assert(sizeof(Front) == 56);
static_assert(std::is_trivially_copyable_v<Front>);
static_assert(kMaxId < 256 && kMaxMemberName < 256 && kMaxType < 256);

size_t texts_of(const Front& front)
{
    return size_t{front.from_id} + front.from_name + front.type + front.to_id +
           front.said;
}

bool is_good(const Front& front)
{
    return front.kind < kKinds && front.to < kTos && front.role < kRoles &&
           front.from_id <= kMaxId && front.from_name <= kMaxMemberName &&
           front.type <= kMaxType && front.to_id <= kMaxId &&
           front.said <= kMaxSaid;
}

}  // namespace

std::string_view word(Role role)
{
    return kRoleWords[static_cast<size_t>(role)];
}

Result<Role> role_of(std::string_view text)
{
    for (size_t i = 0; i < kRoles; i++) {
        if (kRoleWords[i] == text) {
            return static_cast<Role>(i);
        }
    }
    return Fault::kNotFound;
}

bool is_kept(Kind kind)
{
    return kind == Kind::kMessage || kind == Kind::kEvent;
}

size_t packed_size(const Message& m)
{
    return sizeof(Front) + m.from_id.size() + m.from_name.size() +
           m.type.size() + m.to_id.size() + m.said.size();
}

ConstBytes pack(const Message& m, Bytes out)
{
    Front front = {m.room,
                   m.life,
                   m.epoch,
                   static_cast<uint32_t>(m.said.size()),
                   m.seq,
                   m.time,
                   m.sender,
                   m.ref,
                   static_cast<uint8_t>(m.kind),
                   static_cast<uint8_t>(m.to),
                   static_cast<uint8_t>(m.role),
                   static_cast<uint8_t>(m.from_id.size()),
                   static_cast<uint8_t>(m.from_name.size()),
                   static_cast<uint8_t>(m.type.size()),
                   static_cast<uint8_t>(m.to_id.size()),
                   0};
    assert(is_good(front) && packed_size(m) <= out.size());
    std::memcpy(out.data(), &front, sizeof(front));
    size_t at = sizeof(front);
    for (std::string_view text :
         {m.from_id, m.from_name, m.type, m.to_id, m.said}) {
        copy_bytes(out.data() + at, text.data(), text.size());
        at += text.size();
    }
    return out.first(at);
}

Result<Message> unpack(ConstBytes bytes)
{
    Front front;
    if (bytes.size() < sizeof(front)) {
        return Fault::kTorn;
    }
    std::memcpy(&front, bytes.data(), sizeof(front));
    if (!is_good(front) || sizeof(front) + texts_of(front) != bytes.size()) {
        return Fault::kTorn;
    }
    std::string_view rest = text_of(bytes).substr(sizeof(front));
    auto next = [&rest](size_t size) {
        std::string_view text = rest.substr(0, size);
        rest.remove_prefix(size);
        return text;
    };
    Message m;
    m.room = front.room;
    m.life = front.life;
    m.epoch = front.epoch;
    m.seq = front.seq;
    m.time = front.time;
    m.sender = front.sender;
    m.ref = front.ref;
    m.kind = static_cast<Kind>(front.kind);
    m.to = static_cast<To>(front.to);
    m.role = static_cast<Role>(front.role);
    m.from_id = next(front.from_id);
    m.from_name = next(front.from_name);
    m.type = next(front.type);
    m.to_id = next(front.to_id);
    m.said = next(front.said);
    return m;
}

}  // namespace onair::room
