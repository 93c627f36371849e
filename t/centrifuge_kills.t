#!/usr/bin/env perl

# Members of a room by Centrifugo's protocol, over WebSocket, events and
# HTTP streams, while workers are killed and replaced: offsets never go back,
# nobody is deaf, and who comes back is recovered or told that it is not. One
# that does not read is let go, and what a room leaves out is told.
#
# ONAIR_FULL=1: 300 members, 20 kills, 10 reloads.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Room;
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my ($many, $kills, $reloads) = $ENV{ONAIR_FULL} ? (300, 20, 10) : (18, 3, 2);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $server = Onair::Server->new(workers => 3, connections => 2048,
    http => <<'END');
    onair_zone onair:16m rooms=8 room_history=2m;
    onair_drain 300ms;
    onair_message_rate off;
    server {
        listen 127.0.0.1:%%PORT%% sndbuf=8k;
        location /connection/ {
            onair_centrifuge;
            onair_room show=off history=500;
            add_header X-Worker $pid always;
        }
        location = /emulation { onair_centrifuge; }
        location /few/ { onair_centrifuge; onair_room show=5/s; }
        location /room/ { onair_room show=off history=500; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;

package Client {
    my $ids = 1;

    sub new
    {
        my ($class, $kind, %given) = @_;
        my $self = bless { kind => $kind, lines => [], told => {},
            offset => 0, bad => [], base => $given{base} // '/connection',
            channel => $given{channel} // 'room:hall' },
            $class;
        return $self->come;
    }

    # Connects and subscribes, from where it was.
    sub come
    {
        my ($self) = @_;
        my $connect = $json->encode({ id => 1, connect => {} });
        $self->{lines} = [];
        if ($self->{kind} eq 'websocket') {
            $self->{client} = Onair::WebSocket->connect(port => $port,
                path => "$self->{base}/websocket", timeout => 30);
            $self->{client}->send_text($connect);
        } elsif ($self->{kind} eq 'sse') {
            $connect =~ s/([^\w])/sprintf '%%%02X', ord $1/ge;
            $self->{client} = Onair::Sse->connect(port => $port,
                path => "$self->{base}/sse?cf_connect=$connect", timeout => 30);
        } else {
            $self->{client} = Onair::Sse->connect(port => $port,
                method => 'POST', path => "$self->{base}/http_stream",
                body => $connect, timeout => 30);
        }
        $self->{worker} = $self->{client}->header('X-Worker') // '';
        my $first = $self->line(30);
        $self->{connect} = $first->{connect} // die "not connected\n";
        $self->{came} = undef;
        $self->ask('subscribe', channel => $self->{channel}, data => { name => 'c' },
            $self->{epoch} ? (recover => \1, epoch => $self->{epoch},
                offset => $self->{offset}) : ());
        while (!$self->{came}) {
            $self->pump(30) or die "no answer to subscribe\n";
        }
        return $self;
    }

    sub ask
    {
        my ($self, $word, %params) = @_;
        my $id = ++$ids;
        my $command = $json->encode({ id => $id, $word => \%params });
        if ($self->{kind} eq 'websocket') {
            $self->{client}->send_text($command);
            return $id;
        }
        Onair::Http->post($port, '/emulation', $json->encode({
            session => $self->{connect}{session},
            node => $self->{connect}{node}, data => $command }));
        return $id;
    }

    # The next object, or nothing.
    sub line
    {
        my ($self, $seconds) = @_;
        while (!@{ $self->{lines} }) {
            my $client = $self->{client};
            my $text;
            if ($self->{kind} eq 'websocket') {
                $text = $client->text($seconds);
            } elsif ($self->{kind} eq 'sse') {
                my $event = $client->event($seconds);
                $text = $event && $event->{data};
            } else {
                $text = $client->chunk($seconds);
            }
            return if !defined $text;
            push @{ $self->{lines} }, grep { $_ ne '' } split /\n/, $text;
        }
        return $json->decode(shift @{ $self->{lines} });
    }

    sub hear
    {
        my ($self, $pub) = @_;
        my $what = $pub->{data};
        push @{ $self->{bad} }, "$pub->{offset} after $self->{offset}"
            if $pub->{offset} <= $self->{offset};
        $self->{offset} = $pub->{offset};
        return if ref $what;
        push @{ $self->{bad} }, "$what twice" if $self->{told}{$what}++;
    }

    sub pump
    {
        my ($self, $seconds) = @_;
        my $it = $self->line($seconds) // return 0;
        if (my $sub = $it->{subscribe}) {
            my $before = $self->{epoch};
            push @{ $self->{bad} }, 'not told whether it is recovered'
                if $before && !$sub->{was_recovering};
            push @{ $self->{bad} }, "offset went back to $sub->{offset}"
                if $before && $before eq $sub->{epoch}
                    && $sub->{offset} < $self->{offset};
            $self->{gaps}++ if $before && !$sub->{recovered};
            $self->hear($_) for @{ $sub->{publications} // [] };
            $self->{epoch} = $sub->{epoch};
            $self->{offset} = $sub->{offset};
            $self->{came} = $sub;
        }
        $self->hear($it->{push}{pub}) if $it->{push}{pub}
            && ($it->{push}{pub}{tags}{type} // '') eq '';
        $self->{left_out} += $it->{push}{pub}{data}{left_out}
            if ($it->{push}{pub}{tags}{type} // '') eq 'left_out';
        $self->{said}{ $it->{id} }++ if $it->{publish};
        $self->{ended} = $it->{push}{disconnect}{code}
            if $it->{push}{disconnect};
        push @{ $self->{bad} }, $json->encode($it) if $it->{error};
        return 1;
    }

    sub gone { return $_[0]{client}->eof }
}

my @in;
my $n = 0;
my %by_id;  # what was said with which id

sub talk
{
    my ($count, @by) = @_;
    my @whats;
    for (1 .. $count) {
        my $by = $by[++$n % @by];
        my $id = $by->ask('publish', channel => 'room:hall', data => "$n");
        $by->{asked}{$id} = "$n";
        push @whats, "$n";
    }
    return @whats;
}

# What got an answer, so was said.
sub acknowledged
{
    return map { my $c = $_; map { $c->{asked}{$_} } grep { $c->{asked}{$_} }
        keys %{ $c->{said} // {} } } @in;
}

sub lacking
{
    my ($client, @whats) = @_;
    my $end = time + 60;
    while (1) {
        @whats = grep { !$client->{told}{$_} } @whats;
        my $left = $end - time;
        return @whats if !@whats || $left <= 0 || !$client->pump($left);
    }
}

sub all_told
{
    my ($whom, $name, @whats) = @_;
    my @bad = map { join ' ', $_->{kind}, lacking($_, @whats) }
        grep { lacking($_, @whats) } @$whom;
    return is("@bad", '', $name);
}

sub right
{
    my ($name) = @_;
    is(join('; ', map { @{ $_->{bad} } } @in), '',
        "$name: nothing twice, no offset goes back");
}

sub come_back
{
    my ($gone) = @_;
    for my $client (grep { $gone->($_) } @in) {
        1 while $client->pump(10) && !$client->gone;
        $client->come;
    }
}

push @in, Client->new((qw(websocket sse http_stream))[$_ % 3]) for 1 .. $many;
my @sockets = grep { $_->{kind} eq 'websocket' } @in;
cmp_ok(scalar(keys %{ { map { $_->{worker} => 1 } @in } }), '>', 1,
    'over several workers');
all_told(\@in, 'all hear all', talk(30, @in));
right('quiet');

for my $round (1 .. $kills) {
    my $pid = $in[rand @in]{worker};
    my @others = grep { $_->{worker} ne $pid } @in;
    my @others_talk = grep { $_->{worker} ne $pid } @sockets;
    my @maybe = talk(10, @sockets);
    $server->kill_worker($pid);
    my @sure = @others_talk ? talk(10, @others_talk) : ();
    all_told(\@others, "kill $round: others go on", @sure);
    come_back(sub { $_[0]{worker} eq $pid });
    my %maybe = map { $_ => 1 } @maybe;
    all_told(\@in, "kill $round: and those who come back hear what they missed",
        @sure, grep { $maybe{$_} } acknowledged());
    all_told(\@in, "kill $round: and what comes", talk(10, @in));
    right("kill $round");
}

for my $round (1 .. $reloads) {
    my %old = map { $_ => 1 } $server->workers;
    my @maybe = talk(10, @sockets);
    $server->reload;
    come_back(sub { $old{ $_[0]{worker} } });
    my %maybe = map { $_ => 1 } @maybe;
    all_told(\@in, "reload $round: all hear what was said",
        grep { $maybe{$_} } acknowledged());
    all_told(\@in, "reload $round: and what comes", talk(10, @in));
    right("reload $round");
}
is(scalar(grep { $_->{gaps} } @in), 0, 'all were recovered, always');

# Those who do not read meanwhile would be let go.
my ($stream) = grep { $_->{kind} eq 'sse' } @in;
$_->{client}->close_stream for grep { $_ != $stream && $_ != $sockets[0] } @in;
@in = ($stream, $sockets[0]);

# More is said than the history has: not recovered, and told so.
subtest 'who was away for too long is told' => sub {
    my $client = $stream;
    my $offset = $client->{offset};
    $client->{client}->close_stream;
    my $text = 'x' x 4000;
    # With its ears open: who does not take answers is not asked for more.
    for (1 .. 200) {
        $sockets[0]->ask('publish', channel => 'room:hall',
            data => { text => $text });
        $sockets[0]->pump(10);
    }
    my @last = talk(1, $sockets[0]);
    all_told([$sockets[0]], 'it is said', @last);
    $client->come;
    is($client->{gaps}, 1, 'not recovered');
    cmp_ok($client->{came}{offset}, '>', $offset, 'the offset went on');
    all_told(\@in, 'and it hears what comes', talk(3, $sockets[0]));
    right('a gap');
};

subtest 'a member that does not read is let go' => sub {
    my %slow = map { $_ => Client->new($_) } qw(websocket sse http_stream);
    my $text = 'y' x 30000;
    my $let_go = sub { Onair::Http->json($port, '/status')->{totals}{stalled} };
    my $before = $let_go->() // 0;
    my $others = $sockets[0];
    for (1 .. 60) {
        $others->ask('publish', channel => 'room:hall',
            data => { text => $text });
        $others->pump(10);
    }
    all_told([$others], 'others hear what is said', talk(1, $others));
    ok(wait_for(sub { $let_go->() >= $before + 3 }, 20), 'all are counted');
    for my $kind (sort keys %slow) {
        my $client = $slow{$kind};
        1 while !$client->{ended} && !$client->gone && $client->pump(10);
        my $code = $kind eq 'websocket' ? $client->{client}->close_code(10)
                                        : $client->{ended};
        is($code, 3008, "$kind: slow");
        $client->come;
        ok($client->{came}{was_recovering}, "$kind: comes again");
        is("@{ $client->{bad} }", '', 'in order');
        $client->{client}->close_stream;
    }
};

subtest 'what a room leaves out is told' => sub {
    my $client = Client->new('websocket', base => '/few',
        channel => 'room:few');
    $client->ask('publish', channel => 'room:few', data => "few $_")
        for 1 .. 30;
    my $heard = sub { scalar grep { /^few/ } keys %{ $client->{told} } };
    my $end = time + 20;
    1 while $heard->() + ($client->{left_out} // 0) < 30 && time < $end
        && $client->pump($end - time);
    cmp_ok($client->{left_out} // 0, '>', 0, 'some are left out');
    is($heard->() + $client->{left_out}, 30, 'and counted exactly');
    $client->{client}->close_stream;
};

$_->{client}->close_stream for @in;
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing;
