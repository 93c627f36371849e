// Whatever the memory of a ring holds, a reader stays inside of it, goes on
// forward, and comes to an end.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "check.h"
#include "sound/found.h"
#include "sound/joint.h"
#include "sound/ring_reader.h"
#include "sound/ring_writer.h"

using namespace onair;
using namespace onair::sound;

namespace {

class Input {
  public:
    explicit Input(ConstBytes bytes) : bytes_(bytes) {}
    bool empty() const { return at_ >= bytes_.size(); }
    uint64_t number(size_t size)
    {
        uint64_t value = 0;
        for (size_t i = 0; i < size; i++) {
            value = value << 8 | (empty() ? 0 : bytes_[at_++]);
        }
        return value;
    }

  private:
    ConstBytes bytes_;
    size_t at_ = 0;
};

// A record with a right digest, and anything in it.
Chunk hostile_chunk(Input& in, Ring::State state)
{
    Chunk chunk;
    chunk.number = state.chunks - in.number(1);
    chunk.position = in.number(in.number(1) % 9);
    chunk.at = in.number(in.number(1) % 9);
    chunk.time_us = in.number(in.number(1) % 9);
    chunk.size = static_cast<uint32_t>(in.number(2));
    chunk.term = static_cast<uint32_t>(state.term - in.number(1));
    chunk.cue = static_cast<uint32_t>(in.number(1));
    chunk.head = static_cast<uint32_t>(in.number(1));
    uint64_t what = in.number(1);
    chunk.start = (what & 1) != 0;
    chunk.breaks = (what & 2) != 0;
    chunk.apart = (what & 4) != 0;
    return chunk;
}

void spoil(Input& in, Ring ring, Bytes memory, RingWriter& writer)
{
    switch (in.number(1) % 5) {
        case 0:
            ring.write_chunk(hostile_chunk(in, ring.state()));
            break;
        case 1: {
            Ring::State state = ring.state();
            ring.exchange(state, Ring::State::of(in.number(8)));
            break;
        }
        case 2:
            // Behind what open() has looked at.
            memory[128 + in.number(3) % (memory.size() - 128)] =
                static_cast<uint8_t>(in.number(1));
            break;
        case 3:
            writer.take_over();
            break;
        default: {
            std::string sound(1 + in.number(2), 's');
            (void)writer.append(bytes_of(sound), {true, in.number(3)});
            break;
        }
    }
}

void read_all(Ring ring, RingReader& reader, Bytes memory, uint64_t from)
{
    reader.look();
    auto start = reader.start(from);
    uint64_t at = start && from % 2 == 0 ? start->position : from;
    for (int i = 0; i < 2000; i++) {
        RingReader::Run run = reader.run(at, 30000);
        if (run.bytes.empty()) {
            break;
        }
        check(run.bytes.data() >= memory.data() &&
              run.bytes.data() + run.bytes.size() <=
                  memory.data() + memory.size());
        (void)reader.intact(at, at + run.bytes.size());
        check(at + run.bytes.size() > at);
        at += run.bytes.size();
    }
    char text[kMostCue];
    static uint8_t pages[kMaxSoundHead];
    if (auto chunk = reader.at(at == 0 ? 0 : at - 1)) {
        (void)ring.cue(chunk->cue, text);
        (void)ring.head(chunk->head, pages);
    }
    (void)ring.info(text);
    (void)reader.lag_ms(from);
    (void)reader.start_from(from);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    // What write_chunk() makes a digest of may lie behind the ring's end.
    constexpr size_t kBehind = 65536;
    static auto* all =
        static_cast<uint8_t*>(std::aligned_alloc(64, kLeastRing + kBehind));
    Bytes memory(all, kLeastRing);
    Ring ring = *Ring::create(memory);
    RingWriter writer(ring);
    auto reader = std::make_unique<RingReader>(ring);
    Input in(ConstBytes(data, size));
    while (!in.empty()) {
        spoil(in, ring, memory, writer);
        read_all(ring, *reader, memory, in.number(2));
    }
    auto fresh = std::make_unique<RingReader>(ring);
    read_all(ring, *fresh, memory, 0);
    writer.take_over();
    uint8_t room[kTail];
    ConstBytes tail = writer.tail(room);
    check(tail.data() >= room && tail.data() + tail.size() == room + kTail);
    return 0;
}
