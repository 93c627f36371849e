#!/usr/bin/env perl

# A source that fails in any way: stale, then offline, then live again; the
# title is never blank and never wrong.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(slurp wait_for);
use Onair::Server;
use Onair::Source;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical;
my $rounds = $ENV{ONAIR_ROUNDS} // 12;

sub status { return Onair::Source::icecast(@_) }

my $source = Onair::Source->new(body => status(rock => 'A - 0'));
$source->set(path => '/calm', body => status(pop => 'P - 1'));

# /source is given up while a busy machine may still be about to answer: good
# enough for a title that has to come some time.
my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal; proxy_pass http://127.0.0.1:${\ $source->port };
            proxy_connect_timeout 200ms;
            onair_poll interval=100ms timeout=1s stale=300ms offline=500ms;
        }
        location = /calm {
            internal; proxy_pass http://127.0.0.1:${\ $source->port };
            onair_poll interval=100ms timeout=20s stale=1h;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END

sub state_of { return Onair::Http->json($server->port, "/live/$_[0]") }

my $ws = Onair::WebSocket->connect(port => $server->port, path => '/live/rock');
my %wrong;
my $title = 'A - 0';
my $old = $title;

# Waits for a status; every message on the way is judged.
sub until_status
{
    my ($status, $text) = @_;
    my $until = time + 10;
    while (time < $until) {
        my $state = $ws->json($until - time) // last;
        next if $state->{seq} == 0;
        my $now = $state->{now}{text} // 'blank';
        $wrong{$now}++ if $now ne $title && $now ne $old;
        return $state
            if $state->{status} eq $status && (!$text || $now eq $text);
    }
    return;
}

ok(until_status('live', $title), 'live at first');

my @faults = (
    ['killed', sub { $source->stop }],
    ['hung', sub { $source->set(mode => 'hang') }],
    ['garbage', sub { $source->set(mode => 'garbage') }],
    ['half a body', sub {
        $source->set(mode => 'truncated', body => status(rock => 'W')) }],
    ['hung in the body', sub {
        $source->set(mode => 'hang_body', body => status(rock => 'W')) }],
    ['reset', sub {
        $source->set(mode => 'rst', body => status(rock => 'W')) }],
    ['reset in a chunk', sub {
        $source->set(mode => 'rst_chunked',
            body => status(rock => 'W')) }],
    ['an error page', sub {
        $source->set(status => 500, body => status(rock => 'W')) }],
    ['another document', sub { $source->set(body => '{"hello":"world"}') }],
    ['a web page', sub {
        $source->set(body => '<html>W</html>', type => 'text/html') }],
    ['no body', sub { $source->set(body => '') }],
    ['a redirect', sub {
        $source->set(status => 302, headers => ['Location: /else'],
            body => status(rock => 'W')) }],
);

my $done = 0;
for my $round (1 .. $rounds) {
    my ($name, $break) = @{ $faults[($round - 1) % @faults] };
    $break->();
    my $stale = until_status('stale') or diag("$name: not stale"), last;
    my $offline = until_status('offline') or diag("$name: not offline"), last;
    $old = $title;
    $title = "A - $round";
    $source->set(body => status(rock => $title));
    $source->start if $name eq 'killed';
    my $live = until_status('live', $title) or diag("$name: not live"), last;
    $done++;
}
is($done, $rounds, "$rounds times broken, stale, offline and back");
is_deeply(\%wrong, {}, 'no title was blank or wrong');

my %failures = %{ state_of_polls()->{failures} };
for my $fault (qw(timeout unreachable bad_status incomplete not_json
    unknown_format)) {
    ok($failures{$fault}, "failures are counted by reason: $fault")
        or diag explain \%failures;
}
like($server->log, qr/poll of "\/source" failed: [^,]+, the last good state/,
    'the log names the location and the reason');
like($server->log, qr/poll of "\/source" succeeds again/, 'and the return');

sub state_of_polls
{
    my $polls = Onair::Http->json($server->port, '/status')->{polls};
    return (grep { $_->{location} eq '/source' } @$polls)[0];
}

sub a_mount_that_vanishes_is_offline
{
    $source->set(path => '/calm', body =>
        status(pop => 'P - 1', jazz => 'J - 1'));
    ok(wait_for(sub { state_of('jazz')->{status} eq 'live' }, 5),
        'another mount appears');
    $source->set(path => '/calm', body => status(pop => 'P - 1'));
    ok(wait_for(sub { state_of('jazz')->{status} eq 'offline' }, 5),
        'it vanishes and is offline');
    is(state_of('jazz')->{now}{text}, 'J - 1', 'with the last title');
    is(state_of('jazz')->{listeners}{current}, 0, 'and nobody there');
    is(state_of('pop')->{status}, 'live', 'the other one stays live');
    $source->set(path => '/calm', body => $json->encode({ icestats => {} }));
    ok(wait_for(sub { state_of('pop')->{status} eq 'offline' }, 5),
        'a server without mounts: offline at once');
    is(state_of('pop')->{now}{text}, 'P - 1', 'with the last title');
}

sub a_fallback_is_not_the_mount
{
    for my $step (['fallback-active', 'offline', 'live'],
        ['fallback-main-back', 'live', 'live'],
        ['fallback-active', 'offline', 'live'])
    {
        my ($file, $main, $backup) = @$step;
        $source->set(path => '/calm', body => slurp(
            "$FindBin::Bin/fixtures/icecast-2.4.4/$file.json"));
        ok(wait_for(sub {
            state_of('main.mp3')->{status} eq $main
                && state_of('backup.mp3')->{status} eq $backup }, 5),
            "$file: main $main, backup $backup");
    }
}

a_mount_that_vanishes_is_offline();
a_fallback_is_not_the_mount();
$server->end_checks;
done_testing();
