// Any bytes as the rooms of a zone's file, as they are and with the right head:
// taking them over, hearing of them and going on never crash, and what is taken
// over can be told.
#include <vector>

#include "check.h"
#include "room/archive.h"
#include "room/archive_parts.h"
#include "room/event.h"
#include "source/json.h"

using namespace onair;
using namespace onair::room;

namespace {

constexpr Author kAuthor = {1, nullptr};
constexpr Now kNow = {1000000, 1760000000000};
const uint8_t kSecret[kSecretSize] = {1};

// Whatever is shown is an object of JSON, in any frame.
void show(const Rooms& rooms, Bytes scratch)
{
    std::vector<uint8_t> packed(kMaxPacked);
    for (size_t i = 0; i < rooms.capacity(); i++) {
        Result<Room> room = rooms.at(i);
        if (!room.ok()) {
            continue;
        }
        room->history().each(
            0, UINT64_MAX, SIZE_MAX, packed, [&](uint64_t, ConstBytes bytes) {
                Result<Message> message = unpack(bytes);
                check(message.ok());
                std::vector<char> text(most_event(*message));
                Writer out(text);
                write_event(out, *message);
                check(out.ok());
                Arena arena(scratch);
                check(source::Json::read_strictly(bytes_of(out.view()), arena)
                          .ok());
            });
    }
}

void take(ConstBytes bytes)
{
    static const Plan plan = *plan_of(size_t{1} << 18, {3, 8192, 8192});
    alignas(64) static uint8_t memory[size_t{1} << 18];
    static std::vector<uint8_t> scratch(2 * kArchiveScratch);
    static std::vector<uint8_t> again(size_t{1} << 18);
    Rooms rooms = Rooms::create(memory, plan, 7, kSecret);
    (void)restore(rooms, bytes, kNow, kAuthor, scratch);
    show(rooms, scratch);
    std::vector<uint8_t> packed(kMaxPacked);
    Floor floor = {rooms, {}, *rooms.claim_place(0), kNow, packed};
    (void)merge(
        floor, bytes, kAuthor, scratch, [](void*, const Floor&) {}, nullptr);
    show(rooms, scratch);
    check(archive_bound(rooms) <= again.size());
    Result<size_t> size = archive(rooms, kNow.unix_ms, again);
    check(size.ok());
    Rooms next = Rooms::create(memory, plan, 8, kSecret);
    Parts parts = parts_of(ConstBytes(again).first(*size));
    check(parts.stations.empty());
    check(restore(next, parts.rooms, kNow, kAuthor, scratch).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    (void)parts_of({data, size});
    take({data, size});
    if (size < 3) {
        return 0;
    }
    ArchiveHead head;
    head.rooms = data[0] % 5;
    head.bans = data[1] % 5;
    ConstBytes rest = ConstBytes(data, size).subspan(2);
    head.sum = hash(text_of(rest));
    std::vector<uint8_t> file(sizeof(head) + rest.size());
    std::memcpy(file.data(), &head, sizeof(head));
    copy_bytes(file.data() + sizeof(head), rest.data(), rest.size());
    take(file);
    return 0;
}
