#include <string>
#include <unordered_set>

#include "unit/cmocka.h"

#include "base/fault.h"

using namespace onair;

namespace {

void every_fault_has_a_sentence_and_a_word_of_its_own(void**)
{
    std::unordered_set<std::string> sentences;
    std::unordered_set<std::string> words;
    for (size_t i = 0; i < kFaults; i++) {
        auto fault = static_cast<Fault>(i);
        std::string sentence(describe(fault));
        std::string label(word(fault));
        assert_true(sentences.insert(sentence).second);
        assert_true(words.insert(label).second);
        assert_string_not_equal(label.c_str(), "unknown");
        assert_true(sentence.size() > 8 && sentence.back() != '.');
        for (char c : label) {
            assert_true((c >= 'a' && c <= 'z') || c == '_' ||
                        (c >= '0' && c <= '9'));
        }
    }
}

void a_close_code_is_one_that_may_be_sent(void**)
{
    for (size_t i = 0; i < kFaults; i++) {
        uint16_t code = close_code(static_cast<Fault>(i));
        assert_true(code >= 1002 && code <= 1013);
        assert_true(code < 1004 || code > 1006);
    }
}

void a_close_code_says_what_was_wrong(void**)
{
    assert_int_equal(close_code(Fault::kReservedBits), 1002);
    assert_int_equal(close_code(Fault::kUnmaskedFrame), 1002);
    assert_int_equal(close_code(Fault::kBadCloseCode), 1002);
    assert_int_equal(close_code(Fault::kBadUtf8), 1007);
    assert_int_equal(close_code(Fault::kBadDeflate), 1007);
    assert_int_equal(close_code(Fault::kMessageTooBig), 1009);
    assert_int_equal(close_code(Fault::kTooManyFragments), 1009);
    assert_int_equal(close_code(Fault::kBadOrigin), 1008);
    assert_int_equal(close_code(Fault::kNoMemory), 1013);
    assert_int_equal(close_code(Fault::kZoneFull), 1013);
    assert_int_equal(close_code(Fault::kTorn), 1011);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_a_sentence_and_a_word_of_its_own),
        cmocka_unit_test(a_close_code_is_one_that_may_be_sent),
        cmocka_unit_test(a_close_code_says_what_was_wrong),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
