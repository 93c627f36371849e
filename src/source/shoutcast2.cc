// /stats?json=1 and /statistics?json=1 of SHOUTcast 2. Where there are several
// streams their ids name the stations; one alone is the poll location's. Those
// without a source may not be listed, but count in totalstreams.
#include "source/scalar.h"
#include "source/shoutcast.h"

namespace onair::source {

namespace {

ShoutcastStream stream_of(JsonValue stats)
{
    ShoutcastStream stream;
    for (JsonMember member : stats) {
        set_field(stream, member);
    }
    return stream;
}

}  // namespace

Outcome read_shoutcast2(JsonValue root, ReportList& list)
{
    JsonValue streams = root["streams"];
    bool one = !root["streamstatus"].is_missing();
    if (!one && root["totalstreams"].is_missing() && !streams.is_array()) {
        return Fault::kUnknownFormat;
    }
    if (!list.expect(one ? 1 : streams.size())) {
        return Fault::kNoMemory;
    }
    if (one) {
        add_stream(stream_of(root), false, list);
        return Done{};
    }
    bool several =
        streams.size() > 1 || count_of(root["totalstreams"].text()) > 1;
    for (JsonMember stream : streams) {
        add_stream(stream_of(stream.value), several, list);
    }
    return Done{};
}

}  // namespace onair::source
