// What an event stream over HTTP/2 sends once its head has left: DATA frames of
// our own around the shared bytes, past nginx's filters and their buffers.
//
// A sole stream whose connection has nothing else to say is written to at once.
// Otherwise the frame goes into nginx's queue, and all that is queued there in
// one turn of the loop leaves in one record of TLS. Windows of stream and
// connection are nginx's and kept as nginx keeps them; what does not fit is cut
// into pieces, one of which is queued at a time.
//
// Used by SseRequest, which owns one; called by nginx through the frame.
#pragma once

#include "ngx_module/base/frame.h"
#include "ngx_module/http2/layout.h"

namespace onair::ngx {

class OwnFrames {
  public:
    OwnFrames() = default;
    ~OwnFrames();
    OwnFrames(const OwnFrames&) = delete;
    OwnFrames& operator=(const OwnFrames&) = delete;

    enum class Sent : uint8_t {
        kAll,      // nothing is under way
        kQueued,   // in nginx's queue, which is about to be written
        kBlocked,  // waits for the client: a window, or room in its socket
        kFailed,   // the connection has failed
    };

    // Whether the request is a stream that nginx itself has nothing left of.
    static bool can_begin(const ngx_http_request_t* r);

    // Sends the bytes; `last`: and ends the stream. Only when not busy().
    Sent send(ngx_http_request_t* r, const FramePtr& bytes, bool last) noexcept;
    // The next piece, after a piece has left or a window has opened.
    Sent go_on(ngx_http_request_t* r) noexcept;
    bool busy() const { return static_cast<bool>(bytes_); }
    // The write handler of the request is to be called once what is under way
    // has left; else nobody is told.
    void wake_when_sent() { wake_ = true; }
    // The request ends: takes back what nginx has not begun to send.
    void abandon(ngx_http_request_t* r) noexcept;

  private:
    struct Piece;

    Sent send_at_once(ngx_http_request_t* r, size_t size) noexcept;
    Sent keep_unsent(ngx_http_request_t* r, size_t size, size_t sent) noexcept;
    Sent enqueue(ngx_http_request_t* r, size_t size) noexcept;
    Piece* make_piece(ngx_http_request_t* r, size_t size) noexcept;
    void note_sent(ngx_http_v2_stream_t* stream, size_t size,
                   bool fin) noexcept;
    bool all_cut() const;
    void piece_left(ngx_http_v2_stream_t* stream) noexcept;

    FramePtr bytes_;
    Piece* piece_ = nullptr;  // in nginx's queue
    uint32_t at_ = 0;         // so much has been cut off
    bool last_ = false;
    bool wake_ = false;
};

// Frees the 16 KB in which nginx collects records of TLS, where nothing is in
// them; nginx takes them again when it needs them.
void free_record_buffer(ngx_connection_t* c) noexcept;

}  // namespace onair::ngx
