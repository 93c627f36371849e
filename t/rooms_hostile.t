#!/usr/bin/env perl

# Members that mean harm: floods, huge messages, readers that never read, names
# of every kind. They harm themselves; the others talk on, and memory and log
# stay bounded.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp memory_says_nothing);
use Onair::Room;
use Onair::Server;

my $server = Onair::Server->new(workers => 1, http => <<'END');
    onair_zone onair:8m rooms=40;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ { onair_room reactions=like show=off; }
        location /free/ {
            onair_room show=off history=1; onair_message_rate 10000r/s;
        }
        location /status { onair_status; }
    }
END
my $port = $server->port;

sub enter
{
    my ($path, %given) = @_;
    return Onair::Room->enter(port => $port, path => $path, %given);
}

sub memory
{
    my ($worker) = $server->workers;
    my $status = slurp("/proc/$worker/status") // '';
    return $status =~ /^VmRSS:\s+(\d+) kB/m ? $1 : 0;
}

sub members { return Onair::Http->json($port, $_[0])->{members} }

# Two who go on talking whatever happens.
my ($anna, $bert) = map { enter('/room/good', by => $_) } @Onair::Room::ways;
my $said = 0;

sub they_talk
{
    my ($name) = @_;
    $said++;
    my $answer = $anna->say("calm $said");
    ok($answer && $answer->{seq}, "$name: a message is taken");
    my $told = $bert->event(sub { ($_[0]{said} // '') eq "calm $said" });
    ok($told, "$name: and told");
    return;
}

they_talk('before');
my $before = memory();
my $log = length $server->log;

subtest 'floods' => sub {
    my %flood = (
        say => '{"say":"spam"}', react => '{"react":"like","n":100}',
        list => '{"list":true}', nonsense => '{"',
        enter => '{"enter":"good","name":"x"}', leave => '{"leave":"good"}');
    for my $what (sort keys %flood) {
        my $evil = enter('/room/good');
        for (1 .. 1000) {
            last if !defined eval { $evil->client->send_text($flood{$what}); 1 };
        }
        is($evil->client->close_code(20), 1008, "a flood of $what is let go");
        they_talk($what);
    }
    my $rooms = enter('/room/');
    $rooms->client->send_text(qq({"enter":"many$_","ref":$_})) for 1 .. 100;
    my @answers;
    $rooms->until(sub {
        push @answers, splice @{ $rooms->{answers} };
        return @answers >= 100;
    });
    my @in = grep { $_->{seq} || !$_->{error} } @answers;
    cmp_ok(scalar @in, '<', 40, 'who enters room after room has to wait');
    $rooms->leave;
    they_talk('rooms');
};

subtest 'large messages' => sub {
    my $evil = enter('/free/large');
    $evil->client->send_text('{"say":"' . 'x' x 65000 . '"}') for 1 .. 20;
    $evil->until(sub { @{ $evil->{answers} } >= 20 });
    is(scalar(grep { $_->{seq} } @{ $evil->{answers} }), 20, 'are taken');
    $evil->client->send_text('{"say":"' . 'x' x 70000 . '"}');
    is($evil->client->close_code, 1009, 'up to a bound');
    my $rude = enter('/room/good');
    $rude->client->send_text('{"say":"' . 'x' x 60000 . '"}') for 1 .. 3;
    $rude->until(sub { @{ $rude->{answers} } >= 3 });
    is(scalar(grep { $_->{wait} } @{ $rude->{answers} }), 2,
        'and not one after the other');
    $rude->leave;
    they_talk('large');
};

subtest 'a member that never reads' => sub {
    for my $by (@Onair::Room::ways) {
        my $path = "/free/deaf-$by";
        my $deaf = enter($path, by => $by, rcvbuf => 4096);
        my $loud = enter($path);
        my $done = 0;
        for my $i (1 .. 400) {
            $loud->say('x' x 60000);
            splice @{ $loud->{events} };
            splice @{ $loud->{frames} };
            last if $done = members($path) == 1;
        }
        ok($done, "$by: is let go");
        $deaf->vanish;
        $loud->leave;
        they_talk("deaf by $by");
    }
    my $totals = Onair::Http->json($port, '/status')->{totals};
    cmp_ok($totals->{stalled}, '>=', 2, 'and counted');
};

subtest 'names' => sub {
    my @names = ("\xff\xfe", "\xe2\x80\xae\xe2\x80\x8b", "a\x00b", '<b>x</b>',
        "\xf0\x9f\x98\x80" x 50, '"}],"you":{}', "\xed\xa0\x80", 'x' x 4000);
    for my $name (@names) {
        my $odd = enter('/room/names', name => $name);
        my $shown = $odd->you->{name} // '';
        cmp_ok(length $shown, '<=', 40, 'a name is as long as names are');
        unlike($shown, qr/[\x00-\x1f\x{202e}\x{200b}]/, 'without tricks');
        $odd->leave;
    }
    they_talk('names');
};

SKIP: {
    skip memory_says_nothing(), 1 if memory_says_nothing();
    cmp_ok(memory() - $before, '<', 20000, 'memory is bounded');
}
cmp_ok(length($server->log) - $log, '<', 200_000, 'and so is the log');

$server->end_checks;
done_testing;
