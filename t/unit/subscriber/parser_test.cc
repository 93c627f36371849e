#include <random>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "subscriber/parser.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

constexpr uint8_t kMask[4] = {0x37, 0xfa, 0x21, 0x3d};

std::string masked(std::string_view payload)
{
    std::string out(payload);
    for (size_t i = 0; i < out.size(); i++) {
        out[i] = static_cast<char>(out[i] ^ kMask[i % 4]);
    }
    return out;
}

std::string mask_text()
{
    return {reinterpret_cast<const char*>(kMask), 4};
}

std::string bytes(std::initializer_list<int> list)
{
    std::string out;
    for (int byte : list) {
        out.push_back(static_cast<char>(byte));
    }
    return out;
}

// A frame in its shortest form.
std::string frame(int first, std::string_view payload)
{
    std::string out = bytes({first});
    size_t size = payload.size();
    if (size < 126) {
        out += bytes({static_cast<int>(0x80 | size)});
    } else if (size <= 0xffff) {
        out += bytes(
            {0xfe, static_cast<int>(size >> 8), static_cast<int>(size & 0xff)});
    } else {
        out += bytes({0xff, 0, 0, 0, 0, static_cast<int>(size >> 24),
                      static_cast<int>(size >> 16 & 0xff),
                      static_cast<int>(size >> 8 & 0xff),
                      static_cast<int>(size & 0xff)});
    }
    return out + mask_text() + masked(payload);
}

std::string close_payload(int code, std::string_view reason)
{
    return bytes({code >> 8, code & 0xff}) + std::string(reason);
}

// What happened as one text, the same however the bytes were cut.
struct Log {
    std::string text;
    bool over = false;

    void add(const Action& action)
    {
        std::string payload(text_of(action.payload));
        switch (action.event) {
            case Event::kNone:
                break;
            case Event::kData:
                if (action.message_start) {
                    text += action.binary ? "b" : "t";
                    text += action.deflated ? "z<" : "<";
                }
                text += payload;
                if (action.message_end) {
                    text += ">";
                }
                break;
            case Event::kPing:
                text += "[ping " + payload + "]";
                break;
            case Event::kPong:
                text += "[pong " + payload + "]";
                break;
            case Event::kClose:
                text += "[close " + std::to_string(action.code) + " " +
                        payload + "]";
                over = true;
                break;
            case Event::kFault:
                text += "[" + std::string(word(action.fault)) + "]";
                over = true;
                break;
        }
    }
};

void feed(Parser& parser, std::string_view piece, Log& log)
{
    // A heap block of its own, so that an overrun is seen.
    std::vector<uint8_t> copy(piece.begin(), piece.end());
    Bytes in(copy);
    for (;;) {
        Action action = parser.next(in);
        log.add(action);
        if (action.event == Event::kNone) {
            assert_true(in.empty());
            return;
        }
        if (log.over) {
            assert_true(parser.next(in).event == Event::kNone);
            assert_true(in.empty());
            assert_false(parser.idle());
            return;
        }
    }
}

std::string run_cut(std::string_view all, const Limits& limits,
                    const std::vector<size_t>& cuts)
{
    Parser parser(limits);
    Log log;
    size_t from = 0;
    for (size_t to : cuts) {
        feed(parser, all.substr(from, to - from), log);
        from = to;
    }
    feed(parser, all.substr(from), log);
    return log.text;
}

// Whole, byte by byte and cut at random: all must say the same.
std::string run(std::string_view all, const Limits& limits = {})
{
    std::string whole = run_cut(all, limits, {});
    std::vector<size_t> each;
    for (size_t i = 1; i < all.size(); i++) {
        each.push_back(i);
    }
    assert_string_equal(run_cut(all, limits, each).c_str(), whole.c_str());
    std::mt19937 random(7);
    for (int round = 0; round < 20; round++) {
        std::vector<size_t> cuts;
        for (size_t i = 1; i < all.size(); i++) {
            if (random() % 5 == 0) {
                cuts.push_back(i);
            }
        }
        assert_string_equal(run_cut(all, limits, cuts).c_str(), whole.c_str());
    }
    return whole;
}

void expect(std::string_view all, const char* want, const Limits& limits = {})
{
    assert_string_equal(run(all, limits).c_str(), want);
}

// The fault comes with the last byte given and not before.
void expect_at_last_byte(std::string_view all, const char* want,
                         const Limits& limits = {})
{
    expect(all, want, limits);
    std::string before = run(all.substr(0, all.size() - 1), limits);
    assert_true(before.find('[') == std::string::npos);
}

void a_text_message_of_the_rfc_is_read(void**)
{
    expect(bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51,
                  0x58}),
           "t<Hello>");
}

void fragments_with_controls_between_come_in_order(void**)
{
    expect(frame(0x01, "Hel") + frame(0x89, "a") + frame(0x00, "") +
               frame(0x8a, "") + frame(0x80, "lo") + frame(0x82, "\x01\xff"),
           "t<Hel[ping a][pong ]lo>b<\x01\xff>");
}

void empty_messages_and_empty_last_fragments_end(void**)
{
    expect(frame(0x81, "") + frame(0x82, ""), "t<>b<>");
    expect(frame(0x01, "") + frame(0x00, "") + frame(0x80, ""), "t<>");
    expect(frame(0x01, "x") + frame(0x80, ""), "t<x>");
}

void every_length_form_is_read(void**)
{
    Limits limits;
    limits.max_message = 70000;
    for (size_t size : {125, 126, 127, 128, 65535, 65536, 70000}) {
        std::string payload(size, 'x');
        payload[size / 2] = 'y';
        std::string all = frame(0x82, payload);
        assert_true(run_cut(all, limits, {}) == "b<" + payload + ">");
        assert_true(run_cut(all, limits, {1, 3, 7, 20, 51}) ==
                    "b<" + payload + ">");
    }
}

void reserved_bits_are_refused(void**)
{
    for (int bit : {0x40, 0x20, 0x10}) {
        expect_at_last_byte(bytes({0x81 | bit}), "[reserved_bits]");
    }
    Limits limits;
    limits.compressed = true;
    expect(frame(0xc1, "z") + frame(0xc2, "z"), "tz<z>bz<z>", limits);
    expect(frame(0x41, "z") + frame(0x80, "z"), "tz<zz>", limits);
    expect(frame(0x01, "z") + bytes({0xc0}), "t<z[reserved_bits]", limits);
    expect_at_last_byte(bytes({0xc9}), "[reserved_bits]", limits);
    expect_at_last_byte(bytes({0xa1}), "[reserved_bits]", limits);
}

void reserved_opcodes_are_refused(void**)
{
    for (int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
        expect_at_last_byte(bytes({0x80 | opcode}), "[reserved_opcode]");
    }
}

void an_unmasked_frame_is_refused(void**)
{
    expect_at_last_byte(bytes({0x81, 0x05}), "[unmasked_frame]");
    expect_at_last_byte(bytes({0x88, 0x00}), "[unmasked_frame]");
}

void a_length_not_in_its_shortest_form_is_refused(void**)
{
    expect_at_last_byte(bytes({0x82, 0xfe, 0, 125}), "[bad_length]");
    expect(bytes({0x82, 0xfe, 0, 126}), "");
    expect_at_last_byte(bytes({0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff}),
                        "[bad_length]");
    Limits limits;
    limits.max_message = UINT64_MAX;
    expect(bytes({0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0}), "", limits);
    expect(bytes({0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
           "", limits);
    expect_at_last_byte(bytes({0x82, 0xff, 0x80, 0, 0, 0, 0, 1, 0, 0}),
                        "[bad_length]", limits);
}

void a_long_control_frame_is_refused(void**)
{
    std::string most(125, 'p');
    expect(frame(0x89, most), ("[ping " + most + "]").c_str());
    expect_at_last_byte(bytes({0x89, 0xfe}), "[control_too_long]");
    expect_at_last_byte(bytes({0x88, 0xff}), "[control_too_long]");
}

void a_fragmented_control_frame_is_refused(void**)
{
    expect_at_last_byte(bytes({0x09}), "[control_fragmented]");
    expect_at_last_byte(bytes({0x08}), "[control_fragmented]");
}

void continuation_must_follow_a_beginning(void**)
{
    expect_at_last_byte(bytes({0x80}), "[unexpected_continuation]");
    expect_at_last_byte(bytes({0x00}), "[unexpected_continuation]");
    expect(frame(0x81, "a") + bytes({0x80}), "t<a>[unexpected_continuation]");
    expect(frame(0x01, "a") + bytes({0x81}), "t<a[expected_continuation]");
    expect(frame(0x02, "a") + frame(0x89, "") + bytes({0x02}),
           "b<a[ping ][expected_continuation]");
}

void close_codes_are_checked(void**)
{
    for (int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
                     1013, 1014, 3000, 3999, 4000, 4999}) {
        std::string want = "[close " + std::to_string(code) + " why]";
        expect(frame(0x88, close_payload(code, "why")), want.c_str());
    }
    for (int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999,
                     5000, 65535}) {
        std::string all = frame(0x88, close_payload(code, "why"));
        expect_at_last_byte(all.substr(0, all.size() - 3), "[bad_close_code]");
    }
}

void a_close_frame_without_payload_has_no_code(void**)
{
    expect(frame(0x88, ""), "[close 0 ]");
    expect(frame(0x88, close_payload(1000, "")), "[close 1000 ]");
}

void a_close_frame_of_one_byte_is_refused(void**)
{
    expect_at_last_byte(bytes({0x88, 0x81}), "[bad_close_payload]");
}

void nothing_is_read_after_a_close_frame(void**)
{
    expect(frame(0x88, "") + frame(0x81, "late") + "garbage", "[close 0 ]");
}

void a_bad_close_reason_is_refused_at_its_byte(void**)
{
    std::string all = frame(0x88, close_payload(1000,
                                                "ab\xff"
                                                "cd"));
    expect_at_last_byte(all.substr(0, all.size() - 2), "[bad_utf8]");
    expect_at_last_byte(frame(0x88, close_payload(1000, "\xe2\x82")),
                        "[bad_utf8]");
    expect(frame(0x88, close_payload(1000, "\xe2\x82\xac")),
           "[close 1000 \xe2\x82\xac]");
}

void bad_text_is_refused_at_its_byte(void**)
{
    const std::string_view heads[] = {
        "\x80",  "\xbf",      "\xc0",          "\xc1",          "\xf5",
        "\xff",  "\xe0\x9f",  "\xed\xa0",      "\xf0\x8f",      "\xf4\x90",
        "\xc3(", "\xe2\x82(", "\xf0\x9f\x8e(", "0123456789\xff"};
    for (std::string_view head : heads) {
        std::string all = frame(0x81, std::string(head) + "rest of it");
        std::string want =
            "t<" + std::string(head.substr(0, head.size() - 1)) + "[bad_utf8]";
        if (head.size() == 1) {
            want = "[bad_utf8]";
        }
        expect(all, want.c_str());
        expect_at_last_byte(all.substr(0, 6 + head.size()), want.c_str());
    }
}

void text_may_be_cut_inside_a_character_by_fragments(void**)
{
    expect(frame(0x01, "\xf0\x9f") + frame(0x00, "\x8e") + frame(0x80, "\xb5"),
           "t<\xf0\x9f\x8e\xb5>");
    expect(frame(0x01, "\xf0\x9f") + frame(0x80, "\x8e"),
           "t<\xf0\x9f\x8e[bad_utf8]");
    expect(frame(0x01, "\xf0\x9f") + frame(0x80, ""), "t<\xf0\x9f[bad_utf8]");
    expect(frame(0x81, "\xc3"), "t<\xc3[bad_utf8]");
}

void the_end_of_one_text_is_not_the_beginning_of_the_next(void**)
{
    expect(frame(0x82, "\xc3") + frame(0x81, "a") + frame(0x81, "b"),
           "b<\xc3>t<a>t<b>");
}

void compressed_text_is_not_judged(void**)
{
    Limits limits;
    limits.compressed = true;
    expect(frame(0xc1, "\xff\xfe"), "tz<\xff\xfe>", limits);
    expect(frame(0x81, "\xff"), "[bad_utf8]", limits);
}

void a_message_too_big_is_told_by_its_head(void**)
{
    Limits limits;
    limits.max_message = 10;
    expect(frame(0x81, "0123456789"), "t<0123456789>", limits);
    expect_at_last_byte(bytes({0x81, 0x8b}), "[message_too_big]", limits);
    expect(frame(0x01, "012345") + bytes({0x80, 0x85}),
           "t<012345[message_too_big]", limits);
    expect(frame(0x01, "012345") + frame(0x80, "6789"), "t<0123456789>",
           limits);
    expect(frame(0x81, "012345") + frame(0x81, "012345"), "t<012345>t<012345>",
           limits);
    expect_at_last_byte(bytes({0x82, 0xfe, 1, 0}), "[message_too_big]", limits);
    expect_at_last_byte(
        bytes({0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
        "[message_too_big]", limits);
    // What cannot be made shorter is a little longer when deflated.
    limits.compressed = true;
    std::string longer(10 + 10 / 7 + 64, 'z');
    expect(frame(0xc2, longer), ("bz<" + longer + ">").c_str(), limits);
    expect_at_last_byte(bytes({0xc2, 0x80 | 76}), "[message_too_big]", limits);
    expect_at_last_byte(bytes({0x82, 0x8b}), "[message_too_big]", limits);
    limits.max_message = UINT64_MAX;
    expect(bytes({0xc2, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
           "", limits);
    limits.compressed = false;
    limits.max_message = 0;
    expect(frame(0x81, "") + frame(0x89, "long enough"),
           "t<>[ping long enough]", limits);
}

void too_many_fragments_are_refused(void**)
{
    Limits limits;
    limits.max_fragments = 2;
    expect(frame(0x01, "a") + frame(0x80, "b") + frame(0x81, "c"), "t<ab>t<c>",
           limits);
    expect(frame(0x01, "a") + frame(0x00, "b") + frame(0x80, "") +
               frame(0x01, "c") + frame(0x80, "d"),
           "t<ab>t<cd>", limits);
    expect(frame(0x01, "a") + frame(0x00, "b") + bytes({0x00}),
           "t<ab[too_many_fragments]", limits);
}

void data_before_a_fault_are_delivered(void**)
{
    expect(frame(0x81, "good") + frame(0x89, "p") + bytes({0x83}),
           "t<good>[ping p][reserved_opcode]");
}

void a_parser_is_idle_only_between_messages(void**)
{
    std::string all = frame(0x01, "ab") + frame(0x89, "p") + frame(0x80, "c");
    size_t first = frame(0x01, "ab").size();
    Parser parser((Limits()));
    Log log;
    assert_true(parser.idle());
    for (size_t i = 0; i < all.size(); i++) {
        assert_true(parser.idle() == (i == 0));
        feed(parser, all.substr(i, 1), log);
    }
    assert_true(parser.idle());
    feed(parser, frame(0x89, "p"), log);
    assert_true(parser.idle());
    feed(parser, all.substr(0, first), log);
    assert_false(parser.idle());
}

void payload_is_unmasked_where_it_lies(void**)
{
    std::string all = frame(0x82, std::string(100, 'q'));
    std::vector<uint8_t> copy(all.begin(), all.end());
    Bytes in(copy);
    Parser parser((Limits()));
    Action action = parser.next(in);
    assert_ptr_equal(action.payload.data(), copy.data() + 6);
    assert_true(text_of(action.payload) == std::string(100, 'q'));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_text_message_of_the_rfc_is_read),
        cmocka_unit_test(fragments_with_controls_between_come_in_order),
        cmocka_unit_test(empty_messages_and_empty_last_fragments_end),
        cmocka_unit_test(every_length_form_is_read),
        cmocka_unit_test(reserved_bits_are_refused),
        cmocka_unit_test(reserved_opcodes_are_refused),
        cmocka_unit_test(an_unmasked_frame_is_refused),
        cmocka_unit_test(a_length_not_in_its_shortest_form_is_refused),
        cmocka_unit_test(a_long_control_frame_is_refused),
        cmocka_unit_test(a_fragmented_control_frame_is_refused),
        cmocka_unit_test(continuation_must_follow_a_beginning),
        cmocka_unit_test(close_codes_are_checked),
        cmocka_unit_test(a_close_frame_without_payload_has_no_code),
        cmocka_unit_test(a_close_frame_of_one_byte_is_refused),
        cmocka_unit_test(nothing_is_read_after_a_close_frame),
        cmocka_unit_test(a_bad_close_reason_is_refused_at_its_byte),
        cmocka_unit_test(bad_text_is_refused_at_its_byte),
        cmocka_unit_test(text_may_be_cut_inside_a_character_by_fragments),
        cmocka_unit_test(the_end_of_one_text_is_not_the_beginning_of_the_next),
        cmocka_unit_test(compressed_text_is_not_judged),
        cmocka_unit_test(a_message_too_big_is_told_by_its_head),
        cmocka_unit_test(too_many_fragments_are_refused),
        cmocka_unit_test(data_before_a_fault_are_delivered),
        cmocka_unit_test(a_parser_is_idle_only_between_messages),
        cmocka_unit_test(payload_is_unmasked_where_it_lies),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
