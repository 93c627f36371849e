// The part of archive.h that reads what a file holds, and believes none of it.
#include <algorithm>

#include "base/utf8.h"
#include "room/archive.h"
#include "room/archive_parts.h"
#include "room/event.h"
#include "source/json.h"

namespace onair::room {

namespace {

bool is_whole(ConstBytes parts, const ArchiveHead& head)
{
    In in(parts);
    RoomPart part;
    std::string_view name;
    ConstBytes packed;
    for (uint32_t i = 0; i < head.rooms; i++) {
        if (!in.take_room(&part, &name)) {
            return false;
        }
        for (uint32_t n = 0; n < part.messages; n++) {
            if (!in.take_packed(&packed)) {
                return false;
            }
        }
    }
    BanPart ban;
    for (uint64_t i = 0; i < head.bans; i++) {
        if (!in.take(&ban)) {
            return false;
        }
    }
    return in.at_end();
}

// The parts of an archive that is one and is whole.
Result<ConstBytes> open(ConstBytes archive, ArchiveHead* head)
{
    ArchiveHead known;
    In in(archive);
    if (!in.take(head) || head->magic != known.magic ||
        head->layout != known.layout) {
        return Fault::kLayoutChanged;
    }
    ConstBytes parts = archive.subspan(sizeof(*head));
    if (head->sum != hash(text_of(parts)) || !is_whole(parts, *head)) {
        return Fault::kIncomplete;
    }
    return parts;
}

bool is_plain(std::string_view text)
{
    return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<uint8_t>(c) < 0x20 || c == 0x7f;
           });
}

// Whether a message of a file is as one that was said here could be.
bool is_good(const Message& m, Bytes scratch)
{
    Arena arena(scratch);
    return is_kept(m.kind) && m.time > 0 && is_plain(m.from_id) &&
           is_plain(m.from_name) && is_plain(m.to_id) && is_plain(m.type) &&
           m.type.empty() == (m.kind == Kind::kMessage) &&
           !is_own_type(m.type) &&
           source::Json::read_strictly(bytes_of(m.said), arena).ok();
}

void take_totals(const Room& room, const RoomPart& part)
{
    RoomHead& head = room.head();
    raise(head.seq, part.seq);
    room.set_modes(Modes::of(part.modes));
    head.watched.store(part.watched, kRelaxed);
    head.peak.store(part.peak, kRelaxed);
    head.said.store(part.said, kRelaxed);
    head.refused.store(part.refused, kRelaxed);
    head.left_out.store(part.left_out, kRelaxed);
    for (size_t i = 0; i < kMostReactions; i++) {
        head.reactions[i].store(part.reactions[i], kRelaxed);
    }
    raise(head.history.evicted, std::min(part.evicted, part.seq));
    head.former.store(part.epoch, kRelaxed);
    head.taken_over.store(part.seq, kRelaxed);
}

// Into a room that nobody is in yet; it keeps its number.
void take_message(const Room& room, uint64_t most, ConstBytes packed,
                  Bytes scratch)
{
    Result<Message> message = unpack(packed);
    if (!message.ok() || message->seq == 0 || message->seq > most ||
        !is_good(*message, scratch.subspan(kMaxPacked))) {
        return;
    }
    message->room = room.key().index;
    message->life = room.key().life;
    message->epoch = room.epoch();
    room.history().append(message->seq, keys_of(*message),
                          pack(*message, scratch));
}

void take_bans(const Bans& bans, uint64_t count, UnixMs now, In* in)
{
    BanPart ban;
    for (uint64_t i = 0; i < count && in->take(&ban); i++) {
        if (!is_over(ban, now)) {
            // Where there is no place it is over.
            static_cast<void>(
                bans.add(ban.key, static_cast<UnixMs>(ban.until), now, ban.also)
                    .ok());
        }
    }
}

// How many messages of the other server are said here too.
size_t say_again(const Floor& floor, const RoomPart& part, In* in,
                 Bytes scratch)
{
    RoomHead& head = floor.room.head();
    bool ours = head.former.load(kRelaxed) == part.epoch;
    const uint64_t known = head.taken_over.load(kRelaxed);
    size_t said = 0;
    ConstBytes packed;
    for (uint32_t i = 0; i < part.messages && in->take_packed(&packed); i++) {
        Result<Message> message = unpack(packed);
        // Rooms of several machines hear it from the engine.
        if (!ours || floor.rooms.shared() || !message.ok() ||
            message->seq <= known || message->seq > part.seq ||
            !is_good(*message, scratch)) {
            continue;
        }
        Floor then = floor;
        then.now.unix_ms = message->time;
        said += post(then, &*message).ok() ? 1 : 0;
    }
    if (ours) {
        raise(head.taken_over, part.seq);
    }
    return said;
}

// The room in which to say what was said in another server's: the one that
// goes on with that, or one that is not here (any more) and begins with it.
Result<Room> room_for(const Rooms& rooms, const RoomPart& part,
                      std::string_view name, const Author& author, Ticks now)
{
    Result<Room> room = rooms.find(name);
    if (room.ok()) {
        return room;
    }
    room = rooms.find_or_add(name, author, now);
    if (room.ok() && room->seq() == 0) {
        room->set_modes(Modes::of(part.modes));
        room->head().former.store(part.epoch, kRelaxed);
    }
    return room;
}

void pass_over(const RoomPart& part, In* in)
{
    ConstBytes packed;
    for (uint32_t i = 0; i < part.messages && in->take_packed(&packed); i++) {
    }
}

}  // namespace

Result<RestoredRooms> restore(const Rooms& rooms, ConstBytes archive,
                              const Now& now, const Author& author,
                              Bytes scratch)
{
    ArchiveHead head;
    Result<ConstBytes> parts = open(archive, &head);
    if (!parts) {
        return parts.fault();
    }
    RestoredRooms done = {head.rooms, 0};
    In in(*parts);
    RoomPart part;
    std::string_view name;
    for (uint32_t i = 0; i < head.rooms && in.take_room(&part, &name); i++) {
        Result<Room> room = rooms.find_or_add(name, author, now.ticks);
        // A name twice is a hostile file's.
        if (!room.ok() || room->seq() != 0) {
            pass_over(part, &in);
            continue;
        }
        take_totals(*room, part);
        ConstBytes packed;
        for (uint32_t n = 0; n < part.messages && in.take_packed(&packed);
             n++) {
            take_message(*room, part.seq, packed, scratch);
        }
        done.taken++;
    }
    take_bans(rooms.bans(), head.bans, now.unix_ms, &in);
    return done;
}

Result<Merged> merge(Floor floor, ConstBytes archive, const Author& author,
                     Bytes scratch, ToldRoom told, void* data)
{
    ArchiveHead head;
    Result<ConstBytes> parts = open(archive, &head);
    if (!parts) {
        return parts.fault();
    }
    Merged all;
    In in(*parts);
    RoomPart part;
    std::string_view name;
    for (uint32_t i = 0; i < head.rooms && in.take_room(&part, &name); i++) {
        Result<Room> room =
            room_for(floor.rooms, part, name, author, floor.now.ticks);
        if (!room.ok()) {
            pass_over(part, &in);
            continue;
        }
        floor.room = *room;
        all.of_former |= room->head().former.load(kRelaxed) == part.epoch;
        size_t said = say_again(floor, part, &in, scratch);
        if (said > 0) {
            all.said += said;
            told(data, floor);
        }
    }
    take_bans(floor.rooms.bans(), head.bans, floor.now.unix_ms, &in);
    return all;
}

}  // namespace onair::room
