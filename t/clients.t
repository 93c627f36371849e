#!/usr/bin/env perl

# Clients that are not ours: npm's ws, Debian's python3-websockets, curl, and
# an nginx in front with and without buffering. One that is not installed is
# skipped.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for spawn slurp terminate scratch_dir);
use Onair::Server;
use Onair::Sse;
use Onair::Tls;
use Onair::WebSocket;

my $lines = Onair::Tls::lines();
my $server = Onair::Server->new(workers => 2, files => Onair::Tls::files(),
    http => <<"END");
    onair_drain 0s;
    onair_heartbeat 1s timeout=30s;
    map \$http_upgrade \$connection_upgrade { default upgrade; '' close; }
    upstream back { server 127.0.0.1:%%PORT%%; keepalive 4; }
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        $lines
        onair_deflate on;
        onair_max_message 1m;
        location /live/ { onair; }
        location = /echo { onair_echo; }
        location /publish/ { onair_publish; }
    }
    server {
        listen 127.0.0.1:%%PORT_front%%;
        listen 127.0.0.1:%%PORT_front_h2%% ssl http2;
        $lines
        gzip on;
        gzip_types *;
        gzip_min_length 0;
        location / {
            proxy_pass http://back;
            proxy_http_version 1.1;
            proxy_set_header Host \$host;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection \$connection_upgrade;
        }
        location /unbuffered/ {
            proxy_pass http://back/;
            proxy_buffering off;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection \$connection_upgrade;
        }
        location /old/ { proxy_pass http://back/; }
    }
END
my $dir = scratch_dir();
my $runs = 0;

sub publish
{
    my ($title) = @_;
    my $answer = Onair::Http->post($server->port, '/publish/rock',
        JSON::PP->new->utf8->encode({ title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

# Runs a client; what it prints is in the file that is returned with its pid.
sub run
{
    my @command = @_;
    my $out = "$dir/out" . $runs++;
    local $ENV{NODE_PATH} = node_path();
    local $ENV{NODE_TLS_REJECT_UNAUTHORIZED} = 0;
    local $ENV{NODE_NO_WARNINGS} = 1;
    return (spawn($out, @command), $out);
}

sub node_path
{
    my $root = "$FindBin::Bin/..";
    return join ':', grep { -d $_ }
        glob("$root/build*/*/node_modules"),
        glob(($ENV{ONAIR_BUILD} // "$root/build") . '/*/node_modules'),
        '/usr/share/nodejs';
}

sub prints
{
    my ($out, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(wait_for(sub { (slurp($out) // '') =~ $pattern }, 15), $name)
        || diag(slurp($out));
}

# Both clients do the same: echo messages of many sizes, then print each
# title, and at the end the close code.
sub a_websocket_client
{
    my ($name, @command) = @_;
    for my $case ([ 'ws', '' ], [ 'wss', 'tls' ], [ 'ws', 'front' ],
        [ 'wss', 'front_h2' ]) {
        my ($scheme, $which) = @$case;
        my $base = "$scheme://127.0.0.1:" . $server->port($which);
        my $where = "$name over $scheme" . ($which =~ /front/ ? ', proxied' : '');
        publish("first $where");
        my ($pid, $out) = run(@command, $base);
        prints($out, qr/^echoed 12$/m, "$where: echoes, deflated");
        prints($out, qr/^title first \Q$where\E$/m, 'the state');
        publish("then $where");
        prints($out, qr/^title then \Q$where\E$/m, 'the change');
        if ($which !~ /front/) {
            $server->reload;
            prints($out, qr/^closed 1012 /m, 'the goodbye');
        }
        terminate($pid, 'KILL');
        my $broken = slurp($out) =~ /error/i;
        ok(!$broken, 'no error') or diag(slurp($out));
    }
}

sub has
{
    my (@command) = @_;
    local $ENV{NODE_PATH} = node_path();
    my $pid = spawn("$dir/has", @command);
    waitpid $pid, 0;
    return $? == 0;
}

sub curl_reads_events
{
    my %ways = (
        'HTTP/2' => [ '--http2', 'https', 'tls', '' ],
        'HTTP/1.1' => [ '--http1.1', 'http', '', '' ],
        'HTTP/2, proxied' => [ '--http2', 'https', 'front_h2', '' ],
        'proxied' => [ '--http1.1', 'http', 'front', '' ],
        'unbuffered' => [ '--http1.1', 'http', 'front', '/unbuffered' ],
        'a proxy of HTTP/1.0' => [ '--http1.1', 'http', 'front', '/old' ],
        'compressed, proxied' => [ '--http1.1', 'http', 'front', '',
            '--compressed' ],
    );
    publish('before curl');
    my %runs;
    for my $way (sort keys %ways) {
        my ($version, $scheme, $which, $prefix, @more) = @{ $ways{$way} };
        $runs{$way} = [ run('curl', '-sSkN', $version, @more, '-H',
            'Accept: text/event-stream', "$scheme://127.0.0.1:"
                . $server->port($which) . "$prefix/live/rock") ];
    }
    prints($runs{$_}[1], qr/"before curl"/, "curl, $_: the state")
        for sort keys %runs;
    publish('while curl');
    for my $way (sort keys %runs) {
        prints($runs{$way}[1], qr/"while curl"/, "curl, $way: the change");
        prints($runs{$way}[1], qr/^:$/m, 'a heartbeat');
    }
    $server->reload;
    for my $way (sort keys %runs) {
        my ($pid, $out) = @{ $runs{$way} };
        # The worker that is the proxy leaves as well, but waits for its own.
        ok(wait_for(sub { waitpid($pid, 1) == $pid }, 15), "curl, $way: ends");
        is($?, 0, 'in an orderly way');
        like(slurp($out), qr/\n\n(?::\n)*retry: \d+\n\n\z/, 'with retry');
    }
}

sub a_proxy_passes_the_rest
{
    my $port = $server->port('front');
    my $answer = Onair::Http->get($port, '/live/rock');
    is($answer->{status}, 200, 'GET through a proxy');
    is(Onair::Http->get($port, '/live/rock', headers => {
        'If-None-Match' => $answer->{headers}{etag} })->{status}, 304,
        'which has not changed');
    my $state = JSON::PP->new->utf8->decode($answer->{body});
    my $poll = Onair::Http->connect(port => $port);
    $poll->send_request(
        path => "/live/rock?wait=20&since=$state->{epoch}:$state->{seq}");
    ok($poll->is_silent(0.1), 'a long poll waits');
    publish('through the proxy');
    like($poll->answer->{body}, qr/through the proxy/, 'and is answered');
    my $ws = Onair::WebSocket->connect(port => $port, path => '/old/live/rock');
    is($ws->status, 200, 'a proxy that drops Upgrade makes it a plain GET');
}

sub bare_upgrades_are_explained
{
    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock', headers => { Connection => 'keep-alive' });
    is($ws->status, 400, 'Upgrade without Connection');
    like($ws->refusal, qr/Connection: Upgrade/, 'says what is missing');
}

SKIP: {
    skip 'no npm ws', 1 unless has('node', '-e', 'require("ws")');
    a_websocket_client('npm ws', 'node', "$FindBin::Bin/lib/ws_client.js");
}
SKIP: {
    skip 'no python3-websockets', 1
        unless has('/usr/bin/python3', '-c', 'import websockets');
    a_websocket_client('python3-websockets', '/usr/bin/python3',
        "$FindBin::Bin/lib/websockets_client.py");
}
curl_reads_events();
a_proxy_passes_the_rest();
bare_upgrades_are_explained();
$server->end_checks;
done_testing();
