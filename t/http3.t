#!/usr/bin/env perl

# The transports over HTTP/3, where nginx is built with it: the state, each
# change, heartbeats, goodbye; a client that is gone is let go.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use List::Util qw(sum0);
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for spawn slurp terminate scratch_dir);
use Onair::Server;
use Onair::Tls;

plan skip_all => 'this nginx has no HTTP/3'
    unless Onair::Server::built_with() =~ /--with-http_v3_module/;

my $dir = scratch_dir();
my $runs = 0;
my @libraries = glob(($ENV{ONAIR_BUILD} // 'build') . '/http3/usr/lib/*');

# A request over HTTP/3; returns the client's pid and the file it writes to.
sub ask
{
    my @arguments = @_;
    my $out = "$dir/client" . $runs++;
    local $ENV{LD_LIBRARY_PATH} = join ':', @libraries;
    return (spawn($out, '/usr/bin/python3', "$FindBin::Bin/lib/h3_client.py",
        @arguments), $out);
}

# One that ends by itself, as Onair::Http has it.
sub answer
{
    my ($pid, $out) = ask(@_);
    waitpid $pid, 0;
    my $code = $? >> 8;
    my ($head, $body) = split /\r\n\r\n/, slurp($out), 2;
    my %headers = map { lc($_->[0]) => $_->[1] }
        map { [ split /: /, $_, 2 ] } ($head // '') =~ /^([^:\r\n]+: [^\r\n]*)/mg;
    my ($status) = ($head // '') =~ m{^HTTP/3 (\d+)};
    return { code => $code, status => $status // 0, headers => \%headers,
        body => $body };
}

my ($probe) = ask('-m', 1, 'https://127.0.0.1:9/');
waitpid $probe, 0;
plan skip_all => 'no libcurl with HTTP/3' if $? >> 8 == 77;

my $lines = Onair::Tls::lines();

sub start
{
    return Onair::Server->new(workers => 1, files => Onair::Tls::files(),
        http => <<"END");
    gzip on;
    gzip_types *;
    gzip_min_length 0;
    keepalive_timeout 4s;
    onair_heartbeat 1s;
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_h3%% quic;
        $lines
        location /live/ { onair; }
        location /same/ { onair; onair_origin same; }
        location /few/ { onair; onair_connections per_ip=2; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
}

my $server = start();
my $port = $server->port;
my $h3 = $server->port('h3');
my $url = "https://127.0.0.1:$h3";

sub publish
{
    my ($station, $title) = @_;
    my $answer = Onair::Http->post($server->port, "/publish/$station",
        JSON::PP->new->utf8->encode({ title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

sub subscribers
{
    my $workers = Onair::Http->json($port, '/status')->{workers};
    return sum0(map { values %{ $_->{subscribers} } } @$workers);
}

sub events
{
    my ($path, @more) = @_;
    return ask('-H', 'Accept: text/event-stream', '-H',
        'Accept-Encoding: gzip', @more, "$url$path");
}

sub a_get_is_the_state
{
    publish('rock', 'first');
    my $answer = answer("$url/live/rock");
    is($answer->{status}, 200, 'GET');
    my $state = JSON::PP->new->utf8->decode($answer->{body});
    is($state->{now}{title}, 'first', 'is the state');
    my $etag = $answer->{headers}{etag};
    is($etag, qq{"$state->{epoch}:$state->{seq}"}, 'with its tag');
    is(answer('-H', "If-None-Match: $etag", "$url/live/rock")->{status}, 304,
        'which holds');
    my $head = answer('-I', "$url/live/rock");
    is($head->{status}, 200, 'HEAD');
    is($head->{headers}{'content-length'}, length $answer->{body},
        'says how long it is');
}

sub events_are_each_change
{
    my ($pid, $out) = events('/live/rock');
    ok(wait_for(sub { (slurp($out) // '') =~ /"first"/ }), 'events: the state');
    for my $count (1 .. 20) {
        publish('rock', "change $count");
        wait_for(sub { slurp($out) =~ /"change $count"/ })
            or return fail("change $count");
    }
    my $text = slurp($out);
    my @titles = $text =~ /"now":\{[^}]*"title":"([^"]*)"/g;
    is("@titles", join(' ', 'first', map { "change $_" } 1 .. 20),
        'each change, in order');
    like($text, qr{^HTTP/3 200}, 'status');
    like($text, qr/^content-type: text\/event-stream\r$/mi, 'type');
    unlike($text, qr/^(?:content-encoding|transfer-encoding)/mi,
        'neither compressed nor in chunks');
    like($text, qr/\r\n\r\nretry: \d+\nid: [0-9a-f]{8}:\d+\ndata: \{/,
        'retry, id, data');
    ok(wait_for(sub { slurp($out) =~ /\n:\n:\n/ }),
        'heartbeats are comments');
    is(subscribers(), 1, 'one subscriber');
    terminate($pid);
    ok(wait_for(sub { subscribers() == 0 }, 20), 'who is gone is let go');
    my $head = answer('-I', '-H', 'Accept: text/event-stream',
        "$url/live/rock");
    is($head->{headers}{'content-type'}, 'text/event-stream', 'HEAD is typed');
    is($head->{code}, 0, 'and ends');
}

sub a_long_poll_waits_for_the_change
{
    my $etag = answer("$url/live/rock")->{headers}{etag};
    my ($pid, $out) = ask('-H', "If-None-Match: $etag",
        "$url/live/rock?wait=30");
    ok(wait_for(sub { subscribers() == 1 }), 'a long poll waits');
    publish('rock', 'polled');
    waitpid $pid, 0;
    is($?, 0, 'and ends');
    like(slurp($out), qr/"title":"polled"/, 'with the change');
    my $began = time;
    $etag = answer("$url/live/rock")->{headers}{etag};
    is(answer('-H', "If-None-Match: $etag", "$url/live/rock?wait=1")->{status},
        304, 'or with its time');
    cmp_ok(time - $began, '>', 0.9, 'not before');
}

sub a_publisher_may_speak_it
{
    is(answer('-d', '{"title":"over 3"}', '-H',
        'Content-Type: application/json', "$url/publish/jazz")->{status}, 204,
        'a publisher is taken');
    like(answer("$url/live/jazz")->{body}, qr/"title":"over 3"/, 'at its word');
}

sub same_is_the_authority_that_was_asked
{
    my %asked = ("https://localhost:$h3" => 200, 'https://localhost' => 403,
        "http://localhost:$h3" => 403, "https://127.0.0.1:$h3" => 403);
    for my $origin (sort keys %asked) {
        is(answer('-a', "localhost:$h3", '-H', "Origin: $origin",
            "https://localhost:$h3/same/rock")->{status}, $asked{$origin},
            "same: '$origin'");
    }
}

sub caps_count_it
{
    my @pids = map { (events('/few/rock'))[0] } 1 .. 2;
    ok(wait_for(sub { subscribers() == 2 }), 'two are let in');
    is(answer('-H', 'Accept: text/event-stream', "$url/few/rock")->{status},
        429, 'the third is not');
    terminate($_) for @pids;
    ok(wait_for(sub { subscribers() == 0 }, 20), 'until they have gone');
}

# Without another worker that would take its datagrams, as on a reload.
sub quitting_tells_everybody
{
    my ($pid, $out) = events('/live/rock');
    ok(wait_for(sub { (slurp($out) // '') =~ /data: / }), 'events');
    $server->signal('QUIT');
    ok(wait_for(sub { waitpid($pid, 1) == $pid }, 15), 'end');
    is($?, 0, 'in an orderly way');
    like(slurp($out), qr/\}\n\n(?::\n)*retry: \d+\n\n\z/, 'with retry');
}

a_get_is_the_state();
events_are_each_change();
a_long_poll_waits_for_the_change();
a_publisher_may_speak_it();
same_is_the_authority_that_was_asked();
caps_count_it();
quitting_tells_everybody();
$server->end_checks;
done_testing();
