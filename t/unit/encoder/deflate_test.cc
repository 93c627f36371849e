#include <random>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "encoder/deflate.h"

using namespace onair;
using namespace onair::encoder;

namespace {

std::string deflated(Deflater& deflater, std::string_view text)
{
    std::vector<uint8_t> out(Deflater::bound(text.size()));
    Result<size_t> size = deflater.message(bytes_of(text), out);
    assert_true(size.ok());
    return std::string(text_of({out.data(), *size}));
}

struct Inflated {
    bool ok = true;
    std::string text;
};

// Feeds pieces of `step` bytes into buffers of `room` bytes.
Inflated inflated(Inflater& inflater, std::string_view data, size_t step,
                  size_t room)
{
    Inflated result;
    std::vector<uint8_t> out(room);
    for (;;) {
        ConstBytes in = bytes_of(data.substr(0, step));
        bool end = data.size() <= step;
        data.remove_prefix(in.size());
        for (bool more = true; more || !in.empty();) {
            Result<Inflater::Step> done = inflater.take(&in, end, out);
            if (!done.ok()) {
                assert_true(done.fault() == Fault::kBadDeflate);
                result.ok = false;
                return result;
            }
            result.text += text_of({out.data(), done->written});
            more = done->more;
        }
        if (end) {
            return result;
        }
    }
}

void start(Deflater& deflater, Inflater& inflater, int bits)
{
    assert_true(deflater.start(bits, 6).ok());
    assert_true(inflater.start(bits).ok());
}

std::string noise(size_t size, uint32_t seed)
{
    std::mt19937 random(seed);
    std::string out(size, 0);
    for (char& c : out) {
        c = static_cast<char>(random());
    }
    return out;
}

void the_examples_of_the_rfc_are_inflated(void**)
{
    Inflater inflater;
    assert_true(inflater.start(15).ok());
    const std::string_view hello("\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
    const std::string_view again("\xf2\x00\x11\x00\x00", 5);
    const std::string_view stored(
        "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11);
    const std::string_view final("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8);
    const std::string_view blocks(
        "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13);
    for (size_t step : {1, 2, 100}) {
        for (std::string_view data : {hello, again, stored, final, blocks}) {
            assert_string_equal(inflated(inflater, data, step, 3).text.c_str(),
                                "Hello");
        }
        // The window goes on over a final block.
        assert_string_equal(inflated(inflater, final, step, 3).text.c_str(),
                            "Hello");
        assert_string_equal(inflated(inflater, again, step, 3).text.c_str(),
                            "Hello");
    }
}

void messages_come_back_whatever_the_pieces(void**)
{
    for (int bits = 9; bits <= 15; bits++) {
        Deflater deflater;
        Inflater inflater;
        start(deflater, inflater, bits);
        for (size_t size : {0, 1, 2, 100, 700, 5000, 40000}) {
            for (const std::string& text :
                 {std::string(size, 'a'), noise(size, 1)}) {
                for (size_t step : {1, 7, 100000}) {
                    std::string data = deflated(deflater, text);
                    Inflated back =
                        inflated(inflater, data, step, step == 7 ? 1 : 512);
                    assert_true(back.ok && back.text == text);
                }
            }
        }
    }
}

void with_takeover_the_second_message_is_shorter(void**)
{
    Deflater deflater;
    Inflater inflater;
    start(deflater, inflater, 15);
    std::string text = noise(300, 2);
    size_t first = deflated(deflater, text).size();
    assert_true(deflated(deflater, text).size() < first / 10);
}

void after_a_reset_a_message_stands_alone(void**)
{
    Deflater deflater;
    assert_true(deflater.start(15, 6).ok());
    std::string text = noise(300, 3);
    std::string first = deflated(deflater, text);
    deflater.reset();
    std::string second = deflated(deflater, text);
    assert_true(first == second);
    Inflater inflater;
    assert_true(inflater.start(15).ok());
    for (int i = 0; i < 2; i++) {
        inflater.reset();
        assert_true(inflated(inflater, second, 100, 100).text == text);
    }
}

void a_reference_before_the_reset_is_refused(void**)
{
    Inflater inflater;
    assert_true(inflater.start(15).ok());
    inflated(inflater, {"\xf2\x48\xcd\xc9\xc9\x07\x00", 7}, 100, 100);
    inflater.reset();
    assert_false(inflated(inflater, {"\xf2\x00\x11\x00\x00", 5}, 100, 100).ok);
}

void an_empty_message_is_one_byte(void**)
{
    Deflater deflater;
    Inflater inflater;
    start(deflater, inflater, 15);
    for (int i = 0; i < 3; i++) {
        assert_true(deflated(deflater, "") == std::string(1, '\0'));
        assert_true(inflated(inflater, {"\0", 1}, 1, 10).ok);
    }
    std::string data = deflated(deflater, "after");
    assert_true(inflated(inflater, data, 1, 10).text == "after");
}

void garbage_is_refused(void**)
{
    Inflater inflater;
    assert_true(inflater.start(15).ok());
    assert_false(inflated(inflater, "\xff\xff\xff\xff", 1, 100).ok);
    inflater.reset();
    assert_true(
        inflated(inflater, {"\xf2\x48\xcd\xc9\xc9\x07\x00", 7}, 1, 1).ok);
}

void a_message_without_its_end_is_refused(void**)
{
    Deflater deflater;
    assert_true(deflater.start(15, 6).ok());
    std::string data = deflated(deflater, "a text to cut, a text to cut");
    for (size_t size = 0; size < data.size(); size++) {
        Inflater inflater;
        assert_true(inflater.start(15).ok());
        bool ok = inflated(inflater, data.substr(0, size), 100, 100).ok;
        assert_false(ok);
    }
}

void room_that_is_filled_to_the_last_byte_ends_a_message_too(void**)
{
    // A stored block whose four bytes are the tail itself.
    const std::string_view data("\x00\x04\x00\xfb\xff", 5);
    for (size_t room : {1, 2, 3, 4, 5}) {
        for (size_t step : {1, 5}) {
            Inflater inflater;
            assert_true(inflater.start(15).ok());
            Inflated back = inflated(inflater, data, step, room);
            assert_true(back.ok);
            assert_true(back.text == std::string_view("\0\0\xff\xff", 4));
        }
    }
}

void a_bomb_is_bounded_by_the_room_given(void**)
{
    Deflater deflater;
    Inflater inflater;
    start(deflater, inflater, 15);
    std::string data = deflated(deflater, std::string(1000000, 'x'));
    assert_true(data.size() < 2000);
    ConstBytes in = bytes_of(data);
    uint8_t out[64];
    Result<Inflater::Step> step = inflater.take(&in, true, out);
    assert_true(step.ok() && step->more);
    assert_int_equal(step->written, sizeof(out));
    step = inflater.take(&in, true, {});
    assert_true(step.ok() && step->more);
    assert_int_equal(step->written, 0);
}

void too_little_room_is_told_and_forgotten(void**)
{
    Deflater deflater;
    Inflater inflater;
    start(deflater, inflater, 15);
    std::string text = noise(300, 4);
    for (size_t room = 0; room < 300; room += 13) {
        std::vector<uint8_t> out(room);
        Result<size_t> size = deflater.message(bytes_of(text), out);
        assert_false(size.ok());
        assert_true(size.fault() == Fault::kTooLarge);
    }
    std::string data = deflated(deflater, text);
    assert_true(inflated(inflater, data, 100, 100).text == text);
}

void a_window_of_8_is_served_as_9(void**)
{
    Deflater deflater;
    Inflater inflater;
    start(deflater, inflater, 8);
    std::string text = noise(400, 5) + noise(400, 5);
    std::string data = deflated(deflater, text);
    assert_true(inflated(inflater, data, 50, 50).text == text);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfc_are_inflated),
        cmocka_unit_test(messages_come_back_whatever_the_pieces),
        cmocka_unit_test(with_takeover_the_second_message_is_shorter),
        cmocka_unit_test(after_a_reset_a_message_stands_alone),
        cmocka_unit_test(a_reference_before_the_reset_is_refused),
        cmocka_unit_test(an_empty_message_is_one_byte),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(a_message_without_its_end_is_refused),
        cmocka_unit_test(
            room_that_is_filled_to_the_last_byte_ends_a_message_too),
        cmocka_unit_test(a_bomb_is_bounded_by_the_room_given),
        cmocka_unit_test(too_little_room_is_told_and_forgotten),
        cmocka_unit_test(a_window_of_8_is_served_as_9),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
