// What a client of Centrifugo's protocol says: the memory that is promised is
// always enough, bounds hold, and each command has a verdict.
#include <cstdint>
#include <vector>

#include "centrifuge/reply.h"
#include "centrifuge/session.h"
#include "check.h"

using namespace onair;
using namespace onair::centrifuge;

namespace {

void read_commands(std::string_view text)
{
    std::vector<uint8_t> memory(memory_for(text.size()));
    Arena arena(memory);
    CommandReader reader(text, arena);
    Standing standing;
    size_t count = 0;
    Command command;
    for (;;) {
        Result<bool> more = reader.next(&command);
        if (!more) {
            check(more.fault() != Fault::kNoMemory);
            return;
        }
        if (!*more) {
            return;
        }
        check(++count <= kMaxCommands);
        standing.rooms = count % 2 == 0;
        Verdict verdict = judge(command, standing);
        check((verdict.act == Act::kRefuse) == (verdict.error.code != 0));
        check((verdict.act == Act::kEnd) == (verdict.closing.code != 0));
        check(verdict.act != Act::kSubscribe || !verdict.channel.name.empty());
        standing.connected = true;
        (void)recovery_of(command.position, 1, 42);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view text = text_of({data, size});
    read_commands(text);
    std::vector<uint8_t> memory(memory_for(size));
    Arena arena(memory);
    auto wishes = read_wishes(text, arena);
    if (!wishes) {
        check(wishes.fault() != Fault::kNoMemory);
        return 0;
    }
    check(wishes->size() <= kMaxChannels);
    for (const Wish& wish : *wishes) {
        Channel channel = read_channel(wish.channel);
        check(channel.name.size() <= kMaxName);
    }
    return 0;
}
