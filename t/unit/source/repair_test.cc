#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "base/utf8.h"
#include "source/repair.h"

using namespace onair;
using namespace onair::source;

namespace {

struct Case {
    std::string in;
    std::string out;
};

std::string cleaned(const std::string& text, const Repair& repair = Repair(),
                    size_t limit = kMaxText)
{
    std::vector<uint8_t> memory(16384);
    Arena arena(memory);
    return std::string(clean(text, limit, repair, arena));
}

void check(const std::vector<Case>& cases)
{
    for (const Case& one : cases) {
        assert_string_equal(cleaned(one.in).c_str(), one.out.c_str());
    }
}

void references_are_decoded_once(void**)
{
    check({{"caf&#233; &#x2013; &eacute;&amp;", "café – é&"},
           {"&amp;#233;", "&#233;"},
           {"&#26085;&#26412;", "日本"},
           {"&#55357;&#56832;", "😀"},
           {"a&#47;b&#55296;c&#65535;&#0;&#8238;", "a/bc"},
           {"&#146;", "’"},
           {"AT&T; &nosuch; &#; &#x; &#233", "AT&T; &nosuch; &#; &#x; &#233"}});
    Repair off;
    off.entities = false;
    assert_string_equal(cleaned("&#233;&amp;", off).c_str(), "&#233;&amp;");
}

void text_encoded_twice_is_mended(void**)
{
    check({{"cafÃ© â€™x", "café ’x"},
           {"caf\u00c3\u00a9 \u00e2\u0080\u0099", "café ’"},
           {"\u00f0\u009f\u008e\u00b5", "🎵"},
           {"café Björk", "café Björk"},
           {"Ã", "Ã"},
           {"cafÃ© 日", "cafÃ© 日"},
           {"caf\u00c3\u00a9 \u00e6\u00a4", "café"}});
    Repair off;
    off.double_utf8 = false;
    assert_string_equal(cleaned("cafÃ©", off).c_str(), "cafÃ©");
}

void bytes_that_are_no_utf8_are_windows_1252(void**)
{
    check({{"caf\xe9 - Bj\xf6rk", "café - Björk"},
           {"it\x92s \x80", "it’s €"},
           {"a\x81z", "az"},
           {"日本 caf\xe9!", "日本 café!"},
           {"日本\xe6\xa4", "日本"}});
}

void what_is_not_seen_goes(void**)
{
    check({{"a\x01\x1b"
            "b\x7f",
            "ab"},
           {"it\u0092s", "it’s"},
           {"a\u200bb\ufeff\u202ec\u2066d\u00ad", "abcd"},
           {"a\uffff\ufdd0z", "az"},
           {"a\u200db", "ab"},
           {"👩\u200d👧", "👩\u200d👧"},
           {"می\u200cخواهم", "می\u200cخواهم"},
           {"👩\u200d", "👩"},
           {"❤\ufe0f", "❤\ufe0f"}});
    Repair off;
    off.invisible = false;
    assert_string_equal(cleaned("a\u200b\x01z", off).c_str(), "a\u200bz");
}

void blanks_become_one_and_ends_are_trimmed(void**)
{
    check({{"  a \t\r\n b  ", "a b"},
           {"a\u2028b\u2029c\u00a0\u3000d", "a b c d"},
           {" \u200b ", ""},
           {"1999", "1999"}});
}

void a_text_is_cut_between_characters(void**)
{
    Repair repair;
    assert_string_equal(cleaned("abcdef", repair, 3).c_str(), "abc");
    assert_string_equal(cleaned("abé", repair, 3).c_str(), "ab");
    assert_string_equal(cleaned("ab cd", repair, 3).c_str(), "ab");
    // A family of three is one character to who reads it.
    assert_string_equal(cleaned("a👩\u200d👩\u200d👧", repair, 12).c_str(), "a");
    assert_string_equal(cleaned("ae\u0301", repair, 2).c_str(), "a");
    assert_string_equal(cleaned("x🇫🇷", repair, 6).c_str(), "x");
    assert_string_equal(cleaned("🇫🇷🇫🇷", repair, 12).c_str(), "🇫🇷");
    assert_true(is_utf8(cleaned("👩\u200d👩\u200d👧", repair, 12)));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(references_are_decoded_once),
        cmocka_unit_test(text_encoded_twice_is_mended),
        cmocka_unit_test(bytes_that_are_no_utf8_are_windows_1252),
        cmocka_unit_test(what_is_not_seen_goes),
        cmocka_unit_test(blanks_become_one_and_ends_are_trimmed),
        cmocka_unit_test(a_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
