#include "sound/page_text.h"

#include <string>

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::sound;

namespace {

template <typename Write>
std::string text_of_write(Write write)
{
    static char room[kMostPageText];
    Writer out(room);
    write(out);
    assert_true(out.ok());
    return std::string(out.view());
}

void a_page_is_told_what_it_will_hear(void**)
{
    Info info;
    info.type = "audio/mpeg";
    info.bitrate = 128;
    std::string text = text_of_write([&](Writer& out) {
        write_beginning(out, info, {2500, 12345678901});
    });
    assert_string_equal(text.c_str(),
                        "{\"type\":\"audio/mpeg\",\"bitrate\":128,"
                        "\"burst\":2.500,\"position\":12345678901}");
    info.bitrate = 0;
    text = text_of_write([&](Writer& out) { write_beginning(out, info, {}); });
    assert_true(text.find("\"bitrate\":null") != std::string::npos);
}

void words_are_whole_or_null(void**)
{
    std::string text = text_of_write([&](Writer& out) {
        write_words(out, {7, "Band", "<\"So\">"});
    });
    assert_string_equal(text.c_str(),
                        "{\"text\":\"Band - \\u003c\\\"So\\\">\","
                        "\"artist\":\"Band\",\"title\":\"\\u003c\\\"So\\\">\","
                        "\"position\":7}");
    text = text_of_write([&](Writer& out) { write_words(out, {0, "", "So"}); });
    assert_string_equal(text.c_str(),
                        "{\"text\":\"So\",\"artist\":null,\"title\":\"So\","
                        "\"position\":0}");
    text = text_of_write([&](Writer& out) { write_words(out, {}); });
    assert_true(text.starts_with("{\"text\":null,"));
}

void the_worst_words_have_room(void**)
{
    std::string bad(kMostCue / 2, '\x01');
    std::string text = text_of_write([&](Writer& out) {
        write_words(out, {~0u, bad, bad});
    });
    assert_true(text.size() > 6 * 2 * kMostCue);
    text = text_of_write([](Writer& out) { write_head_size(out, 65536); });
    assert_string_equal(text.c_str(), "{\"head\":65536}");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_told_what_it_will_hear),
        cmocka_unit_test(words_are_whole_or_null),
        cmocka_unit_test(the_worst_words_have_room),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
