#!/usr/bin/env perl

# A worker that leaves says goodbye to everybody, spread over onair_drain, in
# the words of each transport, and pushes changes until then.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for spawn slurp terminate scratch_dir);
use Onair::Server;
use Onair::Source;
use Onair::Sse;
use Onair::Stream;
use Onair::Tls;
use Onair::WebSocket;

my $lines = Onair::Tls::lines();
my $count = 0;

sub start
{
    my ($drain, %parts) = @_;
    return Onair::Server->new(workers => 1, files => Onair::Tls::files(),
        %parts, http => <<"END");
    onair_drain $drain;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl;
        listen 127.0.0.1:%%PORT_h2%% ssl http2;
        $lines
        location /live/ { onair; }
        location = /echo { onair_echo; onair_max_message 8m; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
}

sub publish
{
    my ($server, $title) = @_;
    my $answer = Onair::Http->post($server->port, '/publish/rock',
        JSON::PP->new->encode({ title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

# One client of each kind.
sub clients
{
    my ($server) = @_;
    my %clients;
    for my $tls ('', 'tls') {
        my %to = (port => $server->port($tls), tls => $tls,
            path => '/live/rock');
        $clients{"WebSocket $tls"} = Onair::WebSocket->connect(%to);
        $clients{"echo $tls"} = Onair::WebSocket->connect(%to,
            path => '/echo');
        $clients{"events $tls"} = Onair::Sse->connect(%to);
        $clients{"events 1.0 $tls"} = Onair::Sse->connect(%to,
            version => '1.0');
        my $poll = $clients{"poll $tls"} = Onair::Http->connect(%to);
        my $state = Onair::Http->json($server->port, '/live/rock');
        $poll->send_request(path => '/live/rock?wait=60&since='
                . "$state->{epoch}:$state->{seq}");
    }
    for my $name (keys %clients) {
        $clients{$name}->json if $name =~ /^(?:WebSocket|events)/;
    }
    wait_for(sub { listeners($server) >= keys %clients })
        or die "not all are there\n";
    return %clients;
}

sub listeners
{
    my ($server) = @_;
    my $status = Onair::Http->json($server->port, '/status');
    my $sum = 0;
    for my $worker (@{ $status->{workers} }) {
        $sum += $_ for values %{ $worker->{subscribers} };
    }
    return $sum;
}

# What a client was told at the end, in words.
sub goodbye
{
    my ($name, $client) = @_;
    if ($name =~ /^(?:WebSocket|echo)/) {
        my $code = $client->close_code(15) // 'none';
        $client->send_close(1012) if $name =~ / \z/;
        $client->until_eof(10) // return "close $code, no end";
        return "close $code, end";
    }
    if ($name =~ /^poll/) {
        my $answer = $client->answer(15) // return 'no answer';
        return "answer $answer->{status}";
    }
    my $retry = 'none';
    while (my $block = $client->block(15)) {
        $retry = $block->{retry}
            if defined $block->{retry} && !defined $block->{data};
    }
    return ($retry =~ /^\d+$/ && $retry >= 1000 && $retry <= 5000
        ? 'retry' : "retry $retry") . ($client->ended ? ', end' : ', cut');
}

sub farewell
{
    my ($name) = @_;
    return $name =~ /^poll/ ? qr/^answer (?:200|304)$/
        : $name =~ /^events/ ? qr/^retry, end$/ : qr/^close 1012, end$/;
}

sub all_are_told
{
    my ($server, $how, %clients) = @_;
    for my $name (sort keys %clients) {
        like(goodbye($name, $clients{$name}), farewell($name),
            "$how: $name");
        $clients{$name}->close_stream;
    }
}

sub a_reload_tells_everybody
{
    my $server = start('1s');
    publish($server, 'before');
    my %clients = clients($server);
    my $began = time;
    $server->reload;
    all_are_told($server, 'reload', %clients);
    cmp_ok(time - $began, '<', 12, 'in time');
    ok(wait_for(sub { !$server->leaving_workers }, 15), 'the worker goes');
    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock');
    is($ws->json->{now}{title}, 'before', 'the next has the state');
    $ws->close_stream;
    $server->end_checks;
}

sub quitting_tells_everybody
{
    my $server = start('0s');
    publish($server, 'before');
    my %clients = clients($server);
    $server->signal('QUIT');
    all_are_told($server, 'quit', %clients);
    ok($server->stop(0, 15), 'nginx goes by itself');
    $server->end_checks;
}

sub a_short_shutdown_timeout_tells_everybody
{
    my $server = start('60s', main => 'worker_shutdown_timeout 3s;');
    publish($server, 'before');
    my %clients = clients($server);
    my $began = time;
    $server->reload;
    all_are_told($server, 'worker_shutdown_timeout', %clients);
    ok(wait_for(sub { !$server->leaving_workers }, 10), 'the worker goes');
    cmp_ok(time - $began, '<', 9, 'when it must');
    $server->end_checks;
}

# The worker does not wait for who never answers.
sub silence_does_not_hold_it
{
    my $server = start('0s');
    publish($server, 'before');
    my %clients = clients($server);
    my $began = time;
    $server->reload;
    ok(wait_for(sub { !$server->leaving_workers }, 15),
        'clients that do not close do not keep the worker');
    cmp_ok(time - $began, '>', 4, 'but they have their time');
    $server->end_checks;
}

sub goodbyes_are_spread_and_changes_go_on
{
    my $server = start('3s');
    publish($server, 'before');
    my @clients = map { Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock') } 1 .. 60;
    $_->json for @clients;
    my $began = time;
    $server->reload;
    publish($server, 'meanwhile');
    my (%told, %left, $order);
    my $done = wait_for(sub {
        for my $i (0 .. $#clients) {
            next if defined $left{$i};
            my $ws = $clients[$i];
            while (my $frame = $ws->frame(0)) {
                $told{$i} = 1 if $frame->{payload} =~ /"meanwhile"/;
                next if $frame->{opcode} != 8;
                $left{$i} = time - $began;
                $ws->close_stream;
                last;
            }
        }
        return keys %left == @clients;
    }, 15);
    ok($done, 'all had a goodbye');
    my @times = sort { $a <=> $b } values %left;
    cmp_ok($times[-1] - $times[0], '>', 1.5, 'spread over the time');
    cmp_ok($times[30] - $times[0], '>', 0.5, 'evenly');
    cmp_ok($times[-1], '<', 6, 'and not over more');
    cmp_ok(scalar(keys %told), '>', 20, 'who still waited had the change');
    my @missing = grep { !$told{$_} && $left{$_} > 1.5 } keys %left;
    is("@missing", '', 'all who stayed long enough');
    my @order = sort { $left{$a} <=> $left{$b} } keys %left;
    isnt("@order", join(' ', 0 .. $#clients), 'in no order');
    $server->end_checks;
}

# What was begun is finished before the goodbye.
sub a_frame_under_way_is_finished
{
    my $server = start('0s');
    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/echo', rcvbuf => 4096, timeout => 20);
    $ws->send_frame(2, 'x' x (6 << 20));
    ok(wait_for(sub { $ws->more(time); length $ws->{in} }), 'an answer begins');
    $server->reload;
    my $got = $ws->message(20);
    is(length $got->{payload}, 6 << 20, 'and is whole');
    is($ws->close_code(10), 1012, 'then comes the goodbye');
    $ws->close_stream;
    $server->end_checks;
}

sub http2_streams_are_ended
{
    my $server = start('0s');
    publish($server, 'before');
    my $out = scratch_dir() . '/curl';
    my $pid = spawn($out, 'curl', '-sSkN', '--http2', '--max-time', '30',
        '-H', 'Accept: text/event-stream',
        'https://127.0.0.1:' . $server->port('h2') . '/live/rock');
    ok(wait_for(sub { (slurp($out) // '') =~ /before/ }), 'events over HTTP/2');
    $server->reload;
    ok(wait_for(sub { waitpid($pid, 1) == $pid }, 15), 'end');
    is($?, 0, 'in an orderly way');
    like(slurp($out), qr/\}\n\n(?::\n)*retry: \d+\n\n\z/, 'with retry');
    ok(wait_for(sub { !$server->leaving_workers }, 15), 'the worker goes');
    $server->end_checks;
}

sub h2_frame
{
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1)
        . pack('CCN', $type, $flags, $stream) . $payload;
}

# The frames of stream 1 that came, until its end, as [type, flags, payload].
sub h2_frames
{
    my ($client) = @_;
    my @frames;
    while (my $head = $client->bytes(9)) {
        my ($size, $type, $flags, $stream) = unpack 'NCCN', "\0$head";
        my $payload = $size ? $client->bytes($size) : '';
        next unless $stream == 1;
        push @frames, [$type, $flags, $payload];
        last if $type == 3 || $flags & 1;
    }
    return @frames;
}

# One whose window is closed while a change is on its way to it.
sub a_slow_http2_stream_is_ended_in_an_orderly_way
{
    my $server = start('0s');
    publish($server, 'before');
    my $client = Onair::Stream->open_stream(port => $server->port('h2'),
        tls => { SSL_alpn_protocols => ['h2'] });
    my $headers = join '', map { pack 'x C/a* C/a*', @$_ }
        [':method', 'GET'], [':scheme', 'https'], [':authority', 'localhost'],
        [':path', '/live/rock'], ['accept', 'text/event-stream'];
    $client->send_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . h2_frame(4, 0, 0, pack 'nN', 4, 900) . h2_frame(1, 5, 1, $headers));
    my $totals = sub {
        return Onair::Http->json($server->port, '/status')->{totals}{ $_[0] };
    };
    ok(wait_for(sub { $totals->('connects') }), 'a stream of a small window');
    publish($server, 'after');
    ok(wait_for(sub { $totals->('messages') == 2 }),
        'is greeted and has a change on its way');
    $server->reload;
    ok(wait_for(sub { $totals->('goodbyes') }), 'when its worker leaves');
    $client->send_bytes(h2_frame(8, 0, 0, pack 'N', 1 << 20)
        . h2_frame(8, 0, 1, pack 'N', 1 << 20));
    my @frames = h2_frames($client);
    is($frames[-1][0], 0, 'it ends with data');
    like(join('', map { $_->[0] == 0 ? $_->[2] : '' } @frames),
        qr/"after".*\}\n\n(?::\n)*retry: \d+\n\n\z/, 'the change, and the goodbye');
    $client->close_stream;
    ok(wait_for(sub { !$server->leaving_workers }, 15), 'the worker goes');
    $server->end_checks;
}

# The roster has places for 128; the rest is told to leave all the same.
sub workers_without_a_place_say_goodbye
{
    my $why_not = Onair::Process::memory_says_nothing();
    SKIP: {
        skip "140 workers are too many: $why_not", 3 if $why_not;
        my $server = Onair::Server->new(workers => 140, connections => 64,
            http => <<'END');
    onair_drain 500ms;
    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END
        my @clients = map {
            Onair::WebSocket->connect(port => $server->port,
                path => '/live/rock')
        } 1 .. 300;
        my $greeted = grep { $_->json } @clients;
        is($greeted, 300, '140 workers greet 300 clients');
        $server->stop('QUIT', 60);
        my $told = grep { ($_->close_code(10) // 0) == 1012 } @clients;
        is($told, 300, 'and each gets its goodbye');
        $server->end_checks;
    }
}

# At a reload old workers may have had all the places.
sub who_found_no_place_gets_one
{
    my $why_not = Onair::Process::memory_says_nothing();
    SKIP: {
        skip "200 workers are too many: $why_not", 5 if $why_not;
        my $server = Onair::Server->new(workers => 100, connections => 64,
            http => <<'END');
    onair_drain 100ms;
    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /live/ { onair; onair_connections per_ip=1000; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
        $server->reload;
        my @clients = map {
            Onair::WebSocket->connect(port => $server->port,
                path => $_ % 2 ? '/live/rock' : '/live/?stations=*')
        } 1 .. 200;
        is(scalar(grep { $clients[2 * $_]->json } 0 .. 99), 100, 'greeted');
        like($server->log, qr/\[warn\].*onair: more than 128 workers/,
            'some workers found no place');
        my $status;
        my $are = sub {
            my ($count) = @_;
            return wait_for(sub {
                $status = Onair::Http->json($server->port, '/status');
                my $all = 0;
                $all += $_->{subscribers}{websocket} for @{ $status->{workers} };
                my $zone = $status->{zones}[0];
                return @{ $status->{workers} } == 100 && $all == $count
                    && $zone->{subscribers} == $count
                    && $zone->{list}[0]{subscribers} == $count
                    && $zone->{connections} == $count;
            }, 20);
        };
        publish($server, 'Title');
        ok($are->(200), 'they have one later, with all that they hold')
            or diag(explain($status->{zones}[0]));
        $_->close_stream for @clients;
        ok($are->(0), 'and nothing when all are gone')
            or diag(explain($status->{zones}[0]));
        $server->end_checks;
    }
}

# Old workers of others have been seen at 100 % of a CPU after a reload.
sub who_waits_for_slow_clients_does_so_asleep
{
    my $server = start('1s');
    publish($server, 'before');
    my $echo = Onair::WebSocket->connect(port => $server->port,
        path => '/echo', rcvbuf => 4096, timeout => 20);
    $echo->send_frame(2, 'x' x (6 << 20));
    my $h2 = Onair::Stream->open_stream(port => $server->port('h2'),
        tls => { SSL_alpn_protocols => ['h2'] });
    my $headers = join '', map { pack 'x C/a* C/a*', @$_ }
        [':method', 'GET'], [':scheme', 'https'], [':authority', 'localhost'],
        [':path', '/live/rock'], ['accept', 'text/event-stream'];
    $h2->send_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . h2_frame(4, 0, 0, pack 'nN', 4, 20) . h2_frame(1, 5, 1, $headers));
    my $silent = Onair::WebSocket->connect(port => $server->port('tls'),
        tls => 1, path => '/live/rock');
    $silent->json;
    my ($old) = $server->workers;
    my $ticks = sub {
        my $stat = slurp("/proc/$old/stat") // return;
        my @fields = split ' ', $stat =~ s/^.*\) //sr;
        return $fields[11] + $fields[12];
    };
    $server->reload;
    publish($server, 'after');
    is($silent->close_code(10), 1012, 'a goodbye that is not answered');
    my ($before, $began) = ($ticks->(), time);
    Time::HiRes::sleep(2);
    my $after = $ticks->();
    ok(defined $after, 'the old worker waits for those who do not read');
    cmp_ok(($after // 0) - $before, '<', 40 * (time - $began),
        'asleep') or diag "$before to $after ticks";
    $_->close_stream for $echo, $h2, $silent;
    ok(wait_for(sub { !$server->leaving_workers }, 15), 'the worker goes');
    $server->end_checks;
}

# Its request may live on while nginx lingers.
sub who_was_refused_for_want_of_memory_is_told_nothing_more
{
    my $poor = Onair::Server->new(workers => 1,
        main => $> == 0 ? 'user root;' : '', http => <<'END');
    onair_zone onair:130m stations=26000;
    onair_drain 0;
    server {
        listen 127.0.0.1:%%PORT%%;
        lingering_close always;
        lingering_timeout 1s;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
    }
END
    publish($poor, 'Title');
    my $all = '/live/?stations=*';
    my $tag = Onair::Http->get($poor->port, $all)->{headers}{etag};
    my $other = Onair::WebSocket->connect(port => $poor->port,
        path => '/live/rock');
    $other->json;
    my ($worker) = $poor->workers;
    my ($has) = slurp("/proc/$worker/status") =~ /^VmSize:\s+(\d+) kB/m;
    my $most = $has * 1024;
    if ($has > 2**30 || system 'prlimit', "--pid=$worker", "--as=$most:") {
        note('not with a sanitizer, nor where limits cannot be set');
        return;
    }
    my $client = Onair::Http->connect(port => $poor->port);
    $client->send_request(path => "$all&wait=60", headers =>
            { 'If-None-Match' => $tag, Connection => 'close' });
    is(($client->answer // {})->{status}, 503, 'no memory for a long poll');
    system 'prlimit', "--pid=$worker", '--as=unlimited:';
    $poor->signal('QUIT');
    is($other->close_code(10), 1012, 'all who are there are told at once');
    $poor->stop;
    $client->close_stream;
    $poor->end_checks(allow => [qr/\[emerg\].*malloc\(\d+\) failed/]);
}

# A download may keep an old worker for hours, and with it a zone that nobody
# sees any more.
sub who_is_left_without_subscribers_polls_no_more
{
    my $source = Onair::Source->new(
        body => Onair::Source::icecast(rock => 'Artist - Title'));
    my $http = sub { return <<"END" };
    onair_zone onair:$_[0];
    onair_drain 100ms;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal;
            proxy_pass ${\ $source->url };
            proxy_set_header X-Pid \$pid;
            onair_poll interval=200ms;
        }
        location /live/ { onair; }
        location /download/ { alias %%DIR%%/html/; limit_rate 1k; }
    }
END
    my $server = Onair::Server->new(workers => 1, http => $http->('1m'),
        files => { 'html/file' => 'x' x 1_000_000 });
    my $download = Onair::Http->connect(port => $server->port);
    $download->send_request(path => '/download/file');
    ok($download->head, 'a download begins');
    my ($old) = $server->workers;
    $server->reload(http => $http->('2m'));
    my ($new) = $server->workers;
    my $polls = sub {
        my ($pid) = @_;
        return scalar grep { ($_->{headers}{'x-pid'} // 0) == $pid }
            $source->requests;
    };
    ok(wait_for(sub { $polls->($new) >= 2 }), 'the new worker polls');
    # Longer than it would take for the lease of a zone that nobody leads.
    my ($of_old, $of_new) = ($polls->($old), $polls->($new));
    ok(wait_for(sub { $polls->($new) >= $of_new + 25 }, 30), 'and goes on');
    is_deeply([$server->leaving_workers], [$old], 'the old one is still there');
    cmp_ok($polls->($old) - $of_old, '<=', 1, 'and does not');
    $download->close_stream;
    ok(wait_for(sub { !$server->leaving_workers }, 15), 'it goes');
    $server->end_checks;
}

a_reload_tells_everybody();
quitting_tells_everybody();
a_short_shutdown_timeout_tells_everybody();
silence_does_not_hold_it();
goodbyes_are_spread_and_changes_go_on();
a_frame_under_way_is_finished();
http2_streams_are_ended();
a_slow_http2_stream_is_ended_in_an_orderly_way();
workers_without_a_place_say_goodbye();
who_found_no_place_gets_one();
who_waits_for_slow_clients_does_so_asleep();
who_was_refused_for_want_of_memory_is_told_nothing_more();
who_is_left_without_subscribers_polls_no_more();
done_testing();
