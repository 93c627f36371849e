// The one object of its kind that a worker has: static memory, made when the
// worker starts and destroyed when it stops, in the order that module.cc says
// and not in that of static destructors.
#pragma once

#include <new>
#include <utility>

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

template <typename T>
class PerWorker {
  public:
    constexpr PerWorker() = default;
    PerWorker(const PerWorker&) = delete;
    PerWorker& operator=(const PerWorker&) = delete;

    template <typename... Args>
    T* start(Args&&... args)
    {
        // SAFETY: memory of the right size, in use by nobody: a worker starts
        // once; destroyed by stop().
        object_ = new (memory_) T(std::forward<Args>(args)...);
        return object_;
    }
    void stop()
    {
        if (object_ != nullptr) {
            object_->~T();
            object_ = nullptr;
        }
    }

    // False before start() and after stop().
    explicit operator bool() const { return object_ != nullptr; }
    T* operator->() const { return object_; }

  private:
    T* object_ = nullptr;
    alignas(T) unsigned char memory_[sizeof(T)] = {};
};

}  // namespace onair::ngx
