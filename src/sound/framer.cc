#include "sound/framer.h"

namespace onair::sound {

Framer::Framer(Kind kind)
    : kind_(kind),
      frames_(kind == Kind::kAac ? adts_head : mpeg_head,
              kind == Kind::kAac ? kAdtsHead : kMpegHead),
      ogg_(head_, packet_),
      webm_(head_)
{}

Found Framer::next(ConstBytes& in)
{
    switch (kind_) {
        case Kind::kMp3:
        case Kind::kAac:
            break;
        case Kind::kOgg:
            return ogg_.next(in);
        case Kind::kWebm:
            return webm_.next(in);
    }
    return frames_.next(in);
}

}  // namespace onair::sound
