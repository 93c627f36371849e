// What a backend says to Centrifugo's API, and what becomes of it: an original
// is one line, and told again it is JSON to the letter.
#include <cstdint>
#include <vector>

#include "centrifuge/api.h"
#include "check.h"
#include "encoder/now_playing.h"
#include "source/json.h"

using namespace onair;
using namespace onair::centrifuge;

namespace {

void tell(const Report& report)
{
    slot::Played played{report.now, 1};
    slot::State state;
    state.station = report.station;
    state.at.seq = 1;
    state.at.on = true;
    state.at.status = Status::kLive;
    state.tracks = {&played, 1};
    state.original = report.original;
    state.original_is_whole = true;
    encoder::View view;
    view.form = encoder::Form::kUniPush;
    view.clock = 1760000000000;
    std::vector<char> room(encoder::most_bytes(65536) +
                           report.original.text.size());
    Result<std::string_view> message = encoder::encode(state, view, room);
    check(message.ok());
    check(message->find_first_of("<\r\n") == std::string_view::npos);
    std::vector<uint8_t> memory(14 * message->size() + 1024);
    Arena arena(memory);
    check(source::Json::read_strictly(bytes_of(*message), arena).ok());
    check(!encoder::publication_in(*message).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    source::Options options;
    options.originals = true;
    std::vector<uint8_t> memory(source::memory_for(size, options));
    for (std::string_view method : {"", "publish"}) {
        Arena arena(memory);
        (void)is_call(method, {data, size}, arena);
        Result<Call> call =
            read_call(method, {data, size}, options, 1760000000000, arena);
        if (!call) {
            check(call.fault() != Fault::kNoMemory);
        } else if (call->error.code == 0) {
            check(!call->report.station.empty());
            tell(call->report);
        }
    }
    return 0;
}
