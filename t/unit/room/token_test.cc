#include "room/token.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

void a_token_is_good_for_its_room_and_id_only(void**)
{
    uint8_t secret[kSecretSize] = {1, 2, 3};
    char text[kMaxToken], out[kMaxId];
    std::string token(write_token(secret, "rock", "m3", text));
    assert_true(*read_token(secret, "rock", token, out) == "m3");
    assert_false(read_token(secret, "jazz", token, out).ok());
    uint8_t other[kSecretSize] = {1, 2, 4};
    assert_false(read_token(other, "rock", token, out).ok());
    for (size_t i = 0; i < token.size(); i++) {
        std::string spoiled = token;
        spoiled[i] = spoiled[i] == 'a' ? 'b' : 'a';
        assert_false(read_token(secret, "rock", spoiled, out).ok());
        assert_false(read_token(secret, "rock", token.substr(0, i), out).ok());
    }
    assert_false(read_token(secret, "rock", token + "00", out).ok());
    std::string longest(kMaxId, 'x');
    token = write_token(secret, "rock", longest, text);
    assert_true(*read_token(secret, "rock", token, out) == longest);
}

void a_token_without_room_for_it_is_none(void**)
{
    uint8_t secret[kSecretSize] = {};
    char small[8], out[kMaxId];
    assert_int_equal(write_token(secret, "rock", "m3", small).size(), 0);
    for (const char* text : {"", ".", "..", "6d33", "6d33.", ".00", "6d3.00",
                             "6D33.00000000000000000000000000000000"}) {
        assert_false(read_token(secret, "rock", text, out).ok());
    }
    std::string long_one(kMaxToken + 1, '0');
    long_one[2 * kMaxId + 1] = '.';
    assert_false(read_token(secret, "rock", long_one, out).ok());
}

// "ab" of room "c" and "b" of room "ca" are not one text to be signed.
void room_and_id_do_not_run_together(void**)
{
    uint8_t secret[kSecretSize] = {7};
    char text[kMaxToken], out[kMaxId];
    std::string token(write_token(secret, "ca", "b", text));
    std::string signature = token.substr(token.find('.'));
    assert_false(read_token(secret, "c", "6162" + signature, out).ok());
    assert_true(*read_token(secret, "ca", "62" + signature, out) == "b");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_good_for_its_room_and_id_only),
        cmocka_unit_test(a_token_without_room_for_it_is_none),
        cmocka_unit_test(room_and_id_do_not_run_together),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
