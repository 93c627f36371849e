#!/usr/bin/env perl

# Sources of sound that send what nobody should, and listeners that ask for it:
# nginx goes on, and other stations are heard.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

use Onair::Http;
use Onair::Process qw(wait_for spawn_sub terminate scratch_dir);
use Onair::Server;
use Onair::Sound;
use Onair::WebSocket;

srand 20261128;

my $ok = "HTTP/1.0 200 OK\r\nContent-Type: ";
my $mp3 = "${ok}audio/mpeg\r\n";

sub noise { return join '', map { chr int rand 256 } 1 .. $_[0] }

# A page of Ogg; its checksum is nobody's.
sub page
{
    my ($flags, $sequence, $payload) = @_;
    my @sizes = ((255) x int(length($payload) / 255), length($payload) % 255);
    return 'OggS' . pack('CCVVVVVC', 0, $flags, 0, 0, 7, $sequence, 0,
        scalar @sizes) . pack('C*', @sizes) . $payload;
}

# What each sends: [head, then piece after piece, the last again and again].
my %bad = (
    'noise' => ["$mp3\r\n", map { noise(20_000) } 1 .. 30],
    'heads-without-frames' => ["$mp3\r\n", "\xff\xfb\x90\xc4" x 8000],
    'frames-without-length' => ["$mp3\r\n", "\xff\xfb\x00\xc4" x 8000],
    'adts-of-seven-bytes' => ["${ok}audio/aac\r\n\r\n",
        "\xff\xf1\x50\x80\x00\xff\xfc" x 4000],
    'adts-of-none' => ["${ok}audio/aac\r\n\r\n",
        "\xff\xf1\x50\x80\x00\x1f\xfc" x 4000],
    'blocks-everywhere' => ["${mp3}icy-metaint: 1\r\n\r\n",
        ("\xff\xff" . noise(4080)) x 20],
    'a-huge-metaint' => ["${mp3}icy-metaint: 99999999999\r\n\r\n",
        noise(20_000)],
    'a-title-of-quotes' => ["${mp3}icy-metaint: 10\r\n\r\n",
        "x" x 10 . "\xff" . "StreamTitle='" . "';" x 2033 . "\0"],
    'an-endless-head' => [$mp3, "icy-name: " . 'n' x 60_000 . "\r\n"],
    'an-endless-icy-head' => ["ICY 200 OK\r\n",
        "icy-name: " . 'n' x 60_000 . "\r\n"],
    'an-icy-refusal' => ["ICY 401 Service Unavailable\r\n\r\n", ''],
    'pages-of-nothing' => ["${ok}audio/ogg\r\n\r\n",
        page(2, 0, "\x01vorbis" . "\0" x 23), page(0, 1, '') x 500],
    'head-pages-without-end' => ["${ok}audio/ogg\r\n\r\n",
        page(2, 0, "OpusHead\x01\x02" . "\0" x 9),
        map { page($_ > 1 ? 1 : 0, $_, ($_ == 1 ? 'OpusTags' : '')
            . "\xff" x 64_000) } 1 .. 20],
    'another-codec' => ["${ok}audio/ogg\r\n\r\n", page(2, 0, 'Speex   ' . "\0" x 72),
        page(0, 1, noise(3000))],
    'streams-in-streams' => ["${ok}audio/ogg\r\n\r\n",
        page(2, 0, "OpusHead\x01\x02" . "\0" x 9) x 200],
    'elements-without-end' => ["${ok}audio/webm\r\n\r\n",
        "\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff",
        "\x1f\x43\xb6\x75\xff" . noise(9000)],
    'a-huge-element' => ["${ok}audio/webm\r\n\r\n",
        "\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff\x16\x54\xae\x6b"
            . "\x01\x00\xff\xff\xff\xff\xff\xff", noise(20_000)],
    'nothing' => ["$mp3\r\n", ''],
    'not-a-word' => ['', ''],
    'a-page' => ["${ok}text/html\r\nContent-Length: 20\r\n\r\n",
        '<html>not found</html>'],
    'other-kinds-in-turn' => ["$mp3\r\n", "OggS" . noise(5000),
        "\x1a\x45\xdf\xa3" . noise(5000), "ID3\x04\0\0\x7f\x7f\x7f\x7f"
        . noise(5000)],
);
my @names = sort keys %bad;

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 100)
    or die "$!\n";
my $pid = spawn_sub(scratch_dir() . '/log', sub { serve($listener) });
my $port = $listener->sockport;
close $listener;

sub serve
{
    my ($listener) = @_;
    local $SIG{CHLD} = 'IGNORE';
    while (1) {
        my $client = $listener->accept or next;
        next if fork;
        local $SIG{PIPE} = 'DEFAULT';
        alarm 60;
        my $request = '';
        sysread $client, $request, 4096, length $request or exit
            while $request !~ /\r\n\r\n/;
        my ($name) = $request =~ m{^GET /(\S+)};
        my ($head, @pieces) = @{ $bad{$name} };
        syswrite $client, $head;
        while (1) {
            my $piece = @pieces > 1 ? shift @pieces : $pieces[0];
            while ($piece ne '') {
                my $sent = syswrite $client, $piece or exit;
                substr $piece, 0, $sent, '';
            }
            sleep 0.05;
        }
    }
}

my $good = Onair::Sound->new;
my $locations = join "\n", map { <<"END" } @names;
        location = /pull/$_ {
            internal; proxy_pass http://127.0.0.1:$port/$_;
            onair_pull station=$_ demand=1s timeout=3s;
        }
END
my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_zone onair:1m sound=256k;
    server {
        listen 127.0.0.1:%%PORT%%;
        $locations
        location = /pull/good {
            internal; proxy_pass http://127.0.0.1:${\ $good->port };
            onair_pull station=good;
        }
        location /hear/ { onair_listen; }
        location /now/ { onair; }
        location = /status { onair_status; }
    }
END

sub listener
{
    my ($path, %headers) = @_;
    my $http = Onair::Http->connect(port => $server->port);
    $http->send_request(path => $path, headers => \%headers);
    return $http;
}

sub in_a_row
{
    my @numbers = Onair::Sound::frames($_[0] // '');
    for my $i (1 .. $#numbers) {
        return 0 if $numbers[$i] != $numbers[$i - 1] + 1;
    }
    return @numbers > 0;
}

sub bad_sources_hurt_nobody
{
    my $witness = listener('/hear/good');
    $witness->head(20);
    my @workers = sort $server->workers;
    my (@all, @sockets);
    for my $name (@names) {
        push @all, listener("/hear/$name", 'Icy-MetaData' => 1),
            listener("/hear/$name", 'Sec-Fetch-Dest' => 'audio');
        push @sockets, Onair::WebSocket->open_stream(port => $server->port);
        $sockets[-1]->send_bytes("GET /hear/$name HTTP/1.1\r\nHost: a\r\n"
            . "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            . "Sec-WebSocket-Version: 13\r\n"
            . "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    }
    # Each source was asked, and asked again where it broke off.
    ok(in_a_row($witness->bytes(250_000, 60)), 'the good one is heard whole');
    is_deeply([sort $server->workers], \@workers, 'by the same workers');
    my $status = Onair::Http->json($server->port, '/status');
    my %state = map { $_->{station} => $_ } @{ $status->{sounds} };
    is(scalar keys %state, @names + 1, 'the status page has them all');
    for my $name (@names) {
        my $head = (shift @all)->head(12);
        ok(!$head || $head->{status} =~ /^(200|503)$/,
            "$name: " . ($head ? $head->{status} : 'waits'));
        shift @all;
    }
    $_->reset_connection for @sockets;
    my $state = Onair::Http->json($server->port, '/now/a-title-of-quotes');
    cmp_ok(length($state->{now}{text} // ''), '<', 2000, 'a title is bounded');
}

sub bad_listeners_hurt_nobody
{
    my $huge = '9' x 400;
    for my $range ('bytes=-', 'bytes=5-4', "bytes=$huge-", 'bytes=0-0,5-',
        'bytes=18446744073709551615-', 'lines=1-', "bytes=4611686018427387903-",
        'bytes=0x10-') {
        for my $from ('', '?from=0', "?from=$huge", '?from=-1', '?from=1-',
            '?from=4611686018427387903-4611686018427387903', '?from=1&from=2',
            '?from=18446744073709551615-1') {
            my $http = listener("/hear/good$from", Range => $range,
                'Sec-Fetch-Dest' => 'audio');
            my $status = ($http->head(10) // {})->{status} // 0;
            ok($status =~ /^(200|206|302)$/, "$range, '$from': $status");
            $http->reset_connection;
        }
    }
    my @silent = map { listener('/hear/good') } 1 .. 20;
    my $witness = listener('/hear/good');
    $witness->head(10);
    ok(in_a_row($witness->bytes(150_000, 30)), 'the good one is heard whole');
    $_->reset_connection for @silent;
}

bad_sources_hurt_nobody();
bad_listeners_hurt_nobody();

terminate($pid, 'TERM', 5);
$good->stop;
$server->stop;
$server->end_checks;
done_testing();
