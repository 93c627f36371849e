#include "engine/entry.h"

#include "encoder/number.h"
#include "engine/packing.h"
#include "engine/resp.h"
#include "room/crossing.h"
#include "room/event.h"
#include "source/json.h"

namespace onair::engine {

namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kFront = 58;

}  // namespace

ConstBytes pack_entry(const Origin& origin, const room::Message& m, Bytes out)
{
    Packer pack(out);
    pack.number(kVersion, 1);
    pack.number(origin.machine, 8);
    pack.number(origin.place, 2);
    pack.number(origin.number, 8);
    pack.number(static_cast<uint8_t>(m.kind), 1);
    pack.number(static_cast<uint8_t>(m.to), 1);
    pack.number(static_cast<uint8_t>(m.role), 1);
    pack.number(static_cast<uint64_t>(m.time), 8);
    pack.number(m.sender, 8);
    pack.number(m.ref, 8);
    pack.number(m.from_id.size(), 2);
    pack.number(m.from_name.size(), 2);
    pack.number(m.type.size(), 2);
    pack.number(m.to_id.size(), 2);
    pack.number(m.said.size(), 4);
    for (std::string_view text :
         {m.from_id, m.from_name, m.type, m.to_id, m.said}) {
        pack.text(text);
    }
    return pack.all();
}

Result<Entry> unpack_entry(ConstBytes bytes)
{
    if (bytes.size() < kFront || bytes[0] != kVersion) {
        return Fault::kTorn;
    }
    Unpacker from(bytes);
    from.number(1);
    Entry entry;
    entry.origin.machine = from.number(8);
    entry.origin.place = static_cast<uint32_t>(from.number(2));
    entry.origin.number = from.number(8);
    uint64_t kind = from.number(1);
    uint64_t to = from.number(1);
    uint64_t role = from.number(1);
    room::Message& m = entry.message;
    m.time = static_cast<UnixMs>(from.number(8));
    m.sender = from.number(8);
    m.ref = from.number(8);
    uint64_t sizes[4];
    for (uint64_t& size : sizes) {
        size = from.number(2);
    }
    uint64_t said = from.number(4);
    if (kind >= room::kKinds || to >= room::kTos || role >= room::kRoles ||
        sizes[0] > room::kMaxId || sizes[1] > room::kMaxMemberName ||
        sizes[2] > room::kMaxType || sizes[3] > room::kMaxId ||
        said > room::kMaxSaid || m.time < 0) {
        return Fault::kTorn;
    }
    m.kind = static_cast<room::Kind>(kind);
    m.to = static_cast<room::To>(to);
    m.role = static_cast<room::Role>(role);
    m.from_id = from.text(sizes[0]);
    m.from_name = from.text(sizes[1]);
    m.type = from.text(sizes[2]);
    m.to_id = from.text(sizes[3]);
    m.said = from.text(said);
    return from.whole() && room::crosses(m) ? Result<Entry>(entry)
                                            : Result<Entry>(Fault::kTorn);
}

bool is_sound(const room::Message& m, Bytes memory)
{
    if (m.kind == room::Kind::kEvent &&
        (m.type.empty() || room::is_own_type(m.type))) {
        return false;
    }
    if (m.said.empty()) {
        return m.kind != room::Kind::kMessage && m.kind != room::Kind::kModes;
    }
    Arena arena(memory);
    return source::Json::read_strictly(bytes_of(m.said), arena).ok();
}

Result<Published> read_published(std::string_view text)
{
    size_t space = text.find(' ', 9);
    if (text.size() < 11 || text[8] != ' ' || space == std::string_view::npos) {
        return Fault::kTorn;
    }
    Result<uint32_t> epoch = read_epoch(text.substr(0, 8));
    Result<uint64_t> seq = read_number(text.substr(9, space - 9));
    if (!epoch.ok() || !seq.ok() || *seq == 0) {
        return Fault::kTorn;
    }
    return Published{*epoch, *seq, text.substr(space + 1)};
}

std::string_view write_field(const Origin& origin, std::span<char> out)
{
    Writer text(out);
    encoder::write_hex(text, origin.machine, 16);
    text.put(':');
    encoder::write_unsigned(text, origin.place);
    return text.view();
}

}  // namespace onair::engine
