// nginx's strings and buffers as the core's views, and back.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

inline std::string_view view(const ngx_str_t& text)
{
    // SAFETY: char may alias any object; lifetime is that of text's memory.
    return {reinterpret_cast<const char*>(text.data), text.len};
}

inline std::string_view view(const ngx_table_elt_t* header)
{
    return header == nullptr ? std::string_view() : view(header->value);
}

// The memory stays the view's: for calls that only read.
inline ngx_str_t str(std::string_view text)
{
    // SAFETY: nginx's type is not const; the callee does not write.
    return {text.size(),
            reinterpret_cast<u_char*>(const_cast<char*>(text.data()))};
}

// A copy in the pool with a NUL behind it; data is nullptr without memory.
inline ngx_str_t copy(ngx_pool_t* pool, std::string_view text)
{
    auto* at = static_cast<u_char*>(ngx_pnalloc(pool, text.size() + 1));
    if (at == nullptr) {
        return {0, nullptr};
    }
    copy_bytes(at, text.data(), text.size());
    at[text.size()] = '\0';
    return {text.size(), at};
}

inline u_char* uchars(char* text)
{
    // SAFETY: u_char may alias any object.
    return reinterpret_cast<u_char*>(text);
}

}  // namespace onair::ngx
