#!/usr/bin/env perl

# What a balancer asks: 200 while this nginx can serve, 503 with the reasons
# while it leaves, while a zone cannot be used, and while a station is off air
# that the operator requires. A source that is dead is no reason of itself.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Fcntl qw(SEEK_SET);
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Source;

my $titles = slurp("$FindBin::Bin/fixtures/icecast-2.4.4/title-plain.json");
my $source = Onair::Source->new(body => $titles);
my $text = <<"END";
    onair_drain 0s;
    onair_zone onair:1m;
    onair_zone other:1m;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll interval=100ms timeout=500ms stale=1s offline=2s;
        }
        location = /health { onair_health; }
        location = /polled { onair_health require=live.mp3; }
        location = /rock { onair_health require=rock; }
        location = /both { onair_health require=jazz,live.mp3; expires 1h; }
        location = /other { onair_health require=rock zone=other; }
        location = /if {
            onair_health require=rock;
            if (\$arg_x) { set \$y 1; }
        }
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location /for-a-second/ { onair_publish expires=1s; }
        location /publish-other/ { onair_publish zone=other; }
    }
END
my $server = Onair::Server->new(workers => 1, http => $text);
my $port = $server->port;

sub said
{
    my ($path) = @_;
    my $answer = Onair::Http->get($port, $path);
    return "$answer->{status} $answer->{body}";
}

sub becomes
{
    my ($path, $what, $name) = @_;
    my $last;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(wait_for(sub { ($last = said($path)) eq $what }, 20), $name)
        or diag "last: $last";
}

sub publish
{
    my ($where) = @_;
    Onair::Http->post($port, $where, '{"title":"x"}')->{status} == 204
        or die "not published\n";
}

my $good = "200 this nginx can serve\n";
my $gone = "is off air\n";
my $unheard = "is off air: nothing was heard of it yet\n";

sub stations_that_are_required
{
    is(said('/health'), $good, 'an nginx that serves');
    becomes('/polled', $good, 'a station that is required and on air');
    is(said('/rock'), "503 station \"rock\" $unheard",
        'one that nobody spoke of yet');
    Onair::Http->get($port, '/live/rock');
    is(said('/rock'), "503 station \"rock\" $unheard",
        'nor is it on air because somebody asked for it');
    publish('/publish/rock');
    is(said('/rock'), $good, 'it is on air');
    is(said('/if?x=1'), $good, 'inside of an "if" too');
    is(said('/other'), "503 station \"rock\" $unheard",
        'a station of that name in another zone is another');
    publish('/publish-other/rock');
    is(said('/other'), $good, 'which has its own');
    publish('/for-a-second/jazz');
    becomes('/both', "503 station \"jazz\" $gone", 'a state that has expired');
    $source->set(mode => 'hang');
    becomes('/both', "503 station \"jazz\" ${gone}station \"live.mp3\" $gone",
        'each station that is off air is named');
    is(said('/health'), $good, 'a source that is dead is no reason of itself');
    $source->set(body => $titles);
    becomes('/polled', $good, 'the source answers again');
}

sub how_it_is_asked
{
    for my $path ('/health', '/both') {
        my $answer = Onair::Http->get($port, $path);
        is($answer->{headers}{'cache-control'}, 'no-store',
            "$path is for no cache");
        is($answer->{headers}{expires}, undef, '  nor for a while');
        is($answer->{headers}{'content-type'}, 'text/plain; charset=utf-8',
            '  and is text');
    }
    for my $method (qw(HEAD OPTIONS)) {
        for my $path (qw(/health /both)) {
            my $answer = Onair::Http->request(port => $port, path => $path,
                method => $method);
            is($answer->{status}, $path eq '/health' ? 200 : 503,
                "$method $path");
        }
    }
    is(Onair::Http->post($port, '/health', '')->{status}, 405,
        'only asked, not told');
}

# Where in the memory of a worker the zone begins: the addresses of its magic.
sub zones_in
{
    my ($memory, $pid) = @_;
    no warnings 'portable';  # addresses have more than 32 bits
    my @found;
    for (split /\n/, slurp("/proc/$pid/maps")) {
        my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) rw-s .*\/dev\/zero/ or next;
        ($from, $to) = (hex $from, hex $to);
        sysseek $memory, $from, SEEK_SET or next;
        sysread $memory, my $bytes, $to - $from or next;
        push @found, $from + $-[0] while $bytes =~ /1z riano/g;
    }
    return @found;
}

sub write_at
{
    my ($memory, $at, $bytes) = @_;
    sysseek $memory, $at, SEEK_SET or die "seek: $!\n";
    syswrite $memory, $bytes or die "write: $!\n";
}

sub a_zone_that_cannot_be_used
{
    my ($pid) = $server->workers;
    open my $memory, '+<:raw', "/proc/$pid/mem"
        or return diag "the worker's memory cannot be written: $!";
    my @zones = zones_in($memory, $pid);
    is(@zones, 2, 'the zones in the memory of the worker');
    write_at($memory, $_, "\0") for @zones;
    my $damaged = 'cannot be used: its memory is damaged';
    is(said('/rock'), "503 zone \"onair\" $damaged\n"
            . "zone \"other\" $damaged\n", 'each damaged zone is a reason');
    is(said('/health'), said('/rock'), 'whatever is required');
    write_at($memory, $_, '1') for @zones;
    is(said('/rock'), $good, 'and a sound one is none');
}

# Bytes that the kernel has for the server's end of a connection.
sub unread
{
    my ($http) = @_;
    my $of = sprintf ':%04X [0-9A-F]+:%04X', $port, $http->socket->sockport;
    my ($queue) = slurp('/proc/net/tcp')
        =~ /^\s*\d+: [0-9A-F]+$of [0-9A-F]+ [0-9A-F]+:([0-9A-F]+)/m;
    return hex($queue // 1);
}

# Connections that the worker has begun to read: it stays for them.
sub half_asked
{
    my ($path) = @_;
    my $http = Onair::Http->connect(port => $port);
    $http->send_bytes("GET $path HTTP/1.1\r\nHost: x\r\n");
    wait_for(sub { !unread($http) }) or die "nobody reads\n";
    return $http;
}

sub rest
{
    my ($http) = @_;
    $http->send_bytes("\r\n");
    my $answer = $http->answer // { status => 'none', body => '' };
    return "$answer->{status} $answer->{body}";
}

sub a_worker_that_leaves
{
    my $http = half_asked('/health');
    $server->reload;
    ok(wait_for(sub { $server->leaving_workers }), 'the old worker leaves');
    is(rest($http), $good, 'after a reload others serve');
    ok(wait_for(sub { !$server->leaving_workers }), 'it has gone');

    my @asked = map { half_asked($_) } '/health', '/rock';
    $server->signal('QUIT');
    ok(wait_for(sub { $server->leaving_workers }), 'nginx leaves');
    is(rest($_), "503 this nginx is shutting down\n", 'and says so')
        for @asked;
}

stations_that_are_required();
how_it_is_asked();
a_zone_that_cannot_be_used();
a_worker_that_leaves();
$server->end_checks;
done_testing;
