// The head of an answer that begins with "ICY 200 OK", as SHOUTcast servers and
// some encoders give it: what comes from nginx is then all of the bytes, as it
// takes such an answer for HTTP/0.9. In the worker that pulls.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace onair::sound {

class IcyHead {
  public:
    static constexpr size_t kMost = size_t{8} * 1024;

    enum class State : uint8_t {
        kBegins,   // nothing is known yet
        kReading,  // it is one, and not whole
        kWhole,
        kNone,  // held() is sound, and what is left of `in`
        kBad,   // another status than 200, or longer than kMost
    };
    // Consumes from the front of `in`, until it is whole, none or bad.
    State take(ConstBytes& in);
    State state() const { return state_; }
    void reset()
    {
        state_ = State::kBegins;
        size_ = 0;
    }

    // What was consumed.
    ConstBytes held() const { return {bytes_, size_}; }
    // Of a line, without spaces around it; `name` in lower case. Empty: there
    // is none. LIFETIME: until reset().
    std::string_view value(std::string_view name) const;

  private:
    State judge();

    State state_ = State::kBegins;
    size_t size_ = 0;
    uint8_t bytes_[kMost];
};

}  // namespace onair::sound
