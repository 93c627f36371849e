// Numbers and texts as bytes that every machine reads the same: little-endian,
// whatever the machine is.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/utf8.h"

namespace onair::engine {

// Into memory that is known to be enough.
class Packer {
  public:
    explicit Packer(Bytes out) : out_(out) {}
    void number(uint64_t value, size_t bytes)
    {
        for (size_t i = 0; i < bytes; i++) {
            out_[at_++] = static_cast<uint8_t>(value >> (8 * i));
        }
    }
    void text(std::string_view text)
    {
        copy_bytes(out_.data() + at_, text.data(), text.size());
        at_ += text.size();
    }
    // With its length in front.
    void sized(std::string_view text)
    {
        number(text.size(), 2);
        this->text(text);
    }
    ConstBytes all() const { return out_.first(at_); }

  private:
    Bytes out_;
    size_t at_ = 0;
};

// What is beyond the end is 0 and empty, and good() false from then on.
class Unpacker {
  public:
    explicit Unpacker(ConstBytes bytes) : bytes_(bytes) {}
    uint64_t number(size_t bytes)
    {
        if (bytes_.size() - at_ < bytes) {
            good_ = false;
            return 0;
        }
        uint64_t value = 0;
        for (size_t i = 0; i < bytes; i++) {
            value |= uint64_t{bytes_[at_++]} << (8 * i);
        }
        return value;
    }
    std::string_view text(size_t size)
    {
        if (bytes_.size() - at_ < size) {
            good_ = false;
            return {};
        }
        at_ += size;
        std::string_view text = text_of(bytes_.subspan(at_ - size, size));
        good_ = good_ && is_utf8(text);
        return text;
    }
    std::string_view sized(size_t most)
    {
        size_t size = number(2);
        good_ = good_ && size <= most;
        return good_ ? text(size) : std::string_view();
    }
    bool good() const { return good_; }
    bool whole() const { return good_ && at_ == bytes_.size(); }

  private:
    ConstBytes bytes_;
    size_t at_ = 0;
    bool good_ = true;
};

}  // namespace onair::engine
