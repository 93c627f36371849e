// Rooms in memory of their own, with a clock to be moved by hand.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "room/rooms.h"
#include "room/talk.h"

#include "unit/cmocka.h"

namespace onair::room {

inline bool nobody_is_gone(uint32_t)
{
    return false;
}
inline bool everybody_is_gone(uint32_t)
{
    return true;
}

inline const uint8_t kTestSecret[kSecretSize] = {1, 2, 3, 4, 5, 6, 7};

class Rig {
  public:
    explicit Rig(const Options& options = {4, 16384, 65536},
                 size_t zone = size_t{1} << 20)
    {
        auto plan = plan_of(zone, options);
        assert_true(plan.ok());
        size_ = plan->size;
        memory_ = static_cast<uint8_t*>(
            aligned_alloc(kLine, (size_ + kLine - 1) / kLine * kLine));
        rooms = Rooms::create({memory_, size_}, *plan, 7, kTestSecret);
        scratch_.resize(kMaxPacked);
        room_.resize(kMaxPacked);
        marks_.resize(plan->places);
    }
    ~Rig() { free(memory_); }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    Bytes memory() { return {memory_, size_}; }

    Room room(std::string_view name = "rock")
    {
        auto made = rooms.find_or_add(name, author, now.ticks);
        assert_true(made.ok());
        return *made;
    }
    Floor floor(std::string_view name = "rock", size_t place = 0)
    {
        return {rooms, room(name), place, now, scratch_};
    }

    Entered enter(std::string_view name, Role role = Role::kParticipant,
                  size_t place = 0, std::string_view id = {},
                  std::string_view token = {})
    {
        arenas_.emplace_back(4096);
        Arena arena(arenas_.back());
        Ask ask;
        ask.id = id;
        ask.name = name;
        ask.token = token;
        ask.role = role;
        ask.sender = ++senders_;
        ask.address = address;
        ask.random = 12345;
        return room::enter(floor(where, place), ask, rules, arena);
    }
    Speaker speaker(std::string_view name, Role role = Role::kParticipant)
    {
        Entered in = enter(name, role);
        assert_true(in.verdict.ok());
        return {in.member, in.entry};
    }

    Command command(std::string_view text)
    {
        arenas_.emplace_back(command_memory(text.size()));
        texts_.emplace_back(text);
        Arena arena(arenas_.back());
        std::string_view why;
        auto read = read_command(texts_.back(), arena, &why);
        assert_true(read.ok());
        return *read;
    }
    Verdict say(const Speaker& who, std::string_view text)
    {
        return room::say(floor(where), who, command(text), rules);
    }

    // The next message of any ring; kind kClose with seq 0 and an empty id
    // when there is none.
    Message next()
    {
        for (size_t i = 0; i < marks_.size(); i++) {
            auto got = rooms.ring(i).read(&marks_[i], room_);
            if (got.ok() && !got->record.empty()) {
                auto message = unpack(got->record);
                assert_true(message.ok());
                return *message;
            }
        }
        Message none;
        none.kind = Kind::kClose;
        return none;
    }
    void skip_all()
    {
        for (size_t i = 0; i < marks_.size(); i++) {
            marks_[i] = rooms.ring(i).end();
        }
    }

    std::vector<uint64_t> kept(uint64_t since = 0, size_t most = 1000)
    {
        std::vector<uint64_t> numbers;
        room(where).history().each(
            since, UINT64_MAX, most, room_,
            [&numbers](uint64_t seq, ConstBytes) { numbers.push_back(seq); });
        return numbers;
    }

    void pass(uint64_t ms)
    {
        now.ticks += ms;
        now.unix_ms += static_cast<int64_t>(ms);
    }

    Rooms rooms;
    Now now = {1000000, 1760000000000};
    Author author = {100, nobody_is_gone};
    Rules rules;
    std::string where = "rock";
    uint64_t address = 0;
    Bytes out() { return room_; }

  private:
    uint8_t* memory_ = nullptr;
    size_t size_ = 0;
    std::vector<uint8_t> scratch_, room_;
    std::vector<Mark> marks_;
    uint64_t senders_ = 0;
    // Deques: what is in them is referred to.
    std::deque<std::vector<uint8_t>> arenas_;
    std::deque<std::string> texts_;
};

}  // namespace onair::room
