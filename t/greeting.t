#!/usr/bin/env perl

# Those who come while nothing changes are told the present state with a fresh
# clock, but it is not made anew for each of them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes ();

use Onair::Http;
use Onair::Server;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 1, http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
    }
END
my $port = $server->port;

sub a_greeting_is_made_at_most_four_times_a_second
{
    Onair::Http->post($port, '/publish/rock', '{"title":"One"}');
    # As long as somebody is here the worker keeps what it made.
    my $here = Onair::WebSocket->connect(port => $port, path => '/live/rock');
    ok($here->json, 'somebody is here');
    my $began = Time::HiRes::time();
    my ($came, %clocks) = (0);
    while (Time::HiRes::time() < $began + 1.2) {
        my $state = Onair::Http->json($port, '/live/rock');
        $clocks{ $state->{time} }++;
        $came++;
    }
    my $lasted = Time::HiRes::time() - $began;
    my $made = keys %clocks;
    cmp_ok($came, '>', $made, "$came came");
    cmp_ok($made, '<=', 4 * $lasted + 1, "and $made greetings were made");
    cmp_ok($made, '>', 1, 'so that their clock is fresh');
}

a_greeting_is_made_at_most_four_times_a_second();
$server->end_checks;
done_testing();
