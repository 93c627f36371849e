#!/usr/bin/env perl

# Bounds: connections in the zone and from one address, over all workers and
# over crashes; the rate of messages.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 3, http => <<'END');
    onair_zone a:1m;
    onair_zone b:1m;
    onair_zone c:1m;
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /zone-wide/ { onair zone=a; onair_connections zone-wide=6; }
        location /more/ { onair zone=a; onair_connections zone-wide=8; }
        location /per-ip/ {
            onair zone=b; onair_connections per_ip=4;
            location /per-ip/off/ { onair zone=b; onair_connections off; }
        }
        location /free/ { onair zone=c; }
        location /rate/ { onair zone=c; onair_message_rate 5r/s burst=5; }
        location /default-rate/ { onair zone=c; }
        location /status { onair_status; }
    }
END
my $port = $server->port;

# A client that connected, by one of the three ways that stay.
sub client
{
    my ($path, $way, %given) = @_;
    my %to = (port => $port, path => $path, %given);
    return Onair::WebSocket->connect(%to) if $way eq 'WebSocket';
    return Onair::Sse->connect(%to) if $way eq 'events';
    my $http = Onair::Http->connect(%to);
    my $state = Onair::Http->json($port, $path);
    $http->send_request(%to,
        path => "$path?wait=100&since=$state->{epoch}:$state->{seq}");
    return $http;
}

my @ways = ('WebSocket', 'events', 'long poll');

# The status a client of this way is answered with; 'in' when it is let in.
sub asked
{
    my ($path, $way, %given) = @_;
    my $client = client($path, $way, %given);
    my $status;
    if ($way eq 'long poll') {
        my $answer = $client->answer(0.3);
        $status = $answer ? $answer->{status} : 'in';
    } else {
        $status = $client->status;
        $status = 'in' if $status == 101 || $status == 200;
    }
    return ($status, $client);
}

sub refusals { return Onair::Http->json($port, '/status')->{totals} }

# So many more are let in, and then nobody.
sub room
{
    my ($path, $name, $room, %given) = @_;
    my @in;
    for my $i (1 .. $room) {
        my ($status, $client) = asked($path, $ways[ $i % 3 ], %given);
        push @in, $client if $status eq 'in';
    }
    is(scalar @in, $room, "$name: $room more are let in");
    for my $way (@ways) {
        my ($status, $client) = asked($path, $way, %given);
        is($status, 429, "$name: a $way more is not");
        next if $way eq 'long poll';
        is($client->header('Retry-After'), 30, 'and told when to come again');
        like($client->header('Access-Control-Expose-Headers'),
            qr/\bRetry-After\b/, 'pages of other sites too');
    }
    return @in;
}

# Subscribers of all workers.
sub count_in
{
    my $status = Onair::Http->json($port, '/status');
    my $sum = 0;
    for my $worker (@{ $status->{workers} }) {
        $sum += $_ for values %{ $worker->{subscribers} };
    }
    return $sum;
}

sub the_zone_is_bounded
{
    my @in = room('/zone-wide/rock', 'zone-wide', 6);
    my @more = room('/more/jazz', 'another bound of the same zone', 2);
    is(Onair::Http->get($port, '/zone-wide/rock')->{status}, 200,
        'a plain GET is always served');
    is((asked('/free/rock', 'WebSocket'))[0], 'in',
        'another zone is not concerned');
    $_->close_stream for @more, @in[0, 1];
    wait_for(sub { count_in() == 4 });
    @more = room('/zone-wide/rock', 'zone-wide, after two left', 2);
    $_->close_stream for @more, @in[2 .. 5];
    ok(wait_for(sub { count_in() == 0 }), 'all have left');
}

sub an_address_is_bounded
{
    my @one = room('/per-ip/rock', 'per_ip', 4);
    for my $way (@ways) {
        my ($status, $client) = asked('/per-ip/off/rock', $way);
        is($status, 'in', "a $way is where the bound is off again");
        push @one, $client;
    }
    my $other = Onair::Sse->connect(port => $port, path => '/per-ip/rock',
        local => '127.0.0.9');
    is($other->status, 200, 'another address has its own count');
    $_->close_stream for @one, $other;
    ok(wait_for(sub { count_in() == 0 }), 'all have left');
}

sub counts_are_right_after_crashes
{
    my @in = map { (asked('/zone-wide/rock', $ways[$_ % 3]))[1] } 1 .. 6;
    for my $pid ($server->workers) {
        $server->kill_worker($pid);
    }
    $_->close_stream for @in;
    ok(wait_for(sub { count_in() == 0 }), 'who was with the dead is gone');
    @in = room('/zone-wide/rock', 'zone-wide after three kills', 6);
    $server->kill_worker;
    my $lost = grep { $_->more(time + 0.2), $_->eof } @in;
    my @again = room('/zone-wide/rock', "after a kill that took $lost", $lost);
    $_->close_stream for @in, @again;
    wait_for(sub { count_in() == 0 });
    @in = room('/per-ip/rock', 'per_ip after kills', 4);
    $_->close_stream for @in;
    wait_for(sub { count_in() == 0 });
}

sub counts_are_right_after_a_reload
{
    my @in = room('/zone-wide/rock', 'before a reload', 6);
    $server->reload;
    ok(wait_for(sub {
        $_->more(time) for @in;
        $_->close_stream for grep { $_->{socket} && length $_->{in} } @in;
        return !$server->leaving_workers;
    }, 15), 'the old workers go');
    @in = room('/zone-wide/rock', 'after it', 6);
    $_->close_stream for @in;
    wait_for(sub { count_in() == 0 });
}

# The worker gets no more memory from the system than it has. It runs as who
# runs the test, who may set its limit then.
sub a_place_is_given_back_when_there_is_no_memory
{
    my $poor = Onair::Server->new(workers => 1,
        main => $> == 0 ? 'user root;' : '', http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; onair_connections per_ip=2; }
    }
END
    my ($worker) = $poor->workers;
    my %to = (port => $poor->port, path => '/live/rock');
    Onair::Http->get($poor->port, '/live/rock') for 1 .. 3;
    my ($has) = slurp("/proc/$worker/status") =~ /^VmSize:\s+(\d+) kB/m;
    my $most = $has * 1024;
    if ($has > 2**30 || system 'prlimit', "--pid=$worker", "--as=$most:") {
        note('not with a sanitizer, nor where limits cannot be set');
        return;
    }
    for my $class (qw(Onair::WebSocket Onair::Sse)) {
        is($class->connect(%to)->status, 503, "no memory for $class")
            for 1 .. 4;
    }
    system 'prlimit', "--pid=$worker", '--as=unlimited:';
    my @in = map { Onair::WebSocket->connect(%to) } 1 .. 3;
    is(join(' ', map { $_->status } @in), '101 101 429',
        'those who were turned away have no place');
    $_->close_stream for @in;
    $poor->end_checks(allow => [ qr/mmap\(\) of \d+ bytes failed/,
        qr/malloc\(\d+\) failed/, qr/posix_memalign.* failed/ ]);
}

sub refusals_are_counted
{
    my $before = refusals()->{refused_cap};
    my @in = map { (asked('/zone-wide/rock', 'events'))[1] } 1 .. 8;
    is(refusals()->{refused_cap}, $before + 2, 'refusals are counted');
    my $body = $in[-1];
    is($in[-1]->status, 429, 'with a status');
    like($in[-1]->plain(1), qr/^too many connections$/m, 'and in words');
    $_->close_stream for @in;
}

sub messages_are_bounded
{
    my $ws = Onair::WebSocket->connect(port => $port, path => '/rate/rock');
    $ws->json;
    $ws->send_text('{"get":true}') for 1 .. 7;
    my $told = 0;
    $told++ while $ws->json;
    is($told, 5, 'as many as may come at once are answered');
    is($ws->close_code, 1008, 'then the connection closes');
    is($ws->{reason}, 'too many messages', 'in words');
    $ws = Onair::WebSocket->connect(port => $port, path => '/rate/rock');
    $ws->json;
    $ws->send_ping("p$_") for 1 .. 7;
    is($ws->close_code, 1008, 'pings count');
    is(scalar @{ $ws->{pongs} }, 5, 'as messages do');
    $ws = Onair::WebSocket->connect(port => $port, path => '/rate/rock');
    $ws->json;
    for my $i (1 .. 8) {
        $ws->send_text('{"get":true}');
        $ws->json;
        select undef, undef, undef, 0.25;
    }
    $ws->send_text('{"get":true}');
    ok($ws->json, 'a slower pace may go on for ever');
    $ws = Onair::WebSocket->connect(port => $port,
        path => '/default-rate/rock');
    $ws->json;
    $ws->send_frame(10, '') for 1 .. 100;
    $ws->send_text('{"get":true}') for 1 .. 20;
    ok($ws->json, 'twenty at once by default') for 1 .. 20;
    $ws->send_text('{"get":true}') for 1 .. 20;
    is($ws->close_code, 1008, 'and not many more');
    cmp_ok(refusals()->{refused_rate}, '>=', 3, 'which is counted');
}

the_zone_is_bounded();
an_address_is_bounded();
counts_are_right_after_crashes();
counts_are_right_after_a_reload();
a_place_is_given_back_when_there_is_no_memory();
refusals_are_counted();
messages_are_bounded();
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing();
