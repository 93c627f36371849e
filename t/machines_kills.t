#!/usr/bin/env perl

# Three machines, 60 members and one Redis, through all that may die or stand
# still: workers, those that have the connection, a whole nginx, connections,
# Redis with and without its file and memory, a link. What a member is told
# without a gap is in order, comes once, lacks nothing that others were told, and
# no number means two things; in the end all are in one room again. ONAIR_FULL=1:
# 5,000 messages a run, and something dies every 250.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use List::Util qw(first);
use Test::More;
use Time::HiRes qw(sleep time);

use Onair::Http;
use Onair::Link;
use Onair::Process qw(terminate wait_for);
use Onair::Redis;
use Onair::Room;
use Onair::Server;

plan skip_all => Onair::Redis->missing if Onair::Redis->missing;

my $full = $ENV{ONAIR_FULL};
my $messages = $full ? 5000 : 300;
my $members = 60;
my $total = 0;    # of what was told without a fault
my $json = JSON::PP->new->utf8;

sub machine
{
    my ($port) = @_;
    return Onair::Server->new(workers => 2, connections => 1024,
        http => <<"END");
    onair_redis 127.0.0.1:$port;
    onair_zone onair:16m rooms=10 room_history=2m ring=512k
        share=rooms,publications,counts;
    onair_message_rate off;
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ {
            onair_room show=off history=100 window=0 hold=10s;
        }
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
}

# The worker of a machine that has the connection.
sub leader
{
    my ($machine) = @_;
    # The worker that answers may just be dying.
    my $status = eval { $json->decode(
        Onair::Http->get($machine->port, '/status')->{body}) } // return;
    my ($zone) = grep { $_->{name} eq 'onair' } @{ $status->{zones} };
    return $zone->{rooms}{engine}{worker};
}

# A member that comes back when its connection breaks, and what it was told:
# stretches without a gap, each [epoch, [number, words], ...].
package Talker {
    sub new
    {
        my ($class, %given) = @_;
        my $self = bless { %given, stretches => [], since => undef }, $class;
        main::wait_for(sub { $self->enter }) or die "nobody lets in\n";
        return $self;
    }

    sub enter
    {
        my ($self) = @_;
        my $member = eval { Onair::Room->enter(timeout => 10,
            port => $self->{machine}->port, path => '/room/all',
            since => $self->{since}) } // return;
        return if !$member->is_in || !$member->{first};
        $self->{member} = $member;
        my $first = $member->{first};
        my ($epoch) = split /:/, $self->{since} // '';
        my $goes_on = $epoch && !$first->{gap} && $epoch eq $first->{epoch};
        $self->begin($first->{epoch}) if !$goes_on;
        $self->take;
        return 1;
    }

    sub begin
    {
        my ($self, $epoch) = @_;
        push @{ $self->{stretches} }, [$epoch];
        return;
    }

    # Sorts the frames that came.
    sub take
    {
        my ($self) = @_;
        my $member = $self->{member};
        for my $frame (splice @{ $member->{frames} }) {
            $self->{reach} = $frame->{reach} if $frame->{reach};
            $self->begin($frame->{epoch}) if $frame->{gap};
            for my $event (@{ $frame->{events} }) {
                if ($event->{type} eq 'reach') {
                    $self->{reach} = $event->{reach};
                    $self->{local} ||= $event->{reach} eq 'local';
                    $self->begin($frame->{epoch});
                } elsif ($event->{type} eq 'message') {
                    push @{ $self->{stretches}[-1] },
                        [$event->{seq}, $event->{said}];
                }
            }
            $self->{stretches}[-1][0] = $frame->{epoch};
        }
        $member->{events} = [];
        $self->{since} = $member->since;
        return;
    }

    # Reads what is there; comes back where the connection broke.
    sub look
    {
        my ($self) = @_;
        while ($self->{member}->pump(0)) { }
        $self->take;
        return 1 if !$self->{member}->client->eof;
        return $self->enter;
    }

    sub say
    {
        my ($self, $what) = @_;
        local $SIG{PIPE} = 'IGNORE';
        return eval {
            $self->{member}->client->send_text(qq({"say":"$what"}));
            1;
        };
    }

    sub has
    {
        my ($self, $what) = @_;
        return grep { $_->[1] eq $what }
            @{ $self->{stretches}[-1] }[1 .. $#{ $self->{stretches}[-1] }];
    }
}

# What is wrong with what they were told.
sub faults
{
    my (@talkers) = @_;
    my (%words, @faults);
    for my $stretch (map { @{ $_->{stretches} } } @talkers) {
        my ($epoch, @told) = @$stretch;
        my $newest = 0;
        my %said;
        for my $one (@told) {
            my ($seq, $said) = @$one;
            push @faults, "$said twice" if $said{$said}++;
            push @faults, "$said behind $newest" if $seq <= $newest;
            $newest = $seq;
            my $known = $words{$epoch}{$seq} //= $said;
            push @faults, "$epoch:$seq is '$known' and '$said'"
                if $known ne $said;
        }
    }
    for my $stretch (map { @{ $_->{stretches} } } @talkers) {
        my ($epoch, @told) = @$stretch;
        next if !@told;
        my %has = map { $_->[0] => 1 } @told;
        push @faults, map { "lacks $epoch:$_" } grep {
            $_ >= $told[0][0] && $_ <= $told[-1][0] && !$has{$_}
        } keys %{ $words{$epoch} };
    }
    return @faults;
}

sub run
{
    my ($name, $ports, @at) = @_;
    my @machines = map { machine($_) } @$ports;
    my @talkers = map { Talker->new(machine => $machines[$_ % 3]) }
        1 .. $members;
    my $look = sub { $_->look for @talkers };
    my $all = sub {
        return wait_for(sub {
            $look->();
            my %epochs = map { $_->{member}{epoch} => 1 } @talkers;
            return keys %epochs == 1
                && !grep { ($_->{reach} // '') ne 'all' } @talkers;
        }, 60);
    };
    my $said = 0;
    # Until members of these machines were told that they are local. Where Redis
    # is out of memory they come back and go again.
    my $local = sub {
        my @of = grep { my $at = $_->{machine}; grep { $_ == $at } @_ }
            @talkers;
        $_->{local} = 0 for @of;
        $_->say("local $name " . ++$said) for @of;
        return wait_for(sub { $look->(); !grep { !$_->{local} } @of }, 20);
    };
    ok($all->(), 'all are in one room') or return;
    my $pause = $full ? 250 : int($messages / (@at + 1));
    my $next = 0;
    for my $i (1 .. $messages) {
        $talkers[$i % $members]->say("$name $i");
        Onair::Http->post($machines[$i % 3]->port, '/publish/rock',
            qq({"title":"$name $i"})) if $i % 10 == 0;
        if ($i % $pause == 0 && $i < $messages && ($full || $next < @at)) {
            my ($what, $do) = @{ $at[$next++ % @at] };
            note $what;
            # One after the other, each in a room of all.
            $all->() if $full;
            $do->($local, @machines);
        }
        $look->() if $i % 5 == 0;
    }
    ok($all->(), 'all are in one room again');
    # On a slow machine a room may be local for a moment once more.
    my $hear = sub {
        my ($try) = @_;
        my @end = map { "end $try $_" } 1 .. 30;
        $all->();
        $talkers[$_ % $members]->say($end[$_]) for 0 .. $#end;
        return wait_for(sub {
            $look->();
            return !grep { my $one = $_; grep { !$one->has($_) } @end }
                @talkers;
        }, 20);
    };
    ok((first { $hear->($_) } 1 .. 4), 'and hear each other');
    my @faults = faults(@talkers);
    is(scalar @faults, 0, 'in order, without a hole, no number twice')
        or diag join "\n", @faults > 9 ? @faults[0 .. 8] : @faults;
    my $told = 0;
    $told += @$_ - 1 for map { @{ $_->{stretches} } } @talkers;
    my $stretches = 0;
    $stretches += @{ $_->{stretches} } for @talkers;
    note "$told messages told in $stretches stretches, $next times";
    $total += $told if !@faults;
    Onair::Http->post($machines[0]->port, '/publish/rock',
        '{"title":"the last"}');
    for my $machine (@machines) {
        ok(wait_for(sub {
            Onair::Http->get($machine->port, '/live/rock')->{body}
                =~ /"the last"/;
        }), 'the last publication is everywhere');
    }
    my $members_of = sub { $talkers[0]->look; $talkers[0]{member}{members} };
    my $begin = time;
    ok(wait_for(sub { $members_of->() == $members }, 20), 'counted right')
        or diag $members_of->();
    cmp_ok(time - $begin, '<', 16, 'within 15 seconds');
    $_->{member}->vanish for @talkers;
    $_->stop for @machines;
    $_->end_checks(allow => [qr/exited on signal 9/]) for @machines;
    return;
}

sub kill_leader
{
    my ($machine) = @_;
    my $leader = leader($machine);
    kill 'KILL', $leader if $leader;
    return;
}

subtest 'what is wrong would be found' => sub {
    my $talker = sub { return { stretches => [@_] } };
    my $good = $talker->(['e', [1, 'a'], [2, 'b'], [4, 'c']], ['f', [1, 'x']]);
    is(scalar faults($good, $good), 0, 'nothing is');
    is(scalar faults($good, $talker->(['e', [1, 'a'], [4, 'c']])), 1, 'a hole');
    is(scalar faults($talker->(['e', [2, 'b'], [1, 'a']])), 1, 'disorder');
    is(scalar faults($talker->(['e', [1, 'a'], [2, 'a']])), 1, 'twice');
    is(scalar faults($good, $talker->(['f', [1, 'y']])), 1,
        'a number that means two things');
};

subtest 'processes and connections are killed' => sub {
    my $redis = Onair::Redis->new;
    run('kills', [($redis->port) x 3],
        ['the worker with the connection' => sub { kill_leader($_[1]) }],
        ['another worker' => sub {
            my $leader = leader($_[2]) // 0;
            my ($worker) = grep { $_ != $leader } $_[2]->workers;
            kill 'KILL', $worker if $worker;
        }],
        ['connections' => sub {
            $redis->ask(qw(CLIENT KILL TYPE), $_) for qw(pubsub normal);
        }],
        ['a whole nginx' => sub {
            my ($machine) = $_[3];
            kill 'KILL', $machine->workers, $machine->pid;
            terminate($machine->{pid}, 'KILL');
            $machine->start;
        }],
        ['all that have the connection' => sub {
            kill_leader($_) for @_[1 .. 3];
        }]);
};

for my $file (0, 1) {
    my $how = $file ? 'with' : 'without';
    subtest "Redis dies and stands still, $how its file" => sub {
        my $redis = Onair::Redis->new(file => $file);
        my $memory = sub { $redis->ask(qw(CONFIG SET maxmemory), $_[0]) };
        run('redis', [($redis->port) x 3],
            ['killed' => sub { $redis->kill; sleep 0.4; $redis->start }],
            ['stopped' => sub {
                $redis->pause;
                sleep 0.5;    # what is tested is a pause
                $redis->go_on;
            }],
            ['killed with a worker' => sub {
                $redis->kill;
                kill_leader($_[1]);
                $redis->start;
            }],
            ['out of memory' => sub {
                my ($local, @machines) = @_;
                $memory->(1);
                ok($local->(@machines), 'local');
                $memory->(0);
            }]);
    };
}

subtest 'the link of a machine delays, cuts, loses and stands still' => sub {
    my $redis = Onair::Redis->new;
    my $link = Onair::Link->new(to => $redis->port);
    # Until the far machine is cut off, and then all connections are new.
    my $until_local = sub {
        my ($what, $local, @machines) = @_;
        $link->set($what => 1);
        ok($local->($machines[2]), "local: $what");
        $link->cut;
        $link->set($what => 0);
    };
    run('link', [$redis->port, $redis->port, $link->port],
        ['delays' => sub { $link->set(delay => 0.02) }],
        ['cut' => sub { $link->cut }],
        ['loses what is answered' => sub { $until_local->(lose => @_) }],
        ['stands still' => sub { $until_local->(stop => @_) }],
        ['is cut and delays no more' => sub {
            $link->cut;
            $link->set(delay => 0);
        }]);
};

note "$total messages told, each once and in one order" if $full;
done_testing();
