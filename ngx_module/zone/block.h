// Memory that is given back at the end of a block of code: too large for the
// stack, needed by the master or for one piece of a worker's work.
#pragma once

#include "ngx_module/base/ngx.h"

#include "base/bytes.h"

namespace onair::ngx {

class Block {
  public:
    Block(size_t size, ngx_log_t* log)
        : at_(static_cast<uint8_t*>(ngx_alloc(size, log))), size_(size)
    {}
    ~Block()
    {
        if (at_ != nullptr) {
            ngx_free(at_);
        }
    }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    bool ok() const { return at_ != nullptr; }
    Bytes bytes() const { return {at_, size_}; }

  private:
    uint8_t* at_;
    size_t size_;
};

}  // namespace onair::ngx
