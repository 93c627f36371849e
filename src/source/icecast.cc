// status-json.xsl of Icecast 2.4 and 2.5, and the copies of it that Icecast-KH
// is given.
#include "source/mount.h"

namespace onair::source {

namespace {

void add(JsonValue source, ReportList& list)
{
    Mount mount;
    for (JsonMember member : source) {
        if (member.name != "metadata") {
            set_field(mount, member);
            continue;
        }
        for (JsonMember tag : member.value) {
            set_tag(mount, tag);
        }
    }
    if (source.is_object()) {
        add_mount(mount, list);
    }
}

}  // namespace

Outcome read_icecast(JsonValue root, ReportList& list)
{
    JsonValue icestats = root["icestats"];
    if (!icestats.is_object()) {
        return Fault::kUnknownFormat;
    }
    // Absent, one object or an array, as there are none, one or more.
    JsonValue source = icestats["source"];
    if (!list.expect(source.is_array() ? source.size() : 1)) {
        return Fault::kNoMemory;
    }
    if (!source.is_array()) {
        add(source, list);
        return Done{};
    }
    for (JsonMember element : source) {
        add(element.value, list);
    }
    return Done{};
}

}  // namespace onair::source
