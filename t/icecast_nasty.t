#!/usr/bin/env perl

# A real Icecast with MP3, Vorbis and Opus mounts and the nastiest titles,
# through its admin interface: the right words arrive, and one mount's bad
# title hides no other's.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Icecast;
use Onair::Process qw(spawn terminate wait_for slurp);
use Onair::Server;
use Onair::WebSocket;

binmode $_, ':utf8' for Test::More->builder->output,
    Test::More->builder->failure_output;

plan skip_all => 'no Icecast here' unless Onair::Icecast::binary();

my $icecast = Onair::Icecast->new;
my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal;
            proxy_pass http://127.0.0.1:${\ $icecast->port }/status-json.xsl;
            onair_poll interval=100ms;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END

my ($ffmpeg) = grep { -x } map { "$_/ffmpeg" } split /:/, $ENV{PATH};
my @pids;

sub ogg
{
    my ($mount, $codec) = @_;
    my @command = ($ffmpeg, '-nostdin',
        '-re', '-f', 'lavfi', '-i', 'sine=frequency=440', '-metadata',
        'artist=Ogg Artist 日本', '-metadata', 'title=Ogg "Title" <&>',
        '-c:a', $codec, '-b:a', '48k', '-page_duration', '200000',
        '-content_type', 'audio/ogg', '-f', 'ogg',
        "icecast://source:$Onair::Icecast::password\@127.0.0.1:"
        . $icecast->port . $mount);
    utf8::encode($_) for @command;
    push @pids, spawn($server->dir . '/ffmpeg' . $mount =~ s{/}{-}r . '.log',
        @command);
    return wait_for(
        sub { ($icecast->status // '') =~ /\Q$mount\E"/ }, 20);
}

my $mp3 = '/live.mp3';
# Several, as Icecast takes its time with each title.
my @mounts = ($mp3, map { "/$_.mp3" } 1 .. 5);
my %client;
for my $mount (@mounts) {
    $icecast->source($mount, name => 'Rock FM', bitrate => 64);
    $client{$mount} = Onair::WebSocket->connect(port => $server->port,
        path => "/live$mount");
}
my $raw = '';

# The text the client is told after a title was set; 'blank' for none.
sub told
{
    my ($mount, $want, $seconds) = @_;
    my $ws = $client{$mount};
    my $until = time + ($seconds // 8);
    my $last = 'nothing';
    while (time < $until) {
        $raw = $ws->text($until - time) // last;
        my $state = JSON::PP->new->utf8->decode($raw);
        $last = $state->{now}{text} // 'blank';
        last if $last eq $want;
    }
    return $last;
}

# Sent (text, or bytes with '' as charset); what is to be read.
my @titles = (
    ['Artist Name - Song Title'],
    ['He said "hello" - "Quoted"'],
    ['AC\\DC - Back\\in\\Black\\'],
    ['<b>Bold</b> - <script>alert(1)</script>'],
    ['Simon & Garfunkel - A &amp; B', 'Simon & Garfunkel - A & B'],
    ['1999'], ['-05'], ['5.'], ['1e3'], ['1e'], ['+5'], ['007'],
    ['12345678901234567890123'], ['true'], ['False', 'false'], ['null'],
    ['NaN'], ['1,2'],
    ["a\x01b", 'ab'], ["a\x1b[31mred", 'a[31mred'], ["a\r\nb", 'a b'],
    ['椎名林檎 - 丸ノ内サディスティック'],
    ['🎵 Party 🎉 - Émoji'],
    ["\x{202e}abc\x{200b} - \x{2066}x", 'abc - x'],
    ["caf\xe9 - Bj\xf6rk", 'café - Björk', ''],
    ["It's; a trap';StreamUrl='x", "It's; a trap"],
    ['-', 'blank'],
    ['Back - Again'],
    ['x' x 3000],
    ['Last - One'],
);

sub set_title
{
    my ($mount, $sent, $want, $charset) = @_;
    my $bytes = $sent;
    my %more;
    if (!defined $charset) {
        utf8::encode($bytes);
        %more = (charset => 'UTF-8');
    }
    return $icecast->title($mount, $bytes, %more);
}

sub each_title_on_mp3
{
    while (my @rows = splice @titles, 0, scalar @mounts) {
        set_title($mounts[$_], @{ $rows[$_] }) for 0 .. $#rows;
        for my $i (0 .. $#rows) {
            my ($sent, $want) = @{ $rows[$i] };
            $want //= $sent;
            my $name = $sent =~ s/([^\x20-\x7e])/sprintf '\\x{%x}', ord $1/ger;
            is(told($mounts[$i], $want), $want, 'MP3: ' . substr $name, 0, 60);
            utf8::decode(my $text = $raw);
            unlike($text, qr/[\x00-\x1f\x7f-\x9f\x{202a}-\x{202e}]/,
                '... with nothing unseen');
        }
    }
}

sub state_of { return Onair::Http->json($server->port, "/live$_[0]") }

sub other_mounts_are_not_hidden
{
    SKIP: {
        skip 'no ffmpeg here', 1 unless $ffmpeg;
        ok(ogg('/live.ogg', 'libvorbis'), 'a Vorbis mount')
            or diag slurp($server->dir . '/ffmpeg-live.ogg.log');
        ok(ogg('/live.opus', 'libopus'), 'an Opus mount');
        my $is = sub {
            my ($mount, $text) = @_;
            return wait_for(
                sub { (state_of($mount)->{now}{title} // '') eq $text }, 8);
        };
        ok($is->('/live.ogg', 'Ogg "Title" <&>')
            && state_of('/live.ogg')->{now}{artist} eq 'Ogg Artist 日本',
            'Vorbis: artist and title of its comments')
            or diag explain state_of('/live.ogg');
        ok(wait_for(sub { state_of('/live.opus')->{status} eq 'live' }, 8),
            'Opus: on air');
        is(state_of('/live.opus')->{stream}{type}, 'audio/ogg',
            'with its type');
        for my $title ('-', '1e') {
            $icecast->title($mp3, $title, charset => 'UTF-8');
            utf8::encode(my $text = "Ögg $title\"");
            $icecast->title('/live.ogg', $text, charset => 'UTF-8');
            ok($is->('/live.ogg', "Ögg $title\""),
                'Vorbis beside a bad MP3 title');
            is(state_of('/live.opus')->{status}, 'live', 'and Opus');
        }
    }
}

each_title_on_mp3();
other_mounts_are_not_hidden();
my $polls = Onair::Http->json($server->port, '/status')->{polls};
is($polls->[0]{failures}{total}, 0, 'no poll of all these failed')
    or diag explain $polls->[0]{failures};
terminate($_) for @pids;
$server->end_checks;
done_testing();
