// Any sequence of reports, gaps and ticks on a small slot: seq grows by one,
// moments agree with it, every moment kept can be said again or says why not.
#include <cstring>
#include <string>

#include "check.h"
#include "slot/zone.h"

using namespace onair;
using namespace onair::slot;

namespace {

constexpr size_t kSize = 256 * 1024;
alignas(64) uint8_t memory[kSize];
uint8_t scratch[2 * 65536 + 16384];
uint8_t buffer[65536];
uint8_t room[12288];

struct Input {
    const uint8_t* at;
    const uint8_t* end;
    uint8_t byte() { return at < end ? *at++ : 0; }
    bool more() const { return at < end; }
};

const std::string kTexts[] = {
    "", "One", "Two", "Three", std::string(300, 'x'), std::string(5000, 'y')};

std::string_view text(Input& in)
{
    return kTexts[in.byte() % 6];
}

void check_state(const Slot& slot, uint64_t before, bool told)
{
    Arena arena(room);
    auto state = slot.read(buffer, arena);
    check(state.ok());
    check(state->at.seq == slot.seq());
    check(state->at.seq == before + (told ? 1 : 0));
    uint64_t last = UINT64_MAX;
    for (const Moment& moment : state->moments) {
        check(moment.seq < last && moment.seq > 0);
        last = moment.seq;
        State then;
        bool known = state_at(*state, moment.seq, &then);
        check(known || moment.on);
        check(!known || then.at.seq == moment.seq);
        check(!known || (then.now() != nullptr) == moment.on);
    }
    for (size_t i = 1; i < state->tracks.size(); i++) {
        check(state->tracks[i].seq <= state->tracks[i - 1].seq);
    }
    check(state->history().size() <= 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    Input in = {data, data + size};
    Options options = {in.byte() % 2 == 0 ? 30u : 2u, 3};
    auto zone = Zone::create(memory, options, 1);
    Author author = {1, nullptr};
    Slot slot = zone->slot(*zone->find_or_add("a", author));
    Now now = {1000000, 1760000000000};
    while (in.more()) {
        uint64_t before = slot.seq();
        uint8_t what = in.byte();
        uint32_t step = in.byte() * (what % 2 == 0 ? 10u : 1000u);
        now.ticks += step;
        now.unix_ms += what % 16 == 0 ? -int64_t{step} : int64_t{step};
        Source source;
        source.key = 1 + what % 5;
        source.priority = source.key % 3;
        Result<Told> told = Told::kNothing;
        if (what < 40) {
            told = slot.settle(1, now, author, scratch);
        } else if (what < 70) {
            told = slot.missing(source, 1, now, author, scratch);
        } else {
            Report r;
            uint8_t flags = in.byte();
            r.on_air = flags % 4 != 0;
            r.since = flags % 8 < 4 ? kNoTime : flags;
            r.now.text = text(in);
            r.now.title = text(in);
            r.now.started = now.unix_ms + (flags - 128) * 1000;
            r.dj = text(in);
            r.next.text = text(in);
            r.stream.name = text(in);
            r.listeners.current = in.byte() % 3;
            Track past[2];
            past[0].text = text(in);
            past[1].text = "Past";
            r.history = std::span<const Track>(past).first(flags % 3);
            told = slot.report(r, source, 1, now, author, scratch);
        }
        check(told.ok());
        check_state(slot, before, *told == Told::kChange);
    }
    return 0;
}
