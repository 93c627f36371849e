#include "source/original.h"

#include <algorithm>
#include <iterator>

namespace onair::source {

namespace {

// Members that are not the same from one answer to the next although nothing
// has changed that a page would show.
constexpr std::string_view kRestless[] = {"listeners", "hls_listeners",
                                          "elapsed", "remaining", "cache"};

bool is_restless(std::string_view name)
{
    return std::find(std::begin(kRestless), std::end(kRestless), name) !=
           std::end(kRestless);
}

class Copier {
  public:
    explicit Copier(Writer& out) : out_(out) {}

    void object(JsonValue of, bool is_root);
    uint64_t digest() const { return hash_end(hash_) | 1; }

  private:
    void value(JsonValue v);
    void array(JsonValue v);
    void string(std::string_view text);
    void marked(Mark mark, JsonValue v);
    void root_member(std::string_view name, JsonValue v);
    void now_playing(JsonValue v);
    void member(std::string_view name, JsonValue v);
    void put(std::string_view text);
    void mark(Mark m) { out_.put(static_cast<char>(m)); }

    Writer& out_;
    uint64_t hash_ = kHashSeed;
    int restless_ = 0;
};

void Copier::put(std::string_view text)
{
    out_.put(text);
    if (restless_ == 0) {
        hash_ = hash_more(hash_, text);
    }
}

void Copier::string(std::string_view text)
{
    constexpr char kDigits[] = "0123456789abcdef";
    put("\"");
    while (!text.empty()) {
        size_t run = 0;
        while (run < text.size() && static_cast<uint8_t>(text[run]) >= 0x20 &&
               text[run] != '"' && text[run] != '\\' && text[run] != '<') {
            run++;
        }
        put(text.substr(0, run));
        text.remove_prefix(run);
        if (!text.empty()) {
            auto byte = static_cast<uint8_t>(text[0]);
            char escape[] = {
                '\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
            put({escape, sizeof(escape)});
            text.remove_prefix(1);
        }
    }
    put("\"");
}

void Copier::array(JsonValue v)
{
    put("[");
    bool first = true;
    for (JsonMember element : v) {
        put(first ? "" : ",");
        first = false;
        value(element.value);
    }
    put("]");
}

void Copier::value(JsonValue v)
{
    switch (v.kind()) {
        case Kind::kString:
            string(v.text());
            return;
        case Kind::kObject:
            object(v, false);
            return;
        case Kind::kArray:
            array(v);
            return;
        case Kind::kNumber:
        case Kind::kTrue:
        case Kind::kFalse:
            put(v.text());
            return;
        case Kind::kNull:
        case Kind::kMissing:
            put("null");
            return;
    }
}

void Copier::marked(Mark m, JsonValue v)
{
    mark(m);
    value(v);
    mark(m);
}

void Copier::member(std::string_view name, JsonValue v)
{
    restless_ += is_restless(name) ? 1 : 0;
    value(v);
    restless_ -= is_restless(name) ? 1 : 0;
}

void Copier::now_playing(JsonValue v)
{
    put("{");
    bool first = true;
    for (JsonMember one : v) {
        put(first ? "" : ",");
        first = false;
        string(one.name);
        put(":");
        restless_ += is_restless(one.name) ? 1 : 0;
        bool number = one.value.kind() == Kind::kNumber;
        if (number && one.name == "elapsed") {
            marked(Mark::kElapsed, one.value);
        } else if (number && one.name == "remaining") {
            marked(Mark::kRemaining, one.value);
        } else {
            value(one.value);
        }
        restless_ -= is_restless(one.name) ? 1 : 0;
    }
    put("}");
}

void Copier::root_member(std::string_view name, JsonValue v)
{
    if (name == "station") {
        marked(Mark::kStation, v);
    } else if (name == "now_playing") {
        now_playing(v);
    } else if (name == "is_online" &&
               (v.kind() == Kind::kTrue || v.kind() == Kind::kFalse)) {
        marked(Mark::kOnline, v);
    } else if (name == "cache") {
        mark(Mark::kCache);
    } else {
        member(name, v);
    }
}

void Copier::object(JsonValue of, bool is_root)
{
    put("{");
    bool first = true;
    for (JsonMember one : of) {
        put(first ? "" : ",");
        first = false;
        string(one.name);
        put(":");
        if (is_root) {
            root_member(one.name, one.value);
        } else {
            member(one.name, one.value);
        }
    }
    put("}");
}

}  // namespace

Original original_of(JsonValue object, UnixMs now, Arena& arena)
{
    if (!object["station"].is_object() || !object["now_playing"].is_object() ||
        !object["now_playing"]["song"].is_object()) {
        return {};
    }
    size_t most = std::min(kMaxOriginal, arena.left());
    size_t mark = arena.used();
    auto* room = static_cast<char*>(arena.take(most, 1));
    if (room == nullptr) {
        return {};
    }
    Writer out({room, most});
    Copier copier(out);
    copier.object(object, true);
    arena.rewind(mark);
    if (!out.ok()) {
        return {};
    }
    // What was not needed of the room goes back.
    static_cast<void>(arena.take(out.size(), 1));
    return {out.view(), copier.digest(), now};
}

}  // namespace onair::source
