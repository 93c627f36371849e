#include "encoder/now_playing_original.h"

#include <algorithm>
#include <charconv>

#include "encoder/number.h"

namespace onair::encoder {

namespace {

constexpr size_t npos = std::string_view::npos;

bool is_mark(char c)
{
    return c >= static_cast<char>(Mark::kElapsed) &&
           c <= static_cast<char>(Mark::kStation);
}

// What stands between two marks of a kind.
std::string_view between(std::string_view text, Mark mark)
{
    size_t from = text.find(static_cast<char>(mark));
    size_t to = from == npos ? npos : text.find(text[from], from + 1);
    return to == npos ? std::string_view()
                      : text.substr(from + 1, to - from - 1);
}

int64_t whole_number(std::string_view text)
{
    int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return std::clamp<int64_t>(value, 0, int64_t{1} << 40);
}

class Teller {
  public:
    Teller(Writer& out, const slot::State& state, const View& view, bool pushed)
        : out_(out), state_(state), pushed_(pushed)
    {
        std::string_view text = state.original.text;
        elapsed_ = whole_number(between(text, Mark::kElapsed));
        remaining_ = whole_number(between(text, Mark::kRemaining));
        since_ = std::max<int64_t>(view.clock - state.original.said, 0) / 1000;
    }

    void tell()
    {
        std::string_view rest = state_.original.text;
        for (;;) {
            size_t plain = 0;
            while (plain < rest.size() && !is_mark(rest[plain])) {
                plain++;
            }
            out_.put(rest.substr(0, plain));
            if (plain == rest.size()) {
                return;
            }
            auto mark = static_cast<Mark>(rest[plain]);
            rest.remove_prefix(plain + 1);
            size_t size = value(mark, rest);
            rest.remove_prefix(size);
        }
    }

  private:
    // Writes what takes the place of a mark; returns how much of what follows
    // is said with that.
    size_t value(Mark mark, std::string_view rest)
    {
        if (mark == Mark::kStation) {
            return 0;
        }
        if (mark == Mark::kCache) {
            out_.put(pushed_ ? "\"event\"" : "null");
            return 0;
        }
        size_t size = rest.find(static_cast<char>(mark));
        if (size == npos) {
            return 0;
        }
        if (mark == Mark::kOnline) {
            bool off = state_.at.status == Status::kOffline;
            out_.put(off ? std::string_view("false") : rest.substr(0, size));
        } else {
            put_time(mark);
        }
        return size + 1;
    }

    void put_time(Mark mark)
    {
        const Track* now = state_.now();
        bool ends = remaining_ > 0 || (now != nullptr && now->duration_ms > 0);
        int64_t left = std::max<int64_t>(remaining_ - since_, 0);
        int64_t gone = elapsed_ + since_;
        if (ends) {
            gone = std::min(gone, elapsed_ + remaining_);
        }
        write_unsigned(
            out_, static_cast<uint64_t>(mark == Mark::kElapsed ? gone : left));
    }

    Writer& out_;
    const slot::State& state_;
    bool pushed_;
    int64_t elapsed_;
    int64_t remaining_;
    int64_t since_;
};

}  // namespace

bool can_be_told(const Original& original)
{
    return !original.text.empty() &&
           std::all_of(original.text.begin(), original.text.end(), [](char c) {
               return static_cast<uint8_t>(c) >= 0x20 || is_mark(c);
           });
}

void write_original(Writer& out, const slot::State& state, const View& view,
                    bool pushed)
{
    Teller(out, state, view, pushed).tell();
}

std::string_view own_station(const Original& original)
{
    return can_be_told(original) ? between(original.text, Mark::kStation)
                                 : std::string_view();
}

uint32_t own_station_number(const Original& original)
{
    // Its first member in AzuraCast's order; those of mounts come later.
    constexpr std::string_view kName = "{\"id\":";
    std::string_view station = own_station(original);
    if (!station.starts_with(kName)) {
        return 0;
    }
    int64_t number = whole_number(station.substr(kName.size(), 20));
    return number > UINT32_MAX ? 0 : static_cast<uint32_t>(number);
}

}  // namespace onair::encoder
