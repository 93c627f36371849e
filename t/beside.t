#!/usr/bin/env perl

# What other directives of nginx do around ours, in the same location or on the
# way to it: blocks of "if" and "limit_except", subrequests, filters of bodies,
# limits on requests, bodies that nobody asked for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Source;
use Onair::Sse;
use Onair::Stream;
use Onair::WebSocket;

my $source = Onair::Source->new(
    body => '{"streamstatus":1,"songtitle":"A - B","currentlisteners":3}');
my $server = Onair::Server->new(workers => 1, http => <<"END");
    charset_map iso-8859-1 utf-8 { E9 C3A9; }
    limit_req_zone \$server_name zone=slow:64k rate=5r/s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ {
            onair;
            if (\$arg_if) { add_header X-If yes; }
        }
        location = /delayed {
            onair rock;
            onair_delay 1h;
            if (\$arg_if) { add_header X-If yes; }
        }
        location /publish/ {
            onair_publish;
            if (\$arg_if) { add_header X-If yes; }
        }
        location = /echo {
            onair_echo;
            if (\$arg_if) { add_header X-If yes; }
        }
        location /limited/ {
            onair;
            limit_except GET { allow all; }
        }
        location /posted/ {
            onair_publish;
            limit_except POST { allow all; }
        }
        location ~ ^/publish-to/(?<mount>\\w+)\$ { onair_publish; }
        location = /page {
            ssi on;
            ssi_types *;
            return 200 '[<!--# include virtual="/own/rock" -->]';
        }
        location /own/ { onair; onair_origin same; }
        location = /asked { auth_request /live/rock; return 200 "in"; }
        location /filtered/ {
            onair;
            sub_filter '"' '&quot;';
            sub_filter_once off;
            sub_filter_types *;
        }
        location /guarded/ { auth_request /ask; onair; }
        location = /ask { internal; proxy_pass http://127.0.0.1:${\ $source->port }/ask; }
        location /forbidden/ { auth_request /deny; onair; }
        location = /deny { internal; return 403; }
        location /unchunked/ { onair; chunked_transfer_encoding off; }
        location /recoded/ {
            onair;
            charset iso-8859-1;
            source_charset utf-8;
            charset_types *;
            gzip on;
            gzip_vary on;
            gzip_types *;
            gzip_min_length 0;
        }
        location /moved/ {
            onair;
            rewrite ^/moved/old/(.*)\$ /moved/\$1 break;
            rewrite ^/moved/away/(.*)\$ /elsewhere/\$1 break;
        }
        location /app {
            proxy_pass http://127.0.0.1:%%PORT_app%%;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection \$http_connection;
        }
        location /behind/ { internal; onair; }
        location /behind-title/ { internal; onair; onair_format title; }
        location /sorry { error_page 418 /live/rock; return 418; }
        location /sorry-named { error_page 418 \@named; return 418; }
        location \@named { onair rock; }
        location = /source {
            internal;
            limit_req zone=slow burst=10;
            proxy_pass ${\ $source->url };
            onair_poll interval=100ms timeout=2s station=limited;
        }
        location = /status { onair_status; }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name seen.example;
        location = /seen {
            return 200 '{"title":"\$scheme/\$http_host/\$host"}';
            onair_poll type=json station=seen title=/title interval=200ms;
        }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name moved.example;
        if (\$scheme = http) { return 301 https://moved.example/; }
        location = /moved {
            return 200 '{"title":"x"}';
            onair_poll type=json station=moved title=/title interval=200ms;
        }
    }
    server {
        listen 127.0.0.1:%%PORT_app%%;
        default_type 'text/html; charset=iso-8859-1';
        location / {
            add_header X-Accel-Redirect \$arg_to;
            return 200 'go on';
        }
    }
END
my $port = $server->port;
my ($pid) = $server->workers;

sub publish
{
    my ($title) = @_;
    my $answer = Onair::Http->post($port, '/publish/rock',
        qq({"title":"$title"}));
    die "not published\n" unless $answer && $answer->{status} == 204;
}

sub get { return Onair::Http->get($port, @_) // { status => 'none' } }

sub blocks_of_a_location_go_on_with_it
{
    my $answer = get('/live/rock?if=1');
    is($answer->{status}, 200, 'a GET is answered inside of "if"');
    is($answer->{headers}{'x-if'}, 'yes', 'as the block says');
    like($answer->{body}, qr/"title":"one"/, 'with the state');
    for my $class (qw(Onair::WebSocket Onair::Sse)) {
        my $client = $class->connect(port => $port, path => '/live/rock?if=1');
        is($client->json->{now}{title}, 'one', "$class is greeted there");
        $client->close_stream;
    }
    my $now = Onair::Http->json($port, '/delayed?if=1')->{now};
    is($now->{heard} - $now->{started}, 3600, 'with the delay it has');
    my $echo = Onair::WebSocket->connect(port => $port, path => '/echo?if=1');
    $echo->send_text('hallo');
    is($echo->text(5), 'hallo', 'an echo echoes there');
    $echo->close_stream;

    is(get('/publish/if?if=1&title=x')->{status}, 204,
        'a publication is taken inside of "if"');
    is(get('/posted/limited?title=y')->{status}, 204,
        'and inside of "limit_except"');
    is(Onair::Http->json($port, '/live/limited')->{now}{title}, 'y',
        'for the station of the URI');
    is(Onair::Http->post($port, '/limited/rock', '')->{status}, 405,
        'which leaves the methods to us');
}

sub a_regular_expression_leaves_no_rest_of_the_uri
{
    is(get('/publish-to/somewhere-that-is-long?title=x')->{status}, 404,
        'what does not match is not taken');
    is(get('/publish-to/somewhere_that_is_really_quite_long?title=x')->{status},
        400, 'a publication to it names its station');
    is(get('/publish-to/any?title=x&station=expressed')->{status}, 204,
        'and then is taken');
}

# Or one request with the right header would be what a cache shows everybody.
sub what_a_page_is_asked_with_does_not_reach_what_it_includes
{
    my $plain = get('/page')->{body};
    like($plain, qr/^\[\{"station":"rock".*\}\]$/s, 'a page includes the state');
    my $etag = get('/live/rock')->{headers}{etag};
    for my $header (['If-None-Match', $etag], ['Last-Event-ID', $etag],
        ['Origin', 'http://elsewhere.example'], ['Upgrade', 'websocket'],
        ['Accept', 'text/event-stream']) {
        my ($name, $value) = @$header;
        $value =~ tr/"//d if $name eq 'Last-Event-ID';
        my $answer = get('/page', headers => { $name => $value });
        like($answer->{body}, qr/^\[\{"station":"rock".*\}\]$/s,
            "and does when asked with $name");
    }
    is(get('/asked', headers => { 'If-None-Match' => $etag })->{body}, 'in',
        'and a 304 is no answer to auth_request');
}

sub the_first_message_is_not_filtered
{
    for my $class (qw(Onair::WebSocket Onair::Sse)) {
        my $client = $class->connect(port => $port, path => '/filtered/rock');
        my $first = $client->json;
        is($first && $first->{now}{title}, 'one',
            "$class: neither is the first message");
        publish('two');
        my $second = $client->json;
        is($second && $second->{now}{title}, 'two', 'nor a later one');
        publish('one');
        $client->close_stream;
    }
}

sub a_stream_without_chunks_has_none
{
    my $stream = Onair::Stream->open_stream(port => $port);
    $stream->send_bytes("GET /unchunked/rock HTTP/1.1\r\nHost: x\r\n"
        . "Accept: text/event-stream\r\n\r\n");
    ok(wait_for(sub { $stream->more(time + 0.05); $stream->{in} =~ /"one"/ }),
        'greeted');
    publish('two');
    ok(wait_for(sub { $stream->more(time + 0.05); $stream->{in} =~ /"two"/ }),
        'and told');
    unlike($stream->{in}, qr/Transfer-Encoding/i, 'the head has no chunks');
    unlike($stream->{in}, qr/^[0-9a-f]+\r$/m, 'and the body neither');
    publish('one');
    $stream->close_stream;
}

# To filters of compression or character sets a stream has been through one
# like them, whatever module they are of.
sub a_stream_is_not_recoded
{
    my $sse = Onair::Sse->connect(port => $port, path => '/recoded/rock',
        headers => { 'Accept-Encoding' => 'gzip' });
    is($sse->header('Content-Type'), 'text/event-stream', 'no character set');
    is($sse->header('Vary'), 'Accept, Upgrade', 'no compression was thought of');
    is($sse->header('Content-Encoding'), undef, 'nothing is said of it');
    is($sse->json->{now}{title}, 'one', 'and the stream is one');
    $sse->close_stream;
    is(get('/recoded/rock', headers => { 'Accept-Encoding' => 'gzip' })
        ->{headers}{'content-encoding'}, 'gzip', 'as a GET is');
}

# An application says who may listen; its own answer leaves nothing behind.
sub who_may_listen_is_said_by_an_application
{
    for my $class (qw(Onair::WebSocket Onair::Sse)) {
        my $client = $class->connect(port => $port,
            path => '/app?to=/behind/rock');
        is($client->json->{now}{title}, 'one', "$class: let in");
        is($client->header('Content-Type') // '', $class =~ /Sse/
            ? 'text/event-stream' : '', 'with a type of ours');
        publish('two');
        is($client->json->{now}{title}, 'two', 'and told');
        publish('one');
        $client->close_stream;
    }
    is(get('/app?to=/behind/rock')->{headers}{'content-type'},
        'application/json', 'a GET as well');
    is(get('/app?to=/behind-title/rock')->{headers}{'content-type'},
        'text/plain; charset=utf-8', 'and one of a title');
}

sub a_uri_that_was_rewritten_has_the_prefix_or_no_station
{
    like(get('/moved/old/rock')->{body}, qr/"title":"one"/,
        'a URI rewritten in its location');
    my $away = get('/moved/away/abcrock');
    is($away->{status}, 400, 'what is not behind the prefix is no station');
    like(get('/moved/away/abcrock?stations=rock')->{body}, qr/"title":"one"/,
        'and leaves the choice to the list');
}

sub an_upgrade_has_its_status_wherever_it_came_from
{
    for my $path ('/sorry', '/sorry-named') {
        my $ws = Onair::WebSocket->connect(port => $port, path => $path);
        is($ws->status, 101, "$path: a WebSocket behind error_page");
        is($ws->json->{now}{title}, 'one', 'is greeted');
        $ws->close_stream;
        is(get($path)->{status}, 418, 'a GET has the status it is given');
    }
}

sub a_body_of_a_handshake_is_no_frame
{
    for my $path ('/echo', '/live/rock') {
        my $ws = Onair::WebSocket->connect(port => $port, path => $path,
            headers => { 'Content-Length' => 5 }, early => 'hello');
        $ws->send_ping('still here');
        my $got;
        do { $got = $ws->frame } until !$got || $got->{opcode} != 1;
        is($got && $got->{payload}, 'still here', "$path goes on behind it");
        $ws->close_stream;
    }
}

# Nor when it comes later (RFC 9110 section 7.8).
sub a_body_that_comes_after_the_handshake_is_no_frame
{
    my %bodies = ('Content-Length: 5' => 'hello',
        'Transfer-Encoding: chunked' => "5\r\nhello\r\n0\r\n\r\n");
    for my $path ('/echo', '/live/rock') {
        for my $line (sort keys %bodies) {
            my ($name, $value) = split /: /, $line;
            my $ws = Onair::WebSocket->connect(port => $port, path => $path,
                headers => { $name => $value });
            $ws->send_bytes(substr $bodies{$line}, 0, 2);
            is(get('/live/rock')->{status}, 200, 'the worker goes on');
            $ws->send_bytes(substr($bodies{$line}, 2)
                . Onair::WebSocket::frame_bytes(9, 'here'));
            my $got;
            do { $got = $ws->frame } until !$got || $got->{opcode} != 1;
            is($got && $got->{payload}, 'here', "$path goes on behind $line");
            $ws->close_stream;
        }
    }
}

sub a_body_of_a_preflight_is_no_request
{
    my $hidden = "GET /echo HTTP/1.1\r\nHost: hidden\r\n\r\n";
    my $stream = Onair::Stream->open_stream(port => $port);
    $stream->send_bytes("OPTIONS /live/rock HTTP/1.1\r\nHost: x\r\n"
        . 'Content-Length: ' . length($hidden) . "\r\n\r\n$hidden"
        . "GET /live/rock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    wait_for(sub { $stream->more(time + 0.05); $stream->{in} =~ /"title":"one"/ });
    my @answers = $stream->{in} =~ m{^HTTP/1\.1 (\d+)}mg;
    is("@answers", '204 200', 'two requests get two answers');
    $stream->close_stream;
}

# Modules of this kind died of it, or told twice.
sub who_may_listen_is_asked_elsewhere
{
    $source->set(path => '/ask', body => 'yes', delay => 0.1);
    my @clients = map { $_->connect(port => $port, path => '/guarded/rock') }
        qw(Onair::WebSocket Onair::Sse);
    for my $client (@clients) {
        my $way = ref $client;
        is($client->json->{now}{title}, 'one', "$way: let in, and greeted");
        is(ref($client)->connect(port => $port, path => '/forbidden/rock')
            ->status, 403, "$way: or not let in");
    }
    is(get('/guarded/rock')->{status}, 200, 'GET: let in');
    is(get('/forbidden/rock')->{status}, 403, 'GET: or not');
    publish('two');
    for my $client (@clients) {
        my $way = ref $client;
        is($client->json->{now}{title}, 'two', "$way: a change is told");
        ok($client->is_silent(0.3), '... once');
    }
    publish('one');
    # Gone before the answer to who they are has come.
    for my $way (qw(close_stream reset_connection)) {
        for my $accept ('text/event-stream', 'application/json') {
            my $stream = Onair::Stream->open_stream(port => $port);
            $stream->send_bytes("GET /guarded/rock?wait=9 HTTP/1.1\r\n"
                . "Host: x\r\nAccept: $accept\r\n\r\n");
            $stream->$way;
        }
    }
    $_->close_stream for @clients;
    ok(wait_for(sub {
        Onair::Http->json($port, '/status')->{zones}[0]{subscribers} == 0;
    }), 'nobody is counted who has gone');
}

sub a_poll_that_limit_req_delays_goes_on
{
    ok(wait_for(sub {
        my ($poll) = @{ Onair::Http->json($port, '/status')->{polls} };
        return $poll->{successes} > 3;
    }), 'a poll that is delayed is done later');
    my ($poll) = @{ Onair::Http->json($port, '/status')->{polls} };
    is($poll->{failures}{total}, 0, 'and not a failure');
}

sub a_poll_is_a_request_to_its_server
{
    my $state;
    ok(wait_for(sub {
        $state = Onair::Http->json($port, '/live/seen');
        return $state && $state->{now};
    }), 'a poll of a server with a name');
    is($state->{now}{title}, 'http/seen.example/seen.example',
        'is in clear, with the name of the server as its Host');
    my $poll;
    ok(wait_for(sub {
        ($poll) = grep { $_->{location} eq '/moved' }
            @{ Onair::Http->json($port, '/status')->{polls} };
        return $poll && $poll->{failures}{bad_status};
    }), 'and goes where the server sends all requests in clear');
    is($poll->{successes}, 0, 'never to its location');
}

publish('one');
blocks_of_a_location_go_on_with_it();
a_regular_expression_leaves_no_rest_of_the_uri();
what_a_page_is_asked_with_does_not_reach_what_it_includes();
the_first_message_is_not_filtered();
a_stream_without_chunks_has_none();
a_stream_is_not_recoded();
who_may_listen_is_said_by_an_application();
a_uri_that_was_rewritten_has_the_prefix_or_no_station();
an_upgrade_has_its_status_wherever_it_came_from();
a_body_of_a_handshake_is_no_frame();
a_body_that_comes_after_the_handshake_is_no_frame();
a_body_of_a_preflight_is_no_request();
who_may_listen_is_asked_elsewhere();
a_poll_that_limit_req_delays_goes_on();
a_poll_is_a_request_to_its_server();
is(join(' ', $server->workers), $pid, 'the worker lives');
$server->end_checks;
done_testing;
