// Frames that wait for a member's connection, in their order. What is said is
// of worth: none takes the place of another, so there is a bound.
#pragma once

#include "ngx_module/base/frame.h"

namespace onair::ngx {

class Queue {
  public:
    Queue() = default;
    ~Queue() { clear(); }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    static constexpr size_t kMost = size_t{256} * 1024;  // bytes

    // False: it is full, or there is no memory. A single frame always finds a
    // place in an empty one.
    bool add(const FramePtr& frame);
    const FramePtr& front() const;
    void pop();
    bool empty() const { return first_ == nullptr; }
    void clear();

  private:
    struct Node;
    Node* first_ = nullptr;
    Node* last_ = nullptr;
    size_t bytes_ = 0;
};

}  // namespace onair::ngx
