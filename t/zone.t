#!/usr/bin/env perl

# A zone holds many stations, says when it is full, outlives a reload, and
# starts afresh, saying so, with its states when it is laid out otherwise.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Source;
use Onair::WebSocket;

sub http_with
{
    my ($zone, $location) = @_;
    return <<"END";
    $zone
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source { root %%DIR%%/html; try_files /state.json =404;
            $location }
        location /live/ { onair; }
        location /strict/ { onair strict; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
}

sub zone_of
{
    my ($server) = @_;
    return Onair::Http->json($server->port, '/status')->{zones}[0];
}

sub state_of
{
    my ($server, $station) = @_;
    return Onair::Http->json($server->port, "/live/$station");
}

sub publish
{
    my ($server, $station, $title) = @_;
    return Onair::Http->post($server->port, "/publish/$station",
        qq({"title":"$title"}))->{status};
}

sub many_stations_fit_into_one_zone
{
    my %mounts = map { ("mount$_" => "Artist $_ - Title $_") } 1 .. 300;
    my $server = Onair::Server->new(workers => 2,
        files => { 'html/state.json' => Onair::Source::icecast(%mounts) },
        http => http_with('onair_zone onair:16m stations=400;',
            'onair_poll interval=100ms;'));
    ok(wait_for(sub { zone_of($server)->{stations} == 300 }),
        'three hundred stations of one document');
    my $zone = zone_of($server);
    is($zone->{capacity}, 400, 'the capacity is what was asked for');
    is($zone->{times_full}, 0, 'it was never full');
    is($zone->{uncounted_connections}, 0, 'nor had too many addresses');
    is(scalar @{ $zone->{list} }, 300, 'all are listed');
    my @wrong = grep {
        state_of($server, "mount$_")->{now}{text} ne "Artist $_ - Title $_"
    } 1 .. 300;
    is("@wrong", '', 'each has its own title');

    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/live/?stations=*');
    my %seen = map { $_ => 1 } map { $ws->json->{station} // '' } 1 .. 300;
    is(scalar keys %seen, 300, 'one connection can have them all');
    $mounts{mount7} = 'Other - Song';
    $server->write_files(
        { 'html/state.json' => Onair::Source::icecast(%mounts) });
    my $state = $ws->json;
    is($state->{now}{text}, 'Other - Song', 'and is told of a change');
    is($state->{station}, 'mount7', 'of the one that changed');
    $server->end_checks;
}

sub a_full_zone_is_said_once_and_counted
{
    my %mounts = map { ("mount$_" => "Title $_") } 1 .. 6;
    my $server = Onair::Server->new(workers => 2,
        files => { 'html/state.json' => Onair::Source::icecast(%mounts) },
        http => http_with('onair_zone onair:1m stations=4;',
            'onair_poll interval=100ms;'));
    ok(wait_for(sub { zone_of($server)->{times_full} > 10 }),
        'each mount that has no place is counted');
    is(zone_of($server)->{stations}, 4, 'those that fit are there');
    is(state_of($server, "mount$_")->{now}{text}, "Title $_",
        "mount$_ is served") for 1 .. 4;
    is(Onair::Http->get($server->port, '/strict/mount5')->{status}, 404,
        'another is not known');
    my $state = state_of($server, 'mount5');
    is($state->{seq}, 0, 'and has no state');
    is(publish($server, 'more', 'Title'), 503, 'a publisher is told');
    is(publish($server, 'mount1', 'Published'), 204,
        'one that has its place is not');
    my @said = $server->log =~ /(.*onair zone "onair": station ".*)/g;
    my $polled = grep { /mount/ } @said;
    is($polled, 1, 'one line in the log, not one a poll') or diag("@said");
    like($said[0], qr/"mount[56]" has no place: zone has no room for another/,
        'which names zone and station');
    $server->end_checks(allow => [qr/has no place: zone has no room/]);
}

sub start_for_reloads
{
    my ($zone) = @_;
    my $server = Onair::Server->new(workers => 2,
        http => http_with($zone, 'return 200 "";'));
    publish($server, 'rock', 'Kept');
    return $server;
}

sub is_kept
{
    my ($server, $epoch, $name) = @_;
    my $state = state_of($server, 'rock');
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($state->{epoch}, $epoch, "$name: the epoch is kept");
    is(($state->{now} // {})->{text}, 'Kept', "$name: so is the state");
}

sub a_zone_outlives_reloads
{
    my $server = start_for_reloads('onair_zone onair:1m stations=8;');
    my $epoch = state_of($server, 'rock')->{epoch};
    for my $turn (1 .. 3) {
        $server->reload;
        is_kept($server, $epoch, "reload $turn");
    }
    $server->reload(http => http_with('onair_zone onair:1m stations=8;'
        . 'onair_zone other:1m; onair_drain 0;', 'return 200 "";'));
    is_kept($server, $epoch, 'with another zone beside it');
    unlike($server->log, qr/starts afresh/, 'and nothing is said');
    $server->end_checks;
}

# A worker that leaves goes on with the memory of its own zone.
sub another_layout_starts_afresh_and_says_so
{
    my %changes = (
        size => ['2m stations=8 history=5', qr/2097152 bytes, stations=8/],
        stations => ['1m stations=9 history=5', qr/1048576 bytes, stations=9/],
        history => ['1m stations=8 history=6', qr/stations=8, history=6/],
    );
    for my $what (sort keys %changes) {
        my ($text, $said) = @{ $changes{$what} };
        my $server = start_for_reloads(
            'onair_zone onair:1m stations=8 history=5; onair_drain 1s;');
        my $epoch = state_of($server, 'rock')->{epoch};
        my @clients = map { Onair::WebSocket->connect(port => $server->port,
            path => '/live/rock') } 1 .. 4;
        $_->json for @clients;

        my $new = http_with("onair_zone onair:$text;", 'return 200 "";');
        $server->reload(http => $new);
        like($server->log, qr/\[notice\].*"onair" starts afresh with .* 1 of 1 .*$said/,
            "$what: the log says what changed");
        my $state = state_of($server, 'rock');
        isnt($state->{epoch}, $epoch, "$what: another epoch");
        is($state->{now}{text}, 'Kept', "$what: the state is there at once");
        is($state->{seq}, 1, "$what: as the change that it was");
        publish($server, 'rock', 'Kept');
        $_->send_text('{"get":true}') for @clients;
        my @codes = map { $_->close_code(15) // 'none' } @clients;
        is("@codes", '1012 1012 1012 1012',
            "$what: clients of the old zone are sent to the new one");

        $epoch = state_of($server, 'rock')->{epoch};
        for my $turn (1 .. 2) {
            $server->reload;
            is_kept($server, $epoch, "$what: reload $turn after it");
            is(publish($server, 'rock', 'Kept'), 204,
                "$what: which can be written");
        }
        my $lines = () = $server->log =~ /starts afresh/g;
        is($lines, 1, "$what: said once");
        $server->end_checks;
    }
}

sub what_has_no_place_in_a_smaller_zone_is_said
{
    my $server = start_for_reloads('onair_zone onair:1m stations=8;');
    publish($server, $_, "Song of $_") for qw(jazz folk);
    $server->reload(http => http_with('onair_zone onair:1m stations=2;',
        'return 200 "";'));
    is(state_of($server, 'jazz')->{now}{text}, 'Song of jazz',
        'the stations that were there first are kept');
    is(state_of($server, 'folk')->{now}, undef, 'the rest has no place');
    like($server->log, qr/\[warn\].*with the states of 2 of 3 stations/,
        'which is said');
    $server->end_checks(allow => [qr/with the states of 2 of 3/]);
}

sub a_reload_that_fails_changes_nothing
{
    my $server = start_for_reloads('onair_zone onair:1m stations=8;');
    my $epoch = state_of($server, 'rock')->{epoch};
    my $good = $server->{http};
    eval {
        $server->reload(http => http_with('onair_zone onair:1m stations=9;',
            'return 200 "";') . 'server { listen 127.0.0.1:%%PORT%%; '
            . 'listen 203.0.113.1:1; }');
    };
    like($@, qr/did not reload/, 'a configuration that cannot be');
    is_kept($server, $epoch, 'after it');
    $server->reload(http => $good);
    is_kept($server, $epoch, 'after a good reload');
    is(publish($server, 'rock', 'Kept'), 204, 'and it can be written');
    $server->end_checks(allow => [qr/\[emerg\].*(?:bind|listening)/]);
}

many_stations_fit_into_one_zone();
a_full_zone_is_said_once_and_counted();
a_zone_outlives_reloads();
another_layout_starts_afresh_and_says_so();
what_has_no_place_in_a_smaller_zone_is_said();
a_reload_that_fails_changes_nothing();
done_testing();
