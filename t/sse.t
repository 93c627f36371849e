#!/usr/bin/env perl

# Server-sent events over HTTP/1.1, HTTP/1.0 and HTTP/2, in clear and over TLS:
# head, retry, ids, heartbeats, line breaks; never compressed; HEAD.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for spawn slurp terminate scratch_dir);
use Onair::Server;
use Onair::Sse;
use Onair::Tls;

my $lines = Onair::Tls::lines();
my $server = Onair::Server->new(workers => 1, files => Onair::Tls::files(),
    http => <<"END");
    gzip on;
    gzip_types *;
    gzip_min_length 0;
    gzip_proxied any;
    onair_heartbeat 1s;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl;
        listen 127.0.0.1:%%PORT_h2%% ssl http2;
        listen 127.0.0.1:%%PORT_h2c%% http2;
        $lines
        location /live/ { onair; }
        location /titles/ { onair; onair_format title; }
        location /strict/ { onair strict; }
        location /publish/ { onair_publish; }
        location = /inside { ssi on; ssi_types *; return 200 "<!--# include virtual='/live/rock' -->"; }
    }
END
my $port = $server->port;

sub publish
{
    my ($station, $body) = @_;
    my $answer = Onair::Http->post($port, "/publish/$station",
        JSON::PP->new->utf8->encode($body));
    die "not published\n" if $answer->{status} != 204;
}

sub sse
{
    my ($path, %given) = @_;
    return Onair::Sse->connect(port => $port, path => $path, %given);
}

# curl as a client; returns its pid and the file it writes to.
my $dir = scratch_dir();
my $curls = 0;

sub curl
{
    my @arguments = @_;
    my $out = "$dir/curl" . $curls++;
    return (spawn($out, 'curl', '-sSkN', '-i', '--max-time', '60', '-H',
        'Accept: text/event-stream', @arguments), $out);
}

my %curl_ways = (
    'HTTP/1.1' => [ "http://127.0.0.1:$port", '--http1.1' ],
    'HTTP/1.1, TLS' => [ 'https://127.0.0.1:' . $server->port('tls'),
        '--http1.1' ],
    'HTTP/2' => [ 'https://127.0.0.1:' . $server->port('h2'), '--http2' ],
    'HTTP/2 in clear' => [ 'http://127.0.0.1:' . $server->port('h2c'),
        '--http2-prior-knowledge' ],
    'HTTP/1.0' => [ "http://127.0.0.1:$port", '--http1.0' ],
);

sub the_head_says_what_it_is
{
    publish('rock', { title => 'first' });
    for my $version ('1.1', '1.0') {
        my $sse = sse('/live/rock', version => $version,
            headers => { 'Accept-Encoding' => 'gzip, deflate, br' });
        is($sse->status, 200, "HTTP/$version: a stream");
        is($sse->header('Content-Type'), 'text/event-stream', 'its type');
        is($sse->header('Cache-Control'), 'no-store, no-transform',
            'caches keep their hands off');
        is($sse->header('X-Accel-Buffering'), 'no', 'as do proxies');
        is($sse->header('Content-Encoding'), undef, 'never compressed');
        is($sse->header('Content-Length'), undef, 'no length');
        is($sse->header('Transfer-Encoding'),
            $version eq '1.1' ? 'chunked' : undef, 'chunks');
        like($sse->header('Vary'), qr/\bAccept\b/, 'it varies with Accept');
        my $event = $sse->block;
        is($event->{retry}, 2000, 'the first event says when to come again');
        my $state = JSON::PP->new->decode($event->{data});
        is($event->{id}, "$state->{epoch}:$state->{seq}", 'then id');
        is($state->{now}{title}, 'first', 'and state');
        is($event->{event}, undef, 'without a name');
        publish('rock', { title => "over $version" });
        is($sse->json->{now}{title}, "over $version", 'then each change');
        publish('rock', { title => 'first' });
    }
}

# The blocks of a body that blank lines end; comments are no part of them.
sub blocks
{
    my ($text) = @_;
    $text =~ s/\A.*?\r\n\r\n//s;
    $text =~ s/^:[^\n]*\n//mg;
    return $text =~ /(.*?)\n\n/gs;
}

sub every_protocol_serves_the_same
{
    my (%pids, %outs);
    for my $way (sort keys %curl_ways) {
        ($pids{$way}, $outs{$way}) =
            curl($curl_ways{$way}[1], "$curl_ways{$way}[0]/live/rock",
                '--compressed');
    }
    for my $way (sort keys %outs) {
        ok(wait_for(sub { (slurp($outs{$way}) // '') =~ /"first"/ }),
            "curl over $way: the state");
    }
    for my $count (1 .. 20) {
        publish('rock', { title => "change $count" });
        for my $way (sort keys %outs) {
            wait_for(sub { slurp($outs{$way}) =~ /"change $count"/ })
                or return fail("change $count over $way");
        }
    }
    for my $way (sort keys %outs) {
        my $text = slurp($outs{$way});
        my @titles = $text =~ /"now":\{[^}]*"title":"([^"]*)"/g;
        is("@titles", join(' ', 'first', map { "change $_" } 1 .. 20),
            "curl over $way: each change, in order");
        like($text, qr{^HTTP/\S+ 200}, 'status');
        like($text, qr/^x-accel-buffering: no\r$/mi, 'no buffering');
        unlike($text, qr/^content-encoding/mi, 'no compression');
        like($text, qr/^\r\nretry: \d+\nid: [0-9a-f]{8}:\d+\ndata: \{/m,
            'retry, id, data: one block');
        ok(wait_for(sub { slurp($outs{$way}) =~ /\}\n\n:\n/ }),
            "curl over $way: heartbeats are comments");
        $text = slurp($outs{$way});
        is_deeply([ grep { !/^data: /m } blocks($text) ], [],
            'no block without data');
        terminate($pids{$way});
    }
}

sub heartbeats_come_when_it_is_quiet
{
    my $sse = sse('/live/quiet');
    $sse->event;
    my $began = time;
    is_deeply($sse->block, { comment => '' }, 'a comment');
    is_deeply($sse->block, { comment => '' }, 'and another');
    my $took = time - $began;
    cmp_ok($took, '>', 1.5, 'each after its time');
    publish('quiet', { title => 'x' });
    is($sse->json->{now}{title}, 'x', 'events come between them');
}

sub line_breaks_cannot_break_the_framing
{
    my $title = "a\r\nb\n\nid: 1:1\ndata: {}\r\rretry: 1\n\x{2028}\x{85}c";
    publish('breaks', { title => $title });
    my $sse = sse('/live/breaks');
    my $event = $sse->block;
    is(join(' ', sort keys %$event), 'data id retry', 'one event of JSON');
    unlike($event->{data}, qr/\n/, 'on one line');
    $sse = sse('/titles/breaks');
    $event = $sse->block;
    is(join(' ', sort keys %$event), 'data id retry', 'one event of text');
    unlike($event->{data}, qr/\r/, 'without a carriage return');
    like($event->{data}, qr/^a/, 'with its beginning');
    like($event->{data}, qr/c$/, 'and its end');
    is_deeply($sse->block, { comment => '' }, 'and nothing else');
}

sub accept_chooses
{
    my %chosen = (
        'text/event-stream' => 1, 'TEXT/EVENT-STREAM' => 1,
        'application/json, text/event-stream;q=0.5' => 1,
        'text/event-stream; charset=utf-8' => 1, '*/*' => 0, 'text/*' => 0,
        'text/event-stream;q=0' => 0, 'text/event-streams' => 0,
        'application/json' => 0, '' => 0);
    for my $accept (sort keys %chosen) {
        my $answer = sse('/live/rock', headers => { Accept => $accept });
        is($answer->header('Content-Type'), $chosen{$accept}
            ? 'text/event-stream' : 'application/json', "Accept: $accept");
    }
}

# A stream has no tag: nginx's filter must not answer for it.
sub a_stream_is_under_no_condition
{
    for my $header ('If-None-Match: *', 'If-Match: "x"',
        'If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT') {
        for my $way ('HTTP/1.1', 'HTTP/2') {
            my ($pid, $out) = curl($curl_ways{$way}[1], '-H', $header,
                "$curl_ways{$way}[0]/live/rock");
            ok(wait_for(sub { (slurp($out) // '') =~ /^data: /m }),
                "$way: $header");
            like(slurp($out), qr{^HTTP/\S+ 200}, 'a stream');
            terminate($pid);
        }
    }
}

sub head_has_the_head_of_the_stream
{
    my $http = Onair::Http->connect(port => $port);
    for my $round (1, 2) {
        $http->send_request(method => 'HEAD', path => '/live/rock',
            headers => { Accept => 'text/event-stream' });
        my $head = $http->answer(5, 'HEAD');
        is($head->{status}, 200, "HEAD is answered ($round)");
        is($head->{headers}{'content-type'}, 'text/event-stream', 'as GET is');
        is($head->{headers}{'cache-control'}, 'no-store, no-transform',
            'with its head');
        is($head->{headers}{'content-length'}, undef, 'without a length');
    }
    for my $way ('HTTP/2', 'HTTP/1.0', 'HTTP/1.1, TLS') {
        my ($pid, $out) = curl($curl_ways{$way}[1], '-I',
            "$curl_ways{$way}[0]/live/rock");
        waitpid $pid, 0;
        is($?, 0, "$way: HEAD ends by itself");
        like(slurp($out), qr/^content-type: text\/event-stream\r$/mi, 'typed');
    }
    my $strict = Onair::Http->request(port => $port, path => '/strict/nobody',
        method => 'HEAD', headers => { Accept => 'text/event-stream' });
    is($strict->{status}, 404, 'HEAD knows refusals too');
}

sub subrequests_get_the_snapshot
{
    my $page = Onair::Http->get($port, '/inside',
        headers => { Accept => 'text/event-stream' });
    like($page->{body}, qr/^\{"station":"rock".*\}$/s,
        'an SSI include does not wait for events');
}

# python3-h2: several streams on one connection, a cancelled one, flow control.
sub streams_of_one_connection_are_apart
{
    my $script = "$FindBin::Bin/lib/h2_client.py";
    my $out = "$dir/h2";
    my $pid = spawn($out, '/usr/bin/python3', $script,
        $server->port('h2'), $port);
    waitpid $pid, 0;
    my $text = slurp($out);
    SKIP: {
        skip 'no python3-h2', 1 if $text =~ /No module named/;
        is($text, join('', map { "$_\n" } 'four streams have the state',
            'each has each change', 'a cancelled one ends alone',
            'a window of nothing holds back one stream only',
            'the newest comes when it opens', 'done'),
            'HTTP/2 streams');
    }
}

# Other compressors than nginx's own ask for the type of the answer only.
sub brotli_keeps_its_hands_off
{
    my $module = '/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so';
    my $beside = Onair::Server->new(workers => 1, stopped => 1,
        main => "load_module $module;", http => <<'END');
    brotli on;
    brotli_types *;
    brotli_min_length 0;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_h2%% http2;
        location /live/ { onair; }
    }
END
    SKIP: {
        my ($said, $code) = $beside->test_config;
        skip 'no brotli for this nginx', 3 if $code != 0;
        $beside->start;
        for my $way ([ '--http1.1', $beside->port ],
            [ '--http2-prior-knowledge', $beside->port('h2') ]) {
            my ($pid, $out) = curl('-H', 'Accept-Encoding: br', $way->[0],
                "http://127.0.0.1:$way->[1]/live/rock");
            wait_for(sub { (slurp($out) // '') =~ /\n\r\n.*\n\n/s }, 5);
            like(slurp($out), qr/^\r\nretry: \d+\nid: .*\ndata: \{/m,
                "curl with $way->[0] can read it");
            unlike(slurp($out), qr/^content-encoding/mi, 'no compression');
            terminate($pid);
        }
        $beside->end_checks;
    }
}

the_head_says_what_it_is();
every_protocol_serves_the_same();
heartbeats_come_when_it_is_quiet();
line_breaks_cannot_break_the_framing();
accept_chooses();
a_stream_is_under_no_condition();
head_has_the_head_of_the_stream();
subrequests_get_the_snapshot();
streams_of_one_connection_are_apart();
brotli_keeps_its_hands_off();
$server->end_checks;
done_testing();
