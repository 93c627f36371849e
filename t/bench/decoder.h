// From the bytes of one connection to messages: the answer's head, WebSocket
// frames, server-sent events, whole HTTP answers. Trusts nothing, but gives up
// (malformed) rather than recovers: it judges servers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "options.h"

namespace onair::bench {

// What the decoder found; the views die with the next feed().
class Listener {
  public:
    virtual void on_open() = 0;  // the head came and says yes
    virtual void on_text(std::string_view text) = 0;
    virtual void on_ping(std::string_view text) = 0;
    // A whole answer to a long poll or a GET; text is empty for a 304.
    virtual void on_answer(int status, std::string_view head) = 0;
    virtual void on_malformed() = 0;
    virtual void on_goodbye() = 0;  // close frame

  protected:
    ~Listener() = default;
};

class Decoder {
  public:
    // Bytes as they came, cut anywhere.
    void feed(std::string_view bytes, Transport transport, Listener& to);
    void reset();
    // What comes are events, without a head.
    void be_open() { open_ = true; }

  private:
    std::size_t take(std::string_view in, Transport transport, Listener& to);
    std::size_t take_head(std::string_view in, Transport t, Listener& to);
    std::size_t take_frame(std::string_view in, Listener& to);
    std::size_t take_chunk(std::string_view in, Listener& to);
    std::size_t take_events(std::string_view in, Listener& to);
    std::size_t take_answer(std::string_view in, Listener& to);

    bool open_ = false;
    bool chunked_ = false;
    bool deflated_ = false;
    bool broken_ = false;
    std::string rest_;    // an unfinished part of the stream
    std::string events_;  // an unfinished event inside finished chunks
};

// The value of a header in an answer's head, without blanks; empty: absent.
std::string_view header(std::string_view head, std::string_view name);

}  // namespace onair::bench
