// The words that each row for Prometheus is made of (text format 0.0.4).
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace onair::ngx {

// NAME="VALUE", escaped as the format wants it: \, " and line breaks.
void write_label(Writer& out, std::string_view name, std::string_view value);
// What stands before the rows of one name.
void write_head(Writer& out, std::string_view name, std::string_view type,
                std::string_view help);

}  // namespace onair::ngx
