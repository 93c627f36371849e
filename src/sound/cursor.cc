#include "sound/cursor.h"

#include <algorithm>

namespace onair::sound {

void Cursor::go_to(const Chunk& chunk)
{
    position_ = chunk.position;
    needs_head_ = chunk.head != head_ && chunk.head != 0;
    head_ = chunk.head;
    fresh_ = true;
}

bool Cursor::begin(const RingReader& reader)
{
    // A place that no byte has had yet is that of another ring; what was heard
    // before a pause is not gone on with.
    uint64_t floor = reader.ring().floor();
    bool here = at_position_ && position_ <= reader.end();
    if (here && !begins_fresh_ && position_ >= floor) {
        if (auto chunk = reader.at(position_)) {
            head_ = chunk->head;
            return true;
        }
    }
    auto chunk = here ? reader.start_from(std::max(position_, floor))
                      : reader.start(burst_us_);
    if (!chunk) {
        return false;
    }
    go_to(*chunk);
    return true;
}

Cursor::Step Cursor::next(const RingReader& reader, size_t most)
{
    begun_ = begun_ || begin(reader);
    if (!begun_) {
        return {};
    }
    RingReader::Run run = reader.run(position_, most);
    if (run.lost) {
        if (ends_at_gap_) {
            return {.what = What::kEnd};
        }
        auto chunk = reader.start(burst_us_);
        if (!chunk) {
            return {};
        }
        moves_++;
        go_to(*chunk);
        run = reader.run(position_, most);
    }
    if (needs_head_) {
        return {.what = What::kHead, .head = head_};
    }
    if (run.breaks && !fresh_) {
        return {.what = What::kEnd};
    }
    if (run.bytes.empty()) {
        return {};
    }
    return {.what = What::kSound, .run = run};
}

}  // namespace onair::sound
