// Objects that live in pools: made in one place, destroyed with the pool.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// Bytes that a T may want besides its own to stand where it has to: nginx
// aligns for a machine word, which is less than some of ours need on 32 bits.
template <typename T>
inline constexpr size_t kPad = alignof(T) > NGX_ALIGNMENT
                                   ? alignof(T) - NGX_ALIGNMENT
                                   : 0;

// A T in the pool; its destructor runs when the pool is destroyed. The cleanup
// is registered first, so that nothing is made that would not be destroyed.
// nullptr without memory.
template <typename T, typename... Args>
T* make(ngx_pool_t* pool, Args&&... args)
{
    static_assert(std::is_nothrow_constructible_v<T, Args...>);
    static_assert(std::is_nothrow_destructible_v<T>);
    constexpr size_t kSize = sizeof(T) + kPad<T>;

    if constexpr (std::is_trivially_destructible_v<T>) {
        void* at = ngx_palloc(pool, kSize);
        // SAFETY: fresh memory of T's size, aligned for it.
        return at == nullptr ? nullptr
                             : new (ngx_align_ptr(at, alignof(T)))
                                   T(std::forward<Args>(args)...);
    } else {
        ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(pool, kSize);
        if (cleanup == nullptr) {
            return nullptr;
        }
        cleanup->data = ngx_align_ptr(cleanup->data, alignof(T));
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
