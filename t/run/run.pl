#!/usr/bin/env perl

# `make run`: a station on this machine to look at and play with.
#
# Starts a real Icecast with two stations whose titles change every 15 and 20
# seconds, and the distribution's nginx with this module and two workers, on
# free ports of loopback; prints what to try, follows the log and, when it is
# interrupted, leaves nothing behind. PORT picks nginx's port. With SOURCE (the
# URL of a status document) nginx polls that instead and no Icecast is started.
# With MACHINES=3 there are three nginx, each with a zone of its own as three
# machines have, and a Redis over which their rooms are one.

use strict;
use warnings;
use utf8;

use Cwd ();
use FindBin;
use lib "$FindBin::Bin/../lib";

use Time::HiRes qw(time sleep);

use Onair::Http;
use Onair::Icecast;
use Onair::Process qw(spawn is_running scratch_dir slurp wait_for);
use Onair::Redis;
use Onair::Server;

binmode STDOUT, ':utf8';
$| = 1;

my $icecast;
my %playlist = (
    rock => {
        name => 'Rock FM', genre => 'rock', seconds => 15,
        titles => [
            'Motörhead - Ace of Spades', 'Björk - Jóga', 'AC/DC - T.N.T.',
            'Кино - Группа крови', 'Simon & Garfunkel - "The Boxer"',
            'Sigur Rós - Hoppípolla', '椎名林檎 - 丸の内サディスティック',
        ],
    },
    jazz => {
        name => 'Jazz à la carte', genre => 'jazz', seconds => 20,
        titles => [
            'Django Reinhardt - Nuages', 'Esbjörn Svensson Trio - Elevation',
            'Miles Davis - So What', 'Tomasz Stańko - Litania',
            'Cesária Évora - Sodade',
        ],
    },
);

# A short file of sound for each track, so that there is something to hear; none
# where ffmpeg is missing (the stations then send silence).
sub tracks
{
    my ($dir, $station, $list) = @_;
    my @files;
    my $number = 0;
    for my $title (@{ $list->{titles} }) {
        my $file = sprintf '%s/%s-%02d.mp3', $dir, $station, $number++;
        my $low = 196 + 22 * $number;
        my $sound = "0.08*sin(2*PI*$low*t)*(1-mod(t,1))"
            . "+0.06*sin(2*PI*$low*1.5*t)*(1-mod(t+0.5,1))";
        my $pid = spawn("$dir/ffmpeg.log", 'ffmpeg', '-loglevel', 'error',
            '-nostdin', '-y', '-f', 'lavfi', '-i',
            "aevalsrc=$sound:s=44100:d=$list->{seconds}", '-ac', 1, '-b:a',
            '64k', '-map_metadata', -1, '-id3v2_version', 0, '-write_xing', 0,
            $file);
        waitpid $pid, 0;
        return [] if $? != 0;
        push @files, $file;
    }
    return \@files;
}

sub start_icecast
{
    Onair::Icecast::binary() or die "run: no icecast2: make install-deps, or "
        . "give the address of a source: make run SOURCE=http://...\n";
    my $dir = scratch_dir();
    my $icecast = Onair::Icecast->new;
    for my $station (sort keys %playlist) {
        my $list = $playlist{$station};
        $icecast->source("/$station", name => $list->{name},
            genre => $list->{genre}, bitrate => 64,
            files => tracks($dir, $station, $list));
        $list->{next} = time;
        $list->{at} = 0;
    }
    return $icecast;
}

# Tells Icecast of each track that begins now.
sub change_titles
{
    my ($icecast) = @_;
    for my $station (sort keys %playlist) {
        my $list = $playlist{$station};
        next if time < $list->{next};
        my $title = $list->{titles}[ $list->{at}++ % @{ $list->{titles} } ];
        $list->{next} += $list->{seconds};
        $icecast->title("/$station", $title, charset => 'UTF-8');
        print "-- $station now plays: $title\n";
    }
}

# One connection for the sound of all listeners.
sub pull_block
{
    my ($station) = @_;
    return "location = /pull/$station { internal; "
        . "proxy_pass http://127.0.0.1:${\ $icecast->port }/$station; "
        . "onair_pull station=$station; }\n        ";
}

sub http_block
{
    my ($url, $player, $redis) = @_;
    my $pulls = $icecast ? join '', map { pull_block($_) } keys %playlist : '';
    my $shared = $redis ? "onair_redis 127.0.0.1:${\ $redis->port };\n"
        . '    onair_zone onair:16m rooms=64 share=rooms,counts;' : '';
    my $tls = $url =~ /^https:/
        ? 'proxy_ssl_server_name on; proxy_ssl_verify on; '
            . 'proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;'
        : '';
    return <<"END";
    types {
        text/html html; text/css css; text/javascript js;
        image/svg+xml svg; image/png png;
    }
    charset utf-8;
    charset_types text/css text/javascript;
    $shared

    server {
        listen 127.0.0.1:%%PORT%%;

        location = /source {
            internal;
            $tls
            proxy_pass $url;
            onair_poll interval=1s;
        }

        location /live/ { onair; }
        $pulls
        location /hear/ { onair_listen; }
        location /late/ { onair; onair_delay auto; }
        location /room/ { onair_room reactions=like,heart,clap; }
        location /moderate/ {
            allow 127.0.0.1; deny all;
            onair_room reactions=like,heart,clap;
            onair_member id=moderator name=Moderator role=moderator;
        }
        location /control/ { onair_room_control; }
        location /danmaku/ { onair_danmaku; }
        location /api/ { onair_azuracast; }
        location /connection/ { onair_centrifuge; }
        location = /emulation { onair_centrifuge; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; allow 127.0.0.1; deny all; }

        location / {
            root $player;
            index index.html;
            add_header Cache-Control no-store;
        }
    }
END
}

sub start_nginx
{
    my ($url, $redis, $number) = @_;
    my $player = Cwd::abs_path("$FindBin::Bin/../../docs/player");
    my %ports = $ENV{PORT} ? (ports => { '' => $ENV{PORT} + $number }) : ();
    return Onair::Server->new(workers => 2, log_level => 'notice', %ports,
        main => $> == 0 ? 'user root;' : '',
        http => http_block($url, $player, $redis));
}

# A command line that speaks WebSocket, of what this machine has.
sub websocket_command
{
    my ($url) = @_;
    for my $path (split /:/, $ENV{PATH}) {
        return "wscat -c $url" if -x "$path/wscat";
        return "websocat $url" if -x "$path/websocat";
    }
    my ($node) = `node --version 2>/dev/null` =~ /^v(\d+)/;
    return "node -e 'new WebSocket(\"$url\").onmessage ="
        . " (m) => console.log(m.data)'" if ($node // 0) >= 22;
    for my $python ('python3', '/usr/bin/python3') {
        return "$python -m websockets $url"
            if system("$python -c 'import websockets' 2>/dev/null") == 0;
    }
    return "wscat -c $url";
}

# A station that the source speaks of, to show in the commands; if it does not
# answer soon, the one that a visitor may publish.
sub first_station
{
    my ($port) = @_;
    my $name;
    wait_for(
        sub {
            my $all = Onair::Http->json($port, '/live/?stations=*') // [];
            ($name) = grep { /^[\w.-]+$/ } map { $_->{station} } @$all;
            return defined $name;
        },
        3);
    return $name // 'my-station';
}

sub say_what_to_try
{
    my ($port, $url, $station, @others) = @_;
    my $hear = $icecast ? '?hear=/hear/' : '';
    my $open = join "\n                ",
        map { "http://127.0.0.1:$_/$hear" } $port, @others;
    my $base = "http://127.0.0.1:$port";
    my $sound = $icecast ? "sound         mpv $base/hear/$station\n  " : '';
    my $socket = websocket_command("ws://127.0.0.1:$port/live/$station");
    my $subs = '%7B%22subs%22%3A%7B%22station%3A' . $station
        . '%22%3A%7B%22recover%22%3Atrue%7D%7D%7D';
    my $last = "\$(curl -sI $base/live/$station"
        . q{ | grep -oE '[0-9a-f]{8}:[0-9]+')};
    print <<"END";

  open          $open
  nginx polls   $url

Try, in another terminal:

  now           curl -s $base/live/$station
  events        curl -N -H 'Accept: text/event-stream' $base/live/$station
  next change   curl -s "$base/live/$station?wait=30&since=$last"
  all stations  curl -N -H 'Accept: text/event-stream' "$base/live/?stations=*"
  WebSocket     $socket
  ${sound}AzuraCast     curl -s $base/api/nowplaying/$station
  its events    curl -N "$base/api/live/nowplaying/sse?cf_connect=$subs"
  Centrifugo    new Centrifuge("ws://127.0.0.1:$port/connection/websocket")
                  with the channels station:$station and onair:$station
  publish       curl -d '{"title":"Hello"}' $base/publish/my-station
  status        curl -s $base/status
  metrics       curl -s "$base/status?format=prometheus"

Ctrl-C ends it. The log follows.

END
}

my $seen = 0;

sub follow_log
{
    my ($server) = @_;
    my $log = $server->log;
    my $new = substr $log, $seen;
    $new =~ s/[^\n]*\z//;
    $seen += length $new;
    utf8::decode($new);
    print $new;
}

my $url = $ENV{SOURCE};
if (!$url) {
    $icecast = start_icecast();
    $url = "http://127.0.0.1:${\ $icecast->port }/status-json.xsl";
    change_titles($icecast);
}
my $machines = $ENV{MACHINES} || 1;
die "run: ", Onair::Redis->missing, "\n"
    if $machines > 1 && Onair::Redis->missing;
my $redis = $machines > 1 ? Onair::Redis->new : undef;
my ($server, @others) = map { start_nginx($url, $redis, $_) }
    0 .. $machines - 1;
say_what_to_try($server->port, $url,
    $icecast ? 'rock' : first_station($server->port),
    map { $_->port } @others);

$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { print "\n"; exit 0 };
while (is_running($server->pid)) {
    follow_log($server);
    change_titles($icecast) if $icecast;
    sleep 0.2;
}
follow_log($server);
die "run: nginx is gone\n";
