#!/usr/bin/env perl

# A video app behind nginx or Apache, from the files of docs/fronts: its page and
# its WebSocket at one path, polling and settings; calls that are silent for
# longer than the front is patient, a reload, a server that is away. Without one
# of the lines that the file is about, the same probes find it.
#
# Here nginx only; `make fronts` tests all (ONAIR_FRONTS: names, or "all").

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Front;
use Onair::Http;
use Onair::Process qw(wait_for slurp spew scratch_dir);
use Onair::Server;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical;
my $pages = scratch_dir();
chmod 0755, $pages;
my $count = 0;
our $limit = 15;

# The server with onair, of the same folder, with what a test needs besides.
sub origin
{
    my ($name) = @_;
    my $text = slurp("$FindBin::Bin/../docs/fronts/signalling-onair.conf");
    my $module = Onair::Server::module();
    my $load = $module eq '' ? '' : "load_module $module;";
    my $paths = join '', map { "${_}_temp_path %%DIR%%/temp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
    $text =~ s/^load_module .*/$load/m;
    $text =~ s/^user .*\n|^worker_rlimit_nofile .*\n//mg;
    $text =~ s/^worker_processes .*/worker_processes 2;\ndaemon off;/m;
    $text =~ s/^pid .*/pid %%DIR%%\/nginx.pid;/m;
    $text =~ s/^error_log .*/error_log %%DIR%%\/error.log info;/m;
    $text =~ s/worker_connections \d+/worker_connections 256/;
    $text =~ s{10\.0\.0\.0/24}{127.0.0.1};
    $text =~ s/listen 8080/listen 127.0.0.1:%%PORT%%/;
    mkdir "$pages/$name";
    spew("$pages/$name/index.html", "<h1>call at $name</h1>\n");
    $text =~ s{/srv/webapp}{$pages/$name};
    $text =~ s/(?=^ +location = \/health)/        location \/capped\/ {
            onair_signalling private room=capped;
            onair_connections per_ip=2;
        }\n/m or die 'no health';
    $text =~ s/^http \{\n/http {\n$paths
    onair_drain 0s;
    onair_heartbeat 1s timeout=20s;
/m;
    return Onair::Server->new(workers => 2, config => $text);
}

my $origin = origin('first');
my $reserve = origin('reserve');

sub to
{
    my ($front, $path, %headers) = @_;
    return (port => $front->port, tls => $front->is_tls, timeout => $limit,
        path => $path // '/',
        headers => { Host => '127.0.0.1:' . $front->port, %headers });
}

sub request
{
    my ($front, $method, $path, $body, %headers) = @_;
    return Onair::Http->request(to($front, $path,
        'Content-Type' => 'application/json', %headers), method => $method,
        defined $body ? (body => $json->encode($body)) : ())
        // { status => 'none', headers => {}, body => '' };
}

sub say_to { return $_[0]->send_frame(1, $json->encode($_[1])) }

# The next that is told, but for pings.
sub told
{
    my ($ws, $seconds) = @_;
    my $text = $ws->text($seconds // $limit) // return {};
    return $json->decode($text);
}

# Two that have connected with one id; a word where that failed.
sub pair
{
    my ($front) = @_;
    my $id = 'call ' . ++$count;
    my @peers;
    for my $polite (0, 1) {
        my $ws = Onair::WebSocket->connect(to($front));
        return 'WebSocket: ' . ($ws->status // 'none')
            if ($ws->status // 0) != 101;
        say_to($ws, { type => 'connect', connectionId => $id });
        my $answer = told($ws);
        return 'connect: ' . $json->encode($answer)
            if ($answer->{type} // '') ne 'connect'
            || !!$answer->{polite} != !!$polite;
        push @peers, $ws;
    }
    return ($id, @peers);
}

# Whether what one says comes to the other.
sub passes_on
{
    my ($id, $from, $to) = @_;
    my $sdp = 'sdp ' . ++$count;
    say_to($from, { type => 'offer',
        data => { connectionId => $id, sdp => $sdp } });
    my $got = told($to);
    return ($got->{data}{sdp} // '') eq $sdp ? ''
        : 'offer: ' . ($got->{type} // 'none');
}

# --- probes: what is wrong, '' if nothing is ---

# A call that says nothing for longer than the front is patient.
sub silent_call
{
    my ($front) = @_;
    my ($id, @peers) = pair($front);
    return $id unless @peers;
    my $wrong = passes_on($id, @peers);
    return $wrong if $wrong;
    for my $ws (@peers) {
        my $until = time + 15;
        while (($ws->{pings} // 0) < 5) {
            my $frame = $ws->frame($until - time) // return 'WebSocket: cut';
            $ws->control($frame);
        }
    }
    $wrong = passes_on($id, reverse @peers);
    $_->close_stream for @peers;
    return $wrong;
}

sub poll
{
    my ($front) = @_;
    my $config = eval { $json->decode(request($front, 'GET', '/config')->{body}) };
    return 'no settings' if ($config->{startupMode} // '') ne 'private';
    return 'no TURN server' unless $config->{iceServers}[0]{credential};
    my $session = eval {
        $json->decode(request($front, 'PUT', '/signaling')->{body})->{sessionId}
    } // return 'no session';
    my $ws = Onair::WebSocket->connect(to($front));
    my $id = 'poll ' . ++$count;
    my @as = ('Session-Id' => $session);
    my $answer = request($front, 'PUT', '/signaling/connection',
        { connectionId => $id }, @as);
    return "connection: $answer->{status}" if $answer->{status} != 200;
    say_to($ws, { type => 'connect', connectionId => $id });
    say_to($ws, { type => 'offer', data => { connectionId => $id, sdp => 'x' } });
    my $came = wait_for(sub {
        request($front, 'GET', '/signaling?fromtime=0', undef, @as)->{body}
            =~ /"sdp":"x"/
    }, $limit);
    request($front, 'DELETE', '/signaling', undef, @as);
    return $came ? '' : 'poll: no offer';
}

sub page
{
    my ($front) = @_;
    my $answer = request($front, 'GET', '/');
    return "page: $answer->{status}" if $answer->{status} != 200;
    return 'page: another' unless $answer->{body} =~ /call at first/;
    return 'no HSTS' unless $answer->{headers}{'strict-transport-security'};
    my $health = request($front, 'GET', '/health');
    return $health->{status} == 200 ? '' : "health: $health->{status}";
}

sub site
{
    my ($front) = @_;
    my @got = map {
        my $ws = Onair::WebSocket->connect(to($front, undef, Origin => $_));
        $ws->status // 'none';
    } 'https://127.0.0.1:' . $front->port, 'https://other.example';
    return "@got" eq '101 403' ? '' : "site: @got";
}

# Four clients that invent addresses; two may come.
sub address
{
    my ($front) = @_;
    my @open = map {
        Onair::WebSocket->connect(to($front, '/capped/',
            'X-Forwarded-For' => "192.0.2.$_"));
    } 1 .. 4;
    my $got = join ' ', map { $_->status // 'none' } @open;
    $_->close_stream for @open;
    return $got eq '101 101 429 429' ? '' : "address: $got";
}

sub reload
{
    my ($front) = @_;
    my ($id, @peers) = pair($front);
    return $id unless @peers;
    $origin->reload;
    my $wrong = passes_on($id, @peers) || passes_on($id, reverse @peers);
    $_->close_stream for @peers;
    return $wrong && "reload: $wrong";
}

sub spare
{
    my ($front) = @_;
    $origin->stop;
    my $took = wait_for(sub {
        request($front, 'GET', '/?' . ++$count)->{body} =~ /call at reserve/
    }, $limit);
    my ($id, @peers) = $took ? pair($front) : 'none';
    my $wrong = @peers ? passes_on($id, @peers) : $id;
    $origin->start;
    return 'the reserve is not asked' unless $took;
    return $wrong if $wrong;
    # The first is asked again, so that all meet there.
    return wait_for(sub {
        request($front, 'GET', '/?' . ++$count)->{body} =~ /call at first/
    }, 30) ? '' : 'the first is not asked again';
}

my %probe = (silent => \&silent_call, poll => \&poll, page => \&page,
    site => \&site, address => \&address, reload => \&reload, spare => \&spare);
my @every = qw(page silent poll site address reload spare);
my %lines = (
    'signalling-nginx' => [
        [ without => qr/set_header Upgrade/, silent => qr/^WebSocket: 200/ ],
        [ without => qr/header Connection/, silent => qr/^WebSocket: 400/ ],
        [ without => qr/set_header Host/, site => qr/^site: 403 403/ ],
        [ without => qr/X-Forwarded-For/, address => qr/^address: 101 101 101/ ],
        [ without => qr/backup/, spare => qr/reserve is not asked/ ],
        [ without => qr/Transport-Security/, page => qr/^no HSTS/ ],
        [ instead => [ qr/read_timeout 75s/, 'read_timeout 400ms' ],
            silent => qr/^WebSocket: cut|^offer: |^connect: / ] ],
    'signalling-apache' => [
        [ instead => [ qr/upgrade=websocket/, '' ],
            silent => qr/^WebSocket: 200/ ],
        [ without => qr/PreserveHost/, site => qr/^site: 403 403/ ],
        [ without => qr/status=\+H/, spare => qr/reserve is not asked/ ] ],
);

sub front
{
    my ($name, %given) = @_;
    return Onair::Front->start($name, origin => $origin, reserve => $reserve,
        %given);
}

my $given = $ENV{ONAIR_FRONTS} // 'signalling-nginx';
my @ours = Onair::Front::names('signalling');
my @names = $given eq 'all' ? @ours
    : grep { my $name = $_; grep { $_ eq $name } @ours } split ' ', $given;
for my $name (@names) {
    next unless ok(Onair::Front::is_here($name), "$name is on this machine");
    my $front = front($name);
    for my $probe (@every) {
        is($probe{$probe}->($front), '', "$name: $probe") or diag $front->log;
    }
    $front->stop;
    for my $line (@{ $lines{$name} }) {
        my ($how, $what, $probe, $like) = @$line;
        $front = front($name, $how => $what);
        local $limit = 4;
        my $said = $how eq 'without' ? "without $what" : "with $what->[1]";
        like($probe{$probe}->($front), $like, "$name $said: $probe");
        $front->stop;
    }
}
plan skip_all => 'none of these fronts is asked for' unless @names;
$_->end_checks for $origin, $reserve;
done_testing;
