#include <algorithm>

#include "source/format.h"

namespace onair::source {

bool is_called(std::string_view given, std::string_view name)
{
    return !name.empty() && (given == name || (given.starts_with('/') &&
                                               given.substr(1) == name));
}

Report* ReportList::add(std::string_view name, std::string_view id,
                        std::string_view as_written)
{
    if (!is_listed(name, id)) {
        return nullptr;
    }
    if (name.empty() && options_.station.empty()) {
        if (left_out_.nameless++ == 0) {
            left_out_.unusable = text(as_written);
        }
        return nullptr;
    }
    Report* report = take(name, id);
    if (report != nullptr) {
        report->station = name;
        report->id = id;
    }
    return report;
}

Report* ReportList::add_unnamed(std::string_view id)
{
    Report* report = take({}, id);
    if (report != nullptr) {
        report->id = id;
    }
    return report;
}

Report* ReportList::take(std::string_view name, std::string_view id)
{
    bool asked_for =
        is_called(options_.station, name) || is_called(options_.station, id);
    bool first = asked_for && !has_station_;
    has_station_ = has_station_ || asked_for;
    if (used_ < room_.size()) {
        return &room_[used_++];
    }
    left_out_.past_bound++;
    if (!first || room_.empty()) {
        return nullptr;
    }
    room_.back() = Report();
    return &room_.back();
}

bool ReportList::is_listed(std::string_view name, std::string_view id) const
{
    return options_.mounts.empty() ||
           std::any_of(options_.mounts.begin(), options_.mounts.end(),
                       [name, id](std::string_view mount) {
                           return mount == "*" || is_called(mount, name) ||
                                  is_called(mount, id);
                       });
}

void ReportList::followed(size_t field, JsonValue value, bool missing)
{
    uint32_t bit = uint32_t{1} << field;
    bool several = value.is_object() || value.is_array();
    (missing   ? paths_.nowhere
     : several ? paths_.to_several
               : paths_.somewhere) |= bit;
}

}  // namespace onair::source
