#include "sound/figure.h"

#include "unit/cmocka.h"

using namespace onair::sound;

namespace {

void each_has_its_word(void**)
{
    const std::string_view listenings[] = {"player", "audio", "websocket",
                                           "sse"};
    for (size_t i = 0; i < kListenings; i++) {
        assert_true(word(static_cast<Listening>(i)) == listenings[i]);
    }
    const std::string_view figures[] = {"listens", "moved",  "spoiled", "bytes",
                                        "pulls",   "joined", "titles"};
    for (size_t i = 0; i < kFigures; i++) {
        assert_true(word(static_cast<Figure>(i)) == figures[i]);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {cmocka_unit_test(each_has_its_word)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
