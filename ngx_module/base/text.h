// A text that grows while answers are put together; one piece of work long.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

class Text {
  public:
    Text() = default;
    ~Text() { ngx_free(data_); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;

    // What write(Writer&) writes, which is at most `most` bytes.
    template <typename Write>
    void add(size_t most, Write write)
    {
        if (reserve(most)) {
            Writer out({data_ + size_, most});
            write(out);
            good_ = good_ && out.ok();
            size_ += out.ok() ? out.size() : 0;
        }
    }
    void add(std::string_view text)
    {
        add(text.size(), [text](Writer& out) { out.put(text); });
    }

    std::string_view view() const { return {data_, size_}; }
    bool empty() const { return size_ == 0; }
    // False after one that found no memory.
    bool good() const { return good_; }

  private:
    bool reserve(size_t more)
    {
        if (room_ - size_ >= more) {
            return good_;
        }
        size_t room = ngx_max(2 * room_, size_ + more + 1024);
        auto* at = static_cast<char*>(ngx_alloc(room, ngx_cycle->log));
        if (at == nullptr) {
            good_ = false;
            return false;
        }
        if (data_ != nullptr) {
            copy_bytes(at, data_, size_);
        }
        ngx_free(data_);
        data_ = at;
        room_ = room;
        return good_;
    }

    char* data_ = nullptr;
    size_t size_ = 0;
    size_t room_ = 0;
    bool good_ = true;
};

}  // namespace onair::ngx
