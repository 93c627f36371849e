#include "sound/icy.h"

#include <array>

#include "walked.h"

using namespace onair;
using namespace onair::sound;

namespace {

struct Read {
    std::string sound;
    std::vector<std::string> titles;
    std::vector<size_t> places;  // bytes of sound in front of each title
};

Read read(uint32_t metaint, std::string_view bytes, size_t piece)
{
    IcyReader reader(metaint);
    Read all;
    for (size_t at = 0; at < bytes.size(); at += piece) {
        ConstBytes in = bytes_of(bytes.substr(at, piece));
        for (;;) {
            IcyPart part = reader.next(in);
            if (part.what == IcyPart::What::kNone) {
                break;
            }
            if (part.what == IcyPart::What::kSound) {
                all.sound += text_of(part.sound);
            } else {
                all.titles.emplace_back(part.words.title);
                all.places.push_back(all.sound.size());
            }
        }
    }
    return all;
}

void blocks_are_taken_out_however_the_bytes_are_cut(void**)
{
    std::string bytes = capture("icecast-late-t.mp3.icy-16000.bin");
    for (size_t piece : {size_t{1}, size_t{7}, size_t{1400}, bytes.size()}) {
        Read all = read(16000, bytes, piece);
        assert_int_equal(all.titles.size(), 1);
        assert_int_equal(all.places[0], 16000);
        assert_string_equal(
            all.sound.c_str(),
            (bytes.substr(0, 16000) + bytes.substr(16000 + 1 + 32)).c_str());
    }
}

void an_empty_block_is_not_told(void**)
{
    Read all = read(4, std::string("abcd\0efgh\0", 10), 3);
    assert_string_equal(all.sound.c_str(), "abcdefgh");
    assert_int_equal(all.titles.size(), 0);
}

void without_metaint_all_is_sound(void**)
{
    assert_string_equal(read(0, "abcdefgh", 3).sound.c_str(), "abcdefgh");
}

void a_title_may_hold_quotes_and_ends(void**)
{
    auto title = [](std::string_view block) {
        return std::string(read_icy(block).title);
    };
    assert_string_equal(title("StreamTitle='It's';").c_str(), "It's");
    assert_string_equal(
        title("StreamTitle='a';b';StreamUrl='http://h/';").c_str(), "a';b");
    assert_string_equal(title("StreamTitle='a'").c_str(), "a");
    assert_string_equal(title("StreamTitle='a").c_str(), "a");
    assert_string_equal(title("StreamTitle='';").c_str(), "");
    assert_string_equal(
        title(std::string("StreamTitle='a';\0\0';", 20)).c_str(), "a");
    assert_string_equal(title("other='x';").c_str(), "");
    IcyWords words = read_icy("StreamUrl='http://h/';StreamTitle='T';");
    assert_string_equal(std::string(words.url).c_str(), "http://h/");
    assert_string_equal(std::string(words.title).c_str(), "T");
}

void what_is_written_is_read_back(void**)
{
    std::array<uint8_t, kMostIcyBlock> out;
    for (std::string title :
         {"", "A - T", "It's", "exactly 30 letters, as it is.."}) {
        size_t size = write_icy(title, out);
        assert_int_equal((size - 1) % 16, 0);
        assert_int_equal(size, 1 + size_t{out[0]} * 16);
        std::string_view block = text_of(ConstBytes(out).subspan(1, size - 1));
        assert_string_equal(std::string(read_icy(block).title).c_str(),
                            title.c_str());
    }
}

void a_title_cannot_end_its_block_early(void**)
{
    std::array<uint8_t, kMostIcyBlock> out;
    size_t size = write_icy(";a';StreamUrl='x';b", out);
    std::string_view block = text_of(ConstBytes(out).subspan(1, size - 1));
    assert_true(block.find("';") == block.rfind("';"));
}

void a_title_too_long_is_cut_between_characters(void**)
{
    std::array<uint8_t, kMostIcyBlock> out;
    std::string title;
    while (title.size() < 5000) {
        title += "\xc3\xa4";
    }
    size_t size = write_icy(title, out);
    assert_in_range(size, kMostIcyBlock - 16, kMostIcyBlock);
    std::string_view block = text_of(ConstBytes(out).subspan(1, size - 1));
    assert_int_equal(read_icy(block).title.size() % 2, 0);
}

void a_listener_s_phase_counts_his_own_sound(void**)
{
    IcyPhase phase(16000);
    assert_true(phase.wants_blocks());
    assert_int_equal(phase.room(), 16000);
    phase.sent(15999);
    assert_int_equal(phase.room(), 1);
    phase.sent(1);
    assert_int_equal(phase.room(), 0);
    phase.block_sent();
    assert_int_equal(phase.room(), 16000);
    assert_false(IcyPhase(0).wants_blocks());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_taken_out_however_the_bytes_are_cut),
        cmocka_unit_test(an_empty_block_is_not_told),
        cmocka_unit_test(without_metaint_all_is_sound),
        cmocka_unit_test(a_title_may_hold_quotes_and_ends),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_title_cannot_end_its_block_early),
        cmocka_unit_test(a_title_too_long_is_cut_between_characters),
        cmocka_unit_test(a_listener_s_phase_counts_his_own_sound),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
