#!/usr/bin/env perl

# A thousand WebSocket clients over four workers: each gets the snapshot first
# and then every change exactly once, in order.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Poll qw(POLLIN POLLHUP POLLERR);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;

my $count = 1000;
my $workers = 4;

my $server = Onair::Server->new(workers => $workers, connections => 4096,
    http => <<'END');
    # These clients know nothing of pings.
    onair_heartbeat 1h timeout=2h;
    server {
        listen 127.0.0.1:%%PORT%% reuseport backlog=2048;
        location /live/ { onair; onair_deflate on; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;

# One client: { socket, in, head, seqs, texts }.
my $poll = IO::Poll->new;
my %client;

sub add_client
{
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $port) or die "connect: $!\n";
    syswrite $socket, "GET /live/rock HTTP/1.1\r\nHost: localhost\r\n"
        . "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        . "Sec-WebSocket-Version: 13\r\n"
        . "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    $socket->blocking(0);
    $poll->mask($socket => POLLIN);
    return $client{$socket} = { socket => $socket, in => '', seqs => [],
        texts => [] };
}

# Unmasked text frames of the server, as many as are whole.
sub take_messages
{
    my ($self) = @_;
    if (!$self->{head}) {
        $self->{in} =~ s/^(HTTP.*?)\r\n\r\n//s or return;
        $self->{head} = $1;
    }
    while (length $self->{in} >= 2) {
        my ($first, $size) = unpack 'CC', $self->{in};
        my $at = 2;
        if ($size == 126) {
            return if length $self->{in} < 4;
            ($size, $at) = (unpack('x2n', $self->{in}), 4);
        }
        return if length $self->{in} < $at + $size;
        my $text = substr $self->{in}, $at, $size;
        substr $self->{in}, 0, $at + $size, '';
        $self->{odd}++ if $first != 0x81;
        my ($seq) = $text =~ /"seq":(\d+)/;
        my ($said) = $text =~ /"now":\{"id":"\w+","text":"([^"]*)"/;
        push @{ $self->{seqs} }, $seq;
        push @{ $self->{texts} }, $said;
    }
}

# Reads until the condition holds; false when it does not in time.
sub read_until
{
    my ($condition, $seconds) = @_;
    my $until = time + $seconds;
    while (!$condition->()) {
        return 0 if time > $until;
        $poll->poll(0.05);
        for my $socket ($poll->handles(POLLIN | POLLHUP | POLLERR)) {
            my $self = $client{$socket};
            my $got = sysread $socket, $self->{in}, 65536, length $self->{in};
            if (!$got && !$!{EAGAIN}) {
                $self->{gone} = 1;
                $poll->remove($socket);
                next;
            }
            take_messages($self);
        }
    }
    return 1;
}

sub all_have
{
    my ($seq) = @_;
    for my $self (values %client) {
        return 0 if ($self->{seqs}[-1] // -1) < $seq;
    }
    return 1;
}

sub publish
{
    my ($text) = @_;
    return Onair::Http->post($port, '/publish/rock', qq({"title":"$text"}))
        ->{status};
}

sub seq_now { return Onair::Http->json($port, '/live/rock')->{seq} }

sub a_thousand_clients_get_every_change_once_and_in_order
{
    publish('Song 0');
    my $first = seq_now();
    for my $turn (1 .. $count / 50) {
        add_client() for 1 .. 50;
        read_until(sub { all_have($first) }, 30);
    }
    ok(read_until(sub { all_have($first) }, 30),
        "$count clients have the snapshot");
    my $status = Onair::Http->json($port, '/status');
    my @have = map { $_->{subscribers}{websocket} } @{ $status->{workers} };
    is(scalar(grep { $_ > 0 } @have), $workers,
        "over $workers workers: @have");
    my $sum = 0;
    $sum += $_ for @have;
    is($sum, $count, 'all are counted');

    my @took;
    for my $turn (1 .. 20) {
        my $began = time;
        publish("Song $turn");
        read_until(sub { all_have($first + $turn) }, 30) or last;
        push @took, time - $began;
    }
    my $want = join ',', $first .. $first + 20;
    my $texts = join ',', map { "Song $_" } 0 .. 20;
    my @wrong = grep { join(',', @{ $_->{seqs} }) ne $want } values %client;
    is(scalar @wrong, 0, 'the snapshot first, then each change once, in order')
        or diag("@{ $wrong[0]{seqs} }");
    @wrong = grep { join(',', @{ $_->{texts} }) ne $texts } values %client;
    is(scalar @wrong, 0, 'each with its own text');
    is(scalar(grep { $_->{odd} } values %client), 0, 'in whole text frames');
    is(scalar(grep { $_->{gone} } values %client), 0, 'nobody was left out');
    @took = sort { $a <=> $b } @took;
    note(sprintf 'a change reached all %d in %.0f ms (median)', $count,
        $took[@took / 2] * 1000);
}

# Who comes while a change goes out gets the snapshot and what follows it. The
# next change waits for all, as a worker may leave one out for who is slow.
sub clients_that_come_with_a_change_miss_nothing
{
    my $seq = seq_now();
    for my $turn (1 .. 40) {
        add_client() for 1 .. 3;
        publish("Between $turn");
        add_client() for 1 .. 2;
        $seq++;
        read_until(sub { all_have($seq) }, 30) or last;
    }
    ok(all_have($seq), '200 more have come, all have the last change');
    my (@doubled, @missed);
    for my $self (values %client) {
        my @seqs = @{ $self->{seqs} };
        push @doubled, $self if grep { $seqs[$_] <= $seqs[$_ - 1] } 1 .. $#seqs;
        push @missed, $self
            if grep { $seqs[$_] > $seqs[$_ - 1] + 1 } 1 .. $#seqs;
    }
    is(scalar @doubled, 0, 'no change came twice or out of order');
    is(scalar @missed, 0, 'none was left out');
}

sub they_may_all_leave_at_once
{
    close $_->{socket} for values %client;
    $poll = IO::Poll->new;
    %client = ();
    ok(wait_for(
            sub {
                my $status = Onair::Http->json($port, '/status');
                my $left = 0;
                $left += $_->{subscribers}{websocket}
                    for @{ $status->{workers} };
                return $left == 0 && !$status->{zones}[0]{subscribers};
            },
            20),
        'nobody is counted who has gone');
}

# A change goes out in slices; one event a turn of the loop lets who comes with
# it in behind the first. The second time that is in the middle of the list.
sub who_comes_during_a_lap_takes_nobody_s_turn
{
    my $one = Onair::Server->new(workers => 1, events => 'epoll_events 1;',
        http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
    }
END
    my $kept = sub {
        return Onair::Http->accepted(port => $one->port, path => '/live/rock');
    };
    my @crowd;
    my $listen = sub {
        my ($http) = @_;
        $http->send_request(path => '/live/rock',
            headers => { Accept => 'text/event-stream' });
        push @crowd, $http;
    };
    my $has = sub {
        my ($http, $title) = @_;
        until (($http->{seen} // '') =~ /"title":"$title"/) {
            $http->{head} //= $http->head;
            $http->{seen} = $http->chunk(5) // return 0;
        }
        return 1;
    };
    my $publisher = $kept->();
    my $publish = sub {
        $publisher->send_request(method => 'POST', path => '/publish/rock',
            body => qq({"title":"$_[0]"}));
    };
    my ($worker) = $one->workers;
    my $before = 'none';
    $publish->($before);
    $publisher->answer;
    for my $title ('one', 'two') {
        $listen->($kept->()) for 1 .. 300;
        $has->($_, $before) for @crowd;
        my $late = $kept->();
        kill STOP => $worker;
        $publish->($title);
        $listen->($late);
        kill CONT => $worker;
        is($publisher->answer->{status}, 204, 'published');
        is(scalar(grep { !$has->($_, $title) } @crowd), 0,
            scalar(@crowd) . " clients were told \"$title\"");
        $before = $title;
    }
    $one->end_checks;
}

a_thousand_clients_get_every_change_once_and_in_order();
clients_that_come_with_a_change_miss_nothing();
they_may_all_leave_at_once();
who_comes_during_a_lap_takes_nobody_s_turn();
$server->end_checks;
done_testing();
