#include "sound/icy.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"

namespace onair::sound {

namespace {

constexpr std::string_view kTitle = "StreamTitle='";
constexpr std::string_view kUrl = "StreamUrl='";
constexpr std::string_view kEnd = "';";

// The value behind `key` up to the last end in front of `until`.
std::string_view value(std::string_view block, std::string_view key,
                       std::string_view until)
{
    size_t at = block.find(key);
    if (at == std::string_view::npos) {
        return {};
    }
    std::string_view rest = block.substr(at + key.size());
    rest = rest.substr(0, rest.find(until));
    size_t end = rest.rfind(kEnd);
    if (end == std::string_view::npos) {
        // Some servers leave out the last semicolon, or all of it.
        end = rest.ends_with('\'') ? rest.size() - 1 : rest.size();
    }
    return rest.substr(0, end);
}

}  // namespace

IcyWords read_icy(std::string_view block)
{
    block = block.substr(0, block.find('\0'));
    // From one key to the other, as a title may hold the mark of an end.
    return {value(block, kTitle, kUrl), value(block, kUrl, kTitle)};
}

IcyPart IcyReader::take_sound(ConstBytes& in)
{
    size_t part = in.size();
    if (metaint_ > 0) {
        part = std::min<size_t>(part, left_);
        left_ -= static_cast<uint32_t>(part);
    }
    IcyPart sound = {.what = IcyPart::What::kSound, .sound = in.first(part)};
    in = in.subspan(part);
    return sound;
}

IcyPart IcyReader::take_block(ConstBytes& in)
{
    if (block_ == 0) {
        block_ = size_t{in[0]} * 16;
        held_ = 0;
        in = in.subspan(1);
        if (block_ == 0) {
            left_ = metaint_;
            return {};
        }
    }
    size_t part = std::min(block_ - held_, in.size());
    copy_bytes(text_ + held_, in.data(), part);
    held_ += part;
    in = in.subspan(part);
    if (held_ < block_) {
        return {};
    }
    left_ = metaint_;
    block_ = 0;
    return {.what = IcyPart::What::kBlock, .words = read_icy({text_, held_})};
}

IcyPart IcyReader::next(ConstBytes& in)
{
    while (!in.empty()) {
        if (metaint_ == 0 || left_ > 0) {
            return take_sound(in);
        }
        IcyPart part = take_block(in);
        if (part.what != IcyPart::What::kNone) {
            return part;
        }
    }
    return {};
}

size_t write_icy(std::string_view title, Bytes out)
{
    constexpr size_t kMost = kMostIcyBlock - 1 - kTitle.size() - kEnd.size();
    title = title.substr(0, cut(title, kMost).size());
    // SAFETY: char may alias any object; the length is out's.
    Writer text({reinterpret_cast<char*>(out.data()) + 1, out.size() - 1});
    text.put(kTitle);
    for (size_t i = 0; i < title.size(); i++) {
        bool ends = title[i] == ';' && (i == 0 || title[i - 1] == '\'');
        text.put(ends ? ',' : title[i]);
    }
    text.put(kEnd);
    size_t blocks = (text.size() + 15) / 16;
    size_t used = 1 + text.size();
    out[0] = static_cast<uint8_t>(blocks);
    std::fill(out.begin() + static_cast<ptrdiff_t>(used),
              out.begin() + static_cast<ptrdiff_t>(1 + blocks * 16), 0);
    return 1 + blocks * 16;
}

}  // namespace onair::sound
