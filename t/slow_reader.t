#!/usr/bin/env perl

# A client that never reads costs one pending message: not another's time, not
# memory that grows; it is closed by send_timeout and counted. One that reads
# slowly gets the newest. ONAIR_FULL=1: a thousand others instead of a hundred.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for slurp memory_says_nothing);
use Onair::Server;
use Onair::Sse;
use Onair::Tls;
use Onair::WebSocket;

my $others = $ENV{ONAIR_FULL} ? 1000 : 100;
my $lines = Onair::Tls::lines();
my $server = Onair::Server->new(workers => 1, connections => 4096,
    files => Onair::Tls::files(), http => <<"END");
    # Those that are not looked at for a while do not answer pings either.
    onair_heartbeat 1s timeout=10m;
    onair_zone many:4m stations=120;
    server {
        listen 127.0.0.1:%%PORT%% sndbuf=8k;
        listen 127.0.0.1:%%PORT_tls%% ssl sndbuf=8k;
        listen 127.0.0.1:%%PORT_h2%% http2 sndbuf=8k;
        $lines
        location /live/ { onair; send_timeout 60s; }
        location /short/ { onair; send_timeout 2s; }
        location /reset/ {
            onair;
            send_timeout 2s;
            reset_timedout_connection on;
        }
        location /many/ {
            onair zone=many;
            send_timeout 2s;
            reset_timedout_connection on;
        }
        location /publish-many/ { onair_publish zone=many; }
        location = /large-echo {
            onair_echo;
            onair_max_message 2m;
            send_timeout 2s;
        }
        location = /echo {
            onair_echo;
            onair_max_message 2m;
            onair_heartbeat 1s timeout=3s;
        }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;
my $long = 'x' x 900;
my $number = 0;

# Publishes a change of about a kilobyte; returns its number.
sub publish
{
    $number++;
    my $answer = Onair::Http->post($port, '/publish/rock',
        JSON::PP->new->encode({ title => "n$number $long" }));
    die "not published\n" if $answer->{status} != 204;
    return $number;
}

sub totals { return Onair::Http->json($port, '/status')->{totals} }

sub memory
{
    my ($pid) = $server->workers;
    return slurp("/proc/$pid/status") =~ /^VmRSS:\s*(\d+) kB/m ? $1 : 0;
}

sub connect_ws
{
    my ($path, %given) = @_;
    return Onair::WebSocket->connect(port => $port, path => $path, %given);
}

# How long a change takes to all of these, in the middle of nine changes.
sub latency
{
    my (@clients) = @_;
    my @took;
    for (1 .. 9) {
        my $began = time;
        my $want = publish();
        for my $ws (@clients) {
            my $text = $ws->text(10) // return 999;
            $text =~ /"title":"n$want / or return 998;
        }
        push @took, time - $began;
    }
    return (sort { $a <=> $b } @took)[4];
}

# Clients that read nothing from here on.
sub deaf_clients
{
    my ($path, $count) = @_;
    my @deaf;
    for my $i (1 .. $count) {
        my %to = (port => $server->port($i % 3 == 2 ? 'tls' : ''),
            tls => $i % 3 == 2, path => $path, rcvbuf => 2048);
        push @deaf, $i % 2 ? Onair::WebSocket->connect(%to)
            : Onair::Sse->connect(%to);
        is($deaf[-1]->status, $i % 2 ? 101 : 200, 'a client that never reads')
            if $i <= 6;
    }
    return @deaf;
}

sub others_do_not_notice
{
    publish();
    my @others = map { connect_ws('/live/rock') } 1 .. $others;
    $_->text for @others;
    latency(@others);
    my $alone = latency(@others);
    my @deaf = deaf_clients('/live/rock', 30);
    # Until their windows and buffers are full.
    publish() for 1 .. 300;
    my $last = publish();
    for my $ws (@others) {
        my $text;
        do { $text = $ws->text // last } until $text =~ /"title":"n$last /;
    }
    my $skipped = totals()->{skipped};
    my $beside = latency(@others);
    cmp_ok($beside, '<', $alone * 4 + 0.05, sprintf
        '%d others have a change in %.1f ms, %.1f ms without the deaf',
        $others, $beside * 1000, $alone * 1000);

    my $before = memory();
    publish() for 1 .. 300;
    my $grew = memory() - $before;
    SKIP: {
        skip memory_says_nothing(), 1 if memory_says_nothing();
        cmp_ok($grew, '<', 2048, "memory grew by $grew kB over 300 changes");
    }
    return (\@deaf, \@others);
}

sub who_reads_late_gets_the_newest
{
    my ($deaf) = @_;
    my $last = publish();
    for my $client (@$deaf[0 .. 5]) {
        my ($seen, $text, $max) = (0, '', 0);
        my $ws = $client->isa('Onair::WebSocket');
        while (1) {
            my $got = $ws ? $client->text(10) : $client->event(10);
            $text = $ws ? $got : $got && $got->{data};
            last unless defined $text;
            $seen++;
            my ($n) = $text =~ /"title":"n(\d+) /;
            last unless defined $n && $n >= $max;
            $max = $n;
            last if $n == $last;
        }
        is($max, $last, 'the newest comes in the end, in order');
        cmp_ok($seen, '<', $last / 2, "$seen messages for $last changes");
    }
    cmp_ok(totals()->{skipped}, '>', 5, 'skipped ones are counted');
    $_->close_stream for @$deaf;
}

sub a_stalled_write_is_closed
{
    my $before = totals()->{stalled};
    my @deaf = deaf_clients('/short/rock', 6);
    my $reader = connect_ws('/short/rock');
    ok(wait_for(sub {
        publish() for 1 .. 20;
        1 while $reader->frame(0);
        return totals()->{stalled} >= $before + 6;
    }, 20), 'who does not read for send_timeout is closed and counted');
    my $last = publish();
    my $text;
    do { $text = $reader->text } until !$text || $text =~ /"title":"n$last /;
    ok($text, 'who reads stays');
    for my $client (@deaf) {
        $client->until_eof(5);
        ok($client->eof, 'the connection is closed');
    }
}

# Or what it does not take stays in the kernel, which waits far longer.
sub a_stalled_connection_is_reset_where_nginx_is_told_to
{
    my $before = totals()->{stalled};
    my @deaf = map { $_->connect(port => $port, path => '/reset/rock',
        rcvbuf => 2048) } qw(Onair::WebSocket Onair::Sse);
    ok(wait_for(sub {
        publish() for 1 .. 20;
        return totals()->{stalled} >= $before + 2;
    }, 20), 'who does not read is closed');
    for my $client (@deaf) {
        $client->until_eof(5);
        ok($client->{reset}, 'with a reset');
        $client->close_stream;
    }
}

# A client that takes a few bytes at a time is slow, not stalled.
sub a_trickle_is_no_stall
{
    my $before = totals()->{stalled};
    my $ws = connect_ws('/short/rock', rcvbuf => 2048);
    publish() for 1 .. 100;
    my $until = time + 5;
    my $got = 0;
    while (time < $until) {
        publish();
        my $bytes;
        my $n = sysread $ws->socket, $bytes, 600;
        $got += $n if $n;
        select undef, undef, undef, 0.1;
    }
    cmp_ok($got, '>', 1000, 'a trickle flows');
    is(totals()->{stalled}, $before, 'and is not closed');
    $ws->close_stream;
}

# Frames of HTTP/2, and a request for events of a small window.
sub h2_frame
{
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1)
        . pack('CCN', $type, $flags, $stream) . $payload;
}

sub h2_events
{
    my ($path, $window, %given) = @_;
    my $client = Onair::Stream->open_stream(port => $server->port('h2'),
        %given);
    my $headers = join '', map { pack 'x C/a* C/a*', @$_ }
        [':method', 'GET'], [':scheme', 'http'], [':authority', 'localhost'],
        [':path', $path], ['accept', 'text/event-stream'];
    $client->send_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . h2_frame(4, 0, 0, pack 'nN', 4, $window)
        . h2_frame(8, 0, 0, pack 'N', 1 << 30) . h2_frame(1, 5, 1, $headers));
    return $client;
}

# The first message of many stations takes a slow client longer than
# send_timeout, and over TLS any large one does: each moves all the time.
sub a_slow_greeting_is_no_stall
{
    my $kept = Onair::Http->connect(port => $port);
    for my $i (1 .. 100) {
        $kept->send_request(method => 'POST', path => "/publish-many/s$i",
            body => qq({"title":"$i $long","artist":"$long"}));
        $kept->answer;
    }
    my $before = totals()->{stalled};
    my %clients = ('HTTP/2' => h2_events('/many/?stations=*', 100,
        rcvbuf => 4096));
    for my $tls ('', 'tls') {
        my %to = (port => $server->port($tls), tls => $tls && 1,
            rcvbuf => 4096);
        my %greeted = (%to, path => '/many/?stations=*');
        $clients{"WebSocket $tls"} = Onair::WebSocket->connect(%greeted);
        $clients{"events $tls"} = Onair::Sse->connect(%greeted);
        $clients{"echo $tls"} =
            Onair::WebSocket->connect(%to, path => '/large-echo');
        $clients{"echo $tls"}->send_frame(2, 'x' x (1 << 20));
    }
    my $until = time + 5;
    my %got = map { $_ => '' } keys %clients;
    while (time < $until) {
        for my $name (sort keys %clients) {
            my $n = sysread $clients{$name}->socket, $got{$name}, 2000,
                length $got{$name};
            $clients{$name}{eof} = 1 if defined $n && $n == 0;
        }
        $clients{'HTTP/2'}->send_bytes(h2_frame(8, 0, 1, pack 'N', 1000));
        select undef, undef, undef, 0.1;
    }
    for my $name (sort keys %clients) {
        ok(!$clients{$name}->eof,
            "$name: " . length($got{$name}) . ' bytes, and more');
        $clients{$name}->close_stream;
    }
    my @kinds;
    while (length $got{'HTTP/2'} > 9) {
        my ($size, $kind) = unpack 'NC', "\0$got{'HTTP/2'}";
        substr $got{'HTTP/2'}, 0, 9 + $size, '';
        push @kinds, $kind;
    }
    is((grep { $_ == 3 } @kinds), 0, 'HTTP/2: the stream is not reset');
    is(totals()->{stalled}, $before, 'none is counted as stalled');
}

# As with any other message, when the first does not move.
sub a_stalled_greeting_is_closed_and_counted
{
    my $before = totals()->{stalled};
    my $stream = h2_events('/many/?stations=*', 100);
    ok(wait_for(sub { totals()->{stalled} == $before + 1 }),
        'a stream of HTTP/2 whose window stays closed is counted');
    $stream->close_stream;
    $before = totals()->{stalled};
    my @deaf = map { $_->connect(port => $port, path => '/many/?stations=*',
        rcvbuf => 2048) } qw(Onair::WebSocket Onair::Sse);
    ok(wait_for(sub { totals()->{stalled} == $before + 2 }),
        'who does not read what it is greeted with is counted');
    for my $client (@deaf) {
        $client->until_eof(5);
        ok($client->{reset}, 'and closed, with a reset where told so');
        $client->close_stream;
    }
}

# A request of HTTP/2 stays; what it was greeted with need not.
sub a_greeting_is_not_kept
{
    my ($most, @held) = (0);
    my $greeted = sub {
        my $client = h2_events('/many/?stations=*', 1 << 30);
        wait_for(sub { $client->more(time + 0.05); $client->{in} =~ /"s100"/ });
        $most = length $client->{in};
        $client->{in} = '';
        return $client;
    };
    @held = map { $greeted->() } 1 .. 3;
    my $before = memory();
    push @held, map { $greeted->() } 1 .. 12;
    my $grew = memory() - $before;
    cmp_ok($most, '>', 100_000, "$most bytes greet a client");
    SKIP: {
        skip memory_says_nothing(), 1 if memory_says_nothing();
        cmp_ok($grew, '<', 2048, "and 12 more take $grew kB together");
    }
    $_->close_stream for @held;
}

# Nothing can be asked while a message is under way: the question comes first.
sub who_reads_late_is_asked_before_it_is_given_up
{
    my $ws = connect_ws('/echo', rcvbuf => 4096);
    $ws->send_frame(2, 'x' x (2 << 20));
    my $until = time + 4;
    select undef, undef, undef, $until - time while time < $until;
    my $got = $ws->message(20);
    is(length($got->{payload} // ''), 2 << 20, 'a message that is read late');
    is(($ws->frame // {})->{opcode}, 9, 'is followed by a ping');
    $ws->send_frame(10, '');
    $ws->send_text('here');
    is($ws->text, 'here', 'and not by the end');
    $ws->close_stream;
}

my ($deaf, $others_left) = others_do_not_notice();
who_reads_late_gets_the_newest($deaf);
$_->close_stream for @$others_left;
a_stalled_write_is_closed();
a_stalled_connection_is_reset_where_nginx_is_told_to();
a_trickle_is_no_stall();
a_slow_greeting_is_no_stall();
a_stalled_greeting_is_closed_and_counted();
a_greeting_is_not_kept();
who_reads_late_is_asked_before_it_is_given_up();
$server->end_checks;
done_testing();
