#include "azuracast/route.h"

#include <array>
#include <utility>

namespace onair::azuracast {

namespace {

constexpr size_t kMostParts = 5;  // of an address; those in front are let go

// The last segments of a path, in order.
struct Parts {
    std::array<std::string_view, kMostParts> at{};
    size_t count = 0;
};

Parts parts_of(std::string_view path)
{
    Parts parts;
    while (!path.empty()) {
        size_t end = path.find('/');
        std::string_view part = path.substr(0, end);
        path = end == std::string_view::npos ? std::string_view()
                                             : path.substr(end + 1);
        if (part.empty()) {
            continue;
        }
        if (parts.count == kMostParts) {
            for (size_t i = 1; i < kMostParts; i++) {
                parts.at[i - 1] = parts.at[i];
            }
            parts.count--;
        }
        parts.at[parts.count++] = part;
    }
    return parts;
}

// The segments counted from the end, as the words of an address are.
class Tail {
  public:
    explicit Tail(const Parts& parts) : parts_(parts) {}

    std::string_view from_end(size_t i) const
    {
        return i < parts_.count ? parts_.at[parts_.count - 1 - i]
                                : std::string_view();
    }
    bool is(size_t i, std::string_view word) const
    {
        return from_end(i) == word;
    }

  private:
    const Parts& parts_;
};

Page transport_of(std::string_view word)
{
    return word == "websocket"     ? Page::kWebSocket
           : word == "sse"         ? Page::kSse
           : word == "http_stream" ? Page::kHttpStream
                                   : Page::kNone;
}

Route file_of(std::string_view name)
{
    for (auto [end, page] :
         {std::pair<std::string_view, Page>(".json", Page::kFile),
          std::pair<std::string_view, Page>(".txt", Page::kText)}) {
        if (name.size() > end.size() && name.ends_with(end)) {
            return {page, name.substr(0, name.size() - end.size())};
        }
    }
    return {};
}

}  // namespace

Route route_of(std::string_view path)
{
    Parts parts = parts_of(path);
    Tail tail(parts);
    if (tail.is(1, "nowplaying") && tail.is(2, "live")) {
        return {transport_of(tail.from_end(0)), {}};
    }
    if (tail.is(1, "nowplaying_static")) {
        return file_of(tail.from_end(0));
    }
    if (tail.is(0, "art") && tail.is(2, "nowplaying")) {
        return {Page::kArt, tail.from_end(1)};
    }
    if (tail.is(1, "art") && tail.is(3, "nowplaying")) {
        return {Page::kArt, tail.from_end(2)};
    }
    if (tail.is(0, "nowplaying") && tail.is(2, "station")) {
        return {Page::kOne, tail.from_end(1)};
    }
    if (tail.is(1, "nowplaying")) {
        return {Page::kOne, tail.from_end(0)};
    }
    if (tail.is(0, "nowplaying")) {
        return {Page::kAll, {}};
    }
    return {tail.is(0, "time") ? Page::kTime : Page::kNone, {}};
}

}  // namespace onair::azuracast
