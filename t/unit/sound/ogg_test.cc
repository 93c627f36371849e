#include "sound/ogg.h"

#include <array>
#include <memory>

#include "walked.h"

using namespace onair;
using namespace onair::sound;

namespace {

struct Rig {
    std::array<uint8_t, kMaxSoundHead> head;
    std::array<uint8_t, kMaxSoundHead> packet;
    Ogg ogg{head, packet};
    Found next(ConstBytes& in) { return ogg.next(in); }
};

std::vector<Told> ogg(std::string_view bytes)
{
    return walked([] { return std::make_unique<Rig>(); }, bytes);
}

void each_chain_tells_its_head_and_its_title(void**)
{
    for (const char* name : {"chain-2x1s.opus.ogg", "chain-2x1s.vorbis.ogg"}) {
        std::string bytes = capture(name);
        auto told = ogg(bytes);
        auto heads = only(told, Found::What::kHead);
        auto words = only(told, Found::What::kWords);
        assert_int_equal(heads.size(), 2);
        assert_int_equal(words.size(), 2);
        assert_string_equal(words[0].title.c_str(), "Seg 1");
        assert_string_equal(words[1].title.c_str(), "Seg 2");
        for (const Told& head : heads) {
            assert_string_equal(head.head.substr(0, 4).c_str(), "OggS");
            assert_true(bytes.substr(head.at - head.head.size(),
                                     head.head.size()) == head.head);
        }
        auto starts = only(told, Found::What::kStart);
        assert_true(starts.size() >= 2);
        assert_int_equal(starts[0].at, heads[0].at);
        for (const Told& start : starts) {
            assert_string_equal(bytes.substr(start.at, 4).c_str(), "OggS");
        }
    }
}

void a_late_listener_s_pages_are_starts(void**)
{
    for (const char* name :
         {"icecast-late-t.ogg.bin", "icecast-late-t.opus.bin",
          "icecast-late-t.flac.bin"}) {
        auto told = ogg(capture(name));
        assert_int_equal(only(told, Found::What::kHead).size(), 1);
    }
    assert_true(
        !only(ogg(capture("icecast-late-t.ogg.bin")), Found::What::kStart)
             .empty());
}

void a_page_that_was_spoiled_is_no_start(void**)
{
    std::string bytes = capture("chain-2x1s.vorbis.ogg");
    auto good = only(ogg(bytes), Found::What::kStart);
    bytes[good[0].at + 100] ^= 1;
    auto told = only(ogg(bytes), Found::What::kStart);
    assert_int_equal(told.size(), good.size() - 1);
    assert_int_equal(told[0].at, good[1].at);
}

void a_head_that_was_spoiled_gives_no_starts_until_the_next_chain(void**)
{
    std::string bytes = capture("chain-2x1s.vorbis.ogg");
    auto heads = only(ogg(bytes), Found::What::kHead);
    bytes[100] ^= 1;
    auto told = ogg(bytes);
    assert_int_equal(only(told, Found::What::kHead).size(), 1);
    assert_true(told[0].at == heads[1].at);
}

void a_stream_joined_without_its_head_tells_nothing(void**)
{
    std::string bytes = capture("chain-2x1s.vorbis.ogg");
    auto told = ogg(bytes);
    auto heads = only(told, Found::What::kHead);
    size_t second = heads[1].at - heads[1].head.size();
    std::string_view middle = std::string_view(bytes).substr(heads[0].at + 1);
    middle = middle.substr(0, second - heads[0].at - 1);
    assert_int_equal(ogg(middle).size(), 0);
}

void noise_in_between_is_passed_over(void**)
{
    std::string bytes = capture("chain-2x1s.opus.ogg");
    auto good = ogg(bytes);
    auto told = ogg("noiseOggOgg" + bytes);
    assert_int_equal(told.size(), good.size());
    assert_int_equal(told.back().at, good.back().at + 11);
}

void a_head_without_end_is_refused_once(void**)
{
    // A stream of no codec that is known: pages of its head for ever.
    std::string page("OggS\0\2", 6);
    page += std::string(8, '\0') + "abcd" + std::string(4, '\0');
    page += std::string(4, '\0') + std::string(1, '\xff');
    page += std::string(255, '\xff') + std::string(size_t{255} * 255, 'x');
    uint32_t sum = ogg_checksum(0, bytes_of(page));
    for (int i = 0; i < 4; i++) {
        page[22 + i] = static_cast<char>(sum >> (8 * i));
    }
    auto told = ogg(page + page);
    assert_true(!told.empty());
    for (const Told& one : told) {
        assert_true(one.what == Found::What::kRefused);
    }
}

void the_time_follows_the_granules(void**)
{
    auto starts =
        only(ogg(capture("chain-2x1s.vorbis.ogg")), Found::What::kStart);
    for (size_t i = 1; i < starts.size(); i++) {
        assert_true(starts[i].time_us >= starts[i - 1].time_us);
    }
    assert_in_range(starts.back().time_us, 1, 2000000);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_chain_tells_its_head_and_its_title),
        cmocka_unit_test(a_late_listener_s_pages_are_starts),
        cmocka_unit_test(a_page_that_was_spoiled_is_no_start),
        cmocka_unit_test(
            a_head_that_was_spoiled_gives_no_starts_until_the_next_chain),
        cmocka_unit_test(a_stream_joined_without_its_head_tells_nothing),
        cmocka_unit_test(noise_in_between_is_passed_over),
        cmocka_unit_test(a_head_without_end_is_refused_once),
        cmocka_unit_test(the_time_follows_the_granules),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
