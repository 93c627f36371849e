#!/usr/bin/env perl

# What is known of those who listen: the status page, Prometheus, the log, the
# station's own count; the source that is asked only while somebody listens;
# who is too slow; how each is parted with.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Sound;
use Onair::Sse;
use Onair::WebSocket;

my $sound = Onair::Sound->new;
my $torrent = Onair::Sound->new(speed => 40);

my $server = Onair::Server->new(workers => 2, main =>
    'worker_shutdown_timeout 3s;', http => <<"END");
    onair_zone live:1m sound=256k;
    onair_zone other:1m sound=256k;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /pull {
            internal; proxy_pass http://127.0.0.1:${\ $sound->port };
            onair_pull zone=live station=rock demand=1s listeners=on priority=0;
        }
        location = /torrent {
            internal; proxy_pass http://127.0.0.1:${\ $torrent->port };
            onair_pull zone=live station=torrent demand=1s;
        }
        location = /always {
            internal; proxy_pass http://127.0.0.1:${\ $sound->port };
            onair_pull zone=other station=always demand=off;
        }
        location /hear/ {
            onair_listen zone=live; onair_log %%DIR%%/heard.log;
        }
        location /now/ { onair zone=live; }
        location /late/ { onair zone=live; onair_delay auto; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;

sub listener
{
    my ($path, %headers) = @_;
    my $http = Onair::Http->connect(port => $port);
    $http->send_request(path => $path, headers => \%headers);
    return $http;
}

my %audio = ('Sec-Fetch-Dest' => 'audio');

# One as a browser's <audio>, where the redirect led it.
sub browser
{
    my ($station) = @_;
    my $answer = Onair::Http->get($port, "/hear/$station", headers => {%audio});
    return listener("/hear/$answer->{headers}{location}", %audio);
}

sub status_of
{
    my ($station) = @_;
    my $status = Onair::Http->json($port, '/status') // {};
    my ($one) = grep { $_->{station} eq $station } @{ $status->{sounds} };
    return $one;
}

sub metric
{
    my ($series) = @_;
    my $body = Onair::Http->get($port, '/status?format=prometheus')->{body};
    return $body =~ /^\Q$series\E (\S+)$/m ? $1 : undef;
}

sub an_idle_source_is_not_asked
{
    my $rock = status_of('rock');
    is($rock->{state}, 'idle', 'nobody listens: idle');
    is($rock->{pulls}, 0, 'and not asked');
    ok(wait_for(sub { status_of('always')->{state} eq 'live' }, 10),
        'one that is always asked is live');
    is(metric('onair_sound_live{zone="live",station="rock"}'), 0,
        'for Prometheus too');
    is(metric('onair_sound_live{zone="other",station="always"}'), 1,
        'the other');
    like(Onair::Http->get($port, '/status?format=prometheus')->{body},
        qr{^onair_poll_successes_total\{.*location="/pull",kind="pull"\}}m,
        'its location is a pull');
}

sub they_are_counted_by_what_they_are
{
    my @all = (listener('/hear/rock'), listener('/hear/rock'),
        Onair::WebSocket->connect(port => $port, path => '/hear/rock'),
        Onair::Sse->connect(port => $port, path => '/hear/rock'));
    $_->head(10) for @all[0, 1];
    push @all, browser('rock');
    my %want = (player => 2, audio => 1, websocket => 1, sse => 1);
    my $rock;
    ok(wait_for(sub {
        $rock = status_of('rock');
        my $now = $rock->{listeners};
        return !grep { $now->{$_} != $want{$_} } keys %want;
    }, 5), 'two players, a browser, a socket, events');
    is($rock->{state}, 'live', 'live');
    is_deeply([@$rock{qw(type bitrate pulls listens)}],
        ['audio/mpeg', 128, 1, 5], 'of one connection to the source');
    is(metric('onair_sound_listeners{zone="live",station="rock",'
        . 'kind="player"}'), 2, 'for Prometheus');
    ok(wait_for(sub {
        my $state = Onair::Http->json($port, '/now/rock') // {};
        return ($state->{listeners}{current} // -1) == 5;
    }, 10), 'they are the station\'s listeners');
    $_->reset_connection for @all;
    ok(wait_for(sub {
        my $now = status_of('rock')->{listeners};
        return !grep { $_ } values %$now;
    }, 5), 'and gone');
    $rock = status_of('rock');
    cmp_ok($rock->{heard}{player}, '>', 0, 'what they heard is added up');
    cmp_ok($rock->{bytes}, '>', 100_000, 'and their bytes');
    ok(wait_for(sub {
        (slurp($server->dir . '/heard.log') // '') =~ /listener=audio/;
    }, 5), 'and each has a line');
}

sub the_source_is_left_and_asked_again
{
    my $pull = 'onair pull of "/pull"';
    ok($server->wait_log(qr/$pull: somebody listens, the source is asked/, 5),
        'the log says that it was asked');
    ok($server->wait_log(qr/$pull: nobody listens, the source is left/, 10),
        'and left');
    ok(wait_for(sub { status_of('rock')->{state} eq 'idle' }, 15), 'idle');
    my $before = () = $sound->connections;
    my $http = listener('/hear/rock');
    $http->head(10);
    my $now = int((time - $sound->{began}) * 44100 / 1152);
    my $bytes = $http->bytes(80_000, 15);
    my @numbers = Onair::Sound::frames($bytes);
    ok(!grep({ $_ < 0 } @numbers), 'who comes then hears frames');
    cmp_ok($now - $numbers[0], '<', 38 * 10, 'of now, not of before');
    is(scalar(my @asked = $sound->connections), $before + 1,
        'the source was asked once more');
}

sub a_title_is_told_when_it_is_heard
{
    my $stay = listener('/hear/rock');
    $stay->head(10);
    my %at;
    my @who = map {
        Onair::Sse->connect(port => $port, path => "/$_/rock") } qw(now late);
    my $title = sub {
        my ($who) = @_;
        my $state = $who->json(15) // return '';
        return $state->{now}{text} // '';
    };
    # Of the one at once, and the same of the other.
    my $first = $title->($who[0]);
    my $next = $first;
    $next = $title->($who[0]) while $next eq $first;
    my $told = time;
    my $seen = '';
    $seen = $title->($who[1]) while $seen ne $next && time - $told < 20;
    my $lag = time - $told;
    is($seen, $next, 'the same title');
    # 4 s of burst, half a quantum, and what a browser needs.
    cmp_ok($lag, '>', 4.2, 'later by the burst');
    cmp_ok($lag, '<', 9, 'and not by more than that');
}

# The frames, and how often they do not go on.
sub jumps_in
{
    my ($bytes) = @_;
    my @numbers = Onair::Sound::frames($bytes);
    my ($jumps, $last) = (0, undef);
    for my $number (grep { $_ >= 0 } @numbers) {
        $jumps++ if defined $last && $number != $last + 1;
        $last = $number;
    }
    return (scalar @numbers, $jumps, scalar grep { $_ < 0 } @numbers);
}

sub who_is_too_slow_is_moved
{
    my $player = listener('/hear/torrent');
    my $icy = listener('/hear/torrent', 'Icy-MetaData' => 1);
    my $ws = Onair::WebSocket->connect(port => $port, path => '/hear/torrent');
    my $browser = browser('torrent');
    $_->head(10) for $player, $icy, $browser;
    ok(wait_for(sub { status_of('torrent')->{moved} >= 3 }, 60),
        'who does not read is moved');
    my ($count, $jumps, $broken) = jumps_in($player->bytes(6_000_000, 30));
    cmp_ok($jumps, '>=', 1, 'a player hears a jump');
    cmp_ok($broken, '<=', $jumps, 'and whole frames behind it');
    cmp_ok($count, '>', 10_000, 'and goes on');
    my $bytes = '';
    my $good = 1;
    while ($good && length $bytes < 4_000_000) {
        $bytes .= $icy->bytes(8000, 10);
        my $length = 16 * ord $icy->bytes(1, 10);
        my $block = $length ? $icy->bytes($length, 10) : '';
        $good = $block eq '' || $block =~ /^StreamTitle='[^']*';\0*\z/;
    }
    ok($good, 'its titles stay where they belong');
    my ($begins, $sound_at, $position) = (0, 0, undef);
    for (1 .. 600) {
        my $message = $ws->message(10) // last;
        if ($message->{opcode} == 2) {
            $position += length $message->{payload};
        } elsif ($message->{payload} =~ /"type".*"position":(\d+)/) {
            $begins++;
            $position = $1;
        }
    }
    cmp_ok($begins, '>=', 2, 'a page is told where it was moved to');
    my $all = $browser->until_eof(30);
    ok(defined $all, 'a browser is not moved: its answer ends');
    ok($browser->{reset}, 'by a reset, so that it comes back');
    $_->reset_connection for $player, $icy, $ws;
    ok(wait_for(sub {
        (slurp($server->dir . '/heard.log') // '') =~
            /station=torrent.*listener=player moved=[1-9]/;
    }, 5), 'the log says how often');
}

sub each_is_parted_with_in_its_way
{
    my $player = listener('/hear/rock');
    my $browser = browser('rock');
    $_->head(10) && $_->bytes(1000, 10) for $player, $browser;
    $server->reload;
    ok(defined $player->until_eof(20), 'a player is ended when time is up');
    ok(!$player->{reset}, 'in an orderly way');
    ok(defined $browser->until_eof(20), 'and a browser');
    ok($browser->{reset}, 'by a reset');
}

an_idle_source_is_not_asked();
they_are_counted_by_what_they_are();
the_source_is_left_and_asked_again();
a_title_is_told_when_it_is_heard();
who_is_too_slow_is_moved();
each_is_parted_with_in_its_way();

$_->stop for $sound, $torrent;
$server->stop;
$server->end_checks;
done_testing();
