#!/usr/bin/env perl

# A WebSocket handshake with a fault is refused with a status and one line
# that says why; so is every other request that cannot be served.

use strict;
use warnings;

use Test::Nginx::Socket;

repeat_each(1);
no_long_string();
no_root_location();
workers(1);

our $Http = <<'END';
    onair_zone onair:1m;
END

our $Server = <<'END';
    location /live/ { onair; onair_origin same https://page.example; }
    location /strict/ { onair strict; }
    location = /by-argument { onair "$arg_s"; }
    location = /capped { onair rock; onair_connections zone-wide=1; }
    location = /echo { onair_echo; }
END

our %Right = (
    Host => 'radio.example',
    Upgrade => 'websocket',
    Connection => 'Upgrade',
    'Sec-WebSocket-Version' => 13,
    'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==',
);

# A handshake; undef leaves a header out, more lines come as they are.
sub handshake
{
    my ($first, $change, @lines) = @_;
    my %headers = (%Right, %{ $change // {} });
    return join '', "$first\r\n",
        (map { "$_: $headers{$_}\r\n" }
            grep { defined $headers{$_} } sort keys %headers),
        (map { "$_\r\n" } @lines), "\r\n";
}

# Every refusal closes or keeps the connection as HTTP says; the test does not
# wait for it.
add_block_preprocessor(
    sub {
        my ($block) = @_;
        $block->set_value('http_config', $Http);
        $block->set_value('config', $Server);
        $block->set_value('no_error_log', "[alert]\n[emerg]\n[crit]\n[error]")
            unless defined $block->no_error_log;
        $block->set_value('response_headers',
            'Content-Type: text/plain; charset=utf-8')
            unless defined $block->response_headers;
    });

plan tests => repeat_each() * blocks() * 7 + 3;

run_tests();

__DATA__

=== TEST 1: HTTP/1.0 has no WebSocket
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.0', { Connection => 'Upgrade' })
--- error_code: 400
--- response_body
a WebSocket needs HTTP/1.1

=== TEST 2: Upgrade without Connection
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1', { Connection => 'close' })
--- error_code: 400
--- response_body
Upgrade without "Connection: Upgrade"

=== TEST 3: no Connection at all
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1', { Connection => undef })
--- timeout: 1
--- abort
--- error_code: 400
--- response_body
Upgrade without "Connection: Upgrade"

=== TEST 4: another version is told which one is spoken
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1',
    { 'Sec-WebSocket-Version' => 8, Connection => 'Upgrade, close' })
--- error_code: 426
--- response_headers
Sec-WebSocket-Version: 13
--- response_body
Sec-WebSocket-Version must be 13

=== TEST 5: no version
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1',
    { 'Sec-WebSocket-Version' => undef, Connection => 'Upgrade, close' })
--- error_code: 426
--- response_headers
Upgrade: websocket
Connection: close, upgrade
--- response_body
Sec-WebSocket-Version must be 13

=== TEST 6: two versions at once
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1', { Connection => 'Upgrade, close' },
    'Sec-WebSocket-Version: 8')
--- error_code: 426
--- response_body
Sec-WebSocket-Version must be 13

=== TEST 7: no key
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1',
    { 'Sec-WebSocket-Key' => undef, Connection => 'Upgrade, close' })
--- error_code: 400
--- response_body
no Sec-WebSocket-Key

=== TEST 8: a key of the wrong length
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1',
    { 'Sec-WebSocket-Key' => 'c2hvcnQ=', Connection => 'Upgrade, close' })
--- error_code: 400
--- response_body
Sec-WebSocket-Key is not 16 bytes in base64

=== TEST 9: a key that is not base64
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1',
    { 'Sec-WebSocket-Key' => 'dGhlIHNhbXBs_SBub25jZQ==',
        Connection => 'Upgrade, close' })
--- error_code: 400
--- response_body
Sec-WebSocket-Key is not 16 bytes in base64

=== TEST 10: two keys
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1', { Connection => 'Upgrade, close' },
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
--- error_code: 400
--- response_body
more than one Sec-WebSocket-Key

=== TEST 11: a WebSocket is not opened with HEAD
--- raw_request eval
main::handshake('HEAD /live/rock HTTP/1.1', { Connection => 'Upgrade, close' })
--- error_code: 405
--- response_headers
Allow: GET, HEAD, OPTIONS
--- response_body chop

=== TEST 12: nor with POST
--- raw_request eval
main::handshake('POST /live/rock HTTP/1.1', { Connection => 'Upgrade, close' },
    'Content-Length: 0')
--- error_code: 405
--- response_headers
Allow: GET, HEAD, OPTIONS
--- response_body
only GET, HEAD and OPTIONS

=== TEST 13: a page of another origin
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1',
    { Origin => 'https://evil.example', Connection => 'Upgrade, close' })
--- error_code: 403
--- response_body
this origin is not allowed, see onair_origin

=== TEST 14: an origin that only begins like an allowed one
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1',
    { Origin => 'https://page.example.evil.example',
        Connection => 'Upgrade, close' })
--- error_code: 403
--- response_body
this origin is not allowed, see onair_origin

=== TEST 15: the origin counts for every transport
--- raw_request eval
"GET /live/rock HTTP/1.1\r\nHost: radio.example\r\nConnection: close\r\n"
. "Accept: text/event-stream\r\nOrigin: null\r\n\r\n"
--- error_code: 403
--- response_body
this origin is not allowed, see onair_origin

=== TEST 16: no station in the URI
--- raw_request eval
main::handshake('GET /live/ HTTP/1.1', { Connection => 'Upgrade, close' })
--- error_code: 400
--- response_body
no station, or a name that none can have

=== TEST 17: a name with a control character
--- raw_request eval
main::handshake('GET /live/a%0Ab HTTP/1.1', { Connection => 'Upgrade, close' })
--- error_code: 400
--- response_body
no station, or a name that none can have

=== TEST 18: a name that is not UTF-8
--- raw_request eval
main::handshake(q{GET /live/caf%E9 HTTP/1.1},
    { Connection => q{Upgrade, close} })
--- error_code: 400
--- response_body
no station, or a name that none can have

=== TEST 19: an empty variable
--- raw_request eval
main::handshake('GET /by-argument?s= HTTP/1.1',
    { Connection => 'Upgrade, close' })
--- error_code: 400
--- response_body
no station, or a name that none can have

=== TEST 20: an unknown station, where the operator is strict
--- raw_request eval
main::handshake('GET /strict/rock HTTP/1.1', { Connection => 'Upgrade, close' })
--- error_code: 404
--- response_body
no such station

=== TEST 21: a wait that is no number
--- raw_request eval
"GET /live/rock?wait=long HTTP/1.1\r\nHost: radio.example\r\n"
. "Connection: close\r\n\r\n"
--- error_code: 400
--- response_body
wait must be a number of seconds

=== TEST 22: the echo speaks WebSocket only
--- raw_request eval
"GET /echo HTTP/1.1\r\nHost: radio.example\r\nConnection: close\r\n\r\n"
--- error_code: 400
--- response_body
this location echoes WebSocket messages

=== TEST 23: a method that is not served
--- raw_request eval
"DELETE /live/rock HTTP/1.1\r\nHost: radio.example\r\nConnection: close\r\n\r\n"
--- error_code: 405
--- response_headers
Allow: GET, HEAD, OPTIONS
--- response_body
only GET, HEAD and OPTIONS

=== TEST 24: a right handshake is taken
--- raw_request eval
main::handshake('GET /live/rock HTTP/1.1')
--- timeout: 0.5
--- abort
--- error_code: 101
--- response_headers
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
Upgrade: websocket
Connection: upgrade
--- response_body_like: ^\x81.*"station":"rock"
