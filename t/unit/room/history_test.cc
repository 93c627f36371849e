#include "room/history.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

struct Kept {
    explicit Kept(size_t entries = 8, size_t words = 128)
        : entries_(entries),
          words_(words),
          history(head, entries_.data(), entries, words_.data(), words)
    {
        history.reset();
    }
    HistoryHead head;
    std::vector<HistoryEntry> entries_;
    std::vector<Word> words_;
    History history;
    uint8_t out[2048];

    void add(uint64_t seq, std::string_view text, uint64_t from = 1)
    {
        history.append(seq, {from, hash(text)}, bytes_of(text));
    }
    std::string all(uint64_t since = 0, size_t most = 100,
                    uint64_t until = UINT64_MAX)
    {
        std::string text;
        history.each(since, until, most, out,
                     [&text](uint64_t seq, ConstBytes packed) {
                         text += std::to_string(seq) + ":" +
                                 std::string(text_of(packed)) + " ";
                     });
        return text;
    }
};

void the_last_ones_are_kept_in_their_order(void**)
{
    Kept kept;
    assert_string_equal(kept.all().c_str(), "");
    for (uint64_t i = 1; i <= 20; i++) {
        kept.add(i, "m" + std::to_string(i));
    }
    assert_string_equal(kept.all().c_str(),
                        "13:m13 14:m14 15:m15 16:m16 17:m17 18:m18 19:m19 "
                        "20:m20 ");
    assert_string_equal(kept.all(0, 2).c_str(), "19:m19 20:m20 ");
    assert_string_equal(kept.all(18).c_str(), "19:m19 20:m20 ");
    assert_string_equal(kept.all(0, 2, 17).c_str(), "16:m16 17:m17 ");
    assert_string_equal(kept.all(20).c_str(), "");
}

void a_gap_is_what_is_not_there_any_more(void**)
{
    Kept kept;
    for (uint64_t i = 1; i <= 20; i++) {
        kept.add(i, "m");
    }
    assert_true(kept.history.gap(0, kept.out));
    assert_true(kept.history.gap(11, kept.out));
    assert_false(kept.history.gap(12, kept.out));
    assert_false(kept.history.gap(20, kept.out));
}

void holes_in_the_numbers_are_no_gap(void**)
{
    Kept kept;
    kept.add(3, "a");
    kept.add(9, "b");
    assert_false(kept.history.gap(0, kept.out));
    assert_string_equal(kept.all(3).c_str(), "9:b ");
}

void long_messages_evict_by_their_bytes_and_say_so(void**)
{
    Kept kept(8, 128);
    std::string text(400, 'x');
    for (uint64_t i = 1; i <= 5; i++) {
        kept.add(i, text);
    }
    assert_string_equal(kept.all().c_str(),
                        ("4:" + text + " 5:" + text + " ").c_str());
    assert_true(kept.history.gap(2, kept.out));
    assert_false(kept.history.gap(3, kept.out));
}

void one_that_is_too_long_is_a_gap(void**)
{
    Kept kept;
    kept.add(1, "a");
    kept.add(2, std::string(kept.history.longest() + 1, 'x'));
    kept.add(3, "c");
    assert_string_equal(kept.all().c_str(), "1:a 3:c ");
    assert_true(kept.history.gap(1, kept.out));
    assert_false(kept.history.gap(2, kept.out));
}

void what_was_deleted_is_not_shown_and_no_gap(void**)
{
    Kept kept;
    for (uint64_t i = 1; i <= 6; i++) {
        kept.add(i, "m", i % 2);
    }
    assert_true(kept.history.remove(3));
    assert_false(kept.history.remove(3));
    assert_false(kept.history.remove(99));
    assert_string_equal(kept.all().c_str(), "1:m 2:m 4:m 5:m 6:m ");
    assert_int_equal(kept.history.remove_from(0), 3);
    assert_string_equal(kept.all().c_str(), "1:m 5:m ");
    kept.history.clear(5);
    assert_string_equal(kept.all().c_str(), "");
    assert_false(kept.history.gap(0, kept.out));
    kept.add(7, "new");
    assert_string_equal(kept.all().c_str(), "7:new ");
}

void what_was_said_a_moment_ago_is_known(void**)
{
    Kept kept;
    kept.add(1, "hello");
    kept.add(2, "other");
    assert_true(kept.history.was_said(hash("hello"), 2));
    assert_false(kept.history.was_said(hash("hello"), 1));
    assert_false(kept.history.was_said(hash("never"), 9));
    kept.history.remove(1);
    assert_false(kept.history.was_said(hash("hello"), 2));
}

void spoiled_bytes_are_never_shown(void**)
{
    Kept kept;
    kept.add(1, "good text");
    kept.add(2, "other text");
    kept.words_[0].fetch_add(1);
    assert_string_equal(kept.all().c_str(), "2:other text ");
    assert_true(kept.history.gap(0, kept.out));
    assert_false(kept.history.gap(1, kept.out));
    kept.entries_[1].size.store(UINT64_MAX);
    assert_string_equal(kept.all().c_str(), "");
}

// One that was stopped between its ordinal and its stamp for a whole lap.
void a_writer_that_comes_too_late_spoils_no_more_than_it_writes(void**)
{
    Kept kept(4, 128);
    uint64_t ordinal = kept.head.count.fetch_add(1);
    for (uint64_t i = 2; i <= 6; i++) {
        kept.add(i, "m");
    }
    HistoryEntry& entry = kept.entries_[ordinal % 4];
    entry.seq.store(1);
    uint64_t none = 0;
    assert_false(entry.stamp.compare_exchange_strong(none, ordinal + 1));
    std::string all = kept.all();
    assert_true(all.find("1:") == std::string::npos);
    assert_true(all.find("6:m") != std::string::npos);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_last_ones_are_kept_in_their_order),
        cmocka_unit_test(a_gap_is_what_is_not_there_any_more),
        cmocka_unit_test(holes_in_the_numbers_are_no_gap),
        cmocka_unit_test(long_messages_evict_by_their_bytes_and_say_so),
        cmocka_unit_test(one_that_is_too_long_is_a_gap),
        cmocka_unit_test(what_was_deleted_is_not_shown_and_no_gap),
        cmocka_unit_test(what_was_said_a_moment_ago_is_known),
        cmocka_unit_test(spoiled_bytes_are_never_shown),
        cmocka_unit_test(
            a_writer_that_comes_too_late_spoils_no_more_than_it_writes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
