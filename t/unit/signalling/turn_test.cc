#include "signalling/turn.h"

#include "rig.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::signalling;

namespace {

std::string servers(const Turn& turn, std::string_view user)
{
    return written(most_ice_servers(turn, user), [&](Writer& out) {
        write_ice_servers(out, turn, user, 1700000000123);
    });
}

// The password was computed with `openssl dgst -sha1 -hmac north -binary |
// base64`.
void credentials_end_at_the_time_that_is_the_user_name(void**)
{
    std::string_view uris[] = {"turn:t.example:3478?transport=udp"};
    assert_string_equal(
        servers({"north", uris, 86400}, {}).c_str(),
        R"([{"urls":["turn:t.example:3478?transport=udp"],)"
        R"("username":"1700086400","credential":"K+RlgFj3QLvB7WAVHfjfgMgyBeA="}])");
    assert_string_equal(
        servers({"north", uris, 86400}, "anna").c_str(),
        R"([{"urls":["turn:t.example:3478?transport=udp"],)"
        R"("username":"1700086400:anna","credential":"n/qja1Xb6Le5M6vS7asFEtevzJI="}])");
}

void a_stun_server_needs_none(void**)
{
    std::string_view uris[] = {"stun:s.example", "turns:t.example:443"};
    std::string text = servers({"north", uris, 86400}, {});
    assert_int_equal(text.find(R"([{"urls":["stun:s.example"]},)"), 0);
    assert_true(text.find(R"({"urls":["turns:t.example:443"],"username")") !=
                std::string::npos);
    assert_string_equal(servers({"", std::span(uris).first(1), 60}, {}).c_str(),
                        R"([{"urls":["stun:s.example"]}])");
}

void uris_are_those_that_browsers_take(void**)
{
    assert_true(is_turn_uri("stun:s.example:19302"));
    assert_true(is_turn_uri("turns:t.example:443?transport=tcp"));
    assert_false(is_turn_uri("turn:"));
    assert_false(is_turn_uri("http://t.example"));
    assert_false(is_turn_uri("turn:t.example \""));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(credentials_end_at_the_time_that_is_the_user_name),
        cmocka_unit_test(a_stun_server_needs_none),
        cmocka_unit_test(uris_are_those_that_browsers_take),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
