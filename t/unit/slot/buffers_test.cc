#include <atomic>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "slot/buffers.h"

using namespace onair;
using namespace onair::slot;

namespace {

constexpr size_t kCapacity = 64;

class Rig {
  public:
    Rig() { buffers.clear(); }

    bool publish(std::string_view record, uint64_t seq)
    {
        return buffers.publish(bytes_of(record), seq, word, 100).ok();
    }
    // What is in force; "!" and the word of a fault.
    std::string read()
    {
        uint8_t out[kCapacity];
        uint64_t seen = 0;
        return text(buffers.read(out, &seen));
    }
    std::string read_other()
    {
        uint8_t out[kCapacity];
        return text(buffers.read_other(out, word));
    }
    uint8_t* bytes(uint32_t index)
    {
        return memory + index * Buffers::size_for(kCapacity) +
               sizeof(BufferHead);
    }

    alignas(16) uint8_t memory[2 * (sizeof(BufferHead) + kCapacity)] = {};
    std::atomic<uint64_t> word = 0;
    Buffers buffers{word, memory, kCapacity};

  private:
    // Without the zeros that fill its last unit.
    static std::string text(const Result<ConstBytes>& bytes)
    {
        if (!bytes.ok()) {
            return "!" + std::string(onair::word(bytes.fault()));
        }
        std::string all(text_of(*bytes));
        return all.substr(0, all.find_last_not_of('\0') + 1);
    }
};

void the_word_keeps_its_parts_apart(void**)
{
    constexpr uint64_t kMostSeq = (uint64_t{1} << 36) - 1;
    for (uint64_t seq : {uint64_t{1}, uint64_t{42}, kMostSeq}) {
        for (uint32_t generation : {0u, 1u, 0x7ffu}) {
            for (uint32_t index : {0u, 1u}) {
                for (size_t length :
                     {size_t{0}, size_t{16}, Published::kMostBytes}) {
                    Published p = Published::of(
                        Published{seq, generation, index, length}.word());
                    assert_true(p.seq == seq && p.generation == generation);
                    assert_true(p.index == index && p.length == length);
                }
            }
        }
    }
    // The generation goes round; it never touches the seq.
    assert_true(Published::of(Published{7, 0x800, 1, 16}.word()).seq == 7);
}

void before_the_first_there_is_nothing(void**)
{
    Rig rig;
    assert_string_equal(rig.read().c_str(), "");
    assert_string_equal(rig.read_other().c_str(), "!torn");
}

void what_was_published_last_is_in_force(void**)
{
    Rig rig;
    for (int i = 1; i < 100; i++) {
        std::string record = "record " + std::to_string(i);
        assert_true(rig.publish(record, static_cast<uint64_t>(i)));
        assert_string_equal(rig.read().c_str(), record.c_str());
        assert_int_equal(Published::of(rig.word).seq, i);
    }
    assert_string_equal(rig.read_other().c_str(), "record 98");
}

void a_record_may_fill_its_buffer(void**)
{
    Rig rig;
    std::string whole(kCapacity, 'x');
    assert_true(rig.publish("first", 1));
    assert_true(rig.publish(whole, 2));
    assert_true(rig.publish(whole, 3));
    assert_true(rig.read() == whole && rig.read_other() == whole);
    uint8_t small[kCapacity - 1];
    uint64_t word = 0;
    assert_int_equal(rig.buffers.read(small, &word).fault(), Fault::kTorn);
}

void who_was_overtaken_publishes_nothing(void**)
{
    Rig rig;
    assert_true(rig.publish("one", 1));
    uint64_t before = rig.word;
    assert_true(rig.publish("two", 2));
    Outcome late = rig.buffers.publish(bytes_of("late"), 2, before, 101);
    assert_int_equal(late.fault(), Fault::kFenced);
    assert_int_equal(Published::of(rig.word).seq, 2);
    // It wrote into the buffer that is in force by now, and that shows.
    assert_string_equal(rig.read().c_str(), "!torn");
    assert_string_equal(rig.read_other().c_str(), "one");
    assert_true(rig.publish("three", 3));
    assert_string_equal(rig.read().c_str(), "three");
}

void any_flipped_bit_is_seen(void**)
{
    Rig rig;
    assert_true(rig.publish("a record of some length", 1));
    uint32_t index = Published::of(rig.word).index;
    uint8_t* at = rig.bytes(index) - sizeof(BufferHead);
    for (size_t i = 0; i < sizeof(BufferHead) + 32; i++) {
        for (int bit = 0; bit < 8; bit++) {
            at[i] ^= static_cast<uint8_t>(1 << bit);
            assert_string_equal(rig.read().c_str(), "!torn");
            at[i] ^= static_cast<uint8_t>(1 << bit);
        }
    }
    assert_string_equal(rig.read().c_str(), "a record of some length");
}

void a_length_that_cannot_be_is_never_read(void**)
{
    Rig rig;
    assert_true(rig.publish("one", 1));
    Published p = Published::of(rig.word);
    p.length = Published::kMostBytes;
    rig.word = p.word();
    assert_string_equal(rig.read().c_str(), "!torn");
}

// The other buffer is the one before, or a writer's that has not ended.
void a_newer_record_than_the_word_is_not_the_one_before(void**)
{
    Rig rig;
    assert_true(rig.publish("one", 1));
    uint64_t one = rig.word;
    assert_true(rig.publish("two", 2));
    rig.word = one;
    assert_string_equal(rig.read().c_str(), "one");
    assert_string_equal(rig.read_other().c_str(), "!torn");
}

void the_stamps_of_another_life_are_taken_off(void**)
{
    Rig rig;
    assert_true(rig.publish("one", 1));
    uint64_t word = rig.word;
    rig.buffers.clear();
    rig.word = word;
    assert_string_equal(rig.read().c_str(), "!torn");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_word_keeps_its_parts_apart),
        cmocka_unit_test(before_the_first_there_is_nothing),
        cmocka_unit_test(what_was_published_last_is_in_force),
        cmocka_unit_test(a_record_may_fill_its_buffer),
        cmocka_unit_test(who_was_overtaken_publishes_nothing),
        cmocka_unit_test(any_flipped_bit_is_seen),
        cmocka_unit_test(a_length_that_cannot_be_is_never_read),
        cmocka_unit_test(a_newer_record_than_the_word_is_not_the_one_before),
        cmocka_unit_test(the_stamps_of_another_life_are_taken_off),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
