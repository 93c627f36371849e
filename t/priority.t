#!/usr/bin/env perl

# Several sources for one station: the best that is right is believed, and the
# page does not flap between them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Source;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical;

sub status
{
    my ($title, $listeners) = @_;
    return Onair::Source::icecast(rock =>
        { title => $title, listeners => $listeners // 1 });
}

my $gone = $json->encode({ icestats => {} });

my $main = Onair::Source->new(body => status('Main - One'));
my $backup = Onair::Source->new(body => status('Backup - One', 50));

my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /main {
            internal; proxy_pass http://127.0.0.1:${\ $main->port };
            onair_poll interval=100ms timeout=500ms stale=600ms offline=3s
                priority=1 hold=800ms;
        }
        location = /backup {
            internal; proxy_pass http://127.0.0.1:${\ $backup->port };
            onair_poll interval=100ms stale=600ms offline=3s priority=2;
        }
        location = /push { onair_publish rock expires=900ms priority=0; }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END

my $ws = Onair::WebSocket->connect(port => $server->port, path => '/live/rock');

# What the page shows until it shows $last: each title once.
sub shown_until
{
    my ($last, $seconds) = @_;
    my @shown;
    my $until = time + ($seconds // 8);
    while (time < $until) {
        my $state = $ws->json($until - time) // last;
        my $text = ($state->{now}{text} // 'nothing') . " $state->{status}";
        push @shown, $text if !@shown || $shown[-1] ne $text;
        last if $text eq $last;
    }
    return \@shown;
}

# Waits until both were polled a few times more: nothing else happens then.
sub is_calm
{
    my ($name) = @_;
    my $from = $ws->{in} . '';
    ok($backup->wait_requests(6, 5), 'polls go on');
    my @other;
    while (my $state = $ws->json(0)) {
        push @other, "$state->{now}{text} $state->{status}";
    }
    is_deeply(\@other, [], $name);
}

my $last = shown_until('Main - One live');
is($last->[-1], 'Main - One live', 'the main server is believed');
is_calm('and stays so');

$backup->set(body => status('Backup - Two', 51));
is_calm('what the backup says is not shown');

$main->stop;
my $lost = time;
is_deeply(shown_until('Backup - Two live'), ['Backup - Two live'],
    'the backup takes over, with no word of trouble');
cmp_ok(time - $lost, '<', 3, 'when the main one is stale');
is_calm('and stays');

$main->set(body => status('Main - Two'));
my $before = $main->requests;
$main->start;
my $back = time;
is_deeply(shown_until('Main - Two live', 10), ['Main - Two live'],
    'the main server has it again');
my @polls = $main->requests;
my $first = $polls[$before]{time};
cmp_ok(time - $first, '>=', 0.75, 'only when it was good for the hold time');
is_calm('and stays');

# A main server that comes and goes faster than the hold time.
$main->set(body => $gone);
is_deeply(shown_until('Backup - Two live'), ['Backup - Two live'],
    'a mount that vanished is no reason to wait');
for (1 .. 4) {
    $main->set(body => status('Main - Flap'));
    $main->wait_requests(2, 5);
    $main->set(body => $gone);
    $main->wait_requests(2, 5);
}
is_calm('a flapping main server is not seen');

$main->set(body => status('Main - Three'));
shown_until('Main - Three live');
Onair::Http->post($server->port, '/push', 'text=Pushed+-+One');
is_deeply(shown_until('Pushed - One live'), ['Pushed - One live'],
    'a push comes before the servers, at once');
is_deeply(shown_until('Main - Three live'), ['Main - Three live'],
    'and goes when it expires');

my $pushed = Onair::Http->json($server->port, '/live/rock');
$backup->stop;
$main->stop;
is_deeply(shown_until('Main - Three offline', 15),
    ['Main - Three stale', 'Main - Three offline'],
    'with no server left: stale, then offline, with the last title');
is(Onair::Http->json($server->port, '/live/rock')->{listeners}{peak},
    $pushed->{listeners}{peak}, 'peaks are kept');

$server->end_checks;
done_testing();
