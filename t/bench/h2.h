// One side of HTTP/2, as far as a crowd of event streams needs it: the request
// of each stream with the fields a browser has, and the frames that come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace onair::bench {

// What came; streams are counted from 0.
class H2Listener {
  public:
    virtual void on_stream_open(std::size_t stream) = 0;  // :status 200
    virtual void on_data(std::size_t stream, std::string_view bytes) = 0;
    virtual void on_h2_end() = 0;  // a stream or all of it is over

  protected:
    ~H2Listener() = default;
};

class H2 {
  public:
    // What the connection begins with, then the requests of so many streams.
    static std::string hello(std::size_t streams, std::string_view scheme,
                             std::string_view host, std::string_view path);
    // Bytes as they came, cut anywhere. What is to be said to them is added to
    // `answers`. False where they are no HTTP/2.
    bool feed(std::string_view bytes, H2Listener& to, std::string& answers);
    void reset() { *this = H2(); }

  private:
    bool take_frame(std::string_view payload, H2Listener& to,
                    std::string& answers);

    std::string rest_;  // of a frame's head, or of a frame that is not DATA
    std::uint32_t left_ = 0;  // of a DATA frame
    std::uint32_t stream_ = 0;
    std::uint8_t kind_ = 0;
    std::uint8_t flags_ = 0;
};

}  // namespace onair::bench
