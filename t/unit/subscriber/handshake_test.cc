#include <string>

#include "unit/cmocka.h"

#include "subscriber/handshake.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

Request upgrade()
{
    Request request;
    request.method = "GET";
    request.upgrade = "websocket";
    request.connection = "Upgrade";
    request.version = "13";
    request.key = "dGhlIHNhbXBsZSBub25jZQ==";
    request.keys = 1;
    return request;
}

void expect(const Request& request, int status, Fault fault)
{
    Refusal refusal = check_handshake(request);
    assert_int_equal(refusal.status, status);
    assert_true(refusal.fault == fault);
    assert_false(refusal.reason.empty());
}

void the_accept_key_of_the_rfc_is_made(void**)
{
    char out[kAcceptSize];
    accept_key("dGhlIHNhbXBsZSBub25jZQ==", out);
    assert_true(std::string_view(out, kAcceptSize) ==
                "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    accept_key(std::string(500, 'A'), out);  // unchecked, but bounded
    // The one before leaves nothing behind.
    accept_key("AQIDBAUGBwgJCgsMDQ4PEA==", out);
    assert_string_equal(std::string(out, sizeof(out)).c_str(),
                        "C/0nmHhBztSRGR1CwL6Tf4ZjwpY=");
}

void an_upgrade_is_a_token_among_others(void**)
{
    Request request = upgrade();
    for (const char* value : {"websocket", "WebSocket", "h2c, websocket"}) {
        request.upgrade = value;
        assert_true(wants_websocket(request));
    }
    for (const char* value : {"", "h2c", "websockets", "web socket"}) {
        request.upgrade = value;
        assert_false(wants_websocket(request));
    }
    request.upgrade = "websocket";
    request.http_version = 10;
    assert_true(wants_websocket(request));
    request.http_version = 20;
    assert_false(wants_websocket(request));
}

void a_good_handshake_is_let_in(void**)
{
    Request request = upgrade();
    for (const char* value : {"Upgrade", "upgrade", "keep-alive, Upgrade",
                              "Upgrade,keep-alive", " upgrade "}) {
        request.connection = value;
        assert_int_equal(check_handshake(request).status, 0);
    }
}

void each_missing_part_has_its_refusal(void**)
{
    Request request = upgrade();
    request.method = "POST";
    expect(request, 405, Fault::kBadUpgrade);
    request = upgrade();
    request.http_version = 10;
    expect(request, 400, Fault::kBadUpgrade);
    request = upgrade();
    request.connection = {};
    expect(request, 400, Fault::kBadUpgrade);
    request.connection = "close, upgraded";
    expect(request, 400, Fault::kBadUpgrade);
    request = upgrade();
    for (const char* version : {"", "12", "013", "13, 13", "13.0"}) {
        request.version = version;
        expect(request, 426, Fault::kBadVersion);
    }
}

void a_key_is_16_bytes_in_base64_and_comes_once(void**)
{
    Request request = upgrade();
    for (const char* key :
         {"AAAAAAAAAAAAAAAAAAAAAA==", "+/+/+/+/+/+/+/+/+/+/+w==",
          "zZ9zZ9zZ9zZ9zZ9zZ9zZ9g=="}) {
        request.key = key;
        assert_int_equal(check_handshake(request).status, 0);
    }
    for (const char* key :
         {"", "AAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAAA",
          "AAAAAAAAAAAAAAAAAAAAA===", "AAAAAAAAAAAAAAAAAAAA-A==",
          "AAAAAAAAAAAAAAAAAAAAAA==A",
          "AAAAAAAAAA AAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAA== ,"}) {
        request.key = key;
        expect(request, 400, Fault::kBadKey);
    }
    request = upgrade();
    request.keys = 2;
    expect(request, 400, Fault::kBadKey);
}

void our_first_protocol_that_the_client_has_is_chosen(void**)
{
    const std::string_view ours[] = {"onair.json", "onair.title"};
    assert_true(choose_protocol("onair.title", ours) == "onair.title");
    assert_true(choose_protocol("x,onair.title , onair.json", ours) ==
                "onair.json");
    assert_true(choose_protocol("", ours).empty());
    assert_true(choose_protocol("ONAIR.JSON", ours).empty());
    assert_true(choose_protocol("onair.json", {}).empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_accept_key_of_the_rfc_is_made),
        cmocka_unit_test(an_upgrade_is_a_token_among_others),
        cmocka_unit_test(a_good_handshake_is_let_in),
        cmocka_unit_test(each_missing_part_has_its_refusal),
        cmocka_unit_test(a_key_is_16_bytes_in_base64_and_comes_once),
        cmocka_unit_test(our_first_protocol_that_the_client_has_is_chosen),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
