#!/usr/bin/env perl

# What befell users of others that have a Redis in common (docs/reliability.md
# has the numbers): deaf after it was restarted, counts doubled by each reload,
# refused or kept waiting while it is away.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(free_port wait_for);
use Onair::Redis;
use Onair::Room;
use Onair::Server;
use Onair::WebSocket;

plan skip_all => Onair::Redis->missing if Onair::Redis->missing;

my $json = JSON::PP->new->utf8;

sub machine
{
    my ($port) = @_;
    return Onair::Server->new(workers => 2, http => <<"END");
    onair_redis 127.0.0.1:$port;
    onair_zone onair:8m rooms=20 share=rooms,publications,counts;
    onair_message_rate off;
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ { onair_room window=0 show=off; }
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
}

sub enter
{
    my ($machine, %given) = @_;
    my $member = Onair::Room->enter(port => $machine->port, timeout => 20,
        path => '/room/rock', %given);
    $member->{reach} = $member->{first}{reach};
    return $member;
}

sub reaches
{
    my ($member, $reach) = @_;
    return $member->until(sub {
        for my $frame (splice @{ $member->{frames} }) {
            $member->{reach} = $frame->{reach} if $frame->{reach};
            for my $event (@{ $frame->{events} }) {
                $member->{reach} = $event->{reach}
                    if $event->{type} eq 'reach';
            }
        }
        return $member->{reach} eq $reach;
    }, 20);
}

sub page
{
    my ($machine) = @_;
    return Onair::WebSocket->connect(port => $machine->port,
        path => '/live/rock', timeout => 20);
}

sub publish
{
    my ($machine, $title) = @_;
    return Onair::Http->post($machine->port, '/publish/rock',
        qq({"title":"$title"}))->{status};
}

# Of all that a page is told, until this title.
sub is_told
{
    my ($page, $title) = @_;
    while (my $state = $page->json) {
        return 1 if ($state->{now}{title} // '') eq $title;
    }
    return;
}

sub station_of
{
    my ($machine) = @_;
    my $status = $json->decode(
        Onair::Http->get($machine->port, '/status')->{body});
    my ($zone) = grep { $_->{name} eq 'onair' } @{ $status->{zones} };
    return $zone->{list}[0];
}

subtest 'who was there before Redis was restarted is not deaf behind it' => sub {
    for my $file (0, 1) {
        my $redis = Onair::Redis->new(file => $file);
        my @machines = map { machine($redis->port) } 1, 2;
        my ($anna, $bert) = map { enter($_) } @machines;
        my @pages = map { page($_) } @machines;
        ok(reaches($_, 'all'), 'all') for $anna, $bert;
        for my $time (1 .. 3) {
            $redis->kill;
            ok(reaches($_, 'local'), 'local') for $anna, $bert;
            $redis->start;
            ok(reaches($_, 'all'), "all again, time $time") for $anna, $bert;
            ok($anna->say("word $time")->{seq}, 'said');
            ok($_->event(sub { ($_[0]{said} // '') eq "word $time" }), 'heard')
                for $anna, $bert;
            is(publish($machines[$time % 2], "title $time"), 204, 'pushed');
            ok(is_told($_, "title $time"), 'told') for @pages;
        }
        $_->stop for @machines;
        $_->end_checks for @machines;
    }
};

subtest 'counts are not doubled by reloads' => sub {
    my $redis = Onair::Redis->new;
    my @machines = map { machine($redis->port) } 1, 2;
    publish($machines[0], 'counted');
    for my $time (1 .. 4) {
        my ($anna, $bert) = map { enter($_) } @machines;
        my @pages = map { page($_) } @machines;
        ok($_->until(sub { $_[0]{members} == 2 }, 30), 'two members')
            or diag $_->{members} for $anna, $bert;
        for my $machine (@machines) {
            ok(wait_for(sub { station_of($machine)->{subscribers} == 2 }, 30),
                'two pages') or diag station_of($machine)->{subscribers};
        }
        $_->vanish for $anna, $bert;
        $_->reload for @machines;
    }
    $_->stop for @machines;
    $_->end_checks for @machines;
};

# Everything is asked and answered while Redis stands still, or is not there at
# all since before nginx was started.
sub nobody_waits
{
    my ($machine) = @_;
    for my $by (qw(WebSocket events)) {
        my $member = enter($machine, by => $by);
        ok($member->is_in, "let in, $by") or diag $member->status;
        my $answer = $member->say("by $by");
        ok(!$answer->{error}, 'not refused') or diag $answer->{error};
        ok($member->event(sub { ($_[0]{said} // '') eq "by $by" }), 'heard');
    }
    is(publish($machine, 'alone'), 204, 'pushing is not refused');
    ok(is_told(page($machine), 'alone'), 'and told');
    is(Onair::Http->get($machine->port, $_)->{status}, 200, $_)
        for qw(/live/rock /room/rock /status);
    return;
}

subtest 'nobody is refused or waits while Redis stands still' => sub {
    my $redis = Onair::Redis->new;
    my $machine = machine($redis->port);
    my $anna = enter($machine);
    ok(reaches($anna, 'all'), 'all');
    $redis->pause;
    nobody_waits($machine);
    $redis->go_on;
    ok(reaches($anna, 'all'), 'all again');
    $machine->stop;
    $machine->end_checks;
};

subtest 'nor where it was not there when nginx was started' => sub {
    my $port = free_port();
    my $machine = machine($port);
    nobody_waits($machine);
    my $anna = enter($machine);
    my $redis = Onair::Redis->new(port => $port);
    ok(reaches($anna, 'all'), 'it comes later, and the room reaches all');
    my $other = machine($port);
    ok(is_told(page($other), 'alone'),
        'what was pushed before is passed on');
    $_->stop for $machine, $other;
    $_->end_checks for $machine, $other;
};

done_testing();
