// Objects that live in pools: made in one place, destroyed with the pool.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "ngx.h"

namespace onair::ngx {

// A T in the pool; its destructor runs when the pool is destroyed. The cleanup
// is registered first, so that nothing is made that would not be destroyed.
// nullptr without memory.
template <typename T, typename... Args>
T* make(ngx_pool_t* pool, Args&&... args)
{
    static_assert(std::is_nothrow_constructible_v<T, Args...>);
    static_assert(std::is_nothrow_destructible_v<T>);
    static_assert(alignof(T) <= NGX_ALIGNMENT);

    if constexpr (std::is_trivially_destructible_v<T>) {
        void* at = ngx_palloc(pool, sizeof(T));
        // SAFETY: fresh memory of T's size, aligned for any nginx object.
        return at == nullptr ? nullptr
                             : new (at) T(std::forward<Args>(args)...);
    } else {
        ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(pool, sizeof(T));
        if (cleanup == nullptr) {
            return nullptr;
        }
        // SAFETY: as above; the cleanup's data is this memory.
        T* object = new (cleanup->data) T(std::forward<Args>(args)...);
        cleanup->handler = [](void* data) { static_cast<T*>(data)->~T(); };
        return object;
    }
}

// Zeroed plain memory for nginx's own structs.
template <typename T>
T* zeroed(ngx_pool_t* pool, size_t count = 1)
{
    static_assert(std::is_trivially_copyable_v<T>);
    return static_cast<T*>(ngx_pcalloc(pool, sizeof(T) * count));
}

}  // namespace onair::ngx
