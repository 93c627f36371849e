#include "sound/ebml.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::sound;

namespace {

ConstBytes head(std::string_view text)
{
    return bytes_of(text);
}

void an_element_says_how_much_of_it_is_needed(void**)
{
    assert_int_equal(element_needs(head("")), 1);
    assert_int_equal(element_needs(head("\x1f")), 5);
    assert_int_equal(element_needs(head("\x1f\x43\xb6\x75\x81")), 5);
    assert_int_equal(element_needs(head("\x1f\x43\xb6\x75\x01")), 12);
    assert_int_equal(element_needs(head("\xe7")), 2);
    assert_int_equal(element_needs(head("\xe7\x40")), 3);
}

void what_is_no_element_is_told(void**)
{
    assert_int_equal(element_needs(head("\x0f")), 0);
    assert_int_equal(element_needs(head(std::string_view("\0", 1))), 0);
    assert_int_equal(element_needs(head(std::string_view("\xe7\0", 2))), 0);
}

void ids_keep_their_marker_and_sizes_lose_it(void**)
{
    Element element = read_element(head("\xe7\x82"));
    assert_int_equal(element.id, 0xe7);
    assert_int_equal(element.size, 2);
    assert_int_equal(element.head, 2);
    element = read_element(head("\x1f\x43\xb6\x75\x10\x01\x86\xa0"));
    assert_int_equal(element.id, 0x1f43b675);
    assert_int_equal(element.size, 100000);
    assert_int_equal(element.head, 8);
}

void all_ones_are_an_unknown_size_whatever_the_length(void**)
{
    assert_true(read_element(head("\xe7\xff")).size == kUnknownSize);
    assert_true(
        read_element(head("\xe7\x01\xff\xff\xff\xff\xff\xff\xff")).size ==
        kUnknownSize);
    assert_false(
        read_element(head("\xe7\x01\xff\xff\xff\xff\xff\xff\xfe")).size ==
        kUnknownSize);
}

void a_number_has_its_highest_byte_first(void**)
{
    assert_int_equal(read_number(head("\x01\x02\x03")), 0x010203);
    assert_int_equal(read_number({}), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_element_says_how_much_of_it_is_needed),
        cmocka_unit_test(what_is_no_element_is_told),
        cmocka_unit_test(ids_keep_their_marker_and_sizes_lose_it),
        cmocka_unit_test(all_ones_are_an_unknown_size_whatever_the_length),
        cmocka_unit_test(a_number_has_its_highest_byte_first),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
