#!/usr/bin/env perl

# The sound: one connection to the source for the listeners of all workers,
# started at a frame, every frame once, the title in its place; players,
# browsers, fetch from other pages; what breaks it and how it goes on.

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

my $sound = Onair::Sound->new;

my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_zone live:1m sound=512k;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /pull {
            internal; proxy_pass http://127.0.0.1:${\ $sound->port };
            onair_pull zone=live station=rock demand=60s;
        }
        location = /pull/again {
            internal; proxy_pass http://127.0.0.1:%%PORT%%/hear/rock;
            onair_pull zone=live station=again;
        }
        location /hear/ { onair_listen zone=live; onair_log %%DIR%%/heard.log; }
        location = /quiet { onair_listen none zone=live; }
        location = /two {
            onair_listen rock zone=live; onair_connections zone-wide=2;
        }
        location = /our { onair_listen rock zone=live; onair_origin same; }
        location /now/ { onair zone=live; }
        location = /status { onair_status; }
    }
END

# One who has sent his request.
sub listener
{
    my ($path, %headers) = @_;
    my $http = Onair::Http->connect(port => $server->port);
    $http->send_request(path => $path, headers => \%headers);
    return $http;
}

# So many bytes of sound without the blocks of titles, and the titles: [byte,
# text].
sub sound_of
{
    my ($http, $size, $metaint) = @_;
    return $http->bytes($size, 10) unless $metaint;
    my ($bytes, @titles) = ('');
    while (length $bytes < $size) {
        $bytes .= $http->bytes($metaint, 10) // die "no sound\n";
        my $length = 16 * ord($http->bytes(1, 10) // die "no block\n");
        my $block = $length ? $http->bytes($length, 10) : '';
        push @titles, [length $bytes, $1]
            if $block =~ /^StreamTitle='(.*?)';/;
    }
    return ($bytes, @titles);
}

# Whether each number follows the one before; the last may be of half a frame.
sub in_a_row
{
    my @numbers = @_;
    for my $i (1 .. $#numbers) {
        return 0 if $numbers[$i] != $numbers[$i - 1] + 1;
    }
    return @numbers > 0;
}

sub a_player_begins_at_a_frame_and_misses_nothing
{
    my $http = listener('/hear/rock');
    my $head = $http->head(10);
    is($head->{status}, 200, 'one is answered');
    is($head->{headers}{'content-type'}, 'audio/mpeg', 'the type');
    is($head->{headers}{'content-length'}, undef, 'no length');
    is($head->{headers}{'transfer-encoding'}, undef, 'never chunked');
    is($head->{headers}{connection}, 'close', 'and closed at the end');
    is($head->{headers}{'icy-name'}, 'Sound FM', 'the name');
    is($head->{headers}{'icy-br'}, '128', 'the bit rate');
    is($head->{headers}{'icy-metaint'}, undef, 'no titles unasked');
    is($head->{headers}{'accept-ranges'}, 'bytes', 'ranges');
    my $bytes = sound_of($http, 80_000);
    my @numbers = Onair::Sound::frames($bytes);
    is(substr($bytes, 0, 2), "\xff\xfb", 'a frame is first');
    ok(in_a_row(@numbers), 'and then each of them once');
    my @asked = $sound->connections;
    is(scalar @asked, 1, 'the source was asked once');
    like($asked[0], qr/^Icy-MetaData: 1\r$/im, 'for its titles');
}

sub the_second_one_begins_at_once_with_the_burst
{
    my $began = time;
    my $http = listener('/hear/rock');
    $http->head(5);
    my $burst = sound_of($http, 56_000);
    ok(time - $began < 1.5, 'the burst comes at once');
    ok(in_a_row(Onair::Sound::frames($burst)), 'whole');
    is(scalar(my @asked = $sound->connections), 1, 'of the same connection');
}

sub a_title_stands_where_its_sound_begins
{
    my $http = listener('/hear/rock', 'Icy-MetaData' => 1);
    my $head = $http->head(10);
    is($head->{headers}{'icy-metaint'}, 8000, 'blocks are announced');
    my ($bytes, @titles) = sound_of($http, 112_000, 8000);
    my @numbers = Onair::Sound::frames($bytes);
    ok(in_a_row(@numbers), 'the sound between them is whole');
    ok(@titles >= 2, 'each has a title, and so has a change');
    for my $title (@titles) {
        my ($at, $text) = @$title;
        my $frame = $numbers[0] + int($at / $Onair::Sound::frame_size);
        my ($k) = $text =~ /^Band - Title (\d+)$/;
        my $change = ($k // 0) * $Onair::Sound::frames_a_title;
        # Not before its sound, and with the next block behind it; the source
        # says it at the next of its own blocks, seven frames apart.
        ok($frame >= $change - 1 && $frame - $change <= 20 + 8 + ($at == 8000 ? 76 : 0),
            "'$text' at frame $frame");
    }
}

sub a_relay_of_a_relay
{
    my $http = listener('/hear/again', 'Icy-MetaData' => 1);
    my $head = $http->head(15);
    is($head->{headers}{'icy-name'}, 'Sound FM', 'a relay can be pulled');
    my ($bytes, @titles) = sound_of($http, 96_000, 8000);
    ok(in_a_row(Onair::Sound::frames($bytes)), 'and is whole');
    cmp_ok(scalar @titles, '>=', 2, 'with its titles');
}

sub old_clients_and_other_requests
{
    my $http = Onair::Http->connect(port => $server->port);
    $http->send_bytes("GET /hear/rock HTTP/1.0\r\n\r\n");
    my $head = $http->head(5);
    is($head->{headers}{'transfer-encoding'}, undef, '1.0 without chunks');
    ok(in_a_row(Onair::Sound::frames(sound_of($http, 20_000))), 'and sound');

    my $answer = Onair::Http->request(port => $server->port,
        path => '/hear/rock', method => 'HEAD');
    is($answer->{status}, 200, 'HEAD');
    is($answer->{headers}{'content-type'}, 'audio/mpeg', 'with the type');
    $answer = Onair::Http->request(port => $server->port,
        path => '/hear/rock', method => 'OPTIONS', headers => {
            Origin => 'http://other.example',
            'Access-Control-Request-Headers' => 'icy-metadata' });
    is($answer->{status}, 204, 'OPTIONS');
    is($answer->{headers}{'access-control-allow-origin'}, '*', 'from anywhere');
    like($answer->{headers}{'access-control-allow-headers'}, qr/Icy-MetaData/,
        'with titles');
    is(Onair::Http->request(port => $server->port, path => '/hear/rock',
        method => 'POST', body => 'x')->{status}, 405, 'POST');
    is(Onair::Http->get($server->port, '/hear/jazz')->{status}, 404,
        'another station');
    is(Onair::Http->get($server->port, '/quiet')->{status}, 404,
        'a station without sound');
    my $cors = listener('/hear/rock', Origin => 'http://other.example');
    $head = $cors->head(5);
    is($head->{headers}{'access-control-allow-origin'}, '*', 'CORS');
    like($head->{headers}{'access-control-expose-headers'}, qr/Icy-MetaInt/,
        'and what a page may read');
    is(Onair::Http->get($server->port, '/our',
        headers => { Origin => 'http://other.example' })->{status}, 403,
        'onair_origin holds');
}

sub a_browser_is_led_to_its_place_and_resumes_at_the_byte
{
    my %audio = ('Sec-Fetch-Dest' => 'audio', Range => 'bytes=0-');
    my $answer = Onair::Http->get($server->port, '/hear/rock?a=b',
        headers => {%audio});
    is($answer->{status}, 302, 'a redirect');
    my $to = $answer->{headers}{location};
    like($to, qr/^rock\?a=b&from=\d+$/, 'to its place');
    my $http = listener("/hear/$to", %audio);
    my $head = $http->head(5);
    is($head->{status}, 200, 'which is answered');
    is($head->{headers}{'transfer-encoding'}, 'chunked',
        'in chunks, so that an end that nobody meant is none');
    my $bytes = '';
    $bytes .= $http->chunk(5) while length $bytes < 40_000;
    $http->close_stream;
    my $had = length($bytes) - 1234;
    my $again = listener("/hear/$to", %audio, Range => "bytes=$had-");
    $head = $again->head(5);
    is($head->{status}, 206, 'it goes on');
    like($head->{headers}{'content-range'}, qr/^bytes $had-\d+\/\*$/,
        'from there');
    my $rest = '';
    $rest .= $again->chunk(5) while length $rest < 20_000;
    my $whole = substr($bytes, 0, $had) . $rest;
    ok(in_a_row(Onair::Sound::frames($whole)), 'at the very byte');
    my $bare = listener('/hear/rock', Range => 'bytes=1000-');
    is($bare->head(5)->{status}, 200, 'without its place: from a start');
}

sub the_caps_hold
{
    my @two = map { listener('/two') } 1 .. 2;
    is($_->head(10)->{status}, 200, 'within the bound') for @two;
    is(Onair::Http->get($server->port, '/two')->{status}, 429, 'the third');
    $_->close_stream for @two;
    ok(wait_for(sub {
        my $one = listener('/two');
        my $good = ($one->head(5)->{status} // 0) == 200;
        $one->close_stream;
        $good;
    }, 5), 'and their places are given back');
}

# All that those who listen hear from now on is looked at when done() is called.
sub many
{
    my ($count) = @_;
    my @all = map { listener('/hear/rock') } 1 .. $count;
    $_->head(5) for @all;
    return @all;
}

sub all_heard_everything
{
    my ($name, $size, @all) = @_;
    my $good = 0;
    for my $one (@all) {
        my $bytes = $one->bytes($size, 20);
        $good++ if defined $bytes && in_a_row(Onair::Sound::frames($bytes));
    }
    is($good, scalar @all, $name);
}

sub a_cut_connection_is_joined_at_the_byte
{
    my @all = many(6);
    my $before = () = $sound->connections;
    $sound->cut;
    ok(wait_for(sub {
        my $now = () = $sound->connections;
        $now > $before;
    }, 10), 'it connects again');
    all_heard_everything('and nobody noticed', 140_000, @all);
}

sub a_killed_puller_is_replaced
{
    my @workers = $server->workers;
    # Who pulls has the connection to the source.
    my ($puller) = grep { connections_of($_, 2, $sound->port) } @workers;
    ok($puller, 'one worker pulls');
    my ($other) = grep { $_ != $puller } @workers;
    # Which worker takes a connection is the kernel's to say.
    my @all = many(6);
    push @all, many(6)
        until connections_of($other, 1, $server->port) || @all > 100;
    $server->kill_worker($puller);
    my $good = 0;
    my $lost = 0;
    for my $one (@all) {
        my $bytes = $one->bytes(160_000, 20);
        $lost++ unless defined $bytes;
        $good++ if defined $bytes && in_a_row(Onair::Sound::frames($bytes));
    }
    is($good + $lost, @all, 'those on living workers hear every frame once');
    ok($good > 0, 'and there are some');
}

# How many connections a process has from (1) or to (2) a port.
sub connections_of
{
    my ($pid, $end, $port) = @_;
    my $hex = sprintf ':%04X', $port;
    my %inodes;
    for (split /\n/, slurp('/proc/net/tcp') // '') {
        my @field = split ' ';
        # 01: established; the socket that listens is in the list as well.
        $inodes{ $field[9] } = 1
            if @field > 9 && $field[3] eq '01' && $field[$end] =~ /$hex$/;
    }
    return scalar grep {
        (readlink($_) // '') =~ /^socket:\[(\d+)\]/ && $inodes{$1}
    } glob "/proc/$pid/fd/*";
}

sub a_reload_is_not_heard
{
    my @all = many(6);
    $server->reload;
    all_heard_everything('by those of old workers', 140_000, @all);
    my $new = listener('/hear/rock');
    $new->head(5);
    ok(in_a_row(Onair::Sound::frames(sound_of($new, 60_000))),
        'nor by those who come');
    $_->close_stream for @all;
}

sub the_titles_are_the_station_s
{
    ok(wait_for(sub {
        my $state = Onair::Http->json($server->port, '/now/rock') // {};
        ($state->{now}{artist} // '') eq 'Band'
            && $state->{now}{title} =~ /^Title \d+$/;
    }, 5), 'where nothing else tells them');
}

sub the_log_has_a_line_of_each
{
    ok(wait_for(sub {
        (slurp($server->dir . '/heard.log') // '') =~
            /station=rock\ transport=sound\ duration=\S+\ messages=0
                \ bytes=[1-9]\d+\ reason=\w+\ listener=player\ moved=0\n/x;
    }, 5), 'of a player');
    like(slurp($server->dir . '/heard.log'), qr/listener=audio/,
        'and of a browser');
}

the_caps_hold();
a_player_begins_at_a_frame_and_misses_nothing();
the_second_one_begins_at_once_with_the_burst();
a_title_stands_where_its_sound_begins();
old_clients_and_other_requests();
a_browser_is_led_to_its_place_and_resumes_at_the_byte();
a_cut_connection_is_joined_at_the_byte();
a_killed_puller_is_replaced();
a_reload_is_not_heard();
a_relay_of_a_relay();
the_titles_are_the_station_s();
the_log_has_a_line_of_each();

$sound->stop;
$server->stop;
$server->end_checks(
    allow => [qr/exited on signal 9/]);
done_testing();
