#include "signalling/peerjs.h"

#include "rig.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::signalling;

namespace {

PeerRefusal checked(std::string_view args)
{
    uint8_t memory[2048];
    Arena arena(memory);
    return check_peer(read_peer_query(args, arena), "peerjs");
}

std::string passed(std::string_view text)
{
    std::vector<uint8_t> memory(message_memory(text.size()));
    Arena arena(memory);
    auto message = read_peer(text, arena);
    if (!message.ok() || message->type.empty()) {
        return message.ok() ? "" : std::string(describe(message.fault()));
    }
    return written(most_peer(*message, "alice"),
                   [&](Writer& out) { write_peer(out, *message, "alice"); });
}

std::string refused(PeerRefusal refusal)
{
    return written(256,
                   [refusal](Writer& out) { write_refused(out, refusal); });
}

void the_handshake_needs_key_id_and_token(void**)
{
    assert_true(checked("key=peerjs&id=a&token=t&version=1.5.5") ==
                PeerRefusal::kNone);
    assert_true(checked("key=peerjs&id=a") == PeerRefusal::kIncomplete);
    assert_true(checked("") == PeerRefusal::kIncomplete);
    assert_true(checked("key=wrong&id=a&token=t") == PeerRefusal::kWrongKey);
    std::string longest(kMaxPeerId, 'x');
    assert_true(checked("key=peerjs&token=t&id=" + longest) ==
                PeerRefusal::kNone);
    assert_true(checked("key=peerjs&token=t&id=x" + longest) ==
                PeerRefusal::kBadId);
    assert_true(checked("key=peerjs&token=t&id=a%0Ab") == PeerRefusal::kBadId);
    assert_true(checked("key=peerjs&token=t&id=%ff") == PeerRefusal::kBadId);
}

void refusals_are_said_as_the_client_knows_them(void**)
{
    assert_string_equal(
        refused(PeerRefusal::kIncomplete).c_str(),
        R"({"type":"ERROR","payload":{"msg":"No id, token, or key supplied )"
        R"(to websocket server"}})");
    assert_string_equal(
        refused(PeerRefusal::kWrongKey).c_str(),
        R"({"type":"ERROR","payload":{"msg":"Invalid key provided"}})");
    assert_string_equal(
        refused(PeerRefusal::kTaken).c_str(),
        R"({"type":"ID-TAKEN","payload":{"msg":"ID is taken"}})");
}

void the_server_says_who_sent_it_and_passes_the_payload(void**)
{
    assert_string_equal(
        passed(R"({"type":"OFFER","src":"mallory","extra":1,"dst":"bob",)"
               R"("payload":{"n" : [1,"\u0041"]}})")
            .c_str(),
        R"({"type":"OFFER","src":"alice","dst":"bob",)"
        R"("payload":{"n" : [1,"\u0041"]}})");
    assert_string_equal(passed(R"({"type":"LEAVE","dst":"bob"})").c_str(),
                        R"({"type":"LEAVE","src":"alice","dst":"bob"})");
}

void what_is_nobodys_is_not_passed(void**)
{
    assert_string_equal(passed(R"({"type":"HEARTBEAT"})").c_str(), "");
    assert_string_equal(passed(R"({"type":"CHAT","dst":"bob"})").c_str(), "");
    assert_string_equal(passed(R"({"type":"OFFER","payload":1})").c_str(), "");
    assert_string_equal(passed(R"({"type":"OFFER","dst":7})").c_str(), "");
    assert_string_equal(passed(R"({"type":7,"dst":"bob"})").c_str(), "");
    assert_string_not_equal(passed("nonsense").c_str(), "");
    assert_string_not_equal(passed("[]").c_str(), "");
}

void an_expired_message_comes_back_from_its_addressee(void**)
{
    assert_string_equal(
        written(128, [](Writer& out) { write_expired(out, "late", "alice"); })
            .c_str(),
        R"({"type":"EXPIRE","src":"late","dst":"alice"})");
    assert_string_equal(written(32, write_open).c_str(), R"({"type":"OPEN"})");
}

void paths_below_the_location_are_those_of_a_peerserver(void**)
{
    assert_true(read_peer_path("") == PeerPath::kAbout);
    assert_true(read_peer_path("peerjs") == PeerPath::kSocket);
    assert_true(read_peer_path("peerjs/id") == PeerPath::kNewId);
    assert_true(read_peer_path("otherkey/id") == PeerPath::kNewId);
    assert_true(read_peer_path("peerjs/peers") == PeerPath::kPeers);
    assert_true(read_peer_path("elsewhere") == PeerPath::kNone);
    assert_true(read_peer_path("a/b/id") == PeerPath::kNone);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake_needs_key_id_and_token),
        cmocka_unit_test(refusals_are_said_as_the_client_knows_them),
        cmocka_unit_test(the_server_says_who_sent_it_and_passes_the_payload),
        cmocka_unit_test(what_is_nobodys_is_not_passed),
        cmocka_unit_test(an_expired_message_comes_back_from_its_addressee),
        cmocka_unit_test(paths_below_the_location_are_those_of_a_peerserver),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
