#!/usr/bin/env perl

# Which station a location is about: one that it names is the only one to be
# had there, and a document that names none needs one that does.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Source;
use Onair::WebSocket;

my $source = Onair::Source->new(
    body => '{"streamstatus":1,"songtitle":"A - B","currentlisteners":3}');
my $server = Onair::Server->new(http => <<"END");
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /nameless {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll interval=100ms;
        }
        location = /named {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll interval=100ms station=rock;
        }
        location /publish/ { onair_publish; }
        location /live/ { onair; }
        location = /rock { onair rock; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;

my %polls;
ok(wait_for(sub {
    %polls = map { $_->{location} => $_ }
        @{ Onair::Http->json($port, '/status')->{polls} };
    return $polls{'/nameless'}{last_fault} && $polls{'/named'}{successes};
}), 'both locations are polled');
is($polls{'/nameless'}{last_fault}, 'no_stations',
    'a document that names no station is a failure without station=');
ok($server->wait_log(
    qr{onair poll of "/nameless" failed: answer names no station}),
    'and the log says so');
is($polls{'/named'}{last_fault}, undef, 'with it it is none');
is(Onair::Http->json($port, '/rock')->{now}{title}, 'B', 'and is read');

Onair::Http->post($port, '/publish/secret', '{"title":"x"}');
my $one = Onair::WebSocket->connect(port => $port, path => '/rock');
is($one->json->{station}, 'rock', 'a location may name its station');
$one->send_text('{"subscribe":["secret"]}');
is_deeply($one->json, { error =>
    'the station of this location is fixed' },
    'then a client gets no other by asking');
$one->send_text('{"get":true}');
is($one->json->{station}, 'rock', 'and keeps the one it has');

my $any = Onair::WebSocket->connect(port => $port, path => '/live/rock');
$any->json;
$any->send_text('{"subscribe":["secret"]}');
is($any->json->{station}, 'secret',
    'where the client names the station it may add others');

$_->close_stream for $one, $any;
$server->end_checks;
done_testing;
