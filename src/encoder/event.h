// Server-sent events (HTML standard, section 9.2), bare for HTTP/2 and HTTP/3
// and as ready chunks (RFC 9112 section 7.1) for HTTP/1.1 connections that
// gave their request back.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"

namespace onair::encoder {

// "id: ID\ndata: TEXT\n\n"; line breaks inside the text become further data:
// lines, so that they cannot break the framing. `name` adds "event: NAME".
void write_event(Writer& out, std::string_view id, std::string_view name,
                 std::string_view text);
// "retry: MS\n": a line of the block that follows. Clients heed it when a blank
// line has ended that; a block of nothing else is an event without data to
// some.
void write_retry(Writer& out, uint32_t retry_ms);
// ":\n": for the same reason without a blank line.
void write_comment(Writer& out);

// Wraps what `body` holds as one chunk: "SIZE\r\n" BODY "\r\n".
void write_chunk(Writer& out, std::string_view body);
// "0\r\n\r\n"
std::string_view last_chunk();

}  // namespace onair::encoder
