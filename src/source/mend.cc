#include "source/mend.h"

#include <array>

#include "base/bytes.h"
#include "source/json.h"

namespace onair::source {

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n";

bool is_json_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

constexpr std::array<bool, 256> make_special()
{
    std::array<bool, 256> table = {};
    for (size_t i = 0; i < 0x20; i++) {
        table[i] = true;
    }
    table['"'] = true;
    table['\\'] = true;
    return table;
}

// Bytes within a string that need a closer look.
constexpr std::array<bool, 256> kSpecial = make_special();

// What stands for a raw control byte: an ASCII control too, which the repair
// kit drops, but one that JSON allows. Line ends and tabs are blanks anyway.
char tamed(char c)
{
    if (static_cast<uint8_t>(c) >= 0x20) {
        return c;
    }
    return is_json_blank(c) ? ' ' : '\x7f';
}

class Mender {
  public:
    Mender(std::string_view in, std::span<char> out)
        : in_(in), room_(out.size()), out_(out)
    {}

    Result<Mended> run()
    {
        if (in_.starts_with("\xef\xbb\xbf")) {
            at_ = 3;
        }
        while (!bad_) {
            skip_blanks();
            if (at_ == in_.size()) {
                break;
            }
            step(in_[at_]);
        }
        if (deep_) {
            return Fault::kTooDeep;
        }
        if (bad_ || state_ != State::kEnd || out_.size() >= room_) {
            return Fault::kNotJson;
        }
        return Mended{out_.size(), nodes_};
    }

  private:
    enum class State { kValue, kKey, kColon, kComma, kEnd };

    void skip_blanks()
    {
        while (at_ < in_.size() && is_json_blank(in_[at_])) {
            at_++;
        }
    }

    bool in_object() const { return depth_ > 0 && stack_[depth_ - 1] == '{'; }

    void step(char c)
    {
        switch (state_) {
            case State::kValue:
                value(c);
                break;
            case State::kKey:
                key(c);
                break;
            case State::kColon:
                if (c == ':') {
                    take(State::kValue);
                } else {
                    bad_ = true;
                }
                break;
            case State::kComma:
                after_value(c);
                break;
            case State::kEnd:
                bad_ = true;
                break;
        }
    }

    void take(State next)
    {
        out_.put(in_[at_++]);
        state_ = next;
    }

    void value(char c)
    {
        if (c == ']' && !in_object()) {
            close(c);
            return;
        }
        flush_comma();
        nodes_++;
        if (c == '{' || c == '[') {
            open(c);
        } else if (c == '"') {
            last_string_ = out_.size();
            string();
            done();
        } else if (in_object() && (c == ',' || c == '}')) {
            out_.put("null");
            done();
        } else {
            last_string_ = npos;
            bare();
            done();
        }
    }

    void key(char c)
    {
        if (c == '}') {
            close(c);
            return;
        }
        flush_comma();
        nodes_++;
        state_ = State::kColon;
        if (c == '"') {
            string();
        } else {
            bare();
        }
    }

    void after_value(char c)
    {
        if (c == ',') {
            comma_ = true;
            at_++;
            state_ = in_object() ? State::kKey : State::kValue;
        } else if (c == '}' || c == ']') {
            close(c);
        } else if (c == ':' && in_object() && last_string_ != npos) {
            insert_brace();
        } else {
            bad_ = true;
        }
    }

    // The string just written was no value but a key: `"a":"b":1` is
    // `"a":{"b":1` with its brace lost.
    void insert_brace()
    {
        if (!push('{')) {
            return;
        }
        out_.insert(last_string_, '{');
        last_string_ = npos;
        nodes_++;
        take(State::kValue);
    }

    void open(char c)
    {
        last_string_ = npos;
        if (push(c)) {
            take(c == '{' ? State::kKey : State::kValue);
        }
    }

    bool push(char c)
    {
        if (depth_ == kMaxDepth) {
            deep_ = bad_ = true;
            return false;
        }
        stack_[depth_++] = c;
        return true;
    }

    void close(char c)
    {
        if (depth_ == 0 || (c == '}') != in_object()) {
            bad_ = true;
            return;
        }
        comma_ = false;
        last_string_ = npos;
        depth_--;
        take(State::kComma);
        done();
    }

    void done() { state_ = depth_ == 0 ? State::kEnd : State::kComma; }

    void flush_comma()
    {
        if (comma_) {
            out_.put(',');
            comma_ = false;
        }
    }

    void string()
    {
        out_.put('"');
        at_++;
        while (at_ < in_.size()) {
            size_t begin = at_;
            while (at_ < in_.size() &&
                   !kSpecial[static_cast<uint8_t>(in_[at_])]) {
                at_++;
            }
            out_.put(in_.substr(begin, at_ - begin));
            if (at_ < in_.size() && !special()) {
                return;
            }
        }
        bad_ = true;
    }

    // False when this was the string's end.
    bool special()
    {
        char c = in_[at_];
        if (c == '\\') {
            escape();
            return true;
        }
        at_++;
        if (c != '"') {
            out_.put(tamed(c));
            return true;
        }
        if (ends_string()) {
            out_.put('"');
            return false;
        }
        out_.put("\\\"");
        return true;
    }

    // A quote ends a string only where the document can go on after it.
    bool ends_string() const
    {
        size_t next = in_.find_first_not_of(kBlanks, at_);
        return next == npos || std::string_view(",:}]").find(in_[next]) != npos;
    }

    void escape()
    {
        std::string_view rest = in_.substr(at_);
        if (rest.size() > 1 && rest[1] == 'u') {
            escape_code(rest);
            return;
        }
        if (rest.size() > 1 &&
            std::string_view("\"\\/bfnrt").find(rest[1]) != npos) {
            out_.put(rest.substr(0, 2));
            at_ += 2;
            return;
        }
        out_.put("\\\\");
        at_++;
    }

    void escape_code(std::string_view rest)
    {
        unsigned code = code_at(rest);
        if (code == kNoCode) {
            out_.put("\\\\");
            at_++;
            return;
        }
        bool high = code >= 0xd800 && code < 0xdc00;
        unsigned low = high ? code_at(rest.substr(6)) : kNoCode;
        if (high && low >= 0xdc00 && low < 0xe000) {
            out_.put(rest.substr(0, 12));
            at_ += 12;
            return;
        }
        bool lone = code >= 0xd800 && code < 0xe000;
        out_.put(lone ? std::string_view("\\ufffd") : rest.substr(0, 6));
        at_ += 6;
    }

    static constexpr unsigned kNoCode = 0x10000;

    static unsigned code_at(std::string_view text)
    {
        if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') {
            return kNoCode;
        }
        unsigned code = 0;
        for (char c : text.substr(2, 4)) {
            if (!is_hex(c)) {
                return kNoCode;
            }
            code = code * 16 + static_cast<unsigned>(
                                   c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        }
        return code;
    }

    void bare()
    {
        size_t end = in_.find_first_of(",:{}[]\"", at_);
        std::string_view word = in_.substr(at_, end - at_);
        if (depth_ == 0 || end == npos || word.empty()) {
            bad_ = true;
            return;
        }
        at_ = end;
        word = word.substr(0, word.find_last_not_of(kBlanks) + 1);
        if (word == "null" && state_ == State::kValue) {
            out_.put(word);
            return;
        }
        out_.put('"');
        for (char c : word) {
            if (c == '\\') {
                out_.put('\\');
            }
            out_.put(tamed(c));
        }
        out_.put('"');
    }

    // A Writer that can also make room in what it wrote.
    class Output {
      public:
        explicit Output(std::span<char> room) : room_(room), writer_(room) {}
        void put(char c) { writer_.put(c); }
        void put(std::string_view text) { writer_.put(text); }
        size_t size() const { return writer_.size(); }
        bool ok() const { return writer_.ok(); }
        void insert(size_t at, char c)
        {
            writer_.put(c);
            if (ok()) {
                std::memmove(&room_[at + 1], &room_[at], size() - 1 - at);
                room_[at] = c;
            }
        }

      private:
        std::span<char> room_;
        Writer writer_;
    };

    std::string_view in_;
    size_t room_;  // one byte of it is left for who ends the text with zero
    Output out_;
    size_t at_ = 0;
    size_t nodes_ = 0;
    size_t depth_ = 0;
    size_t last_string_ = npos;  // where the last value, a string, begins
    State state_ = State::kValue;
    bool comma_ = false;  // seen, and written only if something follows
    bool bad_ = false;
    bool deep_ = false;
    char stack_[kMaxDepth];
};

}  // namespace

Result<Mended> mend(std::string_view body, std::span<char> out)
{
    return Mender(body, out).run();
}

}  // namespace onair::source
