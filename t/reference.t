#!/usr/bin/env perl

# The web app that signalling.md speaks of, from a snapshot of it that is not a
# part of this project: ONAIR_WEBAPP names its folder WebApp (the repository
# Unity-Technologies/UnityRenderStreaming). Its web client in Node opens data
# channels through us over both transports and in both modes; its own tests that
# need a server, and its collection of requests, pass with this one, where its
# client/node_modules has what they need (npm install jest@29 jest-dev-server@6
# jest-environment-jsdom@29 node-fetch@3 newman@6).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::INET;
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
            $transport, $mode, 3);
        my @ms = $times =~ /^([\d.]+)$/mg;
        is(scalar @ms, 3, "$mode, $transport: data channels open")
            or diag $times;
        note "ms: @ms";
    }
}

$server->end_checks;

# They start `../bin~/webserver -p 8081` themselves.
subtest 'its own tests' => sub {
    my $modules = "$app/client/node_modules";
    plan skip_all => 'no jest in its client/node_modules'
        unless -e "$modules/jest/bin/jest.js";
    plan skip_all => 'port 8081 is taken'
        unless IO::Socket::INET->new(LocalPort => 8081, Listen => 1,
            ReuseAddr => 1);
    my $copy = scratch_dir();
    chmod 0755, $copy;
    mkdir "$copy/bin~";
    symlink "$FindBin::Bin/lib/reference_server.sh", "$copy/bin~/webserver";
    system qw(cp -r --), "$app/test", $copy;
    mkdir "$copy/client";
    system qw(cp -r --), (grep { !/node_modules/ } glob "$app/client/*"),
        "$copy/client";
    symlink $modules, "$copy/client/node_modules";
    local $ENV{ONAIR_LOG} = "$copy/error.log";
    my $said = said(300, 'bash', '-c', "cd '$copy/client' && "
        . 'node --experimental-vm-modules node_modules/jest/bin/jest.js '
        . '--coverage=false test/signaling.test.js 2>&1');
    my ($passed) = $said =~ /^Tests: +(\d+) passed, \d+ total$/m;
    cmp_ok($passed // 0, '>', 0, 'all pass') or diag $said;
    note $said =~ /^(Tests:.*)/m;

    my $own = Onair::Server->new(http => <<"END");
        server {
            listen 127.0.0.1:%%PORT%%;
            location / { root $copy/client/public; }
            location /signaling { onair_signalling public; }
            location = /config { onair_signalling public; }
        }
END
    $said = said(60, 'node', "$modules/newman/bin/newman.js", 'run',
        "$copy/test/renderstreaming.postman_collection.json",
        '--env-var', 'url=127.0.0.1:' . $own->port);
    my ($asserted, $failed) = $said =~ /assertions\W+(\d+)\W+(\d+)/;
    ok($asserted, 'its requests are made') or diag $said;
    is($failed, 0, 'and answered as it wants') or diag $said;
    note "assertions: $asserted";
    $own->end_checks;
    unlike(slurp("$copy/error.log") // '', qr/\[(?:alert|emerg|crit)\]/,
        'nothing is wrong in the log');
};
done_testing;
