// A snapshot of any state, also one whose texts are not UTF-8, is valid JSON
// without '<' on one line, and fits in the room promised.
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "check.h"
#include "encoder/snapshot.h"
#include "source/json.h"

using namespace onair;
using namespace onair::encoder;

namespace {

constexpr size_t kTracks = 6;

// Takes texts and numbers off the input; also says how many bytes of text.
class Taker {
  public:
    Taker(const uint8_t* data, size_t size) : rest_(data, size) {}

    std::string_view text()
    {
        size_t size = rest_.empty() ? 0 : rest_[0] % 64;
        skip(1);
        size = size < rest_.size() ? size : rest_.size();
        std::string_view taken = text_of(rest_.first(size));
        skip(size);
        bytes += size;
        return taken;
    }

    int64_t number()
    {
        int64_t value = 0;
        size_t size = rest_.size() < 8 ? rest_.size() : 8;
        std::memcpy(&value, rest_.data(), size);
        skip(size);
        return value;
    }

    size_t bytes = 0;

  private:
    void skip(size_t size)
    {
        rest_ = rest_.subspan(size < rest_.size() ? size : rest_.size());
    }

    ConstBytes rest_;
};

void fill(Taker& taker, Track* track)
{
    track->text = taker.text();
    track->artist = taker.text();
    track->title = taker.text();
    track->album = taker.text();
    track->art = taker.text();
    track->url = taker.text();
    // Times of a source are far from the ends of their type.
    track->started = taker.number() / 4;
    track->duration_ms = taker.number();
}

void fill(Taker& taker, slot::State* state)
{
    auto flags = static_cast<uint64_t>(taker.number());
    state->station = taker.text();
    state->at.seq = static_cast<uint64_t>(taker.number());
    state->at.status = static_cast<Status>(flags % 3);
    state->at.on = (flags & 8) != 0;
    state->at.subscribers = static_cast<uint32_t>(flags >> 8);
    state->at.listeners.current = taker.number();
    state->at.listeners.peak = taker.number();
    state->stream.name = taker.text();
    state->stream.description = taker.text();
    state->stream.listen = taker.text();
    state->stream.bitrate = taker.number();
    state->dj = taker.text();
    state->next.text = taker.text();
}

void check_json(std::string_view text)
{
    std::vector<uint8_t> memory(14 * text.size() + 1024);
    Arena arena(memory);
    check(source::Json::read_strictly(bytes_of(text), arena).ok());
    check(text.find_first_of("<\r\n") == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    Taker taker(data, size);
    slot::Played played[kTracks];
    slot::State state;
    View view;
    view.clock = taker.number();
    view.gap = (view.clock & 1) != 0;
    view.epoch = static_cast<uint32_t>(view.clock);
    view.delay_ms = static_cast<uint32_t>(view.clock >> 32);
    fill(taker, &state);
    for (slot::Played& one : played) {
        fill(taker, &one.track);
    }
    state.tracks = std::span(played).first(size % (kTracks + 1));
    std::vector<char> out(most_bytes(taker.bytes));
    Result<std::string_view> message = encode(state, view, out);
    check(message.ok());
    check_json(*message);
    std::vector<char> small(message->size() - 1);
    check(!encode(state, view, small).ok());
    view.form = Form::kTitle;
    check(encode(state, view, out).ok());
    return 0;
}
