// What a function writes, as a text.
#pragma once

#include <string>

#include "base/bytes.h"

namespace onair::encoder {

// `write(Writer&)` must do with 4 KB.
template <typename Write>
std::string written(Write write)
{
    char room[4096];
    Writer out(room);
    write(out);
    assert_true(out.ok());
    return std::string(out.view());
}

}  // namespace onair::encoder
