// Where the sound of a new connection to a source goes on with what is in the
// ring: a source begins with its burst, which is sound that was sent already.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"

namespace onair::sound {

// Bytes at the end of the ring that have to be found again; all of them, when
// there are fewer, but kLeastTail.
inline constexpr size_t kTail = size_t{4} * 1024;
inline constexpr size_t kLeastTail = 512;

// The bytes of `burst` in front of its first byte that is not in the ring:
// `tail`, the last of the ring, ends there. Where the burst begins inside the
// tail, as much as there is of it has to agree, but kLeastTail bytes. Of
// several places (silence) the last one.
std::optional<size_t> find_joint(ConstBytes tail, ConstBytes burst);

}  // namespace onair::sound
