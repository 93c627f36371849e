#!/usr/bin/env perl

# What caches and nginx's own header filters make of the answers: Vary with a
# real proxy_cache in front, one Cache-Control with `expires`, none of another's.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 1, http => <<'END');
    proxy_cache_path %%DIR%%/cache keys_zone=front:1m;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_h2%% http2;
        location /publish/ { onair_publish; }
        location /live/ { onair; }
        location /same/ { onair; onair_origin same; }
        location = /echo { onair_echo; }
        location = /status { onair_status; }
        location /hour/ { expires 1h; onair; }
        location /never/ { expires -1; onair; }
        location /epoch/ { expires epoch; onair; }
        location /max/ { expires max; onair; }
        location = /hour-status { expires 1h; onair_status; }
        location = /hour-publish { expires 1h; onair_publish rock; }
        location /led/ { proxy_pass http://127.0.0.1:%%PORT_leads%%; }
    }
    server {
        listen 127.0.0.1:%%PORT_leads%%;
        add_header X-Accel-Redirect /live/rock;
        add_header Cache-Control "public, max-age=86400";
        add_header Expires "Thu, 31 Dec 2037 23:55:55 GMT";
        location / { return 204; }
    }
    server {
        listen 127.0.0.1:%%PORT_front%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT%%;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $http_connection;
            proxy_cache front;
            proxy_cache_valid any 1m;
            add_header X-Cache $upstream_cache_status;
        }
    }
END
my $port = $server->port;
my $front = $server->port('front');
my $count = 0;

sub publish
{
    Onair::Http->post($port, '/publish/rock', 'text=t' . ++$count);
}

# Each header of this name in an answer, as it is on the wire.
sub headers_of
{
    my ($name, $path, %headers) = @_;
    my $to = delete $headers{port};
    my $method = delete $headers{method};
    my $http = Onair::Http->connect(port => $to // $port);
    $http->send_request(path => $path, headers => \%headers,
        method => $method // 'GET');
    my $text = $http->take(
        sub { $_[0] =~ s/\A(.*?\r\n\r\n)//s ? $1 : undef }, 10) // '';
    $http->close_stream;
    return $text =~ /^\Q$name\E: *([^\r]*)\r$/mgi;
}

sub varies
{
    my ($what, $path, $expected, %headers) = @_;
    is(join('; ', headers_of('Vary', $path, %headers)), $expected,
        "$what names what it depends on");
}

my %events = (Accept => 'text/event-stream');
my %upgrade = (Upgrade => 'websocket', Connection => 'Upgrade',
    'Sec-WebSocket-Version' => 13,
    'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==');

sub every_answer_says_what_it_depends_on
{
    publish();
    my ($tag) = headers_of('ETag', '/live/rock');
    for my $case (['a document', '/rock'], ['HEAD', '/rock', method => 'HEAD'],
        ['304', '/rock', 'If-None-Match' => $tag],
        ['an event stream', '/rock', %events],
        ['a long poll', '/rock?wait=9'], ['a WebSocket', '/rock', %upgrade],
        ['426', '/rock', %upgrade, 'Sec-WebSocket-Version' => 9],
        ['400', '/rock?wait=x'], ['no station', '/'],
        ['405', '/rock', method => 'PUT'],
        ['a preflight', '/rock', method => 'OPTIONS']) {
        my ($what, $path, @headers) = @$case;
        varies($what, "/live$path", 'Accept, Upgrade', @headers);
        varies($what, "/same$path", 'Accept, Upgrade, Origin', @headers);
    }
    varies('403', '/same/rock', 'Accept, Upgrade, Origin',
        Origin => 'http://evil.test');
    varies('an echo', '/echo', 'Accept, Upgrade');
    varies('a status page', '/status', 'Accept');
}

sub a_cache_in_front_keeps_the_answers_apart
{
    publish();
    for my $accept ({ Accept => '*/*' }, {}) {
        my ($first) = headers_of('X-Cache', '/live/rock', port => $front,
            %$accept);
        my ($second) = headers_of('X-Cache', '/live/rock', port => $front,
            %$accept);
        like("$first $second", qr/HIT\z/, 'a document is from the cache');
        my $ws = Onair::WebSocket->connect(port => $front,
            path => '/live/rock', headers => $accept);
        is($ws->json->{now}{text}, "t$count", 'a WebSocket is not');
        $ws->close_stream;
        my $sse = Onair::Sse->connect(port => $front, path => '/live/rock');
        is($sse->json->{now}{text}, "t$count", 'nor is an event stream');
        $sse->close_stream;
    }
    is(Onair::Http->get($front, '/same/rock', headers => { Origin =>
        'http://evil.test' })->{status}, 403, 'who is refused');
    is(Onair::Http->get($front, '/same/rock', headers => { Origin =>
        "http://127.0.0.1:$port" , Host => "127.0.0.1:$port" })->{status}, 200,
        'is refused for himself');
}

sub a_cache_in_front_keeps_no_publication
{
    for my $title ('one', 'two') {
        Onair::Http->get($front, '/publish/rock?mode=updinfo&song=x');
        Onair::Http->get($port, "/publish/rock?text=$title");
        Onair::Http->get($front, '/publish/rock?mode=updinfo&song=x');
        is(Onair::Http->json($port, '/live/rock')->{now}{text}, 'x',
            'each publication arrives');
    }
}

sub there_is_one_cache_control
{
    publish();
    my ($tag) = headers_of('ETag', '/live/rock');
    my %with = ('/live/' => ['max-age=1'], '/hour/' => ['max-age=3600'],
        '/never/' => ['no-cache'],
        '/epoch/' => ['no-cache'], '/max/' => ['max-age=315360000']);
    for my $path (sort keys %with) {
        for my $case (['a document', ''], ['304', '', 'If-None-Match' => $tag]) {
            my ($what, $args, %headers) = @$case;
            is_deeply([ headers_of('Cache-Control', "${path}rock$args",
                %headers) ], $with{$path}, "$path: $what has one");
            my @expires = headers_of('Expires', "${path}rock$args", %headers);
            is(scalar @expires, $path eq '/live/' ? 0 : 1, 'and its Expires');
        }
        for my $case (['a long poll', '?wait=9', 'no-store'],
            ['304 of one', "?wait=0&since=" . ($tag =~ s/"//gr), 'no-store'],
            ['an event stream', '', 'no-store, no-transform', %events],
            ['HEAD of one', '', 'no-store, no-transform', %events,
                method => 'HEAD']) {
            my ($what, $args, $value, %headers) = @$case;
            is_deeply([ headers_of('Cache-Control', "${path}rock$args",
                %headers) ], [$value], "$path: $what is for nobody else");
            is_deeply([ headers_of('Expires', "${path}rock$args", %headers) ],
                [], 'and has no Expires');
        }
    }
    is_deeply([ headers_of('Cache-Control', $_) ], ['no-store'], "$_ as well")
        for '/hour-status', '/hour-publish?title=x';
    is_deeply([ headers_of('Cache-Control', '/hour/?wait=x') ], ['no-store'],
        'a refusal, too');
    is_deeply([ headers_of($_, '/led/') ], $_ eq 'Expires' ? [] : ['max-age=1'],
        "an answer that led here leaves no $_")
        for 'Cache-Control', 'Expires';
}

sub it_is_so_over_http2
{
    my $url = 'http://127.0.0.1:' . $server->port('h2');
    my $head = sub {
        return join '', grep { /^(?:cache-control|expires|vary):/i }
            split /^/, `curl -sS -m 1 --http2-prior-knowledge -D - @_ 2>&1`
            =~ s/\r//gr;
    };
    is($head->("$url/hour/rock -o /dev/null") =~ s/^expires: .*\n//mr,
        "vary: Accept, Upgrade\ncache-control: max-age=3600\n", 'a document');
    is($head->("$url/hour/rock -H 'Accept: text/event-stream' -o /dev/null"),
        "vary: Accept, Upgrade\ncache-control: no-store, no-transform\n",
        'an event stream');
}

every_answer_says_what_it_depends_on();
a_cache_in_front_keeps_the_answers_apart();
a_cache_in_front_keeps_no_publication();
there_is_one_cache_control();
it_is_so_over_http2();
$server->end_checks;
done_testing();
