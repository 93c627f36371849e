// Event ids: there is one way to write each, and what is read is written the
// same, but for quotes and what a front puts within them.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "encoder/event_id.h"

using namespace onair;
using namespace onair::encoder;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view text = text_of({data, size});
    Result<EventId> id = read_event_id(text);
    if (!id.ok()) {
        return 0;
    }
    char out[kMaxEventId];
    std::string plain(write_event_id(*id, out));
    if (text == plain) {
        return 0;
    }
    for (const char* coding : {"", "-gzip", "-br"}) {
        std::string tag = "\"" + plain + coding + "\"";
        if (text == tag || text == "W/" + tag) {
            return 0;
        }
    }
    std::abort();
}
