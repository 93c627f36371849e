// /admin/publicstats.json of Icecast 2.5: [{name, ns}, {.., "source": {MOUNT:
// {..}}}].
#include "source/mount.h"

namespace onair::source {

Outcome read_publicstats(JsonValue root, ReportList& list)
{
    if (!root.is_array() || root.at(0)["name"].text() != "icestats") {
        return Fault::kUnknownFormat;
    }
    JsonValue sources = root.at(1)["source"];
    if (!list.expect(sources.size())) {
        return Fault::kNoMemory;
    }
    for (JsonMember source : sources) {
        Mount mount;
        mount.path = source.name;
        for (JsonMember member : source.value) {
            set_field(mount, member);
        }
        for (JsonMember tag : source.value["metadata"]) {
            set_tag(mount, tag);
        }
        add_mount(mount, list);
    }
    return Done{};
}

}  // namespace onair::source
