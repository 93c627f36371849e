#include "ngx_module/room/awaited.h"

#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/base/text.h"
#include "ngx_module/room/here.h"
#include "room/event.h"

namespace onair::ngx {

namespace {

// The ref stands behind it.
struct Awaited {
    Awaited* next = nullptr;
    Membership* member = nullptr;
    uint64_t digest = 0;
    Ticks since = 0;
    size_t size = 0;

    std::string_view ref() const
    {
        // SAFETY: char may alias any object; the bytes stand behind this one.
        return {reinterpret_cast<const char*>(this + 1), size};
    }
};

constexpr size_t kMostOfMember = 64;
constexpr Ticks kLongestMs = 5000;

Awaited* g_first;

uint64_t digest_of(std::string_view text)
{
    uint64_t sum = hash(text);
    return sum != 0 ? sum : 1;
}

void answer(Membership* m, std::string_view ref, uint32_t epoch, uint64_t seq)
{
    Text json;
    std::string_view name = m->here->name();
    json.add(128 + 6 * name.size() + ref.size(), [&](Writer& out) {
        room::write_answer(out, name, ref, epoch, seq);
    });
    FramePtr frame =
        json.good() ? wrapped(json.view(), Encoding::kText) : FramePtr();
    if (frame) {
        m->guest->push(frame);
    }
}

}  // namespace

bool await_number(Membership* member, std::string_view ref)
{
    size_t count = 0;
    Awaited** end = &g_first;
    for (; *end != nullptr; end = &(*end)->next) {
        count += (*end)->member == member ? 1 : 0;
    }
    void* at = count < kMostOfMember
                   ? ngx_alloc(sizeof(Awaited) + ref.size(), ngx_cycle->log)
                   : nullptr;
    if (at == nullptr) {
        return false;
    }
    // SAFETY: fresh memory for the object and the bytes behind it.
    auto* awaited = new (at) Awaited();
    awaited->member = member;
    awaited->digest = digest_of(ref);
    awaited->since = ticks();
    awaited->size = ref.size();
    copy_bytes(awaited + 1, ref.data(), ref.size());
    *end = awaited;
    return true;
}

void number_came(const room::Message& message)
{
    for (Awaited** at = &g_first; *at != nullptr; at = &(*at)->next) {
        Awaited* found = *at;
        Membership* m = found->member;
        if (found->digest != message.ref ||
            m->who.member.sender != message.sender ||
            m->here->room().key().index != message.room) {
            continue;
        }
        *at = found->next;
        room::number_came(room::entry_of(*m->here->zone()->talks,
                                         m->here->room().key(), m->who),
                          message.ref, message.seq);
        answer(m, found->ref(), message.epoch, message.seq);
        ngx_free(found);
        return;
    }
}

void look_for_awaited(Ticks now)
{
    while (g_first != nullptr && now >= g_first->since + kLongestMs) {
        Awaited* late = g_first;
        g_first = late->next;
        answer(late->member, late->ref(), late->member->here->epoch(),
               room::kOnItsWay);
        ngx_free(late);
    }
}

void forget_awaited(const Membership* member)
{
    for (Awaited** at = &g_first; *at != nullptr;) {
        Awaited* one = *at;
        if (one->member != member) {
            at = &one->next;
            continue;
        }
        *at = one->next;
        ngx_free(one);
    }
}

}  // namespace onair::ngx
