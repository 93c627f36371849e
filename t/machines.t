#!/usr/bin/env perl

# Rooms over several machines: several nginx with zones of their own and one
# real Redis. Each message once and in one order for everybody, while workers,
# whole nginx, connections and Redis itself are killed, stopped and cut; and how
# far the room reaches is told whenever that changes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Link;
use Onair::Process qw(wait_for);
use Onair::Redis;
use Onair::Room;
use Onair::Server;

plan skip_all => Onair::Redis->missing if Onair::Redis->missing;

my $full = $ENV{ONAIR_FULL};
my $messages = $full ? 5000 : 300;
my $json = JSON::PP->new->utf8->allow_nonref;
my $rooms = 0;

sub fresh { return 'room' . ++$rooms }

# An nginx with a zone of its own: one machine.
sub machine
{
    my ($port, %given) = @_;
    my $workers = delete $given{workers} // 2;
    my $more = delete $given{more} // '';
    return Onair::Server->new(workers => $workers, connections => 2048,
        %given, http => <<"END");
    onair_redis 127.0.0.1:$port $more;
    onair_zone onair:16m rooms=50 room_history=1m share=rooms,counts;
    onair_message_rate off;
    onair_drain 300ms;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ {
            onair_room show=off history=50 window=0 reactions=like
                hold=10s;
            add_header X-Worker \$pid always;
        }
        location /alone/ { onair_room zone=single; }
        location /control/ { onair_room_control; }
        location = /status { onair_status; }
    }
    onair_zone single:4m rooms=4;
END
}

sub enter
{
    my ($machine, $room, %given) = @_;
    my $member = Onair::Room->enter(port => $machine->port,
        path => "/room/$room", timeout => 30, %given);
    die 'refused: ', $member->status // 'no answer', "\n" if !$member->is_in;
    $member->{reach} = $member->{first}{reach};
    $member->{frames_of} = [];
    return $member;
}

# Pumps until the room reaches so far.
sub reaches
{
    my ($member, $reach, $seconds) = @_;
    return $member->until(sub {
        for my $frame (splice @{ $member->{frames} }) {
            push @{ $member->{frames_of} }, $frame;
            $member->{reach} = $frame->{reach} if $frame->{reach};
            for my $event (@{ $frame->{events} }) {
                $member->{reach} = $event->{reach}
                    if $event->{type} eq 'reach';
            }
        }
        return $member->{reach} eq $reach;
    }, $seconds);
}

# The last frame with which the room became another one.
sub turn { return (grep { $_->{gap} } @{ $_[0]{frames_of} })[-1] }

# What is said next, within the time.
sub hears
{
    my ($member, $what, $seconds) = @_;
    return $member->event(
        sub { $_[0]{type} eq 'message' && $_[0]{said} eq $what }, $seconds);
}

# All are in one room again. A machine may find out late that Redis was away, so
# what is said once may stay at home.
sub all_hear
{
    my ($speaker, $what, @members) = @_;
    for my $try (1 .. 6) {
        reaches($_, 'all') or return 0 for @members;
        $speaker->say("$what $try");
        return 1 if !grep { !hears($_, "$what $try", 5) } @members;
    }
    return 0;
}

my $redis = Onair::Redis->new;
diag 'Redis ', Onair::Redis->version;
my @machines = map { machine($redis->port) } 1 .. 2;

subtest 'what is said at one machine is heard at the other' => sub {
    my $room = fresh();
    my ($anna, $bert) = map { enter($_, $room) } @machines;
    ok(reaches($_, 'all'), 'the room reaches all') for $anna, $bert;
    my $answer = $anna->say('hello', ref => 'one');
    ok($answer->{seq}, 'who said it is told its number');
    my $here = hears($anna, 'hello');
    my $there = hears($bert, 'hello');
    is_deeply($there, $here, 'both hear the same');
    is($here->{seq}, $answer->{seq}, 'of this number');
    is($anna->{epoch}, $bert->{epoch}, 'and epoch');
    is($answer->{epoch}, $anna->{epoch}, 'which the answer says');
    is($bert->say('hi')->{seq}, $answer->{seq} + 1, 'numbers go on');
    ok(hears($_, 'hi'), 'heard') for $anna, $bert;
    my $again = $anna->say('hello', ref => 'one');
    is($again->{seq}, $answer->{seq}, 'the same ref is answered, not said');
    my $carl = enter($machines[1], $room);
    is_deeply([map { $_->{said} } grep { $_->{type} eq 'message' }
                @{ $carl->{events} }], [qw(hello hi)],
        'a newcomer is shown what was said anywhere');
    is($carl->{reach}, 'all', 'and told how far it reaches');
};

subtest 'a machine that comes later has what was said before' => sub {
    my $room = fresh();
    my $anna = enter($machines[0], $room);
    ok(reaches($anna, 'all'), 'alone');
    $anna->say("word $_") for 1 .. 5;
    my $bert = enter($machines[1], $room);
    ok(reaches($bert, 'all'), 'reaches all');
    my $turn = turn($bert);
    is_deeply([map { $_->{said} } grep { $_->{type} eq 'message' }
                @{ $turn->{events} }], [map { "word $_" } 1 .. 5],
        'its first members are given it in one frame');
    is($turn->{epoch}, $anna->{epoch}, 'with the epoch of all');
    my $back = enter($machines[1], $room, since => $anna->since);
    ok(!$back->{first}{gap}, 'whoever moves over resumes without a gap');
};

subtest 'what moderators do is done at all machines' => sub {
    my $room = fresh();
    my ($anna, $bert) = map { enter($_, $room) } @machines;
    reaches($_, 'all') for $anna, $bert;
    my $seq = $anna->say('bad words')->{seq};
    ok(hears($bert, 'bad words'), 'heard');
    my $order = sub {
        my ($machine, $command) = @_;
        return Onair::Http->post($machine->port, "/control/$room",
            $json->encode($command))->{status};
    };
    is($order->($machines[1], { delete => [$seq] }), 204, 'deleted there');
    ok($anna->event(sub { $_[0]{type} eq 'deleted' }), 'told here');
    my $carl = enter($machines[0], $room);
    ok(!(grep { ($_->{said} // '') eq 'bad words' } @{ $carl->{events} }),
        'and not in the history here');
    is($order->($machines[1], { modes => { slow => 7 } }), 204, 'slow there');
    ok($anna->until(sub { ($anna->{modes}{slow} // 0) == 7 }), 'slow here');
    my $id = $anna->id;
    is($order->($machines[1], { mute => $id, for => 60 }), 204, 'muted there');
    ok(wait_for(sub { ($anna->say('x')->{error} // '') =~ /muted/ }),
        'silent here');
    is($order->($machines[1], { ban => $id, for => 60 }), 204, 'banned there');
    ok(wait_for(sub { !defined $anna->pump(1) }), 'closed here');
};

subtest 'members and reactions are summed' => sub {
    my $room = fresh();
    my @in = map { enter($machines[$_ % 2], $room) } 1 .. 6;
    ok($_->until(sub { $_[0]{members} == 6 }, 20), 'six') for @in[0, 1];
    $in[0]->command({ react => 'like', n => 3 });
    $in[1]->command({ react => 'like', n => 2 });
    ok($_->until(sub { ($_[0]{reactions}{like} // 0) == 5 }, 20), 'five')
        for @in[0, 1];
    $_->leave for @in[2 .. 5];
    ok($_->until(sub { $_[0]{members} == 2 }, 20), 'two') for @in[0, 1];
};


# --- Redis goes and comes ---

subtest 'Redis is killed: rooms go on by themselves, and come back' => sub {
    my $room = fresh();
    my ($anna, $bert) = map { enter($_, $room) } @machines;
    reaches($_, 'all') for $anna, $bert;
    $anna->say('before');
    hears($_, 'before') for $anna, $bert;
    my $epoch = $anna->{epoch};
    $redis->kill;
    ok(reaches($_, 'local'), 'told that it is local') for $anna, $bert;
    my $answer = $anna->say('to myself');
    ok($answer->{seq}, 'nobody is refused');
    ok(hears($anna, 'to myself'), 'it is heard at home');
    isnt($anna->{epoch}, $epoch, 'in numbers of its own');
    is($answer->{epoch}, $anna->{epoch}, 'as the answer says');
    my $late = enter($machines[0], $room);
    is($late->{reach}, 'local', 'who comes is told so at once');
    ok(!hears($bert, 'to myself', 0.5), 'and not elsewhere');
    $redis->start;
    ok(reaches($_, 'all'), 'told that it is all again') for $anna, $bert;
    my $turn = turn($anna);
    ok($turn, 'with a gap, in one frame');
    is($anna->{epoch}, $bert->{epoch}, 'one epoch again');
    isnt($anna->{epoch}, $epoch, 'another one: Redis had forgotten all');
    ok(all_hear($bert, 'after', $anna, $bert), 'and it goes on');
    for my $machine (@machines) {
        my $log = $machine->log;
        is(scalar(() = $log =~ /is without its engine/g), 1, 'said once');
        is(scalar(() = $log =~ /has its engine "[^"]*" again/g), 1,
            'and once that it is back');
    }
};

subtest 'Redis with a file keeps numbers and history' => sub {
    my $with_file = Onair::Redis->new(file => 1);
    my @two = map { machine($with_file->port) } 1 .. 2;
    my $room = fresh();
    my ($anna, $bert) = map { enter($_, $room) } @two;
    reaches($_, 'all') for $anna, $bert;
    $anna->say("word $_") for 1 .. 3;
    hears($bert, 'word 3');
    my $epoch = $anna->{epoch};
    $with_file->kill;
    reaches($_, 'local') for $anna, $bert;
    $with_file->start;
    ok(reaches($_, 'all'), 'all again') for $anna, $bert;
    is($anna->{epoch}, $epoch, 'in the epoch of before');
    my $turn = turn($anna);
    is_deeply([map { $_->{said} } grep { $_->{type} eq 'message' }
                @{ $turn->{events} }], ['word 1', 'word 2', 'word 3'],
        'the history is given again');
    $_->stop for @two;
    $_->end_checks for @two;
};

subtest 'a pause that is short is waited out' => sub {
    my $room = fresh();
    my ($anna, $bert) = map { enter($_, $room) } @machines;
    reaches($_, 'all') for $anna, $bert;
    $redis->pause;
    $anna->client->send_text('{"say":"paused","ref":1}');
    select undef, undef, undef, 0.1;    # what is tested is the pause
    $redis->go_on;
    ok(hears($_, 'paused'), 'heard') for $anna, $bert;
    is($_->{reach}, 'all', 'and nothing else was told') for $anna, $bert;
};

subtest 'Redis is stopped: nobody waits for it' => sub {
    my $room = fresh();
    my ($anna, $bert) = map { enter($_, $room) } @machines;
    reaches($_, 'all') for $anna, $bert;
    $redis->pause;
    my $begin = time;
    ok($anna->say('stopped')->{seq}, 'answered');
    cmp_ok(time - $begin, '<', 5, 'soon');
    ok(hears($anna, 'stopped'), 'heard at home');
    ok(reaches($anna, 'local'), 'and told that it is local');
    $redis->go_on;
    ok(reaches($_, 'all'), 'all again') for $anna, $bert;
    ok(all_hear($bert, 'go on', $anna, $bert), 'and it goes on');
};

subtest 'out of memory' => sub {
    my $room = fresh();
    my ($anna, $bert) = map { enter($_, $room) } @machines;
    reaches($_, 'all') for $anna, $bert;
    $redis->ask('CONFIG', 'SET', 'maxmemory', '1');
    ok($anna->say('no room')->{seq}, 'nobody is refused');
    ok(hears($anna, 'no room'), 'heard at home');
    ok(reaches($anna, 'local'), 'told that it is local');
    $redis->ask('CONFIG', 'SET', 'maxmemory', '0');
    ok(reaches($_, 'all', 30), 'all again') for $anna, $bert;
    ok(all_hear($anna, 'room again', $anna, $bert), 'heard');
};

# --- everything at once ---

# The worker of a machine that has the connection.
sub leader
{
    my ($machine) = @_;
    return wait_for(sub {
        my $status = $json->decode(Onair::Http->get($machine->port,
                '/status')->{body});
        my ($zone) = grep { $_->{name} eq 'onair' } @{ $status->{zones} };
        my $engine = $zone->{rooms}{engine};
        return $engine->{up} && $engine->{worker};
    });
}

# What one was told, over and over: it is in order and nothing twice.
package Told {
    sub new { return bless { number => {}, order => [], newest => 0 }, shift }

    sub keep
    {
        my ($self, $member) = @_;
        for my $event (splice @{ $member->{events} }) {
            next if $event->{type} ne 'message' || ref $event->{said};
            my ($what, $seq) = @{$event}{qw(said seq)};
            push @{ $self->{twice} }, $what if $self->{number}{$what};
            push @{ $self->{disorder} }, $what if $seq <= $self->{newest};
            $self->{number}{$what} = $seq;
            $self->{newest} = $seq;
            push @{ $self->{order} }, $what;
        }
        return;
    }
}

# Says $count things by all in turn, and meanwhile does what is to be done at
# some of them; then all have to have heard all, in one order. Where the room was
# local for a moment, as this machine had too much else to do to be back within
# 250 ms, that was told, and it is done again.
my $runs = 0;

sub all_hear_all
{
    my ($name, $in, $count, %at) = @_;
    for my $try (1 .. 8) {
        my $run = 'run' . ++$runs;
        ok(reaches($_, 'all'), "$name: all") || return for @$in;
        $_->{gaps} = 0 for @$in;
        my $told = one_run($run, $in, $count, %at);
        if (grep { $_->{gaps} } @$in) {
            note "$name: was local for a moment";
            next;
        }
        my @lack = grep { keys %{ $_->{number} } < $count } values %$told;
        is(scalar @lack, 0, "$name: all hear all");
        my @twice = grep { $_->{twice} } values %$told;
        is(scalar @twice, 0, "$name: nothing twice");
        my @disorder = grep { $_->{disorder} } values %$told;
        is(scalar @disorder, 0, "$name: in order");
        my %orders = map { join(',', @{ $_->{order} }) => 1 } values %$told;
        is(scalar keys %orders, 1, "$name: in one order everywhere");
        return 1;
    }
    return fail("$name: never without a gap");
}

# What each was told.
sub one_run
{
    my ($run, $in, $count, %at) = @_;
    my %told = map { $_ => Told->new } @$in;
    my $look = sub {
        for my $member (@$in) {
            while ($member->pump(0)) { }
            @{ $member->{events} } = grep { ($_->{said} // '') =~ /^$run / }
                @{ $member->{events} };
            $told{$member}->keep($member);
        }
    };
    for my $i (1 .. $count) {
        $in->[$i % @$in]->client->send_text(qq({"say":"$run $i"}));
        $at{$i}->() if $at{$i};
        $look->() if $i % 20 == 0;
    }
    wait_for(sub {
        $look->();
        my $lacking = grep { keys %{ $told{$_}{number} } < $count } @$in;
        return !$lacking || grep { $_->{gaps} } @$in;
    }, 60);
    return \%told;
}

subtest 'connections to Redis are killed while all talk' => sub {
    my $room = fresh();
    my @in = map { enter($machines[$_ % 2], $room) } 1 .. 20;
    all_hear_all('kill', \@in, $messages, map {
        $_ * int($messages / 3) => sub {
            $redis->ask(qw(CLIENT KILL TYPE pubsub));
        } } 1 .. 2);
};

subtest 'workers that have the connection are killed while all talk' => sub {
    my $room = fresh();
    for my $try (1 .. 4) {
        # Of members only those stay whose worker is not killed.
        my %leader = map { $_->port => leader($_) } @machines;
        my @in;
        for my $machine (@machines) {
            while (@in < ($machine == $machines[0] ? 10 : 20)) {
                my $member = enter($machine, $room);
                my $worker = $member->client->header('X-Worker');
                if ($worker == $leader{ $machine->port }) {
                    $member->vanish;
                } else {
                    push @in, $member;
                }
            }
        }
        reaches($_, 'all') for @in;
        $_->{gaps} = 0 for @in;
        my $run = 'worker' . $try;
        my $told = one_run($run, \@in, $messages, map {
            my $machine = $machines[$_ - 1];
            int($messages * $_ / 3) => sub {
                kill 'KILL', $leader{ $machine->port };
            };
        } 1 .. 2);
        if (grep { $_->{gaps} } @in) {
            note 'was local for a moment';
            next;
        }
        my @lack = grep { keys %{ $_->{number} } < $messages } values %$told;
        is(scalar @lack, 0, 'all hear all');
        my @bad = grep { $_->{twice} || $_->{disorder} } values %$told;
        is(scalar @bad, 0, 'nothing twice, in order');
        my %orders = map { join(',', @{ $_->{order} }) => 1 } values %$told;
        is(scalar keys %orders, 1, 'in one order everywhere');
        return;
    }
    fail('never without a gap');
};

subtest 'a link that delays and is cut' => sub {
    my $link = Onair::Link->new(to => $redis->port);
    my $far = machine($link->port);
    my $room = fresh();
    my @near = map { enter($machines[0], $room) } 1 .. 3;
    my @far = map { enter($far, $room) } 1 .. 3;
    $link->set(delay => 0.02);
    all_hear_all('link', [@near, @far], $messages,
        int($messages / 2) => sub { $link->cut });
    $link->set(stop => 1);
    $far[0]->client->send_text('{"say":"far away"}');
    ok(reaches($far[0], 'local'), 'a link that stands still: local there');
    ok(hears($far[1], 'far away'), 'heard at home');
    $near[0]->say('near');
    ok(hears($near[1], 'near'), 'the others go on');
    is($near[1]->{reach}, 'all', 'and are all');
    $link->set(stop => 0, delay => 0);
    ok(reaches($far[0], 'all', 30), 'all again');
    $far[0]->say('back');
    ok(hears($_, 'back'), 'heard') for $near[0], $far[2];
    $far->stop;
    $far->end_checks;
};

$_->stop for @machines;
$_->end_checks(allow => [qr/exited on signal 9/]) for @machines;
done_testing();
