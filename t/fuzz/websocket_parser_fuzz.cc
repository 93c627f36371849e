// The WebSocket parser: whole and cut at any positions the same bytes must
// give the same actions, whatever the limits. The first four bytes choose the
// limits and the cuts.
#include <cstdint>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "check.h"
#include "subscriber/parser.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

class Log {
  public:
    explicit Log(const Limits& limits) : limits_(limits) {}

    void add(const Action& action)
    {
        switch (action.event) {
            case Event::kNone:
                return;
            case Event::kData:
                data(action);
                return;
            case Event::kClose:
                check(action.code == 0 || valid_close_code(action.code));
                check(is_utf8(text_of(action.payload)));
                [[fallthrough]];
            case Event::kPing:
            case Event::kPong:
                check(action.payload.size() <= 125);
                note(static_cast<int>(action.event));
                note(action.code);
                all += text_of(action.payload);
                break;
            case Event::kFault:
                note(100 + static_cast<int>(action.fault));
        }
        over = action.event == Event::kClose || action.event == Event::kFault;
    }

    std::string all;
    bool over = false;

  private:
    void note(int number) { all += "[" + std::to_string(number) + "]"; }

    void data(const Action& action)
    {
        check(action.message_start == !open_);
        check(!action.payload.empty() || action.message_end);
        if (action.message_start) {
            note(200 + (action.binary ? 1 : 0) + (action.deflated ? 2 : 0));
            message_.clear();
        }
        open_ = !action.message_end;
        all += text_of(action.payload);
        message_ += text_of(action.payload);
        uint64_t most = limits_.max_message;
        // Deflated, a message of as many bytes may be a little longer.
        uint64_t more = action.deflated ? most / 7 + 64 : 0;
        check(message_.size() <= most || message_.size() - most <= more);
        if (action.message_end) {
            note(300);
            check(action.binary || action.deflated || is_utf8(message_));
        }
    }

    Limits limits_;
    std::string message_;
    bool open_ = false;
};

void feed(Parser& parser, const uint8_t* data, size_t size, Log& log)
{
    std::vector<uint8_t> copy(data, data + size);
    Bytes in(copy);
    for (Event event = Event::kData; event != Event::kNone;) {
        Action action = parser.next(in);
        event = action.event;
        check(!log.over || event == Event::kNone);
        log.add(action);
    }
    check(in.empty());
}

std::string run(const Limits& limits, const uint8_t* data, size_t size,
                uint32_t cut)
{
    Parser parser(limits);
    Log log(limits);
    while (size > 0) {
        size_t piece = size;
        if (cut != 0) {
            cut = cut * 1664525 + 1013904223;
            piece = 1 + (cut >> 24) % (1 + (cut >> 8) % 16);
            piece = piece < size ? piece : size;
        }
        feed(parser, data, piece, log);
        data += piece;
        size -= piece;
    }
    check(!log.over || !parser.idle());
    return log.all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 4) {
        return 0;
    }
    Limits limits;
    limits.max_message = data[0] == 255 ? UINT64_MAX : uint64_t{data[0]} * 4;
    limits.max_fragments = 1u + data[1] % 8u;
    limits.compressed = (data[1] & 0x80) != 0;
    uint32_t cut = 1u + data[2] * 256u + data[3];
    data += 4;
    size -= 4;
    std::string whole = run(limits, data, size, 0);
    check(whole == run(limits, data, size, cut));
    Parser parser(limits);
    Log log(limits);
    for (size_t i = 0; i < size; i++) {
        feed(parser, data + i, 1, log);
    }
    check(whole == log.all);
    return 0;
}
