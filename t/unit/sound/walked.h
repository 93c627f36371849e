// The findings of a walker over whole captures, and over the same bytes cut.
#pragma once

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "sound/found.h"

namespace onair::sound {

struct Told {
    Found::What what;
    uint64_t at;
    uint64_t time_us;
    std::string head;
    std::string artist;
    std::string title;
    bool operator==(const Told&) const = default;
};

inline std::string capture(const std::string& name)
{
    const char* from = getenv("ONAIR_FIXTURES");
    std::ifstream file(
        std::string(from != nullptr ? from : "t/fixtures") + "/audio/" + name,
        std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file),
                      std::istreambuf_iterator<char>()};
    assert_true(!bytes.empty());
    return bytes;
}

template <typename Walker>
void walk(Walker& walker, std::string_view bytes, std::vector<Told>& told)
{
    ConstBytes in = bytes_of(bytes);
    for (;;) {
        Found found = walker.next(in);
        if (found.what == Found::What::kNone) {
            assert_true(in.empty());
            return;
        }
        told.push_back({found.what, found.at, found.time_us,
                        std::string(text_of(found.head)),
                        std::string(found.words.artist),
                        std::string(found.words.title)});
    }
}

inline std::vector<Told> only(const std::vector<Told>& told, Found::What what)
{
    std::vector<Told> some;
    for (const Told& one : told) {
        if (one.what == what) {
            some.push_back(one);
        }
    }
    return some;
}

// `make` gives a fresh walker; the findings of the whole, which have to be
// those of the same bytes one by one and in pieces of 7 and 1021.
template <typename Make>
std::vector<Told> walked(Make make, std::string_view bytes)
{
    std::vector<Told> whole;
    auto walker = make();
    walk(*walker, bytes, whole);
    for (size_t size : {1, 7, 1021}) {
        std::vector<Told> cut;
        auto other = make();
        for (size_t at = 0; at < bytes.size(); at += size) {
            walk(*other, bytes.substr(at, size), cut);
        }
        assert_true(cut == whole);
    }
    return whole;
}

}  // namespace onair::sound
