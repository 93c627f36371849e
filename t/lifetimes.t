#!/usr/bin/env perl

# What lives longer, or ends earlier, than one would think: requests that nginx
# keeps after their end, requests that others hold too, subrequests, clients
# that come while their worker leaves. Each of these was a crash, an alert in
# the log or a deaf client once, here or in a module of this kind.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use POSIX ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for spawn_sub);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 1, http => <<'END');
    onair_drain 200ms;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /mirrored/ { mirror /mirror; onair; }
        location = /mirror { internal; proxy_pass http://127.0.0.1:%%PORT_hang%%; }
        location /lingers/ { lingering_close always; lingering_timeout 3s; onair; }
        location = /echo { onair_echo; }
        location = /live-echo { onair rock; }
        location = /page { add_after_body /echo; return 200 "page"; }
        location = /ssi { ssi on; ssi_types *; return 200 '[<!--# include virtual="/echo" -->]'; }
        location = /ssi-live { ssi on; ssi_types *; return 200 '[<!--# include virtual="/live-echo" -->]'; }
        location /publish/ { onair_publish; }
    }
END

my $port = $server->port;
my ($pid) = $server->workers;

sub publish
{
    my ($station, $title) = @_;
    my $answer = Onair::Http->post($port, "/publish/$station",
        qq({"title":"$title"}));
    die "not published\n" unless $answer && $answer->{status} == 204;
}

sub the_worker_lives
{
    my ($what) = @_;
    is(join(' ', $server->workers), $pid, "the worker lives: $what");
}

sub a_command_may_name_many_stations
{
    publish("many$_", "title $_") for 1 .. 20;
    my $ws = Onair::WebSocket->connect(port => $port, path => '/live/many1');
    is($ws->json->{now}{title}, 'title 1', 'greeted');
    my $names = join ',', map { qq("many$_") } 1 .. 20;
    $ws->send_text(qq({"subscribe":[$names]}));
    my %seen = (many1 => 'title 1');
    for (2 .. 20) {
        my $state = $ws->json // last;
        $seen{ $state->{station} } = $state->{now}{title};
    }
    is(join(',', map { $seen{"many$_"} // '-' } 1 .. 20),
        join(',', map { "title $_" } 1 .. 20), 'each named station is told');
    publish('many20', 'the last one');
    is($ws->json->{now}{title}, 'the last one', 'and its changes are');
    $names = join ',', map { qq("\\u006eew$_") } 1 .. 40;
    $ws->send_text(qq({"subscribe":[$names],"unsubscribe":["many1"]}));
    my $count = 0;
    while (my $state = $ws->json(5)) {
        last if ++$count == 40;
    }
    is($count, 40, 'names with escapes too');
    the_worker_lives('after long commands');
}

# The only one who wants all stations asks for them again, and for more.
sub all_stations_may_be_asked_for_twice
{
    my $ws = Onair::WebSocket->connect(port => $port, path => '/live/many1');
    ok($ws->json, 'greeted');
    $ws->send_text($_) for '{"subscribe":["*"]}',
        '{"subscribe":["*","many2","*"]}', '{"unsubscribe":["*"]}',
        '{"subscribe":["*","*"]}', '{"subscribe":["nobody","*","nowhere"]}';
    $ws->send_ping('still here');
    wait_for(sub { 1 while $ws->message(0.05); @{ $ws->{pongs} // [] } }, 5);
    is(($ws->{pongs} // [])->[0], 'still here', 'all of it is borne');
    publish('many3', 'to all');
    my $state;
    do { $state = $ws->json(5) } while $state && $state->{station} ne 'many3';
    is($state && $state->{now}{title}, 'to all', 'and all are told of');
    $ws->close_stream;
    the_worker_lives('after all stations twice');
}

sub all_stations_of_an_empty_zone_are_nothing
{
    my $empty = Onair::Server->new(workers => 1, http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
    my $early = Onair::WebSocket->connect(port => $empty->port,
        path => '/live/first');
    my $ws = Onair::WebSocket->connect(port => $empty->port,
        path => '/live/?stations=*');
    is($ws->status, 101, 'a client may wait for any station');
    $ws->send_text('{"get":true}');
    my $sse = Onair::Sse->connect(port => $empty->port,
        path => '/live/?stations=*');
    is($sse->status, 200, 'by events too');
    Onair::Http->post($empty->port, '/publish/first', '{"title":"one"}');
    is($ws->json->{now}{title}, 'one', 'and is told of the first');
    is($sse->json->{now}{title}, 'one', 'by events too');
    my $zone = Onair::Http->json($empty->port, '/status')->{zones}[0];
    is($zone->{subscribers}, 3, 'each is counted once in the zone');
    is($zone->{list}[0]{subscribers}, 3,
        'in the station who named it and who wants all');
    $_->close_stream for $ws, $sse, $early;
    ok(wait_for(sub {
        my $now = Onair::Http->json($empty->port, '/status')->{zones}[0];
        return !$now->{subscribers} && !$now->{list}[0]{subscribers};
    }), 'and not any more when they have gone');
    $empty->end_checks(name => 'nothing was sent where there was nothing');
}

sub a_long_poll_is_answered_once
{
    publish('slow', 'first');
    for my $round (1 .. 3) {
        my $id = Onair::Http->get($port, '/lingers/slow')->{headers}{etag};
        my $poll = Onair::Http->connect(port => $port);
        $poll->send_request(path => '/lingers/slow?wait=20',
            headers => { 'If-None-Match' => $id, Connection => 'close' });
        wait_for(sub { Onair::Http->get($port, '/live/slow') });
        publish('slow', "second $round");
        my $answer = $poll->answer(5);
        is($answer->{status}, 200, 'a change answers');
        like($answer->{body}, qr/second $round/, 'with what is new');
        # The request is still there: nginx lingers on it.
        publish('slow', "third $round");
        publish('slow', "fourth $round");
        is($poll->until_eof(0.3) // '', '', 'nothing comes behind an answer');
        $poll->close_stream;
    }
    the_worker_lives('after polls on which nginx lingered');
    unlike($server->log, qr/header already sent/, 'no second head was tried');
}

sub a_mirrored_request_is_given_back_when_the_mirror_is_done
{
    my $hang = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 10,
        LocalPort => $server->port('hang'), ReuseAddr => 1) or die "$!\n";
    publish('mirrored', 'one');
    my $ws = Onair::WebSocket->connect(port => $port,
        path => '/mirrored/mirrored');
    my $sse = Onair::Sse->connect(port => $port, path => '/mirrored/mirrored');
    my @held = map { scalar $hang->accept } 1 .. 2;
    is($ws->status, 101, 'a mirrored handshake is answered');
    is($sse->status, 200, 'a mirrored stream as well');
    for my $socket (@held) {
        print $socket "HTTP/1.0 200 OK\r\n\r\nignored";
        close $socket;
    }
    is($ws->json->{now}{title}, 'one', 'its state comes');
    is($sse->json->{now}{title}, 'one', 'for both');
    publish('mirrored', 'two');
    is($ws->json->{now}{title}, 'two', 'and goes on');
    is($sse->json->{now}{title}, 'two', 'for both');

    my $gone = Onair::WebSocket->connect(port => $port,
        path => '/mirrored/mirrored');
    my $socket = $hang->accept;
    $gone->reset_connection;
    close $socket;
    the_worker_lives('after mirrored requests');
}

sub subrequests_are_answered_plainly
{
    my %upgrade = (Upgrade => 'websocket', Connection => 'Upgrade, close',
        'Sec-WebSocket-Version' => 13,
        'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==');
    for my $path (qw(/page /ssi /ssi-live)) {
        my $answer = Onair::Http->get($port, $path, headers => {%upgrade});
        is($answer && $answer->{status}, 200, "$path is a page for all that");
    }
    the_worker_lives('after upgrades of subrequests');
}

# A change finds some of them gone: what ends a connection must not run in the
# middle of telling the others.
sub clients_that_go_in_the_middle_of_a_change_harm_nobody
{
    publish('fanned', 'before');
    my @good = map { $_->connect(port => $port, path => '/live/fanned') }
        qw(Onair::WebSocket Onair::Sse) x 3;
    $_->json for @good;
    my $churn = spawn_sub($server->dir . '/churn', sub {
        for (1 .. 12) {
            my @gone = map { $_->connect(port => $port, path => '/live/fanned') }
                qw(Onair::WebSocket Onair::Sse) x 20;
            $_->reset_connection for @gone;
        }
    });
    my $number = 0;
    publish('fanned', 'change ' . ++$number)
        while waitpid($churn, POSIX::WNOHANG()) == 0;
    publish('fanned', 'the last');
    cmp_ok($number, '>', 20, 'changes went on while they came and went');
    for my $client (@good) {
        my $state;
        do { $state = $client->json(5) }
            while $state && $state->{now}{title} ne 'the last';
        ok($state, ref($client) . ' has the last change');
        $client->close_stream;
    }
    the_worker_lives('after clients that went in the middle of a change');
}

# What comes while its worker leaves is refused or told goodbye, never kept.
sub who_comes_while_the_worker_leaves_is_told
{
    my @clients;
    my $old = $pid;
    my $deaf = 0;
    for my $round (1 .. 2) {
        # Connections that are open already, so that the old worker has them.
        my @open = map { Onair::Http->connect(port => $port) } 1 .. 20;
        Onair::Http->get($port, '/live/rock');
        $server->signal('HUP');
        for my $i (0 .. $#open) {
            $open[$i]->send_request(path => '/live/rock',
                headers => { Accept => 'text/event-stream' });
        }
        wait_for(sub {
            my @now = $server->workers;
            return @now == 1 && $now[0] != $old;
        }, 20);
        ($old) = $server->workers;
        wait_for(sub { !$server->leaving_workers }, 20)
            or diag('a worker does not leave');
        publish('rock', "round $round");
        for my $client (@open) {
            my $text = $client->until_eof(0.05);
            next if defined $text;
            $deaf++ unless $client->{in} =~ /round $round/;
        }
    }
    is($deaf, 0, 'nobody is left connected but deaf');
    ($pid) = $server->workers;
}

# The zone outlives the configurations whose locations it has figures of.
sub poll_locations_may_come_and_go
{
    my $locations = sub {
        my ($name) = @_;
        return "server { listen 127.0.0.1:%%PORT%%; location /live/ { onair; }"
            . join('', map {
                "location = /$name$_ { internal; return 200 '"
                    . qq({"icestats":{"source":{"listenurl":"http://x/s","title":"one",)
                    . q("stream_start_iso8601":"2026-01-01T00:00:00+0000"}}})
                    . "'; onair_poll station=$name$_ interval=100ms; }"
            } 1 .. 40) . '}';
    };
    my $many = Onair::Server->new(workers => 1, http => $locations->('a'));
    my $live = sub {
        my ($station) = @_;
        my $state = Onair::Http->json($many->port, "/live/$station") // return;
        return $state->{status} eq 'live';
    };
    ok(wait_for(sub { $live->('a40') }), 'forty locations are polled');
    $many->reload(http => $locations->('b'));
    ok(wait_for(sub { $live->('b40') }), 'and forty others after them');
    $many->end_checks(name => 'with nothing worse than a warning');
}

poll_locations_may_come_and_go();
a_command_may_name_many_stations();
all_stations_may_be_asked_for_twice();
all_stations_of_an_empty_zone_are_nothing();
a_long_poll_is_answered_once();
a_mirrored_request_is_given_back_when_the_mirror_is_done();
subrequests_are_answered_plainly();
clients_that_go_in_the_middle_of_a_change_harm_nobody();
who_comes_while_the_worker_leaves_is_told();
$server->end_checks;
done_testing();
