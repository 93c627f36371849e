#!/usr/bin/env perl

# Each format through a poll location: the captures, as static files.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;

binmode $_, ':utf8' for Test::More->builder->output,
    Test::More->builder->failure_output;

my $fixtures = "$FindBin::Bin/fixtures";

# Document; its type; station, status, artist, title, listeners, peak, unique.
my @documents = (
    ['icecast-2.4.4/three-sources-mp3-vorbis.json', 'icecast',
        ['live.mp3', 'live', 'Mp3 Artist', 'Mp3 Title', 0, 0, undef],
        ['live.ogg', 'live', 'Ogg Artist', 'Ogg Title', 0, 0, undef]],
    ['icecast-2.4.4/listeners-3.json', 'icecast',
        ['live.mp3', 'live', 'Mp3 Artist', 'Mp3 Title', 3, 3, undef]],
    ['icecast-2.4.4/two-plus-sources-one-lone-dash.json', 'icecast',
        ['live.mp3', 'live', 'Mp3 Artist', 'Mp3 Title', 0, 0, undef]],
    ['icecast-2.4.4/fallback-active.json', 'icecast',
        ['backup.mp3', 'live', undef, 'Backup Jingle', 1, 1, undef],
        ['main.mp3', 'offline', undef, undef, 0, undef, undef]],
    ['icecast-2.4.4/fallback-main-back.json', 'icecast',
        ['main.mp3', 'live', undef, undef, 1, 1, undef],
        ['backup.mp3', 'live', undef, 'Backup Jingle', 0, 1, undef]],
    ['icecast-2.4.4/admin-stats.xml', 'icecast-xml',
        ['live.mp3', 'live', 'Hdr', 'Test', 0, 0, undef]],
    ['icecast-2.4.4/admin-stats-bad-utf8.xml', 'icecast-xml',
        ['live.mp3', 'live', '<b> & "q"', undef, 0, 0, undef]],
    ['icecast-2.5.0/listeners-2.json', 'icecast',
        ['live.opus', 'live', 'Opus Artist 日本', 'Opus "Title" <&>', 0, 0,
            undef]],
    ['icecast-2.5.0/listeners-2.publicstats.json', 'icecast2.5',
        ['live.opus', 'live', 'Opus Artist 日本', 'Opus "Title" <&>', 0,
            undef, undef]],
    ['icecast-2.5.0/title-emoji.json', 'icecast',
        ['live.mp3', 'live', '🎵 Party 🎉👩‍👩‍👧', 'Émoji', 0, 0, undef]],
    ['icecast-2.5.0/publicstats.xml', 'icecast-xml',
        ['live.mp3', 'live', undef, qr/^Lat9-/, 0, undef, undef]],
    ['synthetic/shoutcast1-7.html', 'shoutcast1', ['one', 'live']],
    ['synthetic/shoutcast1-7-offline.html', 'shoutcast1', ['one', 'offline']],
    ['synthetic/shoutcast2-stats.json', 'shoutcast', ['one', 'live']],
    ['synthetic/shoutcast2-stats-offline.json', 'shoutcast',
        ['one', 'offline']],
    ['synthetic/shoutcast2-statistics.json', 'shoutcast', ['one', 'live']],
    ['synthetic/shoutcast2-stats.xml', 'shoutcast-xml',
        ['one', 'live', 'Simon & Garfunkel', '"Mrs. Robinson"', 12, 34, 12]],
    ['synthetic/shoutcast2-statistics.xml', 'shoutcast-xml',
        ['1', 'live', 'Simon & Garfunkel', 'Mrs. Robinson', 12, 34, 12],
        ['2', 'offline']],
    ['synthetic/shoutcast2-viewxml.xml', 'shoutcast-xml',
        ['one', 'live', 'Simon & Garfunkel', '"Mrs. Robinson"', 12, 34, 12]],
    ['synthetic/shoutcast1-viewxml.xml', 'shoutcast-xml',
        ['one', 'live', 'Simon & Garfunkel', 'Mrs. Robinson', 12, 34, 11]],
    ['synthetic/azuracast-nowplaying-station.json', 'azuracast',
        ['one', 'live']],
    ['synthetic/azuracast-nowplaying-station-offline.json', 'azuracast',
        ['one', 'offline']],
    ['synthetic/azuracast-nowplaying-all.json', 'azuracast', ['one', 'live']],
    ['synthetic/libretime-live-info.json', 'libretime', ['one', 'live']],
    ['synthetic/radioco-status.json', 'radioco', ['one', 'live']],
);

my %own = (
    'paths.json' => '{"on":true,"now":[{"song":{"t":"Täitle","a":"Ärtist",'
        . '"al":"Album","img":"/a.jpg","u":"http:\/\/x\/y","s":1790000000,'
        . '"d":"3:20"},"n":"42"}],"st":"Bahnhof"}',
    'onair.json' => '{"station":"up","epoch":"68f0a1c2","seq":42,"time":'
        . '1790000030.123,"status":"live","now":{"id":"9f2c","text":"A - T",'
        . '"artist":"A","title":"T","album":null,"art":null,"url":null,'
        . '"started":1790000012.5,"heard":null,"duration":null},"next":null,'
        . '"dj":"Jo","listeners":{"current":12,"peak":30,"unique":null},'
        . '"stream":{"name":"Up","description":null,"genre":null,"url":null,'
        . '"listen":null,"type":null,"bitrate":128},"history":[{"id":"0c",'
        . '"text":"O - N","artist":"O","title":"N","started":1789999801.0}],'
        . '"page":{"subscribers":8}}',
    'several.json' => '[{"station":"s1","epoch":"68f0a1c2","seq":1,"status":'
        . '"live","now":{"text":"A - B","artist":"A","title":"B"}},'
        . '{"station":"s2","epoch":"68f0a1c2","seq":2,"status":"offline"}]',
    'repair.json' => '{"icestats":{"source":{"listenurl":"http://h/m",'
        . '"stream_start":"x","server_name":"a\u200bb","title":'
        . '"caf\u00c3\u00a9 &amp; b - Unknown"}}}',
    'cyrillic.html' => "<body>1,1,2,3,1,128,\xcc\xee\xf0\xe5 - T</body>",
    'kinds.json' => '{"icestats":{"source":[{"listenurl":"http://h/odd",'
        . '"stream_start":"x","title":{"text":"T"},"listeners":"1,234"},'
        . '{"listenurl":"http://h/exponent","stream_start":"x","title":" - T",'
        . '"listeners":1.5e3}]}}',
    'unknown.json' => '{"icestats":{"source":{"listenurl":"http://h/m",'
        . '"stream_start":"x","title":"Unknown"}}}',
);

my %switches = (
    all => '', entities => 'entities=off', double_utf8 => 'double_utf8=off',
    invisible => 'invisible=off', split => 'split=off',
    placeholders => 'placeholders=off',
);

sub whole_config
{
    my @text;
    for my $i (0 .. $#documents) {
        my ($file, $type, @stations) = @{ $documents[$i] };
        my $one = $stations[0][0] eq 'one' ? 'station=one' : '';
        push @text, "onair_zone z$i:256k stations=8;";
        push @text, [$i, "location = /f$i { internal; alias $fixtures/$file;"
            . " onair_poll zone=z$i interval=1h $one; }"];
        push @text, [$i, "location = /t$i { internal; alias $fixtures/$file;"
            . " onair_poll zone=z$i interval=1h station=typed type=$type; }"];
        push @text, [$i, "location /z$i/ { onair zone=z$i; }"];
    }
    for my $name (keys %switches) {
        push @text, [0, "location = /r_$name { internal; alias"
            . " %%DIR%%/html/repair.json; onair_poll interval=1h"
            . " station=r_$name $switches{$name}; }"];
    }
    push @text, [0, $_] for split /\n/, <<'END';
        location = /unknown { internal; alias %%DIR%%/html/unknown.json; onair_poll interval=1h station=unknown placeholders=off; }
        location = /known { internal; alias %%DIR%%/html/unknown.json; onair_poll interval=1h station=known; }
        location = /paths { internal; alias %%DIR%%/html/paths.json; onair_poll interval=1h type=json station=paths title=$.now[0].song.t artist=/now/0/song/a album=$['now'][0].song.al art=$.now[0].song.img url=$.now[0].song.u started=$.now[0].song.s duration=$.now[0].song.d listeners=$.now[0].n on_air=$.on name=$.st; }
        location = /named { internal; alias %%DIR%%/html/paths.json; onair_poll interval=1h type=json title=/now/0/song/t name=/st; }
        location = /onair { internal; alias %%DIR%%/html/onair.json; onair_poll interval=1h; }
        location = /currentsong { internal; alias FIXTURES/synthetic/currentsong.txt; onair_poll interval=1h type=text station=currentsong; }
        location = /windows { internal; alias FIXTURES/synthetic/nowplaying-windows.txt; onair_poll interval=1h type=text station=windows; }
        location = /latin1 { internal; alias FIXTURES/synthetic/nowplaying-latin1.txt; onair_poll interval=1h type=text station=latin1; }
        location = /several { internal; alias %%DIR%%/html/several.json; onair_poll interval=1h; }
        location = /cyrillic { internal; alias %%DIR%%/html/cyrillic.html; onair_poll interval=1h station=cyrillic charset=windows-1251; }
        location = /kinds { internal; alias %%DIR%%/html/kinds.json; onair_poll interval=1h; }
        location = /typed { internal; alias %%DIR%%/html/onair.json; onair_poll interval=1h station=typed_up type=onair; }
        location /live/ { onair; }
        location = /status { onair_status; }
END
    $_->[1] =~ s{FIXTURES}{$fixtures} for grep { ref } @text;
    my $http = join "\n", grep { !ref } @text;
    my $server = join "\n", map { $_->[1] } grep { ref } @text;
    return "$http\nserver { listen 127.0.0.1:%%PORT%%;\n$server\n}\n";
}

my $server = Onair::Server->new(workers => 1, stopped => 1,
    http => whole_config(),
    files => { map { ("html/$_" => do { my $t = $own{$_};
        utf8::encode($t) if /json$/; $t }) } keys %own });
$server->start;

sub state_of
{
    my ($path) = @_;
    return Onair::Http->json($server->port, $path);
}

ok(wait_for(
    sub {
        my $polls = state_of('/status')->{polls};
        return !grep { !$_->{successes} } @$polls;
    }, 20), 'every location was polled')
    or diag explain [map { $_->{successes} ? () : $_ }
        @{ state_of('/status')->{polls} }];

sub every_document_is_recognised
{
    for my $i (0 .. $#documents) {
        my ($file, $type, @stations) = @{ $documents[$i] };
        for my $row (@stations) {
            my ($name, $status, @rest) = @$row;
            my $state = state_of("/z$i/$name");
            is($state->{status}, $status, "$file: $name is $status");
            next unless @rest;
            my @got = (@{ $state->{now} }{qw(artist title)},
                @{ $state->{listeners} }{qw(current peak unique)});
            if (ref $rest[1]) {
                like(splice(@got, 1, 1), splice(@rest, 1, 1), '... title');
            }
            is_deeply(\@got, \@rest, '... with the right words')
                or diag explain $state;
        }
    }
}

sub a_given_type_reads_the_same
{
    for my $i (0 .. $#documents) {
        my ($file, $type, @stations) = @{ $documents[$i] };
        my $typed = state_of("/z$i/typed");
        my ($same) = grep {
            my $state = state_of("/z$i/$_->[0]");
            ($state->{now}{text} // '') eq ($typed->{now}{text} // '')
                && $state->{status} eq $typed->{status};
        } @stations, ['live.mp3'];
        ok($same, "$file: type=$type reads what auto does")
            or diag explain $typed;
    }
}

sub members_of_each_format
{
    my %at = map { $documents[$_][0] =~ m{([^/]+)$}; ($1 => "/z$_/one") }
        0 .. $#documents;
    my $state = state_of($at{'azuracast-nowplaying-station.json'});
    ok($state->{now}{$_}, "AzuraCast: $_") for qw(artist title art duration
        started);
    ok($state->{next}{text}, 'AzuraCast: next');
    ok(scalar @{ $state->{history} }, 'AzuraCast: history');
    ok(defined $state->{listeners}{$_}, "AzuraCast: $_ listeners")
        for qw(current unique);
    $state = state_of($at{'libretime-live-info.json'});
    ok($state->{now}{$_}, "LibreTime: $_") for qw(text started);
    $state = state_of($at{'radioco-status.json'});
    ok($state->{now}{$_}, "Radio.co: $_") for qw(text);
    $state = state_of($at{'shoutcast1-7.html'});
    ok($state->{now}{text}, 'SHOUTcast 1: text');
    ok(defined $state->{listeners}{$_}, "SHOUTcast 1: $_ listeners")
        for qw(current peak unique);
    $state = state_of($at{'shoutcast2-stats.json'});
    ok($state->{now}{text}, 'SHOUTcast 2: text');
    ok(defined $state->{listeners}{$_}, "SHOUTcast 2: $_ listeners")
        for qw(current peak unique);

    $state = state_of('/live/up');
    is_deeply([@{ $state->{now} }{qw(text artist title started)},
        $state->{dj}, $state->{listeners}{current}, $state->{stream}{bitrate},
        $state->{history}[0]{text}],
        ['A - T', 'A', 'T', 1790000012.5, 'Jo', 12, 128, 'O - N'],
        'another onair');
    is(state_of('/live/typed_up')->{now}{text}, 'A - T', 'type=onair');
}

sub a_line_of_text_is_a_title
{
    my %expected = (currentsong => ['Simon & Garfunkel', 'Mrs. Robinson'],
        windows => ['Mö', 'Déjà'], latin1 => ['Mö', 'Déjà']);
    for my $name (sort keys %expected) {
        my $state = state_of("/live/$name");
        is_deeply([$state->{status}, @{ $state->{now} }{qw(artist title)}],
            ['live', @{ $expected{$name} }], "type=text: $name")
            or diag explain $state;
    }
}

sub all_stations_of_another_onair
{
    is(state_of('/live/s1')->{now}{text}, 'A - B', 'the first of an array');
    is(state_of('/live/s2')->{status}, 'offline', 'and the second');
}

sub paths_are_the_operator_s
{
    my $state = state_of('/live/paths');
    is_deeply([@{ $state->{now} }{qw(artist title album art url started
        duration)}, $state->{listeners}{current}, $state->{status}],
        ['Ärtist', 'Täitle', 'Album', '/a.jpg', 'http://x/y', 1790000000,
            200, 42, 'live'], 'type=json with paths') or diag explain $state;
    is(state_of('/live/Bahnhof')->{now}{title}, 'Täitle',
        'the document names the station');
}

sub switches_of_the_repair_kit
{
    my %text = map { ($_ => state_of("/live/r_$_")->{now}) } keys %switches;
    is($text{all}{text}, "café & b", 'all repairs')
        or diag explain $text{all};
    is($text{entities}{artist}, 'café &amp; b', 'entities=off');
    like($text{double_utf8}{text}, qr/^cafÃ© & b/, 'double_utf8=off');
    is(state_of('/live/r_all')->{stream}{name}, 'ab', 'invisibles go');
    is(state_of('/live/r_invisible')->{stream}{name}, "a\x{200b}b",
        'invisible=off');
    is($text{split}{artist}, undef, 'split=off');
    is($text{placeholders}{title}, 'Unknown', 'placeholders=off');
    is(state_of('/live/unknown')->{now}{text}, 'Unknown', 'a lone one');
    is(state_of('/live/known')->{now}{text}, undef, 'is no title otherwise');
}

sub an_old_server_s_set_is_said
{
    is(state_of('/live/cyrillic')->{now}{text}, 'Море - T',
        'an answer in windows-1251');
}

sub what_is_half_understood_is_said
{
    ok($server->wait_log(
        qr{onair poll of "/kinds": "(title|listeners)" is .*, it is left out}),
        'a member of another kind is told in the log');
    is_deeply([state_of('/live/odd')->{now},
        state_of('/live/odd')->{listeners}{current}], [undef, undef],
        'and left out');
    is_deeply([state_of('/live/exponent')->{now}{text},
        state_of('/live/exponent')->{listeners}{current}], ['T', 1500],
        'an exponent is read, half a title has no dash');
}

every_document_is_recognised();
an_old_server_s_set_is_said();
what_is_half_understood_is_said();
a_given_type_reads_the_same();
members_of_each_format();
a_line_of_text_is_a_title();
all_stations_of_another_onair();
paths_are_the_operator_s();
switches_of_the_repair_kit();
$server->end_checks;
done_testing();
