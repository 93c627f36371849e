// What read() makes of one answer of a source, with the memory it needs: what
// the tests of the formats begin with.
#pragma once

#include <string>
#include <vector>

#include "source/source.h"

namespace onair::source {

inline constexpr UnixMs kNow = 1795289352000;

class Answer {
  public:
    explicit Answer(std::string body, Options options = Options())
        : body_(std::move(body)),
          memory_(memory_for(body_.size(), options)),
          arena_(memory_),
          reports(read(bytes_of(body_), options, kNow, arena_))
    {}

    // Of a station, by its place in the answer.
    const Report& operator[](size_t index) const
    {
        return reports->stations[index];
    }

  private:
    std::string body_;
    std::vector<uint8_t> memory_;
    Arena arena_;

  public:
    Result<Reports> reports;
};

inline Options only(Format format)
{
    Options options;
    options.format = format;
    return options;
}

}  // namespace onair::source
