#include "ngx_module/http2/own_frames.h"

#include <cstddef>

#include "ngx_module/base/freelist.h"

namespace onair::ngx {

void free_record_buffer(ngx_connection_t* c) noexcept
{
#if (NGX_HTTP_SSL)
    if (c->ssl == nullptr || c->buffered) {
        return;
    }
    const ngx_buf_t* buf = c->ssl->buf;
    if (buf != nullptr && buf->start != nullptr && buf->pos == buf->last) {
        ngx_ssl_free_buffer(c);
    }
#else
    (void)c;
#endif
}

#if (NGX_HTTP_V2 && nginx_version >= 1022000 && nginx_version <= 1031005)

namespace {

constexpr size_t kHead = NGX_HTTP_V2_FRAME_HEADER_SIZE;
// A record of TLS, which is what goes at once.
constexpr size_t kAtOnce = 16384;

u_char g_scratch[kAtOnce];

void write_head(u_char* at, size_t size, bool fin, ngx_uint_t stream)
{
    at[0] = static_cast<u_char>(size >> 16);
    at[1] = static_cast<u_char>(size >> 8);
    at[2] = static_cast<u_char>(size);
    at[3] = NGX_HTTP_V2_DATA_FRAME;
    at[4] = fin ? NGX_HTTP_V2_END_STREAM_FLAG : NGX_HTTP_V2_NO_FLAG;
    at[5] = static_cast<u_char>(stream >> 24);
    at[6] = static_cast<u_char>(stream >> 16);
    at[7] = static_cast<u_char>(stream >> 8);
    at[8] = static_cast<u_char>(stream);
}

// Of a write that may not be taken whole nginx repeats the beginning out of its
// own buffer.
size_t most_at_once(const ngx_connection_t* c)
{
#if (NGX_HTTP_SSL)
    if (c->ssl != nullptr) {
#ifdef SSL_READ_EARLY_DATA_SUCCESS
        if (c->ssl->in_early) {
            return 0;
        }
#endif
        return ngx_min(c->ssl->buffer_size, kAtOnce);
    }
#else
    (void)c;
#endif
    return kAtOnce;
}

// The event of a stream's write handler, as nginx posts it.
void wake_stream(ngx_http_v2_stream_t* stream)
{
    ngx_event_t* write = stream->request->connection->write;
    write->active = 0;
    write->ready = 1;
    ngx_post_event(write, &ngx_posted_events);
}

void will_be_woken(ngx_http_v2_stream_t* stream)
{
    ngx_event_t* write = stream->request->connection->write;
    write->active = 1;
    write->ready = 0;
}

// As ngx_http_v2_waiting_queue(): those before us are served before us.
void wait_for_connection(ngx_http_v2_connection_t* h2c,
                         ngx_http_v2_stream_t* stream)
{
    if (stream->waiting) {
        return;
    }
    stream->waiting = 1;
    ngx_queue_t* q = ngx_queue_last(&h2c->waiting);
    for (; q != ngx_queue_sentinel(&h2c->waiting); q = ngx_queue_prev(q)) {
        const auto* other = ngx_queue_data(q, ngx_http_v2_stream_t, queue);
        if (other->node->rank < stream->node->rank ||
            (other->node->rank == stream->node->rank &&
             other->node->rel_weight >= stream->node->rel_weight)) {
            break;
        }
    }
    ngx_queue_insert_after(q, &stream->queue);
}

// Bytes of a window that is given back may be waited for.
void give_window_back(ngx_http_v2_connection_t* h2c, size_t size)
{
    bool was_empty = h2c->send_window == 0;
    h2c->send_window += size;
    while (was_empty && size > 0 && !ngx_queue_empty(&h2c->waiting)) {
        ngx_queue_t* q = ngx_queue_head(&h2c->waiting);
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a ring
        ngx_queue_remove(q);
        auto* stream = ngx_queue_data(q, ngx_http_v2_stream_t, queue);
        stream->waiting = 0;
        wake_stream(stream);
    }
}

void write_soon(ngx_connection_t* c)
{
    if (c->write->ready) {
        ngx_post_event(c->write, &ngx_posted_events);
    }
}

}  // namespace

// One DATA frame in nginx's queue.
struct OwnFrames::Piece {
    ngx_http_v2_out_frame_t frame;
    OwnFrames* owner;
    ngx_chain_t links[2];
    ngx_buf_t head;
    ngx_buf_t body;
    u_char bytes[kHead];

    static ngx_int_t on_sent(ngx_http_v2_connection_t* h2c,
                             ngx_http_v2_out_frame_t* frame) noexcept;
};

// Called by nginx, when it has written something of it.
ngx_int_t OwnFrames::Piece::on_sent(ngx_http_v2_connection_t* h2c,
                                    ngx_http_v2_out_frame_t* frame) noexcept
{
    static_assert(std::is_standard_layout_v<Piece>);
    static_assert(offsetof(Piece, frame) == 0);
    // SAFETY: the frame is the first member of a Piece, which is of standard
    // layout; only frames of Pieces have this handler.
    auto* piece = reinterpret_cast<Piece*>(frame);
    if (piece->head.pos != piece->head.last) {
        return NGX_AGAIN;
    }
    if (piece->body.pos != piece->body.last) {
        frame->first = &piece->links[1];
        return NGX_AGAIN;
    }
    OwnFrames* owner = piece->owner;
    ngx_http_v2_stream_t* stream = frame->stream;
    owner->note_sent(stream, frame->length, frame->fin != 0);
    stream->queued--;
    owner->piece_ = nullptr;
    Freelist::give(piece);

    ngx_connection_t* c = h2c->connection;
    if (c->buffered) {
        // OpenSSL may take a part and leave nobody who writes the rest.
        write_soon(c);
    } else {
        free_record_buffer(c);
    }
    owner->piece_left(stream);
    return NGX_OK;
}

OwnFrames::~OwnFrames()
{
    // nginx has dropped its queue, or there is nothing there.
    if (piece_ != nullptr) {
        Freelist::give(piece_);
    }
}

bool OwnFrames::can_begin(const ngx_http_request_t* r)
{
    const ngx_http_v2_stream_t* stream = r->stream;
    const ngx_connection_t* fc = r->connection;
    return stream != nullptr && r == r->main && stream->queued == 0 &&
           !stream->waiting && !stream->out_closed && r->out == nullptr &&
           !r->buffered && !fc->buffered && !fc->error &&
           r->postponed == nullptr && !fc->write->delayed;
}

bool OwnFrames::all_cut() const
{
    return at_ == bytes_->size();
}

void OwnFrames::note_sent(ngx_http_v2_stream_t* stream, size_t size,
                          bool fin) noexcept
{
    ngx_http_v2_connection_t* h2c = stream->connection;
    auto all = static_cast<off_t>(kHead + size);
    stream->request->connection->sent += all;
    stream->request->header_size += kHead;
    h2c->total_bytes += all;
    h2c->payload_bytes += static_cast<off_t>(size);
    if (fin) {
        stream->out_closed = 1;
    }
}

// Nothing may be queued here: nginx is about to replace its queue.
void OwnFrames::piece_left(ngx_http_v2_stream_t* stream) noexcept
{
    bool whole = all_cut();
    if (whole) {
        bytes_.reset();
    }
    if (wake_ || !whole || stream->request->connection->error) {
        wake_ = false;
        if (!stream->waiting) {
            wake_stream(stream);
        }
    }
}

OwnFrames::Sent OwnFrames::send(ngx_http_request_t* r, const FramePtr& bytes,
                                bool last) noexcept
{
    if (bytes->size() == 0 && !last) {
        return Sent::kAll;
    }
    bytes_ = bytes;
    at_ = 0;
    last_ = last;
    const ngx_http_v2_stream_t* stream = r->stream;
    const ngx_http_v2_connection_t* h2c = stream->connection;
    const ngx_connection_t* c = h2c->connection;
    size_t size = bytes->size();
    if (h2c->processing == 1 && h2c->last_out == nullptr && !c->buffered &&
        c->write->ready && !h2c->blocked && !c->error &&
        size + kHead <= most_at_once(c) && size <= h2c->frame_size &&
        size <= h2c->send_window &&
        static_cast<ssize_t>(size) <= stream->send_window) {
        return send_at_once(r, size);
    }
    return go_on(r);
}

OwnFrames::Sent OwnFrames::send_at_once(ngx_http_request_t* r,
                                        size_t size) noexcept
{
    ngx_http_v2_stream_t* stream = r->stream;
    ngx_http_v2_connection_t* h2c = stream->connection;
    ngx_connection_t* c = h2c->connection;
    write_head(g_scratch, size, last_, stream->node->id);
    ngx_memcpy(g_scratch + kHead, bytes_->data(), size);
    ssize_t n = c->send(c, g_scratch, kHead + size);
    if (n == NGX_ERROR) {
        c->error = 1;
        bytes_.reset();
        return Sent::kFailed;
    }
    stream->send_window -= static_cast<ssize_t>(size);
    h2c->send_window -= size;
    if (n == static_cast<ssize_t>(kHead + size)) {
        note_sent(stream, size, last_);
        bytes_.reset();
        return Sent::kAll;
    }
    return keep_unsent(r, size, n > 0 ? static_cast<size_t>(n) : 0);
}

// It was begun, or OpenSSL holds it: it leaves before anything else, from
// another address.
OwnFrames::Sent OwnFrames::keep_unsent(ngx_http_request_t* r, size_t size,
                                       size_t sent) noexcept
{
    ngx_http_v2_connection_t* h2c = r->stream->connection;
    ngx_connection_t* c = h2c->connection;
    Piece* piece = make_piece(r, size);
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    if (piece == nullptr || ngx_handle_write_event(c->write, 0) != NGX_OK) {
        if (piece != nullptr) {
            Freelist::give(piece);
        }
        c->error = 1;
        bytes_.reset();
        return Sent::kFailed;
    }
#if (NGX_HTTP_SSL)
    if (c->ssl != nullptr) {
        SSL_set_mode(c->ssl->connection, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
#endif
    size_t of_head = ngx_min(sent, kHead);
    piece->head.pos += of_head;
    piece->body.pos += sent - of_head;
    piece->frame.blocked = 1;
    ngx_http_v2_queue_blocked_frame(h2c, &piece->frame);
    r->stream->queued++;
    piece_ = piece;
    at_ = static_cast<uint32_t>(size);
    if (!c->write->ready) {
        ngx_add_timer(c->write, core->send_timeout);
    }
    write_soon(c);
    return Sent::kBlocked;
}

OwnFrames::Piece* OwnFrames::make_piece(ngx_http_request_t* r,
                                        size_t size) noexcept
{
    // Each change takes one a stream, and gives all of them back.
    static Freelist list(sizeof(Piece), 32);
    auto* piece = static_cast<Piece*>(list.take());
    if (piece == nullptr) {
        return nullptr;
    }
    ngx_memzero(piece, sizeof(Piece));
    bool fin = last_ && at_ + size == bytes_->size();
    write_head(piece->bytes, size, fin, r->stream->node->id);
    piece->owner = this;
    piece->head.start = piece->head.pos = piece->bytes;
    piece->head.end = piece->head.last = piece->bytes + kHead;
    piece->head.memory = 1;
    piece->body.start = piece->body.pos = bytes_->data() + at_;
    piece->body.end = piece->body.last = piece->body.pos + size;
    piece->body.memory = 1;
    piece->body.flush = 1;
    piece->body.last_buf = fin ? 1 : 0;
    piece->links[0] = {&piece->head, &piece->links[1]};
    piece->links[1] = {&piece->body, nullptr};
    piece->frame.first = &piece->links[0];
    piece->frame.last = &piece->links[1];
    piece->frame.handler = Piece::on_sent;
    piece->frame.stream = r->stream;
    piece->frame.length = size;
    piece->frame.fin = fin ? 1 : 0;
    return piece;
}

OwnFrames::Sent OwnFrames::go_on(ngx_http_request_t* r) noexcept
{
    if (piece_ != nullptr || !bytes_) {
        return bytes_ ? Sent::kQueued : Sent::kAll;
    }
    ngx_http_v2_stream_t* stream = r->stream;
    ngx_http_v2_connection_t* h2c = stream->connection;
    if (h2c->connection->error) {
        bytes_.reset();
        return Sent::kFailed;
    }
    size_t size = bytes_->size() - at_;
    if (size > 0 && stream->send_window <= 0) {
        stream->exhausted = 1;
        will_be_woken(stream);
        return Sent::kBlocked;
    }
    if (size > 0 && h2c->send_window == 0) {
        wait_for_connection(h2c, stream);
        will_be_woken(stream);
        return Sent::kBlocked;
    }
    if (size > 0) {
        size = ngx_min(size, h2c->frame_size);
        size = ngx_min(size, h2c->send_window);
        size = ngx_min(size, static_cast<size_t>(stream->send_window));
    }
    return enqueue(r, size);
}

OwnFrames::Sent OwnFrames::enqueue(ngx_http_request_t* r, size_t size) noexcept
{
    ngx_http_v2_stream_t* stream = r->stream;
    ngx_http_v2_connection_t* h2c = stream->connection;
    Piece* piece = make_piece(r, size);
    if (piece == nullptr) {
        bytes_.reset();
        return Sent::kFailed;
    }
    ngx_http_v2_queue_frame(h2c, &piece->frame);
    stream->queued++;
    stream->send_window -= static_cast<ssize_t>(size);
    h2c->send_window -= size;
    piece_ = piece;
    at_ += static_cast<uint32_t>(size);
    bool ready = h2c->connection->write->ready != 0;
    write_soon(h2c->connection);
    return ready ? Sent::kQueued : Sent::kBlocked;
}

void OwnFrames::abandon(ngx_http_request_t* r) noexcept
{
    ngx_http_v2_stream_t* stream = r->stream;
    if (stream == nullptr) {
        return;
    }
    ngx_http_v2_connection_t* h2c = stream->connection;
    if (stream->waiting) {
        stream->waiting = 0;
        ngx_queue_remove(&stream->queue);
    }
    if (piece_ == nullptr) {
        bytes_.reset();
        return;
    }
    // What was begun has to be finished, and then ends the stream.
    wake_ = true;
    at_ = static_cast<uint32_t>(bytes_->size());
    ngx_http_v2_out_frame_t** place = &h2c->last_out;
    while (*place != nullptr && *place != &piece_->frame) {
        place = &(*place)->next;
    }
    if (*place == nullptr || piece_->frame.blocked) {
        return;
    }
    *place = piece_->frame.next;
    stream->queued--;
    size_t size = piece_->frame.length;
    Freelist::give(piece_);
    piece_ = nullptr;
    bytes_.reset();
    give_window_back(h2c, size);
}

#else

struct OwnFrames::Piece {};

OwnFrames::~OwnFrames() = default;

bool OwnFrames::can_begin(const ngx_http_request_t*)
{
    return false;
}

OwnFrames::Sent OwnFrames::send(ngx_http_request_t*, const FramePtr&,
                                bool) noexcept
{
    return Sent::kFailed;
}

OwnFrames::Sent OwnFrames::go_on(ngx_http_request_t*) noexcept
{
    return Sent::kFailed;
}

void OwnFrames::abandon(ngx_http_request_t*) noexcept {}

#endif

}  // namespace onair::ngx
