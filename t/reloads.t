#!/usr/bin/env perl

# Clients of mixed transports, reload after reload, with changes going on: each
# ends with the newest state, none is deaf, none is lost without a goodbye.
# ONAIR_FULL=1: 2,000 clients and 20 reloads instead of 300 and 4.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for spawn slurp spew terminate scratch_dir is_running);
use Onair::Server;

my ($count, $reloads) = $ENV{ONAIR_FULL} ? (2000, 20) : (300, 4);
my $server = Onair::Server->new(workers => 2, connections => 8192,
    main => 'worker_rlimit_nofile 16384;', http => <<'END');
    onair_drain 1s;
    server {
        listen 127.0.0.1:%%PORT%% backlog=4096;
        keepalive_timeout 60s;
        keepalive_requests 100000;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;
my $changes = 0;

# A reload may close a connection before its answer: then once more.
sub publish
{
    my ($title) = @_;
    $changes++;
    for (1 .. 5) {
        my $answer = eval { Onair::Http->post($port, '/publish/rock',
            JSON::PP->new->encode({ title => $title })) };
        return if $answer && $answer->{status} == 204;
    }
    die "not published\n";
}

my $dir = scratch_dir();
my $began = time;
publish('first');
my $before = Onair::Http->json($port, '/live/rock');
my $crowd = spawn("$dir/out", '/usr/bin/python3',
    "$FindBin::Bin/lib/crowd.py", $port, $count, 'the very last',
    "$dir/over");
ok(wait_for(sub { (slurp("$dir/out") // q()) =~ /^all here$/m }, 60),
    "$count clients are there");

for my $reload (1 .. $reloads) {
    $server->reload;
    publish("reload $reload, change $_") for 1 .. 5;
    ok(wait_for(sub {
        publish("while they leave $changes");
        return !$server->leaving_workers;
    }, 30), "reload $reload: the old workers went");
}
publish('the very last');
spew("$dir/over", '');
ok(wait_for(sub { !is_running($crowd) }, 40), 'the crowd ends');
my $told = slurp("$dir/out");
diag($_) for grep { /^(?:lost|refused|backward|Traceback|\S*Error)/ } split /\n/, $told;
my ($line) = $told =~ /^(\{.*\})$/m;
my $figures = $line ? JSON::PP->new->decode($line)
    : { failed => $told };
note explain $figures;
is($figures->{deaf}, 0, 'all have the newest state');
is($figures->{lost}, 0, 'nobody was lost without a goodbye');
is($figures->{refused}, 0, 'nobody was refused');
is($figures->{backward}, 0, 'no state went back');
cmp_ok($figures->{goodbyes}, '>=', $reloads * $count / 2,
    'goodbyes were said');
my $after = Onair::Http->json($port, '/live/rock');
is($after->{epoch}, $before->{epoch}, 'the epoch went on');
is($after->{seq}, $before->{seq} + $changes - 1, 'no change was lost');
note sprintf '%d clients, %d reloads, %d changes in %.0f s', $count, $reloads,
    $changes, time - $began;
$server->end_checks;
done_testing();
