// How an archive of rooms is laid out (archive.h): its parts, and what puts
// them behind each other and takes them off again. Only archive.cc and
// restore.cc.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "room/layout.h"

namespace onair::room {

inline constexpr uint64_t kHeadMagic = 0x6f6e616972207232u;  // "onair r2"
inline constexpr uint64_t kFootMagic = 0x6f6e616972207266u;  // "onair rf"

struct ArchiveHead {
    uint64_t magic = kHeadMagic;
    uint32_t layout = kLayout;
    uint32_t rooms = 0;
    uint64_t bans = 0;
    uint64_t sum = 0;  // digest of all that follows, but for the foot
};

struct Foot {
    uint64_t size = 0;  // of what stands before it and is of rooms
    uint64_t magic = kFootMagic;
};

struct RoomPart {
    uint32_t name_size = 0;
    uint32_t messages = 0;
    uint64_t epoch = 0;
    uint64_t seq = 0;
    uint64_t modes = 0;
    uint64_t evicted = 0;
    uint64_t watched = 0;
    uint64_t peak = 0;
    uint64_t said = 0;
    uint64_t refused = 0;
    uint64_t left_out = 0;
    uint64_t reactions[kMostReactions] = {};
};

struct BanPart {
    uint64_t key = 0;
    uint64_t until = 0;
    uint64_t also = 0;
};

// Appends, as far as there is room.
class Out {
  public:
    explicit Out(Bytes out) : out_(out) {}

    template <typename T>
    void put(const T& value)
    {
        put_bytes(&value, sizeof(value));
    }
    void put_bytes(const void* from, size_t size)
    {
        if (size <= out_.size() - size_) {
            copy_bytes(out_.data() + size_, from, size);
            size_ += size;
        } else {
            ok_ = false;
        }
    }
    template <typename T>
    void put_at(size_t at, const T& value)
    {
        copy_bytes(out_.data() + at, &value, sizeof(value));
    }

    bool ok() const { return ok_; }
    size_t size() const { return size_; }
    ConstBytes from(size_t at) const { return out_.first(size_).subspan(at); }

  private:
    Bytes out_;
    size_t size_ = 0;
    bool ok_ = true;
};

// Takes the parts off one by one; empty where there are no more bytes.
class In {
  public:
    explicit In(ConstBytes left) : left_(left) {}

    template <typename T>
    bool take(T* out)
    {
        ConstBytes bytes = take_bytes(sizeof(*out));
        if (bytes.size() != sizeof(*out)) {
            return false;
        }
        std::memcpy(out, bytes.data(), sizeof(*out));
        return true;
    }
    ConstBytes take_bytes(size_t size)
    {
        if (size > left_.size()) {
            return {};
        }
        ConstBytes front = left_.first(size);
        left_ = left_.subspan(size);
        return front;
    }
    // A message with its length in front.
    bool take_packed(ConstBytes* out)
    {
        uint32_t size = 0;
        if (!take(&size) || size > left_.size()) {
            return false;
        }
        *out = take_bytes(size);
        return true;
    }
    bool take_room(RoomPart* part, std::string_view* name)
    {
        if (!take(part) || part->name_size > left_.size()) {
            return false;
        }
        *name = text_of(take_bytes(part->name_size));
        return true;
    }
    bool at_end() const { return left_.empty(); }

  private:
    ConstBytes left_;
};

inline bool is_over(const BanPart& ban, UnixMs now)
{
    return ban.key == 0 || static_cast<UnixMs>(ban.until) <= now;
}

}  // namespace onair::room
