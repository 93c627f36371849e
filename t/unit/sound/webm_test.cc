#include "sound/webm.h"

#include <array>
#include <memory>

#include "walked.h"

using namespace onair;
using namespace onair::sound;

namespace {

struct Rig {
    std::array<uint8_t, kMaxSoundHead> head;
    Webm webm{head};
    Found next(ConstBytes& in) { return webm.next(in); }
};

std::vector<Told> webm(std::string_view bytes)
{
    return walked([] { return std::make_unique<Rig>(); }, bytes);
}

const std::string kClusterMark = "\x1f\x43\xb6\x75";

void each_cluster_is_a_start_behind_one_head(void**)
{
    std::string bytes = capture("tone-2s-64k-opus.webm");
    auto told = webm(bytes);
    auto heads = only(told, Found::What::kHead);
    assert_int_equal(heads.size(), 1);
    assert_true(bytes.starts_with(heads[0].head));
    assert_int_equal(heads[0].at, heads[0].head.size());
    auto starts = only(told, Found::What::kStart);
    assert_in_range(starts.size(), 3, 6);
    for (const Told& start : starts) {
        assert_string_equal(bytes.substr(start.at, 4).c_str(),
                            kClusterMark.c_str());
    }
    // Clusters of half a second.
    assert_in_range(starts[1].time_us - starts[0].time_us, 450000, 560000);
}

void a_late_listener_s_cluster_is_a_start(void**)
{
    auto told = webm(capture("icecast-late-t.webm.bin"));
    auto heads = only(told, Found::What::kHead);
    assert_int_equal(heads.size(), 1);
    assert_int_equal(heads[0].head.size(), 453);
    assert_int_equal(only(told, Found::What::kStart)[0].at, 453);
}

void a_second_stream_brings_a_second_head(void**)
{
    std::string bytes = capture("icecast-late-t.webm.bin");
    auto once = webm(capture("tone-2s-64k-opus.webm"));
    auto told = webm(capture("tone-2s-64k-opus.webm") +
                     capture("tone-2s-64k-opus.webm"));
    assert_int_equal(only(told, Found::What::kHead).size(), 2);
    assert_int_equal(told.size(), 2 * once.size());
}

void bytes_that_are_no_element_cost_one_cluster(void**)
{
    std::string bytes = capture("tone-2s-64k-opus.webm");
    auto starts = only(webm(bytes), Found::What::kStart);
    // In the first cluster: its second element becomes noise.
    std::string spoiled = bytes;
    spoiled[starts[0].at + 15] = '\0';
    for (size_t i = 0; i < 8; i++) {
        spoiled[starts[0].at + 12 + i] = '\0';
    }
    auto told = only(webm(spoiled), Found::What::kStart);
    assert_true(!told.empty());
    assert_int_equal(told.back().at, starts.back().at);
}

void a_cluster_without_a_head_is_no_start(void**)
{
    std::string bytes = capture("tone-2s-64k-opus.webm");
    auto starts = only(webm(bytes), Found::What::kStart);
    auto told = webm(std::string_view(bytes).substr(starts[0].at));
    assert_int_equal(told.size(), 0);
}

void a_head_without_end_is_refused(void**)
{
    // EBML, Segment of unknown size, and an element of 100,000 bytes.
    std::string bytes(
        "\x1a\x45\xdf\xa3\x80"
        "\x18\x53\x80\x67\xff"
        "\x16\x54\xae\x6b\x10\x01\x86\xa0",
        18);
    bytes += std::string(100000, '\0') + kClusterMark + "\xff\xe7\x81" + "1";
    auto told = webm(bytes);
    assert_int_equal(told.size(), 1);
    assert_true(told[0].what == Found::What::kRefused);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_cluster_is_a_start_behind_one_head),
        cmocka_unit_test(a_late_listener_s_cluster_is_a_start),
        cmocka_unit_test(a_second_stream_brings_a_second_head),
        cmocka_unit_test(bytes_that_are_no_element_cost_one_cluster),
        cmocka_unit_test(a_cluster_without_a_head_is_no_start),
        cmocka_unit_test(a_head_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
