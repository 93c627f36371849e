#!/usr/bin/env perl

# permessage-deflate (RFC 7692): what is agreed on, both directions, one
# deflated frame for all, context takeover of input, bombs.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Compress::Raw::Zlib;
use Digest::MD5 qw(md5_hex);
use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Server;
use Onair::Tls;
use Onair::WebSocket;

my $frame = \&Onair::WebSocket::frame_bytes;
my $lines = Onair::Tls::lines();
my $server = Onair::Server->new(workers => 1, files => Onair::Tls::files(),
    http => <<"END");
    onair_message_rate off;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl;
        $lines
        onair_max_message 1m;
        location = /echo { onair_echo; onair_deflate on; }
        location = /small { onair_echo; onair_deflate on; onair_max_message 64k; }
        location = /off { onair_echo; }
        location /live/ { onair; onair_deflate on; }
        location /plain/ { onair; }
        location /publish/ { onair_publish; }
    }
END
my ($tls, $round);

sub ws
{
    my ($path, $deflate, %given) = @_;
    return Onair::WebSocket->connect(path => $path, deflate => $deflate,
        port => $server->port($tls ? 'tls' : ''), tls => $tls, %given);
}

sub agreed
{
    my $ws = ws(@_);
    is($ws->status, 101, 'connected') if $ws->status != 101;
    return $ws->header('Sec-WebSocket-Extensions') // 'none';
}

# A message as a deflating client makes it; with a level, a strategy and a
# window of its own.
sub deflater
{
    my (%given) = @_;
    return scalar Compress::Raw::Zlib::Deflate->new(-AppendOutput => 1,
        -WindowBits => -($given{bits} // 15), -Level => $given{level} // 6,
        -Strategy => $given{strategy} // Z_DEFAULT_STRATEGY);
}

sub deflated
{
    my ($text, $deflater, $flush) = @_;
    $deflater //= deflater();
    my $out = '';
    $deflater->deflate($text, $out);
    $deflater->flush($out, $flush // Z_SYNC_FLUSH);
    $out =~ s/\x00\x00\xff\xff\z// unless defined $flush;
    # zlib flushes nothing twice (RFC 7692 section 7.2.3.6).
    return length $out ? $out : "\0";
}

# Inflates message after message with one window.
sub inflated
{
    my ($inflater, $message) = @_;
    my $data = $message->{payload} . "\x00\x00\xff\xff";
    my $out = '';
    $inflater->inflate($data, $out);
    return $out;
}

sub inflater
{
    my ($bits) = @_;
    return scalar Compress::Raw::Zlib::Inflate->new(-WindowBits => -($bits // 15),
        -AppendOutput => 1);
}

sub offers_are_answered
{
    my $no = 'server_no_context_takeover; client_no_context_takeover';
    my $p = 'permessage-deflate';
    my @echo = (
        [ $p, $p ],
        [ "$p; client_max_window_bits", $p ],
        [ "$p; client_max_window_bits=10", "$p; client_max_window_bits=10" ],
        [ "$p; client_max_window_bits=8", "$p; client_max_window_bits=8" ],
        [ "$p; server_max_window_bits=9", "$p; server_max_window_bits=9" ],
        [ "$p; server_max_window_bits=8", 'none' ],
        [ "$p; server_max_window_bits=15", "$p; server_max_window_bits=15" ],
        [ "$p; server_no_context_takeover",
            "$p; server_no_context_takeover" ],
        [ "$p; client_no_context_takeover",
            "$p; client_no_context_takeover" ],
        [ "$p; $no; server_max_window_bits=12; client_max_window_bits=11",
            "$p; $no; server_max_window_bits=12; client_max_window_bits=11" ],
        [ "$p; server_max_window_bits=\"12\"",
            "$p; server_max_window_bits=12" ],
        [ "$p; server_max_window_bits=8, $p", $p ],
        [ "$p; unknown, $p; server_max_window_bits=10, $p",
            "$p; server_max_window_bits=10" ],
        [ "x-webkit-deflate-frame, $p", $p ],
        [ ", ,$p", $p ],
        map({ [ "$p; $_", 'none' ] } 'server_max_window_bits',
            'server_max_window_bits=7', 'server_max_window_bits=16',
            'server_max_window_bits=010', 'server_max_window_bits=x',
            'client_max_window_bits=7', 'client_max_window_bits=16',
            'server_no_context_takeover=1', 'client_no_context_takeover=0',
            'server_no_context_takeover; server_no_context_takeover',
            'client_max_window_bits; client_max_window_bits=9', 'foo',
            'foo=bar'),
        [ 'permessage-deflat', 'none' ], [ 'PERMESSAGE', 'none' ],
        [ ' ', 'none' ],
        [ 'deflate-frame', 'none' ],
    );
    is(agreed('/echo', $_->[0]), $_->[1], "$round$_->[0]") for @echo;
    is(agreed('/live/rock', $p), "$p; $no", "${round}pushes have no takeover");
    is(agreed('/live/rock', "$p; client_max_window_bits"), "$p; $no",
        "${round}whatever is offered");
    is(agreed('/live/rock', "$p; server_max_window_bits=10"), 'none',
        "${round}a small window would cost all a frame of its own");
    is(agreed('/live/rock', "$p; server_max_window_bits=10, $p"), "$p; $no",
        "${round}so the next offer is taken");
    is(agreed('/off', $p), 'none', "${round}off");
    is(agreed('/plain/rock', $p), 'none', "${round}off is the default");
    # RFC 6455 section 9.1; whether the location has an extension or not.
    for my $path ('/echo', '/off', '/live/rock', '/plain/rock') {
        for my $bad (';', "$p; =", "$p;", "$p, x y", 'x; q="a,b"', 'x; q="a') {
            my $refused = ws($path, $bad);
            is($refused->status, 400, "$round$path refuses $bad");
            like($refused->refusal, qr/^Sec-WebSocket-Extensions is malformed$/,
                'and says why');
        }
    }
    my $ws = ws('/echo', undef, headers => { 'Sec-WebSocket-Extensions' => '' });
    is($ws->status, 101, "${round}an empty header is no fault");
    is($ws->header('Sec-WebSocket-Extensions'), undef, 'and no offer');
}

sub messages_go_both_ways
{
    my @sizes = (0, 1, 16, 64, 125, 126, 256, 1024, 4096, 8192, 65535, 65536,
        131072);
    my $words = join ' ', map { "track $_ by artist " . $_ % 7 } 1 .. 20000;
    for my $offer ('', '; server_no_context_takeover',
        '; client_no_context_takeover', '; client_max_window_bits=9',
        '; server_max_window_bits=9; client_max_window_bits=10') {
        my $ws = ws('/echo', "permessage-deflate$offer", timeout => 20);
        my ($bits) = $offer =~ /client_max_window_bits=(\d+)/;
        my ($own) = $offer =~ /server_max_window_bits=(\d+)/;
        my $deflater = deflater(bits => $bits);
        my $inflater = inflater($own);
        my $bad = 0;
        for my $size (@sizes, @sizes) {
            my $text = substr $words, 0, $size;
            $deflater = deflater(bits => $bits)
                if $offer =~ /client_no_context/;
            $inflater = inflater($own) if $offer =~ /server_no_context/;
            $ws->send_frame(1, deflated($text, $deflater), rsv => 4);
            my $got = $ws->frame;
            $bad++ unless $got && $got->{rsv} == 4 && $got->{opcode} == 1
                && inflated($inflater, $got) eq $text;
        }
        is($bad, 0, "${round}messages with '$offer'");
        $ws->send_text('bare');
        is(inflated($offer =~ /server_no/ ? inflater($own) : $inflater,
            $ws->frame), 'bare', 'one may come uncompressed');
    }
}

sub context_of_input_is_kept
{
    my $ws = ws('/echo', 'permessage-deflate');
    my ($deflater, $inflater) = (deflater(), inflater());
    my $text = join '', map { md5_hex($_) } 1 .. 100;
    my @sizes;
    for my $round (1 .. 3) {
        my $bytes = deflated($text, $deflater);
        push @sizes, length $bytes;
        $ws->send_frame(1, $bytes, rsv => 4);
        my $got = $ws->frame;
        is(inflated($inflater, $got), $text, "${round}th time");
        push @sizes, length $got->{payload};
    }
    cmp_ok($sizes[4] * 10, '<', $sizes[0], "${round}our context is used");
    cmp_ok($sizes[5] * 10, '<', $sizes[1], "${round}and the server's own");
}

sub fragments_are_inflated
{
    my $text = 'fragments of one message ' x 400;
    my $bytes = deflated($text);
    for my $piece (1, 7, 100) {
        my $ws = ws('/echo', 'permessage-deflate');
        my @parts = $bytes =~ /(.{1,$piece})/gs;
        $ws->send_bytes(join '', map {
            $frame->($_ ? 0 : 1, $parts[$_], fin => $_ == $#parts,
                rsv => $_ ? 0 : 4) . $frame->(9, "p$_") } 0 .. $#parts);
        is($ws->message->{payload}, $text, "${round}in frames of $piece");
        is(scalar @{ $ws->{pongs} // [] }, $piece == 100 && @parts == 1
            ? 0 : scalar(@parts) - 1, 'pings between are answered');
    }
    my $ws = ws('/echo', 'permessage-deflate');
    $ws->send_bytes($frame->(1, substr($bytes, 0, 5), fin => 0, rsv => 4)
            . $frame->(0, substr($bytes, 5), rsv => 4));
    is($ws->close_code, 1002, "${round}the bit on a continuation");
    $ws = ws('/echo', 'permessage-deflate');
    $ws->send_frame(9, 'x', rsv => 4);
    is($ws->close_code, 1002, "${round}the bit on a ping");
    $ws = ws('/off', 'permessage-deflate');
    $ws->send_frame(1, $bytes, rsv => 4);
    is($ws->close_code, 1002, "${round}the bit where nothing was agreed");
}

sub every_kind_of_block_is_read
{
    my %kinds = (
        'RFC 7692 7.2.3.1' => "\xf2\x48\xcd\xc9\xc9\x07\x00",
        'no compression' => "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
        'a final block' => "\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
        'two blocks' => "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
        'stored' => deflated('Hello', deflater(level => 0)),
        'fixed' => deflated('Hello', deflater(strategy => Z_FIXED)),
        'huffman only' => deflated('Hello',
            deflater(strategy => Z_HUFFMAN_ONLY)),
        'full flush' => deflated('Hello', undef, Z_FULL_FLUSH)
            =~ s/\x00\x00\xff\xff\z//r,
    );
    for my $kind (sort keys %kinds) {
        my $ws = ws('/echo', 'permessage-deflate');
        $ws->send_frame(1, $kinds{$kind}, rsv => 4);
        my $got = $ws->message;
        is($got && $got->{payload}, 'Hello', "$round$kind");
    }
}

sub broken_data_close
{
    my %broken = (
        'a reserved block' => [ "\xff\xff\xff", 1007 ],
        'a distance too far' => [ "\x4a\x04\x60\x00", 1007 ],
        'half a block' => [ substr(deflated('x' x 500 . join '',
            'a' .. 'z'), 0, 6), 1007 ],
        'no UTF-8' => [ deflated("ab\xff"), 1007 ],
        'half a character' => [ deflated("ab\xe2\x82"), 1007 ],
    );
    for my $kind (sort keys %broken) {
        my $ws = ws('/echo', 'permessage-deflate');
        $ws->send_frame(1, $broken{$kind}[0], rsv => 4);
        is($ws->close_code, $broken{$kind}[1], "$round$kind");
    }
    # Fail fast: the rest of the message is still to come.
    my $ws = ws('/echo', 'permessage-deflate');
    $ws->send_frame(1, deflated("ab\xff" . 'c' x 100), rsv => 4, fin => 0);
    is($ws->close_code, 1007, "${round}bad text within a message");
}

# What cannot be made shorter is longer on the way, and still may be sent.
sub the_limit_is_of_what_was_meant
{
    my $noise = join '', map { pack 'H*', md5_hex($_) } 1 .. 4096;
    is(length $noise, 65536, 'as much as may be');
    my $bytes = deflated($noise);
    cmp_ok(length $bytes, '>', 65536, 'and more when deflated');
    my $ws = ws('/small', 'permessage-deflate');
    $ws->send_frame(2, $bytes, rsv => 4);
    my $got = $ws->message;
    ok($got && $got->{payload} eq $noise, "${round}is taken");
    $ws->send_frame(2, deflated("$noise.", deflater(level => 0)), rsv => 4);
    is($ws->close_code, 1009, "${round}a byte more is not");
}

sub bombs_close
{
    my $bomb = deflated("\0" x (64 << 20));
    cmp_ok(length $bomb, '<', 70000, '64 MiB fit in 64 KB');
    for my $opcode (1, 2) {
        my $ws = ws('/small', 'permessage-deflate');
        $ws->send_frame($opcode, substr($bomb, 0, 60000), rsv => 4);
        is($ws->close_code, 1009, "${round}a bomb of opcode $opcode");
    }
    my $ws = ws('/small', 'permessage-deflate');
    $ws->send_frame(2, substr($bomb, 0, 2000), rsv => 4, fin => 0);
    is($ws->close_code, 1009, "${round}before it is whole");
    $ws = ws('/small', 'permessage-deflate');
    $ws->send_frame(2, deflated('y' x 65536), rsv => 4);
    is(length $ws->message->{payload}, 65536, "${round}as much as may be");
    $ws = ws('/small', 'permessage-deflate');
    $ws->send_frame(2, deflated('y' x 65537), rsv => 4);
    is($ws->close_code, 1009, "${round}a byte more may not");
    my $why_not = Onair::Process::memory_says_nothing();
    for my $pid ($server->workers) {
        SKIP: {
            skip $why_not, 1 if $why_not;
            my ($rss) = Onair::Process::slurp("/proc/$pid/status")
                =~ /^VmHWM:\s*(\d+) kB/m;
            cmp_ok($rss, '<', 60 << 10, "${round}no memory was taken by them");
        }
    }
}

sub one_frame_serves_all
{
    my $publish = sub {
        Onair::Http->post($server->port, '/publish/rock',
            JSON::PP->new->encode({ title => $_[0] }));
    };
    $publish->('first');
    my @clients = map { ws('/live/rock', 'permessage-deflate') } 1 .. 3;
    my $bare = ws('/live/rock', undef);
    like($_->json->{now}{title}, qr/first/, 'the state') for @clients, $bare;
    for my $title ('second', 'third') {
        $publish->($title);
        my @frames = map { $_->frame } @clients;
        my $clear = $bare->frame;
        is($clear->{rsv}, 0, "${round}who offered nothing gets it in clear");
        is($_->{rsv}, 4, 'deflated') for @frames;
        is($_->{payload}, $frames[0]{payload}, 'the same bytes for all')
            for @frames;
        is($clients[0]->inflate($frames[0]{payload}), $clear->{payload},
            'of the same message');
        cmp_ok(length $frames[0]{payload}, '<', length $clear->{payload},
            'in fewer bytes');
    }
    my $ws = $clients[0];
    $ws->send_frame(1, deflated('{"get":true}'), rsv => 4);
    is($ws->json->{now}{title}, 'third', "${round}commands may be deflated");
    $ws->send_text('{"get":true}');
    is($ws->json->{now}{title}, 'third', 'or not');
    $ws->send_frame(1, deflated('{"subscribe":["jazz"]}'), rsv => 4);
    is($ws->json->{station}, 'jazz', 'and be answered');
    $ws->send_text('nonsense');
    ok($ws->json->{error}, 'in clear, when it is an error');
    $ws->send_ping('deflated?');
    is_deeply([ @{ $ws->frame }{qw(opcode rsv payload)} ],
        [ 10, 0, 'deflated?' ], 'control frames never are');
}

for my $secure (0, 1) {
    $tls = $secure;
    $round = $secure ? 'wss: ' : 'ws: ';
    offers_are_answered() unless $secure;
    messages_go_both_ways();
    context_of_input_is_kept();
    fragments_are_inflated();
    every_kind_of_block_is_read() unless $secure;
    broken_data_close() unless $secure;
    the_limit_is_of_what_was_meant();
    bombs_close();
    one_frame_serves_all();
}
$server->end_checks;
done_testing();
