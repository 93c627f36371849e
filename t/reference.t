#!/usr/bin/env perl

# The web app that signalling.md speaks of, from a snapshot of it that is not a
# part of this project: ONAIR_WEBAPP names its folder WebApp (the repository
# Unity-Technologies/UnityRenderStreaming). Its web client in Node opens data
# channels through us over both transports and in both modes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Process qw(wait_for slurp spawn scratch_dir is_running);
use Onair::Server;

my $app = $ENV{ONAIR_WEBAPP} // '';
plan skip_all => 'ONAIR_WEBAPP names no WebApp of a snapshot'
    unless -e "$app/client/src/signaling.js";
my $modules = `$FindBin::Bin/tools/npm.sh 2>/dev/null`;
chomp $modules;
plan skip_all => 'no npm, or no WebRTC for this machine'
    if system("NODE_PATH=$modules node -e 'require(\"\@roamhq/wrtc\")'"
        . ' >/dev/null 2>&1');
$ENV{NODE_PATH} = $modules;

# Its client knows the root of its own site only.
my $server = Onair::Server->new(workers => 4, http => <<'END');
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { onair_signalling private; }
    }
    server {
        listen 127.0.0.1:%%PORT_public%%;
        location / { onair_signalling public room=public; }
    }
END

# What a program says; '' in the end where it did not end well.
sub said
{
    my ($seconds, @command) = @_;
    my $dir = scratch_dir();
    my $pid = spawn("$dir/log", @command);
    wait_for(sub { !is_running($pid) }, $seconds);
    return slurp("$dir/log") // '';
}

for my $mode (qw(private public)) {
    for my $transport (qw(ws http)) {
        my $origin = 'http://127.0.0.1:'
            . $server->port($mode eq 'public' ? 'public' : undef);
        my $times = said(600, 'node',
            "$FindBin::Bin/lib/reference_client.mjs", $app, $origin,
            $transport, 3);
        my @ms = $times =~ /^([\d.]+)$/mg;
        is(scalar @ms, 3, "$mode, $transport: data channels open")
            or diag $times;
        note "ms: @ms";
    }
}

$server->end_checks;
done_testing;
