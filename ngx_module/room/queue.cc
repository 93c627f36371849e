#include "ngx_module/room/queue.h"

#include <new>

namespace onair::ngx {

struct Queue::Node {
    FramePtr frame;
    Node* next = nullptr;
};

bool Queue::add(const FramePtr& frame)
{
    if (first_ != nullptr && bytes_ + frame->size() > kMost) {
        return false;
    }
    void* at = ngx_alloc(sizeof(Node), ngx_cycle->log);
    if (at == nullptr) {
        return false;
    }
    // SAFETY: fresh memory; destroyed by pop().
    auto* node = new (at) Node{frame, nullptr};
    (last_ != nullptr ? last_->next : first_) = node;
    last_ = node;
    bytes_ += frame->size();
    return true;
}

const FramePtr& Queue::front() const
{
    return first_->frame;
}

void Queue::pop()
{
    Node* node = first_;
    first_ = node->next;
    last_ = first_ != nullptr ? last_ : nullptr;
    bytes_ -= node->frame->size();
    node->~Node();
    ngx_free(node);
}

void Queue::clear()
{
    while (first_ != nullptr) {
        pop();
    }
}

}  // namespace onair::ngx
