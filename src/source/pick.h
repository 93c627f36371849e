// Picks from a document the station that the poll location is about
// (`station=`), and of several mounts of one programme (`mounts=`) their sum.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/station.h"

namespace onair::source {

struct Picked {
    const Report* report = nullptr;  // nullptr: there is none
    bool by_name = false;            // the document has a station so called
};

// The station so called (mount, shortcode, id), be it off air. Where none is:
// the one that says most (on air and titled, else on air, else the first),
// unless `only_named`.
Picked pick(std::span<const Report> reports, std::string_view station,
            bool only_named);

// Whether the document has a station so called.
bool is_there(std::span<const Report> reports, std::string_view station);

// One programme that is on several mounts: what is said is that of the first
// in the order of `mounts` ("*": of the document) that is on air and has a
// title, else that is on air, else of the first. The listeners are those of
// all of them: current and unique added up, no peak, as theirs need not have
// been at one time. A mount that is named twice counts once.
// Faults: kNotFound (none of them is there), kNoMemory.
Result<Report> add_up(std::span<const Report> reports,
                      std::span<const std::string_view> mounts, Arena& arena);

}  // namespace onair::source
