#include <cstring>
#include <string>

#include "unit/cmocka.h"

#include "slot/note.h"

using namespace onair;
using onair::slot::kMaxNote;
using onair::slot::Note;

namespace {

std::string text_of(const Note& note)
{
    char room[kMaxNote];
    return std::string(onair::slot::read(note, room));
}

void a_new_note_is_empty(void**)
{
    Note note = {};
    assert_true(text_of(note).empty());
}

void what_was_written_is_read(void**)
{
    Note note = {};
    for (const char* text : {"a", "eight by", "nine byte", "", "caf\u00e9"}) {
        onair::slot::write(note, text);
        assert_string_equal(text_of(note).c_str(), text);
    }
}

void a_long_text_is_cut_between_characters(void**)
{
    Note note = {};
    std::string text(kMaxNote - 1, 'x');
    onair::slot::write(note, text + "\u00e9");
    assert_string_equal(text_of(note).c_str(), text.c_str());
    onair::slot::write(note, text + "yz");
    assert_string_equal(text_of(note).c_str(), (text + "y").c_str());
}

void half_a_text_is_none(void**)
{
    Note note = {};
    onair::slot::write(note, "one of two writers");
    note.words[0].store(0x2020202020202020);
    assert_true(text_of(note).empty());
    onair::slot::write(note, "whole again");
    assert_string_equal(text_of(note).c_str(), "whole again");
    note.size.store(kMaxNote + 1);
    assert_true(text_of(note).empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_new_note_is_empty),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(half_a_text_is_none),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
