#!/usr/bin/env perl

# Feeds: a line about a mount means "poll now", from Icecast's STATS and the
# events of 2.5; what a feed may not do: data of its own, polls that beget
# polls, a connection that is never given up.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Test::More;
use POSIX ();
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Icecast;
use Onair::Process qw(wait_for slurp spawn_sub scratch_dir terminate);
use Onair::Server;
use Onair::Source;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical;
my $fixtures = "$FindBin::Bin/fixtures";

sub status { return Onair::Source::icecast(rock => $_[0]) }

my $source = Onair::Source->new(body => status('One'));
my $stats = Onair::Source->new(mode => 'feed');
my $events = Onair::Source->new(mode => 'feed', type => 'text/event-stream');

my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal; proxy_pass http://127.0.0.1:${\ $source->port };
            onair_poll interval=1h;
        }
        location = /stats {
            internal; proxy_pass http://127.0.0.1:${\ $stats->port };
            proxy_method STATS; proxy_buffering off;
            proxy_set_header Authorization "Basic YWRtaW46aGFja21l";
            onair_feed of=/source timeout=3s;
        }
        location = /events {
            internal;
            proxy_pass http://127.0.0.1:${\ $events->port }/admin/eventfeed;
            onair_feed;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END

my $ws = Onair::WebSocket->connect(port => $server->port, path => '/live/rock');
$ws->json;
ok(wait_for(sub { $stats->requests && $events->requests }, 5),
    'both feeds are asked');
ok(wait_for(sub { polls() == 1 }, 5), 'one poll at start');

sub polls { my $count = () = $source->requests; return $count }

# Feeds these lines and says how many polls come of it. A line that asks for
# one is the end of the count.
sub polls_after
{
    my ($feed, @lines) = @_;
    my $before = polls();
    $feed->feed($_) for @lines;
    wait_for(sub { polls() > $before }, 0.4);
    my $calm = time;
    my $last = polls();
    wait_for(sub {
        my $now = polls();
        ($last, $calm) = ($now, time) if $now != $last;
        return time - $calm > 0.25;
    }, 5);
    return polls() - $before;
}

sub a_feed_is_asked_as_the_operator_says
{
    my ($request) = $stats->requests;
    is($request->{method}, 'STATS', 'with proxy_method');
    is($request->{headers}{authorization}, 'Basic YWRtaW46aGFja21l',
        'and proxy_set_header');
    like($request->{headers}{'user-agent'}, qr/onair/, 'saying who asks');
}

sub a_line_about_a_mount_means_poll_now
{
    $source->set(body => status('Two'));
    is(polls_after($stats, "EVENT /rock title Two\n"), 1, 'STATS: one poll');
    my $state;
    $state = $ws->json(5) for 1 .. 1;
    $state = $ws->json(5) while ($state->{now}{text} // '') ne 'Two';
    is($state->{now}{text}, 'Two', 'which brings the title');
    is(polls_after($stats, "EVENT /rock listeners 7\n"), 1, 'listeners');
    is(polls_after($stats, "EVENT /rock stream_start x\n"), 1, 'a start');
    is(polls_after($stats, "EVENT /rock null\n"), 1, 'an end');
    is(polls_after($events, qq(event: x\ndata: {"type":"vc","mount":"/rock"}\n\n)),
        1, 'an event of 2.5');
    is(Onair::Http->json($server->port, '/live/rock')->{now}{text}, 'Two',
        'never data of its own');
}

sub other_lines_do_not
{
    is(polls_after($stats, map { "EVENT global $_ 5\n" } qw(client_connections
        connections listeners stats_connections clients sources
        listener_connections)), 0, 'global counters');
    is(polls_after($stats, map { "EVENT /rock $_ 5\n" } qw(total_bytes_sent
        total_bytes_read queue_size listener_peak connected)), 0,
        'figures nobody is told');
    is(polls_after($stats, "INFO full list end\n", "\n", "x" x 5000 . "\n"), 0,
        'others');
    is(polls_after($events,
        qq(data: {"type":"event","trigger":"global-x"}\n\n)), 0,
        'events about no mount');
}

sub a_burst_falls_together
{
    my $polls = polls_after($stats, map { "EVENT /rock title T$_\n" } 1 .. 300);
    cmp_ok($polls, '>=', 1, '300 lines at once');
    cmp_ok($polls, '<=', 3, 'are at most three polls');
    $polls = polls_after($stats, "EVENT /ro", "ck tit", "le Two\n");
    is($polls, 1, 'a line in pieces is one');
}

sub captured_feeds_are_understood
{
    my $capture = slurp("$fixtures/icecast-2.4.4/stats-event-stream.txt");
    cmp_ok(polls_after($stats, $capture), '>=', 1, 'Icecast 2.4.4');
    $capture = slurp("$fixtures/icecast-2.5.0/eventfeed.sse");
    cmp_ok(polls_after($events, $capture), '>=', 1, 'Icecast 2.5.0');
}

sub a_silent_feed_is_asked_again
{
    my $before = () = $stats->requests;
    ok($stats->wait_requests(1, 10), 'after timeout= of silence');
    like($server->log, qr/feed of "\/stats" ended: no answer within the time/,
        'the log says why');
    my $kept = () = $events->requests;
    is($kept, 1, 'the one without timeout= stays');
    is(polls_after($stats, "EVENT /rock title Two\n"), 1,
        'the new one is heard');
}

sub a_broken_feed_is_asked_again_more_and_more_rarely
{
    $stats->set(mode => 'normal', body => '', status => 401);
    my $before = () = $stats->requests;
    ok($stats->wait_requests(3, 15), 'it is tried again');
    my @at = map { $_->{time} } ($stats->requests)[$before .. $before + 2];
    my @gaps = map { $at[$_] - $at[$_ - 1] } 1 .. $#at;
    cmp_ok($gaps[0], '>', 0.7, 'not at once');
    cmp_ok($gaps[1], '>', $gaps[0] * 1.2, 'and later each time')
        or diag "@gaps";
    my ($said) = $server->log =~ /(feed of "\/stats" ended: answer has an [^\n]*)/;
    like($said // '', qr/status 401.*polls go on at their interval/,
        'the log says why');
    my $polls = $json->decode(Onair::Http->get($server->port,
        '/status')->{body})->{polls};
    my ($figures) = grep { $_->{location} eq '/stats' } @$polls;
    is($figures->{kind}, 'feed', 'the status page has it');
    cmp_ok($figures->{failures}{bad_status}, '>=', 2, 'with its failures');
}

sub a_feed_that_ends_again_and_again_does_not_fill_the_log
{
    my $source = Onair::Source->new(body => '{"icestats":{}}');
    $source->set(path => '/feed', mode => 'close',
        body => "EVENT /rock title One\n");
    my $other = Onair::Server->new(workers => 1, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll;
        }
        location = /feed {
            internal;
            proxy_pass http://127.0.0.1:${\ $source->port };
            onair_feed;
        }
    }
END
    ok($source->wait_requests(9, 30, '/feed'), 'it is connected nine times');
    my $lines = () = $other->log =~ /onair feed of/g;
    cmp_ok($lines, '<=', 12, 'the log is told of six');
    $other->end_checks;
}

# The interval is an hour, and the feed says it once.
sub a_failed_poll_does_not_silence_a_feed
{
    my $source = Onair::Source->new(body => status('One'));
    my $feed = Onair::Source->new(mode => 'feed');
    my $other = Onair::Server->new(workers => 1, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll interval=1h;
        }
        location = /feed {
            internal;
            proxy_pass http://127.0.0.1:${\ $feed->port };
            onair_feed;
        }
        location /live/ { onair; }
    }
END
    my $text = sub {
        my $state = Onair::Http->json($other->port, '/live/rock');
        return $state->{now}{text} // '';
    };
    ok(wait_for(sub { $text->() eq 'One' && $feed->requests }), 'a feed');
    $source->set(status => 500, body => 'no');
    $feed->feed("EVENT /rock title Two\n");
    ok($other->wait_log(qr/poll of "\/source" failed/), 'the poll fails');
    $source->set(body => status('Two'));
    ok(wait_for(sub { $text->() eq 'Two' }, 20), 'and is made again soon');
    $other->end_checks;
}

# Between nginx and Icecast: notes when a line came through.
sub tap
{
    my ($to, $log) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Listen => 5) or die "no tap: $!\n";
    my $pid = spawn_sub("$log.err", sub {
        while (my $client = $listener->accept) {
            next if fork;
            forward($client, IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                PeerPort => $to), $log);
            POSIX::_exit(0);
        }
    });
    return ($listener->sockport, $pid);
}

sub forward
{
    my ($client, $server, $log) = @_;
    my $both = IO::Select->new($client, $server);
    while (my @ready = $both->can_read) {
        for my $from (@ready) {
            sysread $from, my $data, 65536 or return;
            my $now = time;
            my $to = $from == $client ? $server : $client;
            syswrite $to, $data;
            next if $from == $client;
            open my $file, '>>', $log or return;
            print $file "$now $1\n" while $data =~ m{^EVENT /rock title (.*)}mg;
            close $file;
        }
    }
}

# A client has the new title soon after Icecast wrote the line; nothing but
# the feed can do that: the interval is half a minute.
sub a_real_icecast_tells_at_once
{
    my $icecast = Onair::Icecast->new;
    $icecast->source('/rock', name => 'Rock FM');
    my $log = scratch_dir() . '/tap';
    my ($tap, $tap_pid) = tap($icecast->port, $log);
    my $real = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
        upstream icecast {
            server 127.0.0.1:${\ $icecast->port };
        }
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /source {
                internal; proxy_pass http://icecast/status-json.xsl;
                onair_poll interval=30s;
            }
            location = /feed {
                internal; proxy_pass http://127.0.0.1:$tap/;
                proxy_method STATS; proxy_http_version 1.1;
                proxy_read_timeout 1h;
                proxy_set_header Authorization
                    "${\ Onair::Icecast::authorization('admin') }";
                onair_feed of=/source;
            }
            location /live/ { onair; }
            location = /status { onair_status; }
        }
END
    ok($real->wait_log(qr/feed of "\/feed" is connected/, 10),
        'Icecast feeds') or return;
    my $client = Onair::WebSocket->connect(port => $real->port,
        path => '/live/rock');
    my $asked = sub {
        my $polls = Onair::Http->json($real->port, '/status')->{polls};
        return (grep { $_->{location} eq '/source' } @$polls)[0]{successes};
    };
    my (@took, @whole);
    for my $turn (1 .. 7) {
        my $title = "Feed - $turn";
        $icecast->title('/rock', $title);
        my $set = time;
        my $state;
        do { $state = $client->json(5) }
            while $state && ($state->{now}{text} // '') ne $title;
        my $got = time;
        my ($line) = (slurp($log) // '') =~ /^(\S+) \Q$title\E\r?$/m;
        push @took, $state && $line ? $got - $line : 60;
        push @whole, $got - $set;
    }
    my ($median, $worst) = (sort { $a <=> $b } @took)[3, 6];
    note sprintf 'from the line to the client: median %.1f ms, worst %.1f ms; '
        . 'from admin/metadata: median %.0f ms', $median * 1000, $worst * 1000,
        1000 * (sort { $a <=> $b } @whole)[3];
    cmp_ok($median, '<', 0.15, 'a client has a title at once, by the feed');

    my $before = $asked->();
    my $until = time + 2.5;
    wait_for(sub { time > $until }, 6);
    cmp_ok($asked->() - $before, '<=', 1, 'with nothing new no poll is made');
    $real->end_checks(name => 'that server is clean');
    terminate($tap_pid);
}

# A filter lets go of what it keeps back of a line with the next one at the latest.
sub a_feed_is_read_behind_filters
{
    my $feed = Onair::Source->new(mode => 'feed');
    my $asked = Onair::Source->new(body => status('One'));
    my $other = Onair::Server->new(workers => 1, http => <<"END");
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /source {
                internal; proxy_pass http://127.0.0.1:${\ $asked->port };
                onair_poll interval=1h;
            }
            location = /feed {
                internal; proxy_pass http://127.0.0.1:${\ $feed->port };
                sub_filter "CHANGE /rock" "EVENT /rock";
                sub_filter_once off; sub_filter_types *;
                onair_feed of=/source;
            }
            location /live/ { onair; }
        }
END
    ok(wait_for(sub { $feed->requests }, 5), 'it is asked');
    my $polls = sub { my $count = () = $asked->requests; return $count };
    ok(wait_for(sub { $polls->() == 1 }, 5), 'one poll at start');
    for my $turn (2 .. 4) {
        $feed->feed("CHANGE /rock title T$turn\n");
        ok(wait_for(sub { $polls->() == $turn }, 5), "a changed line, $turn");
    }
    $feed->feed("CHANGE /jazz");
    $feed->feed(" title T\n");
    $feed->feed("CHANGE /ro");
    $feed->feed("ck title T5\n");
    ok(wait_for(sub { $polls->() == 5 }, 5), 'one in pieces, and no other');
    $other->end_checks(name => 'that server is clean');
}

# Lines faster than a worker's clock ticks: polls are bounded, and go on.
sub a_flood_of_lines_does_not_hold_up_the_polls
{
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8)
        or die "no listener: $!\n";
    my $flood = spawn_sub(scratch_dir() . '/flood', sub {
        my $lines = "EVENT /rock title x\n" x 1000;
        while (my $client = $listener->accept) {
            next if fork;
            sysread $client, my $request, 4096;
            print $client "HTTP/1.1 200 OK\r\n\r\n";
            1 while print $client $lines;
            POSIX::_exit(0);
        }
    });
    my $asked = Onair::Source->new(body => status('Flooded'));
    my $other = Onair::Server->new(workers => 1, http => <<"END");
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /source {
                internal; proxy_pass http://127.0.0.1:${\ $asked->port };
                onair_poll interval=200ms;
            }
            location = /feed {
                internal; proxy_pass http://127.0.0.1:${\ $listener->sockport };
                onair_feed;
            }
            location /live/ { onair; }
        }
END
    ok($other->wait_log(qr/feed of "\/feed" is connected/), 'a flood begins');
    my $before = () = $asked->requests;
    my $began = time;
    ok($asked->wait_requests(10, 10), 'polls go on');
    my $count = () = $asked->requests;
    cmp_ok(($count - $before) / (time - $began), '<', 15,
        'no more than ten a second');
    $asked->set(body => status('Another'));
    ok(wait_for(sub { (Onair::Http->json($other->port, '/live/rock')
        ->{now}{text} // '') eq 'Another' }, 5), 'and see what is new');
    terminate($flood, 'KILL');
    $other->end_checks(name => 'that server is clean');
}

# Nobody else polls for its clients then, so it does, but it reads no feed.
sub a_worker_that_leaves_reads_no_feed
{
    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock');
    ok($ws->json, 'a client that will not go');
    my $began = time;
    ok($server->stop(undef, 15), 'nginx ends for all that');
    cmp_ok(time - $began, '>', 3, 'after it could have led again');
}

a_feed_is_asked_as_the_operator_says();
a_line_about_a_mount_means_poll_now();
other_lines_do_not();
a_burst_falls_together();
captured_feeds_are_understood();
a_silent_feed_is_asked_again();
a_broken_feed_is_asked_again_more_and_more_rarely();
a_feed_that_ends_again_and_again_does_not_fill_the_log();
a_failed_poll_does_not_silence_a_feed();
a_feed_is_read_behind_filters();
a_flood_of_lines_does_not_hold_up_the_polls();
a_worker_that_leaves_reads_no_feed();
$server->end_checks;
if (Onair::Icecast::binary()) {
    a_real_icecast_tells_at_once();
} else {
    note 'no Icecast here';
}
done_testing();
