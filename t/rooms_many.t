#!/usr/bin/env perl

# Many members over several workers: each message once and in one order, over
# WebSocket and over events, while workers are killed, stopped and replaced. What
# is missed is told to those who come back, or announced as a gap; counts are
# right soon.
#
# ONAIR_FULL=1: 1,000 members, 5,000 messages, 50 kills, 50 stops, 20 reloads; in
# pieces with ONAIR_ROUNDS="5000 0 0 0", "100 50 0 0" and so on.

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

my $full = $ENV{ONAIR_FULL};
my $members = $full ? 1000 : 40;
my $messages = $full ? 5000 : 300;
my $kills = $full ? 50 : 2;
my $stops = $full ? 50 : 2;
my $reloads = $full ? 20 : 1;

($messages, $kills, $stops, $reloads) = split / /, $ENV{ONAIR_ROUNDS}
    if $ENV{ONAIR_ROUNDS};

my $server = Onair::Server->new(workers => 4, connections => 4096,
    http => <<'END');
    onair_zone onair:32m rooms=4 room_history=16m;
    onair_drain 500ms;
    onair_message_rate off;
    # Those that are not looked at for a while do not answer pings either.
    onair_heartbeat 1h;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ {
            onair_room show=off history=1000;
            add_header X-Worker $pid always;
        }
    }
END
my $port = $server->port;
my $path = '/room/big';

my @in;
my %acknowledged;  # what was said and got a number
my $n = 0;         # what was said last: it says its own number

sub enter
{
    my (%given) = @_;
    my $before = delete $given{keeps};
    my $member = Onair::Room->enter(port => $port, path => $path,
        timeout => 60, %given);
    if (!$member->is_in) {
        my $client = $member->client;
        my $why = $client->can('refusal') ? $client->refusal
            : $client->plain(1);
        die 'refused: ', $member->status // 'no answer', ": $why\n";
    }
    $member->{worker} = $member->client->header('X-Worker');
    $member->{count} = $member->{newest} = 0;
    $member->{told} = '';
    $member->{$_} = $before->{$_}
        for grep { defined $before->{$_} } qw(told count newest twice disorder);
    keep($member, $member->{text});
    return $member;
}

# Takes what one frame says, without making a tree of it: there are millions of
# events. A member has {told}, the numbers of what was said (four bytes each), and
# {count}, how many there are.
sub keep
{
    my ($member, $text) = @_;
    if ($text !~ /"events":\[/) {
        $acknowledged{$1} = 1 if $text =~ /"ref":(\d+),.*"seq":\d/;
        return;
    }
    ($member->{epoch}, $member->{seq}) = ($1, $2)
        if $text =~ /^\{"room":"big","epoch":"(\w+)","seq":(\d+)/;
    $member->{gaps}++ if $text =~ /"gap":true\}\z/;
    while ($text =~ /"seq":(\d+),"time":[\d.]+,"type":"message",
            "from":\{[^{}]*\},"said":\{"n":(\d+)/gx) {
        my ($seq, $what) = ($1, $2);
        push @{ $member->{twice} }, $what if vec $member->{told}, $what, 32;
        push @{ $member->{disorder} }, "$what: $seq after $member->{newest}"
            if $seq <= $member->{newest};
        $member->{newest} = $seq;
        $member->{count}++;
        vec($member->{told}, $what, 32) = $seq;
    }
    return;
}

# Reads one frame; false when none came in time.
sub pump
{
    my ($member, $seconds) = @_;
    my $text = $member->text($seconds) // return 0;
    keep($member, $text);
    return 1;
}

sub has { return vec $_[0]{told}, $_[1], 32 }

# Says so many things by members chosen in turn, without waiting for answers.
sub talk
{
    my ($count, @by) = @_;
    @by = grep { $_->{by} eq 'WebSocket' } @by;
    for (1 .. $count) {
        my $what = ++$n;
        $by[$n % @by]->client->send_text(
            qq({"say":{"n":$what,"text":"some words of a viewer"},"ref":$what}));
    }
    return;
}

# Reads until a member has been told all of these; what it still lacks.
sub lacking
{
    my ($member, @whats) = @_;
    my $end = time + 60;
    while (1) {
        @whats = grep { !has($member, $_) } @whats;
        return () if !@whats || $member->{gaps};
        my $left = $end - time;
        return @whats if $left <= 0 || !pump($member, $left);
    }
}

# All of these are told to all of them.
sub all_told
{
    my ($whats, $whom, $name) = @_;
    my @bad = grep { lacking($_, @$whats) } @$whom;
    return is(scalar @bad, 0, $name);
}

sub told_right
{
    my ($name) = @_;
    is(scalar(grep { $_->{twice} } @in), 0, "$name: nothing twice");
    my ($example) = map { $_->{by} . ': ' . join ', ', @{ $_->{disorder} } }
        grep { $_->{disorder} } @in;
    is($example, undef, "$name: in order");
    my %number;
    my $unlike = 0;
    for my $member (@in) {
        for my $what (1 .. $n) {
            my $told = has($member, $what) or next;
            $unlike++ if $told != ($number{$what} //= $told);
        }
    }
    is($unlike, 0, "$name: one number each");
    return;
}

sub counted_right
{
    my ($name) = @_;
    my $wanted = @in;
    my $began = time;
    my $right = wait_for(sub {
        my $state = Onair::Http->json($port, $path) // return;
        return $state->{members} == $wanted;
    }, 10);
    ok($right, "$name: the count is right");
    return;
}

sub whats { my ($from) = @_; return $from + 1 .. $n }

# A member whose connection is gone comes back as the same.
sub back
{
    my ($member) = @_;
    my $again = enter(by => $member->{by}, token => $member->token,
        since => $member->since, keeps => $member);
    return $again;
}

sub come_back_from
{
    my ($gone) = @_;
    for my $member (@in) {
        next if !$gone->($member);
        1 while pump($member, 1) && !$member->client->eof;
        $member = back($member);
    }
    return;
}

push @in, enter(by => $Onair::Room::ways[$_ % 2], name => "m$_")
    for 1 .. $members;
my %spread;
$spread{ $_->{worker} }++ for @in;
cmp_ok(keys %spread, '>', 1, 'members are spread over workers');
counted_right('all came');

subtest 'each message once, in one order' => sub {
    my $left = $messages;
    while ($left > 0) {
        my $from = $n;
        my $some = $left < 100 ? $left : 100;
        talk($some, @in);
        $left -= $some;
        my @bad = grep { lacking($_, whats($from)) } @in;
        is(scalar @bad, 0, "$n are told to all") if @bad || $left == 0;
    }
    told_right('quiet');
    is(scalar(grep { $_->{gaps} } @in), 0, 'no gap');
};

for my $round (1 .. $stops) {
    my ($pid) = $in[rand @in]{worker};
    my @stopped = grep { $_->{worker} == $pid } @in;
    my @others = grep { $_->{worker} != $pid } @in;
    my $from = $n;
    $server->stand_still($pid);
    talk(20, @others);
    all_told([whats($from)], \@others, "stop $round: nobody else waits");
    talk(5, @stopped) if grep { $_->{by} eq 'WebSocket' } @stopped;
    $server->signal('CONT', $pid);
    all_told([whats($from)], \@in, "stop $round: and then all are told all");
    told_right("stop $round");
}

for my $round (1 .. $kills) {
    my ($pid) = $in[rand @in]{worker};
    my @others = grep { $_->{worker} != $pid } @in;
    my $from = $n;
    talk(10, @in);
    $server->kill_worker($pid);
    talk(10, @others);
    my $sure = $n - 9;
    all_told([$sure .. $n], \@others,
        "kill $round: the others go on");
    come_back_from(sub { $_[0]{worker} == $pid });
    my @known = grep { $acknowledged{$_} || $_ >= $sure } whats($from);
    all_told(\@known, \@in, "kill $round: those who come back are told");
    told_right("kill $round");
    counted_right("kill $round");
}

for my $round (1 .. $reloads) {
    my $from = $n;
    my %old = map { $_ => 1 } $server->workers;
    talk(10, @in);
    $server->reload;
    come_back_from(sub { $old{ $_[0]{worker} } });
    talk(10, @in);
    my @known = grep { $acknowledged{$_} } whats($from);
    all_told(\@known, \@in, "reload $round: all are told");
    all_told([$n - 9 .. $n], \@in, "reload $round: and go on");
    told_right("reload $round");
    counted_right("reload $round");
}

subtest 'all leave' => sub {
    my $last = pop @in;
    $_->leave for @in;
    @in = ($last);
    counted_right('one is left');
    my $from = $n;
    my $again = enter(name => 'late');
    push @in, $again;
    talk(1, grep { $_->{by} eq 'WebSocket' } @in);
    all_told([whats($from)], \@in, 'and told as before');
    $_->vanish for splice @in;
    counted_right('nobody is left');
};

$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing;
