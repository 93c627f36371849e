#include <string>
#include <string_view>
#include <vector>

#include "room/danmaku.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::room;

namespace {

template <typename Write>
std::string written(size_t most, Write write)
{
    std::vector<char> room(most);
    Writer out(room);
    write(out);
    assert_true(out.ok());
    return std::string(out.view());
}

// Reads what a player posted, in exactly the memory that suffices.
Result<DplayerPost> posted(std::string_view body, std::string_view* why,
                           std::vector<uint8_t>* memory)
{
    memory->resize(danmaku_memory(body.size()));
    Arena arena(*memory);
    return read_dplayer(body, arena, why);
}

Message said(std::string_view json)
{
    Message m;
    m.seq = 42;
    m.time = 1760000030123;
    m.from_id = "m3";
    m.from_name = "Anna";
    m.said = json;
    return m;
}

void a_post_is_what_dplayer_sends(void**)
{
    std::string_view why;
    std::vector<uint8_t> memory;
    auto post = posted(R"({"token":"tok","id":"rock","author":"anna",)"
                       R"("time":1.5,"text":"a <b>","color":255,"type":2})",
                       &why, &memory);
    assert_true(post.ok());
    assert_true(post->room == "rock" && post->token == "tok");
    const Danmaku& d = post->danmaku;
    assert_true(d.text == "a <b>" && d.author == "anna");
    assert_int_equal(d.color, 255);
    assert_int_equal(d.at_ms, 1500);
    assert_true(d.flight == Flight::kBottom);
    std::string json =
        written(most_said(d), [&d](Writer& out) { write_said(out, d); });
    assert_true(json.find(R"("color":255,"type":2,"time":1.5)") !=
                std::string::npos);
}

void what_is_of_no_use_is_as_if_it_were_not_there(void**)
{
    std::string_view why;
    std::vector<uint8_t> memory;
    auto post = posted(R"({"text":"x","color":"red","type":7,"time":-1,)"
                       R"("author":5,"id":null})",
                       &why, &memory);
    assert_true(post.ok());
    assert_int_equal(post->danmaku.color, 0xffffff);
    assert_true(post->danmaku.flight == Flight::kScrolls);
    assert_int_equal(post->danmaku.at_ms, 0);
    assert_true(post->danmaku.author.empty() && post->room.empty());
    for (std::string_view body :
         {"", "[]", "5", "{}", R"({"text":""})", R"({"text":"  \n"})",
          R"({"text":5})", R"({"text":"x")"}) {
        assert_false(posted(body, &why, &memory).ok());
        assert_false(why.empty());
    }
}

void a_message_is_danmaku_where_it_has_a_text(void**)
{
    std::vector<uint8_t> memory(danmaku_memory(kMaxDanmaku));
    struct {
        std::string_view json, text;
    } cases[] = {{R"("hi")", "hi"},
                 {R"({"text":"hi","gift":1})", "hi"},
                 {R"({"gift":1})", ""},
                 {R"({"text":[1]})", ""},
                 {"5", ""},
                 {"null", ""},
                 {R"(["hi"])", ""},
                 {R"("")", ""}};
    for (const auto& one : cases) {
        Arena arena(memory);
        auto danmaku = danmaku_of(said(one.json), arena);
        assert_int_equal(danmaku.has_value(), !one.text.empty());
        assert_true(!danmaku ||
                    (danmaku->text == one.text && danmaku->author == "Anna"));
    }
    Message m = said(R"("hi")");
    Arena arena(memory);
    m.to = To::kOne;
    assert_false(danmaku_of(m, arena).has_value());
    m.to = To::kAll;
    m.kind = Kind::kEvent;
    assert_false(danmaku_of(m, arena).has_value());
    std::string large = '"' + std::string(kMaxDanmaku, 'x') + '"';
    assert_false(danmaku_of(said(large), arena).has_value());
}

void dplayer_is_given_harmless_html(void**)
{
    Danmaku d;
    d.text = "<img src=x onerror='a()'> & \"\\\x01";
    d.author = "</script>";
    d.color = 0xff;
    d.flight = Flight::kTop;
    d.at_ms = 1500;
    std::string json = written(most_in_dplayer(d),
                               [&d](Writer& out) { write_in_dplayer(out, d); });
    assert_string_equal(json.c_str(),
                        "[1.500,1,255,\"&lt;/script&gt;\",\"&lt;img src=x "
                        "onerror=&#39;a()&#39;&gt; &amp; &#34;\\\\ \"]");
}

void xml_has_the_eight_values_and_is_well_formed(void**)
{
    Message m = said("1");
    m.from_id = "a\"<b";
    Danmaku d;
    d.text = "a<b>&\"'\\\x02\xef\xbf\xbf!";
    d.flight = Flight::kBottom;
    d.at_ms = 61000;
    auto xml = [&] {
        return written(most_in_xml(d),
                       [&](Writer& out) { write_in_xml(out, d, m); });
    };
    assert_string_equal(xml().c_str(),
                        "<d p=\"61.000,4,25,16777215,1760000030,0,a__b,42\">"
                        "a&lt;b&gt;&amp;&#34;&#39;\\  !</d>");
    // ArtPlayer cannot show a colour without red.
    d.color = 0xff;
    d.flight = Flight::kScrolls;
    d.text = "x";
    assert_true(xml().find(",1,25,1048831,") != std::string::npos);
}

void all_escapes_have_room(void**)
{
    std::string all(500, '"');
    Message m = said("1");
    Danmaku d;
    d.text = all;
    d.author = all;
    d.at_ms = UINT32_MAX;
    written(most_in_dplayer(d),
            [&d](Writer& out) { write_in_dplayer(out, d); });
    written(most_in_xml(d), [&](Writer& out) { write_in_xml(out, d, m); });
    written(most_said(d), [&d](Writer& out) { write_said(out, d); });
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_post_is_what_dplayer_sends),
        cmocka_unit_test(what_is_of_no_use_is_as_if_it_were_not_there),
        cmocka_unit_test(a_message_is_danmaku_where_it_has_a_text),
        cmocka_unit_test(dplayer_is_given_harmless_html),
        cmocka_unit_test(xml_has_the_eight_values_and_is_well_formed),
        cmocka_unit_test(all_escapes_have_room),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
