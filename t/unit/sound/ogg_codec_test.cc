#include "sound/ogg_codec.h"

#include <string>

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::sound;

namespace {

std::string number(uint32_t n)
{
    std::string bytes;
    for (int i = 0; i < 4; i++) {
        bytes += static_cast<char>(n >> (8 * i));
    }
    return bytes;
}

std::string text(std::string_view text)
{
    return number(static_cast<uint32_t>(text.size())) + std::string(text);
}

std::string comments()
{
    return text("vendor") + number(4) + text("title=T") + text("Artist=A") +
           text("TITLE=second") + text("TITLES=x");
}

void each_codec_is_known_by_its_first_packet(void**)
{
    std::string vorbis = std::string("\x01vorbis") + number(0) + "\x02" +
                         number(44100) + std::string(14, '\0');
    CodecHead head = codec_of(bytes_of(vorbis));
    assert_true(head.codec == Codec::kVorbis);
    assert_int_equal(head.rate, 44100);
    std::string opus = "OpusHead" + std::string(11, '\x01');
    head = codec_of(bytes_of(opus));
    assert_true(head.codec == Codec::kOpus);
    assert_int_equal(head.rate, 48000);
    std::string flac =
        "\x7f"
        "FLAC" +
        std::string(12 + 10, '\0') + "\x0a\xc4\x42" + std::string(21, '\0');
    head = codec_of(bytes_of(flac));
    assert_true(head.codec == Codec::kFlac);
    assert_int_equal(head.rate, 44100);
}

void a_packet_that_is_cut_is_no_codec(void**)
{
    assert_true(codec_of(bytes_of("OpusHead")).codec == Codec::kNone);
    assert_true(codec_of(bytes_of("\x01vorbis")).codec == Codec::kNone);
    assert_true(codec_of(bytes_of("\x7f"
                                  "FLAC"))
                    .codec == Codec::kNone);
    assert_true(codec_of({}).codec == Codec::kNone);
}

void the_last_packet_of_a_head_is_known(void**)
{
    assert_false(ends_head(Codec::kVorbis, 1, {}));
    assert_true(ends_head(Codec::kVorbis, 2, {}));
    assert_false(ends_head(Codec::kOpus, 0, {}));
    assert_true(ends_head(Codec::kOpus, 1, {}));
    assert_false(ends_head(Codec::kFlac, 1, bytes_of("\x04...")));
    assert_true(ends_head(Codec::kFlac, 1, bytes_of("\x84...")));
    assert_false(ends_head(Codec::kFlac, 1, {}));
}

void artist_and_title_are_the_first_of_their_names(void**)
{
    for (auto [codec, mark] :
         {std::pair{Codec::kVorbis, std::string("\x03vorbis")},
          std::pair{Codec::kOpus, std::string("OpusTags")},
          std::pair{Codec::kFlac, std::string("\x84\0\0\0", 4)}}) {
        std::string packet = mark + comments();
        auto words = words_of(codec, bytes_of(packet));
        assert_true(words.has_value());
        assert_string_equal(std::string(words->title).c_str(), "T");
        assert_string_equal(std::string(words->artist).c_str(), "A");
    }
}

void a_comment_that_lies_about_its_length_ends_the_list(void**)
{
    std::string packet = "OpusTags" + text("v") + number(0xffffffff) +
                         text("ARTIST=A") + number(1000) + "TITLE=T";
    auto words = words_of(Codec::kOpus, bytes_of(packet));
    assert_true(words.has_value());
    assert_string_equal(std::string(words->artist).c_str(), "A");
    assert_true(words->title.empty());
    packet = "OpusTags" + number(1000);
    assert_false(words_of(Codec::kOpus, bytes_of(packet)).has_value());
}

void another_packet_has_no_words(void**)
{
    assert_false(words_of(Codec::kOpus, bytes_of("OpusHead")).has_value());
    assert_false(words_of(Codec::kNone, bytes_of("OpusTags")).has_value());
    assert_false(words_of(Codec::kFlac, bytes_of("\x03...")).has_value());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_codec_is_known_by_its_first_packet),
        cmocka_unit_test(a_packet_that_is_cut_is_no_codec),
        cmocka_unit_test(the_last_packet_of_a_head_is_known),
        cmocka_unit_test(artist_and_title_are_the_first_of_their_names),
        cmocka_unit_test(a_comment_that_lies_about_its_length_ends_the_list),
        cmocka_unit_test(another_packet_has_no_words),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
