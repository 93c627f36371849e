#!/usr/bin/env perl

# RFC 6455 to the letter, against onair_echo, in clear and over TLS: the ground
# of the public conformance suites, and what they leave out. ONAIR_FULL=1 also
# sends a message of every length from 0 to 65536, and everything byte by byte
# over TLS as well.

use strict;
use warnings;
no warnings 'portable';

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time);

use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Tls;
use Onair::WebSocket;

my $frame = \&Onair::WebSocket::frame_bytes;
my $lines = Onair::Tls::lines();
my $server = Onair::Server->new(workers => 1, files => Onair::Tls::files(),
    http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl;
        $lines
        onair_max_message 16m;
        location = /echo { onair_echo; }
        location = /limit { onair_echo; onair_max_message 1000; }
        location = /rated { onair_echo; onair_message_rate 1r/s burst=3; }
        location = /beat { onair_echo; onair_heartbeat 1s timeout=2s; }
        location /live/ { onair; onair_max_message 4k; }
    }
END

my $tls;    # the round that is run
my $round;

sub open_echo
{
    my (%given) = @_;
    return Onair::WebSocket->connect(path => '/echo',
        port => $server->port($tls ? 'tls' : ''), tls => $tls,
        timeout => 20, %given);
}

# Sends bytes, at once or in pieces of so many.
sub pour
{
    my ($ws, $bytes, $piece) = @_;
    return $ws->send_bytes($bytes) unless $piece;
    for (my $at = 0; $at < length $bytes; $at += $piece) {
        $ws->send_bytes(substr $bytes, $at, $piece) or return 0;
    }
    return 1;
}

# What comes back for these bytes on a connection of their own, in words: each
# message's kind and payload (long ones by length), each pong, the close code,
# and that the server then ended the connection.
sub said
{
    my ($bytes, %how) = @_;
    my $ws = open_echo(path => $how{path} // '/echo');
    pour($ws, $bytes, $how{piece});
    return heard($ws);
}

sub heard
{
    my ($ws) = @_;
    my @said;
    while (my $got = $ws->frame) {
        my $payload = $got->{payload};
        my $shown = length $payload > 150 ? length $payload : $payload;
        push @said, 'rsv' if $got->{rsv};
        push @said, 'masked' if $got->{masked};
        push @said, 'part' unless $got->{fin};
        push @said, ({ 1 => 'text', 2 => 'binary', 9 => 'ping', 10 => 'pong' }
            ->{ $got->{opcode} } // "opcode$got->{opcode}") . " $shown"
            if $got->{opcode} != 8;
        push @said, 'close'
            . (length $payload < 2 ? '' : ' ' . unpack 'n', $payload)
            if $got->{opcode} == 8;
    }
    push @said, 'end' if $ws->eof;
    push @said, 'reset' if $ws->{reset};
    push @said, 'rest' if length $ws->{in};
    return join ', ', @said;
}

my $bye = $frame->(8, pack 'n', 1000);

# The same bytes at once and byte by byte must be answered alike.
sub both_ways
{
    my ($bytes, $want, $name, %how) = @_;
    my $once = said($bytes, %how);
    is($once, $want, "$round$name");
    return if $tls && !$ENV{ONAIR_FULL};
    my $bitwise = said($bytes, %how, piece => 1);
    is($bitwise, $want, "$round$name, byte by byte");
}

sub every_length_comes_back
{
    my ($ws, $bad) = (open_echo(), 0);
    my @lengths = $ENV{ONAIR_FULL} ? (0 .. 65536)
        : (0 .. 300, map { $_ * 2047 } 1 .. 32);
    push @lengths, 65534 .. 65537, 131072, 1 << 20;
    for my $length (@lengths) {
        my $payload = substr join('', 'a' .. 'z') x ($length / 26 + 1), 0,
            $length;
        my $opcode = $length & 1 ? 2 : 1;
        $ws->send_frame($opcode, $payload);
        my $got = $ws->frame;
        $bad++ unless $got && $got->{opcode} == $opcode && $got->{fin}
            && !$got->{masked} && $got->{payload} eq $payload;
        last if $bad;
    }
    is($bad, 0, "$round" . @lengths . ' lengths come back');
    $ws->send_close(1000);
    is($ws->close_code, 1000, "${round}then the connection closes");
}

sub sixteen_megabytes_come_back
{
    for my $opcode ($tls ? 2 : (1, 2)) {
        for my $part ($opcode == 1 ? 16 << 20 : 65536) {
            my $ws = open_echo();
            my $payload = 'onair!*?' x (2 << 20);
            my $bytes = '';
            for (my $at = 0; $at < length $payload; $at += $part) {
                $bytes .= $frame->($at ? 0 : $opcode,
                    substr($payload, $at, $part),
                    fin => $at + $part >= length $payload);
            }
            $ws->send_bytes($bytes, 30);
            my $got = $ws->message(30);
            ok($got && $got->{opcode} == $opcode
                && $got->{payload} eq $payload,
                "${round}16 MiB in frames of $part, opcode $opcode");
        }
    }
    my $ws = open_echo();
    $ws->send_frame(2, '', length => (16 << 20) + 1, long => 64);
    is($ws->close_code, 1009, "${round}a byte more closes with 1009");
}

sub chopped_messages_come_back
{
    for my $piece (1, 7, 64, 997) {
        my $ws = open_echo();
        my $payload = 'x' x 65536;
        $payload = substr $payload, 0, 3000 if $piece == 1;
        pour($ws, $frame->(1, $payload), $piece);
        is($ws->text, $payload, "${round}in pieces of $piece");
    }
}

sub pings_are_answered
{
    for my $payload ('', 'x', 'Hello', "\0\xff\xfe" x 41, 'y' x 125) {
        my $ws = open_echo();
        $ws->send_ping($payload);
        my $got = $ws->frame;
        is_deeply([ @$got{qw(opcode fin rsv masked)}, $got->{payload} ],
            [ 10, 1, 0, 0, $payload ],
            "${round}a ping of " . length $payload);
    }
    both_ways($frame->(9, 'z' x 126, long => 16), 'close 1002, end',
        'a ping of 126 bytes is refused');
    both_ways($frame->(10, 'unasked') . $frame->(1, 'on') . $bye,
        'text on, close 1000, end', 'a pong alone means nothing');
    both_ways(join('', map { $frame->(9, "p$_") } 1 .. 10) . $bye,
        join(', ', map({ "pong p$_" } 1 .. 10), 'close 1000', 'end'),
        'ten pings have ten pongs, in order');
}

sub reserved_bits_and_opcodes_are_refused
{
    for my $rsv (1 .. 7) {
        both_ways($frame->(1, 'first') . $frame->(1, 'bad', rsv => $rsv)
                . $frame->(9, 'after'),
            'text first, close 1002, end', "reserved bits $rsv");
    }
    for my $opcode (9, 8) {
        both_ways($frame->($opcode, '', rsv => 5), 'close 1002, end',
            "reserved bits of a frame of opcode $opcode");
    }
    for my $opcode (3 .. 7, 11 .. 15) {
        both_ways($frame->($opcode, '') . $frame->(9, 'after'),
            'close 1002, end', "opcode $opcode");
        is(said($frame->(1, 'first') . $frame->($opcode, 'payload')),
            'text first, close 1002, end',
            "${round}opcode $opcode behind a message");
    }
}

sub fragments_are_put_together
{
    my $a = $frame->(1, 'fragment1', fin => 0);
    my $b = $frame->(0, 'fragment2');
    both_ways($a . $b . $bye, 'text fragment1fragment2, close 1000, end',
        'a message of two frames');
    both_ways($a . $frame->(9, 'between') . $b . $bye,
        'pong between, text fragment1fragment2, close 1000, end',
        'with a ping between');
    both_ways($a . $frame->(10, 'between') . $b . $bye,
        'text fragment1fragment2, close 1000, end', 'with a pong between');
    both_ways($a . join('', map { $frame->(0, "<$_>", fin => 0)
                . $frame->(9, "$_") } 1 .. 5) . $b . $bye,
        'pong 1, pong 2, pong 3, pong 4, pong 5, '
            . 'text fragment1<1><2><3><4><5>fragment2, close 1000, end',
        'with five pings between');
    both_ways($frame->(1, '', fin => 0) . $frame->(0, '', fin => 0)
            . $frame->(0, '') . $bye,
        'text , close 1000, end', 'empty frames make an empty message');
    both_ways($frame->(2, '', fin => 0) . $frame->(0, 'middle', fin => 0)
            . $frame->(0, '') . $bye,
        'binary middle, close 1000, end', 'empty frames around a middle');
    both_ways($frame->(9, 'a', fin => 0) . $frame->(0, 'b'),
        'close 1002, end', 'a ping in fragments');
    both_ways($frame->(10, 'a', fin => 0), 'close 1002, end',
        'a pong in fragments');
    both_ways($frame->(8, '', fin => 0), 'close 1002, end',
        'a close frame in fragments');
    both_ways($frame->(0, 'nothing'), 'close 1002, end',
        'a continuation of nothing');
    both_ways($frame->(0, 'nothing', fin => 0), 'close 1002, end',
        'an unfinished continuation of nothing');
    both_ways($a . $b . $frame->(0, 'again', fin => 0),
        'text fragment1fragment2, close 1002, end',
        'a continuation behind a whole message');
    both_ways($a . $frame->(1, 'new'), 'close 1002, end',
        'a message within a message');
    both_ways($a . $bye, 'close 1000, end', 'a close within a message');
}

sub utf8_is_judged_as_it_comes
{
    my @good = ('', "\x{ce}\x{ba}\x{e1}\x{bd}\x{b9}", "\xef\xbf\xbf",
        "\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80", "\0", "\x7f", "\xc2\x80",
        "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbd", "\xef\xbf\xbe", "\xf0\x9f\xbf\xbf",
        "\xf3\xbf\xbf\xbe", "\xef\xbb\xbf");
    for my $text (@good) {
        my $hex = unpack 'H*', $text;
        my $ws = open_echo();
        $ws->send_text($text);
        is(unpack('H*', $ws->text // 'nothing'), $hex, "${round}$hex is text");
        $ws->send_bytes(join '', (map { $frame->($_ ? 0 : 1,
            substr($text, $_, 1), fin => 0) } 0 .. length($text) - 1),
            $frame->(length $text ? 0 : 1, ''));
        is(unpack('H*', $ws->text // 'nothing'), $hex,
            "${round}$hex in frames of a byte");
    }
    my @bad = ("\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
        "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0\x80\xed\xb0\x80",
        "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80",
        "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xfe", "\xff",
        "ok\xce\xba\xe1\xbd\xed\xa0", "a\xc3", "a\xe2\x82", "a\xf0\x9f\x98",
        "\xc3(", "\xe2\x28\xa1", "\xe2\x82\x28", "\xf0\x28\x8c\xbc",
        "\xf0\x90\x28\xbc");
    for my $text (@bad) {
        both_ways($frame->(1, $text), 'close 1007, end',
            unpack('H*', $text) . ' is none');
        is(said($frame->(2, $text) . $bye),
            "binary $text, close 1000, end",
            "${round}but may be a binary message");
    }
    # Fail fast: the frame claims more bytes, which never come.
    my $half = $frame->(1, "\xce\xba\xe1\xbd\xb9\xf4\x90", length => 60000);
    both_ways($half, 'close 1007, end', 'within a frame that is not whole');
    both_ways($frame->(1, "ab\xe2\x82", fin => 0) . $frame->(0, "\xac\xff",
            fin => 0), 'close 1007, end', 'within a message that is not whole');
    both_ways($frame->(1, "ab\xe2\x82", fin => 0) . $frame->(9, "\xff")
            . $frame->(0, "\xac") . $bye,
        "pong \xff, text ab\xe2\x82\xac, close 1000, end",
        'a character may have a ping in its middle');
}

sub closing_is_answered
{
    both_ways($frame->(8, ''), 'close, end', 'an empty close frame');
    both_ways($frame->(8, 'x'), 'close 1002, end', 'a close frame of one byte');
    both_ways($frame->(8, pack('n', 1000) . 'r' x 123), 'close 1000, end',
        'a close frame of 125 bytes');
    both_ways($frame->(8, pack('n', 1000) . 'r' x 124, long => 16),
        'close 1002, end', 'a close frame of 126 bytes');
    both_ways($frame->(8, pack('n', 1000) . "b\xce\xba\xff"),
        'close 1007, end', 'a reason that is not UTF-8');
    both_ways($frame->(8, pack('n', 1000) . "b\xce\xba\xe1\xbd"),
        'close 1007, end', 'a reason that ends within a character');
    for my $code (1000 .. 1003, 1007 .. 1014, 3000, 3999, 4000, 4999) {
        is(said($frame->(8, pack 'n', $code)), "close $code, end",
            "${round}close code $code");
    }
    for my $code (0, 1, 999, 1004 .. 1006, 1015, 1016, 1100, 2000, 2999, 5000,
        65535) {
        is(said($frame->(8, pack 'n', $code)), 'close 1002, end',
            "${round}close code $code");
    }
    both_ways($frame->(1, 'said') . $bye . $frame->(1, 'more')
            . $frame->(9, 'more') . $bye,
        'text said, close 1000, end', 'what follows a close is not heard');
    is(said($frame->(1, 'x' x (256 << 10)) . $bye),
        (256 << 10) =~ s/^/text /r . ', close 1000, end',
        "${round}a long message is finished before the close");
}

sub messages_have_bounds
{
    my $ws = open_echo();
    my $many = $frame->(1, 'f', fin => 0)
        . $frame->(0, 'f', fin => 0) x 65535 . $frame->(0, '');
    $ws->send_bytes($many, 30);
    is($ws->text(30), 'f' x 65536, "${round}65536 fragments and their end are a message");
    is(said($frame->(1, 'f', fin => 0) . $frame->(0, 'f', fin => 0) x 65536),
        'close 1009, end', "${round}one more is none");
    both_ways($frame->(1, 'x' x 1000) . $bye, 'text 1000, close 1000, end',
        'as long as may be', path => '/limit');
    both_ways($frame->(1, '', length => 1001, long => 16), 'close 1009, end',
        'too long is known by the head', path => '/limit');
    both_ways($frame->(1, 'x' x 600, fin => 0)
            . $frame->(0, '', length => 401, long => 16),
        'close 1009, end', 'or by the sum of heads', path => '/limit');
    is(said($frame->(2, '', length => 0x7fffffffffffffff, long => 64)),
        'close 1009, end', "${round}eight exabytes are refused at once");
    is(said($frame->(2, '', length => 1 << 63, long => 64)),
        'close 1002, end', "${round}a length of 64 bits is none");
}

sub errors_wait_for_answers
{
    my $many = join '', map { $frame->(1, "m$_") } 1 .. 50;
    both_ways($many . $frame->(3, 'bad'),
        join(', ', map({ "text m$_" } 1 .. 50), 'close 1002', 'end'),
        'messages before an error are answered');
    is(said($frame->(2, 'x' x (3 << 20)) x 3 . $frame->(3, 'bad')),
        join(', ', ('binary ' . (3 << 20)) x 3, 'close 1002', 'end'),
        "${round}large ones too");
}

sub frames_must_be_masked_and_short
{
    both_ways($frame->(1, 'bare', mask => '0'), 'close 1002, end',
        'an unmasked frame');
    both_ways($frame->(9, '', mask => '0'), 'close 1002, end',
        'an unmasked ping');
    both_ways($frame->(8, pack('n', 1000), mask => '0'), 'close 1002, end',
        'an unmasked close');
    both_ways($frame->(1, 'short', long => 16), 'close 1002, end',
        'five bytes in a 16-bit length');
    both_ways($frame->(1, 'short', long => 64), 'close 1002, end',
        'five bytes in a 64-bit length');
    both_ways($frame->(2, 'x' x 65535, long => 64), 'close 1002, end',
        '65535 bytes in a 64-bit length') unless $tls;
    is(said($frame->(1, 'zero', mask => "\0\0\0\0") . $bye),
        'text zero, close 1000, end', "${round}a mask of zeros is a mask");
}

sub frames_may_come_with_the_request
{
    my $ws = open_echo(early => $frame->(1, 'early') . $frame->(9, 'bird')
            . $frame->(1, 'half', length => 8));
    ok($ws->accept_is_right, "${round}the handshake is right");
    is($ws->text, 'early', "${round}a frame behind the request is read");
    is($ws->frame->{payload}, 'bird', "${round}and a ping");
    # The mask of what comes is not ours to choose: the first half was sent
    # with one; four more bytes of any value end the binary frame.
    $ws = open_echo(early => $frame->(2, "\0\0\0\0", mask => "\0\0\0\0",
            length => 8));
    $ws->send_bytes("\1\1\1\1");
    is($ws->message->{payload}, "\0\0\0\0\1\1\1\1",
        "${round}half a frame behind the request is half a frame");
    $ws = open_echo(early => $frame->(1, 'y' x 60000) . $bye);
    is(heard($ws), 'text 60000, close 1000, end',
        "${round}much behind the request");
}

sub an_answer_is_not_lost_behind_a_ping
{
    my $ws = open_echo(rcvbuf => 4096);
    my $big = 'b' x (4 << 20);
    my $bytes = join '', map { $frame->(2, $big) . $frame->(9, "p$_")
            . $frame->(9, "q$_") . $frame->(1, "t$_") } 1 .. 2;
    $bytes .= $bye;
    # The server takes no more than it can answer: reading lets the rest go.
    while (length $bytes && !$ws->eof) {
        my $sent = syswrite $ws->socket, $bytes, 65536;
        if ($sent) { substr $bytes, 0, $sent, '' } else { $ws->more(time + 1) }
    }
    is(heard($ws), join(', ', map({ ('binary ' . (4 << 20), "pong p$_",
        "pong q$_", "text t$_") } 1 .. 2), 'close 1000', 'end'),
        "${round}everything is answered to who reads slowly");
}

sub too_many_messages_close
{
    is(said($frame->(1, 'm') x 6, path => '/rated'),
        'text m, text m, text m, close 1008, end',
        "${round}a fourth message at once is too many");
    is(said($frame->(9, 'm') x 6, path => '/rated'),
        'pong m, pong m, pong m, close 1008, end',
        "${round}pings count, as each costs a pong");
    is(said($frame->(10, 'm') x 600 . $bye, path => '/rated'),
        'close 1000, end', "${round}pongs do not");
    is(said($frame->(1, 'm') x 200 . $bye),
        'text m, ' x 200 . 'close 1000, end',
        "${round}an echo has no limit by itself");
}

sub a_client_may_vanish_at_any_time
{
    for my $bytes ('', $frame->(1, 'half', length => 9), "\x81",
        $frame->(1, 'x', fin => 0), $frame->(2, 'x' x (1 << 20)), $bye) {
        for my $how (qw(close_stream reset_connection)) {
            my $ws = open_echo();
            $ws->send_bytes($bytes);
            $ws->$how;
        }
    }
    my $ws = open_echo();
    $ws->send_text('still');
    is($ws->text, 'still', "${round}the server serves on");
}

sub who_gives_no_sign_of_life_is_told_so
{
    my $ws = open_echo(path => '/beat');
    $ws->{mute} = 1;
    is($ws->close_code, 1001, "${round}silence ends with 1001");
    cmp_ok($ws->{pings} // 0, '>=', 1, 'after a ping');
    ok(defined $ws->until_eof(2), 'and the end follows at once');
}

# The worker may take 64 MB more than it has; a message of 256 MB does not fit.
# It runs as who runs the test, who may set its limit then.
sub a_server_without_memory_says_come_later
{
    my $poor = Onair::Server->new(workers => 1,
        main => $> == 0 ? 'user root;' : '', http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /echo { onair_echo; onair_max_message 512m; }
    }
END
    my ($worker) = $poor->workers;
    my ($has) = slurp("/proc/$worker/status") =~ /^VmSize:\s+(\d+) kB/m;
    my $most = ($has + 65536) * 1024;
    if ($has > 2**30 || system 'prlimit', "--pid=$worker", "--as=$most:") {
        note('not with a sanitizer, nor where limits cannot be set');
        return;
    }
    my $ws = open_echo(port => $poor->port);
    $ws->send_bytes($frame->(2, '', length => 256 << 20, mask => "\0\0\0\0"));
    my $piece = 'x' x (1 << 20);
    for (1 .. 256) {
        $ws->send_bytes($piece) or last;
        last unless $ws->is_silent(0);
    }
    is($ws->close_code, 1013, 'no memory for a message closes with 1013');
    is($ws->{reason}, 'out of memory', 'and says why');
    $ws = open_echo(port => $poor->port);
    $ws->send_text('still');
    is($ws->text, 'still', 'the server serves on');
    $poor->end_checks(allow => [qr/\[emerg\].*malloc\(\d+\) failed/]);
}

for my $secure (0, 1) {
    $tls = $secure;
    $round = $secure ? 'wss: ' : 'ws: ';
    every_length_comes_back();
    sixteen_megabytes_come_back();
    chopped_messages_come_back();
    pings_are_answered();
    reserved_bits_and_opcodes_are_refused();
    fragments_are_put_together();
    utf8_is_judged_as_it_comes();
    closing_is_answered();
    messages_have_bounds();
    errors_wait_for_answers();
    frames_must_be_masked_and_short();
    frames_may_come_with_the_request();
    an_answer_is_not_lost_behind_a_ping();
    too_many_messages_close();
    who_gives_no_sign_of_life_is_told_so();
    a_client_may_vanish_at_any_time();
}
$tls = 0;
a_server_without_memory_says_come_later();

$server->end_checks;
done_testing();
