// What a player posts, and what is made of a message for players: read in the
// memory that suffices, written in the room that is always enough, and without
// a character that HTML or XML would mind.
#include <optional>
#include <string>
#include <vector>

#include "check.h"
#include "room/danmaku.h"

using namespace onair;
using namespace onair::room;

namespace {

template <typename Write>
std::string written(size_t most, Write write)
{
    std::vector<char> memory(most);
    Writer out(memory);
    write(out);
    check(out.ok());
    return std::string(out.view());
}

void write_all(const Danmaku& danmaku, const Message& message)
{
    std::string list = written(most_in_dplayer(danmaku), [&](Writer& out) {
        write_in_dplayer(out, danmaku);
    });
    check(list.find_first_of("<>'") == std::string::npos);
    std::string xml = written(most_in_xml(danmaku), [&](Writer& out) {
        write_in_xml(out, danmaku, message);
    });
    check(xml.rfind('<') == xml.size() - 4 &&
          xml.find('<', 1) == xml.rfind('<'));
    for (char c : xml) {
        check(static_cast<uint8_t>(c) >= 0x20);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view text = text_of({data, size});
    std::vector<uint8_t> memory(danmaku_memory(size));
    Message message;
    message.from_id = "m1";
    {
        Arena arena(memory);
        std::string_view why;
        Result<DplayerPost> post = read_dplayer(text, arena, &why);
        check(post.ok() || (post.fault() != Fault::kNoMemory && !why.empty()));
        if (post.ok()) {
            check(!post->danmaku.text.empty());
            check(post->danmaku.color <= 0xffffff);
            write_all(post->danmaku, message);
            // What is said by it is danmaku again, and the same.
            std::string said =
                written(most_said(post->danmaku),
                        [&](Writer& out) { write_said(out, post->danmaku); });
            message.said = said;
            std::vector<uint8_t> more(danmaku_memory(said.size()));
            Arena again(more);
            std::optional<Danmaku> read = danmaku_of(message, again);
            check(said.size() > kMaxDanmaku ||
                  (read && read->text == post->danmaku.text &&
                   read->color == post->danmaku.color &&
                   read->at_ms == post->danmaku.at_ms));
        }
    }
    Arena arena(memory);
    message.said = text;
    std::optional<Danmaku> danmaku = danmaku_of(message, arena);
    if (danmaku) {
        write_all(*danmaku, message);
    }
    return 0;
}
