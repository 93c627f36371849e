// A JSON document (RFC 8259) as a flat list of nodes in the caller's arena:
// read tolerantly, for what sources send, or strictly, for what clients send.
// Hostile input: depth, size and number of nodes are bounded. The grammar and
// the strings are RapidJSON's reader's work.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace onair::source {

inline constexpr size_t kMaxDepth = 32;
inline constexpr size_t kMaxDocument = 64 * 1024 * 1024;

enum class Kind : uint8_t {
    kMissing,  // asked for a member or element that is not there
    kNull,
    kString,
    kObject,
    kArray,
    // Only where read strictly; read tolerantly they are strings.
    kNumber,
    kTrue,
    kFalse,
};

struct JsonNode {
    uint32_t at;         // text: its offset
    uint32_t size : 29;  // text: its bytes; array or object: its elements
    uint32_t kind : 3;
    uint32_t next;  // index of the node after this one and all within
};

class Json;

// One value of a document: a view, cheap to copy, lives as long as the Json.
class JsonValue {
  public:
    JsonValue() = default;

    Kind kind() const;
    bool is_object() const { return kind() == Kind::kObject; }
    bool is_array() const { return kind() == Kind::kArray; }
    bool is_missing() const { return kind() == Kind::kMissing; }

    // A string's characters, a number or word as the document spells it;
    // empty for null, objects and arrays. Not checked to be UTF-8. Asking an
    // object or array that is not empty is remembered, see Json::misread().
    std::string_view text() const;

    // Members or elements.
    size_t size() const;
    // The first member so named; kMissing when there is none or this is no
    // object, so that paths may be chained. Asking a text for a member, or for
    // its elements, is remembered likewise.
    JsonValue operator[](std::string_view name) const;
    JsonValue operator[](const char* name) const
    {
        return (*this)[std::string_view(name)];
    }
    // Element of an array or value of a member, by its place.
    JsonValue at(size_t index) const;

    class Iterator;
    Iterator begin() const;
    Iterator end() const;

  private:
    friend class Json;
    JsonValue(const Json* json, uint32_t index, bool named = false)
        : json_(json), index_(index), named_(named)
    {}
    // Nobody writes so where nothing is meant; see Json::misread().
    bool says_something() const;
    void misread() const;

    const Json* json_ = nullptr;
    uint32_t index_ = 0;
    bool named_ = false;  // the node before it is its name
};

struct JsonMember {
    std::string_view name;  // empty for an array's elements
    JsonValue value;
};

class JsonValue::Iterator {
  public:
    Iterator(const Json* json, uint32_t index, bool named)
        : json_(json), index_(index), named_(named)
    {}
    JsonMember operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const
    {
        return index_ != other.index_;
    }

  private:
    const Json* json_;
    uint32_t index_;
    bool named_;
};

class Json {
  public:
    // What a source means, even where it is not JSON: bare words of any kind
    // (`-`, `.5`, `1e`), numbers and booleans become strings that hold their
    // source text; an empty value becomes null; control bytes, odd escapes and
    // quotes within a string are taken as they are meant; a brace that Icecast
    // forgets while it starts is put in; a comma too many at the end of a list
    // is left out. A document that ends early stays a fault.
    // Takes at most 14 times the body plus 1 KB from the arena.
    // Faults: kNotJson, kTooDeep, kTooLarge, kNoMemory.
    static Result<Json> read(ConstBytes body, Arena& arena);

    // RFC 8259 to the letter, UTF-8 validated, one value and nothing after it.
    // Takes at most 14 times the body plus 1 KB from the arena.
    // Faults: kNotJson, kTooDeep, kTooLarge, kNoMemory.
    static Result<Json> read_strictly(ConstBytes body, Arena& arena);

    JsonValue root() const { return {this, 0}; }

    // The first value that a reader asked for as something that it is not: a
    // known member of a wrong kind. kMissing where there was none.
    struct Misread {
        std::string_view name;  // empty for an element of an array
        Kind kind = Kind::kMissing;
    };
    Misread misread() const { return misread_; }
    void forget_misread() { misread_ = Misread(); }

  private:
    friend class JsonValue;
    friend class JsonValue::Iterator;

    Json(std::string_view text, std::span<const JsonNode> nodes)
        : text_(text), nodes_(nodes)
    {}
    static Result<Json> parse(std::span<char> text, size_t nodes, bool strict,
                              Arena& arena);
    std::string_view text_of(uint32_t index) const
    {
        return text_.substr(nodes_[index].at, nodes_[index].size);
    }

    std::string_view text_;
    std::span<const JsonNode> nodes_;
    mutable Misread misread_;
};

}  // namespace onair::source
