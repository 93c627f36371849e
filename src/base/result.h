// Result<T>: a value or the Fault why there is none. The core neither throws
// nor logs; whoever called decides what to do with a Fault.
#pragma once

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

    // Only when ok(): otherwise the process ends here, in every build. A wrong
    // value would go on to clients.
    T& value()
    {
        if (!ok()) {
            __builtin_trap();
        }
        return *value_;
    }
    const T& value() const
    {
        if (!ok()) {
            __builtin_trap();
        }
        return *value_;
    }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    // Only when !ok(); else it says nothing.
    Fault fault() const { return fault_; }

  private:
    std::optional<T> value_;
    Fault fault_ = Fault::kNoMemory;
};

struct Done {};
using Outcome = Result<Done>;

}  // namespace onair
