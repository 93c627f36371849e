#include "engine/resp.h"

#include <string>
#include <vector>

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::engine;

namespace {

// Reads all items of a text, as "type depth.index text|number count;", and !
// behind one that ends a value.
std::string walk(std::string_view in)
{
    constexpr std::string_view kTypes = "tenzoamp";
    Walker walker;
    std::string out;
    while (!in.empty()) {
        size_t used = 0;
        Result<Item> item = walker.next(in, &used);
        if (!item.ok()) {
            return out + (item.fault() == Fault::kIncomplete ? "incomplete"
                          : item.fault() == Fault::kTooLarge ? "large"
                          : item.fault() == Fault::kTooDeep  ? "deep"
                          : item.fault() == Fault::kTooMany  ? "many"
                                                             : "unknown");
        }
        in.remove_prefix(used);
        out += kTypes[static_cast<size_t>(item->type)];
        out += std::to_string(item->depth) + "." + std::to_string(item->index);
        out += "[" + std::string(item->text) + "]";
        out += std::to_string(item->number) + "," +
               std::to_string(item->count) + (item->last ? "! " : " ");
    }
    return out;
}

void each_type_is_read(void**)
{
    assert_string_equal(walk("+OK\r\n").c_str(), "t0.0[OK]0,0! ");
    assert_string_equal(walk("-ERR no\r\n").c_str(), "e0.0[ERR no]0,0! ");
    assert_string_equal(walk(":-42\r\n").c_str(), "n0.0[]-42,0! ");
    assert_string_equal(walk("$4\r\na\r\nb\r\n").c_str(), "t0.0[a\r\nb]0,0! ");
    assert_string_equal(walk("$-1\r\n").c_str(), "z0.0[]0,0! ");
    assert_string_equal(walk("*-1\r\n").c_str(), "z0.0[]0,0! ");
    assert_string_equal(walk("_\r\n").c_str(), "z0.0[]0,0! ");
}

void what_belongs_together_is_told_by_its_depth(void**)
{
    assert_string_equal(
        walk("*2\r\n*1\r\n:1\r\n%1\r\n+a\r\n*0\r\n:7\r\n").c_str(),
        "a0.0[]0,2 a1.0[]0,1 n2.0[]1,0 m1.1[]0,2 t2.0[a]0,0 a2.1[]0,0! "
        "n0.0[]7,0! ");
    assert_string_equal(
        walk(">3\r\n+message\r\n$1\r\nc\r\n$1\r\np\r\n").c_str(),
        "p0.0[]0,3 t1.0[message]0,0 t1.1[c]0,0 t1.2[p]0,0! ");
}

void what_is_cut_is_waited_for_at_each_byte(void**)
{
    std::string_view whole = "*2\r\n$3\r\nabc\r\n:12\r\n";
    for (size_t size = 1; size < whole.size(); size++) {
        Walker walker;
        size_t at = 0;
        size_t items = 0;
        bool cut = false;
        for (size_t until : {size, whole.size()}) {
            for (;;) {
                size_t used = 0;
                auto item = walker.next(whole.substr(at, until - at), &used);
                if (!item.ok()) {
                    cut = cut || until == size;
                    assert_true(item.fault() == Fault::kIncomplete);
                    assert_int_equal(used, 0);
                    break;
                }
                at += used;
                items++;
            }
        }
        assert_int_equal(at, whole.size());
        assert_int_equal(items, 3);
        assert_true(cut);
    }
}

void what_is_too_much_is_refused(void**)
{
    assert_string_equal(walk("$1048577\r\n").c_str(), "large");
    assert_string_equal(walk("$99999999999999999999\r\n").c_str(), "unknown");
    assert_string_equal(walk("*1048577\r\n").c_str(), "many");
    assert_string_equal(walk("%-1\r\n").c_str(), "unknown");
    assert_string_equal(walk("$-2\r\n").c_str(), "unknown");
    std::string nested;
    for (size_t i = 0; i <= kMaxNesting; i++) {
        nested += "*1\r\n";
    }
    std::string said = walk(nested + ":1\r\n");
    assert_true(said.ends_with("deep"));
    assert_string_equal(walk(std::string(kMaxLine, '+')).c_str(), "large");
    for (std::string_view bad :
         {"\r\n", "hello\r\n", "HTTP/1.1 400 Bad Request\r\n", "$\r\n",
          "$x\r\n", ":1.5\r\n", "$?\r\n", "|1\r\n+a\r\n", "$3\r\nabcd\r\n"}) {
        assert_string_equal(walk(bad).c_str(), "unknown");
    }
}

void a_command_is_an_array_of_texts(void**)
{
    std::string_view words[] = {"GET", std::string_view("a\0b", 3), ""};
    char text[128];
    assert_true(most_command(words) <= sizeof(text));
    Writer out(text);
    write_command(out, words);
    assert_true(
        out.view() ==
        std::string_view("*3\r\n$3\r\nGET\r\n$3\r\na\0b\r\n$0\r\n\r\n", 28));
}

void numbers_and_epochs_are_nothing_else(void**)
{
    assert_int_equal(*read_number("0042"), 42);
    for (std::string_view bad :
         {"", "-1", "+1", "1 ", "x", "1e3", "1234567890123456789"}) {
        assert_false(read_number(bad).ok());
    }
    assert_int_equal(*read_epoch("68f0a1c2"), 0x68f0a1c2);
    for (std::string_view bad :
         {"", "68F0A1C2", "68f0a1c", "68f0a1c22", "00000000", "68f0a1cg"}) {
        assert_false(read_epoch(bad).ok());
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_read),
        cmocka_unit_test(what_belongs_together_is_told_by_its_depth),
        cmocka_unit_test(what_is_cut_is_waited_for_at_each_byte),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(a_command_is_an_array_of_texts),
        cmocka_unit_test(numbers_and_epochs_are_nothing_else),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
