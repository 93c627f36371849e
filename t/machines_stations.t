#!/usr/bin/env perl

# Stations of several machines: what is pushed to one is told at all, the newest
# everywhere, by way of a real Redis that is killed, stopped and restarted; a
# machine that starts has the present states at once; subscribers are summed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(free_port terminate wait_for);
use Onair::Redis;
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

plan skip_all => Onair::Redis->missing if Onair::Redis->missing;

my $json = JSON::PP->new->utf8->canonical;
my $stations = 0;

sub fresh { return 'station' . ++$stations }

# One nginx with a zone of its own, and no rooms: one machine.
sub machine
{
    my ($port, %given) = @_;
    my $share = delete $given{share} // 'publications,counts';
    my $more = delete $given{more} // '';
    return Onair::Server->new(workers => 2, %given, http => <<"END");
    onair_redis 127.0.0.1:$port;
    onair_zone onair:4m stations=400 share=$share $more;
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location /first/ { onair_publish priority=1; }
        location /short/ { onair_publish expires=2s; }
        location = /status { onair_status; }
    }
END
}

sub push_to
{
    my ($machine, $station, $state, $where) = @_;
    $where //= 'publish';
    my $answer = Onair::Http->post($machine->port, "/$where/$station",
        ref $state ? $json->encode($state) : qq({"title":"$state"}));
    return $answer->{status} == 204;
}

sub state_of
{
    my ($machine, $station) = @_;
    return $json->decode(
        Onair::Http->get($machine->port, "/live/$station")->{body});
}

# Until the machine tells this title; how long that took.
sub tells
{
    my ($machine, $station, $title, $seconds) = @_;
    my $begin = time;
    return wait_for(sub {
        (state_of($machine, $station)->{now}{title} // '') eq $title
            && time - $begin + 0.001;
    }, $seconds // 20);
}

sub status_of
{
    my ($machine) = @_;
    my $status = $json->decode(
        Onair::Http->get($machine->port, '/status')->{body});
    my ($zone) = grep { $_->{name} eq 'onair' } @{ $status->{zones} };
    return $zone;
}

sub is_up
{
    my ($machine) = @_;
    return wait_for(sub { status_of($machine)->{rooms}{engine}{up} });
}

sub is_away
{
    my ($machine) = @_;
    return wait_for(sub { !status_of($machine)->{rooms}{engine}{up} });
}

my $redis = Onair::Redis->new;
my @machines = map { machine($redis->port) } 1 .. 3;
is_up($_) for @machines;

subtest 'what is pushed to one is told at all' => sub {
    my $station = fresh();
    my @pages = map { Onair::WebSocket->connect(port => $_->port,
        path => "/live/$station") } @machines;
    $_->json for @pages;
    my $begin = time;
    ok(push_to($machines[0], $station, { artist => 'Anna', title => 'One',
        album => 'First', art => 'https://example.com/a%20b.png',
        dj => 'Carl', listeners => 7,
        next => { artist => 'Bert', title => 'Two' } }), 'pushed to one');
    my @told = map { my $page = $_; my $told;
        wait_for(sub { $told = $page->json; $told->{now} }); $told } @pages;
    cmp_ok(time - $begin, '<', 1, 'soon');
    is_deeply($told[$_]{now}, $told[0]{now}, "the track, at machine $_")
        for 1, 2;
    is($told[2]{now}{album}, 'First', 'all of it');
    is($told[2]{now}{art}, 'https://example.com/a%20b.png', 'with its cover');
    for my $what (qw(next dj listeners status)) {
        is_deeply($told[1]{$what}, $told[0]{$what}, "also $what");
    }
    push_to($machines[1], $station, { title => 'Two' });
    ok(tells($_, $station, 'Two'), 'from another one likewise') for @machines;
    push_to($machines[2], $station, { listeners => 12 });
    ok(wait_for(sub { state_of($machines[0], $station)->{listeners}{current}
        == 12 }), 'the count alone');
    is(state_of($machines[0], $station)->{now}{title}, 'Two',
        'leaves the title');
    push_to($machines[0], $station, { status => 'offline' });
    ok(wait_for(sub { state_of($machines[2], $station)->{status}
        eq 'offline' }), 'off air');
};

# Many push within milliseconds of each other; then one is the last.
sub push_at_once
{
    my $station = fresh();
    for my $i (1 .. 60) {
        push_to($machines[$i % 3], $station, "title $i");
        push_to($machines[($i + 1) % 3], $station, { listeners => $i });
    }
    # Of two that are pushed within a millisecond either may be the last, and
    # the machines may tell its beginning as much apart.
    my $all = sub {
        my %seen = map { my $state = state_of($_, $station);
            delete @{ $state->{now} }{qw(started heard)};
            $json->encode([$state->{now}, $state->{listeners}]) => 1 }
            @machines;
        return join "\n", sort keys %seen;
    };
    ok(wait_for(sub { $all->() !~ /\n/ }), 'the same at all')
        or diag $all->();
    push_to($machines[1], $station, 'the last');
    push_to($machines[2], $station, { listeners => 61 });
    ok(tells($_, $station, 'the last'), 'the last title everywhere')
        for @machines;
    ok(wait_for(sub { $all->() =~ /61/ && $all->() !~ /\n/ }),
        'and the last count') or diag $all->();
    like($all->(), qr/the last/, 'with the title');
    my @began = sort { $a <=> $b }
        map { state_of($_, $station)->{now}{started} } @machines;
    cmp_ok($began[-1] - $began[0], '<', 5, 'begun then');
}

subtest 'the newest wins, whichever machine it was pushed to' => sub {
    push_at_once() for 1 .. ($ENV{ONAIR_FULL} ? 200 : 8);
};

# One machine after the other while Redis stands still: the later one wins.
sub push_while_stopped
{
    my ($station, @pushed) = @_;
    $redis->pause;
    for my $i (0, 1) {
        push_to($pushed[$i], $station, (qw(first second))[$i]);
        is_away($pushed[$i]);
    }
    $redis->go_on;
    ok(tells($_, $station, 'second'), 'the newest everywhere') for @machines;
    is_up($_) for @machines;
}

# A fourth machine, in whose place the test speaks, is an hour ahead.
sub tell_ahead
{
    my ($station) = @_;
    my $zone = 'onair:onair{stations}';
    my ($name) = grep { / \Q$station\E\z/ }
        @{ $redis->ask('HKEYS', "$zone:k") };
    my $kept = $redis->ask('HGET', "$zone:k", $name);
    my ($time, $payload) = unpack 'a13 a*', $kept;
    $time += 3_600_000;
    substr $payload, 1, 16, pack 'Q< Q<', 77, $time;
    my ($epoch) = @{ $redis->ask('HMGET', $zone, 'e') };
    my $seq = $redis->ask('HINCRBY', $zone, 's', 1);
    $redis->ask('HSET', "$zone:k", $name, $time . $payload);
    $redis->ask('ZADD', "$zone:n", $seq, $name);
    $redis->ask('PUBLISH', "$zone:c", "$epoch $seq $payload");
}

subtest 'a machine whose clock is ahead' => sub {
    my $station = fresh();
    push_to($machines[0], $station, 'ahead');
    ok(tells($_, $station, 'ahead'), 'told') for @machines;
    my $came = sub {
        Onair::Http->get($_[0]->port, '/status?format=prometheus')->{body}
            =~ /^onair_engine_received_total\S* (\d+)/m && $1;
    };
    my @came = map { $came->($_) } @machines;
    tell_ahead($station);
    for my $i (0 .. 2) {
        ok(wait_for(sub { $came->($machines[$i]) > $came[$i] }), 'came');
    }
    push_to($machines[2], $station, 'answered');
    ok(tells($_, $station, 'answered'), 'who answers it wins')
        for @machines;
    push_while_stopped($station, @machines[1, 0]);
};

subtest 'publishers of several priorities' => sub {
    my $station = fresh();
    push_to($machines[0], $station, 'live', 'publish');
    push_to($machines[1], $station, 'second', 'first');
    ok(tells($_, $station, 'live'), 'the better one is told') for @machines;
    push_to($machines[1], $station, { status => 'offline' });
    ok(tells($_, $station, 'second'), 'then the other') for @machines;
};

subtest 'a machine that starts has the present states at once' => sub {
    my %title = map { fresh() => "title $_" } 1 .. 150;
    push_to($machines[0], $_, $title{$_}) for sort keys %title;
    my $late = machine($redis->port);
    my ($last) = sort { $b cmp $a } keys %title;
    my $began = time;
    wait_for(sub {
        !grep { (state_of($late, $_)->{now}{title} // '') ne $title{$_} }
            keys %title;
    });
    my @wrong = grep { (state_of($late, $_)->{now}{title} // '')
            ne $title{$_} } keys %title;
    is(scalar @wrong, 0, 'all of them');
    my ($some) = keys %title;
    is_deeply(state_of($late, $some)->{now},
        state_of($machines[0], $some)->{now}, 'also since when they are');
    push_to($late, $some, 'from the new one');
    ok(tells($_, $some, 'from the new one'), 'and it is heard') for @machines;
    $late->stop;
    $late->end_checks;
};

subtest 'Redis is away: told at home at once, elsewhere when it is back' => sub {
    my ($one, $two, $same) = map { fresh() } 1 .. 3;
    push_to($machines[0], $_, 'before') for $one, $two, $same;
    for my $station ($one, $two, $same) {
        ok(tells($_, $station, 'before'), 'before') for @machines;
    }
    $redis->kill;
    is_away($_) for @machines;
    push_to($machines[0], $one, 'pushed meanwhile');
    is(state_of($machines[0], $one)->{now}{title}, 'pushed meanwhile',
        'at home at once');
    push_to($machines[0], $two, 'older');
    select undef, undef, undef, 0.1;    # clocks decide which is newer
    push_to($machines[1], $two, 'newer');
    $redis->start;    # without a file: it has forgotten all
    ok(tells($_, $one, 'pushed meanwhile'), 'passed on') for @machines;
    ok(tells($_, $two, 'newer'), 'of two the newer one') for @machines;
    my $late = machine($redis->port);
    ok(tells($late, $same, 'before'),
        'what was pushed before is there for a machine that starts');
    push_to($machines[2], $one, 'after');
    ok(tells($_, $one, 'after'), 'and it goes on') for @machines, $late;
    $late->stop;
    $late->end_checks;
};

subtest 'Redis is stopped: what it has is not pushed back' => sub {
    my $station = fresh();
    push_to($machines[0], $station, 'before');
    ok(tells($_, $station, 'before'), 'before') for @machines;
    push_while_stopped($station, @machines[0, 1]);
    push_to($machines[2], $station, 'third');
    ok(tells($_, $station, 'third'), 'and it goes on') for @machines;
};

subtest 'connections and workers are killed' => sub {
    my $station = fresh();
    for my $i (1 .. 40) {
        if ($i % 10 == 3) {
            $redis->ask(qw(CLIENT KILL TYPE pubsub));
        }
        if ($i % 10 == 7) {
            my $worker = status_of($machines[$i % 3])->{rooms}{engine}{worker};
            kill 'KILL', $worker if $worker;
        }
        # Clocks decide what waited for a killed worker.
        select undef, undef, undef, 0.05 if $i == 40;
        wait_for(sub { push_to($machines[$i % 3], $station, "title $i") });
    }
    ok(tells($_, $station, 'title 40'), 'the last title everywhere')
        for @machines;
};

subtest 'what expires does so everywhere, from the last push on' => sub {
    my $station = fresh();
    push_to($machines[0], $station, 'soon over', 'short');
    ok(tells($_, $station, 'soon over'), 'told') for @machines;
    my $until = time + 3.5;
    while (time < $until) {
        push_to($machines[1], $station, 'soon over', 'short');
        select undef, undef, undef, 0.4;    # what is tested is a time
    }
    is(state_of($machines[2], $station)->{status}, 'live',
        'live as long as it is pushed to any');
    ok(wait_for(sub { state_of($_[0] // $machines[2], $station)->{status}
        eq 'offline' }, 10), 'then offline');
};

subtest 'subscribers are summed' => sub {
    my $station = fresh();
    push_to($machines[0], $station, 'heard');
    tells($_, $station, 'heard') for @machines;
    my $subscribers = sub {
        my ($machine) = @_;
        my ($row) = grep { $_->{station} eq $station }
            @{ status_of($machine)->{list} };
        return $row->{subscribers};
    };
    my $fourth = machine($redis->port);
    tells($fourth, $station, 'heard');
    my @pages = map { Onair::WebSocket->connect(path => "/live/$station",
        port => $_->port) } (@machines, $fourth) x 2;
    for my $machine (@machines) {
        ok(wait_for(sub { $subscribers->($machine) == 8 }), 'eight')
            or diag $subscribers->($machine);
    }
    is(state_of($machines[0], $station)->{page}{subscribers}, 8,
        'told to pages too');
    like(Onair::Http->get($machines[0]->port, '/status?format=prometheus')
        ->{body}, qr/onair_station_subscribers\{[^}]*$station[^}]*\} 2$/m,
        'Prometheus has those of the machine');
    kill 'KILL', $_ for $fourth->workers, $fourth->pid;
    terminate(delete $fourth->{pid}, 'KILL');
    my $begin = time;
    ok(wait_for(sub { $subscribers->($machines[0]) == 6 }, 30),
        'without those of a machine that died');
    cmp_ok(time - $begin, '<', 16, 'within 15 seconds');
};

subtest 'something else at its keys' => sub {
    my $other = Onair::Redis->new;
    $other->ask('SET', 'onair:onair{stations}', 'x');
    my $server = machine($other->port);
    ok($server->wait_log(qr/the engine has something else at "onair:onair\{/),
        'said');
    ok(push_to($server, 'rock', 'alone'), 'and it goes on alone');
    is(state_of($server, 'rock')->{now}{title}, 'alone', 'told at home');
    $other->ask('DEL', 'onair:onair{stations}');
    ok(wait_for(sub { @{ $other->ask('KEYS', '*') } >= 3 }, 20),
        'until the key is free');
    $server->stop;
    $server->end_checks;
};

subtest 'hostile publications' => sub {
    my $station = fresh();
    push_to($machines[0], $station, 'good');
    tells($_, $station, 'good') for @machines;
    my $table = 'onair:onair{stations}';
    my ($epoch) = @{ $redis->ask('HMGET', $table, 'e') };
    for my $bytes ('', 'x', "\x01" x 400, "\0" x 70_000, "\xff" x 100) {
        my ($seq) = @{ $redis->ask('HMGET', $table, 's') };
        $redis->ask('HSET', $table, 's', $seq + 1);
        $redis->ask('PUBLISH', "$table:c", "$epoch @{[$seq + 1]} $bytes");
    }
    $redis->ask('PUBLISH', "$table:c", $_) for 'count', 'count ', 'count 1',
        'count 1 0', "count 1 0\n", "count 1 0\n\n\n7", "count x 1\n5 $station",
        "count 1 1\n99999999999999999999 $station", "count 1 0\n-1 $station";
    ok($machines[0]->wait_log(qr/that no onair sends/), 'said');
    push_to($machines[1], $station, 'goes on');
    ok(tells($_, $station, 'goes on'), 'goes on') for @machines;
};

$_->stop for @machines;
$_->end_checks(allow => [qr/exited on signal 9/]) for @machines;
done_testing();
