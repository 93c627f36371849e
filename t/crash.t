#!/usr/bin/env perl

# A worker that dies takes its own connections with it and nothing else:
# polling goes on from another one, no state is lost, the counts are right.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Source;
use Onair::WebSocket;

my $workers = 3;
my $interval = 0.2;

sub song { return Onair::Source::icecast(rock => $_[0]) }

my $source = Onair::Source->new(body => song('First'));
sub http_with
{
    my ($listen) = @_;
    return <<"END";
    server {
        listen 127.0.0.1:%%PORT%% $listen;
        onair_connections zone-wide=1000;
        location = /source {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll interval=${\ ($interval * 1000) }ms;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END
}

my $server = Onair::Server->new(workers => $workers,
    http => http_with('reuseport'));

sub status { return Onair::Http->json($server->port, '/status') }
sub leader { return status()->{zones}[0]{leader} }

sub song_is
{
    my ($text) = @_;
    my $state = Onair::Http->json($server->port, '/live/rock');
    return (($state->{now} // {})->{text} // '') eq $text;
}

sub subscribers
{
    my $count = 0;
    $count += $_->{subscribers}{websocket} for @{ status()->{workers} };
    return $count;
}

# So many clients that every worker has some.
sub clients_everywhere
{
    my @clients;
    wait_for(
        sub {
            push @clients, Onair::WebSocket->connect(port => $server->port,
                path => '/live/rock');
            $clients[-1]->json;
            my @with = grep { $_->{subscribers}{websocket} }
                @{ status()->{workers} };
            return @with == $workers;
        },
        20) or die "a worker gets no connection\n";
    return @clients;
}

# Reads what is there: which clients the server has left.
sub alive
{
    return grep { $_->is_silent(0.01); !$_->eof } @_;
}

sub epoch_and_seq
{
    my $state = Onair::Http->json($server->port, '/live/rock');
    return "$state->{epoch}:$state->{seq}";
}

sub counts_are_right
{
    my ($left, $name) = @_;
    ok(wait_for(sub { @{ status()->{workers} } == $workers }),
        "$name: the status page knows $workers workers");
    ok(wait_for(sub { subscribers() == $left }),
        "$name: $left subscribers are left") or diag(subscribers());
    my $zone = status()->{zones}[0];
    is($zone->{subscribers}, $left, "$name: the zone counts as many");
    is($zone->{connections}, $left, "$name: so do the caps");
    is($zone->{list}[0]{subscribers}, $left, "$name: and the station");
}

sub the_next_change_comes_although_the_leader_was_killed
{
    for my $turn (1 .. 3) {
        my @clients = clients_everywhere();
        my $before = epoch_and_seq();
        my $leader = leader();
        my ($of_leader) = map { $_->{subscribers}{websocket} }
            grep { $_->{pid} == $leader } @{ status()->{workers} };
        $server->signal('KILL', $leader);
        $source->set(body => song("After the leader $turn"));
        my $began = time;
        my $alive;
        wait_for(sub {
            $alive = [alive(@clients)];
            return @$alive <= @clients - $of_leader;
        }, 5);
        is(scalar @$alive, @clients - $of_leader,
            "$turn: its own clients are gone");
        my @texts = map { $_->json->{now}{text} } @$alive;
        my $took = time - $began;
        is(scalar(grep { $_ ne "After the leader $turn" } @texts), 0,
            "$turn: the others are told of the next change");
        cmp_ok($took, '<', $interval + 1,
            sprintf "$turn: within an interval and a second (%.2f s)", $took);
        isnt(leader(), $leader, "$turn: another worker leads");
        my ($epoch, $seq) = split /:/, $before;
        is(epoch_and_seq(), "$epoch:" . ($seq + 1),
            "$turn: the same epoch, the next seq");
        counts_are_right(scalar @$alive, "$turn");
    }
}

sub the_death_of_another_worker_changes_nothing
{
    my @clients = clients_everywhere();
    my $leader = leader();
    my ($other) = grep { $_ != $leader } $server->workers;
    my $before = epoch_and_seq();
    $server->kill_worker($other);
    is(leader(), $leader, 'the leader leads on');
    is(epoch_and_seq(), $before, 'nobody is told of anything');
    my @alive = alive(@clients);
    counts_are_right(scalar @alive, 'a non-leader');
    $source->set(body => song('After another'));
    is(scalar(grep { $_->json->{now}{text} ne 'After another' } @alive), 0,
        'the others are told of the next change');
}

sub all_workers_may_die_at_once
{
    my ($epoch) = split /:/, epoch_and_seq();
    my @old = $server->workers;
    $server->signal('KILL', $_) for @old;
    my %old = map { $_ => 1 } @old;
    wait_for(sub { my @now = $server->workers;
        @now == $workers && !grep { $old{$_} } @now });
    my $state = Onair::Http->json($server->port, '/live/rock');
    is($state->{epoch}, $epoch, 'the epoch is kept');
    is($state->{now}{text}, 'After another', 'so is the state');
    counts_are_right(0, 'all');
    $source->set(body => song('After all'));
    ok(wait_for(sub { song_is('After all') }), 'and polling goes on');
}

sub zone_counts
{
    my ($left, $name) = @_;
    ok(wait_for(sub {
        my $zone = status()->{zones}[0];
        return $zone->{subscribers} == $left && $zone->{connections} == $left
            && $zone->{list}[0]{subscribers} == $left;
    }), $name) or diag(explain(status()->{zones}[0]));
}

# Nobody is born in its place who would clear up behind it.
sub a_worker_that_dies_while_it_leaves_counts_no_more
{
    my @clients = clients_everywhere();
    $server->reload;
    my @leaving = $server->leaving_workers;
    is(scalar @leaving, $workers, 'all old workers say goodbye');
    $server->signal('KILL', $_) for @leaving;
    zone_counts(0, 'who was with them is not counted any more');
    my $again = Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock');
    is($again->json->{now}{text}, 'After all', 'the others serve on');
    zone_counts(1, 'and count');
}

# Its number is still in use then, as it is when another process has got it.
# Without reuseport: nginx leaves who comes to a dead worker's own socket there.
sub a_death_that_the_master_has_not_seen_is_known
{
    my $plain = Onair::Server->new(workers => 2, http => http_with(''));
    # The dying one may have been woken for the question, or taken it: then the
    # next one is heard.
    my $state = sub {
        wait_for(sub {
            Onair::Http->json($plain->port, '/status', timeout => 2) });
    };
    my $text = sub {
        my $state = Onair::Http->json($plain->port, '/live/rock', timeout => 2);
        return ($state->{now} // {})->{text} // '';
    };
    my @clients = map { Onair::WebSocket->connect(port => $plain->port,
        path => '/live/rock') } 1 .. 20;
    $_->json for @clients;
    ok(wait_for(sub { $state->()->{zones}[0]{leader} }), 'somebody leads');
    my $leader = $state->()->{zones}[0]{leader};
    my ($of_leader) = map { $_->{subscribers}{websocket} }
        grep { $_->{pid} == $leader } @{ $state->()->{workers} };
    $plain->signal('STOP');
    $plain->signal('KILL', $leader);
    ok(wait_for(sub { @{ $state->()->{workers} } == 1 }),
        'the status page does not show the dead one');
    ok(kill(0, $leader), 'although its number is taken');
    $source->set(body => song('Unseen'));
    ok(wait_for(sub { $text->() eq 'Unseen' }), 'polling goes on');
    isnt($state->()->{zones}[0]{leader}, $leader, 'by the other worker');
    ok(wait_for(sub {
        my $zone = $state->()->{zones}[0];
        return $zone->{subscribers} == @clients - $of_leader
            && $zone->{list}[0]{subscribers} == @clients - $of_leader;
    }), 'its clients are not counted');
    $plain->signal('CONT');
    ok(wait_for(sub { $plain->workers == 2 }), 'the master sees it');
    $plain->end_checks(allow => [qr/exited on signal 9/]);
}

# The lease ends by itself where the holder cannot give it back.
sub a_leader_that_stands_still_is_replaced
{
    my $leader = leader();
    my $failures = status()->{polls}[0]{failures};
    # So that a poll is under way.
    $source->set(delay => 0.3, body => song('Before'));
    $source->wait_requests(2, 5);
    $server->stand_still($leader);
    $source->set(body => song('Meanwhile'));
    # Not every worker answers now: what one does not, the next may.
    my $told = wait_for(
        sub {
            my $answer = eval { Onair::Http->get($server->port, '/live/rock',
                timeout => 0.3) };
            return $answer && $answer->{body} =~ /Meanwhile/;
        },
        10);
    ok($told, 'another worker polls when the lease is over');
    $server->signal('CONT', $leader);
    ok($server->wait_log(qr/is led by another worker now/),
        'the old one sees that it leads no more');
    is_deeply(status()->{polls}[0]{failures}, $failures,
        'the poll that it ends is no failure of the source');
    isnt(leader(), $leader, 'and does not take over again');
    is(scalar(grep { $_ == $leader } $server->workers), 1, 'it serves on');
    $source->set(body => song('Later'));
    ok(wait_for(sub { song_is('Later') }), 'and changes come');
}

ok(wait_for(sub { song_is('First') }), 'polling has begun');
the_next_change_comes_although_the_leader_was_killed();
the_death_of_another_worker_changes_nothing();
all_workers_may_die_at_once();
a_worker_that_dies_while_it_leaves_counts_no_more();
a_death_that_the_master_has_not_seen_is_known();
a_leader_that_stands_still_is_replaced();
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing();
