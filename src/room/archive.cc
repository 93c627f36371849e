#include "room/archive.h"

#include <algorithm>

#include "room/archive_parts.h"
#include "slot/digest.h"

namespace onair::room {

namespace {

RoomPart part_of(const Room& room)
{
    const RoomHead& head = room.head();
    RoomPart part;
    part.epoch = room.epoch();
    part.seq = room.seq();
    part.modes = room.modes().word();
    part.evicted = head.history.evicted.load(kRelaxed);
    part.watched = room.watched_ms();
    part.peak = room.peak();
    part.said = head.said.load(kRelaxed);
    part.refused = head.refused.load(kRelaxed);
    part.left_out = head.left_out.load(kRelaxed);
    for (size_t i = 0; i < kMostReactions; i++) {
        part.reactions[i] = room.reactions(i);
    }
    return part;
}

void write_room(const Room& room, Out* out)
{
    char text[kMaxName];
    std::string_view name = room.name(text);
    RoomPart part = part_of(room);
    part.name_size = static_cast<uint32_t>(name.size());
    size_t at = out->size();
    out->put(part);
    out->put_bytes(name.data(), name.size());
    uint8_t packed[kMaxPacked];
    room.history().each(0, part.seq, SIZE_MAX, packed,
                        [&](uint64_t, ConstBytes message) {
                            out->put(static_cast<uint32_t>(message.size()));
                            out->put_bytes(message.data(), message.size());
                            part.messages++;
                        });
    if (out->ok()) {
        out->put_at(at, part);
    }
}

uint64_t write_bans(const Bans& bans, UnixMs now, Out* out)
{
    uint64_t count = 0;
    for (size_t i = 0; i < bans.count(); i++) {
        const Ban& entry = bans.entry(i);
        BanPart ban = {entry.key.load(kRelaxed), entry.until.load(kAcquire),
                       entry.also.load(kRelaxed)};
        if (!is_over(ban, now)) {
            out->put(ban);
            count++;
        }
    }
    return count;
}

}  // namespace

Parts parts_of(ConstBytes file)
{
    Foot foot;
    size_t with_foot = std::min(file.size(), sizeof(foot));
    In end(file.last(with_foot));
    if (!end.take(&foot) || foot.magic != kFootMagic ||
        foot.size > file.size() - sizeof(foot)) {
        return {file, {}};
    }
    ConstBytes rest = file.first(file.size() - sizeof(foot));
    size_t at = rest.size() - foot.size;
    return {rest.first(at), rest.subspan(at)};
}

size_t archive_bound(const Rooms& rooms)
{
    const Plan& plan = rooms.plan();
    size_t messages = plan.history_entries * sizeof(uint32_t) +
                      plan.history_words * sizeof(uint64_t);
    // Those that are overwritten while they are read are longer, perhaps.
    return sizeof(ArchiveHead) + sizeof(Foot) +
           plan.rooms * (sizeof(RoomPart) + kMaxName + 2 * messages) +
           plan.bans * sizeof(BanPart);
}

Result<size_t> archive(const Rooms& rooms, UnixMs now, Bytes bytes)
{
    ArchiveHead head;
    Out out(bytes);
    out.put(head);
    for (size_t i = 0; i < rooms.capacity(); i++) {
        Result<Room> room = rooms.at(i);
        if (room.ok()) {
            write_room(*room, &out);
            head.rooms++;
        }
    }
    head.bans = write_bans(rooms.bans(), now, &out);
    size_t size = out.size();
    out.put(Foot{size, kFootMagic});
    if (!out.ok()) {
        return Fault::kNoMemory;
    }
    head.sum = hash(text_of(out.from(sizeof(head)).first(size - sizeof(head))));
    out.put_at(0, head);
    return out.size();
}

uint64_t news_of(const Rooms& rooms)
{
    slot::Digest digest;
    for (size_t i = 0; i < rooms.capacity(); i++) {
        Result<Room> room = rooms.at(i);
        if (room.ok()) {
            digest.add(i);
            digest.add(room->epoch());
            digest.add(room->seq());
            digest.add(room->modes().word());
        }
    }
    Bans bans = rooms.bans();
    for (size_t i = 0; i < bans.count(); i++) {
        digest.add(bans.entry(i).until.load(kRelaxed));
    }
    uint64_t news = digest.end();
    return news != 0 ? news : 1;
}

}  // namespace onair::room
