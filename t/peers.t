#!/usr/bin/env perl

# npm's peerjs and y-webrtc in Node with a real WebRTC stack: they open data
# channels over four workers, and keep them through a reload and a death.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Handle;
use IPC::Open3 ();
use Test::More;

use Onair::Process qw(wait_for slurp scratch_dir terminate);
use Onair::Server;

my $modules = `$FindBin::Bin/tools/npm.sh 2>/dev/null`;
chomp $modules;
plan skip_all => 'no npm, or no WebRTC for this machine'
    if !-d "$modules/peerjs"
    || system("NODE_PATH=$modules node -e 'require(\"\@roamhq/wrtc\")'"
        . ' >/dev/null 2>&1');
$ENV{NODE_PATH} = $modules;

my $dir = scratch_dir();
my $server = Onair::Server->new(workers => 4, http => <<'END');
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /app/ { onair_peerjs; }
        location /yjs { onair_yjs; }
    }
END

package Client;

my $number = 0;

sub start
{
    my ($class, @arguments) = @_;
    my $log = "$dir/client" . ++$number;
    open my $to, '>', $log or die "$log: $!\n";
    my $pid = IPC::Open3::open3(my $in, '>&' . fileno $to, undef, 'node',
        "$FindBin::Bin/lib/peers.js", @arguments);
    $in->autoflush;
    return bless { in => $in, pid => $pid, log => $log, seen => 0 }, $class;
}

sub say { my ($self, $line) = @_; print { $self->{in} } "$line\n" }

# Whether it prints a line that matches, behind the last one looked for.
sub prints
{
    my ($self, $pattern, $seconds) = @_;
    my $found = main::wait_for(sub {
        my $text = main::slurp($self->{log});
        pos($text) = $self->{seen};
        return unless $text =~ /\G.*?^$pattern\n/msg;
        $self->{seen} = pos $text;
        return 1;
    }, $seconds // 60);
    main::diag(main::slurp($self->{log})) unless $found;
    return $found;
}

sub DESTROY { main::terminate($_[0]{pid}) if $_[0]{pid} }

package main;

sub peer
{
    my ($id) = @_;
    return Client->start('peerjs', $server->port, '/app', $id);
}

subtest 'PeerJS' => sub {
    my ($anna, $ben) = map { peer($_) } qw(anna ben);
    ok($_->prints(qr/open \w+/), 'open') for $anna, $ben;
    $anna->say('connect ben');
    ok($_->prints(qr/channel \w+/), 'a data channel') for $anna, $ben;
    $anna->say('say hello');
    ok($ben->prints(qr/heard hello/), 'they talk');

    $server->reload;
    $ben->say('say after');
    ok($anna->prints(qr/heard after/), 'and talk on after a reload');
    my $carol = peer('carol');
    ok($carol->prints(qr/open carol/), 'a third comes to the new workers');
    $carol->say('connect anna');
    ok($_->prints(qr/channel \w+/), 'and meets one of the old')
        for $carol, $anna;

    $anna->say('connect nobody');
    ok($anna->prints(qr/error peer-unavailable/), 'who is not there is not');
    my $twin = peer('carol');
    ok($twin->prints(qr/error unavailable-id/), 'an id is taken once');

    $server->kill_worker($_) for $server->workers;
    ok($carol->prints(qr/disconnected/), 'its worker is dead');
    $carol->say('say still');
    ok($anna->prints(qr/heard still/), 'and the channel lives');
};

subtest 'y-webrtc' => sub {
    my ($one, $two) = map {
        Client->start('yjs', $server->port, '/yjs', 'room', $_)
    } 1, 2;
    ok($_->prints(qr/open \d/), 'started') for $one, $two;
    $one->say('set colour red');
    ok($two->prints(qr/has colour red/), 'a document is shared');
    $server->reload;
    my $three = Client->start('yjs', $server->port, '/yjs', 'room', 3);
    ok($three->prints(qr/has colour red/), 'with one that comes after a reload');
};

$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing;
