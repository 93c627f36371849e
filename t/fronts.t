#!/usr/bin/env perl

# Each front of docs/fronts passes what onair says: WebSocket, event streams,
# long polls and GET, through silence longer than the front's patience and over
# a reload; it names the client and the page's own site, and asks the reserve.
# Without one of the lines that the file is about, the same probes find it.
#
# Here only nginx's own, as any machine has it; `make fronts` tests all
# (ONAIR_FRONTS: names, or "all").

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Front;
use Onair::Http;
use Onair::Process qw(wait_for slurp spawn terminate free_port);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

# The server with onair, of the same folder, with what a test needs besides.
sub origin
{
    my ($title) = @_;
    my $text = slurp("$FindBin::Bin/../docs/fronts/onair.conf");
    my $module = Onair::Server::module();
    my $load = $module eq '' ? '' : "load_module $module;";
    my $paths = join '', map { "${_}_temp_path %%DIR%%/temp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
    $text =~ s/^load_module .*/$load/m;
    $text =~ s/^user .*\n|^worker_rlimit_nofile .*\n//mg;
    $text =~ s/^worker_processes .*/worker_processes 1;\ndaemon off;/m;
    $text =~ s/^pid .*/pid %%DIR%%\/nginx.pid;/m;
    $text =~ s/^error_log .*/error_log %%DIR%%\/error.log info;/m;
    $text =~ s/worker_connections \d+/worker_connections 512/;
    $text =~ s{10\.0\.0\.0/24}{127.0.0.1};
    $text =~ s/listen 8080/listen 127.0.0.1:%%PORT%%/;
    $text =~ s/listen 8081/listen 127.0.0.1:%%PORT_proxy%%/;
    $text =~ s/ +location = \/source \{.*?\n +\}\n//s or die 'no source';
    $text =~ s/(?=^ +location \/live\/)/        location = \/live\/capped {
            onair rock;
            onair_connections per_ip=2;
        }\n/mg;
    $text =~ s/^http \{\n/http {\n$paths
    onair_drain 0s;
    onair_heartbeat 1s timeout=20s;
    server {
        listen 127.0.0.1:%%PORT_own%%;
        location \/publish\/ { onair_publish; }
        location = \/status { onair_status; }
    }
/m;
    my $server = Onair::Server->new(workers => 1, config => $text);
    publish($server, $title);
    return $server;
}

sub publish
{
    my ($server, $title) = @_;
    my $answer = Onair::Http->post($server->port('own'), '/publish/rock',
        JSON::PP->new->encode({ title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

my $origin = origin('first');
my $reserve = origin('reserve');
my $count = 0;
# Seconds for what has to come; less where it is to be seen that it does not.
our $limit = 15;

# What a client of this front begins with.
sub to
{
    my ($front, $path, %headers) = @_;
    return (port => $front->port, tls => $front->is_tls, timeout => $limit,
        path => $path // '/live/rock',
        headers => { Host => '127.0.0.1:' . $front->port, %headers });
}

sub get
{
    my ($front, $path, %headers) = @_;
    return Onair::Http->request(to($front, $path, %headers))
        // { status => 'none', headers => {}, body => '' };
}

# Each of these says what is wrong, '' if nothing is.
sub first_of_websocket
{
    my ($ws) = @_;
    return 'WebSocket: ' . ($ws->status // 'none') unless
        ($ws->status // 0) == 101;
    return $ws->json ? '' : 'WebSocket: no message';
}

sub first_of_events
{
    my ($sse) = @_;
    return 'events: ' . ($sse->status // 'none') unless
        ($sse->status // 0) == 200;
    return 'events: compressed' if $sse->header('Content-Encoding');
    return $sse->json($limit) ? '' : 'events: none';
}

sub silent_websocket
{
    my ($ws) = @_;
    my $until = time + 15;
    while (($ws->{pings} // 0) < 5) {
        my $frame = $ws->frame($until - time) // return 'WebSocket: cut';
        $ws->control($frame);
    }
    return '';
}

sub silent_events
{
    my ($sse) = @_;
    my $beats = 0;
    my $until = time + 15;
    while ($beats < 5) {
        my $left = $until - time;
        my $block = $sse->block($left > 0 ? $left : 0) // return 'events: cut';
        $beats++ if defined $block->{comment};
    }
    return '';
}

# Both streams: the present state, five heartbeats, which is longer than the
# front is patient, then a change.
sub streams
{
    my ($front) = @_;
    my $ws = Onair::WebSocket->connect(to($front));
    my $sse = Onair::Sse->connect(to($front, undef,
        'Accept-Encoding' => 'gzip, deflate, br, zstd'));
    my $wrong = first_of_websocket($ws) || first_of_events($sse)
        || silent_websocket($ws) || silent_events($sse);
    return $wrong if $wrong;
    my $title = 'change ' . ++$count;
    publish($origin, $title);
    return 'WebSocket: no change'
        unless (($ws->json // {})->{now}{title} // '') eq $title;
    return 'events: no change'
        unless (($sse->json(5) // {})->{now}{title} // '') eq $title;
    $_->close_stream for $ws, $sse;
    return '';
}

sub websocket
{
    my ($front) = @_;
    my $ws = Onair::WebSocket->connect(to($front));
    return first_of_websocket($ws) || silent_websocket($ws);
}

sub events
{
    my ($front) = @_;
    my $sse = Onair::Sse->connect(to($front, undef,
        'Accept-Encoding' => 'gzip, deflate, br, zstd'));
    return first_of_events($sse) || silent_events($sse);
}

sub poll
{
    my ($front) = @_;
    my $state = Onair::Http->json($origin->port, '/live/rock');
    my $since = "/live/rock?wait=2&since=$state->{epoch}:$state->{seq}";
    my $answer = get($front, $since);
    return "poll: $answer->{status} at the end" if $answer->{status} != 304;
    my $http = Onair::Http->connect(to($front));
    $http->send_request(to($front, $since));
    publish($origin, 'change ' . ++$count);
    $answer = $http->answer // return 'poll: no answer';
    return "poll: $answer->{status}" if $answer->{status} != 200;
    return $answer->{body} =~ /"title":"change $count"/ ? '' : 'poll: old';
}

# A WebSocket right behind a GET of the same: a cache may not answer it.
sub plain
{
    my ($front) = @_;
    my $answer = get($front);
    return "GET: $answer->{status}" if $answer->{status} != 200;
    my $ws = Onair::WebSocket->connect(to($front));
    return 'WebSocket from a cache' if ($ws->status // 0) != 101;
    my $tag = $answer->{headers}{etag} // return 'GET: no ETag';
    my $again = get($front, undef, 'If-None-Match' => $tag);
    return "GET again: $again->{status}" if $again->{status} != 304;
    publish($origin, 'change ' . ++$count);
    return wait_for(sub { get($front)->{body} =~ /"change $count"/ }, 10)
        ? '' : 'GET: old';
}

# Four clients that invent addresses; two may come.
sub address
{
    my ($front) = @_;
    wait_for(sub {
        my $status = Onair::Http->json($origin->port('own'), '/status');
        return !$status->{zones}[0]{connections};
    }, 20) or return 'address: connections are left over';
    my @open = map {
        Onair::Sse->connect(to($front, '/live/capped',
            'X-Forwarded-For' => "192.0.2.$_"));
    } 1 .. 4;
    my $got = join ' ', map { $_->status // 'none' } @open;
    $_->close_stream for @open;
    return $got eq '200 200 429 429' ? '' : "address: $got";
}

sub site
{
    my ($front) = @_;
    my $own = ($front->is_tls ? 'https' : 'http') . '://127.0.0.1:'
        . $front->port;
    my @got = map { get($front, undef, Origin => $_,
        'Cache-Control' => 'no-cache')->{status} }
        $own, 'http://other.example';
    return "@got" eq '200 403' ? '' : "site: @got";
}

sub reload
{
    my ($front) = @_;
    my $ws = Onair::WebSocket->connect(to($front));
    my $sse = Onair::Sse->connect(to($front));
    my $wrong = first_of_websocket($ws) || first_of_events($sse);
    return $wrong if $wrong;
    $origin->reload;
    my $code = $ws->close_code(15) // 'none';
    return "reload: WebSocket $code" if $code ne '1012';
    my $last;
    while (my $block = $sse->block(15)) { $last = $block }
    return 'reload: no retry' unless ($last // {})->{retry};
    publish($origin, 'change ' . ++$count);
    my $next = Onair::Sse->connect(to($front),
        last_event_id => $sse->{last_id});
    my $state = $next->json;
    return 'reload: not resumed'
        if !$state || $state->{gap} || $state->{now}{title} ne "change $count";
    $_->close_stream for $ws, $sse, $next;
    return '';
}

sub spare
{
    my ($front) = @_;
    my $port = $origin->port;
    $origin->stop;
    my $took = wait_for(sub { get($front, '/live/rock?x=' . ++$count)->{body}
        =~ /"title":"reserve"/ }, $limit);
    $origin->start;
    publish($origin, 'back');
    return $took ? '' : 'the reserve is not asked';
}

# A stream that is asked for while no server is there.
sub nobody
{
    my ($front) = @_;
    $_->stop for $origin, $reserve;
    my $answer = get($front, undef, Accept => 'text/event-stream');
    my $plain = get($front);
    $_->start for $origin, $reserve;
    publish($origin, 'back');
    publish($reserve, 'reserve');
    return "nobody: $answer->{status}"
        unless $answer->{status} == 200 && $answer->{body} =~ /^retry: \d+\n\n$/;
    return $plain->{status} == 502 ? '' : "nobody: GET $plain->{status}";
}

sub over_http2
{
    my ($front) = @_;
    my $dir = $front->{dir};
    my $pid = spawn("$dir/curl", 'curl', '-skN', '--http2', '--max-time', 20,
        '-w', '%{http_version}', '-H', 'Accept: text/event-stream',
        "https://127.0.0.1:${\ $front->port}/live/rock");
    my $got = wait_for(sub { (slurp("$dir/curl") // q()) =~ /^data: \{/m }, 15);
    terminate($pid, 'INT');
    return $got ? '' : 'HTTP/2: no event';
}

my %probe = (streams => \&streams, websocket => \&websocket,
    events => \&events, poll => \&poll, plain => \&plain,
    address => \&address, site => \&site, reload => \&reload,
    spare => \&spare, nobody => \&nobody, http2 => \&over_http2);
my @every = qw(streams poll plain address site reload);

# What a front has besides, and what its lines are for: the probe that fails
# without them, and what it then says.
my %more = (
    nginx => [ qw(http2 spare nobody) ],
    'nginx-outer' => ['spare'],
    apache => [ qw(http2 spare) ],
    haproxy => [ qw(http2 spare) ],
    varnish => ['spare'],
    caddy => ['spare'],
    squid => ['spare'],
    h2o => ['http2'],
    stunnel => ['spare'],
);
my %lines = (
    nginx => [
        [ without => qr/set_header Upgrade/, websocket => qr/^WebSocket: 200/ ],
        [ without => qr/header Connection/, websocket => qr/^WebSocket: 400/ ],
        [ without => qr/set_header Host/, site => qr/^site: 403 403/ ],
        [ without => qr/X-Forwarded-For/, address => qr/^address: 200 200 200/ ],
        [ without => qr/error_page/, nobody => qr/^nobody: 502/ ],
        [ without => qr/backup/, spare => qr/reserve is not asked/ ],
        [ instead => [ qr/read_timeout 75s/, 'read_timeout 400ms' ],
            events => qr/^events: cut/ ] ],
    'nginx-outer' => [
        [ without => qr/proxy_buffering|http_version/,
            events => qr/^events: none/ ] ],
    'nginx-cache' => [
        [ instead => [ qr/proxy_cache_lock on;/,
            'proxy_ignore_headers Vary;' ], plain => qr/from a cache/ ] ],
    apache => [
        [ instead => [ qr/upgrade=websocket/, '' ],
            websocket => qr/^WebSocket: 200/ ],
        [ without => qr/PreserveHost/, site => qr/^site: 403 403/ ],
        [ without => qr/status=\+H/, spare => qr/reserve is not asked/ ] ],
    'apache-rewrite' => [
        [ without => qr/RewriteRule/, websocket => qr/^WebSocket: 200/ ],
        [ without => qr/PreserveHost/, site => qr/^site: 403 403/ ] ],
    haproxy => [
        [ without => qr/X-Forwarded-For/, address => qr/^address: 200 200 200/ ],
        [ without => qr/backup/, spare => qr/reserve is not asked/ ],
        [ instead => [ qr/timeout tunnel 75s/, 'timeout tunnel 400ms' ],
            websocket => qr/^WebSocket: cut/ ],
        [ instead => [ qr/timeout server 75s/, 'timeout server 400ms' ],
            events => qr/^events: cut/ ],
        [ instead => [ qr/timeout server 75s/, 'timeout server 400ms' ],
            poll => qr/^poll: 504/ ] ],
    varnish => [
        [ instead => [ qr/\(pipe\)/, '(pass)' ],
            websocket => qr/^WebSocket: 200/ ],
        [ without => qr/http\.Connection/, websocket => qr/^WebSocket: [4n]/ ],
        [ without => qr/add_backend\(two\)/, spare => qr/is not asked/ ] ],
    caddy => [
        [ instead => [ qr/encode \@compressed/, 'encode' ],
            events => qr/^events: (?:compressed|none)/ ],
        [ instead => [ qr/ 10\.0\.0\.3:8080/, '' ],
            spare => qr/is not asked/ ] ],
    squid => [
        [ without => qr/upgrade_request/, websocket => qr/^WebSocket: 200/ ],
        [ without => qr/name=two|peer_access two/,
            spare => qr/is not asked/ ] ],
    lighttpd => [
        [ without => qr/proxy\.header/, websocket => qr/^WebSocket: 200/ ],
        [ without => qr/stream-response/, events => qr/^events: none/ ] ],
    h2o => [
        [ without => qr/proxy\.websocket/, websocket => qr/^WebSocket: 200/ ],
        [ without => qr/preserve-host/, site => qr/^site: 403 403/ ],
        [ instead => [ qr/io: 75000/, 'io: 400' ], poll => qr/^poll: 502/ ] ],
    stunnel => [
        [ without => qr/protocol = proxy/, websocket => qr/^WebSocket: none/ ] ],
    hitch => [
        [ without => qr/write-proxy/, websocket => qr/^WebSocket: none/ ] ],
    trafficserver => [
        [ without => qr/map ws/, websocket => qr/^WebSocket: [24]/ ] ],
);

sub front
{
    my ($name, %given) = @_;
    return Onair::Front->start($name, origin => $origin, reserve => $reserve,
        %given);
}

sub passes
{
    my ($name) = @_;
    my $front = front($name);
    for my $probe (@every, @{ $more{$name} // [] }) {
        is($probe{$probe}->($front), '', "$name: $probe") or diag $front->log;
    }
    $front->stop;
}

sub each_line_is_needed
{
    my ($name) = @_;
    for my $line (@{ $lines{$name} // [] }) {
        my ($how, $what, $probe, $like) = @$line;
        my $front = front($name, $how => $what);
        local $limit = 4;
        my $said = $how eq 'without' ? "without $what" : "with $what->[1]";
        like($probe{$probe}->($front), $like, "$name $said: $probe");
        $front->stop;
    }
}

my $given = $ENV{ONAIR_FRONTS} // 'nginx nginx-outer nginx-cache';
my @names = $given eq 'all' ? Onair::Front::names() : split ' ', $given;
for my $name (@names) {
    next unless ok(Onair::Front::is_here($name), "$name is on this machine");
    passes($name);
    each_line_is_needed($name);
}
# What the front asked of a server that was away is its own to say.
$_->end_checks for $origin, $reserve;
done_testing;
