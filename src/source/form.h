// Form fields and query parameters (application/x-www-form-urlencoded): one
// pair after the other, decoded into the arena. Hostile input.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace onair::source {

class FormReader {
  public:
    FormReader(std::string_view text, Arena& arena) : rest_(text), arena_(arena)
    {}

    // False at the end. A '%' without two digits stands for itself.
    bool next();

    std::string_view name() const { return name_; }
    std::string_view value() const { return value_; }

  private:
    std::string_view decoded(std::string_view raw);

    std::string_view rest_;
    Arena& arena_;
    std::string_view name_;
    std::string_view value_;
};

}  // namespace onair::source
