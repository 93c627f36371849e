#!/usr/bin/env perl

# Another binary takes over (USR2, WINCH, QUIT) while players and pages listen:
# those of the old one hear every frame once until they go, also when nobody
# pulls for it any more; who comes is at the new one. The same when the new one
# is given up again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp spew);
use Onair::Server;
use Onair::Sound;
use Onair::WebSocket;

my $sound = Onair::Sound->new;
my @daemons;

sub start_daemon
{
    my $server = Onair::Server->new(workers => 2, stopped => 1, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /pull {
            internal; proxy_pass http://127.0.0.1:${\ $sound->port };
            onair_pull station=rock;
        }
        location /hear/ { onair_listen; }
    }
END
    # nginx takes no USR2 from where its parent is the one that started it.
    my $conf = $server->dir . '/conf/nginx.conf';
    spew($conf, slurp($conf) =~ s/daemon off/daemon on/r);
    system($server->arguments) == 0 or die;
    wait_for(sub { pid_in($server, 'nginx.pid') }) or die 'nginx does not run';
    push @daemons, pid_in($server, 'nginx.pid');
    return $server;
}

sub pid_in
{
    my ($server, $name) = @_;
    return (slurp($server->dir . "/$name") || 0) + 0;
}

sub workers_of
{
    my ($master) = @_;
    return split ' ', slurp("/proc/$master/task/$master/children") // '';
}

sub lives { return -e "/proc/$_[0]" && slurp("/proc/$_[0]/stat") !~ /\) Z / }

# Keeps what it has heard; a player, or a page with `page`.
sub listener
{
    my ($server, $page) = @_;
    my $path = '/hear/rock';
    return { heard => '', page => Onair::WebSocket->connect(
        port => $server->port, path => $path, timeout => 20) } if $page;
    my $http = Onair::Http->connect(port => $server->port);
    $http->send_request(path => $path);
    $http->head(20);
    return { heard => '', player => $http };
}

# So much more; false when it ended.
sub hears
{
    my ($one, $size) = @_;
    if ($one->{player}) {
        my $bytes = $one->{player}->bytes($size, 20) // return 0;
        $one->{heard} .= $bytes;
        return 1;
    }
    my $until = length($one->{heard}) + $size;
    while (length $one->{heard} < $until) {
        my $message = $one->{page}->message(20) // return 0;
        $one->{heard} .= $message->{payload} if $message->{opcode} == 2;
    }
    return 1;
}

sub all_hear
{
    my ($name, $size, @all) = @_;
    my $good = grep { hears($_, $size) && in_a_row($_->{heard}) } @all;
    is($good, scalar @all, $name);
}

sub in_a_row
{
    my @numbers = Onair::Sound::frames($_[0]);
    for my $i (1 .. $#numbers) {
        return 0 if $numbers[$i] != $numbers[$i - 1] + 1;
    }
    return @numbers && $numbers[0] >= 0;
}

sub go_away { ($_->{player} // $_->{page})->reset_connection for @_ }

sub upgraded
{
    my ($server) = @_;
    my $old = pid_in($server, 'nginx.pid');
    kill 'USR2', $old;
    my $new = wait_for(sub {
        my $pid = pid_in($server, 'nginx.pid');
        return $pid if $pid && $pid != $old && workers_of($pid) == 2
            && -e $server->dir . '/nginx.pid.oldbin';
    }, 20) or die 'the new binary does not run';
    push @daemons, $new;
    return ($old, $new);
}

sub an_upgrade_is_not_heard
{
    my ($end) = @_;
    my $server = start_daemon();
    my @old = map { listener($server, $_ % 2) } 1 .. 6;
    all_hear('players and pages listen', 70_000, @old);
    my ($old, $new) = upgraded($server);
    all_hear('while both serve', 30_000, @old);
    if ($end eq 'WINCH') {
        kill 'WINCH', $old;
        all_hear('with the old workers told to go', 60_000, @old);
    }
    kill 'QUIT', $old;
    # Nobody pulls for the old ring, until one of them does.
    all_hear("after $end and QUIT", 90_000, @old);
    my @new = map { listener($server, $_ % 2) } 1 .. 4;
    all_hear('so do those who come', 70_000, @new);
    go_away(@old);
    ok(wait_for(sub { !lives($old) }, 20), 'the old one ends then');
    all_hear('and the new ones hear on', 30_000, @new);
    go_away(@new);
    kill 'QUIT', $new;
    ok(wait_for(sub { !lives($new) }, 20), 'the new one ends');
    $server->end_checks;
}

sub nor_is_one_that_is_given_up
{
    my $server = start_daemon();
    my @old = map { listener($server, $_ % 2) } 1 .. 4;
    all_hear('players and pages listen', 70_000, @old);
    my ($old, $new) = upgraded($server);
    kill 'WINCH', $old;
    my @new = map { listener($server, $_ % 2) } 1 .. 4;
    all_hear('at the new one', 70_000, @new);
    kill 'HUP', $old;
    ok(wait_for(sub { workers_of($old) >= 2 }, 20), 'the old one is back');
    kill 'QUIT', $new;
    all_hear('those of the new one hear on', 90_000, @new);
    all_hear('and those of the old one all the time', 90_000, @old);
    go_away(@new);
    ok(wait_for(sub { !lives($new) }, 20), 'the new one ends');
    my @again = map { listener($server, $_ % 2) } 1 .. 4;
    all_hear('and who comes is at the old one', 70_000, @again);
    go_away(@old, @again);
    kill 'QUIT', $old;
    ok(wait_for(sub { !lives($old) }, 20), 'the old one ends');
    $server->end_checks;
}

END { local $?; kill 'TERM', grep { lives($_) } @daemons }

an_upgrade_is_not_heard('USR2');
an_upgrade_is_not_heard('WINCH');
nor_is_one_that_is_given_up();
$sound->stop;
done_testing();
