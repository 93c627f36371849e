#include "ring_rig.h"

#include "sound/joint.h"

using namespace onair;
using namespace onair::sound;

namespace {

size_t joint(std::string_view tail, std::string_view burst)
{
    return find_joint(bytes_of(tail), bytes_of(burst)).value_or(SIZE_MAX);
}

void the_tail_is_found_in_the_burst(void**)
{
    std::string sound = RingRig::sound(0, 70000);
    std::string_view all = sound;
    std::string_view tail = all.substr(30000, kTail);
    assert_int_equal(joint(tail, all.substr(10000)), 20000 + kTail);
    // The burst ends with it, and begins inside of it.
    assert_int_equal(joint(tail, all.substr(0, 30000 + kTail)), 30000 + kTail);
    assert_int_equal(joint(tail, all.substr(30000 + kTail - 600)), 600);
}

void what_is_not_there_or_too_little_is_not_found(void**)
{
    std::string sound = RingRig::sound(0, 70000);
    std::string_view all = sound;
    std::string_view tail = all.substr(30000, kTail);
    assert_int_equal(joint(tail, all.substr(0, 30000 + kTail - 1)), SIZE_MAX);
    assert_int_equal(joint(tail, all.substr(30000 + kTail - kLeastTail + 1)),
                     SIZE_MAX);
    assert_int_equal(joint(tail, all.substr(40000)), SIZE_MAX);
    assert_int_equal(joint(tail.substr(kTail - kLeastTail + 1), all), SIZE_MAX);
    assert_int_equal(joint({}, all), SIZE_MAX);
    assert_int_equal(joint(tail, {}), SIZE_MAX);
    std::string other = sound;
    other[30000 + kTail - 2000] ^= 1;
    assert_int_equal(joint(tail, other), SIZE_MAX);
}

void in_silence_it_is_the_last_place_and_takes_bounded_work(void**)
{
    std::string silence(10000, '\0');
    assert_int_equal(joint(silence.substr(0, kTail), silence.substr(0, 3000)),
                     3000);
    std::string noise = RingRig::sound(0, 2000);
    std::string burst = noise + noise + noise + "end";
    assert_int_equal(joint(noise.substr(1000), burst), 6000);
    std::string large(1000000, '\0');
    assert_true(joint(silence.substr(0, kTail), large) < large.size());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_tail_is_found_in_the_burst),
        cmocka_unit_test(what_is_not_there_or_too_little_is_not_found),
        cmocka_unit_test(
            in_silence_it_is_the_last_place_and_takes_bounded_work),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
