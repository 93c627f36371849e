// A ring in memory of its own, and sound that tells where it is from.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "sound/ring_reader.h"
#include "sound/ring_writer.h"

namespace onair::sound {

struct alignas(64) RingMemory {
    uint8_t bytes[kLeastRing];
};

class RingRig {
  public:
    RingRig() : memory(new RingMemory()), ring(*Ring::create(all())) {}

    Bytes all() { return memory->bytes; }

    // Bytes that no other place of the sound has.
    static std::string sound(uint64_t from, size_t size)
    {
        std::string bytes(size, '\0');
        for (size_t i = 0; i < size; i++) {
            uint64_t place = from + i;
            uint64_t word = hash_end(place / 8 + 1);
            bytes[i] = static_cast<char>(word >> (8 * (place % 8)));
        }
        return bytes;
    }

    std::unique_ptr<RingMemory> memory;
    Ring ring;
};

class Written {
  public:
    explicit Written(RingRig& rig) : writer(rig.ring) { writer.take_over(); }

    bool start(size_t size, uint64_t time_us)
    {
        return add(size, true, time_us);
    }
    bool more(size_t size) { return add(size, false, 0); }

    RingWriter writer;

  private:
    bool add(size_t size, bool start, uint64_t time_us)
    {
        std::string bytes = RingRig::sound(writer.position(), size);
        return writer.append(bytes_of(bytes), {start, time_us}).ok();
    }
};

// All that a reader is told from a position on, in pieces of `most`.
inline std::string heard(const RingReader& reader, uint64_t from, size_t most)
{
    std::string all;
    for (;;) {
        RingReader::Run run = reader.run(from + all.size(), most);
        if (run.bytes.empty()) {
            return all;
        }
        all += text_of(run.bytes);
    }
}

}  // namespace onair::sound
