#include "sound/joint.h"

#include <algorithm>
#include <cstring>

namespace onair::sound {

namespace {

constexpr size_t kKey = 64;  // bytes that are searched for
// Silence has the key everywhere.
constexpr int kMostTries = 4096;

}  // namespace

std::optional<size_t> find_joint(ConstBytes tail, ConstBytes burst)
{
    if (tail.size() < kLeastTail || burst.size() < kLeastTail) {
        return {};
    }
    ConstBytes key = tail.last(kKey);
    std::optional<size_t> found;
    const uint8_t* at = burst.data();
    const uint8_t* end = burst.data() + burst.size();
    for (int tries = 0; at < end && tries < kMostTries; tries++) {
        at = static_cast<const uint8_t*>(
            memmem(at, static_cast<size_t>(end - at), key.data(), kKey));
        if (at == nullptr) {
            break;
        }
        size_t behind = static_cast<size_t>(at - burst.data()) + kKey;
        size_t common = std::min(behind, tail.size());
        if (common >= kLeastTail &&
            std::memcmp(burst.data() + behind - common,
                        tail.last(common).data(), common) == 0) {
            found = behind;
        }
        at++;
    }
    return found;
}

}  // namespace onair::sound
