// A member's command: what is read is within its bounds, what is said is a part
// of the text, and the memory that is promised to be enough is.
#include <vector>

#include "check.h"
#include "room/command.h"

using namespace onair;
using namespace onair::room;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view text = text_of({data, size});
    std::vector<uint8_t> memory(command_memory(size));
    Arena arena(memory);
    std::string_view why;
    Result<Command> command = read_command(text, arena, &why);
    if (!command.ok()) {
        check(command.fault() != Fault::kNoMemory);
        check(!why.empty());
        return 0;
    }
    check(static_cast<size_t>(command->verb) < kVerbs);
    check(command->said.size() <= kMaxSaid);
    check(command->ref.size() <= kMaxRef);
    check(command->to_id.size() <= kMaxId && command->whom.size() <= kMaxId);
    check(command->type.size() <= kMaxType);
    check(command->numbers.size() <= kMostDeleted);
    check(command->times >= 1 && command->times <= kMostReactionsAtOnce);
    for (std::string_view raw : {command->said, command->ref}) {
        check(raw.empty() ||
              (raw.data() >= text.data() &&
               raw.data() + raw.size() <= text.data() + text.size()));
    }
    if (command->verb == Verb::kSay) {
        // What is passed on is one JSON value by itself.
        std::vector<char> object(text.size() + 16);
        Writer out(object);
        out.put("{\"say\":");
        out.put(command->said);
        out.put("}");
        std::vector<uint8_t> more(command_memory(out.size()));
        Arena again(more);
        Result<Command> alone = read_command(out.view(), again, &why);
        check(alone.ok() && alone->said == command->said);
    }
    return 0;
}
