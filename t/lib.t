#!/usr/bin/env perl

# The helpers of the other tests, on nginx alone: what stands on them can fail.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Icecast;
use Onair::Process qw(free_port spawn spawn_sub scratch_dir terminate);
use Onair::Server;
use Onair::Source;
use Onair::Sse;
use Onair::WebSocket;

$ENV{ONAIR_MODULE} = '';

sub a_server_starts_reloads_and_survives_a_worker
{
    my $server = Onair::Server->new(workers => 2, http => <<'END');
        server {
            listen 127.0.0.1:%%PORT%%;
            location / { return 200 "one $pid"; }
        }
END
    my @workers = $server->workers;
    is(scalar @workers, 2, 'two workers serve');
    like(Onair::Http->get($server->port, '/')->{body}, qr/^one \d+$/,
        'an answer comes');

    my @new = $server->reload(http => <<'END');
        server { listen 127.0.0.1:%%PORT%%; location / { return 200 two; } }
END
    my %old = map { $_ => 1 } @workers;
    is(scalar(grep { $old{$_} } @new), 0, 'a reload gives new workers');
    is(Onair::Http->get($server->port, '/')->{body}, 'two',
        'the new configuration is in force');

    my $client = Onair::Http->connect(port => $server->port);
    for my $turn (1, 2) {
        $client->send_request(path => '/');
        is($client->answer->{body}, 'two', "request $turn on one connection");
    }
    is(scalar($server->bad_lines), 0, 'nothing alarming so far');

    my $killed = $server->kill_worker;
    is(scalar(grep { $_ == $killed } $server->workers), 0,
        'another worker took the place of a killed one');
    like(join('', $server->bad_lines), qr/exited on signal 9/,
        'the log tells of the kill');
    ok($server->stop, 'nginx goes when asked');
    $server->end_checks(allow => [qr/exited on signal 9/]);
}

sub a_refused_configuration_is_told
{
    my $server = Onair::Server->new(stopped => 1, http => 'nonsense;');
    my ($said, $code) = $server->test_config;
    is($code, 1, 'nginx -t refuses');
    like($said, qr/unknown directive "nonsense"/, 'and says why');
    is(eval { $server->start; 1 }, undef, 'start dies');
    like($@, qr/unknown directive/, 'with the log');
}

sub one_process_alone_can_serve
{
    my $server = Onair::Server->new(master => 0, http => <<'END');
        server { listen 127.0.0.1:%%PORT_a%%; location / { return 204; } }
END
    is_deeply([$server->workers], [$server->pid], 'master_process off');
    is(Onair::Http->get($server->port('a'), '/')->{status}, 204, 'it serves');
    $server->end_checks;
}

sub the_source_does_what_it_is_told
{
    my $body = '{"a":"' . 'b' x 200 . '"}';
    my $source = Onair::Source->new(body => $body);
    my $get = sub { Onair::Http->get($source->port, shift, @_) };
    my $does = sub {
        my ($mode, %more) = @_;
        $source->set(mode => $mode, body => $body, %more);
        my $answer = $get->('/', timeout => 2);
        return 'nothing' unless $answer;
        my $body_is = $answer->{body} eq $body ? 'same'
            : index($body, $answer->{body}) == 0 ? 'part' : 'other';
        return "$answer->{status} $body_is "
            . ($answer->{whole} ? 'whole' : 'broken');
    };
    is($does->('normal'), '200 same whole', 'normal');
    is($does->('chunked'), '200 same whole', 'chunked');
    is($does->('close'), '200 same whole', 'close');
    is($does->('slow', piece => 100), '200 same whole', 'slow');
    is($does->('normal', status => 404), '404 same whole', 'status');
    is($does->('truncated'), '200 part broken', 'truncated');
    is($does->('rst'), '200 part broken', 'rst');
    is($does->('rst_chunked'), '200 part broken', 'rst_chunked');
    is($does->('rst_head'), 'nothing', 'rst_head');
    is($does->('etag'), '200 same whole', 'etag');
    my $tag = $get->('/')->{headers}{etag};
    is($get->('/', headers => { 'If-None-Match' => $tag })->{status}, 304,
        'and again');
    $source->set(mode => 'hang_body', body => $body);
    is($get->('/', timeout => 0.3)->{whole}, 0, 'hang_body');
    $source->set(mode => 'hang');
    is($get->('/', timeout => 0.3), undef, 'hang');
    $source->set(mode => 'garbage');
    is(eval { $get->('/'); 1 }, undef, 'garbage');
    $source->set(mode => 'big');
    is(length $get->('/')->{body}, 3_000_000, 'big');
    $source->set(path => '/own', body => 'own');
    is($get->('/own?x=1')->{body}, 'own', 'a path of its own');
    is(scalar($source->requests('/own?x=1')), 1, 'requests are counted');

    $source->stop;
    is(eval { $get->('/'); 1 }, undef, 'a stopped source refuses');
    $source->start;
    is($get->('/own')->{body}, 'own', 'until it starts again');
}

sub events_are_read_as_they_come
{
    my $source = Onair::Source->new(mode => 'feed');
    my $sse = Onair::Sse->connect(port => $source->port, path => '/');
    $source->feed(": hello\nretry: 7\n\nid: 1:2\nda");
    $source->feed("ta: {\"a\":1}\n\n");
    is_deeply($sse->block, { comment => 'hello' }, 'a comment');
    is_deeply($sse->block, { retry => 7 }, 'and what follows it');
    is_deeply($sse->json, { a => 1 }, 'an event in two pieces');
    is($sse->{last_id}, '1:2', 'with its id');
    ok($sse->is_silent(0.05), 'and no more');
}

# A server of one connection that answers the handshake and sends back the
# unmasked bytes of what follows as they are given by $reply.
sub websocket_server
{
    my ($reply) = @_;
    my $listener = IO::Socket::INET->new(Listen => 1,
        LocalAddr => '127.0.0.1') or die;
    my $dir = scratch_dir();
    my $pid = spawn_sub("$dir/log", sub {
        my $socket = $listener->accept;
        my $text = '';
        sysread $socket, $text, 4096, length $text until $text =~ /\r\n\r\n/;
        $text =~ /Sec-WebSocket-Key: (\S+)/;
        my $accept = MIME::Base64::encode_base64(Digest::SHA::sha1(
            "${1}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"), '');
        syswrite $socket, "HTTP/1.1 101 Switching Protocols\r\n"
            . "Sec-WebSocket-Accept: $accept\r\n\r\n";
        syswrite $socket, $_ and select undef, undef, undef, 0.01
            for @$reply;
        sysread $socket, $text, 4096;
        syswrite $socket, $text;
    });
    return ($listener->sockport, $pid);
}

sub frames_are_coded_and_decoded
{
    my $deflated = "\xaa\x56\x4a\x54\xb2\x32\xac\x05\x00";
    my $long = 'x' x 70000;
    my $frame = \&Onair::WebSocket::frame_bytes;
    my ($port, $pid) = websocket_server([
        $frame->(1, '{"a":', mask => 0, fin => 0), $frame->(9, 'p', mask => 0),
        $frame->(0, '1}', mask => 0),
        map({ substr $frame->(2, $long, mask => 0), $_ * 35005, 35005 } 0 .. 1),
        $frame->(1, 'y' x 126, mask => 0),
        $frame->(1, $deflated, mask => 0, rsv => 4),
    ]);
    my $ws = Onair::WebSocket->connect(port => $port, path => '/', mute => 1);
    $ws->{mute} = 1;
    is($ws->status, 101, 'the handshake is done');
    ok($ws->accept_is_right, 'and answers our key');
    is_deeply($ws->json, { a => 1 }, 'a message of two frames');
    is($ws->{pings}, 1, 'with a ping between them');
    is(length $ws->message->{payload}, 70000, 'a frame of 64-bit length');
    is($ws->text, 'y' x 126, 'a frame of 16-bit length');
    is_deeply($ws->json, { a => 1 }, 'a deflated message');
    $ws->send_close(4321, 'why');
    my $echo = $ws->frame;
    is($echo->{masked}, 1, 'what we send is masked');
    is($echo->{opcode}, 8, 'and a close frame');
    is($ws->frame, undef, 'nothing follows');
    ok($ws->eof, 'but the end');
    terminate($pid);
}

sub a_real_icecast_tells_its_title
{
    my $icecast = Onair::Icecast->new;
    $icecast->source('/rock', name => 'Rock FM', bitrate => 64);
    like($icecast->status, qr/"server_name":"Rock FM"/, 'the mount is there');
    ok($icecast->title('/rock', 'Bj\x{f6}rk - J\x{f3}ga'), 'a title is taken');
    my $seen = Onair::Process::wait_for(
        sub { $icecast->status =~ /"title":"Bj/ });
    ok($seen, 'and told');
    ok($icecast->stop_source('/rock'), 'the mount goes with its source');
}

sub nothing_is_left_running
{
    my $dir = scratch_dir();
    my $pid = fork // die;
    if ($pid == 0) {
        my $server = Onair::Server->new(http => '');
        Onair::Process::spew("$dir/pid", $server->pid);
        kill 'TERM', $$;
        sleep 60;
    }
    waitpid $pid, 0;
    my $master = Onair::Process::slurp("$dir/pid");
    ok($master, 'a test that started a server was stopped');
    ok(!kill(0, $master), 'and the server went with it');
}

sub a_port_is_given_to_one_test_alone
{
    srand 5;
    my %ours = map { free_port() => 1 } 1 .. 20;
    my $dir = scratch_dir();
    my $pid = spawn("$dir/ports", $^X, "-I$FindBin::Bin/lib",
        '-MOnair::Process=free_port',
        '-e', 'srand 5; print free_port(), "\n" for 1 .. 20');
    waitpid $pid, 0;
    my @theirs = split /\n/, Onair::Process::slurp("$dir/ports");
    is(scalar @theirs, 20, 'another test has its ports');
    ok(!grep({ $ours{$_} } @theirs), 'and none that this one has');
    srand;
}

sub a_port_that_is_taken_is_not_insisted_on
{
    my $taken = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
    my @ports = ($taken->sockport, free_port());
    no warnings 'redefine';
    local *Onair::Server::free_port = sub { shift @ports };
    my $server = Onair::Server->new(workers => 1, http => <<'END');
        server { listen 127.0.0.1:%%PORT%%; location / { return 200 here; } }
END
    is(Onair::Http->get($server->port, '/')->{body}, 'here',
        'the server takes another port');
    $server->end_checks;
}

a_server_starts_reloads_and_survives_a_worker();
a_port_is_given_to_one_test_alone();
a_port_that_is_taken_is_not_insisted_on();
a_refused_configuration_is_told();
one_process_alone_can_serve();
the_source_does_what_it_is_told();
events_are_read_as_they_come();
frames_are_coded_and_decoded();
SKIP: {
    skip 'no icecast2', 4 unless Onair::Icecast::binary();
    a_real_icecast_tells_its_title();
}
nothing_is_left_running();

done_testing();
