#include "engine/resp.h"

#include "encoder/number.h"

namespace onair::engine {

namespace {

// [-]digits of at most 18: no more than any length or number of ours.
Result<int64_t> read_signed(std::string_view text)
{
    bool minus = text.starts_with('-');
    text.remove_prefix(minus || text.starts_with('+') ? 1 : 0);
    if (text.empty() || text.size() > 18) {
        return Fault::kUnknownFormat;
    }
    int64_t value = 0;
    for (char c : text) {
        if (c < '0' || c > '9') {
            return Fault::kUnknownFormat;
        }
        value = value * 10 + (c - '0');
    }
    return minus ? -value : value;
}

Outcome read_text(std::string_view rest, int64_t size, Item* item, size_t* used)
{
    if (size < -1) {
        return Fault::kUnknownFormat;
    }
    if (size == -1) {
        item->type = Type::kNull;
        return Done();
    }
    auto length = static_cast<uint64_t>(size);
    if (length > kMaxText) {
        return Fault::kTooLarge;
    }
    if (rest.size() < length + 2) {
        return Fault::kIncomplete;
    }
    if (rest.substr(length, 2) != "\r\n") {
        return Fault::kUnknownFormat;
    }
    item->type = Type::kText;
    item->text = rest.substr(0, length);
    *used += length + 2;
    return Done();
}

Outcome read_elements(Type type, int64_t count, Item* item)
{
    if (count == -1 && type == Type::kArray) {
        item->type = Type::kNull;
        return Done();
    }
    if (count < 0) {
        return Fault::kUnknownFormat;
    }
    item->type = type;
    item->count = static_cast<uint64_t>(count);
    if (item->count > kMaxElements) {
        return Fault::kTooMany;
    }
    item->count *= type == Type::kMap ? 2 : 1;
    return Done();
}

// What follows the line is at `rest`.
Outcome read_item(char kind, std::string_view line, std::string_view rest,
                  Item* item, size_t* used)
{
    item->text = line;
    switch (kind) {
        case '+':
            item->type = Type::kText;
            return Done();
        case '-':
            item->type = Type::kError;
            return Done();
        case '_':
            item->type = Type::kNull;
            return line.empty() ? Outcome(Done()) : Fault::kUnknownFormat;
        case ',':
        case '#':
        case '(':
            item->type = Type::kOther;
            return Done();
        default:
            break;
    }
    Result<int64_t> number = read_signed(line);
    if (!number.ok()) {
        return number.fault();
    }
    item->text = {};
    switch (kind) {
        case ':':
            item->type = Type::kNumber;
            item->number = *number;
            return Done();
        case '$':
        case '=':
            return read_text(rest, *number, item, used);
        case '*':
        case '~':
            return read_elements(Type::kArray, *number, item);
        case '%':
            return read_elements(Type::kMap, *number, item);
        case '>':
            return read_elements(Type::kPush, *number, item);
        default:
            return Fault::kUnknownFormat;
    }
}

}  // namespace

// Sets where the item stands and goes to where the next one does.
void Walker::step(Item* item)
{
    item->depth = depth_;
    item->index = depth_ > 0 ? levels_[depth_ - 1].index++ : 0;
    if (item->count > 0) {
        levels_[depth_++] = {item->count, 0};
        return;
    }
    while (depth_ > 0 &&
           levels_[depth_ - 1].index == levels_[depth_ - 1].count) {
        depth_--;
    }
    item->last = depth_ == 0;
}

Result<Item> Walker::next(std::string_view in, size_t* used)
{
    size_t end = in.substr(0, kMaxLine).find("\r\n");
    *used = 0;
    if (end == std::string_view::npos) {
        return in.size() >= kMaxLine ? Fault::kTooLarge : Fault::kIncomplete;
    }
    if (end == 0) {
        return Fault::kUnknownFormat;
    }
    Item item;
    size_t taken = end + 2;
    Outcome read = read_item(in[0], in.substr(1, end - 1), in.substr(taken),
                             &item, &taken);
    if (!read.ok()) {
        return read.fault();
    }
    if (item.count > 0 && depth_ == kMaxNesting) {
        return Fault::kTooDeep;
    }
    *used = taken;
    step(&item);
    return item;
}

size_t most_command(std::span<const std::string_view> words)
{
    size_t size = 16;
    for (std::string_view word : words) {
        size += word.size() + 28;
    }
    return size;
}

void write_command(Writer& out, std::span<const std::string_view> words)
{
    out.put('*');
    encoder::write_unsigned(out, words.size());
    out.put("\r\n");
    for (std::string_view word : words) {
        out.put('$');
        encoder::write_unsigned(out, word.size());
        out.put("\r\n");
        out.put(word);
        out.put("\r\n");
    }
}

Result<uint64_t> read_number(std::string_view text)
{
    if (text.starts_with('-') || text.starts_with('+')) {
        return Fault::kBadRequest;
    }
    Result<int64_t> number = read_signed(text);
    return number.ok() ? Result<uint64_t>(static_cast<uint64_t>(*number))
                       : Result<uint64_t>(Fault::kBadRequest);
}

Result<uint32_t> read_epoch(std::string_view text)
{
    uint32_t epoch = 0;
    for (char c : text) {
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                           : -1;
        if (digit < 0 || text.size() != 8) {
            return Fault::kBadRequest;
        }
        epoch = epoch << 4 | static_cast<uint32_t>(digit);
    }
    return epoch != 0 ? Result<uint32_t>(epoch)
                      : Result<uint32_t>(Fault::kBadRequest);
}

}  // namespace onair::engine
