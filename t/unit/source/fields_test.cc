// The allow-list and its words, in each of the three ways in which a publisher
// may say them. What becomes of the texts is publication_test's.
#include <stdlib.h>

#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/fields.h"

using namespace onair;
using namespace onair::source;

namespace {

class Given {
  public:
    explicit Given(size_t memory = 65536) : memory_(memory) {}

    Outcome form(std::string text)
    {
        text_ = std::move(text);
        return reader.read_form(text_);
    }
    Outcome json(std::string text)
    {
        text_ = std::move(text);
        Result<ConstBytes> body = reader.as_utf8(bytes_of(text_));
        if (!body) {
            return body.fault();
        }
        Result<Json> document = Json::read(*body, arena_);
        assert_true(document.ok());
        return reader.read_json(document->root());
    }
    const Fields& operator*() const { return reader.fields(); }
    const Fields* operator->() const { return &reader.fields(); }

  private:
    std::string text_;
    std::vector<uint8_t> memory_;
    Arena arena_{memory_};

  public:
    std::string_view why;
    FieldReader reader{arena_, &why};
};

struct Word {
    const char* name;
    std::string_view Fields::*field;
};

// Each word that is taken; what encoders and scripts call a thing besides.
constexpr Word kWords[] = {
    {"album", &Fields::album},
    {"art", &Fields::art},
    {"artist", &Fields::artist},
    {"artwork", &Fields::art},
    {"charset", &Fields::charset},
    {"current", &Fields::listeners},
    {"description", &Fields::description},
    {"dj", &Fields::dj},
    {"duration", &Fields::duration},
    {"genre", &Fields::genre},
    {"listeners", &Fields::listeners},
    {"mode", &Fields::mode},
    {"mount", &Fields::station},
    {"name", &Fields::name},
    {"on_air", &Fields::on_air},
    {"on_air_timestamp", &Fields::started},
    {"peak", &Fields::peak},
    {"poll", &Fields::poll},
    {"song", &Fields::text},
    {"started", &Fields::started},
    {"station", &Fields::station},
    {"status", &Fields::status},
    {"text", &Fields::text},
    {"title", &Fields::title},
    {"unique", &Fields::unique},
    {"url", &Fields::url},
};

void each_word_leads_to_its_field_in_every_form(void**)
{
    for (const Word& word : kWords) {
        std::string name = word.name;
        Given form;
        assert_true(form.form(name + "=v+x").ok());
        assert_true((*form).*word.field == "v x");
        Given object;
        assert_true(object.json("{\"" + name + "\":\"v x\"}").ok());
        assert_true((*object).*word.field == "v x");
        Given pairs;
        assert_true(pairs.json("[[\"" + name + "\",\"v x\"]]").ok());
        assert_true((*pairs).*word.field == "v x");
    }
}

void what_is_on_no_list_leaves_no_trace(void**)
{
    for (const char* name : {"filename", "Title", "titl", "titles", "pass",
                             "stream_name", "now", ""}) {
        Given given;
        assert_true(given.form(std::string(name) + "=secret").ok());
        for (const Word& word : kWords) {
            assert_null(((*given).*word.field).data());
        }
        assert_null(given->stream_name.data());
    }
    Given given;
    assert_true(
        given.json(R"({"filename":{"title":"T"},"x":["title","T"]})").ok());
    assert_null(given->title.data());
}

void given_and_empty_is_not_the_same_as_not_given(void**)
{
    Given form;
    assert_true(form.form("title=&artist").ok());
    assert_true(form->title.data() != nullptr && form->title.empty());
    assert_true(form->artist.data() != nullptr && form->artist.empty());
    assert_null(form->album.data());
    Given json;
    assert_true(json.json(R"({"title":"","artist":null})").ok());
    assert_true(json->title.data() != nullptr && json->title.empty());
    assert_null(json->artist.data());
}

void the_last_of_several_counts(void**)
{
    Given form;
    assert_true(form.form("title=A&song=X&title=B&text=Y").ok());
    assert_true(form->title == "B" && form->text == "Y");
}

void a_snapshot_s_own_objects_are_read_where_they_stand(void**)
{
    Given given;
    assert_true(
        given
            .json(R"({"station":"rock","now":{"title":"T","artist":"A",)"
                  R"("genre":"Blues","heard":1},"listeners":{"current":3,)"
                  R"("peak":9},"stream":{"name":"N","genre":"g",)"
                  R"("description":"d","url":"http://x","title":"no"}})")
            .ok());
    assert_true(given->station == "rock" && given->title == "T");
    assert_true(given->artist == "A" && given->genre == "Blues");
    assert_true(given->listeners == "3" && given->peak == "9");
    assert_true(given->stream_name == "N" && given->stream_genre == "g");
    assert_true(given->stream_description == "d");
    assert_null(given->url.data());
    assert_null(given->name.data());
}

void numbers_and_truth_are_texts_as_they_stand(void**)
{
    Given given;
    assert_true(given
                    .json(R"({"title":1999,"listeners":12,"on_air":true,)"
                          R"("duration":200.5})")
                    .ok());
    // Of JSON a text is what is a text; the rest is told by its own letters.
    assert_true(given->title == "1999" && given->listeners == "12");
    assert_true(given->on_air == "true" && given->duration == "200.5");
}

void what_is_neither_object_nor_pairs_is_refused(void**)
{
    for (const char* body :
         {"[1]", "[[\"title\"]]", "[[]]", "[[\"title\",\"T\",1]]",
          R"([{"title":"T","artist":"A"}])", R"([["title","T"],"x"])"}) {
        Given given;
        Outcome outcome = given.json(body);
        assert_int_equal(outcome.fault(), Fault::kBadRequest);
        assert_string_equal(std::string(given.why).c_str(),
                            "body is neither an object nor [key, value] pairs");
    }
    Given nothing;
    assert_true(nothing.json("[]").ok() && nothing.json("{}").ok());
}

void a_member_of_another_kind_is_named(void**)
{
    const char* rows[][2] = {
        {R"({"title":{}})", "title is an object, not a text"},
        {R"({"artwork":[]})", "artwork is a list, not a text"},
        {R"([["dj",{}]])", "dj is an object, not a text"},
        {R"({"now":"T"})", "now is no object"},
        {R"({"stream":1})", "stream is no object"},
        {R"({"now":{"songtitle":"T"}})", "now has no member that is known"},
        {R"({"listeners":{"peak":[]}})", "peak is a list, not a text"},
    };
    for (const auto& row : rows) {
        Given given;
        Outcome outcome = given.json(row[0]);
        if (outcome.ok()) {
            print_error("%s\n", row[0]);
        }
        assert_int_equal(outcome.fault(), Fault::kBadRequest);
        assert_string_equal(std::string(given.why).c_str(), row[1]);
    }
}

void a_form_s_own_set_wins_over_what_was_said_before(void**)
{
    Given given;
    given.reader.set_charset("koi8-r");
    assert_true(given.reader.has_charset());
    given.reader.find_charset("x=1&charset=&song=%CC&charset=windows-1251");
    assert_true(given.form("song=%CC&title=T").ok());
    assert_true(given->text == "М" && given->title == "T");
    Given kept;
    kept.reader.set_charset("koi8-r");
    kept.reader.find_charset("song=%CC&charset=");
    assert_true(kept.form("song=%CC").ok());
    assert_true(kept->text == "л");
    assert_false(Given().reader.has_charset());
}

void a_body_of_json_is_converted_as_a_whole(void**)
{
    // The second byte of this character is a backslash's.
    Given sjis;
    sjis.reader.set_charset("Shift_JIS");
    assert_true(sjis.json("{\"title\":\"\x83\x5c\"}").ok());
    assert_true(sjis->title == "ソ");
    Given wide;
    wide.reader.set_charset("utf-16");
    assert_true(
        wide.json(std::string("{\0\"\0d\0j\0\"\0:\0\"\0\x1c\x04\"\0}\0", 20))
            .ok());
    assert_true(wide->dj == "М");
    // UTF-8, as JSON has to be, stays; once, whoever says the set again.
    Given utf8;
    utf8.reader.set_charset("windows-1251");
    assert_true(utf8.json(R"({"title":"М","charset":"windows-1251"})").ok());
    assert_true(utf8->title == "М");
    Given inside;
    assert_true(
        inside.json("{\"title\":\"\xcc\",\"charset\":\"windows-1251\"}").ok());
    assert_true(inside->title == "М");
    Given pairs;
    assert_true(
        pairs.json("[[\"charset\",\"windows-1251\"],[\"title\",\"\xcc\"]]")
            .ok());
    assert_true(pairs->title == "М");
}

void a_set_that_is_not_known_is_refused_where_it_matters(void**)
{
    Given given;
    given.reader.set_charset("klingon");
    assert_true(given.form("song=T&pass=%CC").ok());
    assert_false(given.form("song=%CC").ok());
    assert_true(given.why == "charset \"klingon\" is not known");
    Given json;
    json.reader.set_charset("klingon");
    assert_int_equal(json.json("{\"x\":\"\xcc\"}").fault(), Fault::kBadRequest);
    Given hostile;
    hostile.reader.set_charset("\n<x>");
    assert_false(hostile.form("song=%CC").ok());
    assert_true(hostile.why == "charset is not known");
}

void without_memory_a_body_is_not_converted(void**)
{
    Given given(8);
    given.reader.set_charset("windows-1251");
    std::string body = "{\"title\":\"\xcc\xcc\xcc\xcc\"}";
    Result<ConstBytes> made = given.reader.as_utf8(bytes_of(body));
    assert_int_equal(made.fault(), Fault::kNoMemory);
    assert_true(given.why == "out of memory");
}

}  // namespace

int main()
{
    open_charsets();
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_word_leads_to_its_field_in_every_form),
        cmocka_unit_test(what_is_on_no_list_leaves_no_trace),
        cmocka_unit_test(given_and_empty_is_not_the_same_as_not_given),
        cmocka_unit_test(the_last_of_several_counts),
        cmocka_unit_test(a_snapshot_s_own_objects_are_read_where_they_stand),
        cmocka_unit_test(numbers_and_truth_are_texts_as_they_stand),
        cmocka_unit_test(what_is_neither_object_nor_pairs_is_refused),
        cmocka_unit_test(a_member_of_another_kind_is_named),
        cmocka_unit_test(a_form_s_own_set_wins_over_what_was_said_before),
        cmocka_unit_test(a_body_of_json_is_converted_as_a_whole),
        cmocka_unit_test(a_set_that_is_not_known_is_refused_where_it_matters),
        cmocka_unit_test(without_memory_a_body_is_not_converted),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
