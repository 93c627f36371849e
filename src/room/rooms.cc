#include "room/rooms.h"

#include <algorithm>
#include <cassert>
#include <new>

namespace onair::room {

Rooms Rooms::create(Bytes memory, const Plan& plan, uint32_t epoch,
                    ConstBytes secret)
{
    assert(memory.size() >= plan.size && secret.size() >= kSecretSize);
    // All but the logs of the rings, which nothing reads before their heads
    // say so.
    std::memset(memory.data(), 0, plan.rings_at);
    // SAFETY: aligned to a line and the plan says it fits; zeroed words are 0.
    auto* head = new (memory.data()) Head();
    head->version = kLayout;
    head->plan = plan;
    head->epoch = epoch;
    for (size_t i = 0; i < kSecretSize / sizeof(uint64_t); i++) {
        head->secret[i].store(word_of(secret, i * sizeof(uint64_t)), kRelaxed);
    }
    Rooms rooms(head);
    for (size_t i = 0; i < plan.rooms; i++) {
        State state = {1, Phase::kFree, 0};
        rooms.room_head(i).state.store(state.word(), kRelaxed);
    }
    size_t ring = sizeof(RingHead) + plan.ring_words * sizeof(Word);
    for (size_t i = 0; i < plan.places; i++) {
        // SAFETY: the plan put a RingHead there, at a line.
        new (static_cast<void*>(memory.data() + plan.rings_at + i * ring))
            RingHead();
    }
    head->magic.store(kMagic, kRelease);
    return rooms;
}

Result<Rooms> Rooms::open(Bytes memory, const Plan& plan)
{
    if (memory.size() < plan.size) {
        return Fault::kLayoutChanged;
    }
    // SAFETY: large enough by its plan; only believed after the magic.
    auto* head = reinterpret_cast<Head*>(memory.data());
    if (head->magic.load(kAcquire) != kMagic || head->version != kLayout ||
        head->plan != plan) {
        return Fault::kLayoutChanged;
    }
    return Rooms(head);
}

RoomHead& Rooms::room_head(size_t index) const
{
    return part<RoomHead>(head_->plan.rooms_at)[index];
}

Room Rooms::view(size_t index, uint32_t life) const
{
    const Plan& plan = head_->plan;
    size_t entries = plan.history_entries * sizeof(HistoryEntry);
    size_t each = entries + plan.history_words * sizeof(uint64_t);
    uint64_t at = plan.histories_at + index * each;
    History history(room_head(index).history, part<HistoryEntry>(at),
                    plan.history_entries, part<Word>(at + entries),
                    plan.history_words);
    return {&head_->plan, &room_head(index),
            RoomKey{static_cast<uint32_t>(index), life},
            part<Cell>(plan.cells_at) + index, history};
}

Ring Rooms::ring(size_t place) const
{
    const Plan& plan = head_->plan;
    size_t each = sizeof(RingHead) + plan.ring_words * sizeof(Word);
    auto* ring = part<RingHead>(plan.rings_at + place * each);
    return {*ring, part<Word>(plan.rings_at + place * each + sizeof(RingHead)),
            static_cast<size_t>(plan.ring_words)};
}

Members Rooms::members() const
{
    return {part<MemberEntry>(head_->plan.members_at),
            static_cast<size_t>(head_->plan.members)};
}

Bans Rooms::bans() const
{
    return {part<Ban>(head_->plan.bans_at),
            static_cast<size_t>(head_->plan.bans)};
}

bool Rooms::has_to_be_woken(size_t place) const
{
    return head_->told[place].exchange(1, kInOrder) == 0;
}

void Rooms::looks(size_t place) const
{
    head_->told[place].store(0, kInOrder);
}

bool Rooms::enter(const Room& room, size_t place, Role role) const
{
    room.count(place, role, 1);
    Word& state = room.head().state;
    uint64_t seen = state.load(kInOrder);
    for (;;) {
        State is = State::of(seen);
        bool good = is.life == room.key().life;
        if (good && is.phase == Phase::kOpen) {
            return true;
        }
        if (!good || is.phase != Phase::kClosing) {
            room.count(place, role, -1);
            return false;
        }
        // Somebody is about to forget it: not any more.
        State open = {is.life, Phase::kOpen, 0};
        state.compare_exchange_strong(seen, open.word(), kInOrder);
    }
}

bool Rooms::forget(const Room& room, uint64_t hold, const Author& author,
                   Ticks now) const
{
    Word& state = room.head().state;
    uint64_t seen = state.load(kInOrder);
    State is = State::of(seen);
    State closing = {room.key().life, Phase::kClosing, author.pid};
    if (is.life != room.key().life || room.empty_for(now) <= hold ||
        (is.phase != Phase::kOpen && is.phase != Phase::kClosing) ||
        !state.compare_exchange_strong(seen, closing.word(), kInOrder)) {
        return false;
    }
    State next = {is.life, Phase::kEmptied, author.pid};
    if (room.counts().connections != 0) {
        next = {is.life, Phase::kOpen, 0};
    }
    uint64_t mine = closing.word();
    if (!state.compare_exchange_strong(mine, next.word(), kInOrder) ||
        next.phase == Phase::kOpen) {
        return false;
    }
    drop_words_of(room.key().index);
    members().forget_room(room.key());
    give_back(room.key().index);
    return true;
}

Result<size_t> Rooms::worker_at(size_t place) const
{
    uint64_t word = head_->workers[place].load(kAcquire);
    return word != 0 ? Result<size_t>(word - 1) : Fault::kNotFound;
}

Result<size_t> Rooms::claim_place(size_t worker) const
{
    for (size_t place = 0; place < head_->plan.places; place++) {
        if (head_->workers[place].load(kAcquire) == worker + 1) {
            return place;
        }
    }
    for (size_t place = 0; place < head_->plan.places; place++) {
        uint64_t none = 0;
        if (head_->workers[place].compare_exchange_strong(none, worker + 1,
                                                          kInOrder)) {
            looks(place);
            return place;
        }
    }
    return Fault::kZoneFull;
}

void Rooms::forget_worker(size_t worker, Ticks now) const
{
    for (size_t place = 0; place < head_->plan.places; place++) {
        if (head_->workers[place].load(kAcquire) == worker + 1) {
            forget_place(place, now);
            head_->workers[place].store(0, kInOrder);
        }
    }
}

void Rooms::forget_place(size_t place, Ticks now) const
{
    if (place >= head_->plan.places) {
        return;
    }
    Cell* cells = part<Cell>(head_->plan.cells_at) + place * head_->plan.rooms;
    for (size_t i = 0; i < head_->plan.rooms; i++) {
        for (std::atomic<uint32_t>& count : cells[i].members) {
            count.store(0, kInOrder);
        }
    }
    members().forget_worker(place, now);
    looks(place);
}

uint32_t Rooms::new_epoch() const
{
    uint64_t births = head_->births.fetch_add(1, kRelaxed) + 1;
    auto epoch =
        static_cast<uint32_t>(hash_end(births << 32 | head_->epoch) >> 32);
    return epoch != 0 ? epoch : 1;
}

std::string_view Rooms::new_id(uint32_t random, std::span<char> out) const
{
    constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
    char digits[16];
    size_t count = 0;
    for (uint64_t n = head_->ids.fetch_add(1, kRelaxed) + 1; n != 0; n /= 36) {
        digits[count++] = kDigits[n % 36];
    }
    Writer text(out);
    text.put('m');
    while (count > 0) {
        text.put(digits[--count]);
    }
    text.put('-');
    for (int i = 0; i < 5; i++, random /= 36) {
        text.put(kDigits[random % 36]);
    }
    return text.view();
}

void Rooms::read_secret(std::span<uint8_t, kSecretSize> out) const
{
    for (size_t i = 0; i < kSecretSize / sizeof(uint64_t); i++) {
        uint64_t one = head_->secret[i].load(kRelaxed);
        std::memcpy(out.data() + i * sizeof(one), &one, sizeof(one));
    }
}

size_t Rooms::open_rooms() const
{
    size_t count = 0;
    for (size_t i = 0; i < capacity(); i++) {
        count += at(i).ok() ? 1 : 0;
    }
    return count;
}

}  // namespace onair::room
