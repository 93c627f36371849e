#include "sound/framer.h"

#include <memory>

#include "walked.h"

using namespace onair;
using namespace onair::sound;

namespace {

void each_kind_finds_its_starts(void**)
{
    const struct {
        Kind kind;
        const char* name;
        size_t heads;
    } rows[] = {
        {Kind::kMp3, "tone-2s-128k.mp3", 0},
        {Kind::kAac, "tone-2s-128k.aac", 0},
        {Kind::kOgg, "chain-2x1s.vorbis.ogg", 2},
        {Kind::kWebm, "tone-2s-64k-opus.webm", 1},
    };
    for (const auto& row : rows) {
        auto told = walked([&] { return std::make_unique<Framer>(row.kind); },
                           capture(row.name));
        assert_true(!only(told, Found::What::kStart).empty());
        assert_int_equal(only(told, Found::What::kHead).size(), row.heads);
    }
}

void another_kind_s_bytes_are_no_sound(void**)
{
    auto told = walked([] { return std::make_unique<Framer>(Kind::kOgg); },
                       capture("tone-2s-64k-opus.webm"));
    assert_int_equal(told.size(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_finds_its_starts),
        cmocka_unit_test(another_kind_s_bytes_are_no_sound),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
