#include "source/json_path.h"

#include "source/source.h"

namespace onair::source {

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr size_t kMaxStep = 256;

// Takes a path apart, step by step, into names and places.
class Walker {
  public:
    explicit Walker(std::string_view path) : rest_(path)
    {
        pointer_ = path.starts_with('/');
        bad_ = !pointer_ && !path.starts_with('$');
        if (!pointer_ && !bad_) {
            rest_.remove_prefix(1);
        }
    }

    bool bad() const { return bad_; }

    // False at the end, or when what follows is no step (then bad()).
    bool step()
    {
        if (bad_ || rest_.empty()) {
            return false;
        }
        size_ = 0;
        bad_ = !(pointer_          ? pointer_step()
                 : rest_[0] == '.' ? dot_step()
                                   : bracket_step());
        return !bad_;
    }

    JsonValue from(JsonValue value) const
    {
        if (value.is_array() && may_be_index_) {
            return value.at(index());
        }
        if (value.is_object() && may_be_name_) {
            return value[std::string_view(name_, size_)];
        }
        return {};
    }

  private:
    bool put(char c)
    {
        if (size_ == kMaxStep) {
            return false;
        }
        name_[size_++] = c;
        return true;
    }

    bool put(std::string_view text)
    {
        for (char c : text) {
            if (!put(c)) {
                return false;
            }
        }
        return true;
    }

    bool is_index() const
    {
        if (size_ == 0 || size_ > 9 || (size_ > 1 && name_[0] == '0')) {
            return false;
        }
        return std::string_view(name_, size_).find_first_not_of("0123456789") ==
               npos;
    }

    size_t index() const
    {
        size_t value = 0;
        for (char c : std::string_view(name_, size_)) {
            value = value * 10 + static_cast<size_t>(c - '0');
        }
        return value;
    }

    bool pointer_step()
    {
        size_t end = rest_.find('/', 1);
        std::string_view raw = rest_.substr(1, end == npos ? npos : end - 1);
        rest_.remove_prefix(raw.size() + 1);
        for (size_t i = 0; i < raw.size(); i++) {
            char c = raw[i];
            if (c == '~') {
                char code = ++i < raw.size() ? raw[i] : '\0';
                if (code != '0' && code != '1') {
                    return false;
                }
                c = code == '0' ? '~' : '/';
            }
            if (!put(c)) {
                return false;
            }
        }
        may_be_name_ = true;
        may_be_index_ = is_index();
        return raw != "-";
    }

    bool dot_step()
    {
        size_t end = rest_.find_first_of(".[", 1);
        std::string_view name = rest_.substr(1, end == npos ? npos : end - 1);
        rest_.remove_prefix(name.size() + 1);
        may_be_name_ = true;
        may_be_index_ = false;
        return !name.empty() && name != "*" &&
               name.find_first_of("]'\"()? ") == npos && put(name);
    }

    bool bracket_step()
    {
        if (rest_[0] != '[' || rest_.size() < 3) {
            return false;
        }
        char quote = rest_[1];
        may_be_name_ = quote == '\'' || quote == '"';
        may_be_index_ = !may_be_name_;
        size_t begin = may_be_name_ ? 2 : 1;
        size_t end = rest_.find(may_be_name_ ? quote : ']', begin);
        size_t close = end == npos ? npos : end + (may_be_name_ ? 1 : 0);
        if (close >= rest_.size() || rest_[close] != ']') {
            return false;
        }
        bool fits = put(rest_.substr(begin, end - begin));
        rest_.remove_prefix(close + 1);
        return fits && (may_be_name_ || is_index());
    }

    std::string_view rest_;
    bool pointer_ = false;
    bool bad_ = false;
    bool may_be_name_ = false;
    bool may_be_index_ = false;
    size_t size_ = 0;
    char name_[kMaxStep];
};

}  // namespace

JsonValue value_at(JsonValue root, std::string_view path, bool* missing)
{
    if (path.empty()) {
        return {};
    }
    Walker walker(path);
    JsonValue value = root;
    bool met_null = false;
    while (walker.step()) {
        met_null = met_null || value.kind() == Kind::kNull;
        value = walker.from(value);
    }
    value = walker.bad() ? JsonValue() : value;
    if (missing != nullptr) {
        *missing = value.is_missing() && !met_null;
    }
    return value;
}

Outcome check_path(std::string_view path)
{
    if (path.empty()) {
        return Done{};
    }
    Walker walker(path);
    size_t steps = 0;
    while (walker.step()) {
        steps++;
    }
    if (walker.bad() || steps > kMaxDepth) {
        return Fault::kBadPath;
    }
    return Done{};
}

}  // namespace onair::source
