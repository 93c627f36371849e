#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/xml.h"

using namespace onair;
using namespace onair::source;

namespace {

// What the reader says of a document, in one line; a fault ends it.
std::string events_of(std::string_view document, size_t memory = 4096)
{
    std::vector<uint8_t> room(memory);
    Arena arena(room);
    XmlReader reader(document, arena);
    std::string all;
    while (true) {
        Result<XmlReader::Event> event = reader.next();
        if (!event.ok()) {
            return all + "!" + std::string(word(event.fault()));
        }
        switch (*event) {
            case XmlReader::Event::kOpen:
                all += "<" + std::string(reader.name()) + ">";
                break;
            case XmlReader::Event::kText:
                all += std::string(reader.text());
                break;
            case XmlReader::Event::kClose:
                all += "</" + std::string(reader.name()) + ">";
                break;
            case XmlReader::Event::kEnd:
                return all;
        }
        all += std::to_string(reader.depth());
    }
}

void check(std::string_view document, std::string_view events)
{
    std::string said = events_of(document);
    if (said != events) {
        print_error("%s: %s\n", std::string(document).c_str(), said.c_str());
    }
    assert_true(said == events);
}

void elements_and_texts_come_in_order(void**)
{
    check("<a><b>x</b>y</a>", "<a>1<b>2x2</b>1y1</a>0");
    check("<a x='1'\n><b\t/></a >", "<a>1<b>2</b>1</a>0");
    check("\xef\xbb\xbf<a></a>\n", "<a>1</a>0");
}

void an_empty_element_is_opened_and_closed(void**)
{
    check("<a/>", "<a>1</a>0");
    check("<a><b/><b /></a>", "<a>1<b>2</b>1<b>2</b>1</a>0");
}

void blanks_between_elements_are_no_text(void**)
{
    check("<a>\r\n <b> x </b>\t</a>", "<a>1<b>2 x 2</b>1</a>0");
}

void comments_and_declarations_are_passed_over(void**)
{
    check("<?xml version=\"1.0\"?><!DOCTYPE a><!-- <b> --><a><?x <c>?></a>",
          "<a>1</a>0");
    check("<a><!-- x --", "<a>1!not_xml");
    check("<a><!-->", "<a>1!not_xml");
    // A DTD of its own is passed over: nothing is ever defined by it.
    check("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a>1&x;1</a>0");
    check("<!DOCTYPE a [<!-- it's ]> --><!ELEMENT a (b)>]><a/>", "<a>1</a>0");
    check("<!DOCTYPE a SYSTEM \"]>['\" ['>' \"'\"]><a/>", "<a>1</a>0");
    for (const char* open : {"<!DOCTYPE a [", "<!DOCTYPE a [<!ENTITY x \"y>]>",
                             "<!DOCTYPE a [<!-- ]>", "<!DOCTYPE",
                             "<!DOCTYPE a [<!ELEMENT a (b)>"}) {
        check(std::string(open) + "<a></a>", "!not_xml");
    }
    check("<a><!DOCTYPE b><b/></a>", "<a>1!not_xml");
}

void references_are_decoded_once(void**)
{
    check("<a>&lt;b&gt; &amp;amp; &quot;&apos;</a>", "<a>1<b> &amp; \"'1</a>0");
    check("<a>&#233;&#x65e5;&#55356;&#57269;</a>", "<a>1é日🎵1</a>0");
}

void what_is_no_reference_of_xml_stays(void**)
{
    check("<a>R&B &eacute; & &;</a>", "<a>1R&B &eacute; & &;1</a>0");
    // A reference to what is no character says nothing.
    check("<a>[&#0;&#55356;&#1114112;]</a>", "<a>1[]1</a>0");
}

void a_cdata_section_is_text_as_it_stands(void**)
{
    check("<a><![CDATA[<b> &amp; ]] >]]></a>", "<a>1<b> &amp; ]] >1</a>0");
    check("<a><![CDATA[x]]y</a>", "<a>1!not_xml");
    check("<![CDATA[x]]>", "!not_xml");
}

void text_that_comes_in_pieces_is_one_text(void**)
{
    const char* rows[][2] = {
        {"A <![CDATA[&]]> B", "A & B"},
        {"<![CDATA[A]]><![CDATA[ - ]]><![CDATA[T]]>", "A - T"},
        {"<![CDATA[A ]]>&amp;<![CDATA[ B]]>", "A & B"},
        {"<![CDATA[x]]]]><![CDATA[>y]]>", "x]]>y"},
        {"A &lt;<!-- who? -->&gt; <?x y?>B", "A <> B"},
        {"A<![CDATA[ ]]>B", "A B"},
        {"A<![CDATA[]]>", "A"},
        // As an editor lays it out.
        {"\n  <![CDATA[A - T]]>\n  ", "A - T"},
        {"\n<!-- x --> <![CDATA[ ]]>\n", ""},
    };
    for (const auto& row : rows) {
        check(std::string("<a>") + row[0] + "</a>",
              std::string("<a>1") + row[1] + (*row[1] ? "1</a>0" : "</a>0"));
    }
    check("<a>x<![CDATA[y]]><b/>z</a>", "<a>1xy1<b>2</b>1z1</a>0");
    check("<a>x<![CDATA[y</a>", "<a>1x1!not_xml");
    check("<a/> <![CDATA[x]]>", "<a>1</a>0!not_xml");
}

void what_is_not_well_formed_is_refused(void**)
{
    check("", "!not_xml");
    check(" ", "!not_xml");
    check("x<a/>", "!not_xml");
    check("<a/>x", "<a>1</a>0!not_xml");
    check("<a/><b/>", "<a>1</a>0!not_xml");
    check("<a><b></a>", "<a>1<b>2!not_xml");
    check("</a>", "!not_xml");
    check("<a></b>", "<a>1!not_xml");
    check("<a>", "<a>1!not_xml");
    check("<>", "!not_xml");
    check("</>", "!not_xml");
    check("< a/>", "!not_xml");
    check("<a <b></a>", "!not_xml");
    check("<a x=\"1></a>", "!not_xml");
}

void depth_is_bounded(void**)
{
    std::string opened;
    std::string closed;
    for (size_t i = 0; i < kMaxDepth; i++) {
        opened += "<a>";
        closed += "</a>";
    }
    assert_true(events_of(opened + closed).ends_with("</a>0"));
    assert_true(events_of(opened + "<a/>" + closed).ends_with("!too_deep"));
}

void attributes_are_found_by_their_name(void**)
{
    std::vector<uint8_t> room(256);
    Arena arena(room);
    XmlReader reader("<a mount=\"/x&amp;y\" b = 'it\"s' c=\"\" bad=1 d='z'/>",
                     arena);
    assert_true(*reader.next() == XmlReader::Event::kOpen);
    assert_true(reader.attribute("mount") == "/x&y");
    assert_true(reader.attribute("b") == "it\"s");
    assert_true(reader.attribute("c").empty());
    assert_true(reader.attribute("ount").empty());
    // Nothing is read past one without quotes.
    assert_true(reader.attribute("d").empty());
}

void a_greater_sign_in_quotes_ends_no_tag(void**)
{
    std::vector<uint8_t> room(256);
    Arena arena(room);
    XmlReader reader("<a x='>' y=\"a'>b\">t</a>", arena);
    assert_true(*reader.next() == XmlReader::Event::kOpen);
    assert_true(reader.attribute("x") == ">");
    assert_true(reader.attribute("y") == "a'>b");
    assert_true(*reader.next() == XmlReader::Event::kText);
    assert_true(reader.text() == "t");
}

void without_memory_the_arena_says_so(void**)
{
    std::vector<uint8_t> room(3);
    Arena arena(room);
    XmlReader reader("<a>x &amp; y</a>", arena);
    assert_true(reader.next().ok());
    assert_true(reader.next().ok());
    assert_true(arena.full());
    Arena other(room);
    XmlReader pieces("<a>x<![CDATA[y]]> z</a>", other);
    assert_true(pieces.next().ok() && pieces.next().ok());
    assert_true(other.full());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(elements_and_texts_come_in_order),
        cmocka_unit_test(an_empty_element_is_opened_and_closed),
        cmocka_unit_test(blanks_between_elements_are_no_text),
        cmocka_unit_test(comments_and_declarations_are_passed_over),
        cmocka_unit_test(references_are_decoded_once),
        cmocka_unit_test(what_is_no_reference_of_xml_stays),
        cmocka_unit_test(a_cdata_section_is_text_as_it_stands),
        cmocka_unit_test(text_that_comes_in_pieces_is_one_text),
        cmocka_unit_test(what_is_not_well_formed_is_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(attributes_are_found_by_their_name),
        cmocka_unit_test(a_greater_sign_in_quotes_ends_no_tag),
        cmocka_unit_test(without_memory_the_arena_says_so),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
