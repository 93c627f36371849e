// Another dialect in which a room is told to some of its members: how a window
// of events becomes a frame. Stateless, one per process; owned by the dialect.
#pragma once

#include "ngx_module/room/batch.h"

namespace onair::ngx {

class Tongue {
  public:
    // Those events of the batch whose bit is set, and what else the dialect has
    // words for. Empty: it has nothing to say of it, or there is no memory.
    virtual FramePtr frame(std::string_view room, const RoomBatch& batch,
                           uint64_t mask, Encoding encoding) const noexcept = 0;

  protected:
    ~Tongue() = default;
};

}  // namespace onair::ngx
