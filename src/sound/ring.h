// The sound of one station in shared memory: its last seconds, from which all
// workers send. One process writes (RingWriter), any number read (RingReader)
// and never wait.
//
//   Head | records of chunks | cues | head pages | bytes of sound
//
// Sound comes in chunks of whole frames. A chunk's bytes go in first, then its
// record, then the count of chunks, in one exchange with the writer's term.
//
// A writer that takes over raises the term, so that what the one before still
// publishes fails, and begins at a place, a number and a cue beyond those the
// other may be in the middle of. One that was stopped and goes on when the ring
// has gone round may still write one chunk over newer ones: each has a digest,
// which readers check before and after they send.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "slot/roster.h"
#include "sound/figure.h"
#include "sound/kind.h"
#include "sound/sealed.h"

namespace onair::sound {

inline constexpr size_t kLeastRing = size_t{256} * 1024;
inline constexpr size_t kMostRing = size_t{256} * 1024 * 1024;
inline constexpr size_t kChunks = 512;
inline constexpr size_t kMostChunk = size_t{16} * 1024;
inline constexpr size_t kCues = 32;
inline constexpr size_t kMostCue = 480;  // bytes of artist and title together
inline constexpr size_t kHeads = 3;
inline constexpr size_t kMostInfo = 480;

// Some bytes of sound, and what is to be known of them.
struct Chunk {
    uint64_t number = 0;    // grows by one with each, or by more
    uint64_t position = 0;  // in the station's sound, since the ring was made
    uint64_t at = 0;        // in the ring, as if it never ended
    uint64_t time_us = 0;   // length of the sound in front of it
    uint64_t sum = 0;       // digest of its bytes
    uint32_t size = 0;
    uint32_t term = 0;    // of who wrote it
    uint32_t cue = 0;     // number of what was said last; 0: nothing
    uint32_t head = 0;    // generation of the head pages; 0: there are none
    bool start = false;   // a listener may begin here
    bool breaks = false;  // nobody can go on here who heard what was before
    bool apart = false;   // the source did not send it right behind that

    uint64_t end() const { return position + size; }
};

struct Cue {
    uint64_t position = 0;
    std::string_view artist;
    std::string_view title;
};

// What the source said of itself.
struct Info {
    Kind kind = Kind::kMp3;
    uint32_t bitrate = 0;   // kbit/s; 0: unknown
    std::string_view type;  // media type
    std::string_view name;
    std::string_view genre;
    std::string_view url;
};

struct RingHead;

// A view: cheap to copy, owns nothing, valid as long as the mapping. Whatever
// the memory holds, nothing outside of it is touched.
class Ring {
  public:
    Ring() = default;

    // Fault: kZoneTooSmall. `memory` begins at a line of 64 bytes.
    static Result<Ring> create(Bytes memory);
    // Takes memory that create() made. kLayoutChanged.
    static Result<Ring> open(Bytes memory);

    explicit operator bool() const { return head_ != nullptr; }

    // Chunks so far, and the term: what a writer exchanges.
    struct State {
        uint32_t term = 0;
        uint64_t chunks = 0;
        static State of(uint64_t word)
        {
            return {static_cast<uint32_t>(word >> 40),
                    word & ((uint64_t{1} << 40) - 1)};
        }
        uint64_t word() const { return uint64_t{term} << 40 | chunks; }
        bool operator==(const State&) const = default;
    };
    State state() const;
    bool exchange(State expected, State next) const;

    // What the record of this number holds. kNotFound: nothing, or another
    // number's.
    Result<Chunk> chunk(uint64_t number) const;
    // The chunk in front of a state, and the state that it was published in:
    // what a stopped writer left where no chunk is is not taken for one. A
    // state of no chunks: there is none as far as `least`.
    State before(State state, uint64_t least, Chunk* chunk) const;
    // The newest one. kNotFound.
    Result<Chunk> last(State state) const;
    ConstBytes bytes_of(const Chunk& chunk) const;
    // Whether no writer can be at its bytes now.
    bool is_safe(const Chunk& chunk, const Chunk& last, State state) const;
    // Its bytes are those that were written.
    bool is_whole(const Chunk& chunk) const;

    // What was said at that number; views of `room`. kNotFound.
    Result<Cue> cue(uint32_t number, std::span<char, kMostCue> room) const;
    // The head pages of a generation, copied. kNotFound.
    Result<ConstBytes> head(uint32_t generation, Bytes room) const;
    Result<Info> info(std::span<char, kMostInfo> room) const;

    // Where a listener may begin at the earliest: the source was asked again.
    uint64_t floor() const;
    // Ticks of the last sound from the source; 0: never.
    void beat(Ticks now) const;
    Ticks beaten() const;
    // What came so far, over all workers.
    std::atomic<uint64_t>& figure(Figure figure) const;

    // Listeners by worker; a worker changes its own only.
    void count(size_t worker, Listening listening, int change) const;
    uint32_t listeners(Listening listening) const;
    uint32_t listeners() const;
    void forget_worker(size_t worker) const;

    size_t head_room() const;
    size_t sound_room() const;

    // --- for the writer ---
    uint8_t* sound_at(uint64_t at) const;
    void write_chunk(const Chunk& chunk) const;
    void write_cue(uint32_t number, const Cue& cue) const;
    void write_head(uint32_t generation, ConstBytes pages) const;
    void write_info(const Info& info) const;
    void set_floor(uint64_t position) const;

  private:
    explicit Ring(RingHead* head) : head_(head) {}

    RingHead* head_ = nullptr;
};

// How far behind the last chunk's end a writer of this term begins, and any of
// the terms since may have written: each has room of its own.
constexpr uint64_t reach(uint32_t terms)
{
    return 2 * kMostChunk * uint64_t{terms};
}

}  // namespace onair::sound
