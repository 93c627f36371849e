#include <set>
#include <string>

#include "unit/cmocka.h"

#include "encoder/form.h"

using namespace onair;
using namespace onair::encoder;

namespace {

void a_form_is_found_by_its_word_and_its_protocol(void**)
{
    std::set<std::string_view> names;
    for (size_t i = 0; i < kNamedForms; i++) {
        auto form = static_cast<Form>(i);
        const FormTraits& traits = traits_of(form);
        assert_true(form_of(traits.word).ok());
        assert_true(*form_of(traits.word) == form);
        assert_true(word_of(form) == traits.word);
        assert_true(form_of_protocol(traits.protocol).ok());
        assert_true(*form_of_protocol(traits.protocol) == form);
        assert_true(names.insert(traits.word).second);
        assert_true(names.insert(traits.protocol).second);
        assert_false(traits.media_type.empty());
    }
    assert_true(*form_of("title") == Form::kTitle);
    assert_true(*form_of_protocol("onair.json") == Form::kJson);
}

void what_is_no_form_is_not_found(void**)
{
    for (const char* name : {"", "JSON", "json ", "onair.json"}) {
        assert_int_equal(form_of(name).fault(), Fault::kNotFound);
    }
    for (const char* name : {"", "json", "onair.", "onair.json,"}) {
        assert_int_equal(form_of_protocol(name).fault(), Fault::kNotFound);
    }
}

void the_form_of_the_location_is_offered_first_and_each_once(void**)
{
    for (size_t i = 0; i < kNamedForms; i++) {
        auto first = static_cast<Form>(i);
        auto protocols = protocols_from(first);
        assert_true(protocols[0] == traits_of(first).protocol);
        std::set<std::string_view> all(protocols.begin(), protocols.end());
        assert_int_equal(all.size(), kNamedForms);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_form_is_found_by_its_word_and_its_protocol),
        cmocka_unit_test(what_is_no_form_is_not_found),
        cmocka_unit_test(
            the_form_of_the_location_is_offered_first_and_each_once),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
