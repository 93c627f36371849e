// The character references of HTML as titles hold them (`&#233;`, `&amp;`):
// the numeric ones and the names of HTML 4 and XML. Pure; any process.
#pragma once

#include <cstddef>
#include <string_view>

namespace onair::source {

struct Entity {
    char32_t code = 0;  // may be no character at all (`&#0;`, `&#65535;`)
    size_t size = 0;    // bytes it is long; 0: text does not begin with one
};

// `text` begins with '&'. A reference ends with its semicolon. Two numeric
// ones that are the halves of a UTF-16 pair are read as one.
Entity first_entity(std::string_view text);

}  // namespace onair::source
