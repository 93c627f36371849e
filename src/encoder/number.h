// Numbers as text, without locale and without allocation.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace onair::encoder {

void write_unsigned(Writer& out, uint64_t value);
// Lower case, padded with zeros to at least `digits`.
void write_hex(Writer& out, uint64_t value, size_t digits);
// Milliseconds as seconds with exactly three decimals; not negative.
void write_seconds(Writer& out, int64_t ms);

}  // namespace onair::encoder
