#include "sound/icy_head.h"

#include <string>

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::sound;

namespace {

using State = IcyHead::State;

// In pieces of so many bytes; what was not consumed.
std::string give(IcyHead& head, std::string_view text, size_t piece)
{
    std::string left;
    for (size_t at = 0; at < text.size(); at += piece) {
        ConstBytes in = bytes_of(text.substr(at, piece));
        head.take(in);
        left += text_of(in);
    }
    return left;
}

void a_head_is_taken_however_it_is_cut(void**)
{
    constexpr std::string_view kText =
        "ICY 200 OK\r\nicy-name: Rock FM \r\nicy-metaint:8192\r\n"
        "Content-Type:audio/aacp\r\nICY-BR:64\r\n\r\n\xff\xfb sound\n\n";
    for (size_t piece : {1, 2, 3, 7, 1000}) {
        IcyHead head;
        assert_true(give(head, kText, piece) == "\xff\xfb sound\n\n");
        assert_true(head.state() == State::kWhole);
        assert_true(head.value("icy-name") == "Rock FM");
        assert_true(head.value("icy-metaint") == "8192");
        assert_true(head.value("content-type") == "audio/aacp");
        assert_true(head.value("icy-br") == "64");
        assert_true(head.value("icy-url").empty());
        head.reset();
        assert_true(head.state() == State::kBegins && head.held().empty());
    }
    IcyHead bare;
    assert_true(give(bare, "ICY 200 OK\nicy-br:1\n\nx", 4) == "x");
    assert_true(bare.value("icy-br") == "1");
}

void sound_stays_sound(void**)
{
    for (std::string_view text :
         {"\xff\xfb\x90", "IC\xff", "OggS", "IcY 200"}) {
        IcyHead head;
        std::string left = give(head, text, 1);
        assert_true(head.state() == State::kNone);
        assert_true(std::string(text_of(head.held())) + left == text);
    }
    IcyHead head;
    give(head, "ICY", 3);
    assert_true(head.state() == State::kBegins);
}

void a_refusal_and_an_endless_head_are_bad(void**)
{
    IcyHead refused;
    give(refused, "ICY 401 Service Unavailable\r\n\r\n", 100);
    assert_true(refused.state() == State::kBad);
    IcyHead endless;
    give(endless, "ICY 200 OK\r\nx: " + std::string(20000, 'y'), 999);
    assert_true(endless.state() == State::kBad);
    assert_int_equal(endless.held().size(), IcyHead::kMost);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_taken_however_it_is_cut),
        cmocka_unit_test(sound_stays_sound),
        cmocka_unit_test(a_refusal_and_an_endless_head_are_bad),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
