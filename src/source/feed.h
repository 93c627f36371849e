// The lines of an endless feed that mean "poll now": Icecast's STATS method
// (2.x and KH: `EVENT /mount name value`) and the server-sent events of 2.5's
// /admin/eventfeed. A line is never data of its own. Bytes come as they come.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace onair::source {

// Fed every byte of the answer's body in order; keeps one bounded line.
class FeedReader {
  public:
    // Takes bytes; returns how many lines among them speak of a change of some
    // mount that a listener would be told of (title, artist, listeners, source
    // gone or come). Global counters, which a poll itself moves, are not such.
    size_t take(ConstBytes bytes);

    // Bytes of any kind that were seen, for the silence time-out.
    uint64_t seen() const { return seen_; }

  private:
    static bool speaks_of_a_mount(std::string_view line);

    static constexpr size_t kMaxLine = 1024;
    char line_[kMaxLine];
    size_t size_ = 0;
    uint64_t seen_ = 0;
};

}  // namespace onair::source
