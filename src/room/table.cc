// The names of a zone's rooms: words [hash | settled | life | index + 1] within
// a short reach of the name's hash, which come and go.
//
// Whoever adds a name fills a room that nobody sees, puts its word in
// unsettled, looks for a rival once more, takes an unsettled rival out, and
// settles. Of two that add the same name at once, at least the later one sees
// the other; one that was taken out notices when it settles, and begins again.
// So a name never stands there twice, and whoever dies or stops on the way
// holds up nobody.
#include <algorithm>

#include "base/utf8.h"
#include "room/rooms.h"

namespace onair::room {

namespace {

constexpr size_t kReach = 64;
constexpr int kTries = 32;
constexpr uint64_t kSettled = uint64_t{1} << 32;
constexpr uint64_t kHigh = ~uint64_t{0} << 33;

constexpr unsigned kIndexBits = 17;
constexpr uint64_t kLives = 0x7fff;
static_assert(kMostRooms + 1 < uint64_t{1} << kIndexBits);

size_t index_of(uint64_t word)
{
    return (word & ((uint64_t{1} << kIndexBits) - 1)) - size_t{1};
}

uint64_t unsettled_word(uint64_t hash, uint32_t life, size_t index)
{
    return (hash & kHigh) | (life & kLives) << kIndexBits | (index + 1);
}

bool same_life(uint64_t word, uint32_t life)
{
    return (word >> kIndexBits & kLives) == (life & kLives);
}

bool same_hash(uint64_t word, uint64_t hash)
{
    return word != 0 && (word & kHigh) == (hash & kHigh);
}

// As names of stations are.
bool good_name(std::string_view name)
{
    return !name.empty() && name.size() <= kMaxName && name != "*" &&
           is_utf8(name) && std::none_of(name.begin(), name.end(), [](char c) {
               auto byte = static_cast<uint8_t>(c);
               return byte < 0x20 || byte == 0x7f;
           });
}

uint32_t next_life(uint32_t life)
{
    uint32_t next = (life + 1) & 0xffffff;
    return next != 0 ? next : 1;
}

}  // namespace

size_t Rooms::reach() const
{
    return std::min<size_t>(kReach, head_->plan.directory_words);
}

Result<Room> Rooms::find(std::string_view name) const
{
    uint64_t h = hash(name);
    Word* table = directory();
    uint64_t mask = head_->plan.directory_words - 1;
    for (size_t step = 0; step < reach(); step++) {
        uint64_t word = table[(h + step) & mask].load(kInOrder);
        if (!same_hash(word, h) || (word & kSettled) == 0 ||
            index_of(word) >= capacity()) {
            continue;
        }
        RoomHead& head = room_head(index_of(word));
        uint64_t seen = head.state.load(kAcquire);
        State is = State::of(seen);
        if (!same_life(word, is.life) || !head.name.is(name) ||
            head.state.load(kAcquire) != seen) {
            continue;
        }
        if (is.phase == Phase::kMade) {
            // Settled: it lacks but the last step, which anybody may take.
            State open = {is.life, Phase::kOpen, 0};
            head.state.compare_exchange_strong(seen, open.word(), kInOrder);
        }
        Room room = view(index_of(word), is.life);
        if (room.is_open()) {
            return room;
        }
    }
    return Fault::kNotFound;
}

Result<Room> Rooms::at(size_t index) const
{
    State is = State::of(room_head(index).state.load(kAcquire));
    if (is.phase != Phase::kOpen && is.phase != Phase::kClosing) {
        return Fault::kNotFound;
    }
    return view(index, is.life);
}

Result<Room> Rooms::of(const RoomKey& key) const
{
    if (key.index >= capacity()) {
        return Fault::kNotFound;
    }
    Room room = view(key.index, key.life);
    return room.is_open() ? Result<Room>(room) : Fault::kNotFound;
}

Result<Room> Rooms::find_or_add(std::string_view name, const Author& author,
                                Ticks now) const
{
    if (!good_name(name)) {
        return Fault::kBadName;
    }
    Result<Room> found = find(name);
    if (found.ok()) {
        return found;
    }
    Result<size_t> index = take_place(name, author);
    if (!index.ok()) {
        head_->times_full.fetch_add(1, kRelaxed);
        return index.fault();
    }
    room_head(*index).empty_since.store(std::max<Ticks>(now, 1), kRelaxed);
    return publish(*index, name, hash(name));
}

// What a process that is gone was about to make or to forget.
void Rooms::reclaim(size_t index, uint64_t seen, const Author& author) const
{
    State is = State::of(seen);
    bool half = is.phase == Phase::kMade || is.phase == Phase::kEmptied;
    if (!half || author.is_gone == nullptr || !author.is_gone(is.pid)) {
        return;
    }
    State mine = {is.life, Phase::kEmptied, author.pid};
    if (room_head(index).state.compare_exchange_strong(seen, mine.word(),
                                                       kInOrder)) {
        drop_words_of(index);
        members().forget_room({static_cast<uint32_t>(index), is.life});
        give_back(index);
    }
}

Result<size_t> Rooms::take_place(std::string_view name,
                                 const Author& author) const
{
    uint64_t h = hash(name);
    for (size_t i = 0; i < capacity(); i++) {
        size_t index = (h + i) % capacity();
        RoomHead& head = room_head(index);
        uint64_t seen = head.state.load(kAcquire);
        if (State::of(seen).phase != Phase::kFree) {
            reclaim(index, seen, author);
            seen = head.state.load(kAcquire);
        }
        State is = State::of(seen);
        State mine = {is.life, Phase::kMade, author.pid};
        if (is.phase != Phase::kFree ||
            !head.state.compare_exchange_strong(seen, mine.word(), kInOrder)) {
            continue;
        }
        head.epoch.store(new_epoch(), kRelaxed);
        // Of others nothing is known yet.
        Reach reach = shared() ? Reach::kLocal : Reach::kOneMachine;
        head.reach.store(static_cast<uint64_t>(reach), kRelaxed);
        for (Word* word :
             {&head.seq, &head.modes, &head.watched, &head.watched_at,
              &head.peak, &head.said, &head.refused, &head.left_out,
              &head.others, &head.people, &head.former, &head.taken_over}) {
            word->store(0, kRelaxed);
        }
        for (Word& reactions : head.reactions) {
            reactions.store(0, kRelaxed);
        }
        for (Word& reactions : head.others_reacted) {
            reactions.store(0, kRelaxed);
        }
        view(index, is.life).history().reset();
        head.name.set(name);
        return index;
    }
    return Fault::kZoneFull;
}

// A word that settled for this name. Takes out what stands in the way: a word
// half made, and one of a room that is being forgotten by somebody who may
// have stopped.
bool Rooms::is_settled_rival(Word& word, std::string_view name,
                             uint64_t h) const
{
    uint64_t seen = word.load(kInOrder);
    for (;;) {
        if (!same_hash(seen, h) || index_of(seen) >= capacity()) {
            return false;
        }
        const RoomHead& head = room_head(index_of(seen));
        State is = State::of(head.state.load(kInOrder));
        bool over = is.phase == Phase::kEmptied || is.phase == Phase::kFree ||
                    !same_life(seen, is.life);
        if (!over && !head.name.is(name)) {
            return false;
        }
        if (!over && (seen & kSettled) != 0) {
            return true;
        }
        // It may settle this very moment: then it is looked at again.
        if (word.compare_exchange_strong(seen, 0, kInOrder)) {
            return false;
        }
    }
}

bool Rooms::any_rival(const Word* mine, std::string_view name, uint64_t h) const
{
    Word* table = directory();
    uint64_t mask = head_->plan.directory_words - 1;
    for (size_t step = 0; step < reach(); step++) {
        Word& word = table[(h + step) & mask];
        if (&word != mine && is_settled_rival(word, name, h)) {
            return true;
        }
    }
    return false;
}

// nullptr: every word in reach is taken.
Word* Rooms::take_word(uint64_t h, uint64_t unsettled) const
{
    Word* table = directory();
    uint64_t mask = head_->plan.directory_words - 1;
    for (size_t step = 0; step < reach(); step++) {
        uint64_t none = 0;
        Word& word = table[(h + step) & mask];
        if (word.load(kRelaxed) == 0 &&
            word.compare_exchange_strong(none, unsettled, kInOrder)) {
            return &word;
        }
    }
    return nullptr;
}

Result<Room> Rooms::publish(size_t index, std::string_view name,
                            uint64_t h) const
{
    State made = State::of(room_head(index).state.load(kRelaxed));
    uint64_t unsettled = unsettled_word(h, made.life, index);
    Result<Room> found = Fault::kBusy;
    for (int i = 0; i < kTries; i++) {
        Word* mine = take_word(h, unsettled);
        if (mine == nullptr) {
            head_->times_full.fetch_add(1, kRelaxed);
            found = Fault::kZoneFull;
            break;
        }
        uint64_t seen = unsettled;
        if (any_rival(mine, name, h)) {
            mine->compare_exchange_strong(seen, 0, kInOrder);
            found = find(name);
            if (found.ok()) {
                break;
            }
            found = Fault::kBusy;  // it was just forgotten
        } else if (mine->compare_exchange_strong(seen, unsettled | kSettled,
                                                 kInOrder)) {
            return find(name);  // which opens it
        }
    }
    State is = State::of(room_head(index).state.load(kAcquire));
    if (is.phase == Phase::kMade && is.life == made.life) {
        drop_words_of(index);
        give_back(index);
    }
    return found;
}

void Rooms::drop_words_of(size_t index) const
{
    Word* table = directory();
    for (size_t i = 0; i < head_->plan.directory_words; i++) {
        uint64_t word = table[i].load(kInOrder);
        if (word != 0 && index_of(word) == index) {
            table[i].compare_exchange_strong(word, 0, kInOrder);
        }
    }
}

void Rooms::give_back(size_t index) const
{
    RoomHead& head = room_head(index);
    State is = State::of(head.state.load(kRelaxed));
    State free = {next_life(is.life), Phase::kFree, 0};
    head.state.store(free.word(), kInOrder);
}

}  // namespace onair::room
