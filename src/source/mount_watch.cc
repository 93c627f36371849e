#include "source/mount_watch.h"

#include "source/pick.h"

namespace onair::source {

uint64_t MountWatch::hear(std::span<const Report> reports,
                          std::span<const std::string_view> mounts)
{
    uint64_t all = 0;
    for (size_t i = 0; i < mounts.size() && i < kMostMounts; i++) {
        uint64_t bit = uint64_t{1} << i;
        all |= bit;
        seen_ |= is_there(reports, mounts[i]) ? bit : 0;
    }
    if (reports.empty() || answers_ == kAnswers || ++answers_ < kAnswers) {
        return 0;
    }
    told_ = all & ~seen_;
    return told_;
}

}  // namespace onair::source
