#!/usr/bin/env perl

# Which station of a document is meant: station= and its name, mounts without a
# name, several mounts of one programme, all stations of another onair; and what
# is said where the answer shows that the configuration is not right.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Source;

my $json = JSON::PP->new->utf8->canonical;

# name (or whole URL), title, listeners: undef title: on air without; '': off.
sub icecast
{
    my @sources = map {
        my ($name, $title, $listeners) = @$_;
        my $url = $name =~ /^http:/ ? $name : "http://h:8000/$name";
        +{ listenurl => $url, listeners => $listeners // 1,
            (defined $title && $title eq '' ? ()
                : (stream_start_iso8601 => '2026-01-01T00:00:00+0000')),
            ($title ? (title => $title) : ()) };
    } @_;
    return $json->encode({ icestats => { source => \@sources } });
}

my %source = map { ($_ => Onair::Source->new(body => icecast())) }
    qw(named picked bare unnamed sum all paths label edge);
$source{paths}->set(body => '{"now":{"titel":"T","list":[1]},"on":1}');
$source{label}->set(body => '{"label":"Rock FM","t":"A - T"}');

sub poll
{
    my ($name, $parameters) = @_;
    return "location = /$name { internal; proxy_pass http://127.0.0.1:"
        . $source{$name}->port
        . "; onair_poll zone=$name interval=100ms $parameters; }\n"
        . "location /$name/ { onair zone=$name; }\n";
}

$source{named}->set(body => icecast(['jazz', 'Jazz - Tune'],
    ['rock', 'Rock - Song']));
$source{picked}->set(body => icecast(['jazz', 'Jazz - Tune'], ['news', undef]));
$source{bare}->set(body => icecast(['http://h:8000/', 'A - T']));
$source{unnamed}->set(body => icecast(['http://h:8000', 'A - T'],
    ['rock', 'B - U']));
$source{sum}->set(body => icecast(['rock.mp3', undef, 30],
    ['rock.aac', 'C - V', 12], ['jazz', 'Jazz - Tune', 1000]));
$source{all}->set(body => icecast(['rock.mp3', 'D - W', 30], ['', 'E - X', 3],
    ['rock.mp3', 'D - W', 500]));

my $http = join '', map { "onair_zone $_:512k stations=8;\n" } keys %source;
my $server = Onair::Server->new(workers => 2, http => $http
        . "server {\nlisten 127.0.0.1:%%PORT%%;\n"
        . poll(named => 'station=rock max_stations=1')
        . poll(picked => 'station=rock')
        . poll(bare => 'station=rock')
        . poll(unnamed => '')
        . poll(sum => 'station=rock mounts=/rock.mp3,rock.aac,rock.low')
        . poll(all => 'station=rock mounts=*')
        . poll(paths => 'station=rock type=json title=/now/title'
            . ' artist=/now/list listeners=/count on_air=/on')
        . poll(label => 'station=rock type=json name=/label text=/t')
        . poll(edge => 'type=onair') . <<'END');
    location = /status { onair_status; }
}
END

sub state_of { return Onair::Http->json($server->port, $_[0]) }

sub comes
{
    my ($path, $text, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(wait_for(sub { (state_of($path)->{now}{text} // '-') eq $text }, 20),
        $name) or diag explain state_of($path);
}

sub status_of
{
    my ($name) = @_;
    my ($poll) = grep { $_->{location} eq "/$name" }
        @{ state_of('/status')->{polls} };
    return $poll;
}

# So many more good answers.
sub polls
{
    my ($name, $count) = @_;
    my $until = status_of($name)->{successes} + ($count // 2);
    ok(wait_for(sub { status_of($name)->{successes} >= $until }, 20),
        "$name was polled again");
}

sub lines
{
    my ($like) = @_;
    return scalar(() = $server->log =~ /$like/g);
}

sub a_name_means_the_station_so_called
{
    comes('/named/rock', 'Rock - Song',
        'the mount called rock, past max_stations, not the first on air');
    is(state_of('/named/rock')->{stream}{listen}, 'http://h:8000/rock',
        'with its address');
    $source{named}->set(body => icecast(['jazz', 'Jazz - Tune'],
        ['rock', undef]));
    polls('named');
    isnt(state_of('/named/rock')->{now}{text} // '-', 'Jazz - Tune',
        'without a title it is no other one');
    $source{named}->set(body => icecast(['jazz', 'Jazz - Tune'], ['rock', '']));
    ok(wait_for(sub { state_of('/named/rock')->{status} eq 'offline' }, 20),
        'nor off air');
    $source{named}->set(body => icecast(['jazz', 'Jazz - Tune']));
    polls('named');
    is(state_of('/named/rock')->{status}, 'offline',
        'nor when the document does not list it any more');
    isnt(state_of('/named/rock')->{now}{text} // '-', 'Jazz - Tune',
        'no title of another');
    is(lines(qr/"\/named": no station/), 0, 'and nothing is said of it');
    is(state_of('/named/jazz')->{seq}, 0, 'the other one is no station');
}

sub where_none_is_so_called_one_is_taken_and_told
{
    comes('/picked/rock', 'Jazz - Tune', 'the one on air with a title');
    polls('picked', 3);
    my $line = qr/\[notice\].*"\/picked": no station of the answer is called /;
    is(lines(qr/$line"rock", "jazz" is taken/), 1, 'said once which');
    is(status_of('picked')->{notice}, undef, 'nothing is amiss');
}

sub a_mount_without_a_name
{
    comes('/bare/rock', 'A - T', 'station= is its name');
    is(status_of('bare')->{notice}, undef, 'nothing is amiss');
    comes('/unnamed/rock', 'B - U', 'without station= it is left out');
    my $line = qr/\[warn\].*"\/unnamed": 1 stations are left out, without a /;
    polls('unnamed', 3);
    is(lines(qr/${line}usable name, the first is "http:\/\/h:8000"; "station=/),
        1, 'the log says which, and what would help');
    like(status_of('unnamed')->{notice},
        qr{^left out, without a usable name: http://h:8000, station= gives},
        'so does the status page');
    my $figures = Onair::Http->get($server->port,
        '/status?format=prometheus')->{body};
    like($figures, qr/^onair_poll_notice\{[^}]*"\/unnamed"[^}]*\} 1$/m,
        'and a figure');
    like($figures, qr/^onair_poll_notice\{[^}]*"\/bare"[^}]*\} 0$/m,
        'which is 0 elsewhere');
    $source{unnamed}->set(body => icecast(['rock', 'B - U']));
    ok(wait_for(sub { !defined status_of('unnamed')->{notice} }, 20),
        'the mark goes with the mount');
}

sub mounts_of_one_programme_are_added_up
{
    comes('/sum/rock', 'C - V', 'the title of the one that has one');
    is_deeply(state_of('/sum/rock')->{listeners},
        { current => 42, peak => undef, unique => undef },
        'listeners of both, and of no other');
    $source{sum}->set(body => icecast(['jazz', 'Jazz - Tune', 1000]));
    ok(wait_for(sub { state_of('/sum/rock')->{status} eq 'offline' }, 20),
        'off air where none of them is');
    comes('/all/rock', 'D - W', 'all of the document');
    is(state_of('/all/rock')->{listeners}{current}, 33,
        'each once, one without a name too');
}

sub a_name_of_mounts_that_was_never_seen_is_told
{
    my $of = qr/\[warn\].*poll of "\/sum": no station is called as /;
    ok(wait_for(sub { lines($of) > 0 }, 20), 'a line in the log');
    like(status_of('sum')->{notice} // '', qr/^never there so far: mounts=rock\.low$/,
        'a mark on the status page');
    polls('sum', 4);
    is(lines(qr/$of"mounts=rock\.low" says in any answer so far/), 1,
        'said once, of that name alone');
    is(lines($of), 1, 'and of no other');
    $source{sum}->set(body => icecast(['rock.low', 'D - X', 1]));
    comes('/sum/rock', 'D - X', 'when it comes');
    ok(wait_for(sub { !defined status_of('sum')->{notice} }, 20),
        'the mark goes');
    is(status_of('all')->{notice}, undef, 'and "*" misses nobody');
    $source{sum}->set(body => icecast(['rock.mp3', undef, 30],
        ['rock.aac', 'C - V', 12], ['jazz', 'Jazz - Tune', 1000]));
}

sub a_path_that_leads_nowhere_is_told
{
    ok(wait_for(sub { lines(qr/"\/paths": path/) == 3 }, 20),
        'a line for each path');
    polls('paths', 4);
    my $of = qr/\[warn\].*"\/paths": path/;
    is(lines(qr/$of "title=\/now\/title" leads nowhere in each answer/), 1,
        'a missing member, said once');
    is(lines(qr/$of "listeners=\/count" leads nowhere/), 1, 'of counts too');
    is(lines(qr/$of "artist=\/now\/list" leads to an object or an array/), 1,
        'an array');
    like(status_of('paths')->{notice}, qr/\bpath title=\/now\/title leads /,
        'a mark on the status page');
    $source{paths}->set(body =>
        '{"now":{"title":"T","list":"A"},"count":3,"on":1}');
    comes('/paths/rock', 'A - T', 'when it leads somewhere');
    ok(wait_for(sub { !defined status_of('paths')->{notice} }, 20),
        'the mark goes');
    is(lines(qr/"\/label": path/), 0, 'no word of paths that are right');
    is(state_of('/label/rock')->{stream}{name}, 'Rock FM',
        'name= beside station= is the name to show');
}

sub snapshot
{
    my ($name, $status, $text) = @_;
    return { station => $name, epoch => '68f0a1c2', seq => 3, status => $status,
        now => { text => $text, title => $text } };
}

sub an_edge_has_all_stations_of_its_origin
{
    my $origin = Onair::Server->new(workers => 1, http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
    }
END
    my @names = ('rock', 'a?b/c', 'caf%C3%A9');
    Onair::Http->post($origin->port, "/publish/" . s/\?/%3F/r,
        "{\"title\":\"of $_\"}") for @names;
    my $answer = Onair::Http->get($origin->port, '/live/?stations=*');
    $source{edge}->set(body => $answer->{body});
    comes('/edge/rock', 'of rock', 'one of a real onair');
    comes('/edge/a%3Fb/c', 'of a?b/c', 'a name that looks like a URL');
    comes('/edge/caf%C3%A9', 'of caf%C3%A9', 'one in another script');
    is(status_of('edge')->{last_stations}, 3, 'all of them');
    $source{edge}->set(body => $json->encode([snapshot('rock', 'stale', 'N'),
        snapshot('new', 'live', 'M')]));
    comes('/edge/new', 'M', 'one that came later');
    comes('/edge/rock', 'N', 'a change');
    is(state_of('/edge/rock')->{status}, 'live', 'stale there is on air here');
    ok(wait_for(sub { state_of('/edge/a%3Fb/c')->{status} eq 'offline' }, 20),
        'one that is gone there is off air here');
    $source{edge}->set(body => '[]');
    ok(wait_for(sub { state_of('/edge/rock')->{status} eq 'offline' }, 20),
        'as are all where there is none');
    $origin->end_checks(name => 'the origin is clean');
}

a_name_means_the_station_so_called();
where_none_is_so_called_one_is_taken_and_told();
a_mount_without_a_name();
a_name_of_mounts_that_was_never_seen_is_told();
mounts_of_one_programme_are_added_up();
a_path_that_leads_nowhere_is_told();
an_edge_has_all_stations_of_its_origin();
$server->end_checks;
done_testing();
