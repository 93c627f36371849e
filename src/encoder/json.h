// JSON text as we send it (RFC 8259): always valid, whatever bytes a string
// holds.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace onair::encoder {

// A quoted string. Escaped: the quote, the backslash, control characters, and
// '<' as \u003c, so that a hostile title cannot end the <script> element of a
// page that has the snapshot written into it ("</script>", "<!--"); '>', '&'
// and U+2028 are harmless there (HTML standard; ECMAScript 2019) and stay.
// A byte that is not UTF-8 becomes U+FFFD. At most 6 bytes out for a byte in.
void write_string(Writer& out, std::string_view text);

// The same, or null when it is empty: unknown.
void write_text(Writer& out, std::string_view text);

// A number, or null when it is negative: unknown.
void write_count(Writer& out, int64_t value);

}  // namespace onair::encoder
