// A list of stations ends, and holds nothing but names or faults.
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "base/station.h"
#include "base/utf8.h"
#include "subscriber/station_list.h"

using namespace onair;
using namespace onair::subscriber;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    StationList list(text_of({data, size}));
    char buffer[kMaxName];
    size_t commas = 0;
    for (size_t i = 0; i < size; i++) {
        commas += data[i] == ',' || data[i] == '%' ? 1 : 0;
    }
    for (size_t i = 0; i <= commas + 1; i++) {
        std::string_view name;
        Result<bool> more = list.next(buffer, &name);
        if (more.ok() && !*more) {
            return 0;
        }
        if (more.ok() &&
            (name.empty() || !is_utf8(name) ||
             name.find_first_of(",\n\r") != std::string_view::npos ||
             name.find('\0') != std::string_view::npos)) {
            std::abort();
        }
    }
    std::abort();
}
