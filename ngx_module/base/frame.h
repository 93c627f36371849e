// Bytes that many subscribers send: made once, counted, never changed.
// One worker, one thread: the count is a plain number.
#pragma once

#include <new>

#include "base/bytes.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

class Frame {
  public:
    // Room for `size` bytes with one reference; nullptr without memory.
    static Frame* make(size_t size)
    {
        void* at = ngx_alloc(sizeof(Frame) + size, ngx_cycle->log);
        // SAFETY: fresh memory, aligned for any object.
        return at == nullptr ? nullptr : new (at) Frame(size);
    }

    uint8_t* data()
    {
        // SAFETY: make() took `size_` bytes behind the object.
        return reinterpret_cast<uint8_t*>(this + 1);
    }
    size_t size() const { return size_; }
    // Less than was asked for, once it is known.
    void shrink(size_t size) { size_ = static_cast<uint32_t>(size); }
    Bytes bytes() { return {data(), size_}; }
    std::span<char> chars()
    {
        // SAFETY: char may alias any object.
        return {reinterpret_cast<char*>(data()), size_};
    }

    void retain() { refs_++; }
    void release()
    {
        if (--refs_ == 0) {
            ngx_free(this);
        }
    }

  private:
    explicit Frame(size_t size) : size_(static_cast<uint32_t>(size)) {}

    uint32_t refs_ = 1;
    uint32_t size_;
};

// One reference.
class FramePtr {
  public:
    FramePtr() = default;
    // Takes over the caller's reference.
    explicit FramePtr(Frame* frame) : frame_(frame) {}
    FramePtr(const FramePtr& other) : frame_(other.frame_)
    {
        if (frame_ != nullptr) {
            frame_->retain();
        }
    }
    FramePtr(FramePtr&& other) noexcept : frame_(other.frame_)
    {
        other.frame_ = nullptr;
    }
    FramePtr& operator=(FramePtr other) noexcept
    {
        Frame* mine = frame_;
        frame_ = other.frame_;
        other.frame_ = mine;
        return *this;
    }
    ~FramePtr()
    {
        if (frame_ != nullptr) {
            frame_->release();
        }
    }

    Frame* get() const { return frame_; }
    Frame* operator->() const { return frame_; }
    explicit operator bool() const { return frame_ != nullptr; }
    void reset() { *this = FramePtr(); }

  private:
    Frame* frame_ = nullptr;
};

}  // namespace onair::ngx
