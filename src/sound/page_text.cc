#include "sound/page_text.h"

#include "encoder/json.h"
#include "encoder/number.h"

namespace onair::sound {

void write_line(Writer& out, const Cue& cue)
{
    out.put(cue.artist);
    out.put(cue.artist.empty() || cue.title.empty() ? "" : " - ");
    out.put(cue.title);
}

void write_beginning(Writer& out, const Info& info, const Beginning& beginning)
{
    out.put("{\"type\":");
    encoder::write_text(out, info.type);
    out.put(",\"bitrate\":");
    encoder::write_count(out, info.bitrate == 0 ? -1 : int64_t{info.bitrate});
    out.put(",\"burst\":");
    encoder::write_seconds(out, static_cast<int64_t>(beginning.burst_ms));
    out.put(",\"position\":");
    encoder::write_unsigned(out, beginning.position);
    out.put('}');
}

void write_words(Writer& out, const Cue& cue)
{
    char room[kMostCue + 8];
    Writer line(room);
    write_line(line, cue);
    out.put("{\"text\":");
    encoder::write_text(out, line.view());
    out.put(",\"artist\":");
    encoder::write_text(out, cue.artist);
    out.put(",\"title\":");
    encoder::write_text(out, cue.title);
    out.put(",\"position\":");
    encoder::write_unsigned(out, cue.position);
    out.put('}');
}

void write_head_size(Writer& out, size_t size)
{
    out.put("{\"head\":");
    encoder::write_unsigned(out, size);
    out.put('}');
}

}  // namespace onair::sound
