#include "room/ring.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

struct Log {
    explicit Log(size_t words = 64)
        : words_(words), ring(head, words_.data(), words)
    {}
    std::vector<Word> words_;
    RingHead head;
    Ring ring;
    uint8_t out[8192];
    std::string text(room::Mark* mark, uint64_t* lost = nullptr)
    {
        auto got = ring.read(mark, out);
        if (!got.ok()) {
            return "";
        }
        if (lost != nullptr) {
            *lost += got->lost;
        }
        return std::string(text_of(got->record));
    }
    bool say(std::string_view text) { return ring.append(bytes_of(text)); }
};

void what_was_appended_is_read_in_order(void**)
{
    Log log;
    room::Mark mark = log.ring.end();
    assert_true(log.say("one"));
    assert_true(log.say("twelve bytes"));
    assert_string_equal(log.text(&mark).c_str(), "one");
    assert_string_equal(log.text(&mark).c_str(), "twelve bytes");
    assert_string_equal(log.text(&mark).c_str(), "");
    assert_true(log.say("8 bytes."));
    assert_string_equal(log.text(&mark).c_str(), "8 bytes.");
}

void a_record_goes_round_the_end(void**)
{
    Log log;
    room::Mark mark = log.ring.end();
    for (int i = 0; i < 1000; i++) {
        std::string text(1 + i % 90, static_cast<char>('a' + i % 26));
        assert_true(log.say(text));
        assert_string_equal(log.text(&mark).c_str(), text.c_str());
    }
}

void a_record_that_is_too_long_or_empty_is_refused(void**)
{
    Log log;
    std::string most(log.ring.most(), 'x');
    assert_true(log.say(most));
    assert_false(log.say(most + "x"));
    assert_false(log.say(""));
    room::Mark mark;
    assert_string_equal(log.text(&mark).c_str(), most.c_str());
    assert_string_equal(log.text(&mark).c_str(), "");
}

// Every reader that is so far behind: what it gets and what it is told to have
// lost are together all there was.
void an_overtaken_reader_knows_exactly_what_it_lost(void**)
{
    Log log;
    uint64_t said = 0;
    for (int behind = 0; behind < 60; behind++) {
        room::Mark mark = log.ring.end();
        uint64_t from = said;
        for (int i = 0; i < behind; i++) {
            assert_true(
                log.say(std::to_string(said++) + std::string(i % 40, '.')));
        }
        uint64_t lost = 0, got = 0, next = 0;
        for (;;) {
            auto read = log.ring.read(&mark, log.out);
            if (!read.ok()) {
                break;
            }
            lost += read->lost;
            if (!read->record.empty()) {
                next = strtoull(std::string(text_of(read->record)).c_str(),
                                nullptr, 10);
                assert_int_equal(next, from + lost + got);
                got++;
            }
        }
        assert_int_equal(got + lost, behind);
        assert_true(behind < 5 || got > 0);
        assert_true(behind < 50 || lost > 0);
    }
}

void positions_go_round_their_width(void**)
{
    Log log;
    room::Mark near_the_end = {room::Mark::kPlaces - 20,
                               room::Mark::kCounts - 3};
    log.head.head.store(near_the_end.word());
    log.head.tail.store(near_the_end.word());
    room::Mark mark = log.ring.end();
    room::Mark late = mark;
    for (int i = 0; i < 40; i++) {
        std::string text = "message " + std::to_string(i);
        assert_true(log.say(text));
        assert_string_equal(log.text(&mark).c_str(), text.c_str());
    }
    uint64_t lost = 0;
    std::string first = log.text(&late, &lost);
    assert_string_equal(first.c_str(),
                        ("message " + std::to_string(lost)).c_str());
    assert_true(lost > 15);
}

void garbage_in_the_ring_ends_in_nothing_read(void**)
{
    srand(1);
    for (int round = 0; round < 2000; round++) {
        Log log;
        for (Word& word : log.words_) {
            word.store(round % 2 == 0 ? static_cast<uint64_t>(rand()) << 32
                                      : static_cast<uint64_t>(rand() % 100));
        }
        log.head.head.store(static_cast<uint64_t>(rand()) << (rand() % 33));
        log.head.tail.store(static_cast<uint64_t>(rand()) << (rand() % 33));
        room::Mark mark = {static_cast<uint64_t>(rand()), 0};
        for (int i = 0; i < 100 && log.ring.read(&mark, log.out).ok(); i++) {
        }
        assert_true(log.say("a writer goes on"));
        room::Mark end = log.ring.end();
        assert_true(log.say("and is read"));
        assert_string_equal(log.text(&end).c_str(), "and is read");
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_was_appended_is_read_in_order),
        cmocka_unit_test(a_record_goes_round_the_end),
        cmocka_unit_test(a_record_that_is_too_long_or_empty_is_refused),
        cmocka_unit_test(an_overtaken_reader_knows_exactly_what_it_lost),
        cmocka_unit_test(positions_go_round_their_width),
        cmocka_unit_test(garbage_in_the_ring_ends_in_nothing_read),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
