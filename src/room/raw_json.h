// The text of values within a JSON object, as they came: what a room passes on
// is not touched.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace onair::room {

// Walks the members of an object that is known to be valid JSON (RFC 8259).
class RawMembers {
  public:
    explicit RawMembers(std::string_view object) : rest_(object) { open(); }

    // The value of the next member, without blanks around it; false at the end.
    bool next(std::string_view* value);

  private:
    void open();
    void skip_blanks();
    std::string_view take_value();

    std::string_view rest_;
};

// The text of a number as one that is not negative and at most `most`.
// kBadRequest.
Result<uint64_t> read_whole(std::string_view text, uint64_t most);
// The same of seconds, with up to three decimals that count, as milliseconds.
Result<uint64_t> read_ms(std::string_view text, uint64_t most);

}  // namespace onair::room
