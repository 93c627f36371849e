#!/usr/bin/env perl

# How a source is asked: no more often than is needed, never twice at a time,
# more rarely while nobody listens and while it fails, saying who asks.

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

sub status { return Onair::Source::icecast(rock => $_[0]) }

my $plain = Onair::Source->new(body => status('Plain'));
my $slow = Onair::Source->new(body => status('Slow'), delay => 0.35);
my $idle = Onair::Source->new(body => status('Idle'));
my $failing = Onair::Source->new(status => 503);
my $kept = Onair::Source->new(body => status('Kept'));

my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
    upstream kept { server 127.0.0.1:${\ $kept->port }; keepalive 2; }
    onair_zone idle:256k stations=4;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /plain {
            internal; proxy_pass http://127.0.0.1:${\ $plain->port };
            onair_poll interval=200ms;
        }
        location = /slow {
            internal; proxy_pass http://127.0.0.1:${\ $slow->port };
            onair_poll interval=100ms station=slow;
        }
        location = /idle {
            internal; proxy_pass http://127.0.0.1:${\ $idle->port };
            onair_poll zone=idle interval=100ms idle=1h stale=400ms
                offline=800ms;
        }
        location = /failing {
            internal; proxy_pass http://127.0.0.1:${\ $failing->port };
            onair_poll interval=200ms station=failing;
        }
        location = /kept {
            internal; proxy_pass http://kept; proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Station rock;
            onair_poll interval=100ms station=kept;
        }
        location /live/ { onair; }
        location /idle/ { onair zone=idle; }
        location = /status { onair_status; }
    }
END


sub gaps
{
    my ($source) = @_;
    my @at = map { $_->{time} } $source->requests;
    return map { $at[$_] - $at[$_ - 1] } 1 .. $#at;
}

ok(wait_for(sub { my $n = () = $plain->requests; $n > 24 }, 20), 'polls come');

sub the_interval_is_kept
{
    my @gaps = sort { $a <=> $b } gaps($plain);
    my $median = $gaps[@gaps / 2];
    cmp_ok(abs($median - 0.2), '<', 0.03, 'the interval is what was asked for')
        or diag "@gaps";
}

sub one_poll_at_a_time
{
    my @gaps = gaps($slow);
    cmp_ok(scalar @gaps, '>', 4, 'a slow source is polled too');
    my ($least) = sort { $a <=> $b } @gaps;
    cmp_ok($least, '>', 0.35, 'never again before it answered');
}

sub a_failing_source_is_spared
{
    ok(wait_for(sub { my $n = () = $failing->requests; $n > 5 }, 20),
        'a failing source is asked again');
    my @gaps = gaps($failing);
    cmp_ok($gaps[0], '<', 0.4, 'soon');
    cmp_ok($gaps[4], '>', 4 * $gaps[0], 'then more rarely') or diag "@gaps";
    $failing->set(body => status('Back'));
    ok(wait_for(sub {
        Onair::Http->json($server->port, '/live/failing')->{status} eq 'live'
    }, 10), 'and taken when it is back');
    my $from = () = $failing->requests;
    $failing->wait_requests(4, 5);
    @gaps = (gaps($failing))[$from .. $from + 2];
    cmp_ok((sort { $a <=> $b } @gaps)[1], '<', 0.3, 'at its interval again');
}

sub who_asks_is_said
{
    my ($request) = $plain->requests;
    is($request->{headers}{'user-agent'}, 'Mozilla/5.0 (compatible; onair)',
        'User-Agent');
    is($request->{method}, 'GET', 'by GET');
    ($request) = $kept->requests;
    is($request->{headers}{'x-station'}, 'rock', 'and what the operator adds');
    is($request->{version}, 'HTTP/1.1', 'in the version he says');
    is($request->{headers}{'accept-encoding'}, undef, 'nothing compressed');
}

sub connections_are_kept
{
    my $all = () = $kept->requests;
    cmp_ok($all, '>', 10, 'many polls');
    my %peers = map { ($_->{peer} => 1) } $kept->requests;
    is(scalar keys %peers, 1, 'over one connection of the upstream');
}

sub nobody_listens
{
    my $polls = () = $idle->requests;
    # On a busy machine the worker that leads may stand still and be replaced.
    my $leaders = () = $server->log =~ /"idle" is led by another worker now/g;
    is($polls, 1 + $leaders,
        'with nobody there: one poll, then the idle interval');
    my $state = Onair::Http->json($server->port, '/status');
    my ($zone) = grep { $_->{name} eq 'idle' } @{ $state->{zones} };
    is($zone->{list}[0]{status}, 'live', 'which makes nothing stale');

    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/idle/rock');
    ok($ws->json, 'somebody comes');
    ok($idle->wait_requests(1, 1.0), 'and is polled for at once');
    ok($idle->wait_requests(5, 3), 'and from then on');
    $idle->set(body => status('Fresh'));
    my $text = '';
    while (my $new = $ws->json(3)) {
        last if ($text = $new->{now}{text}) eq 'Fresh';
    }
    is($text, 'Fresh', 'so that changes come');
}

sub default_intervals
{
    my $hosted = Onair::Server->new(workers => 1, http => <<"END");
    onair_drain 0s;
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /a { internal; return 404; onair_poll; }
            location = /b { internal; return 404; onair_poll type=azuracast; }
            location = /c { internal; return 404; onair_poll type=libretime station=libretime; }
            location = /d { internal; return 404; onair_poll type=radioco station=radioco; }
            location = /e { internal; return 404; onair_poll type=icecast; }
            location = /f { internal; return 404; onair_poll type=shoutcast1 station=shoutcast1; }
            location = /status { onair_status; }
        }
END
    my $polls = Onair::Http->json($hosted->port, '/status')->{polls};
    is_deeply({ map { ($_->{location} => 0 + $_->{interval}) } @$polls },
        { '/a' => 2, '/b' => 10, '/c' => 10, '/d' => 10, '/e' => 2,
            '/f' => 2 }, 'defaults by type');
    $hosted->end_checks(name => 'that server is clean');
}

the_interval_is_kept();
one_poll_at_a_time();
a_failing_source_is_spared();
who_asks_is_said();
connections_are_kept();
nobody_listens();
default_intervals();
$server->end_checks;
done_testing();
