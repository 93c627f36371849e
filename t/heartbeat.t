#!/usr/bin/env perl

# Heartbeats are on where nobody configured anything: a proxy that closes what
# is quiet for half a minute closes none of these.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time);

use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Stream;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 1, http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
    }
END
my $began = time;
my $ws = Onair::WebSocket->connect(port => $server->port, path => '/live/rock');
my $sse = Onair::Stream->open_stream(port => $server->port);
$sse->send_bytes("GET /live/rock HTTP/1.1\r\nHost: x\r\n"
    . "Accept: text/event-stream\r\n\r\n");
ok($ws->json, 'greeted');

my $frame = $ws->frame(29);
is($frame && $frame->{opcode}, 9, 'a WebSocket has a ping');
cmp_ok(time - $began, '<', 30, 'within half a minute');
ok(wait_for(sub { $sse->more(time + 0.05); $sse->{in} =~ /^:$/m }, 5),
    'an event stream a comment');
$_->close_stream for $ws, $sse;
$server->end_checks;
done_testing();
