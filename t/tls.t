#!/usr/bin/env perl

# TLS: pipelined bytes in one record with the request or in records of a byte,
# writes that do not fit, TLS 1.2 and 1.3, ends told as they should be.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Sse;
use Onair::Tls;
use Onair::WebSocket;

my $frame = \&Onair::WebSocket::frame_bytes;
my $lines = Onair::Tls::lines();
my $server = Onair::Server->new(workers => 2, files => Onair::Tls::files(),
    http => <<"END");
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT_clear%%;
        listen 127.0.0.1:%%PORT%% ssl sndbuf=8k;
        $lines
        ssl_protocols TLSv1.2 TLSv1.3;
        location = /echo { onair_echo; onair_max_message 8m; }
        location /live/ { onair; }
        location /quiet/ { onair rock; onair_heartbeat 1s timeout=3s; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;

sub publish
{
    my ($title) = @_;
    my $answer = Onair::Http->post($server->port('clear'), '/publish/rock',
        JSON::PP->new->encode({ title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

for my $version ('TLSv1_2', 'TLSv1_3') {
    my $tls = { SSL_version => $version };
    my %to = (port => $port, tls => $tls);
    publish("with $version");

    my $ws = Onair::WebSocket->connect(%to, path => '/echo',
        early => $frame->(1, 'early') . $frame->(9, 'bird'));
    is($ws->text, 'early', "$version: a frame in the record of the request");
    is($ws->frame->{payload}, 'bird', 'and the next');
    for my $byte (split //, $frame->(1, 'records of a byte')) {
        $ws->send_bytes($byte);
    }
    is($ws->text, 'records of a byte', 'each byte in a record');
    $ws->send_close(1000);
    is($ws->close_code, 1000, 'a close is answered');
    ok(defined $ws->until_eof(2), 'and the end follows at once');

    $ws = Onair::WebSocket->connect(%to, path => '/echo', rcvbuf => 4096);
    my $big = join '', map { pack 'N', $_ } 1 .. 1 << 20;
    $ws->send_frame(2, $big);
    $ws->send_frame(9, 'behind');
    is($ws->message(20)->{payload}, $big, 'a write in many parts is whole');
    is($ws->frame->{payload}, 'behind', 'and what is behind it follows');

    my $sse = Onair::Sse->connect(%to, path => '/live/rock');
    is($sse->json->{now}{title}, "with $version", 'events');
    my $live = Onair::WebSocket->connect(%to, path => '/live/rock');
    is($live->json->{now}{title}, "with $version", 'a WebSocket');
    my $poll = Onair::Http->connect(%to);
    my $state = Onair::Http->json($port, '/live/rock', tls => $tls);
    $poll->send_request(path => "/live/rock?wait=30&since=$state->{epoch}:"
            . $state->{seq});
    publish("then $version");
    is($_->json->{now}{title}, "then $version", 'the change') for $sse, $live;
    like($poll->answer->{body}, qr/then $version/, 'of a long poll');
    my $mute = Onair::WebSocket->connect(%to, path => '/quiet/');
    is($mute->json->{now}{title}, "then $version", 'a mute one');
    is($mute->frame(5)->{opcode}, 9, 'has a ping when it is quiet');
    $mute->{mute} = 1;
    is($mute->close_code(10), 1001, 'a goodbye when it does not answer');
    ok(wait_for(sub { $mute->frame(0.1); $mute->eof }, 10), 'and the end');
    $ws = Onair::WebSocket->connect(%to, path => '/live/rock');
    $server->reload;
    1 while $sse->block(5);
    ok($sse->ended, 'events end with their last chunk');
    is($ws->close_code(5), 1012, 'a WebSocket with its goodbye');
    ok(defined $ws->until_eof(2), 'and an end');
}

my @half = map {
    my $ws = Onair::WebSocket->connect(port => $port, tls => 1,
        path => '/live/rock');
    $ws->json;
    $ws;
} 1 .. 4;
$half[0]->close_stream;
shutdown $half[1]->socket, 1;
$half[2]->socket->stop_SSL(SSL_no_shutdown => 0, SSL_fast_shutdown => 1);
syswrite $half[3]->socket, '';
CORE::close $half[3]->socket;
my $left = sub {
    my $sum = 0;
    for my $worker (@{ Onair::Http->json($server->port('clear'), '/status')
            ->{workers} }) {
        $sum += $_ for values %{ $worker->{subscribers} };
    }
    return $sum;
};
ok(wait_for(sub { $left->() == 0 }), 'however a client ends, it is gone');

$server->end_checks;
done_testing();
