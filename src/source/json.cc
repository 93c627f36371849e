#include "source/json.h"

#include <algorithm>

#include "base/utf8.h"
#include "source/mend.h"
#include "source/rapidjson_reader.h"

namespace onair::source {

namespace {

// Nothing here makes the reader use its own stack, and so it allocates nothing:
// strings and numbers stay where they are in the text. It calls itself once a
// level, at most kMaxDepth times, for Layer::open() then ends it.
using Reader = rapidjson::Reader;

constexpr unsigned kFlags =
    rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

// Takes the reader's events and lays the nodes down in their order.
class Layer : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Layer> {
  public:
    Layer(const char* text, std::span<JsonNode> nodes, bool strict)
        : text_(text), nodes_(nodes), strict_(strict)
    {}

    bool Null() { return leaf(nullptr, 0, Kind::kNull); }
    bool Bool(bool value)
    {
        return leaf(nullptr, 0, value ? Kind::kTrue : Kind::kFalse);
    }
    bool RawNumber(const char* text, unsigned size, bool)
    {
        return leaf(text, size, Kind::kNumber);
    }
    bool String(const char* text, unsigned size, bool)
    {
        return string(text, size);
    }
    bool Key(const char* text, unsigned size, bool)
    {
        return string(text, size);
    }
    bool StartObject() { return open(Kind::kObject); }
    bool StartArray() { return open(Kind::kArray); }
    bool EndObject(unsigned count) { return close(count); }
    bool EndArray(unsigned count) { return close(count); }
    bool Default() { return false; }

    size_t used() const { return used_; }
    bool too_deep() const { return too_deep_; }

  private:
    JsonNode* add(Kind kind)
    {
        if (used_ == nodes_.size()) {
            return nullptr;
        }
        JsonNode* node = &nodes_[used_++];
        node->kind = static_cast<uint32_t>(kind) & 7;
        node->next = static_cast<uint32_t>(used_);
        return node;
    }

    // The reader looks at the bytes of a string and at the first half of an
    // escaped pair, but takes a second half that stands alone.
    bool string(const char* text, size_t size)
    {
        return (!strict_ || is_utf8({text, size})) &&
               leaf(text, size, Kind::kString);
    }

    bool leaf(const char* text, size_t size, Kind kind)
    {
        JsonNode* node = add(kind);
        if (node == nullptr) {
            return false;
        }
        node->at = text != nullptr ? static_cast<uint32_t>(text - text_) : 0;
        node->size = size & 0x1fffffff;
        return true;
    }

    bool open(Kind kind)
    {
        if (depth_ == kMaxDepth) {
            too_deep_ = true;
            return false;
        }
        open_[depth_++] = static_cast<uint32_t>(used_);
        return add(kind) != nullptr;
    }

    bool close(unsigned count)
    {
        JsonNode& node = nodes_[open_[--depth_]];
        node.size = count & 0x1fffffff;
        node.next = static_cast<uint32_t>(used_);
        return true;
    }

    const char* text_;
    std::span<JsonNode> nodes_;
    bool strict_;
    size_t used_ = 0;
    size_t depth_ = 0;
    bool too_deep_ = false;
    uint32_t open_[kMaxDepth];
};

// Keys and values there can be at the most: each but the first follows one of
// these bytes.
size_t most_nodes(std::string_view body)
{
    return 2 + static_cast<size_t>(
                   std::count_if(body.begin(), body.end(), [](char c) {
                       return c == ',' || c == ':' || c == '[' || c == '{';
                   }));
}

template <unsigned flags>
Outcome run(Reader& reader, char* text, Layer& layer)
{
    rapidjson::InsituStringStream stream(text);
    if (!reader.Parse<flags>(stream, layer).IsError()) {
        return Done{};
    }
    return layer.too_deep() ? Fault::kTooDeep : Fault::kNotJson;
}

}  // namespace

// `text` ends with a zero byte that is not part of it.
Result<Json> Json::parse(std::span<char> text, size_t count, bool strict,
                         Arena& arena)
{
    std::span<JsonNode> nodes = arena.make<JsonNode>(count);
    if (nodes.size() < count) {
        return Fault::kNoMemory;
    }
    Reader reader;
    Layer layer(text.data(), nodes, strict);
    Outcome outcome = strict
                          ? run<kFlags | rapidjson::kParseValidateEncodingFlag>(
                                reader, text.data(), layer)
                          : run<kFlags>(reader, text.data(), layer);
    if (!outcome) {
        return outcome.fault();
    }
    return Json({text.data(), text.size()}, nodes.first(layer.used()));
}

Result<Json> Json::read(ConstBytes body, Arena& arena)
{
    if (body.size() > kMaxDocument) {
        return Fault::kTooLarge;
    }
    size_t mark = arena.used();
    auto* room = static_cast<char*>(arena.take(mended_room(body.size()), 1));
    if (room == nullptr) {
        return Fault::kNoMemory;
    }
    Result<Mended> mended =
        mend(onair::text_of(body), {room, mended_room(body.size())});
    if (!mended) {
        return mended.fault();
    }
    // What was not needed of the room goes back; its first part stays.
    arena.rewind(mark);
    static_cast<void>(arena.take(mended->size + 1, 1));
    room[mended->size] = '\0';
    return parse({room, mended->size}, mended->nodes, false, arena);
}

Result<Json> Json::read_strictly(ConstBytes body, Arena& arena)
{
    std::string_view given = onair::text_of(body);
    if (given.size() > kMaxDocument) {
        return Fault::kTooLarge;
    }
    // The reader takes a zero byte for the end.
    if (given.find('\0') != std::string_view::npos) {
        return Fault::kNotJson;
    }
    std::span<char> room = arena.make<char>(given.size() + 1);
    if (room.empty()) {
        return Fault::kNoMemory;
    }
    std::copy(given.begin(), given.end(), room.begin());
    return parse(room.first(given.size()), most_nodes(given), true, arena);
}

Kind JsonValue::kind() const
{
    return json_ == nullptr ? Kind::kMissing
                            : static_cast<Kind>(json_->nodes_[index_].kind);
}

std::string_view JsonValue::text() const
{
    switch (kind()) {
        case Kind::kString:
        case Kind::kNumber:
            return json_->text_of(index_);
        case Kind::kTrue:
            return "true";
        case Kind::kFalse:
            return "false";
        case Kind::kObject:
        case Kind::kArray:
            misread();
            return {};
        case Kind::kMissing:
        case Kind::kNull:
            return {};
    }
    return {};
}

// Scripts write "", false, [] or {} for nothing at all.
bool JsonValue::says_something() const
{
    switch (kind()) {
        case Kind::kString:
            return !text().empty() && text() != "false";
        case Kind::kObject:
        case Kind::kArray:
            return size() > 0;
        default:
            return false;
    }
}

void JsonValue::misread() const
{
    if (says_something() && json_->misread_.kind == Kind::kMissing) {
        json_->misread_.kind = kind();
        json_->misread_.name =
            named_ ? json_->text_of(index_ - 1) : std::string_view();
    }
}

size_t JsonValue::size() const
{
    return is_object() || is_array() ? json_->nodes_[index_].size : 0;
}

JsonValue::Iterator JsonValue::begin() const
{
    if (!is_object() && !is_array()) {
        misread();
        return {json_, 0, false};
    }
    return {json_, index_ + 1, is_object()};
}

JsonValue::Iterator JsonValue::end() const
{
    if (!is_object() && !is_array()) {
        return {json_, 0, false};
    }
    return {json_, json_->nodes_[index_].next, is_object()};
}

JsonValue JsonValue::operator[](std::string_view name) const
{
    if (!is_object()) {
        misread();
        return {};
    }
    for (JsonMember member : *this) {
        if (member.name == name) {
            return member.value;
        }
    }
    return {};
}

JsonValue JsonValue::at(size_t index) const
{
    for (JsonMember member : *this) {
        if (index-- == 0) {
            return member.value;
        }
    }
    return {};
}

JsonMember JsonValue::Iterator::operator*() const
{
    if (!named_) {
        return {{}, JsonValue(json_, index_)};
    }
    return {json_->text_of(index_), JsonValue(json_, index_ + 1, true)};
}

JsonValue::Iterator& JsonValue::Iterator::operator++()
{
    index_ = json_->nodes_[named_ ? index_ + 1 : index_].next;
    return *this;
}

}  // namespace onair::source
