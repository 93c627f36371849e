#!/usr/bin/env perl

# Event streams over HTTP/2, in clear and over TLS, with a client that does what
# others do not: windows of a byte, settings and priorities in the middle,
# resets, streams that never read, other requests beside them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IPC::Open2 qw(open2);
use Test::More;

use Onair::Process qw(wait_for spawn slurp scratch_dir);
use Onair::Server;
use Onair::Tls;

my @kept = qw(one_stream ten_streams long_events longer_frames
    window_of_a_byte shared_window windows_in_settings resets reset_and_again
    pings priorities goaway others_beside published_beside half_open heartbeats
    dropped few_records);

my $lines = Onair::Tls::lines();
my %files = (%{ Onair::Tls::files() },
    'html/big' => join('', map { sprintf "%07d\n", $_ } 0 .. (1 << 17) - 1),
    'html/small' => '0123456789' x 100);

sub start
{
    my (%given) = @_;
    return Onair::Server->new(workers => 1, files => \%files,
        http => <<"END", %given);
    onair_zone onair:16m stations=4 history=10;
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_https%% ssl http2;
        listen 127.0.0.1:%%PORT_http%% http2;
        $lines
        root %%DIR%%/html;
        location /live/ { onair; onair_heartbeat 1h; }
        location /quick/ { onair; onair_heartbeat 1s; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
    server {
        listen 127.0.0.1:%%PORT_hasty%% ssl http2;
        $lines
        send_timeout 2s;
        location /live/ { onair; onair_heartbeat 3s; }
    }
END
}

# Runs these, and `reload` of the server when they ask for it.
sub scenarios
{
    my ($server, $scheme, @names) = @_;
    my $tls = $scheme eq 'http' ? 'http' : 'https';
    my $pid = open2(my $out, my $in, '/usr/bin/python3',
        "$FindBin::Bin/lib/h2_streams.py", $tls, $server->port($scheme),
        $server->port, @names);
    my $said = 0;
    while (defined(my $line = <$out>)) {
        chomp $line;
        if ($line eq 'reload') {
            $server->reload;
            print {$in} "\n";
            $in->flush;
            next;
        }
        my ($bad, $what) = $line =~ /^(not )?ok (.*)/ or diag $line;
        ok(!$bad, $what // $line);
        $said++;
    }
    waitpid $pid, 0;
    is($said, @names, "$scheme: all was tried");
}

my $server = start();
scenarios($server, $_, @kept, 'goodbye') for qw(https http);
ok(wait_for(sub { !$server->leaving_workers }, 15), 'the old worker goes');
scenarios($server, 'https', 'one_stream', 'ten_streams');
scenarios($server, 'hasty', qw(never_reads stops_reading never_takes));
$server->end_checks;

$server = start(master => 0);
scenarios($server, 'https', qw(ten_streams resets shared_window dropped));
$server->end_checks;

# Some seconds of what t/fuzz/h2_streams.py does for as long as one likes.
my $seconds = $ENV{ONAIR_FULL} ? 600 : 8;
my $out = scratch_dir() . '/fuzz';
my $pid = spawn($out, '/usr/bin/python3',
    "$FindBin::Bin/fuzz/h2_streams.py", $seconds);
waitpid $pid, 0;
is($?, 0, 'whatever clients do, nothing is wrong') or diag slurp($out);
done_testing();
