// A client's command: what is read is within its bounds, and the memory that
// is promised to be enough is.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "subscriber/command.h"
#include "subscriber/station_list.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

void check_names(std::span<const std::string_view> names)
{
    if (names.size() > kMaxCommandStations) {
        std::abort();
    }
    for (std::string_view name : names) {
        if (!check_name(name).ok()) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::vector<uint8_t> memory(16 * size + 4096);
    Arena arena(memory);
    Result<Command> command = read_command(text_of({data, size}), arena);
    if (!command.ok()) {
        if (command.fault() == Fault::kNoMemory) {
            std::abort();
        }
        return 0;
    }
    check_names(command->subscribe);
    check_names(command->unsubscribe);
    if (command->has_since && command->bad_since) {
        std::abort();
    }
    std::vector<uint8_t> little(size);
    Arena small(little);
    (void)read_command(text_of({data, size}), small).ok();
    return 0;
}
