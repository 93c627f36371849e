#!/usr/bin/env perl

# The file of a zone's states: what was known is there after a restart, a
# crash of everything and an upgrade; two binaries side by side know the same;
# a file that is not one does no harm.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use Onair::Http;
use Onair::Process qw(wait_for terminate slurp spew);
use Onair::Server;
use Onair::Source;
use Onair::WebSocket;

sub http_with
{
    my ($zone, $more, $dir) = @_;
    return <<"END";
    onair_zone onair:$zone state=%%DIR%%/${\ ($dir // 'state') };
    onair_drain 300ms;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location /brief/ { onair_publish expires=2s; }
        location = /status { onair_status; }
        ${\ ($more // '') }
    }
END
}

sub start
{
    my (%given) = @_;
    return Onair::Server->new(workers => 2, http => http_with('1m'), %given);
}

sub state_of
{
    my ($server, $station) = @_;
    return Onair::Http->json($server->port, '/live/' . ($station // 'rock'));
}

sub text_of
{
    my ($state) = @_;
    return ($state->{now} // {})->{text} // '';
}

sub publish
{
    my ($server, $title, $station) = @_;
    my $path = $station // '/publish/rock';
    is(Onair::Http->post($server->port, $path, qq({"title":"$title"}))
            ->{status}, 204, "published: $title");
}

sub file_of { return "$_[0]{dir}/" . ($_[1] // 'state') . '/onair.state' }

# When the file was written, or touched, last.
sub modified
{
    return (Time::HiRes::stat(file_of($_[0])))[9] // 0;
}

# Waits until what was told is in the file, as far as one can see.
sub is_saved
{
    my ($server, $title, $dir) = @_;
    my $file = file_of($server, $dir);
    ok(wait_for(sub { index(slurp($file) // '', $title) >= 0 }, 20),
        "in the file: $title");
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

sub what_was_pushed_is_there_after_a_restart
{
    for my $master (1, 0) {
        for my $signal ('QUIT', 'TERM') {
            my $server = start(master => $master);
            publish($server, 'One');
            publish($server, 'Two');
            my $before = state_of($server);
            ok($server->stop($signal), "SIG$signal, master $master");
            $server->start;
            my $state = state_of($server);
            is(text_of($state), 'Two', 'the title is there');
            is($state->{status}, 'live', 'as it was');
            is($state->{history}[0]{text}, 'One', 'with its history');
            is($state->{now}{started}, $before->{now}{started},
                'and when it began');
            isnt($state->{epoch}, $before->{epoch}, 'in another epoch');
            like($server->log,
                qr/\[notice\].*"onair" begins with 1 of the 1 stations in/,
                'which the log says');
            publish($server, 'Three');
            is(text_of(state_of($server)), 'Three', 'and it goes on');
            $server->end_checks;
        }
    }
}

sub a_resuming_client_is_told_of_the_gap
{
    my $server = start();
    publish($server, 'One');
    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock');
    my $state = $ws->json;
    $server->stop('TERM');
    $server->start;
    $ws = Onair::WebSocket->connect(port => $server->port,
        path => "/live/rock?since=$state->{epoch}:$state->{seq}");
    my $again = $ws->json;
    is(text_of($again), 'One', 'who comes back has the state at once');
    ok($again->{gap}, 'marked as a gap');
    $server->end_checks;
}

sub everything_killed_loses_a_second_at_most
{
    my $server = start();
    publish($server, 'Kept');
    is_saved($server, 'Kept');
    kill_everything($server);
    # As a writer that was killed leaves it.
    spew($server->{dir} . '/state/onair.state.new', 'half');
    utime 1, 1, $server->{dir} . '/state/onair.state.new';
    $server->start;
    is(text_of(state_of($server)), 'Kept', 'the title is there');
    publish($server, 'Newer');
    is_saved($server, 'Newer');
    $server->end_checks;
}

sub time_away_counts
{
    my $server = start();
    publish($server, 'Lasting');
    publish($server, 'Brief', '/brief/news');
    $server->stop;
    # As if it had been away for a minute.
    ok(utime(time - 60, time - 60, file_of($server)), 'the clock goes on');
    $server->start;
    is(text_of(state_of($server)), 'Lasting', 'what stands, stands');
    is(state_of($server, 'news')->{status}, 'offline',
        'what expired meanwhile has expired');
    $server->end_checks;

    $server = start();
    publish($server, 'Brief', '/brief/news');
    $server->stop;
    $server->start;
    is(state_of($server, 'news')->{status}, 'live', 'and not before');
    ok(wait_for(sub { state_of($server, 'news')->{status} eq 'offline' }),
        'but then');
    $server->end_checks;
}

# A file is of the clock that its machine had; and may be set to any time.
sub a_file_of_another_time_is_read
{
    my $server = start();
    publish($server, 'Title');
    $server->stop;
    my $bytes = slurp(file_of($server));
    my ($past, $now, $future) = (0, time, time + 100_000);
    for my $case ([0, $past], [1, $now], [1 << 40, $future], [1 << 63, $now],
        [~0, $past], [~0, $future])
    {
        my ($ticks, $mtime) = @$case;
        # The ticks are the third word of the head, and not in the sum.
        spew(file_of($server), substr($bytes, 0, 16) . pack('Q', $ticks)
            . substr($bytes, 24));
        utime $mtime, $mtime, file_of($server);
        $server->start;
        my $state = state_of($server);
        is(text_of($state), 'Title', "ticks $ticks, written at $mtime");
        $server->stop('TERM');
    }
    $server->end_checks;
}

sub a_polled_station_does_not_blink
{
    my $source = Onair::Source->new(
        body => Onair::Source::icecast(rock => 'Artist - Title'));
    my $server = start(http => http_with('1m', "location = /source {
        internal; proxy_pass ${\ $source->url };
        onair_poll interval=100ms stale=1s offline=3s; }"));
    ok(wait_for(sub { text_of(state_of($server)) eq 'Artist - Title' }),
        'polled');
    ok(wait_for(sub { time - modified($server) > 1.2 }, 20),
        'the file is older than what is stale');
    $server->stop;
    $source->stop;
    $server->start;
    my $state = state_of($server);
    is(text_of($state), 'Artist - Title', 'there before the first answer');
    is($state->{status}, 'live', 'and not stale: it was good until the end');
    ok(wait_for(sub { state_of($server)->{status} eq 'offline' }),
        'time goes on');
    $source->start;
    ok(wait_for(sub { state_of($server)->{status} eq 'live' }),
        'and so does the source');
    $server->end_checks(allow => [qr/connect\(\) failed|onair poll/]);
}

sub what_is_no_file_of_ours_does_no_harm
{
    my $server = start();
    publish($server, 'Title');
    $server->stop;
    my $file = file_of($server);
    my $good = slurp($file);
    my %files = (
        'nothing' => sub { spew($file, '') },
        'a few bytes' => sub { spew($file, 'onair') },
        'another text' => sub { spew($file, "hello\n" x 1000) },
        'half of it' => sub { spew($file, substr($good, 0, length($good) / 2)) },
        'more than it' => sub { spew($file, $good . 'x') },
        'another layout' => sub {
            spew($file, substr($good, 0, 8) . "\x7f" . substr($good, 9)) },
        'a wrong byte' => sub {
            spew($file, substr($good, 0, 80) . chr(ord(substr $good, 80) ^ 1)
                . substr($good, 81)) },
        'a directory' => sub { mkdir $file },
        'a pipe' => sub { POSIX::mkfifo($file, 0666) },
        'a link' => sub { symlink '/etc/passwd', $file },
        'a hole of a terabyte' => sub {
            spew($file, ''); truncate $file, 1 << 40 },
    );
    my @bad;
    for my $what (sort keys %files) {
        unlink $file;
        $files{$what}->();
        my $said = -s "$server->{dir}/error.log";
        $server->start;
        is(text_of(state_of($server)), '', "$what: the zone is empty");
        like(substr(slurp("$server->{dir}/error.log"), $said),
            qr/\[warn\].*"onair" takes no states from ".*onair\.state": \S/,
            "$what: which the log says");
        if ($what eq 'a pipe') {
            sleep 3;
            my $lines = () = substr(slurp("$server->{dir}/error.log"), $said)
                =~ /takes no states/g;
            is($lines, 2, "$what: once at the start, once then");
        }
        publish($server, 'After');
        is(text_of(state_of($server)), 'After', "$what: and works");
        $server->stop('TERM');
        rmdir $file if -d $file && !-l $file;
    }
    # Each was put right by the next to be written; a directory could not be.
    spew($file, $good) unless -s $file;
    $server->start;
    isnt(text_of(state_of($server)), '', 'in the end there is a good one');
    $server->end_checks;
}

sub a_disk_that_takes_nothing_is_said_once
{
    my $server = start();
    my $dir = "$server->{dir}/state";
    rename $dir, "$dir.away" or die;
    publish($server, "Title $_") for 1 .. 3;
    ok($server->wait_log(
        qr/\[error\].*"onair" cannot keep its states: open\(\) ".*\.new" failed/),
        'the log says that it cannot be written, and why');
    publish($server, 'Another');
    sleep 2.5;
    my $lines = () = $server->log =~ /cannot keep its states/g;
    is($lines, 1, 'once');
    is(text_of(state_of($server)), 'Another', 'nobody else notices');
    rename "$dir.away", $dir or die;
    is_saved($server, 'Another');
    ok($server->wait_log(qr/\[notice\].*keeps its states in ".*" again/),
        'and that it can be written again');
    unlink file_of($server);
    is_saved($server, 'Another');
    $server->end_checks;
}

# One of the future was left before the clock was set back.
sub a_file_left_half_done_is_not_waited_for
{
    my $server = start();
    publish($server, 'One');
    is_saved($server, 'One');
    my $left = file_of($server) . '.new';
    spew($left, 'half');
    utime time + 86400, time + 86400, $left;
    publish($server, 'Two');
    is_saved($server, 'Two');

    mkdir $left or die;
    utime 1, 1, $left;
    publish($server, 'Three');
    ok($server->wait_log(
        qr/\[error\].*"onair" cannot keep its states: unlink\(\) ".*\.new" failed/),
        'what cannot be taken away is told of');
    rmdir $left or die;
    is_saved($server, 'Three');
    $server->end_checks;
}

sub a_file_that_is_spoilt_is_written_again
{
    my $server = start();
    publish($server, 'Title');
    is_saved($server, 'Title');
    my $good = slurp(file_of($server));
    for my $what ('', $good . 'x', substr $good, 0, 60) {
        spew(file_of($server), $what);
        is_saved($server, 'Title');
    }
    my $lines = () = $server->log =~ /takes no states/g;
    is($lines, 1, 'which the log says, but not each time');
    kill_everything($server);
    $server->start;
    is(text_of(state_of($server)), 'Title', 'nothing is lost');
    $server->end_checks;
}

# A reload may lead to a file that was good once.
sub a_file_of_another_directory_is_brought_up_to_date
{
    my $server = start();
    publish($server, 'Old');
    is_saved($server, 'Old');
    $server->reload(http => http_with('1m', '', 'elsewhere'));
    publish($server, 'New');
    is_saved($server, 'New', 'elsewhere');
    $server->reload(http => http_with('1m'));
    is_saved($server, 'New');
    kill_everything($server);
    $server->start;
    is(text_of(state_of($server)), 'New', 'without another change');
    $server->end_checks;
}

# A publisher may be slow, and has its answer.
sub what_is_pushed_while_the_server_ends_is_kept
{
    my $server = start();
    publish($server, 'Before');
    is_saved($server, 'Before');
    my $client = Onair::Http->connect(port => $server->port);
    $client->send_request(path => '/publish/rock', method => 'POST',
        body => '', headers => { 'Content-Length' => 22,
            Expect => '100-continue', Connection => 'close' });
    is(($client->answer // {})->{status}, 100, 'a publication begins');
    $server->signal('QUIT');
    ok(wait_for(sub { $server->leaving_workers == 1 && !$server->workers }),
        'only who reads it is left');
    $client->send_bytes('{"title":"At the end"}');
    is(($client->answer // {})->{status}, 204, 'it is taken');
    $client->close_stream;
    $server->stop;
    $server->start;
    is(text_of(state_of($server)), 'At the end', 'and there again');
    $server->end_checks;
}

# The workers of the zone that is gone write no more: they know less.
sub a_zone_laid_out_otherwise_takes_the_file_over
{
    my $server = start();
    publish($server, 'Old');
    is_saved($server, 'Old');
    $server->reload(http => http_with('2m'));
    publish($server, 'New');
    ok(wait_for(sub { !$server->leaving_workers }), 'the old workers are gone');
    $server->stop;
    $server->start;
    is(text_of(state_of($server)), 'New', 'the file has the newer state');

    # So short before that nobody has written it.
    publish($server, 'Newer');
    $server->reload(http => http_with('3m'));
    is_saved($server, 'Newer');
    kill_everything($server);
    $server->start;
    is(text_of(state_of($server)), 'Newer', 'the file has that as well');
    $server->end_checks;
}

sub workers_of_another_user_make_the_file_theirs
{
  SKIP: {
        skip 'workers have the user of the tests', 1 if $< != 0;
        my $server = start(main => 'user nobody nogroup;');
        publish($server, 'Title');
        is_saved($server, 'Title');
        my $owner = (stat file_of($server))[4];
        $server->reload(main => 'user root;');
        ok(wait_for(sub { (stat file_of($server))[4] != $owner }, 20),
            'written anew without a change');
        $server->end_checks(allow => [qr/cannot keep its states.*\(13: /]);
    }
}

# Whoever answers: the states by epoch, one of each binary that serves.
sub states_of_all
{
    my ($server) = @_;
    my %by_epoch;
    for (1 .. 40) {
        my $state = state_of($server);
        $by_epoch{ $state->{epoch} } = text_of($state);
    }
    return \%by_epoch;
}

sub all_say
{
    my ($server, $title, $binaries) = @_;
    my $seen;
    ok(wait_for(sub {
        $seen = states_of_all($server);
        return keys %$seen == $binaries
            && !grep { $_ ne $title } values %$seen;
    }), "$title: by $binaries") or diag(explain($seen));
}

# A daemon is not our child: nothing is to be waited for but its end.
sub lives { return (slurp("/proc/$_[0]/stat") // '') =~ /\) [^ZX] / }

my @daemons;
END { local $?; kill 'TERM', grep { lives($_) } @daemons }

sub an_upgrade_loses_nothing
{
    # nginx takes no USR2 from where its parent is the one that started it.
    my $server = start(stopped => 1);
    my $conf = "$server->{dir}/conf/nginx.conf";
    spew($conf, slurp($conf) =~ s/daemon off/daemon on/r);
    system($server->arguments) == 0 or die;
    ok(wait_for(sub { slurp("$server->{dir}/nginx.pid") }), 'nginx runs');
    my $old = slurp("$server->{dir}/nginx.pid") + 0;
    push @daemons, $old;
    publish($server, 'Before');
    is_saved($server, 'Before');
    kill 'USR2', $old;
    my $new = wait_for(sub {
        my $pid = (slurp("$server->{dir}/nginx.pid") || 0) + 0;
        return $pid if $pid && $pid != $old && -e "$server->{dir}/nginx.pid.oldbin";
    });
    ok($new, 'the new binary runs') or return;
    push @daemons, $new;
    all_say($server, 'Before', 2);
    for my $turn (1 .. 4) {
        publish($server, "While both serve, $turn");
        all_say($server, "While both serve, $turn", 2);
    }
    kill 'QUIT', $old;
    ok(wait_for(sub { !lives($old) }, 20), 'the old one ends');
    all_say($server, 'While both serve, 4', 1);
    publish($server, 'After');
    kill 'QUIT', $new;
    ok(wait_for(sub { !lives($new) }, 20), 'the new one ends');
    $server->write_config;
    $server->start;
    is(text_of(state_of($server)), 'After', 'and a third one begins with that');
    $server->end_checks;
}

sub nothing_is_written_where_nothing_changed
{
    my $server = start();
    publish($server, 'Title');
    is_saved($server, 'Title');
    my @was = stat file_of($server);
    publish($server, 'Title');
    my $modified = modified($server);
    ok(wait_for(sub { modified($server) > $modified }, 20),
        'that somebody is here is in its time');
    my @is = stat file_of($server);
    is($is[1], $was[1], 'the same file');
    is($is[2] & 0777, 0600, 'which nobody else may read');
    opendir my $dir, "$server->{dir}/state" or die;
    is(join(' ', grep { !/^\./ } readdir $dir), 'onair.state', 'alone');
    $server->end_checks;
}

what_was_pushed_is_there_after_a_restart();
a_resuming_client_is_told_of_the_gap();
everything_killed_loses_a_second_at_most();
time_away_counts();
a_file_of_another_time_is_read();
a_polled_station_does_not_blink();
what_is_no_file_of_ours_does_no_harm();
a_disk_that_takes_nothing_is_said_once();
a_file_left_half_done_is_not_waited_for();
a_file_that_is_spoilt_is_written_again();
a_file_of_another_directory_is_brought_up_to_date();
what_is_pushed_while_the_server_ends_is_kept();
a_zone_laid_out_otherwise_takes_the_file_over();
workers_of_another_user_make_the_file_theirs();
an_upgrade_loses_nothing();
nothing_is_written_where_nothing_changed();
done_testing();
