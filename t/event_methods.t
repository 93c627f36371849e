#!/usr/bin/env perl

# nginx's other ways to wait for events: select and poll tell of one again and
# again until it is dealt with or told not to. For an nginx that has them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(sleep);

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Source;
use Onair::Sse;
use Onair::WebSocket;

my $source = Onair::Source->new(
    body => Onair::Source::icecast(rock => 'Song'));

sub server
{
    my ($method) = @_;
    return Onair::Server->new(workers => 1, stopped => 1,
        events => "use $method;", http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%% sndbuf=8k;
        location = /source {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll interval=200ms;
        }
        location /live/ { onair; }
        location = /echo {
            onair_echo;
            onair_max_message 8m;
        }
    }
END
}

# The worker sleeps each time that it is looked at: it waits, and not in turns.
sub rests
{
    my ($pid) = @_;
    return wait_for(sub {
        for (1 .. 20) {
            return if slurp("/proc/$pid/stat") !~ /\) S /;
            sleep 0.005;
        }
        return 1;
    });
}

sub works_with
{
    my ($method) = @_;
    my $server = server($method);
    SKIP: {
        my ($said, $code) = $server->test_config;
        skip "this nginx has no $method", 10 if $code != 0;
        $server->start;
        my $port = $server->port;
        my ($pid) = $server->workers;
        ok(wait_for(sub {
            my $state = Onair::Http->json($port, '/live/rock');
            return ($state->{now}{text} // '') eq 'Song';
        }), "$method: a source is polled");
        for my $class (qw(Onair::WebSocket Onair::Sse)) {
            my $client = $class->connect(port => $port, path => '/live/rock');
            $client->json;
            $source->set(body => Onair::Source::icecast(rock => $class));
            is($client->json->{now}{text}, $class, "$class: told of a change");
            $source->set(body => Onair::Source::icecast(rock => 'Song'));
            is($client->json->{now}{text}, 'Song', 'and of another');
            $client->close_stream;
        }

        my $echo = Onair::WebSocket->connect(port => $port, path => '/echo');
        my $long = 'x' x 4_000_000;
        $echo->send_text($long);
        $echo->send_text('more');
        ok(rests($pid), 'a worker rests while a client does not read');
        is(length($echo->text(20) // ''), length $long, 'who reads at last');
        is($echo->text(20), 'more', 'and gets all of it');
        ok(rests($pid), 'then it rests too');
        $server->end_checks;
    }
}

works_with($_) for qw(poll select);
done_testing();
