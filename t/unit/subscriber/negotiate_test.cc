#include <string>

#include "unit/cmocka.h"

#include "subscriber/negotiate.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

// The answer to an offer; empty: declined.
std::string answer(std::string_view extensions, bool takeover = true,
                   int least = 9)
{
    Offer offer;
    offer.deflate = true;
    offer.context_takeover = takeover;
    offer.least_server_bits = least;
    char out[128];
    return std::string(write_extensions(negotiate(extensions, offer), out));
}

void expect(const char* extensions, const char* want)
{
    assert_string_equal(answer(extensions).c_str(), want);
}

void a_bare_offer_is_accepted_bare(void**)
{
    expect("permessage-deflate", "permessage-deflate");
}

void each_parameter_is_answered(void**)
{
    expect("permessage-deflate; server_no_context_takeover",
           "permessage-deflate; server_no_context_takeover");
    expect("permessage-deflate; client_no_context_takeover",
           "permessage-deflate; client_no_context_takeover");
    expect("permessage-deflate; server_max_window_bits=10",
           "permessage-deflate; server_max_window_bits=10");
    expect("permessage-deflate; server_max_window_bits=15",
           "permessage-deflate; server_max_window_bits=15");
    expect("permessage-deflate; client_max_window_bits", "permessage-deflate");
    expect("permessage-deflate; client_max_window_bits=8",
           "permessage-deflate; client_max_window_bits=8");
    expect(
        "permessage-deflate;server_no_context_takeover ; "
        "client_max_window_bits=15;\tserver_max_window_bits = 12;"
        "client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover; server_max_window_bits=12");
}

void without_takeover_both_sides_are_told(void**)
{
    assert_string_equal(answer("permessage-deflate", false).c_str(),
                        "permessage-deflate; server_no_context_takeover; "
                        "client_no_context_takeover");
}

void quoted_values_are_read(void**)
{
    expect("permessage-deflate; server_max_window_bits=\"10\"",
           "permessage-deflate; server_max_window_bits=10");
    expect("permessage-deflate; server_max_window_bits=\"1,0\"", "");
    expect("permessage-deflate; server_max_window_bits=\"10", "");
    expect("permessage-deflate; server_max_window_bits=\"\"", "");
}

void bad_values_decline_an_offer(void**)
{
    for (const char* bits : {"8", "7", "16", "0", "010", "1", "+9", "-9", "9.0",
                             "x", "155", "99999999999", ""}) {
        std::string offer =
            "permessage-deflate; server_max_window_bits=" + std::string(bits);
        assert_string_equal(answer(offer).c_str(), "");
    }
    for (const char* bits : {"7", "16", "08", "x", ""}) {
        std::string offer =
            "permessage-deflate; client_max_window_bits=" + std::string(bits);
        assert_string_equal(answer(offer).c_str(), "");
    }
    expect("permessage-deflate; server_max_window_bits", "");
    expect("permessage-deflate; server_no_context_takeover=1", "");
    expect("permessage-deflate; client_no_context_takeover=true", "");
}

void unknown_and_repeated_parameters_decline_an_offer(void**)
{
    expect("permessage-deflate; mystery", "");
    expect(
        "permessage-deflate; server_no_context_takeover; "
        "server_no_context_takeover",
        "");
    expect(
        "permessage-deflate; client_no_context_takeover; "
        "client_no_context_takeover",
        "");
    expect(
        "permessage-deflate; client_max_window_bits; "
        "client_max_window_bits=10",
        "");
    expect(
        "permessage-deflate; server_max_window_bits=10; "
        "server_max_window_bits=10",
        "");
}

void the_next_offer_is_tried(void**)
{
    expect(
        "x-webkit-deflate-frame, permessage-deflate; mystery=1, "
        "permessage-deflate; server_max_window_bits=8, "
        "permessage-deflate; client_no_context_takeover, "
        "permessage-deflate",
        "permessage-deflate; client_no_context_takeover");
    expect("permessage-bzip2; q=\"a\", permessage-deflate",
           "permessage-deflate");
}

void nothing_carries_over_from_a_declined_offer(void**)
{
    expect(
        "permessage-deflate; server_no_context_takeover; mystery, "
        "permessage-deflate",
        "permessage-deflate");
}

void an_empty_header_is_no_offer(void**)
{
    expect("", "");
    expect("  ", "");
    expect(",", "");
    expect(", permessage-deflate ,", "permessage-deflate");
}

void a_header_is_well_formed_or_not(void**)
{
    for (const char* good :
         {"", " ", ",", "x", "x, ,y", "x;a", "x; a=b ;c", "x;a=\"b\"",
          "x;a=\"\\b\\c\"", "permessage-deflate; server_max_window_bits=99"}) {
        assert_true(is_well_formed(good));
    }
    for (const char* bad :
         {";", "x;", "x y", "x; =", "x; a=", "x; a=\"\"", "x; a=\"b",
          "x; a=b\"", "x; a=\"b c\"", "x; a=\"b,c\"", "x; a=\"b\\\"", "x;a;;b",
          "x, y=z", "\"x\"", "x; a=b c", "x; \xc3\xa9"}) {
        assert_false(is_well_formed(bad));
    }
}

void after_a_syntax_error_nothing_is_accepted(void**)
{
    expect("permessage deflate, permessage-deflate", "");
    expect("permessage-deflate;, permessage-deflate", "");
    expect("permessage-deflate; =1, permessage-deflate", "");
    expect(";, permessage-deflate", "");
    expect("x; q=\"a, permessage-deflate\"", "");
    expect("x; q=\"a,b\", permessage-deflate", "");
}

void a_window_smaller_than_ours_is_declined(void**)
{
    assert_string_equal(
        answer("permessage-deflate; server_max_window_bits=11", true, 12)
            .c_str(),
        "");
    assert_string_equal(
        answer("permessage-deflate; server_max_window_bits=12", true, 12)
            .c_str(),
        "permessage-deflate; server_max_window_bits=12");
}

void without_deflate_there_is_no_answer(void**)
{
    char out[128];
    Deflate off = negotiate("permessage-deflate", Offer());
    assert_false(off.on);
    assert_true(write_extensions(off, out).empty());
}

void the_longest_answer_fits_in_128_bytes(void**)
{
    std::string longest = answer(
        "permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover; server_max_window_bits=14; "
        "client_max_window_bits=14");
    assert_false(longest.empty());
    char small[20];
    Deflate on;
    on.on = true;
    on.server_no_context_takeover = true;
    assert_true(write_extensions(on, small).empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_offer_is_accepted_bare),
        cmocka_unit_test(each_parameter_is_answered),
        cmocka_unit_test(without_takeover_both_sides_are_told),
        cmocka_unit_test(quoted_values_are_read),
        cmocka_unit_test(bad_values_decline_an_offer),
        cmocka_unit_test(unknown_and_repeated_parameters_decline_an_offer),
        cmocka_unit_test(the_next_offer_is_tried),
        cmocka_unit_test(nothing_carries_over_from_a_declined_offer),
        cmocka_unit_test(an_empty_header_is_no_offer),
        cmocka_unit_test(a_header_is_well_formed_or_not),
        cmocka_unit_test(after_a_syntax_error_nothing_is_accepted),
        cmocka_unit_test(a_window_smaller_than_ours_is_declined),
        cmocka_unit_test(without_deflate_there_is_no_answer),
        cmocka_unit_test(the_longest_answer_fits_in_128_bytes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
