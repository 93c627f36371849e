// Shared memory full of garbage: a record, a ring and a history of any bytes
// are read within bounds, and what is read can be encoded in the room that is
// promised to be enough.
#include <vector>

#include "check.h"
#include "room/event.h"
#include "room/history.h"
#include "room/ring.h"

using namespace onair;
using namespace onair::room;

namespace {

void encode(ConstBytes bytes)
{
    Result<Message> message = unpack(bytes);
    if (!message.ok()) {
        check(message.fault() == Fault::kTorn);
        return;
    }
    std::vector<char> room(most_event(*message));
    Writer out(room);
    write_event(out, *message);
    check(out.ok());
    std::vector<uint8_t> packed(packed_size(*message));
    check(unpack(pack(*message, packed)).ok());
}

void fill(Word* words, size_t count, const uint8_t* data, size_t size)
{
    for (size_t i = 0; i < count && i * 8 < size; i++) {
        words[i].store(word_of({data, size}, i * 8));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    encode({data, size});

    static Word log[128];
    static RingHead head;
    static uint8_t out[2048];
    fill(log, 128, data, size);
    head.head.store(size >= 8 ? word_of({data, size}, size - 8) : 0);
    head.tail.store(size >= 16 ? word_of({data, size}, size - 16) : 0);
    Ring ring(head, log, 128);
    room::Mark mark;
    for (int i = 0; i < 50; i++) {
        Result<Ring::Got> got = ring.read(&mark, out);
        if (!got.ok()) {
            break;
        }
        encode(got->record);
    }
    check(ring.append({out, 100}));

    static HistoryHead history_head;
    static HistoryEntry entries[4];
    static Word words[64];
    fill(words, 64, data, size);
    // SAFETY: an entry and a head are words and nothing else.
    fill(reinterpret_cast<Word*>(entries), sizeof(entries) / 8, data, size);
    fill(reinterpret_cast<Word*>(&history_head), sizeof(history_head) / 8, data,
         size);
    History history(history_head, entries, 4, words, 64);
    history.each(0, UINT64_MAX, 4, out,
                 [](uint64_t, ConstBytes packed) { encode(packed); });
    static_cast<void>(history.gap(0, out));
    history.append(5, {1, 2}, {out, 64});
    return 0;
}
