#include "room/pace.h"

namespace onair::room {

namespace {

constexpr uint64_t kToken = 1000;
constexpr uint64_t kMost = 65535;

// A word: milli-tokens that are missing from a full bucket (32 bits), and the
// low bits of the time for which that is so.
struct Bucket {
    uint64_t missing;
    uint32_t at;
    static Bucket of(uint64_t word)
    {
        return {word >> 32, static_cast<uint32_t>(word)};
    }
    uint64_t word() const { return missing << 32 | at; }
};

}  // namespace

uint32_t take_pace(Word& word, const subscriber::RateRule& rule, Ticks now,
                   uint32_t tokens)
{
    if (rule.per_second == 0) {
        return 0;
    }
    uint64_t rate = std::min<uint64_t>(rule.per_second, kMost);
    uint64_t room = std::clamp<uint64_t>(rule.burst, 1, kMost) * kToken;
    uint64_t price = std::clamp<uint64_t>(tokens, 1, rule.burst) * kToken;
    uint64_t seen = word.load(kRelaxed);
    for (;;) {
        Bucket b = Bucket::of(seen);
        auto now_ms = static_cast<uint32_t>(now);
        uint32_t passed = now_ms - b.at;
        // A clock that went back has not moved.
        uint64_t back = passed <= INT32_MAX ? passed * rate : 0;
        uint64_t missing = b.missing > back ? b.missing - back : 0;
        missing = std::min(missing, room);
        if (missing + price > room) {
            return static_cast<uint32_t>((missing + price - room + rate - 1) /
                                         rate);
        }
        Bucket next = {missing + price, now_ms};
        if (word.compare_exchange_weak(seen, next.word(), kRelaxed)) {
            return 0;
        }
    }
}

uint32_t take_turn(Word& word, uint32_t slow_ms, Ticks now)
{
    uint64_t seen = word.load(kRelaxed);
    do {
        uint64_t last = seen - 1;
        if (seen != 0 && now >= last && now - last < slow_ms) {
            return static_cast<uint32_t>(slow_ms - (now - last));
        }
    } while (!word.compare_exchange_weak(seen, now + 1, kRelaxed));
    return 0;
}

}  // namespace onair::room
