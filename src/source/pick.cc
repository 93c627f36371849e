#include "source/pick.h"

#include <algorithm>

#include "source/format.h"

namespace onair::source {

namespace {

constexpr int64_t kMostListeners = int64_t{1} << 53;

int rank(const Report& report)
{
    if (!report.on_air) {
        return 0;
    }
    return report.now.text.empty() && report.now.title.empty() ? 1 : 2;
}

const Report* find(std::span<const Report> reports, std::string_view station,
                   std::string_view Report::*name)
{
    for (const Report& report : reports) {
        if (is_called(station, report.*name)) {
            return &report;
        }
    }
    return nullptr;
}

const Report* find(std::span<const Report> reports, std::string_view station)
{
    const Report* found = find(reports, station, &Report::station);
    return found != nullptr ? found : find(reports, station, &Report::id);
}

// Whether one of these names leads to it already.
bool has(std::span<const Report> reports,
         std::span<const std::string_view> names, const Report* report)
{
    return std::any_of(names.begin(), names.end(),
                       [reports, report](std::string_view name) {
                           return find(reports, name) == report;
                       });
}

void add(int64_t& sum, int64_t count)
{
    if (count >= 0) {
        sum = std::min(std::max<int64_t>(sum, 0) + count, kMostListeners);
    }
}

// What the mounts say together, one after the other.
class Sum {
  public:
    void take(const Report& report)
    {
        if (count_++ == 0 || rank(report) > rank(said_)) {
            said_ = report;
        }
        add(current_, report.listeners.current);
        add(unique_, report.listeners.unique);
        peak_ = report.listeners.peak;
    }

    size_t count() const { return count_; }
    Report report() const
    {
        Report sum = said_;
        sum.listeners = {current_, count_ == 1 ? peak_ : -1, unique_};
        return sum;
    }

  private:
    Report said_;
    size_t count_ = 0;
    int64_t current_ = -1;
    int64_t unique_ = -1;
    int64_t peak_ = -1;
};

// The first of each name, in the order of the document.
std::span<uint32_t> without_doubles(std::span<const Report> reports,
                                    std::span<uint32_t> places)
{
    for (size_t i = 0; i < places.size(); i++) {
        places[i] = static_cast<uint32_t>(i);
    }
    auto name = [reports](uint32_t i) { return reports[i].station; };
    std::sort(places.begin(), places.end(), [name](uint32_t a, uint32_t b) {
        return name(a) != name(b) ? name(a) < name(b) : a < b;
    });
    auto end = std::unique(places.begin(), places.end(),
                           [name](uint32_t a, uint32_t b) {
                               return !name(a).empty() && name(a) == name(b);
                           });
    std::sort(places.begin(), end);
    return places.first(static_cast<size_t>(end - places.begin()));
}

}  // namespace

Picked pick(std::span<const Report> reports, std::string_view station,
            bool only_named)
{
    const Report* named = find(reports, station);
    if (named != nullptr || only_named) {
        return {named, named != nullptr};
    }
    const Report* best = nullptr;
    for (const Report& report : reports) {
        if (best == nullptr || rank(report) > rank(*best)) {
            best = &report;
        }
    }
    return {best, false};
}

bool is_there(std::span<const Report> reports, std::string_view station)
{
    return find(reports, station) != nullptr;
}

Result<Report> add_up(std::span<const Report> reports,
                      std::span<const std::string_view> mounts, Arena& arena)
{
    Sum sum;
    if (mounts.size() == 1 && mounts[0] == "*") {
        std::span<uint32_t> places = arena.make<uint32_t>(reports.size());
        if (places.size() < reports.size()) {
            return Fault::kNoMemory;
        }
        for (uint32_t place : without_doubles(reports, places)) {
            sum.take(reports[place]);
        }
    } else {
        for (size_t i = 0; i < mounts.size(); i++) {
            const Report* report = find(reports, mounts[i]);
            if (report != nullptr && !has(reports, mounts.first(i), report)) {
                sum.take(*report);
            }
        }
    }
    return sum.count() > 0 ? Result<Report>(sum.report())
                           : Result<Report>(Fault::kNotFound);
}

}  // namespace onair::source
