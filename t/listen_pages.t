#!/usr/bin/env perl

# Pages that listen: over WebSocket and by server-sent events, told what the
# sound is and its titles exactly where they begin; what they come back to.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp scratch_dir spawn);
use Onair::Server;
use Onair::Sound;
use Onair::Sse;
use Onair::Tls;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8;
my $sound = Onair::Sound->new;

my $http = <<"END";
    onair_zone live:1m sound=512k;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /pull {
            internal; proxy_pass http://127.0.0.1:${\ $sound->port };
            onair_pull zone=live station=rock;
        }
        location /hear/ {
            onair_listen zone=live; onair_log %%DIR%%/heard.log;
        }
        location = /our { onair_listen rock zone=live; onair_origin same; }
    }
    server {
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        ${\ Onair::Tls::lines() }
        location /hear/ { onair_listen zone=live; }
    }
END
my $server = Onair::Server->new(workers => 2, http => $http,
    files => Onair::Tls::files());

sub socket_to
{
    my ($path, %given) = @_;
    return Onair::WebSocket->connect(port => $server->port, path => $path,
        timeout => 15, %given);
}

sub events_of
{
    my ($path, %given) = @_;
    return Onair::Sse->connect(port => $server->port, path => $path,
        timeout => 15, %given);
}

# What a page is told next: [kind, value]; kind is sound, title, begin or head.
sub next_of
{
    my ($page) = @_;
    if ($page->isa('Onair::WebSocket')) {
        my $message = $page->message // return;
        return ['sound', $message->{payload}] if $message->{opcode} == 2;
        my $words = $json->decode($message->{payload});
        my $kind = exists $words->{type} ? 'begin'
            : exists $words->{head} ? 'head' : 'title';
        return [$kind, $words];
    }
    my $event = $page->event // return;
    $page->{last_id} = $event->{id} if defined $event->{id};
    return ['sound', decode_base64($event->{data})] if !$event->{event};
    my $kind = $event->{event} eq 'sound' ? 'begin' : $event->{event};
    return [$kind, $json->decode($event->{data})];
}

# So much of sound and what was said in it: (bytes, [kind, words, byte], ...).
sub heard
{
    my ($page, $size) = @_;
    my ($bytes, @said) = ('');
    while (length $bytes < $size) {
        my $next = next_of($page) // last;
        if ($next->[0] eq 'sound') {
            $bytes .= $next->[1];
        } else {
            push @said, [@$next, length $bytes];
        }
    }
    return ($bytes, @said);
}

sub in_a_row
{
    my @numbers = Onair::Sound::frames($_[0]);
    for my $i (1 .. $#numbers) {
        return 0 if $numbers[$i] != $numbers[$i - 1] + 1;
    }
    return @numbers > 0;
}

sub is_told_exactly
{
    my ($name, $page, $first_of_all) = @_;
    my ($bytes, $begin, $title, @later) = heard($page, 120_000);
    ok(in_a_row($bytes), "$name: every frame once");
    is($begin->[0], 'begin', "$name: first what it is");
    my $what = $begin->[1];
    is_deeply([@$what{qw(type bitrate burst)}], ['audio/mpeg', 128, 4],
        "$name: type, bit rate and burst");
    is($begin->[2], 0, "$name: in front of the sound");
    is($title->[0], 'title', "$name: then a title");
    # The first of all hears the source's first block.
    cmp_ok($title->[2], '<=', $first_of_all ? 3000 : 0,
        "$name: of the burst's begin");
    like($title->[1]{text}, qr/^Band - Title \d+$/, "$name: as text");
    is("$title->[1]{artist} - $title->[1]{title}", $title->[1]{text},
        "$name: and in parts");
    cmp_ok(scalar @later, '>=', 2, "$name: titles change");
    my ($first) = Onair::Sound::frames($bytes);
    my ($wrong_place, $wrong_frame) = (0, 0);
    for my $cue (@later) {
        my ($kind, $words, $at) = @$cue;
        $wrong_place++ if $words->{position} != $what->{position} + $at
            || $at % $Onair::Sound::frame_size;
        my ($k) = $words->{text} =~ /^Band - Title (\d+)$/;
        my $late = $first + $at / $Onair::Sound::frame_size
            - ($k // 0) * $Onair::Sound::frames_a_title;
        # The source says it in its next block, seven frames apart.
        $wrong_frame++ if $late < 0 || $late > 9;
    }
    is($wrong_place, 0, "$name: between two frames, at the place it names");
    is($wrong_frame, 0, "$name: where the source said it");
    return ($what->{position}, $bytes);
}

sub a_socket_wakes_the_source_and_is_told_exactly
{
    is(scalar(my @asked = $sound->connections), 0, 'nobody listens yet');
    my $ws = socket_to('/hear/rock', origin => 'http://other.example');
    is($ws->status, 101, 'a WebSocket is opened');
    ok($ws->accept_is_right, 'with the right key');
    is($ws->header('Sec-WebSocket-Extensions'), undef, 'nothing is deflated');
    my ($position, $bytes) = is_told_exactly('WebSocket', $ws, 1);
    is(scalar(@asked = $sound->connections), 1, 'the source was asked once');

    $ws->send_text('hello');
    $ws->send_ping('x');
    ok(in_a_row($bytes . (heard($ws, 20_000))[0]), 'what it says is no matter');
    ok(grep({ $_ eq 'x' } @{ $ws->{pongs} // [] }), 'a ping is answered');
    $ws->reset_connection;

    my $had = length($bytes) - 777;
    my $again = socket_to('/hear/rock?from=' . ($position + $had));
    my ($more, $begin) = heard($again, 40_000);
    is($begin->[1]{position}, $position + $had, 'it comes back to its place');
    ok(in_a_row(substr($bytes, 0, $had) . $more), 'at the very byte');
    $again->send_close(1000);
    is($again->close_code(5), 1000, 'a goodbye is answered');
}

sub events_are_told_exactly
{
    my $sse = events_of('/hear/rock');
    is($sse->status, 200, 'events');
    is($sse->header('Content-Type'), 'text/event-stream', 'of that type');
    is($sse->header('Access-Control-Allow-Origin'), '*', 'for other pages');
    my ($position, $bytes) = is_told_exactly('events', $sse);
    is($sse->{last_id}, $position + length $bytes,
        'an id is the place behind it');
    $sse->reset_connection;
    my $again = events_of('/hear/rock', last_event_id => $sse->{last_id});
    my ($more) = heard($again, 40_000);
    ok(in_a_row($bytes . $more), 'it comes back at the very byte');

    my $old = events_of('/hear/rock', version => '1.0');
    is($old->header('Transfer-Encoding'), undef, 'HTTP/1.0 without chunks');
    ok(in_a_row((heard($old, 60_000))[0]), 'and whole');
    my $head = Onair::Http->request(port => $server->port,
        path => '/hear/rock', method => 'HEAD',
        headers => { Accept => 'text/event-stream' });
    is($head->{headers}{'content-type'}, 'text/event-stream', 'HEAD');
}

# What curl got of a URL, once that was so many bytes.
sub curled
{
    my ($bytes, @arguments) = @_;
    my $dir = scratch_dir();
    my $pid = spawn("$dir/log", 'curl', '-skN', '-m', 60, '-o',
        "$dir/got", '-D', "$dir/head", @arguments);
    wait_for(sub { (-s "$dir/got" // 0) > $bytes }, 60);
    kill 'TERM', $pid;
    waitpid $pid, 0;
    return (slurp("$dir/got") // '', slurp("$dir/head") // '');
}

sub over_tls_and_http_2
{
    my $url = 'https://127.0.0.1:' . $server->port('tls') . '/hear/rock';
    my ($got, $head) = curled(80_000, '--http2', $url);
    like($head, qr{^HTTP/2 200}, 'HTTP/2');
    cmp_ok(length $got, '>', 80_000, 'the burst and more');
    ok(in_a_row($got), 'whole');
    ($got, $head) = curled(80_000, '--http1.1', $url);
    like($head, qr{^HTTP/1.1 200}, 'TLS');
    cmp_ok(length $got, '>', 80_000, 'the burst and more');
    ok(in_a_row($got), 'whole');
    ($got) = curled(120_000, '--http2', '-H', 'Accept: text/event-stream', $url);
    my $bytes = join '', map { decode_base64($_) }
        $got =~ /^id: \d+\ndata: (\S+)\n\n/mg;
    cmp_ok(length $bytes, '>', 80_000, 'events over HTTP/2');
    ok(in_a_row($bytes), 'whole');
    like($got, qr/^retry: \d+\nevent: sound\ndata: \{"type":"audio\/mpeg"/,
        'told what they are');
    my $ws = Onair::WebSocket->connect(port => $server->port('tls'),
        path => '/hear/rock', tls => 1, timeout => 15);
    is($ws->status, 101, 'a WebSocket over TLS');
    ok(in_a_row((heard($ws, 80_000))[0]), 'whole');
}

sub who_may_not_is_refused
{
    is(socket_to('/our', origin => 'http://other.example')->status, 403,
        'another origin');
    my $our = '127.0.0.1:' . $server->port;
    is(socket_to('/our', origin => "http://$our", headers => { Host => $our })
        ->status, 101, 'our own');
    is(socket_to('/hear/jazz')->status, 404, 'another station');
    is(socket_to('/hear/rock', headers => { 'Sec-WebSocket-Version' => 8 })
        ->status, 426, 'another version');
    is(events_of('/our', headers => { Origin => 'http://other.example' })
        ->status, 403, 'and so with events');
}

sub a_place_that_is_not_there
{
    my $ws = socket_to('/hear/rock?from=999999999999');
    my ($bytes, $begin) = heard($ws, 60_000);
    ok(in_a_row($bytes), 'of another ring: a new listener');
    $ws = socket_to('/hear/rock?from=0');
    ($bytes, $begin) = heard($ws, 60_000);
    ok(in_a_row($bytes) && $begin->[1]{position} % $Onair::Sound::frame_size
            == 0, 'long gone: the oldest start');
    for my $bad ('x', '-1', '1-', '99999999999999999999999', '%30') {
        my $page = socket_to("/hear/rock?from=$bad");
        ok(in_a_row((heard($page, 30_000))[0]), "from=$bad is no place");
    }
}

sub a_reload_is_not_heard_and_the_last_word_is_1012
{
    my @pages = (map({ socket_to('/hear/rock') } 1 .. 4),
        map { events_of('/hear/rock') } 1 .. 4);
    my @bytes = map { (heard($_, 20_000))[0] } @pages;
    $server->reload(main => 'worker_shutdown_timeout 6s;');
    $bytes[$_] .= (heard($pages[$_], 60_000))[0] for 0 .. $#pages;
    is(scalar(grep { in_a_row($_) } @bytes), scalar @pages,
        'pages of leaving workers hear everything');
    $server->reload;
    my $late = socket_to('/hear/rock');
    heard($late, 1000);
    $server->reload;
    is($late->close_code(20), 1012, 'a socket is told when time is up');
    my $sse = events_of('/hear/rock');
    heard($sse, 1000);
    $server->reload;
    1 while next_of($sse);
    ok($sse->{eof}, 'events end');
}

sub each_has_its_line
{
    ok(wait_for(sub {
        my $log = slurp($server->dir . '/heard.log') // '';
        $log =~ /transport=websocket.*messages=[1-9]\d*\ bytes=[1-9]\d+
                \ reason=\w+\ listener=websocket\ moved=0\n/x
            && $log =~ /transport=sse.*listener=sse\ moved=0\n/;
    }, 5), 'in the log');
}

a_socket_wakes_the_source_and_is_told_exactly();
events_are_told_exactly();
over_tls_and_http_2();
who_may_not_is_refused();
a_place_that_is_not_there();
a_reload_is_not_heard_and_the_last_word_is_1012();
each_has_its_line();

$sound->stop;
$server->stop;
$server->end_checks;
done_testing();
