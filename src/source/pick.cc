#include "source/pick.h"

namespace onair::source {

namespace {

int rank(const Report& report)
{
    if (!report.on_air) {
        return 0;
    }
    return report.now.text.empty() && report.now.title.empty() ? 1 : 2;
}

}  // namespace

const Report* pick(std::span<const Report> reports)
{
    const Report* best = nullptr;
    for (const Report& report : reports) {
        if (best == nullptr || rank(report) > rank(*best)) {
            best = &report;
        }
    }
    return best;
}

}  // namespace onair::source
