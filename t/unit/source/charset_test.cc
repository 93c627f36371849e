#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/charset.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string converted(std::string_view name, std::string_view text)
{
    std::vector<uint8_t> memory(65536);
    Arena arena(memory);
    std::optional<Charset> charset = charset_of(name);
    assert_true(charset.has_value());
    return std::string(charset->to_utf8(text, arena));
}

void the_sets_that_encoders_name_are_converted(void**)
{
    const struct {
        const char* name;
        const char* text;
        const char* utf8;
    } rows[] = {
        {"windows-1251", "\xcc\xee\xf0\xe5", "Море"},
        {"CP1251", "\xcc\xee\xf0\xe5", "Море"},
        {"koi8-r", "\xed\xcf\xd2\xc5", "Море"},
        {"ISO-8859-5", "\xbc\xde\xe0\xd5", "Море"},
        {"cp866", "\x8c\xae\xe0\xa5", "Море"},
        {"iso-8859-2", "\xa3\xf3\xd6\xbc", "ŁóÖź"},
        {"windows-1250", "\xa3\xf3\x9f", "Łóź"},
        {"ISO_8859-15", "\xa4", "€"},
        {"latin1", "\xe9\x93", "é“"},
        {"windows-1252", "\x81", "\xc2\x81"},
        {"Shift_JIS", "\x83\x5c\x93\xfa", "ソ日"},
        {"sjis", "\x83\x5c\x93\xfa", "ソ日"},
        {"EUC-JP", "\xc6\xfc", "日"},
        {"EUC-KR", "\xb0\xa1", "가"},
        {"Big5", "\xa4\xa4", "中"},
        {"gb2312", "\xd6\xd0", "中"},
        {"GB18030", "\x95\x32\x82\x36", "𠀀"},
        {"windows-1258", "a\xcc", "à"},
        {"UTF-8", "\xc3\xa9", "é"},
        {"us-ascii", "x", "x"},
        {"", "\xe9", "\xe9"},
    };
    for (const auto& row : rows) {
        assert_string_equal(converted(row.name, row.text).c_str(), row.utf8);
    }
}

std::string_view wide(const char* text, size_t size)
{
    return {text, size};
}

void utf_16_is_read_in_the_order_that_its_bytes_show(void**)
{
    const struct {
        const char* name;
        std::string_view text;
        const char* utf8;
    } rows[] = {
        {"UTF-16", wide("\xff\xfe\x1c\x04{\0", 6), "М{"},
        {"UTF-16", wide("\xfe\xff\x04\x1c\0{", 6), "М{"},
        {"utf-16", wide("{\0\x1c\x04", 4), "{М"},
        {"utf-16", wide("\0{\x04\x1c", 4), "{М"},
        {"utf-16le", wide("{\0\x3d\xd8\x00\xde", 6), "{😀"},
        {"utf-16be", wide("\0{\xd8\x3d\xde\x00", 6), "{😀"},
        {"utf-16be", wide("\xff\xfe{\0", 4), "{"},
        // Bytes of ASCII, but none of its characters.
        {"utf-16be", wide("ee", 2), "敥"},
        // A half of a pair is no character, and the next one is not lost.
        {"utf-16le", wide("\x3d\xd8{\0}\0", 6), "\xef\xbf\xbd{}"},
        {"utf-16le", wide("{\0}\0\x3d", 5), "{}"},
        {"utf-16", wide("\xff\xfe", 2), ""},
        {"utf-16", "", ""},
    };
    for (const auto& row : rows) {
        assert_string_equal(converted(row.name, row.text).c_str(), row.utf8);
    }
}

void a_text_may_be_utf_8_whatever_is_said_of_it(void**)
{
    Charset latin = *charset_of("latin1");
    assert_true(latin.is_utf8_after_all("Мо"));
    assert_false(latin.is_utf8_after_all("\xe9"));
    assert_false(Charset().is_utf8_after_all("\xe9"));
    Charset utf16 = *charset_of("utf-16");
    assert_true(utf16.is_utf16() && !latin.is_utf16());
    assert_true(utf16.is_utf8_after_all("{\"a\":\t\"Мо\"}\n"));
    assert_false(utf16.is_utf8_after_all(wide("{\0}\0", 4)));
    assert_false(utf16.is_utf8_after_all("\x1c\x04>\x04"));
    assert_true(has_wide_mark("\xff\xfe") && has_wide_mark("\xfe\xffx"));
    assert_false(has_wide_mark("\xff") || has_wide_mark("\xef\xbb\xbf"));
}

void what_is_no_character_is_replaced_and_what_is_cut_off_goes(void**)
{
    assert_string_equal(converted("windows-1251", "\xcc\x98\xee").c_str(),
                        "М\xef\xbf\xbdо");
    assert_string_equal(converted("EUC-JP",
                                  "\xff"
                                  "abcdef\xc6\xfc")
                            .c_str(),
                        "\xef\xbf\xbd"
                        "abcdef日");
    assert_string_equal(converted("Shift_JIS", "\x93\xfa\x93").c_str(), "日");
    // Nothing of a text that broke off reaches the next one.
    assert_string_equal(converted("Shift_JIS", "\x93\xfa").c_str(), "日");
    std::string longest(5000, '\xcc');
    assert_int_equal(converted("cp1251", longest).size(), 10000);
}

void names_that_nobody_knows_are_none(void**)
{
    for (std::string_view name :
         {"klingon", "ISO-2022-JP", "UTF-7", "UTF-32", "utf16x", "iso-8859-12",
          "8859", "utf8//TRANSLIT", "windows-1251\n", "-", "cp125", "cp12511",
          "iso88591iso88591iso88591", "../../gconv", "\xe9"}) {
        assert_false(charset_of(name).has_value());
    }
}

void a_text_is_plain_where_every_set_says_the_same(void**)
{
    assert_true(is_plain_ascii("Artist - Title ~\t\n"));
    for (std::string_view text : {"\xe9", "\x1b$B", "a\x80"}) {
        assert_false(is_plain_ascii(text));
    }
    assert_false(is_plain_ascii(std::string_view("a\0b", 3)));
}

void a_media_type_names_its_set(void**)
{
    const struct {
        std::string_view type;
        std::string_view name;
    } rows[] = {
        {"text/html; charset=koi8-r", "koi8-r"},
        {"text/html;charset=\"utf-8\"; x=y", "utf-8"},
        {"text/html; x=y;  CHARSET=x ", "x"},
        {"text/html", ""},
        {"charset=x", ""},
        {"text/html; charset=", ""},
        {"text/html; charset=\"\"", ""},
        {"text/html; xcharset=y;", ""},
        {";", ""},
    };
    for (const auto& row : rows) {
        assert_true(charset_in(row.type) == row.name);
    }
}

void without_room_there_is_no_text(void**)
{
    uint8_t memory[8];
    Arena arena(memory);
    assert_null(charset_of("cp1251")->to_utf8("\xcc\xcc\xcc", arena).data());
    assert_true(arena.full());
}

}  // namespace

int main()
{
    open_charsets();
    open_charsets();
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_sets_that_encoders_name_are_converted),
        cmocka_unit_test(utf_16_is_read_in_the_order_that_its_bytes_show),
        cmocka_unit_test(a_text_may_be_utf_8_whatever_is_said_of_it),
        cmocka_unit_test(
            what_is_no_character_is_replaced_and_what_is_cut_off_goes),
        cmocka_unit_test(names_that_nobody_knows_are_none),
        cmocka_unit_test(a_text_is_plain_where_every_set_says_the_same),
        cmocka_unit_test(a_media_type_names_its_set),
        cmocka_unit_test(without_room_there_is_no_text),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
