#include <string>

#include "unit/cmocka.h"

#include "encoder/frame.h"

using namespace onair;
using namespace onair::encoder;

namespace {

std::string head(Opcode opcode, bool compressed, uint64_t length)
{
    uint8_t out[kMaxFrameHead];
    size_t size = frame_head(opcode, compressed, length, out);
    return std::string(text_of({out, size}));
}

std::string text(std::initializer_list<int> list)
{
    std::string out;
    for (int byte : list) {
        out.push_back(static_cast<char>(byte));
    }
    return out;
}

void lengths_are_in_their_shortest_form(void**)
{
    assert_true(head(Opcode::kText, false, 0) == text({0x81, 0}));
    assert_true(head(Opcode::kText, false, 125) == text({0x81, 125}));
    assert_true(head(Opcode::kText, false, 126) == text({0x81, 126, 0, 126}));
    assert_true(head(Opcode::kText, false, 65535) ==
                text({0x81, 126, 0xff, 0xff}));
    assert_true(head(Opcode::kText, false, 65536) ==
                text({0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
    assert_true(head(Opcode::kBinary, false, 0x0102030405060708) ==
                text({0x82, 127, 1, 2, 3, 4, 5, 6, 7, 8}));
}

void a_compressed_frame_has_its_bit(void**)
{
    assert_true(head(Opcode::kText, true, 3) == text({0xc1, 3}));
}

void a_control_frame_is_cut_at_125_bytes(void**)
{
    uint8_t out[kMaxControl];
    std::string long_one(200, 'x');
    assert_int_equal(control_frame(Opcode::kPing, bytes_of(long_one), out),
                     127);
    assert_int_equal(out[0], 0x89);
    assert_int_equal(out[1], 125);
    assert_int_equal(out[126], 'x');
    assert_int_equal(control_frame(Opcode::kPong, bytes_of("ab"), out), 4);
    assert_true(text_of({out, 4}) == text({0x8a, 2, 'a', 'b'}));
}

void a_close_frame_holds_code_and_reason(void**)
{
    uint8_t out[kMaxControl];
    size_t size = close_frame(1001, "bye", out);
    assert_true(text_of({out, size}) ==
                text({0x88, 5, 0x03, 0xe9, 'b', 'y', 'e'}));
    assert_int_equal(close_frame(0, "not sent", out), 2);
    assert_true(text_of({out, 2}) == text({0x88, 0}));
}

void a_close_reason_is_cut_between_characters(void**)
{
    uint8_t out[kMaxControl];
    // 122 bytes and a character of three: only 123 are free.
    std::string reason = std::string(122, 'r') + "\xe2\x82\xac";
    assert_int_equal(close_frame(1000, reason, out), 2 + 2 + 122);
    reason = std::string(120, 'r') + "\xe2\x82\xac";
    assert_int_equal(close_frame(1000, reason, out), 2 + 2 + 123);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_in_their_shortest_form),
        cmocka_unit_test(a_compressed_frame_has_its_bit),
        cmocka_unit_test(a_control_frame_is_cut_at_125_bytes),
        cmocka_unit_test(a_close_frame_holds_code_and_reason),
        cmocka_unit_test(a_close_reason_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
