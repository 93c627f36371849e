#include "sound/kind.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::sound;

namespace {

void each_kind_has_a_word_and_a_media_type(void**)
{
    for (size_t i = 0; i < kKinds; i++) {
        auto kind = static_cast<Kind>(i);
        assert_true(kind_of(word_of(kind)) == kind);
        assert_true(kind_of_media_type(media_type_of(kind)) == kind);
    }
    assert_false(kind_of("MP3").has_value());
    assert_false(kind_of("").has_value());
}

void media_types_are_known_by_all_their_names(void**)
{
    assert_true(kind_of_media_type("audio/aacp") == Kind::kAac);
    assert_true(kind_of_media_type("Audio/MPEG; charset=x") == Kind::kMp3);
    assert_true(kind_of_media_type(" video/webm ") == Kind::kWebm);
    assert_false(kind_of_media_type("text/html").has_value());
    assert_false(kind_of_media_type("").has_value());
    assert_false(kind_of_media_type(" ;").has_value());
}

void first_bytes_say_the_kind(void**)
{
    auto kind = [](std::string_view text) {
        return kind_of_bytes(bytes_of(text));
    };
    assert_true(kind("OggS") == Kind::kOgg);
    assert_true(kind("\x1a\x45\xdf\xa3") == Kind::kWebm);
    assert_true(kind("ID3\x04") == Kind::kMp3);
    assert_true(kind("\xff\xfb\x90\x64") == Kind::kMp3);
    assert_true(kind(std::string_view("\xff\xf1\x4c\x80\x2e\x7f\xfc", 7)) ==
                Kind::kAac);
    assert_false(kind("<html>").has_value());
    assert_false(kind("").has_value());
    assert_false(kind("\xff").has_value());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_a_word_and_a_media_type),
        cmocka_unit_test(media_types_are_known_by_all_their_names),
        cmocka_unit_test(first_bytes_say_the_kind),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
