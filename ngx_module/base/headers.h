// Request headers as the core's views, response headers and whole answers.
#pragma once

#include <string_view>

#include "ngx_module/base/frame.h"
#include "ngx_module/base/ngx.h"
#include "subscriber/request.h"

namespace onair::ngx {

// Copies the value into the request's pool; the name is a literal. nullptr
// without memory.
ngx_table_elt_t* add_header(ngx_http_request_t* r, std::string_view name,
                            std::string_view value);
// The same of a value that stays where it is at least as long as the request:
// a literal, or bytes of its pool.
ngx_table_elt_t* add_lasting(ngx_http_request_t* r, std::string_view name,
                             std::string_view value);

// Cache-Control. The value is a literal. nginx's `expires` puts its own in the
// place of kYielding, as in that of an upstream's; of an answer that is for one
// client only (kFirm) it changes nothing and adds nothing. False without
// memory.
enum class Caching { kYielding, kFirm };
bool add_caching(ngx_http_request_t* r, std::string_view value,
                 Caching caching);

// The parts of a request that the core decides by; views of the request.
void read_request(ngx_http_request_t* r, subscriber::Request* out);

// Whether a location is given by a prefix of URIs: not by a regular expression
// or as @name.
bool has_prefix(const ngx_http_core_loc_conf_t* core);

// What follows the location's prefix in the URI, without slashes in front: the
// station where nothing else names it. Nothing where the URI has another one by
// now. A view of the request.
std::string_view rest_of_uri(const ngx_http_request_t* r,
                             const ngx_http_core_loc_conf_t* core);

// The media type of the answer, and what belongs to it; a literal, or empty
// for none.
void set_type(ngx_http_request_t* r, std::string_view type);

// A value of headers_out.content_encoding. A compressor would hold back what is
// sent, or announce what it never gets to see. Each leaves alone what has an
// encoding already; one that is not among the headers is not sent.
ngx_table_elt_t* uncompressed();

// Sends the head that is ready and the first of the body in one piece, which
// saves a system call and a packet. The frames are kept as long as the request;
// without any the head is sent alone. For those who write to the connection
// themselves afterwards: no filter of bodies (sub_filter, charset, chunks) sees
// the first bytes either.
ngx_int_t send_head_with(ngx_http_request_t* r, const FramePtr& hello,
                         const FramePtr& first);

// As nginx discards a request's body that nobody wants. What is still to come
// of it is left to the lingering close where a post_action runs first: that
// takes one of the request's two references, and the end of the body the other
// under its feet.
ngx_int_t discard_body(ngx_http_request_t* r);

// A whole answer with one line of text; discards the request's body.
ngx_int_t answer_text(ngx_http_request_t* r, ngx_uint_t status,
                      std::string_view text);
// A whole answer whose body is a frame (kept until it is sent) or bytes of
// the request's pool.
ngx_int_t answer(ngx_http_request_t* r, ngx_uint_t status,
                 std::string_view type, std::string_view body);
ngx_int_t answer_frame(ngx_http_request_t* r, ngx_uint_t status,
                       std::string_view type, const FramePtr& frame);

}  // namespace onair::ngx
