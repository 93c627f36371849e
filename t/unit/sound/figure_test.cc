#include "sound/figure.h"

#include <iterator>

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
    for (size_t i = 0; i < std::size(figures); i++) {
        assert_true(word(static_cast<Figure>(i)) == figures[i]);
    }
    assert_true(heard_by(Listening::kPlayer) == Figure::kHeard);
    assert_int_equal(static_cast<size_t>(heard_by(Listening::kSse)),
                     kFigures - 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {cmocka_unit_test(each_has_its_word)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
