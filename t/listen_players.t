#!/usr/bin/env perl

# Real players: a real Icecast with ffmpeg as its source, and mpv, VLC, mpg123,
# ffmpeg, MPlayer and GStreamer that decode what the relay sends: clean sound,
# and titles. Players that are not installed are left out. ONAIR_FULL=1 starts
# each a hundred times.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time sleep);

use Onair::Http;
use Onair::Icecast;
use Onair::Process qw(wait_for slurp scratch_dir spawn spawn_sub terminate
    is_running);
use Onair::Server;
use Onair::Wave;

sub has
{
    my ($name) = @_;
    return grep { -x "$_/$name" } split /:/, $ENV{PATH};
}

plan skip_all => 'no Icecast' unless Onair::Icecast::binary();
plan skip_all => 'no ffmpeg' unless has('ffmpeg');

my $dir = scratch_dir();
chmod 0777, $dir;
my $icecast = Onair::Icecast->new;

# Mount, what ffmpeg makes, the rate that decoders give.
my %mounts = (
    'rock.mp3' => ['audio/mpeg', qw(-c:a libmp3lame -b:a 128k -f mp3)],
    'rock.aac' => ['audio/aac', qw(-c:a aac -b:a 128k -f adts)],
    'rock.ogg' => ['audio/ogg', qw(-c:a libvorbis -b:a 96k -f ogg)],
    'rock.opus' => ['audio/ogg', qw(-c:a libopus -b:a 64k -f ogg)],
    'rock.flac' => ['audio/ogg', qw(-c:a flac -f ogg)],
    'rock.webm' => ['audio/webm', qw(-c:a libopus -b:a 64k -f webm
        -cluster_time_limit 500)],
);

my @sources;
for my $mount (sort keys %mounts) {
    my ($type, @codec) = @{ $mounts{$mount} };
    push @sources, spawn("$dir/source-$mount", 'ffmpeg', '-nostdin',
        '-loglevel', 'error', '-re', '-f', 'lavfi', '-i',
        'sine=frequency=440:sample_rate=44100', '-metadata',
        'title=Ogg Title', '-metadata', 'artist=Ogg Artist', @codec,
        '-content_type', $type, '-ice_name', "Name of $mount",
        "icecast://source:hackme\@127.0.0.1:${\ $icecast->port }/$mount");
}
ok(wait_for(sub {
    my $status = $icecast->status // '';
    return !grep { $status !~ m{/\Q$_\E"} } keys %mounts;
}, 60), 'Icecast has all sources');

# What an old SHOUTcast says: a head that HTTP does not know, and blocks.
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5)
    or die "$!\n";
my $shoutcast_port = $listener->sockport;
waitpid spawn("$dir/tone.log", 'ffmpeg', '-nostdin', '-loglevel', 'error', '-y',
    '-f', 'lavfi', '-i', 'sine=frequency=440:duration=30', '-b:a', '128k',
    '-write_xing', 0, '-id3v2_version', 0, "$dir/tone.mp3"), 0;
my $shoutcast = spawn_sub("$dir/shoutcast", sub { shoutcast() });
close $listener;

my $locations = join "\n", map { my $name = $_; <<"END" } sort keys %mounts;
        location = /pull/$name {
            internal;
            proxy_pass http://127.0.0.1:${\ $icecast->port }/$name;
            onair_pull station=$name demand=60s;
        }
END
my $server = Onair::Server->new(workers => 2, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        $locations
        location = /pull/shoutcast {
            internal; proxy_pass http://127.0.0.1:$shoutcast_port/;
            onair_pull station=shoutcast;
        }
        location /hear/ { onair_listen; }
        location /now/ { onair; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;
sub url { return "http://127.0.0.1:$port/hear/$_[0]" }

# Each: the command for a URL and a file; what its output says of a title.
my @as_nobody = $> == 0 && has('setpriv')
    ? (qw(setpriv --reuid=65534 --regid=65534 --clear-groups env), "HOME=$dir")
    : ();
my %players = (
    ffmpeg => [sub { my ($url, $file) = @_;
        return (qw(ffmpeg -nostdin -t 4 -i), $url, '-y', $file) },
        qr/StreamTitle\s*: Band - One/],
    mpg123 => [sub { my ($url, $file) = @_;
        return (qw(mpg123 -n 155 -w), $file, $url) },
        qr/ICY-META: StreamTitle='Band - One'/],
    mpv => [sub { my ($url, $file) = @_;
        return (qw(mpv --no-config --no-video --length=4
            --audio-format=s16 --ao=pcm),
            "--ao-pcm-file=$file", $url) }, qr/icy-title: Band - One/],
    cvlc => [sub { my ($url, $file) = @_;
        return (@as_nobody, qw(cvlc -vv --no-video --run-time=5
            --play-and-exit --sout),
            "#transcode{acodec=s16l}:standard{access=file,mux=wav,dst=$file}",
            $url, 'vlc://quit') }, qr/New Icy-Title=Band - One/],
    mplayer => [sub { my ($url, $file) = @_;
        return (qw(mplayer -nolirc -vo null -af format=s16le -endpos 4 -ao),
            "pcm:file=$file", $url) },
        qr/StreamTitle='Band - One'/],
    'gst-launch-1.0' => [sub { my ($url, $file) = @_;
        return (qw(gst-launch-1.0 -e -t uridecodebin), "uri=$url",
            '!', 'audioconvert', '!', 'audio/x-raw,format=S16LE',
            qw(! wavenc ! filesink), "location=$file") },
        qr/title: Band - One/],
);

# How a player fared: (clean, titled, what it said).
my $number = 0;
sub start_player
{
    my ($name, $mount) = @_;
    my $file = "$dir/" . ++$number . '.wav';
    my $log = "$dir/$number.log";
    my $pid = spawn($log, $players{$name}[0]->(url($mount), $file));
    return { name => $name, mount => $mount, file => $file, log => $log,
        pid => $pid, began => time };
}

sub fared
{
    my ($run) = @_;
    # GStreamer has no word for a length: it is ended when it has enough.
    wait_for(sub {
        my $enough = $run->{name} =~ /^gst/ && (-s $run->{file} // 0) > 500_000;
        return $enough || !is_running($run->{pid});
    }, 120);
    terminate($run->{pid}, 'INT', 5);
    my $wave = Onair::Wave->read($run->{file});
    # How each comes to its end is its own.
    my @breaks = $wave && $wave->seconds > 1.5
        ? grep { $_ < $wave->seconds - 1.2 } $wave->breaks(440) : -1;
    my $said = slurp($run->{log}) // '';
    my $titled = $said =~ $players{ $run->{name} }[1];
    my $length = $wave ? sprintf '%.1f s', $wave->seconds
        : 'nothing (' . substr($said, -300) . ')';
    unlink $run->{file};
    my $where = join ' ', map { sprintf '%.3f', $_ } @breaks;
    return (!@breaks, $titled, "$length, breaks at $where", $said);
}

sub each_player_hears_clean_sound
{
    my ($mount, $titles, @names) = @_;
    my $starts = $ENV{ONAIR_FULL} ? 10 : 1;
    my $at_once = $ENV{ONAIR_FULL} ? 10 : 1;
    for my $name (@names) {
        SKIP: {
            skip "no $name", $titles ? 2 : 1 unless has($name);
            my (@bad, $untitled);
            for my $round (1 .. $starts) {
                my @runs = map {
                    sleep rand 0.7 / $at_once;
                    start_player($name, $mount);
                } 1 .. $at_once;
                for my $run (@runs) {
                    my ($clean, $titled, $how, $said) = fared($run);
                    push @bad, "$round: $how" unless $clean;
                    $untitled .= "$round: $said" unless $titled;
                }
            }
            is("@bad", '', "$name, $mount: clean");
            is($untitled, undef, "$name, $mount: titled") if $titles;
        }
    }
}

sub what_the_source_said_is_known
{
    # Wakes them, and waits until each is known.
    my @all = map {
        my $http = Onair::Http->connect(port => $port);
        $http->send_request(path => "/hear/$_");
        $http;
    } sort keys %mounts;
    for my $mount (sort keys %mounts) {
        my $head = (shift @all)->head(20) // { headers => {} };
        is($head->{headers}{'content-type'}, $mounts{$mount}[0],
            "$mount: its type");
        is($head->{headers}{'icy-name'}, "Name of $mount", "$mount: its name");
    }
    for my $mount (qw(rock.ogg rock.opus rock.flac)) {
        ok(wait_for(sub {
            my $state = Onair::Http->json($port, "/now/$mount") // {};
            return ($state->{now}{text} // '') eq 'Ogg Artist - Ogg Title';
        }, 20), "$mount: the title of its comments is the station's");
    }
}

sub a_browser_gets_head_pages_too
{
    my %audio = ('Sec-Fetch-Dest' => 'audio');
    for my $of (['rock.webm', "\x1a\x45\xdf\xa3"], ['rock.opus', "OggS\0\2"]) {
        my ($mount, $begin) = @$of;
        my $to = Onair::Http->get($port, "/hear/$mount", headers => {%audio})
            ->{headers}{location} // '';
        my $http = Onair::Http->connect(port => $port);
        $http->send_request(path => "/hear/$to", headers => {%audio});
        $http->head(20);
        my $first = $http->chunk(20) // '';
        is(substr($first, 0, length $begin), $begin,
            "$mount: <audio> begins with its head");
        $http->reset_connection;
    }
}

# --- the old SHOUTcast ---

sub shoutcast
{
    my $sound = slurp("$dir/tone.mp3");
    while (my $client = $listener->accept) {
        my $request = '';
        sysread $client, $request, 4096, length $request
            while $request !~ /\r\n\r\n/;
        print $client "ICY 200 OK\r\nicy-notice1:<BR>\r\nicy-name:Old FM\r\n"
            . "content-type:audio/mpeg\r\nicy-br:128\r\nicy-metaint:8192\r\n\r\n";
        $client->flush;
        my ($at, $block) = (0, "StreamTitle='Old - Song';");
        $block .= "\0" x (32 - length $block);
        my $until = time - 4;
        while ($at + 8192 <= length $sound) {
            print $client substr($sound, $at, 8192),
                $at == 0 ? chr(2) . $block : chr 0 or last;
            $client->flush or last;
            $at += 8192;
            $until += 8192 / 16000;
            sleep $until - time if $until > time;
        }
    }
}

sub an_old_shoutcast_is_understood
{
    my $http = Onair::Http->connect(port => $port);
    $http->send_request(path => '/hear/shoutcast',
        headers => { 'Icy-MetaData' => 1 });
    my $head = $http->head(30);
    is($head->{status}, 200, 'ICY 200 OK');
    is($head->{headers}{'icy-name'}, 'Old FM', 'its name');
    is($head->{headers}{'icy-br'}, 128, 'its bit rate');
    my ($sound, $said) = ('', '');
    for (1 .. 4) {
        $sound .= $http->bytes(8000, 20) // '';
        my $length = 16 * ord($http->bytes(1, 20) // "\0");
        $said .= $length ? $http->bytes($length, 20) : '';
    }
    like($said, qr/^StreamTitle='Old - Song';/, 'its title');
    unlike($sound, qr/StreamTitle|icy-/, 'and only sound is sound');
    $http->reset_connection;
}

$icecast->title("/$_", 'Band - One') for qw(rock.mp3 rock.aac);
what_the_source_said_is_known();
a_browser_gets_head_pages_too();
an_old_shoutcast_is_understood();
my @six = ('ffmpeg', 'mpg123', 'mpv', 'cvlc', 'mplayer', 'gst-launch-1.0');
each_player_hears_clean_sound('rock.mp3', 1, @six);
each_player_hears_clean_sound('rock.aac', 1, grep { $_ ne 'mpg123' } @six);
for my $mount (qw(rock.ogg rock.opus rock.webm)) {
    each_player_hears_clean_sound($mount, 0, qw(ffmpeg mpv gst-launch-1.0));
}
# mpv's --length ends Ogg FLAC early.
each_player_hears_clean_sound('rock.flac', 0, qw(ffmpeg gst-launch-1.0));

terminate($_, 'TERM', 5) for @sources, $shoutcast;
$server->stop;
$server->end_checks;
$icecast->stop;
done_testing();
