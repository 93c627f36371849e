// Bytes and the memory they live in: an arena over memory the caller owns, a
// bounded writer, and the one hash of the project. Any process, any stage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

namespace onair {

using Bytes = std::span<uint8_t>;
using ConstBytes = std::span<const uint8_t>;

inline ConstBytes bytes_of(std::string_view text)
{
    // SAFETY: uint8_t may alias any object; length and lifetime are text's.
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string_view text_of(ConstBytes bytes)
{
    // SAFETY: char may alias any object; length and lifetime are bytes'.
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// memcpy() for which nothing may also come from nowhere.
inline void copy_bytes(void* to, const void* from, size_t size)
{
    if (size > 0) {
        std::memcpy(to, from, size);
    }
}

// 64-bit hash, stable over processes, versions and machines (FNV-1a with a
// final mix). Good for ids and checksums against accident, not against malice.
inline constexpr uint64_t kHashSeed = 0xcbf29ce484222325u;

constexpr uint64_t hash_more(uint64_t hash, std::string_view text)
{
    for (char c : text) {
        hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    }
    return hash;
}

constexpr uint64_t hash_end(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    hash ^= hash >> 32;
    return hash;
}

constexpr uint64_t hash(std::string_view text)
{
    return hash_end(hash_more(kHashSeed, text));
}

class Writer;

// Bump allocator over memory that the caller owns and outlives it with.
// Nothing is freed one by one; nullptr when the memory is used up.
class Arena {
  public:
    explicit Arena(Bytes memory) : memory_(memory) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    void* take(size_t size, size_t alignment)
    {
        // SAFETY: only to round an address up to its alignment.
        auto at = reinterpret_cast<uintptr_t>(memory_.data()) + used_;
        size_t pad = (alignment - at % alignment) % alignment;
        if (pad > memory_.size() - used_ ||
            size > memory_.size() - used_ - pad) {
            return nullptr;
        }
        used_ += pad + size;
        return memory_.data() + used_ - size;
    }

    // count value-initialised T; empty with count > 0 means no memory.
    template <typename T>
    std::span<T> make(size_t count)
    {
        static_assert(std::is_trivially_destructible_v<T>);
        if (count > memory_.size() / sizeof(T)) {
            return {};
        }
        void* at = take(count * sizeof(T), alignof(T));
        if (at == nullptr) {
            return {};
        }
        T* first = static_cast<T*>(at);
        for (size_t i = 0; i < count; i++) {
            // SAFETY: take() gave aligned room for count objects of T.
            new (first + i) T();
        }
        return {first, count};
    }

    // A copy that lives as long as the arena; data() is nullptr when full
    // (also told by full()).
    std::string_view copy(std::string_view text)
    {
        if (text.empty()) {
            return {"", 0};
        }
        void* at = take(text.size(), 1);
        if (at == nullptr) {
            full_ = true;
            return {};
        }
        std::memcpy(at, text.data(), text.size());
        return {static_cast<const char*>(at), text.size()};
    }

    // A text of at most `most` bytes that write(Writer&) makes; data() is
    // nullptr when the arena has no room for so many.
    template <typename Write>
    std::string_view make_text(size_t most, Write write);

    // Gives back everything taken since used() was `mark`.
    void rewind(size_t mark) { used_ = mark; }

    bool full() const { return full_; }
    size_t used() const { return used_; }
    size_t left() const { return memory_.size() - used_; }

  private:
    Bytes memory_;
    size_t used_ = 0;
    bool full_ = false;
};

// Appends to a span and remembers, rather than overruns, when it is too small:
// write everything, then look at ok() once.
class Writer {
  public:
    explicit Writer(std::span<char> out) : out_(out) {}

    void put(char c)
    {
        if (size_ < out_.size()) {
            out_[size_] = c;
        }
        size_++;
    }

    void put(std::string_view text)
    {
        if (size_ + text.size() <= out_.size() && !text.empty()) {
            std::memcpy(out_.data() + size_, text.data(), text.size());
        }
        size_ += text.size();
    }

    bool ok() const { return size_ <= out_.size(); }
    // Bytes wanted so far, also past the end of the span.
    size_t size() const { return size_; }
    std::string_view view() const
    {
        return {out_.data(), ok() ? size_ : out_.size()};
    }

  private:
    std::span<char> out_;
    size_t size_ = 0;
};

template <typename Write>
std::string_view Arena::make_text(size_t most, Write write)
{
    size_t mark = used_;
    auto* room = static_cast<char*>(take(most, 1));
    if (room == nullptr) {
        full_ = true;
        return {};
    }
    Writer out({room, most});
    write(out);
    std::string_view text = out.view();
    used_ = mark + text.size();
    return text;
}

}  // namespace onair
