#include "signalling/seats.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <bit>
#include <thread>

namespace onair::signalling {

namespace {

constexpr uint64_t kMagic = 0x6f6e616972207331u;  // "onair s1"
constexpr size_t kLine = 64;
constexpr size_t kReach = 32;
constexpr size_t kStripes = 1024;
// A claim lasts for well under a microsecond, unless its process was put to
// sleep with it; after so many turns of others it stands still.
constexpr int kTurns = 64;
constexpr unsigned kSinceBits = 56;
constexpr uint64_t kSinceMask = (uint64_t{1} << kSinceBits) - 1;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

}  // namespace

struct Seats::Head {
    Word magic;
    uint64_t entries;
    uint8_t secret[kSecretSize];
    alignas(kLine) Word numbers[kPlaces];
    Word holders[kPlaces];
    alignas(kLine) Word stripes[kStripes];  // pids; 0: free
};

namespace {

// To the begin of the next line.
Bytes aligned(Bytes memory)
{
    // SAFETY: only to round an address up.
    auto at = reinterpret_cast<uintptr_t>(memory.data());
    size_t pad = (kLine - at % kLine) % kLine;
    return pad < memory.size() ? memory.subspan(pad) : Bytes();
}

}  // namespace

size_t Seats::size_for(size_t entries)
{
    return kLine + sizeof(Head) + std::bit_ceil(entries) * sizeof(Entry);
}

Result<Seats> Seats::create(Bytes memory,
                            std::span<const uint8_t, kSecretSize> secret)
{
    memory = aligned(memory);
    if (memory.size() < sizeof(Head) + kReach * sizeof(Entry)) {
        return Fault::kZoneTooSmall;
    }
    size_t entries =
        std::bit_floor((memory.size() - sizeof(Head)) / sizeof(Entry));
    // SAFETY: aligned and large enough for the head and `entries` behind it.
    auto* head = new (static_cast<void*>(memory.data())) Head();
    for (size_t i = 0; i < entries; i++) {
        // SAFETY: as above.
        new (static_cast<void*>(memory.data() + sizeof(Head) +
                                i * sizeof(Entry))) Entry();
    }
    head->entries = entries;
    copy_bytes(head->secret, secret.data(), kSecretSize);
    head->magic.store(kMagic, kRelease);
    return Seats(head);
}

Result<Seats> Seats::open(Bytes memory)
{
    memory = aligned(memory);
    if (memory.size() < sizeof(Head)) {
        return Fault::kLayoutChanged;
    }
    // SAFETY: aligned and large enough; believed only after its magic.
    auto* head = reinterpret_cast<Head*>(memory.data());
    bool same = head->magic.load(kAcquire) == kMagic &&
                head->entries == std::bit_floor((memory.size() - sizeof(Head)) /
                                                sizeof(Entry));
    return same ? Result<Seats>(Seats(head)) : Fault::kLayoutChanged;
}

uint64_t Seats::key(Space space, std::string_view room,
                    std::string_view name) const
{
    char text[16 * 1024];
    Writer signed_text(text);
    signed_text.put(static_cast<char>(space));
    signed_text.put(room);
    signed_text.put('\0');
    signed_text.put(name);
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    ConstBytes bytes = bytes_of(signed_text.view());
    uint64_t key = 0;
    if (HMAC(EVP_sha256(), head_->secret, static_cast<int>(kSecretSize),
             bytes.data(), bytes.size(), sum, &size) != nullptr &&
        size >= sizeof(key)) {
        std::memcpy(&key, sum, sizeof(key));
    }
    return key != 0 ? key : 1;
}

uint64_t Seats::key_of_worker(Space space, std::string_view name,
                              size_t place) const
{
    char digits[2] = {static_cast<char>('0' + place / 16),
                      static_cast<char>('0' + place % 16)};
    return key(space, {digits, sizeof(digits)}, name);
}

size_t Seats::capacity() const
{
    return head_->entries;
}

size_t Seats::used() const
{
    size_t count = 0;
    for (size_t i = 0; i < capacity(); i++) {
        count += entry(i).key.load(kRelaxed) != 0 ? 1 : 0;
    }
    return count;
}

uint32_t Seats::new_number(size_t place) const
{
    return static_cast<uint32_t>(head_->numbers[place].fetch_add(1, kRelaxed)) &
           (kNumbers - 1);
}

uint32_t Seats::numbers(size_t place) const
{
    return static_cast<uint32_t>(head_->numbers[place].load()) & (kNumbers - 1);
}

std::atomic<uint64_t>& Seats::holder(size_t place) const
{
    return head_->holders[place];
}

// --- claims ---

Seats::Word& Seats::stripe(uint64_t key) const
{
    return head_->stripes[(key >> 40) % kStripes];
}

bool Seats::lock(uint64_t key, const slot::Author& author) const
{
    Word& word = stripe(key);
    for (int i = 0; i < kTurns; i++) {
        uint64_t seen = 0;
        if (word.compare_exchange_strong(seen, author.pid, kAcquire)) {
            return true;
        }
        std::this_thread::yield();
    }
    uint64_t seen = word.load(kRelaxed);
    // One that has our own number is dead: a process has one thread.
    bool gone =
        seen == author.pid || (seen != 0 && author.is_gone != nullptr &&
                               author.is_gone(static_cast<uint32_t>(seen)));
    return gone && word.compare_exchange_strong(seen, author.pid, kAcquire);
}

void Seats::unlock(uint64_t key) const
{
    stripe(key).store(0, kRelease);
}

// --- entries ---

Seats::Entry& Seats::entry(size_t index) const
{
    // SAFETY: the entries stand behind the head, made by create().
    return reinterpret_cast<Entry*>(head_ + 1)[index];
}

Seats::Entry* Seats::find(uint64_t key) const
{
    uint64_t mask = head_->entries - 1;
    for (size_t i = 0; i < kReach; i++) {
        Entry& one = entry((key + i) & mask);
        if (one.key.load(kAcquire) == key) {
            return &one;
        }
    }
    return nullptr;
}

// Others with claims of other stripes may want the same one.
Seats::Entry* Seats::take_free(uint64_t key) const
{
    uint64_t mask = head_->entries - 1;
    for (size_t i = 0; i < kReach; i++) {
        Entry& one = entry((key + i) & mask);
        uint64_t none = 0;
        if (one.key.load(kRelaxed) == 0 &&
            one.key.compare_exchange_strong(none, key, kAcquire)) {
            return &one;
        }
    }
    return nullptr;
}

Seat Seats::read(const Entry& entry)
{
    uint64_t pair = entry.pair.load(kAcquire);
    Seat seat;
    seat.first = static_cast<Handle>(pair >> 32);
    seat.second = static_cast<Handle>(pair);
    seat.extra = entry.extra.load(kRelaxed);
    seat.since = entry.mark.load(kRelaxed) & kSinceMask;
    return seat;
}

Space Seats::space_of(const Entry& entry)
{
    return static_cast<Space>(entry.mark.load(kRelaxed) >> kSinceBits);
}

Outcome Seats::write(Space space, uint64_t key, Entry* entry,
                     const Seat& seat) const
{
    if (seat.empty()) {
        if (entry != nullptr) {
            entry->pair.store(0, kRelaxed);
            entry->extra.store(0, kRelaxed);
            entry->mark.store(0, kRelaxed);
            entry->key.store(0, kRelease);
        }
        return Done();
    }
    if (entry == nullptr) {
        entry = take_free(key);
        if (entry == nullptr) {
            return Fault::kZoneFull;
        }
    }
    entry->extra.store(seat.extra, kRelaxed);
    entry->mark.store(
        static_cast<uint64_t>(space) << kSinceBits | (seat.since & kSinceMask),
        kRelaxed);
    entry->pair.store(uint64_t{seat.first} << 32 | seat.second, kRelease);
    return Done();
}

Seat Seats::look(uint64_t key) const
{
    const Entry* found = find(key);
    if (found == nullptr) {
        return {};
    }
    Seat seat = read(*found);
    return found->key.load(kAcquire) == key ? seat : Seat();
}

}  // namespace onair::signalling
