#!/usr/bin/env perl

# An engine that does not speak RESP3, as an old Redis or a proxy does not: each
# machine has two connections to it, one to ask and one to hear. Rooms and
# stations are in common as ever, also after connections of either kind broke.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Redis;
use Onair::Room;
use Onair::Server;

plan skip_all => Onair::Redis->missing if Onair::Redis->missing;

my $json = JSON::PP->new->utf8;

my $redis = Onair::Redis->new(options => ['--rename-command', 'HELLO', '']);
like($redis->ask('HELLO', 3), qr/unknown command/, 'it does not know HELLO');
$redis->ask(qw(ACL SETUSER onair on >secret allkeys allchannels allcommands));

sub http_sharing
{
    my ($share) = @_;
    return <<"END";
    onair_redis 127.0.0.1:${\ $redis->port } user=onair password=secret db=1
        name=two;
    onair_zone onair:8m rooms=20 share=$share;
    onair_message_rate off;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ { onair_room window=0 show=off; }
        location /as/ {
            onair_room window=0 show=off;
            onair_member id=\$arg_id;
        }
        location /control/ { onair_room_control; }
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
}

my @machines = map { Onair::Server->new(workers => 2,
    http => http_sharing('rooms,publications,counts')) } 1, 2;

sub enter
{
    my ($machine, $room) = @_;
    my $member = Onair::Room->enter(port => $machine->port,
        path => "/room/$room", timeout => 20);
    $member->{reach} = $member->{first}{reach};
    return $member;
}

sub reaches
{
    my ($member, $reach) = @_;
    return $member->until(sub {
        for my $frame (splice @{ $member->{frames} }) {
            $member->{reach} = $frame->{reach} if $frame->{reach};
        }
        return $member->{reach} eq $reach;
    }, 20);
}

sub both_hear
{
    my ($what, $from, @members) = @_;
    ok($from->say($what)->{seq}, "said: $what");
    ok($_->event(sub { ($_[0]{said} // '') eq $what }), 'heard') for @members;
    return;
}

sub people
{
    my ($machine, $room) = @_;
    my $all = $json->decode(Onair::Http->get($machine->port, '/control/')->{body});
    my ($row) = grep { $_->{room} eq $room } @{ $all->{rooms} };
    return join ' ', @{$row}{qw(people people_everywhere)};
}

sub people_are
{
    my ($what, $room, @wanted) = @_;
    for my $i (0, 1) {
        ok(wait_for(sub { people($machines[$i], $room) eq $wanted[$i] }, 40),
            "$what, at machine $i") or diag people($machines[$i], $room);
    }
    return;
}

sub publish
{
    my ($machine, $title) = @_;
    return Onair::Http->post($machine->port, '/publish/rock',
        qq({"title":"$title"}));
}

sub title_is
{
    my ($machine, $title) = @_;
    return wait_for(sub {
        my $state = $json->decode(
            Onair::Http->get($machine->port, '/live/rock')->{body});
        return ($state->{now}{title} // '') eq $title;
    });
}

my ($anna, $bert) = map { enter($_, 'rock') } @machines;
ok(reaches($_, 'all'), 'the room reaches all') for $anna, $bert;
ok($machines[0]->wait_log(qr/does not know HELLO 3, it has two connections/),
    'and the log says how');
both_hear('hello', $anna, $anna, $bert);
both_hear('hi', $bert, $anna, $bert);
is($anna->{epoch}, $bert->{epoch}, 'one epoch');
ok($_->until(sub { $_[0]{members} == 2 }), 'counted') for $anna, $bert;
publish($machines[0], 'One');
ok(title_is($_, 'One'), 'what is pushed is told') for @machines;

my $list = $redis->ask(qw(CLIENT LIST));
is(scalar(() = $list =~ /name=two .*user=onair/g), 4, 'two connections each')
    or diag $list;

subtest 'many at once' => sub {
    my %heard;
    for my $i (1 .. 100) {
        ($anna, $bert)[$i % 2]->client->send_text(qq({"say":"word $i"}));
    }
    for my $member ($anna, $bert) {
        my @got;
        ok($member->until(sub {
            push @got, map { $_->{said} } grep { ($_->{said} // '') =~ /^word/ }
                splice @{ $member->{events} };
            return @got == 100;
        }, 20), 'all are heard');
        $heard{ join ',', @got } = 1;
    }
    is(scalar keys %heard, 1, 'in one order');
};

for my $type (qw(pubsub normal)) {
    subtest "connections of the kind $type are killed" => sub {
        $redis->ask(qw(CLIENT KILL TYPE), $type);
        both_hear("after $type", $anna, $anna, $bert);
        publish($machines[1], "after $type");
        ok(title_is($_, "after $type"), 'pushed') for @machines;
        reaches($_, 'all') for $anna, $bert;
        both_hear("later than $type", $bert, $anna, $bert);
    };
}

# Who has the same id is one, with however many connections at either machine.
subtest 'people of both machines are counted once' => sub {
    my $as = sub {
        my ($machine, $id) = @_;
        return Onair::Room->enter(port => $machine->port,
            path => "/as/club?id=$id", timeout => 20);
    };
    my @in = map { $as->($machines[0], "p$_") } 1 .. 3;
    push @in, map { $as->($machines[1], "p$_") } 3 .. 7, 7;
    people_are('seven', 'club', '3 7', '5 7');
    $_->leave for @in[4 .. 8];
    people_are('three', 'club', '3 3', '1 3');
    $redis->ask(qw(ACL SETUSER onair -pfadd));
    $_->leave for @in[1, 2];
    ok(wait_for(sub { people($machines[0], 'club') eq '1 1' }, 40),
        'where Redis does not count them those of the machine are told');
    ok($machines[0]->wait_log(qr/does not count people, it says "/),
        'and the log says why');
    ok($redis->ask(qw(CLIENT LIST)) =~ /name=two .*user=onair/,
        'and the connection stays');
    $redis->ask(qw(ACL SETUSER onair +pfadd));
    people_are('two', 'club', '1 2', '1 2');
    $_->vanish for @in[0, 3];
};

subtest 'Redis is stopped and goes on' => sub {
    reaches($_, 'all') for $anna, $bert;
    $redis->pause;
    ok($anna->say('stopped')->{seq}, 'answered');
    ok(reaches($anna, 'local'), 'local');
    publish($machines[0], 'stopped');
    $redis->go_on;
    ok(reaches($_, 'all'), 'all again') for $anna, $bert;
    both_hear('go on', $bert, $anna, $bert);
    ok(title_is($_, 'stopped'), 'pushed') for @machines;
};

subtest 'counts are no longer shared after a reload' => sub {
    my $members = sub {
        my $all = $json->decode(
            Onair::Http->get($machines[0]->port, '/control/')->{body});
        my ($row) = grep { $_->{room} eq 'rock' } @{ $all->{rooms} };
        return join ' ', map { $row->{$_} // 'none' }
            qw(members members_everywhere people_everywhere);
    };
    ok(wait_for(sub { $members->() eq '1 2 2' }, 20), 'both are counted')
        or diag $members->();
    $machines[0]->reload(http => http_sharing('rooms,publications'));
    ok(wait_for(sub {
        $anna = enter($machines[0], 'rock') if $anna->client->eof;
        return $members->() =~ /^1 (?:1|none) (?:1|none)$/;
    }, 20), 'those of the machine alone') or diag $members->();
    ok(reaches($_, 'all'), 'the room is one still') for $anna, $bert;
};

$_->stop for @machines;
$_->end_checks(allow => [qr/does not count people/]) for @machines;
done_testing();
