// The rules, and each recorded WebSocket dialogue of the reference against
// them: what it told its clients they are told too, but for what is listed.
#include "signalling/seating.h"

#include <fstream>
#include <map>

#include "rig.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::signalling;

namespace {

constexpr Handle kA = handle_of(0, 1);
constexpr Handle kB = handle_of(1, 1);
constexpr Handle kC = handle_of(0, 2);

// --- rules ---

void the_first_is_the_host_and_the_second_its_peer(void**)
{
    Seat seat;
    Ruling first = rule(Mode::kPrivate, Say::kConnect, kA, &seat);
    assert_false(first.polite || first.taken);
    assert_true(first.whom == Whom::kNobody);
    Ruling second = rule(Mode::kPrivate, Say::kConnect, kB, &seat);
    assert_true(second.polite && !second.taken);
    assert_true(second.whom == Whom::kOne && second.one == kA);
    Ruling third = rule(Mode::kPrivate, Say::kConnect, kC, &seat);
    assert_true(third.taken && !third.in_pair);
    // Once more, the same answer.
    assert_false(rule(Mode::kPrivate, Say::kConnect, kA, &seat).polite);
    assert_true(rule(Mode::kPrivate, Say::kConnect, kB, &seat).polite);
    assert_true(seat.first == kA && seat.second == kB);
}

void only_the_pair_is_heard_in_private(void**)
{
    Seat seat = {kA, kB, 0, 0};
    for (Say say : {Say::kOffer, Say::kAnswer, Say::kCandidate}) {
        assert_true(rule(Mode::kPrivate, say, kA, &seat).one == kB);
        assert_true(rule(Mode::kPrivate, say, kB, &seat).one == kA);
        assert_true(rule(Mode::kPrivate, say, kC, &seat).whom == Whom::kNobody);
    }
    assert_true(rule(Mode::kPrivate, Say::kDisconnect, kC, &seat).whom ==
                Whom::kNobody);
    assert_true(seat.first == kA);
    assert_true(rule(Mode::kPrivate, Say::kDisconnect, kB, &seat).one == kA);
    assert_true(seat.empty());
}

void what_is_said_alone_is_kept(void**)
{
    Seat seat = {kA, kNobodyThere, 0, 0};
    assert_true(rule(Mode::kPrivate, Say::kOffer, kA, &seat).keep ==
                Keep::kOffer);
    assert_true(rule(Mode::kPrivate, Say::kCandidate, kA, &seat).keep ==
                Keep::kMore);
    assert_true(rule(Mode::kPrivate, Say::kOffer, kC, &seat).keep ==
                Keep::kNothing);
    seat.second = kB;
    assert_true(rule(Mode::kPrivate, Say::kOffer, kA, &seat).keep ==
                Keep::kDrop);
}

void the_last_who_answers_is_the_peer_in_public(void**)
{
    Seat seat;
    assert_true(rule(Mode::kPublic, Say::kAnswer, kB, &seat).whom ==
                Whom::kNobody);
    assert_true(rule(Mode::kPublic, Say::kCandidate, kB, &seat).whom ==
                Whom::kOthers);
    Ruling offer = rule(Mode::kPublic, Say::kOffer, kA, &seat);
    assert_true(offer.whom == Whom::kOthers && !offer.polite);
    assert_true(rule(Mode::kPublic, Say::kCandidate, kA, &seat).whom ==
                Whom::kOthers);
    assert_true(rule(Mode::kPublic, Say::kAnswer, kB, &seat).one == kA);
    assert_true(rule(Mode::kPublic, Say::kCandidate, kA, &seat).one == kB);
    assert_true(rule(Mode::kPublic, Say::kAnswer, kC, &seat).one == kA);
    assert_true(rule(Mode::kPublic, Say::kCandidate, kA, &seat).one == kC);
    // B answered first and is heard all the same.
    assert_true(rule(Mode::kPublic, Say::kCandidate, kB, &seat).one == kA);
    // The peer offers: both stay a pair.
    assert_true(rule(Mode::kPublic, Say::kOffer, kC, &seat).whom ==
                Whom::kOthers);
    assert_true(seat.first == kC && seat.second == kA);
    assert_true(rule(Mode::kPublic, Say::kDisconnect, kA, &seat).one == kC);
    assert_true(seat.empty());
}

void the_place_of_a_broken_connection_is_held(void**)
{
    Seat seat;
    rule(Mode::kPrivate, Say::kConnect, kA, &seat, 300);
    rule(Mode::kPrivate, Say::kConnect, kB, &seat, 300);
    Ruling left = leave_broken(kA, &seat, 1000);
    assert_true(left.held && left.whom == Whom::kOne && left.one == kB);
    assert_true(pair_waits(seat));
    assert_false(pair_is_over(seat, 1299));
    assert_true(pair_is_over(seat, 1300));
    // What is said meanwhile is for who comes back, an answer too.
    for (Say say : {Say::kAnswer, Say::kCandidate}) {
        Ruling said = rule(Mode::kPrivate, say, kB, &seat);
        assert_true(said.whom == Whom::kNobody && said.keep == Keep::kMore);
    }
    // Who is left does not take both seats.
    assert_true(rule(Mode::kPrivate, Say::kConnect, kB, &seat, 300).polite);
    assert_true(pair_waits(seat));
    Ruling back = rule(Mode::kPrivate, Say::kConnect, kC, &seat, 300);
    assert_true(!back.taken && !back.polite && back.in_pair);
    assert_true(back.whom == Whom::kOne && back.one == kB);
    assert_true(seat.first == kC && seat.second == kB && !pair_waits(seat));
    assert_true(rule(Mode::kPrivate, Say::kConnect, kA, &seat, 300).taken);
    // The second comes back as the second; when both are lost nothing is left.
    leave_broken(kB, &seat, 2000);
    assert_true(rule(Mode::kPrivate, Say::kConnect, kA, &seat, 300).polite);
    leave_broken(kC, &seat, 3000);
    assert_true(leave_broken(kA, &seat, 3000).whom == Whom::kNobody);
    assert_true(seat.empty());
}

void without_hold_a_broken_connection_is_a_disconnect(void**)
{
    Seat seat;
    rule(Mode::kPrivate, Say::kConnect, kA, &seat);
    rule(Mode::kPrivate, Say::kConnect, kB, &seat);
    Ruling left = leave_broken(kA, &seat, 1000);
    assert_true(!left.held && left.one == kB);
    assert_true(seat.empty());
    // So is a word of it, whatever is held.
    rule(Mode::kPrivate, Say::kConnect, kA, &seat, 300);
    rule(Mode::kPrivate, Say::kConnect, kB, &seat, 300);
    assert_true(rule(Mode::kPrivate, Say::kDisconnect, kA, &seat).one == kB);
    assert_true(seat.empty());
}

void in_public_too_a_pair_waits(void**)
{
    Seat seat;
    rule(Mode::kPublic, Say::kOffer, kA, &seat, 300);
    rule(Mode::kPublic, Say::kAnswer, kB, &seat, 300);
    // The owner is lost: its peer's words are kept, and told to nobody else.
    leave_broken(kA, &seat, 1000);
    Ruling said = rule(Mode::kPublic, Say::kCandidate, kB, &seat);
    assert_true(said.whom == Whom::kNobody && said.keep == Keep::kMore);
    Ruling back = rule(Mode::kPublic, Say::kConnect, kC, &seat, 300);
    assert_true(back.polite && back.one == kB);
    assert_true(seat.first == kC && seat.second == kB);
    // An offer is a way back as well, and so is an answer for the other.
    leave_broken(kC, &seat, 2000);
    assert_true(rule(Mode::kPublic, Say::kOffer, kA, &seat, 300).whom ==
                Whom::kOthers);
    assert_true(seat.first == kA && seat.second == kB && !pair_waits(seat));
    leave_broken(kB, &seat, 3000);
    assert_true(rule(Mode::kPublic, Say::kAnswer, kC, &seat, 300).one == kA);
    assert_true(seat.first == kA && seat.second == kC && !pair_waits(seat));
    // Alone at an id there is nobody to wait for.
    rule(Mode::kPublic, Say::kDisconnect, kC, &seat);
    assert_false(rule(Mode::kPublic, Say::kConnect, kA, &seat, 300).in_pair);
}

void a_peerjs_id_is_its_tokens(void**)
{
    Seat seat;
    assert_false(enter_peer(&seat, kA, 7, 100, 5000).taken);
    assert_true(enter_peer(&seat, kB, 8, 100, 5000).taken);
    Entry again = enter_peer(&seat, kC, 7, 100, 5000);
    assert_false(again.taken);
    assert_int_equal(again.replaced, kA);
    // The one that gave way no longer has it.
    assert_false(leave_peer(&seat, kA, true, 200));
    assert_true(leave_peer(&seat, kC, false, 200));
    assert_true(enter_peer(&seat, kB, 8, 5199, 5000).taken);
    assert_false(peer_is_over(seat, 5199, 5000));
    assert_true(peer_is_over(seat, 5200, 5000));
    assert_false(enter_peer(&seat, kA, 7, 5199, 5000).taken);
    assert_true(leave_peer(&seat, kA, true, 6000));
    assert_true(seat.empty());
    assert_false(enter_peer(&seat, kB, 8, 6000, 5000).taken);
    assert_true(leave_peer(&seat, kB, false, 6000));
    assert_false(enter_peer(&seat, kA, 7, 11000, 5000).taken);
}

// --- dialogues ---

constexpr UnixMs kTime = 1000;

struct Kept {
    std::string id;
    std::vector<std::string> fields;
    Say say;

    Signal signal(bool polite) const
    {
        Signal signal;
        signal.say = say;
        signal.id = id;
        for (size_t i = 0; i < fields.size(); i++) {
            signal.fields[i] = fields[i];
        }
        signal.polite = polite;
        signal.time = kTime;
        return signal;
    }
};

// A server of one worker, as the glue has several.
class World {
  public:
    explicit World(Mode mode) : mode_(mode) {}

    std::map<std::string, std::vector<std::string>> told;

    void open(const std::string& client)
    {
        handles_[client] = handle_of(0, ++numbers_);
        names_[handles_[client]] = client;
        if (mode_ == Mode::kPublic) {
            for (auto& [from, kept] : kept_) {
                tell_kept(handles_[client], kept);
            }
        }
    }
    void close(const std::string& client)
    {
        Handle who = handles_[client];
        for (auto& [id, seat] : seats_) {
            leave(who, id, &seat);
        }
        handles_.erase(client);
        names_.erase(who);
    }
    void say(const std::string& client, std::string_view text)
    {
        std::vector<uint8_t> memory(message_memory(text.size()));
        Arena arena(memory);
        std::string_view why;
        auto read = read_signal(text, arena, &why);
        if (!read.ok()) {
            tell(handles_[client],
                 written(512, [why](Writer& out) { write_error(out, why); }));
            return;
        }
        Signal signal = *read;
        signal.time = kTime;
        std::string id(signal.id);
        if (signal.say == Say::kDisconnect) {
            leave(handles_[client], id, &seats_[id]);
            tell(handles_[client], disconnected(id));
        } else if (signal.say != Say::kNothing) {
            act(handles_[client], signal, &seats_[id]);
        }
    }

  private:
    using Key = std::pair<Handle, std::string>;

    static std::string disconnected(const std::string& id)
    {
        return written(1024, [&](Writer& out) { write_disconnected(out, id); });
    }
    void tell(Handle whom, const std::string& text)
    {
        told[names_[whom]].push_back(text);
    }
    void tell_signal(Handle whom, const Signal& signal)
    {
        tell(whom, written(most_signal(signal),
                           [&](Writer& out) { write_signal(out, signal); }));
    }
    void tell_kept(Handle whom, const std::vector<Kept>& kept)
    {
        for (const Kept& one : kept) {
            tell_signal(whom, one.signal(mode_ == Mode::kPrivate));
        }
    }
    void leave(Handle who, const std::string& id, Seat* seat)
    {
        Seat before = *seat;
        Ruling ruling = rule(mode_, Say::kDisconnect, who, seat);
        if (ruling.whom == Whom::kOne) {
            tell(ruling.one, disconnected(id));
        }
        if (!(before == *seat)) {
            kept_.erase({before.first, id});
            kept_.erase({before.second, id});
        }
    }
    void act(Handle who, Signal signal, Seat* seat)
    {
        std::string id(signal.id);
        Ruling ruling = rule(mode_, signal.say, who, seat);
        signal.polite = ruling.polite;
        if (signal.say == Say::kConnect) {
            tell(who, written(4096, [&](Writer& out) {
                     ruling.taken ? write_taken(out, id)
                                  : write_connected(out, id, ruling.polite);
                 }));
            if (ruling.whom == Whom::kOne) {
                tell_kept(who, kept_[{ruling.one, id}]);
                kept_.erase({ruling.one, id});
            }
            return;
        }
        for (auto& [handle, name] : names_) {
            bool is_told = ruling.whom == Whom::kOne
                               ? handle == ruling.one
                               : ruling.whom == Whom::kOthers && handle != who;
            if (is_told) {
                tell_signal(handle, signal);
            }
        }
        keep(ruling.keep, {who, id}, signal);
        if (signal.say == Say::kAnswer && ruling.whom == Whom::kOne) {
            kept_.erase({ruling.one, id});
        }
    }
    void keep(Keep what, const Key& key, const Signal& signal)
    {
        if (what == Keep::kOffer || what == Keep::kDrop) {
            kept_.erase(key);
        }
        if (what == Keep::kOffer || what == Keep::kMore) {
            kept_[key].push_back(
                {key.second,
                 {std::string(signal.fields[0]), std::string(signal.fields[1]),
                  std::string(signal.fields[2])},
                 signal.say});
        }
    }

    Mode mode_;
    uint32_t numbers_ = 0;
    std::map<std::string, Handle> handles_;
    std::map<Handle, std::string> names_;
    std::map<std::string, Seat> seats_;
    std::map<Key, std::vector<Kept>> kept_;
};

std::string with_time(std::string_view raw)
{
    std::string text(raw);
    size_t at = text.find(R"("<ms>")");
    return at == std::string::npos ? text : text.replace(at, 6, "1000");
}

// One line of a recorded dialogue: its members, texts decoded, others raw.
std::map<std::string, std::string> line_of(const std::string& text)
{
    std::vector<uint8_t> memory(message_memory(text.size()));
    Arena arena(memory);
    auto json = source::Json::read_strictly(bytes_of(text), arena);
    assert_true(json.ok());
    std::map<std::string, std::string> line;
    each_member(json->root(), text,
                [&](std::string_view name, const source::JsonValue& value,
                    std::string_view raw) {
                    bool is_text = value.kind() == source::Kind::kString;
                    line[std::string(name)] = is_text ? value.text() : raw;
                });
    return line;
}

using Told = std::map<std::string, std::vector<std::string>>;

struct Replayed {
    Told recorded;
    Told told;
};

Replayed replay(const std::string& scene)
{
    const char* from = getenv("ONAIR_FIXTURES");
    std::ifstream file(std::string(from != nullptr ? from : "t/fixtures") +
                       "/signalling/" + scene + ".jsonl");
    World world(scene.find("public") != std::string::npos ? Mode::kPublic
                                                          : Mode::kPrivate);
    Told recorded;
    std::string text;
    size_t lines = 0;
    while (std::getline(file, text)) {
        auto line = line_of(text);
        const std::string& client = line["client"];
        lines++;
        if (line.count("websocket") != 0) {
            world.open(client);
        } else if (line.count("send") != 0) {
            world.say(client, line["send"]);
        } else if (line.count("cuts_tcp") + line.count("closes") != 0) {
            world.close(client);
        } else if (line.count("recv") != 0) {
            recorded[client].push_back(with_time(line["recv"]));
        }
    }
    assert_true(lines > 3);
    return {recorded, world.told};
}

// '-': the reference told it and we do not; '+': the other way round.
struct Difference {
    const char* client;
    char which;
    const char* part;
};

// The last one, as what is different comes after what is the same.
void take_out(std::vector<std::string>* texts, const Difference& difference)
{
    for (size_t i = texts->size(); i-- > 0;) {
        if ((*texts)[i].find(difference.part) != std::string::npos) {
            texts->erase(texts->begin() + static_cast<ptrdiff_t>(i));
            return;
        }
    }
    print_message("nothing with %s\n", difference.part);
    fail();
}

void is_as_recorded(const std::string& scene,
                    const std::vector<Difference>& differences = {})
{
    Replayed got = replay(scene);
    for (const Difference& one : differences) {
        take_out(one.which == '-' ? &got.recorded[one.client]
                                  : &got.told[one.client],
                 one);
    }
    for (auto& [client, texts] : got.recorded) {
        std::string wanted, had;
        for (const std::string& text : texts) {
            wanted += text + "\n";
        }
        for (const std::string& text : got.told[client]) {
            had += text + "\n";
        }
        if (wanted != had) {
            print_message("%s of %s\n", client.c_str(), scene.c_str());
        }
        assert_string_equal(had.c_str(), wanted.c_str());
    }
    for (auto& [client, texts] : got.told) {
        assert_int_equal(texts.size(), got.recorded[client].size());
    }
}

void dialogues_of_two_are_as_recorded(void**)
{
    for (const char* scene :
         {"ws-private-one-to-one", "ws-public-one-to-one", "ws-public-leave",
          "ws-public-unknown-id", "ws-public-fields", "ws-private-two-hosts",
          "ws-private-size", "ws-public-size", "ws-idle"}) {
        is_as_recorded(scene);
    }
}

// Only those who were let in are heard.
void a_refused_third_is_not_heard(void**)
{
    is_as_recorded("ws-private-third-peer",
                   {{"A", '-', "answer of C"},
                    {"A", '-', "candidate:1 of C"},
                    {"A", '-', "offer of C"},
                    {"A", '-', R"("type":"disconnect")"},
                    // The pair goes on.
                    {"B", '+', "candidate:2 of A"}});
    is_as_recorded("ws-private-leave",
                   {{"A2", '-', "which has not said connect again"}});
}

void the_second_is_told_what_was_offered_before(void**)
{
    is_as_recorded("ws-private-unknown-id",
                   {{"B", '+', "offer before the peer is there"}});
}

void who_connects_twice_is_one_member(void**)
{
    is_as_recorded("ws-private-self-pair",
                   {{"A", '-', R"("room1","polite":true})"},
                    {"A", '+', R"("polite":false)"},
                    {"B", '-', "already used"},
                    {"B", '+', R"("room1","polite":true})"},
                    {"A", '-', "offer of A"},
                    {"B", '+', "offer of A"},
                    {"A", '-', R"("type":"disconnect")"},
                    {"B", '+', R"("type":"disconnect")"}});
    is_as_recorded("ws-private-fields",
                   {{"A", '-', "already used"},
                    {"A", '-', "already used"},
                    {"A", '+', R"("room1","polite":false)"},
                    {"A", '+', R"("room1","polite":false)"}});
}

// Addresses are the pair's once there is one.
void candidates_are_the_pairs_in_public(void**)
{
    is_as_recorded("ws-public-two-hosts", {{"B", '-', "candidate:1 of A"},
                                           {"D", '-', "candidate:1 of A"}});
    is_as_recorded("ws-public-third-peer",
                   {{"B", '-', "candidate:1 of A"},
                    {"C", '-', "candidate:1 of B"},
                    {"B", '-', "candidate:1 of C"},
                    {"A", '+', R"("type":"disconnect")"}});
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_the_host_and_the_second_its_peer),
        cmocka_unit_test(only_the_pair_is_heard_in_private),
        cmocka_unit_test(what_is_said_alone_is_kept),
        cmocka_unit_test(the_last_who_answers_is_the_peer_in_public),
        cmocka_unit_test(the_place_of_a_broken_connection_is_held),
        cmocka_unit_test(without_hold_a_broken_connection_is_a_disconnect),
        cmocka_unit_test(in_public_too_a_pair_waits),
        cmocka_unit_test(a_peerjs_id_is_its_tokens),
        cmocka_unit_test(dialogues_of_two_are_as_recorded),
        cmocka_unit_test(a_refused_third_is_not_heard),
        cmocka_unit_test(the_second_is_told_what_was_offered_before),
        cmocka_unit_test(who_connects_twice_is_one_member),
        cmocka_unit_test(candidates_are_the_pairs_in_public),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
