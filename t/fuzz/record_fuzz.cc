// Any bytes as a published record, with the right stamp and digest: reading
// and writing on never crash, and reading says torn at most.
#include <cstring>

#include "check.h"
#include "slot/buffers.h"
#include "slot/zone.h"

using namespace onair;
using namespace onair::slot;

namespace {

constexpr size_t kSize = 256 * 1024;
alignas(64) uint8_t memory[kSize];
uint8_t scratch[2 * 65536 + 16384];
uint8_t buffer[65536];
uint8_t room[12288];

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    auto zone = Zone::create(memory, {4, 10}, 1);
    Author author = {1, nullptr};
    size_t index = *zone->find_or_add("a", author);
    Slot slot = zone->slot(index);
    // SAFETY: the zone's head is first, its plan says where the slots are.
    auto* head = reinterpret_cast<Head*>(memory);
    auto* raw = reinterpret_cast<SlotHead*>(memory + head->plan.slots_at);
    Buffers buffers(raw->word, reinterpret_cast<uint8_t*>(raw + 1),
                    zone->record_capacity());
    size = size < zone->record_capacity() ? size : zone->record_capacity();
    check(buffers.publish({data, size}, 5, 0, 1).ok());

    Arena arena(room);
    auto state = slot.read(buffer, arena);
    if (state) {
        State then;
        for (uint64_t seq = 0; seq < 8; seq++) {
            (void)state_at(*state, seq, &then);
            (void)seq_delayed(*state, static_cast<uint32_t>(seq), 5, nullptr);
        }
    } else {
        check(state.fault() == Fault::kTorn);
    }
    raw->due = 0;
    Now now = {1000, 1000};
    check(slot.settle(0, now, author, scratch).ok());
    Report report;
    report.on_air = true;
    report.now.text = "x";
    Source source;
    source.key = 1;
    check(slot.report(report, source, 0, now, author, scratch).ok());
    Arena again(room);
    check(slot.read(buffer, again).ok());
    return 0;
}
