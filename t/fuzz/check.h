// What must hold of any input.
#pragma once

#include <cstdlib>

inline void check(bool holds)
{
    if (!holds) {
        std::abort();
    }
}
