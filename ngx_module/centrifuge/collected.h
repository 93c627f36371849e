// What a room's history has for a client of Centrifugo's protocol, one piece of
// work long.
#pragma once

#include "centrifuge/room.h"
#include "ngx_module/base/text.h"

namespace onair::ngx {

// Publications with commas between them, and where each of them begins.
class Collected {
  public:
    ~Collected() { ngx_free(starts_); }

    void add(const room::Message& m)
    {
        if (!centrifuge::is_publication(m) || !grow()) {
            return;
        }
        text_.add(text_.empty() ? "" : ",");
        starts_[count_++] = text_.view().size();
        text_.add(centrifuge::most_of({}, m),
                  [&](Writer& out) { centrifuge::write_publication(out, m); });
    }
    static void visit(void* self, const room::Message& message)
    {
        static_cast<Collected*>(self)->add(message);
    }

    bool good() const { return good_ && text_.good(); }
    size_t count() const { return count_; }
    std::string_view all() const { return text_.view(); }
    std::string_view one(size_t index) const
    {
        size_t end =
            index + 1 < count_ ? starts_[index + 1] - 1 : text_.view().size();
        return text_.view().substr(starts_[index], end - starts_[index]);
    }

  private:
    bool grow()
    {
        if (count_ < room_) {
            return true;
        }
        size_t room = 2 * room_ + 64;
        auto* at = static_cast<size_t*>(
            ngx_alloc(room * sizeof(size_t), ngx_cycle->log));
        if (at == nullptr) {
            good_ = false;
            return false;
        }
        copy_bytes(at, starts_, count_ * sizeof(size_t));
        ngx_free(starts_);
        starts_ = at;
        room_ = room;
        return true;
    }

    Text text_;
    size_t* starts_ = nullptr;
    size_t count_ = 0;
    size_t room_ = 0;
    bool good_ = true;
};

}  // namespace onair::ngx
