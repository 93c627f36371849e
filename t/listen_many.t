#!/usr/bin/env perl

# Many listeners over four workers, while the worker that pulls is killed and
# nginx is reloaded again and again: those on living workers hear every byte
# once, and nobody another station's. ONAIR_FULL=1: a thousand listeners, 50
# kills and 20 reloads (raise `ulimit -n`).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IPC::Open2;
use JSON::PP ();
use Test::More;
use Time::HiRes qw(sleep time);

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Sound;

my ($count, $kills, $reloads) = $ENV{ONAIR_FULL} ? (1000, 50, 20) : (120, 3, 2);

my $rock = Onair::Sound->new;
# Numbers that no frame of the other has.
my $jazz = Onair::Sound->new(began => time - 5_000_000);

my $server = Onair::Server->new(workers => 4, connections => $count + 200,
    http => <<"END");
    onair_zone onair:1m sound=1m;
    server {
        listen 127.0.0.1:%%PORT%% backlog=1024;
        location = /pull/rock {
            internal; proxy_pass http://127.0.0.1:${\ $rock->port };
            onair_pull station=rock;
        }
        location = /pull/jazz {
            internal; proxy_pass http://127.0.0.1:${\ $jazz->port };
            onair_pull station=jazz;
        }
        location /hear/ { onair_listen; }
        location = /status { onair_status; }
    }
END

sub listeners
{
    my $status = Onair::Http->json($server->port, '/status') // {};
    my $sum = 0;
    $sum += $_ for map { values %{ $_->{listeners} } } @{ $status->{sounds} };
    return $sum;
}

sub sound_flows
{
    my $status = Onair::Http->json($server->port, '/status') // {};
    return !grep { $_->{state} ne 'live' } @{ $status->{sounds} };
}

my $pid = open2(my $out, my $in, 'python3', "$FindBin::Bin/lib/listeners.py",
    $server->port, $count, '/hear/rock', '/hear/jazz');
ok(wait_for(sub { listeners() >= $count }, 60), "$count listen");
ok(wait_for(\&sound_flows, 20), 'both sounds flow');

# A reload now and then among the kills.
my $killed = 0;
for my $round (1 .. $kills) {
    my ($puller) = grep { defined }
        map { $_->puller($server->workers) } ($rock, $jazz)[ $round % 2 ];
    if (defined $puller) {
        $server->kill_worker($puller);
        $killed++;
    }
    $server->reload if $round * $reloads / $kills >= ($round - 1) * $reloads
        / $kills && int($round * $reloads / $kills)
        > int(($round - 1) * $reloads / $kills);
    wait_for(sub { $rock->puller($server->workers) }, 10);
}
cmp_ok($killed, '>=', $kills / 2, "the puller was killed $killed times");
ok(wait_for(\&sound_flows, 30), 'both sounds flow');
ok(wait_for(sub { listeners() >= $count }, 60), 'all listen again');

close $in;
my $said = JSON::PP->new->decode(<$out> // '{}');
waitpid $pid, 0;
diag(sprintf '%d cut off, %d MB heard', $said->{lost}, $said->{bytes} / 1e6);
is($said->{broken}, 0, 'every byte once, of their own station');
is($said->{listening}, $count, 'everybody hears');
cmp_ok($said->{lost}, '<', $count * $killed, 'not everybody was cut off');

$_->stop for $rock, $jazz;
$server->stop;
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing();
