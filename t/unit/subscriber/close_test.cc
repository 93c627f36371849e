#include "unit/cmocka.h"

#include "subscriber/close.h"

#include "subscriber/parser.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

void every_parting_has_a_code_that_may_be_sent_and_words(void**)
{
    for (int i = 0; i <= static_cast<int>(Parting::kKind); i++) {
        Closing closing = closing_for(static_cast<Parting>(i));
        assert_true(valid_close_code(closing.code));
        assert_false(closing.reason.empty());
        assert_true(closing.reason.size() <= 123);
    }
    assert_int_equal(closing_for(Parting::kLeaving).code, 1012);
    assert_int_equal(closing_for(Parting::kSilent).code, 1001);
}

void every_fault_has_a_code_that_may_be_sent_and_words(void**)
{
    for (int i = 0; i <= static_cast<int>(Fault::kBadDeflate); i++) {
        Closing closing = closing_for(static_cast<Fault>(i));
        assert_true(valid_close_code(closing.code));
        assert_true(closing.reason.size() <= 123);
    }
    assert_int_equal(closing_for(Fault::kBadUtf8).code, 1007);
    assert_int_equal(closing_for(Fault::kMessageTooBig).code, 1009);
}

void a_client_gets_its_own_code_back(void**)
{
    assert_int_equal(closing_for(uint16_t{4000}).code, 4000);
    assert_int_equal(closing_for(uint16_t{0}).code, 0);
    assert_true(closing_for(uint16_t{1000}).reason.empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_parting_has_a_code_that_may_be_sent_and_words),
        cmocka_unit_test(every_fault_has_a_code_that_may_be_sent_and_words),
        cmocka_unit_test(a_client_gets_its_own_code_back),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
