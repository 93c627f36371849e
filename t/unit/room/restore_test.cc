// What the next life of a server takes from the file of the one before.
#include "room/archive.h"
#include "room/archive_parts.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

// The part that is of rooms, without the foot.
std::vector<uint8_t> archived(Rig& rig)
{
    std::vector<uint8_t> out(archive_bound(rig.rooms));
    auto size = archive(rig.rooms, rig.now.unix_ms, out);
    assert_true(size.ok());
    ConstBytes rooms = parts_of(ConstBytes(out).first(*size)).rooms;
    return {rooms.begin(), rooms.end()};
}

// After the head was told what stands behind it.
std::vector<uint8_t> summed(std::vector<uint8_t> bytes)
{
    uint64_t sum =
        hash(text_of(ConstBytes(bytes).subspan(sizeof(ArchiveHead))));
    std::memcpy(bytes.data() + offsetof(ArchiveHead, sum), &sum, sizeof(sum));
    return bytes;
}

std::vector<uint8_t> scratch(kArchiveScratch);

Result<RestoredRooms> take(Rig& rig, ConstBytes bytes)
{
    return restore(rig.rooms, bytes, rig.now, rig.author, scratch);
}

std::vector<std::string> said_in(Rig& rig, std::string_view name)
{
    std::vector<std::string> all;
    std::vector<uint8_t> out(kMaxPacked);
    rig.room(name).history().each(
        0, UINT64_MAX, SIZE_MAX, out, [&](uint64_t seq, ConstBytes packed) {
            auto m = unpack(packed);
            assert_true(m.ok());
            assert_int_equal(m->seq, seq);
            assert_int_equal(m->epoch, rig.room(name).epoch());
            assert_true(rig.room(name).key() == (RoomKey{m->room, m->life}));
            all.push_back(std::to_string(seq) + " " +
                          std::string(m->from_name) + " " +
                          std::string(m->said));
        });
    return all;
}

using Texts = std::vector<std::string>;

void history_modes_totals_and_bans_are_taken_over(void**)
{
    Rig before;
    before.rules.rate = {0, 0};
    Speaker anna = before.speaker("Anna");
    assert_true(before.say(anna, R"({"say":{"text":"one"}})").ok());
    assert_true(before.say(anna, R"({"say":"gone"})").ok());
    assert_true(before.say(anna, R"({"say":[3]})").ok());
    Room room = before.room();
    assert_true(room.history().remove(3));
    room.set_modes({5000, Who::kMembers, true, false});
    room.react(1, 42);
    room.tick(before.now.ticks, true);
    before.pass(2000);
    room.tick(before.now.ticks, true);
    before.where = "jazz";
    Speaker boris = before.speaker("Boris");
    assert_true(before.say(boris, R"({"say":"j"})").ok());
    assert_true(before.rooms.bans()
                    .add(77, before.now.unix_ms + 5000, before.now.unix_ms, 78)
                    .ok());
    assert_true(before.rooms.bans()
                    .add(79, before.now.unix_ms - 1, before.now.unix_ms)
                    .ok());

    Rig after;
    after.now = before.now;
    auto done = take(after, archived(before));
    assert_true(done.ok());
    assert_int_equal(done->rooms, 2);
    assert_int_equal(done->taken, 2);
    assert_true(said_in(after, "rock") ==
                (Texts{"2 Anna {\"text\":\"one\"}", "4 Anna [3]"}));
    assert_true(said_in(after, "jazz") == (Texts{"2 Boris \"j\""}));
    Room now = after.room("rock");
    assert_int_equal(now.seq(), 4);
    assert_true(now.modes() == (Modes{5000, Who::kMembers, true, false}));
    assert_int_equal(now.reactions(1), 42);
    assert_int_equal(now.watched_ms(), 2000);
    assert_int_equal(now.peak(), 1);
    assert_int_equal(now.counts().connections, 0);
    assert_int_equal(after.rooms.bans().left(77, after.now.unix_ms), 5000);
    assert_true(after.rooms.bans().lift(77, after.now.unix_ms));
    assert_int_equal(after.rooms.bans().in_force(after.now.unix_ms), 0);

    // What is said next has the next number.
    after.where = "rock";
    Speaker again = after.speaker("Anna");
    assert_int_equal(after.say(again, R"({"say":1})").seq, 0);  // members only
    now.set_modes({});
    assert_true(after.say(again, R"({"say":1})").seq > 4);
}

void the_epoch_is_another(void**)
{
    Rig before;
    before.room();
    Rig after;
    // Another life of the zone: the rig's has always the same epoch.
    after.room("first");
    assert_true(take(after, archived(before)).ok());
    assert_true(after.room("rock").epoch() != before.room("rock").epoch());
}

void a_smaller_zone_takes_what_it_has_room_for(void**)
{
    Rig before({8, 65536, 65536});
    before.rules.rate = {0, 0};
    for (int i = 0; i < 8; i++) {
        before.where = i == 0 ? "a" : i == 1 ? "b" : i == 2 ? "c" : "d";
        Speaker who = before.speaker("Anna");
        for (int n = 0; n < 30; n++) {
            assert_true(before.say(who, R"({"say":"some words"})").ok());
        }
    }
    Rig after({2, 2048, 65536});
    auto done = take(after, archived(before));
    assert_true(done.ok());
    assert_int_equal(done->rooms, 4);
    assert_int_equal(done->taken, 2);
    Texts kept = said_in(after, "a");
    assert_true(!kept.empty() && kept.size() < 30);
    assert_true(kept.back() == said_in(before, "a").back());
}

void what_is_cut_or_changed_is_refused_whole(void**)
{
    Rig before;
    before.rules.rate = {0, 0};
    Speaker anna = before.speaker("Anna");
    assert_true(before.say(anna, R"({"say":{"text":"one"}})").ok());
    std::vector<uint8_t> whole = archived(before);
    for (size_t size = 0; size < whole.size(); size++) {
        Rig after;
        auto done = take(after, ConstBytes(whole).first(size));
        assert_false(done.ok());
        assert_true(done.fault() == (size < sizeof(ArchiveHead)
                                         ? Fault::kLayoutChanged
                                         : Fault::kIncomplete));
        assert_int_equal(after.rooms.open_rooms(), 0);
        // Also where the digest is right.
        if (size >= sizeof(ArchiveHead)) {
            auto cut = summed({whole.begin(), whole.begin() + size});
            assert_false(take(after, cut).ok());
        }
    }
    for (size_t at = 0; at < whole.size(); at++) {
        std::vector<uint8_t> changed = whole;
        changed[at] ^= 0x20;
        Rig after;
        assert_false(take(after, changed).ok());
        assert_int_equal(after.rooms.open_rooms(), 0);
    }
    std::vector<uint8_t> longer = whole;
    longer.push_back(0);
    Rig after;
    assert_false(take(after, summed(longer)).ok());
}

// A room with one message, as the file has it.
std::vector<uint8_t> file_with(const Message& m, std::string_view name = "rock")
{
    ArchiveHead head;
    head.rooms = 1;
    RoomPart part;
    part.name_size = static_cast<uint32_t>(name.size());
    part.messages = 1;
    part.seq = 10;
    part.modes = UINT64_MAX;
    std::vector<uint8_t> packed(packed_size(m));
    auto size = static_cast<uint32_t>(pack(m, packed).size());
    std::vector<uint8_t> out(sizeof(head) + sizeof(part) + name.size() + 4 +
                             size);
    Out to(out);
    to.put(head);
    to.put(part);
    to.put_bytes(name.data(), name.size());
    to.put(size);
    to.put_bytes(packed.data(), size);
    assert_true(to.ok());
    return summed(out);
}

void a_hostile_message_is_left_out(void**)
{
    Message good;
    good.seq = 5;
    good.time = 1;
    good.from_id = "m1";
    good.from_name = "Anna";
    good.said = "1";
    Rig with_good;
    assert_true(take(with_good, file_with(good)).ok());
    assert_true(said_in(with_good, "rock") == Texts{"5 Anna 1"});

    std::vector<Message> bad(10, good);
    bad[0].said = "1}]},{\"x\":";
    bad[1].said = "\"\xff\"";
    bad[2].from_name = "\xff";
    bad[3].from_name = "a\nb";
    bad[4].seq = 11;
    bad[5].seq = 0;
    bad[6].kind = room::Kind::kClose;
    bad[7].kind = room::Kind::kEvent;  // without a type
    bad[8].type = "mode";              // a type that is the room's own
    bad[9].said = "";
    for (const Message& m : bad) {
        Rig after;
        assert_true(take(after, file_with(m)).ok());
        assert_int_equal(said_in(after, "rock").size(), 0);
        assert_int_equal(after.room("rock").seq(), 10);
    }
    Rig after;
    auto done = take(after, file_with(good, "*"));
    assert_true(done.ok());
    assert_int_equal(done->taken, 0);
}

struct Heard {
    size_t rooms = 0;
    static void hear(void* data, const Floor&)
    {
        static_cast<Heard*>(data)->rooms++;
    }
};

Result<Merged> hear(Rig& rig, ConstBytes bytes, Heard* heard)
{
    return merge(rig.floor("other"), bytes, rig.author, scratch, Heard::hear,
                 heard);
}

void what_the_binary_before_hears_is_said_here_once(void**)
{
    Rig before;
    before.rules.rate = {0, 0};
    Speaker anna = before.speaker("Anna");
    assert_true(before.say(anna, R"({"say":"1"})").ok());
    Rig after;
    after.room("other");  // so that epochs differ
    assert_true(take(after, archived(before)).ok());
    after.rules.rate = {0, 0};
    after.where = "rock";
    Speaker boris = after.speaker("Boris");
    assert_true(after.say(boris, R"({"say":"new"})").ok());
    after.skip_all();

    before.pass(1000);
    assert_true(before.say(anna, R"({"say":"2"})").ok());
    before.where = "late";
    Speaker late = before.speaker("Late");
    assert_true(before.say(late, R"({"say":"3"})").ok());
    Heard heard;
    auto merged = hear(after, archived(before), &heard);
    assert_true(merged.ok());
    assert_int_equal(merged->said, 2);
    assert_true(merged->of_former);
    assert_int_equal(heard.rooms, 2);
    Texts said = said_in(after, "rock");
    assert_int_equal(said.size(), 3);
    assert_true(said.back().ends_with("Anna \"2\""));
    Message told = after.next();
    assert_true(told.said == "\"2\"");
    assert_int_equal(told.time, before.now.unix_ms);
    assert_int_equal(said_in(after, "late").size(), 1);

    Heard again;
    merged = hear(after, archived(before), &again);
    assert_true(merged.ok() && merged->said == 0 && again.rooms == 0);

    // The other way round nothing goes: it would come back for ever.
    Heard back;
    merged = hear(before, archived(after), &back);
    assert_true(merged.ok() && merged->said == 0 && !merged->of_former);
    assert_false(hear(before, {}, &back).ok());
}

// They hear it from the engine, and it would come twice.
void in_rooms_of_several_machines_nothing_is_said_again(void**)
{
    Rig before;
    Speaker anna = before.speaker("Anna");
    assert_true(before.say(anna, R"({"say":"1"})").ok());
    Options options = {4, 16384, 65536};
    options.shared = true;
    Rig after(options);
    after.room("other");  // so that epochs differ
    assert_true(take(after, archived(before)).ok());
    before.pass(1000);
    assert_true(before.say(anna, R"({"say":"2"})").ok());
    Heard heard;
    auto merged = hear(after, archived(before), &heard);
    assert_true(merged.ok());
    assert_int_equal(merged->said, 0);
    assert_true(merged->of_former);
    assert_int_equal(heard.rooms, 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(history_modes_totals_and_bans_are_taken_over),
        cmocka_unit_test(the_epoch_is_another),
        cmocka_unit_test(a_smaller_zone_takes_what_it_has_room_for),
        cmocka_unit_test(what_is_cut_or_changed_is_refused_whole),
        cmocka_unit_test(a_hostile_message_is_left_out),
        cmocka_unit_test(what_the_binary_before_hears_is_said_here_once),
        cmocka_unit_test(in_rooms_of_several_machines_nothing_is_said_again),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
