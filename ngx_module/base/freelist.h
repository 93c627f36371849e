// Memory for many objects that come and go: subscribers of one size side by
// side in slabs of their own, so that they cost no allocator's head, leave no
// holes among nginx's pools, and give their pages back when everybody has left.
// One worker, one thread.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

class Freelist {
  public:
    // `spare`: empty slabs (64 KB) that are kept where many objects come and go
    // at once, again and again. One is kept anyway where none other has room.
    explicit constexpr Freelist(size_t size, size_t spare = 0)
        : size_((size + 15) & ~size_t{15}), spare_(spare)
    {}

    // nullptr without memory.
    void* take();
    // To whichever list it was taken from.
    static void give(void* object);

  private:
    struct Slab;
    Slab* grow();
    void link(Slab* slab);
    void unlink(Slab* slab);

    size_t size_;
    size_t spare_;
    size_t empty_ = 0;      // slabs of which nothing is taken
    Slab* open_ = nullptr;  // slabs with room
};

// An object that lives until free_listed().
template <typename T, typename... Args>
T* make_listed(Args&&... args)
{
    static_assert(std::is_nothrow_destructible_v<T>);
    static_assert(alignof(T) <= 16);
    static Freelist list(sizeof(T));
    void* at = list.take();
    // SAFETY: room for a T; free_listed() destroys it.
    return at == nullptr ? nullptr : new (at) T(std::forward<Args>(args)...);
}

template <typename T>
void free_listed(T* object)
{
    object->~T();
    Freelist::give(object);
}

}  // namespace onair::ngx
