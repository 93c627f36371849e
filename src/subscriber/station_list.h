// The list of stations in a subscriber's query. Hostile input; nothing is
// allocated.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace onair::subscriber {

// %XX and + decoded. kBadRequest: bad %, or longer than `out`.
Result<std::string_view> percent_decode(std::string_view raw,
                                        std::span<char> out);

// Iterates a list "a,b%20c,*" of station names: percent-decoded, checked as
// names, duplicates are the caller's business. Faults: kBadName, after which
// the next name may be asked for. An encoded comma separates as well: that is
// what URLSearchParams makes of one.
class StationList {
  public:
    explicit StationList(std::string_view raw) : rest_(raw) {}
    // False at the end. `name` views `buffer` (kMaxName is enough).
    Result<bool> next(std::span<char> buffer, std::string_view* name);

  private:
    std::string_view rest_;
    bool started_ = false;
    bool more_ = false;  // a separator was read: a name must follow
};

// A name that a station can have: 1 to kMaxName bytes of UTF-8 without control
// characters. kBadName.
Outcome check_name(std::string_view name);

}  // namespace onair::subscriber
