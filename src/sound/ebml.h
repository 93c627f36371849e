// The head of an EBML element (RFC 8794 section 4): its id and the size of
// what follows, each a number that says its own length.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace onair::sound {

inline constexpr size_t kMaxElementHead = 4 + 8;
inline constexpr uint64_t kUnknownSize = ~uint64_t{0};

struct Element {
    uint32_t id = 0;    // as it is written, with its marker bit
    uint64_t size = 0;  // kUnknownSize: it ends where another one begins
    size_t head = 0;    // bytes of id and size; 0: this is no element
};

// Bytes that read_element() needs to see next: more than `held.size()`; that
// itself when it has all; 0 when this is no element.
size_t element_needs(ConstBytes held);

// `held` has element_needs() bytes.
Element read_element(ConstBytes held);

// An unsigned number of at most eight bytes, the highest first.
uint64_t read_number(ConstBytes bytes);

}  // namespace onair::sound
