// What danmaku players load and send, as messages of a room: DPlayer's
// interface of version 3, and the XML that ArtPlayer and comment-core-library
// read. A message is danmaku where what was said is a text, or an object with
// one: {"text":"hi","color":16777215,"type":0,"time":1.5}.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "room/message.h"

namespace onair::room {

enum class Flight : uint8_t { kScrolls, kTop, kBottom };

struct Danmaku {
    std::string_view text;
    std::string_view author;
    uint32_t color = 0xffffff;
    Flight flight = Flight::kScrolls;
    uint64_t at_ms = 0;  // where the player was
};

// What DPlayer posts.
struct DplayerPost {
    Danmaku danmaku;
    std::string_view room;   // its `id`
    std::string_view token;  // what the page gave it
};

inline constexpr size_t kMaxDanmaku = 4096;  // bytes of what was said

// Memory of the arena that always suffices.
constexpr size_t danmaku_memory(size_t size)
{
    return 16 * size + 4096;
}

// Texts are the arena's. kNotJson, kTooDeep, kBadRequest, kNoMemory. `why` says
// in a few words what is wrong.
Result<DplayerPost> read_dplayer(std::string_view body, Arena& arena,
                                 std::string_view* why);

// What a member says by it, as JSON.
size_t most_said(const Danmaku& danmaku);
void write_said(Writer& out, const Danmaku& danmaku);

// Nothing where the message is no danmaku, is for some members only, or is
// longer than kMaxDanmaku. Texts are the arena's or the message's.
std::optional<Danmaku> danmaku_of(const Message& message, Arena& arena);

// [1.5,0,16777215,"bert","hello"]. DPlayer makes HTML of the text: here alone
// it is escaped.
size_t most_in_dplayer(const Danmaku& danmaku);
void write_in_dplayer(Writer& out, const Danmaku& danmaku);

// <d p="1.5,1,25,16777215,1760000030,0,m3,42">hello</d>
size_t most_in_xml(const Danmaku& danmaku);
void write_in_xml(Writer& out, const Danmaku& danmaku, const Message& message);

}  // namespace onair::room
