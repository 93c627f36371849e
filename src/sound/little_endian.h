// Numbers whose first byte is the lowest, as Ogg and its codecs have them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace onair::sound {

template <typename T>
T little_endian(const uint8_t* bytes)
{
    T number = 0;
    for (size_t i = 0; i < sizeof(T); i++) {
        number = static_cast<T>(number | T{bytes[i]} << (8 * i));
    }
    return number;
}

}  // namespace onair::sound
