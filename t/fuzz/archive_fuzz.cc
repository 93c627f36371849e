// Any bytes as the file of a zone's states, as they are and with the right
// head: taking them over, hearing of them and going on never crash.
#include <cstring>

#include "check.h"
#include "slot/archive.h"

using namespace onair;
using namespace onair::slot;

namespace {

constexpr size_t kSize = 256 * 1024;
constexpr size_t kHead = 32;
constexpr Author kAuthor = {1, nullptr};
constexpr Now kNow = {1000000, 1760000000000};

alignas(64) uint8_t memory[kSize];
uint8_t scratch[2 * 65536 + 4 * 16384];
uint8_t buffer[65536];
uint8_t room[12288];
uint8_t file[kHead + 65536];
uint8_t again[kSize];

void go_on(const Zone& zone)
{
    Report report;
    report.on_air = true;
    report.now.text = "x";
    Source source;
    source.key = 1;
    for (size_t i = 0; i < zone.stations(); i++) {
        Slot slot = zone.slot(i);
        check(slot.settle(0, kNow, kAuthor, scratch).ok());
        check(slot.report(report, source, 0, kNow, kAuthor, scratch).ok());
        Arena arena(room);
        check(slot.read(buffer, arena).ok());
    }
    check(archive(zone, kNow, again).ok());
}

void take(ConstBytes bytes, uint64_t away_ms)
{
    auto zone = Zone::create(memory, {4, 10}, 1);
    check(archive_scratch(*zone) <= sizeof(scratch));
    check(archive_bound(*zone) <= sizeof(again));
    (void)restore(*zone, bytes, away_ms, kNow, kAuthor, scratch);
    go_on(*zone);
    (void)merge(*zone, bytes, kNow, kAuthor, scratch);
    go_on(*zone);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    take({data, size}, 0);
    if (size < 9 || size > sizeof(file) - kHead) {
        return 0;
    }
    // The head of an empty archive with other figures in it.
    auto zone = Zone::create(memory, {4, 10}, 1);
    check(archive(*zone, kNow, again).ok());
    std::memcpy(file, again, kHead);
    uint32_t stations = data[0] % 6;
    std::memcpy(file + 12, &stations, sizeof(stations));
    std::memcpy(file + 16, data + 1, sizeof(uint64_t));
    std::memcpy(file + kHead, data + 9, size - 9);
    uint64_t sum = hash(text_of({file + kHead, size - 9}));
    std::memcpy(file + 24, &sum, sizeof(sum));
    take({file, kHead + size - 9}, data[0]);
    return 0;
}
