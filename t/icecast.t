#!/usr/bin/env perl

# The whole way with a real Icecast: a source client streams, a title is set
# through admin/metadata, and clients on every worker are told.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Icecast;
use Onair::Process qw(terminate wait_for);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $interval = 0.3;
my $workers = 4;

my $icecast = Onair::Icecast->new;
$icecast->source('/rock', name => 'Rock FM', genre => 'rock',
    description => 'All day', url => 'http://rock.example/', bitrate => 64);
$icecast->source('/jazz', name => 'Jazz');

my $server = Onair::Server->new(workers => $workers, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location = /source {
            internal;
            proxy_pass http://127.0.0.1:${\ $icecast->port }/status-json.xsl;
            onair_poll interval=${\ ($interval * 1000) }ms timeout=1s
                stale=1s offline=3s hold=1s;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;

sub status { return Onair::Http->json($port, '/status') }
sub state_of { return Onair::Http->json($port, "/live/$_[0]") }
sub text_of { return (state_of($_[0])->{now} // {})->{text} // '' }

my @clients;

# The next message that says this of the title.
sub told
{
    my ($client, $text, $seconds) = @_;
    my $until = time + $seconds;
    while ((my $left = $until - time) > 0) {
        my $state = $client->json($left) // return;
        return $state if $state->{now} && $state->{now}{text} eq $text;
    }
    return;
}

sub what_icecast_says_is_in_the_snapshot
{
    my $title = "Mot\x{f6}rhead - Ace of Spades";
    utf8::encode($title);
    $icecast->title('/rock', $title, charset => 'UTF-8');
    $icecast->title('/jazz', 'Django Reinhardt - Nuages');
    ok(wait_for(sub { text_of('rock') =~ /Ace of Spades/ }), 'a title comes');
    ok(wait_for(sub { text_of('jazz') =~ /Nuages/ }), 'of each mount');
    my $state = state_of('rock');
    is($state->{status}, 'live', 'the station is live');
    is($state->{now}{artist}, "Mot\x{f6}rhead", 'the artist');
    is($state->{now}{title}, 'Ace of Spades', 'the title');
    is($state->{stream}{name}, 'Rock FM', 'the name');
    is($state->{stream}{genre}, 'rock', 'the genre');
    is($state->{stream}{description}, 'All day', 'the description');
    is($state->{stream}{type}, 'audio/mpeg', 'the type');
    is($state->{stream}{bitrate}, 64, 'the bitrate');
    like($state->{stream}{listen}, qr{/rock$}, 'where to listen');
    is($state->{listeners}{current}, 0, 'and that nobody does');
}

sub a_title_is_pushed_to_clients_on_all_workers
{
    wait_for(
        sub {
            push @clients, Onair::WebSocket->connect(port => $port,
                path => '/live/rock');
            $clients[-1]->json;
            my @with = grep { $_->{subscribers}{websocket} }
                @{ status()->{workers} };
            return @with == $workers;
        },
        20) or die "a worker gets no connection\n";
    pass("clients on $workers workers");
    push @clients, Onair::Sse->connect(port => $port, path => '/live/rock');
    $clients[-1]->json;

    for my $title ('Sigur Ros - Hoppipolla', 'Kraftwerk - "Autobahn" <1>') {
        my $before = state_of('rock');
        my $began = time;
        ok($icecast->title('/rock', $title), "admin/metadata: $title");
        my @states = map { told($_, $title, 5) } @clients;
        my $took = time - $began;
        is(scalar @states, scalar @clients, 'every client is told');
        is(scalar(grep { $_->{seq} != $before->{seq} + 1 } @states), 0,
            'as the next change');
        is($states[0]{history}[0]{text}, $before->{now}{text},
            'the one before is history');
        cmp_ok($took, '<', $interval + 1,
            sprintf 'within an interval and what the machine needs (%.0f ms)',
            $took * 1000);
    }
    is(text_of('jazz'), 'Django Reinhardt - Nuages',
        'the other station is as it was');
}

sub listeners_are_counted
{
    my $listener = Onair::Http->connect(port => $icecast->port);
    $listener->send_request(path => '/rock');
    ok(wait_for(sub { state_of('rock')->{listeners}{current} == 1 }, 15),
        'a listener of the stream is counted');
    $listener->close_stream;
}

sub a_mount_that_goes_is_offline_and_comes_back
{
    $icecast->stop_source('/jazz');
    ok(wait_for(sub { state_of('jazz')->{status} eq 'offline' }, 20),
        'a mount without its source client goes offline');
    is(state_of('rock')->{status}, 'live', 'the other one does not');
    $icecast->source('/jazz', name => 'Jazz');
    $icecast->title('/jazz', 'Miles Davis - So What');
    ok(wait_for(sub { state_of('jazz')->{status} eq 'live'
                && text_of('jazz') eq 'Miles Davis - So What' }),
        'and is live again with its source client');
}

# What pages see while Icecast is restarted: never a blank title.
sub a_restart_of_icecast_never_blanks_the_title
{
    my $client = Onair::WebSocket->connect(port => $port,
        path => '/live/rock');
    my $last = $client->json->{now}{text};
    $icecast->stop;
    my @seen;
    my $watch = sub {
        my ($wanted) = @_;
        my $until = time + 20;
        while (time < $until) {
            my $state = $client->json($until - time) // last;
            push @seen, $state;
            return 1 if $state->{status} eq $wanted;
        }
        return 0;
    };
    ok($watch->('stale'), 'a source that is gone makes the station stale');
    ok($watch->('offline'), 'and offline at last');
    is(text_of('rock'), $last, 'the title is the last one');
    my $poll = status()->{polls}[0];
    ok($poll->{failures}{unreachable}, 'the reason is counted');
    cmp_ok($poll->{last_good_age}, '>', 1, 'and how long ago the last good was');

    terminate(delete $icecast->{sources}{$_}, 'KILL', 5)
        for keys %{ $icecast->{sources} };
    $icecast->start;
    $icecast->source('/rock', name => 'Rock FM');
    ok($watch->('live'), 'with Icecast it is live again');
    $icecast->title('/rock', 'Back - Again');
    ok(told($client, 'Back - Again', 5), 'and changes go on');
    my @blank = grep { !$_->{now} || !length $_->{now}{text} } @seen;
    is(scalar @blank, 0, 'no message was without a title')
        or diag(join "\n", map { "$_->{seq} $_->{status}" } @seen);
}

what_icecast_says_is_in_the_snapshot();
a_title_is_pushed_to_clients_on_all_workers();
listeners_are_counted();
a_mount_that_goes_is_offline_and_comes_back();
a_restart_of_icecast_never_blanks_the_title();
$server->end_checks;
done_testing();
