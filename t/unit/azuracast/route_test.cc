#include <optional>
#include <string>
#include <vector>

// After the library: cmocka has macros that its headers would meet.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include "azuracast/route.h"

using namespace onair::azuracast;

namespace {

void is(std::string_view path, Page page, std::string_view station = {})
{
    Route route = route_of(path);
    if (route.page != page || route.station != station) {
        fail_msg("%.*s is page %d of %.*s", static_cast<int>(path.size()),
                 path.data(), static_cast<int>(route.page),
                 static_cast<int>(route.station.size()), route.station.data());
    }
}

void every_address_of_a_player_has_its_page(void**)
{
    is("/api/live/nowplaying/websocket", Page::kWebSocket);
    is("/api/live/nowplaying/sse", Page::kSse);
    is("/api/live/nowplaying/http_stream", Page::kHttpStream);
    is("/api/nowplaying", Page::kAll);
    is("/api/nowplaying/", Page::kAll);
    is("/api/nowplaying/rock", Page::kOne, "rock");
    is("/api/nowplaying/17", Page::kOne, "17");
    is("/api/station/rock/nowplaying", Page::kOne, "rock");
    is("/api/nowplaying_static/rock.json", Page::kFile, "rock");
    is("/api/nowplaying_static/rock.fm.txt", Page::kText, "rock.fm");
    is("/api/nowplaying/rock/art", Page::kArt, "rock");
    is("/api/nowplaying/rock/art/1760000000.jpg", Page::kArt, "rock");
    is("/api/time", Page::kTime);
}

void what_stands_in_front_does_not_matter(void**)
{
    is("live/nowplaying/sse", Page::kSse);
    is("/a/b/c/d/e/f/api/live/nowplaying/sse", Page::kSse);
    is("//radio//api//nowplaying//rock", Page::kOne, "rock");
    is("/a/b/c/d/e/f/api/nowplaying/rock/art/1.jpg", Page::kArt, "rock");
}

void nothing_else_is_a_page(void**)
{
    is("", Page::kNone);
    is("/", Page::kNone);
    is("/api", Page::kNone);
    is("/api/live/nowplaying/rock", Page::kNone);
    is("/api/nowplaying_static/rock", Page::kNone);
    is("/api/nowplaying_static/.json", Page::kNone);
    is("/api/nowplaying/rock/other", Page::kNone);
    is("/api/station/rock", Page::kNone);
    is("/api/times", Page::kNone);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_address_of_a_player_has_its_page),
        cmocka_unit_test(what_stands_in_front_does_not_matter),
        cmocka_unit_test(nothing_else_is_a_page),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
