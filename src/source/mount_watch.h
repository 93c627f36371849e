// Which names of `mounts=` no answer of a poll has had so far: a mount may be
// off the air for an answer or two, a name that was mistyped is never there.
// Kept by a poll, in the worker that leads its zone.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/station.h"

namespace onair::source {

inline constexpr size_t kMostMounts = 64;

class MountWatch {
  public:
    static constexpr uint8_t kAnswers = 3;

    // After each good answer. The names to be told of now, for the first time,
    // as bits in the order of `mounts`: an answer without any station says
    // nothing of them. At most kMostMounts names.
    uint64_t hear(std::span<const Report> reports,
                  std::span<const std::string_view> mounts);

    // Those that are told of and have not been there since.
    uint64_t missing() const { return told_ & ~seen_; }

  private:
    uint64_t seen_ = 0;
    uint64_t told_ = 0;
    uint8_t answers_ = 0;
};

}  // namespace onair::source
