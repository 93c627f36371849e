#!/usr/bin/env perl

# Rooms in the file of a zone's states: what was said, modes, reactions and bans
# are there after a restart, a crash of everything and an upgrade; a file that is
# not one does no harm.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp spew);
use Onair::Room;
use Onair::Server;

sub http_with
{
    my ($zone) = @_;
    return <<"END";
    onair_zone onair:$zone state=%%DIR%%/state;
    onair_drain 300ms;
    onair_message_rate off;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location /room/ { onair_room reactions=like,heart hold=10m; }
        location /control/ { onair_room_control; }
    }
END
}

sub start
{
    my (%given) = @_;
    return Onair::Server->new(workers => 2,
        http => http_with($given{zone} // '4m rooms=8'), %given);
}

sub file_of { return "$_[0]{dir}/state/onair.state" }
sub is_saved
{
    my ($server, $text) = @_;
    ok(wait_for(sub { index(slurp(file_of($server)) // '', $text) >= 0 }, 20),
        "in the file: $text");
}

sub enter
{
    my ($server, %given) = @_;
    my $member = Onair::Room->enter(port => $server->port,
        path => '/room/hall', timeout => 20, %given);
    die "not let in\n" if !$member->is_in;
    return $member;
}

# What a room has, without anybody coming in.
sub shown
{
    my ($server, $room) = @_;
    return Onair::Http->json($server->port, '/room/' . ($room // 'hall'));
}
sub texts
{
    my ($server, $room) = @_;
    my $it = shown($server, $room);
    return join ' ', map { $_->{said} } grep { $_->{type} eq 'message' }
        @{ $it->{events} };
}

sub control
{
    my ($server, $text) = @_;
    my $answer = Onair::Http->post($server->port, '/control/hall', $text);
    is($answer->{status}, 204, "control: $text") or diag($answer->{body});
}

# Nobody of it has any time left to write.
sub kill_everything
{
    my ($server) = @_;
    my @workers = ($server->workers, $server->leaving_workers);
    my $pid = delete $server->{pid};
    kill 'KILL', $pid, @workers;
    waitpid $pid, 0;
    wait_for(sub { !grep { lives($_) } @workers });
    unlink "$server->{dir}/nginx.pid";
}

sub lives { return (slurp("/proc/$_[0]/stat") // '') =~ /\) [^ZX] / }

sub a_room_is_there_after_a_restart
{
    for my $signal ('QUIT', 'TERM') {
        my $server = start();
        my $anna = enter($server, name => 'Anna');
        my $boris = enter($server, name => 'Boris', by => 'events');
        my @seqs = map { $anna->say($_)->{seq} } qw(one two three);
        $boris->said for 1 .. 3;
        $anna->command({ react => 'heart', n => 7 });
        control($server, qq({"delete":[$seqs[1]]}));
        control($server, '{"modes":{"slow":2,"unique":true}}');
        my $since = $anna->since;
        my $epoch = shown($server)->{epoch};
        $server->stop($signal);
        $server->start;
        my $is = shown($server);
        is(texts($server), 'one three', "SIG$signal: what was said is there");
        is($is->{events}[0]{from}{name}, 'Anna', 'by whom');
        is($is->{events}[0]{seq}, $seqs[0], 'under its number');
        is_deeply([ @{ $is->{modes} }{qw(slow unique)} ], [ 2, JSON::PP::true ],
            'modes');
        is($is->{reactions}{heart}, 7, 'and reactions');
        isnt($is->{epoch}, $epoch, 'in another epoch');
        like($server->log,
            qr/\[notice\].*"onair" begins with 1 of the 1 rooms in its file/,
            'which the log says');
        my $again = enter($server, name => 'Anna', since => $since);
        ok($again->{gaps}, 'who comes back is told of a gap');
        is(join(' ', map { $_->{said} // () } @{ $again->{events} }),
            'one three', 'and shown the history');
        my $next = $again->say('four');
        cmp_ok($next->{seq}, '>', $seqs[2], 'numbers go on');
        is($again->event(sub { ($_[0]{said} // '') eq 'four' })->{from}{name},
            'Anna');
        $server->end_checks;
    }
}

sub a_ban_holds_over_it
{
    my $server = start();
    my $bad = enter($server, name => 'Bad');
    $bad->say('bad');
    my $id = $bad->id;
    control($server, qq({"ban":"$id","for":3600}));
    is_saved($server, 'bad');
    kill_everything($server);
    $server->start;
    my $again = Onair::Room->enter(port => $server->port, path => '/room/hall');
    ok(!$again->is_in, 'a ban outlives a crash of everything');
    is(texts($server), 'bad', 'so does what was said a second before');
    $server->end_checks;
}

sub a_file_that_is_none_does_no_harm
{
    my $server = start();
    Onair::Http->post($server->port, '/publish/rock', '{"title":"Title"}');
    my $anna = enter($server, name => 'Anna');
    $anna->say('said');
    $server->stop;
    my $good = slurp(file_of($server));
    my $at = index $good, 'said';
    my $half = substr($good, 0, length($good) / 2);
    my $changed = $good;
    substr $changed, $at, 4, 'sad!';
    my $foot = $good;
    substr $foot, -16, 8, pack 'Q', 1 << 40;
    my %files = (
        'half of it' => [ $half, 0, qr/takes no states from .*missing or wrong/ ],
        'one that was changed' =>
            [ $changed, 1, qr/takes no rooms from its file: parts of them are/ ],
        'one whose foot lies' =>
            [ $foot, 0, qr/takes no states from .*missing or wrong/ ],
        'nothing but a foot' => [ substr($good, -16), 0, qr/takes no/ ],
    );
    for my $name (sort keys %files) {
        my ($text, $stations, $says) = @{ $files{$name} };
        spew(file_of($server), $text);
        $server->start;
        like($server->log, $says, "$name is refused in words");
        is(texts($server), '', 'no room is made of it');
        is(Onair::Http->json($server->port, '/live/rock')->{status},
            $stations ? 'live' : 'offline', 'stations are as they can be');
        my $boris = enter($server, name => 'Boris');
        ok($boris->say('on')->{seq}, 'and rooms go on');
        $boris->leave;
        $server->stop;
    }
    $server->start;
    $server->end_checks;
}

sub other_sizes_take_what_fits
{
    my $server = start(zone => '8m rooms=8 room_history=256k');
    my @members = map { enter($server, path => "/room/r$_") } 1 .. 4;
    for my $member (@members) {
        $member->say($_) for 1 .. 30;
    }
    $server->stop;
    $server->write_config(http => http_with('4m rooms=3 room_history=6k'));
    $server->start;
    like($server->log, qr/\[warn\].*begins with 3 of the 4 rooms/, 'rooms=3');
    my @kept = map { texts($server, "r$_") } 1 .. 4;
    is(scalar(grep { /30\z/ } @kept), 3, 'the last messages are there');
    is(scalar(grep { /^1 / } @kept), 0, 'the first are not');

    # The same without a restart: another layout by a reload.
    $server->reload(http => http_with('8m rooms=5 room_history=256k'));
    # The one that had no place may come back from the file, if that was not
    # written since.
    my @there = grep { $kept[ $_ - 1 ] ne '' } 1 .. 4;
    is(join('|', map { texts($server, "r$_") } @there),
        join('|', @kept[ map { $_ - 1 } @there ]),
        'a zone laid out anew begins with the rooms of the one before');
    like($server->log, qr/begins with 3 of the 3 rooms in the zone before/);
    $server->end_checks;
}

my @daemons;
END { local $?; kill 'TERM', grep { lives($_) } @daemons }

# Answers of both binaries: which rooms say what, by epoch.
sub texts_of_all
{
    my ($server) = @_;
    my %by_epoch;
    for (1 .. 30) {
        my $it = shown($server);
        $by_epoch{ $it->{epoch} } = join ' ',
            map { $_->{said} } grep { $_->{type} eq 'message' }
            @{ $it->{events} } if $it->{epoch};
    }
    return \%by_epoch;
}

sub an_upgrade_keeps_what_is_said
{
    # nginx takes no USR2 from where its parent is the one that started it.
    my $server = start(stopped => 1);
    my $conf = "$server->{dir}/conf/nginx.conf";
    spew($conf, slurp($conf) =~ s/daemon off/daemon on/r);
    system($server->arguments) == 0 or die;
    ok(wait_for(sub { slurp("$server->{dir}/nginx.pid") }), 'nginx runs');
    my $old = slurp("$server->{dir}/nginx.pid") + 0;
    push @daemons, $old;
    my $anna = enter($server, name => 'Anna');
    $anna->say('before');
    is_saved($server, '"before"');
    kill 'USR2', $old;
    my $new = wait_for(sub {
        my $pid = (slurp("$server->{dir}/nginx.pid") || 0) + 0;
        return $pid if $pid && $pid != $old
            && -e "$server->{dir}/nginx.pid.oldbin";
    });
    ok($new, 'the new binary runs') or return;
    push @daemons, $new;
    # A member of the new one: whose epoch is another.
    my $boris;
    for (1 .. 100) {
        $boris = enter($server, name => 'Boris');
        last if $boris->{epoch} ne $anna->{epoch};
        $boris->leave;
    }
    isnt($boris->{epoch}, $anna->{epoch}, 'a member of the new one');
    is(join(' ', map { $_->{said} // () } @{ $boris->{events} }), 'before',
        'is shown what was said before');
    $boris->say('new');
    $anna->say("old $_") for 1 .. 3;
    for my $n (1 .. 3) {
        is($boris->event(sub { ($_[0]{said} // '') eq "old $n" }, 20)
            ->{from}{name}, 'Anna', "it hears what is said in the old one, $n");
    }
    $anna->say('last');
    kill 'QUIT', $old;
    ok(wait_for(sub { !lives($old) }, 20), 'the old one ends');
    ok($boris->event(sub { ($_[0]{said} // '') eq 'last' }, 20),
        'what it wrote last is heard');
    my @all = sort split / /, texts($server) =~ s/old /old/gr;
    is("@all", 'before last new old1 old2 old3', 'all is there, once');
    is(keys %{ texts_of_all($server) }, 1, 'one epoch');
    kill 'QUIT', $new;
    ok(wait_for(sub { !lives($new) }, 20), 'the new one ends');
    $server->write_config;
    $server->start;
    @all = sort split / /, texts($server) =~ s/old /old/gr;
    is("@all", 'before last new old1 old2 old3', 'and a third one has it all');
    $server->end_checks;
}

a_room_is_there_after_a_restart();
a_ban_holds_over_it();
a_file_that_is_none_does_no_harm();
other_sizes_take_what_fits();
an_upgrade_keeps_what_is_said();
done_testing;
