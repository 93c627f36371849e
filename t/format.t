#!/usr/bin/env perl

# onair_format, and the subprotocol by which a WebSocket client chooses another.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Server;
use Onair::WebSocket;

my $server = Onair::Server->new(http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /publish/ { onair_publish; }
        location /live/ { onair; }
        location /title/ { onair; onair_format title; }
    }
END
my $port = $server->port;
Onair::Http->post($port, '/publish/rock', '{"artist":"A","title":"B"}');

for my $case (
    ['/live/rock', undef, undef, 'json'],
    ['/title/rock', undef, undef, 'title'],
    ['/live/rock', 'onair.title', 'onair.title', 'title'],
    ['/title/rock', 'onair.json', 'onair.json', 'json'],
    ['/live/rock', 'onair.title, onair.json', 'onair.json', 'json'],
    ['/title/rock', 'onair.json, onair.title', 'onair.title', 'title'],
    ['/live/rock', 'other', undef, 'json'],
) {
    my ($path, $asked, $answered, $format) = @$case;
    my $ws = Onair::WebSocket->connect(port => $port, path => $path,
        protocol => $asked);
    my $of = "$path asked for " . ($asked // 'none');
    is($ws->header('Sec-WebSocket-Protocol'), $answered, "$of: subprotocol");
    like($ws->text, $format eq 'json' ? qr/^\{"station"/ : qr/^A - B$/,
        "$of: $format");
    $ws->close_stream;
}

$server->end_checks;
done_testing;
