// Result<T>: a value or the Fault why there is none. The core neither throws
// nor logs; whoever called decides what to do with a Fault.
#pragma once

#include <cassert>
#include <optional>
#include <utility>

#include "base/fault.h"

namespace onair {

template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : value_(std::move(value)) {}
    Result(Fault fault) : fault_(fault) {}

    bool ok() const { return value_.has_value(); }
    explicit operator bool() const { return ok(); }

    T& value()
    {
        assert(ok());
        return *value_;
    }
    const T& value() const
    {
        assert(ok());
        return *value_;
    }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    // Only when !ok().
    Fault fault() const
    {
        assert(!ok());
        return fault_;
    }

  private:
    std::optional<T> value_;
    Fault fault_ = Fault::kNoMemory;
};

struct Done {};
using Outcome = Result<Done>;

}  // namespace onair
