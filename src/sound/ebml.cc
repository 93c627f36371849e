#include "sound/ebml.h"

#include <bit>

namespace onair::sound {

namespace {

// Bytes of a number that begins with `first`, by its leading zeros.
size_t length_of(uint8_t first)
{
    return static_cast<size_t>(std::countl_zero(first)) + 1;
}

}  // namespace

size_t element_needs(ConstBytes held)
{
    if (held.empty()) {
        return 1;
    }
    size_t id = length_of(held[0]);
    if (id > 4) {
        return 0;
    }
    if (held.size() <= id) {
        return id + 1;
    }
    size_t size = length_of(held[id]);
    return size > 8 ? 0 : id + size;
}

Element read_element(ConstBytes held)
{
    size_t id = length_of(held[0]);
    size_t size = length_of(held[id]);
    uint64_t mask = (uint64_t{1} << (7 * size)) - 1;
    uint64_t value = read_number(held.subspan(id, size)) & mask;
    return {static_cast<uint32_t>(read_number(held.first(id))),
            value == mask ? kUnknownSize : value, id + size};
}

uint64_t read_number(ConstBytes bytes)
{
    uint64_t number = 0;
    for (uint8_t byte : bytes) {
        number = number << 8 | byte;
    }
    return number;
}

}  // namespace onair::sound
