// Letters in lower case, as Unicode has them one by one (the simple mappings of
// UnicodeData.txt): for ids that others make of texts. Pure, without locale.
#pragma once

#include <cstdint>

namespace onair::encoder {

char32_t lower_case(char32_t c);

}  // namespace onair::encoder
