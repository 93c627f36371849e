// What a source said of a track becomes a track: cleaned, and completed by what
// can be derived.
#pragma once

#include "base/bytes.h"
#include "source/source.h"

namespace onair::source {

// Cleans every text of a track and fills what can be derived: text from artist
// and title, artist and title from text (where `repair.split`). A track that
// holds only placeholders becomes empty.
void finish(Track& track, const Repair& repair, Arena& arena);

}  // namespace onair::source
