// What the tests of signalling share: seats in memory of their own, messages
// read and texts written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "signalling/member.h"
#include "signalling/seats.h"

namespace onair::signalling {

inline bool nobody_is_gone(uint32_t)
{
    return false;
}

class Table {
  public:
    explicit Table(size_t entries = 64) : memory_(Seats::size_for(entries))
    {
        uint8_t secret[Seats::kSecretSize] = {1, 2, 3};
        seats = *Seats::create(memory_, secret);
    }
    Bytes memory() { return memory_; }

    Seats seats;
    slot::Author author = {42, nobody_is_gone};

  private:
    std::vector<uint8_t> memory_;
};

inline std::string written(size_t most,
                           const std::function<void(Writer&)>& write)
{
    std::string text(most, '\0');
    Writer out({text.data(), text.size()});
    write(out);
    text.resize(out.view().size());
    return out.ok() ? text : "does not fit";
}

}  // namespace onair::signalling
