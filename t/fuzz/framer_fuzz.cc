// A framer finds the same however its bytes are cut, its starts lie in order
// within what was given, and its heads are bounded.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "sound/framer.h"

using namespace onair;
using namespace onair::sound;

namespace {

struct Told {
    Found::What what;
    uint64_t at;
    uint64_t time_us;
    std::string bytes;
    bool operator==(const Told&) const = default;
};

void take(Framer& framer, ConstBytes in, uint64_t given,
          std::vector<Told>& told)
{
    for (;;) {
        Found found = framer.next(in);
        if (found.what == Found::What::kNone) {
            check(in.empty());
            return;
        }
        check(found.at <= given);
        check(found.head.size() <= kMaxSoundHead);
        std::string bytes(text_of(found.head));
        bytes.append(found.words.artist).append(found.words.title);
        told.push_back({found.what, found.at, found.time_us, bytes});
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    auto kind = static_cast<Kind>(data[0] % kKinds);
    uint32_t random = data[1];
    ConstBytes bytes(data + 2, size - 2);
    std::vector<Told> whole;
    auto framer = std::make_unique<Framer>(kind);
    take(*framer, bytes, bytes.size(), whole);
    uint64_t last = 0;
    for (const Told& one : whole) {
        if (one.what == Found::What::kStart) {
            check(one.at >= last);
            last = one.at;
        }
    }
    std::vector<Told> cut;
    auto other = std::make_unique<Framer>(kind);
    for (size_t at = 0; at < bytes.size();) {
        random = random * 1664525 + 1013904223;
        size_t part = std::min<size_t>(1 + (random >> 24), bytes.size() - at);
        std::vector<uint8_t> piece(
            bytes.begin() + static_cast<ptrdiff_t>(at),
            bytes.begin() + static_cast<ptrdiff_t>(at + part));
        at += part;
        take(*other, piece, at, cut);
    }
    check(cut == whole);
    return 0;
}
