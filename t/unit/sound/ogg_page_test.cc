#include "sound/ogg_page.h"

#include "walked.h"

using namespace onair;
using namespace onair::sound;

namespace {

void a_page_s_head_is_read(void**)
{
    std::string bytes = capture("chain-2x1s.opus.ogg");
    OggPage page = read_page(bytes_of(bytes).data());
    assert_true(page.first);
    assert_false(page.continued);
    assert_false(page.last);
    assert_int_equal(page.granule, 0);
    assert_int_equal(page.segments, 1);
}

void the_checksum_is_that_of_the_page(void**)
{
    std::string bytes = capture("chain-2x1s.opus.ogg");
    OggPage page = read_page(bytes_of(bytes).data());
    // One segment: the head, the table of one byte and OpusHead's 19.
    std::string first = bytes.substr(0, kPageHead + 1 + 19);
    first.replace(22, 4, std::string(4, '\0'));
    assert_true(ogg_checksum(0, bytes_of(first)) == page.checksum);
    first[30] ^= 1;
    assert_false(ogg_checksum(0, bytes_of(first)) == page.checksum);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_page_s_head_is_read),
        cmocka_unit_test(the_checksum_is_that_of_the_page),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
