#!/usr/bin/env perl

# Requests that others keep alive, or end, behind our back: post_action, mirror,
# subrequests of all kinds, a worker that is told twice to go. A subscriber ends
# with its client, changes never wait for foreign subrequests, and what counts
# of it goes with it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes ();

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Source;
use Onair::Sse;
use Onair::Stream;
use Onair::WebSocket;

my $slow = Onair::Source->new(body => 'accounted');
$slow->set(path => '/never', mode => 'hang');
$slow->set(path => '/brief', body => 'accounted', delay => 0.2);
$slow->set(path => '/held', mode => 'hang');
my $url = $slow->url('');

sub start
{
    my ($locations, %parts) = @_;
    return Onair::Server->new(workers => 1, %parts, http => <<"END");
    log_format acct '\$uri \$status';
    onair_drain 100ms;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_h2%% http2;
        location = /acct {
            internal;
            access_log %%DIR%%/acct.log acct;
            proxy_pass $url/held;
        }
        location = /soon {
            internal;
            access_log %%DIR%%/acct.log acct;
            proxy_pass $url/soon?bytes=\$bytes_sent;
        }
        location = /brief { internal; proxy_pass $url/brief; }
        location = /never { internal; proxy_pass $url/never; }
        location /plain/ { onair; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
        $locations
    }
END
}

sub publish
{
    my ($server, $title) = @_;
    my $answer = Onair::Http->post($server->port, '/publish/rock',
        qq({"title":"$title"}));
    die "not published\n" unless $answer && $answer->{status} == 204;
}

sub present_id
{
    my ($server) = @_;
    my $state = Onair::Http->json($server->port, '/plain/rock');
    return "$state->{epoch}:$state->{seq}";
}

# How often the slow one was asked for a path; or whether it comes to so many.
sub asked
{
    my ($path, $count) = @_;
    my $times = sub {
        return scalar grep { $_->{path} =~ /^\Q$path\E(?:\?|\z)/ }
            $slow->requests;
    };
    return defined $count ? wait_for(sub { $times->() >= $count }, 15)
        : $times->();
}

# All that the status page counts of subscribers, in one line.
sub counted
{
    my ($server) = @_;
    my $status = Onair::Http->json($server->port, '/status') // return '';
    my $zone = $status->{zones}[0];
    my $here = 0;
    $here += $_ for map { values %{ $_->{subscribers} } }
        @{ $status->{workers} };
    my $stations = 0;
    $stations += $_->{subscribers} for @{ $zone->{list} };
    my $totals = $status->{totals};
    return join ' ', $here, $zone->{subscribers}, $zone->{connections},
        $stations, $totals->{connects} - $totals->{disconnects};
}

sub is_counted
{
    my ($server, $count, $name) = @_;
    my $want = join ' ', ($count) x 5;
    my $seen = '';
    wait_for(sub { ($seen = counted($server)) eq $want }, 15);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($seen, $want, $name);
}

# --- HTTP/2, as far as it goes here ---

sub h2_frame
{
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1)
        . pack('CCN', $type, $flags, $stream) . $payload;
}

sub h2_stream
{
    my ($server, $path, @fields) = @_;
    my $client = Onair::Stream->open_stream(port => $server->port('h2'));
    my $headers = join '', map { pack 'x C/a* C/a*', @$_ }
        [':method', 'GET'], [':scheme', 'http'], [':authority', 'localhost'],
        [':path', $path], @fields;
    $client->send_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . h2_frame(4, 0, 0, '') . h2_frame(1, 5, 1, $headers));
    return $client;
}

# --- post_action ---

# Each way to leave, of each kind of request that nginx keeps for us.
sub leavers
{
    my ($server) = @_;
    my $id = present_id($server);
    my $poll = Onair::Http->connect(port => $server->port);
    $poll->send_request(path => "/live/rock?wait=20&since=$id");
    my @events = ('/live/rock', ['accept', 'text/event-stream']);
    return (
        [ 'a long poll', $poll, sub { $poll->close_stream } ],
        [ 'a long poll over HTTP/2',
            h2_stream($server, "/live/rock?wait=20&since=$id"),
            sub { $_[0]->send_bytes(h2_frame(3, 0, 1, pack 'N', 8)) } ],
        [ 'events over HTTP/2', h2_stream($server, @events),
            sub { $_[0]->send_bytes(h2_frame(3, 0, 1, pack 'N', 8)) } ],
        [ 'events of a connection that ends', h2_stream($server, @events),
            sub { $_[0]->reset_connection } ],
    );
}

sub a_subscriber_ends_with_its_client_though_a_post_action_goes_on
{
    for my $where ('location', 'server') {
        # Inherited, nginx does it again after itself, up to ten times.
        my $path = $where eq 'server' ? '/brief' : '/held';
        my $action = 'post_action '
            . ($where eq 'server' ? '/brief;' : '/acct;');
        my $server = start($where eq 'server'
            ? "$action location /live/ { onair; }"
            : "location /live/ { onair; $action }");
        publish($server, 'before');
        my $asked = asked($path);
        my @clients = leavers($server);
        is_counted($server, scalar @clients, "all are there ($where)");
        $_->[2]->($_->[1]) for @clients;
        is_counted($server, 0, 'and gone with their clients');
        ok(asked($path, $asked + @clients), 'while each is accounted');
        publish($server, "after $_") for 1 .. 3;
        my $log = $server->dir . '/acct.log';
        is(slurp($log) // '', '', 'and changes do not cut that short');
        $slow->stop if $where eq 'location';
        ok($where eq 'server' || wait_for(sub {
            my $lines = () = (slurp($log) // '') =~ m{^/acct \d+$}mg;
            return $lines == @clients;
        }, 15), 'it ends when its source does');
        $slow->start if $where eq 'location';
        $server->reload;
        $server->end_checks(name => 'nothing was finalised twice');
    }
}

sub a_post_action_runs_at_the_end_of_a_stream
{
    for my $action ('/soon', '@soon') {
        my $server = start(<<"END");
        location /live/ { onair; post_action $action; }
        location \@soon { proxy_pass $url; rewrite ^ /soon?bytes=\$bytes_sent break; }
END
        publish($server, 'first');
        for my $kind (qw(Onair::WebSocket Onair::Sse)) {
            my $from = asked('/soon');
            my $client = $kind->connect(port => $server->port,
                path => '/live/rock');
            is($client->json->{now}{title}, 'first', "$kind is greeted");
            publish($server, 'second');
            is($client->json->{now}{title}, 'second', 'and told');
            is(asked('/soon'), $from, 'nothing is accounted yet');
            is_counted($server, 1, 'it is counted');
            $client->close_stream;
            ok(asked('/soon', $from + 1), "then $action runs");
            is_counted($server, 0, 'it is gone');
            my ($bytes) = ($slow->requests)[-1]{path} =~ /bytes=(\d+)/;
            cmp_ok($bytes // 0, '>', 400, 'with all bytes that were sent');
            publish($server, 'first');
        }
        my $old = Onair::WebSocket->connect(port => $server->port,
            path => '/live/rock');
        $old->json;
        my $from = asked('/soon');
        $server->reload;
        is($old->close_code(10), 1012, 'a worker that leaves says goodbye');
        $old->send_close(1012);
        ok(asked('/soon', $from + 1), 'and accounts');
        ok(wait_for(sub { !$server->leaving_workers }, 15), 'and goes');
        $server->end_checks;
    }
}

# A location that is a post_action has nobody to answer.
sub a_post_action_may_be_ours
{
    my $server = start(<<'END');
        location /live/ { onair; post_action /live/rock; }
        location = /a { post_action /echo; return 200 "a"; }
        location = /b { post_action /acted; return 200 "b"; }
        location = /acted { rewrite ^ /publish/acted?title=acted; }
        location = /echo { onair_echo; post_action /plain/rock; }
END
    publish($server, 'one');
    for my $path (qw(/live/rock /echo /a)) {
        my $ws = Onair::WebSocket->connect(port => $server->port,
            path => $path);
        $ws->close_stream;
        my $sse = Onair::Sse->connect(port => $server->port, path => $path);
        $sse->close_stream;
    }
    is_counted($server, 0, 'nobody is left');
    is(Onair::Http->get($server->port, '/b')->{status}, 200, 'answered');
    ok(wait_for(sub {
        my $now = Onair::Http->json($server->port, '/plain/acted')->{now};
        return $now && $now->{title} eq 'acted';
    }), 'a publication may be one');
    $server->end_checks;
}

# nginx counts such a body, and gives it up after a time.
sub a_body_that_never_comes_does_not_outlive_a_post_action
{
    my $server = start(<<'END');
        lingering_timeout 300ms;
        location /live/ { onair; post_action /acct; }
        location = /onair { onair_status; post_action /acct; }
END
    publish($server, 'one');
    my ($worker) = $server->workers;
    my $asked = asked('/held');
    my @paths = ('/live/rock', '/live/rock?wait=9&since=' . present_id($server),
        '/live/a%20b', '/onair');
    my @clients;
    for my $path (@paths) {
        push @clients, Onair::Http->connect(port => $server->port);
        $clients[-1]->send_request(path => $path,
            headers => { 'Content-Length' => 10 });
    }
    $clients[1]->close_stream;
    ok(asked('/held', $asked + @paths), 'each answer is accounted');
    my $until = Time::HiRes::time() + 1;
    ok(wait_for(sub { Onair::Http->get($server->port, '/status');
        Time::HiRes::time() > $until }), 'longer than nginx waits for it');
    is(join(' ', $server->workers), $worker, 'the worker lives');
    $slow->stop;
    is(($_->until_eof(10) // 'open') ne 'open', 1, 'and all end')
        for @clients[0, 2, 3];
    $slow->start;
    $server->end_checks(allow => [qr/upstream/]);
}

# --- mirror, and other background subrequests ---

sub changes_do_not_wait_for_a_mirror
{
    my $server = start(<<'END');
        location /live/ { onair; mirror /never; }
        location = /echo { onair_echo; mirror /never; }
END
    publish($server, 'one');
    my $from = asked('/never');
    my $echo = Onair::WebSocket->connect(port => $server->port,
        path => '/echo');
    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock', early => Onair::WebSocket::frame_bytes(9, 'hi'));
    my $sse = Onair::Sse->connect(port => $server->port,
        path => '/live/rock');
    is($_->json->{now}{title}, 'one', 'greeted') for $ws, $sse;
    ok(asked('/never', $from + 3), 'the mirrors hang');
    publish($server, 'two');
    is($_->json(5)->{now}{title}, 'two', 'and changes come') for $ws, $sse;
    is(($ws->{pongs} // [])->[0], 'hi', 'what came early was heard');
    $ws->send_text('{"subscribe":["jazz"]}');
    is($ws->json(5)->{station}, 'jazz', 'commands are');
    $echo->send_text('back');
    is($echo->text(5), 'back', 'echoes come');
    $ws->send_close(1000);
    is($ws->close_code(5), 1000, 'a close is answered');
    $ws->close_stream;
    $sse->reset_connection;
    $echo->send_close(1000);
    is($echo->close_code(5), 1000, 'by the echo too');
    $echo->close_stream;
    is_counted($server, 0, 'and all go');
    $server->end_checks;
}

sub a_worker_leaves_though_a_mirror_hangs
{
    my $server = start('location /live/ { onair; mirror /never; }');
    publish($server, 'one');
    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock');
    my $sse = Onair::Sse->connect(port => $server->port,
        path => '/live/rock');
    $_->json for $ws, $sse;
    $server->reload;
    is($ws->close_code(5), 1012, 'goodbye is said');
    $ws->send_close(1012);
    while ($sse->block(5)) { }
    ok($sse->ended, 'to events too');
    $_->close_stream for $ws, $sse;
    ok(wait_for(sub { !$server->leaving_workers }, 15), 'the worker goes');
    $server->end_checks;
}

# --- signals ---

sub what_a_worker_counted_goes_with_it
{
    for my $signal (qw(TERM INT QUIT KILL)) {
        for my $leaving (1, 0) {
            next if $signal eq 'QUIT' && !$leaving;
            my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 60s;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_h2%% http2;
        location /live/ { onair; onair_connections per_ip=5; }
        location /publish/ { onair_publish; }
        location /plain/ { onair; }
        location = /status { onair_status; }
    }
END
            publish($server, 'one');
            my $id = present_id($server);
            my $poll = Onair::Http->connect(port => $server->port);
            $poll->send_request(path => "/live/rock?wait=50&since=$id");
            my @clients = ($poll, h2_stream($server, '/live/rock',
                    ['accept', 'text/event-stream']),
                map { $_->connect(port => $server->port,
                    path => '/live/?stations=rock,*') }
                qw(Onair::WebSocket Onair::Sse));
            ok(wait_for(sub { counted($server) =~ /^4 / }), 'four are there');
            my @old = $server->workers;
            $server->reload if $leaving;
            $server->signal($signal, $_) for @old;
            my $what = "$signal of a worker" . ($leaving ? ' that leaves' : '');
            ok(wait_for(sub {
                my %now = map { $_ => 1 } $server->workers,
                    $server->leaving_workers;
                return !grep { $now{$_} } @old;
            }, 20), "$what ends it") if $signal ne 'QUIT';
            $_->close_stream for @clients;
            is_counted($server, 0, "$what leaves nothing");
            my $next = Onair::WebSocket->connect(port => $server->port,
                path => '/live/rock');
            is($next->status, 101, 'the caps have room again');
            $next->close_stream;
            $server->end_checks(allow => [
                qr/exited on signal/, qr/open socket #/, qr/aborting/ ]);
        }
    }
}

a_subscriber_ends_with_its_client_though_a_post_action_goes_on();
a_post_action_runs_at_the_end_of_a_stream();
a_post_action_may_be_ours();
a_body_that_never_comes_does_not_outlive_a_post_action();
changes_do_not_wait_for_a_mirror();
a_worker_leaves_though_a_mirror_hangs();
what_a_worker_counted_goes_with_it();
done_testing();
