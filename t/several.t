#!/usr/bin/env perl

# Several stations on one connection: lists, *, the commands of a WebSocket,
# stations nobody knows, or that are born later, strict locations.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 2, http => <<'END');
    onair_zone other:1m;
    onair_zone few:1m stations=3;
    onair_message_rate off;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /packed/ { onair; onair_deflate on; }
        location /large/ { onair; onair_max_message 64k; }
        location /strict/ { onair strict; }
        location = /fixed { onair rock; }
        location = /all { onair *; }
        location = /listed { onair "rock"; }
        location /titles/ { onair; onair_format title; }
        location /other/ { onair zone=other; }
        location /publish/ { onair_publish; }
        location /empty/ { onair zone=few; }
        location /publish-few/ { onair_publish zone=few; }
        location /publish-other/ { onair_publish zone=other; }
    }
END
my $port = $server->port;

sub publish
{
    my ($station, $title, $way) = @_;
    my $answer = Onair::Http->post($port, '/' . ($way // 'publish')
            . "/$station", JSON::PP->new->encode({ title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

sub ws
{
    my ($path, %given) = @_;
    return Onair::WebSocket->connect(port => $port, path => $path, %given);
}

sub shown
{
    my ($state) = @_;
    return 'nothing' unless $state;
    return "error: $state->{error}" if $state->{error};
    return "$state->{station} " . ($state->{now}{title} // '-')
        . ($state->{gap} ? ' gap' : '');
}

# The next so many messages, sorted as their order between stations is free.
sub told
{
    my ($client, $count) = @_;
    return join ', ', sort map { shown($client->json(5)) } 1 .. $count;
}

sub command
{
    my ($client, $command) = @_;
    return $client->send_text(JSON::PP->new->encode($command));
}

# Nothing more comes: a ping is answered next.
sub is_quiet
{
    my ($client, $name) = @_;
    $client->send_ping('quiet?');
    my $frame = $client->frame;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is($frame && $frame->{payload}, 'quiet?', $name);
}

sub lists_are_read
{
    publish('rock', 'r1');
    publish('jazz', 'j1');
    publish('News%20%26%20Talk%2C%202', 'n1');
    for my $list ('rock,jazz', 'rock%2Cjazz', 'jazz,rock,jazz') {
        is(told(ws("/live/?stations=$list"), 2), 'jazz j1, rock r1',
            "$list on a WebSocket");
        my $sse = Onair::Sse->connect(port => $port,
            path => "/live/?stations=$list");
        is(told($sse, 2), 'jazz j1, rock r1', "$list as events");
    }
    is(told(ws('/live/?stations=rock'), 1), 'rock r1', 'a list of one');
    is(told(ws('/live/News%20%26%20Talk%2C%202'), 1), 'News & Talk, 2 n1',
        'a name with a comma has its own location');
    for my $bad ('', ',', 'rock,,', '%zz', 'a%00b', 'x' x 300) {
        is(ws("/live/?stations=$bad")->status, 400,
            'refused: ' . substr $bad, 0, 20);
    }
    is(ws('/live/')->status, 400, 'no station at all is refused');
}

sub changes_of_each_come
{
    for my $way ('ws', 'packed', 'sse') {
        my $client = $way eq 'sse' ? Onair::Sse->connect(port => $port,
            path => '/live/?stations=rock,jazz')
            : ws($way eq 'ws' ? '/live/?stations=rock,jazz'
            : '/packed/?stations=rock,jazz', deflate => $way eq 'packed');
        told($client, 2);
        publish('jazz', "j-$way");
        is(told($client, 1), "jazz j-$way", "$way: a change of one");
        publish('other', "o-$way");
        publish('rock', "r-$way");
        is(told($client, 1), "rock r-$way", "$way: and of the other");
    }
}

sub a_star_is_all_of_the_zone
{
    publish('foreign', 'f1', 'publish-other');
    my @names = ('jazz', 'rock', 'other', 'News & Talk, 2');
    my %clients = (
        'WebSocket ?stations=*' => ws('/live/?stations=*'),
        'WebSocket onair *' => ws('/all'),
        'events' => Onair::Sse->connect(port => $port,
            path => '/live/?stations=*'),
        'a mixed list' => ws('/live/?stations=rock,*'),
    );
    for my $name (sort keys %clients) {
        my $told = told($clients{$name}, 4);
        is(() = $told =~ /(?:jazz|rock|other|News)/g, 4, "$name: all four");
        unlike($told, qr/foreign/, 'and none of another zone');
    }
    publish('born', 'b1');
    for my $name (sort keys %clients) {
        is(told($clients{$name}, 1), 'born b1', "$name: a station born later");
    }
    publish('born', 'b2');
    for my $name (sort keys %clients) {
        is(told($clients{$name}, 1), 'born b2', "$name: and its change");
    }
    is_quiet($clients{'a mixed list'}, 'each once');
}

# A client that comes just when a change was seen and nobody was told it yet is
# greeted with it: that was its turn. Two stations change at once, so that one
# waits for the other.
sub who_comes_with_a_change_is_told_it_once
{
    my $one = Onair::Server->new(workers => 1, http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /publish/ { onair_publish; }
    }
END
    my $kept = sub {
        return Onair::Http->accepted(port => $one->port, path => '/live/first');
    };
    my $post = sub {
        my ($http, $station, $title) = @_;
        $http->send_request(method => 'POST', path => "/publish/$station",
            body => qq({"title":"$title"}));
    };
    my ($first, $second, $late) = map { $kept->() } 1 .. 3;
    for my $station ('first', 'second') {
        $post->($first, $station, 'before');
        $first->answer;
    }
    my $there = Onair::Sse->connect(port => $one->port,
        path => '/live/?stations=*');
    told($there, 2);

    my ($worker) = $one->workers;
    kill STOP => $worker;
    $post->($first, 'first', 'now');
    $post->($second, 'second', 'now');
    $late->send_request(path => '/live/?stations=*',
        headers => { Accept => 'text/event-stream' });
    kill CONT => $worker;
    is($_->answer->{status}, 204, 'published') for $first, $second;
    $late->head;
    $post->($first, 'first', 'after');
    my $events = '';
    while ($events !~ /"title":"after"/) {
        $events .= $late->chunk(5) // last;
    }
    is(join(', ', map { s/^.*://r } $events =~ /^id: (\S+)$/mg), '2, 2, 3',
        'who came with the changes is told each once');
    is(told($there, 3), 'first after, first now, second now',
        'as is who was there');
    $one->end_checks;
}

sub all_of_nothing_is_waited_for
{
    my $ws = ws('/empty/?stations=*');
    is_quiet($ws, 'a zone without stations has nothing to tell');
    my $sse = Onair::Sse->connect(port => $port, path => '/empty/?stations=*');
    is($sse->block(0.05), undef, 'as have events');
    is(Onair::Http->get($port, '/empty/?stations=*')->{body}, '[]',
        'GET has an empty array');
    publish('first', 'f1', 'publish-few');
    is(told($ws, 1), 'first f1', 'until the first is born');
    is(told($sse, 1), 'first f1', 'as an event too');
}

sub an_unknown_station_is_waited_for
{
    my $ws = ws('/live/?stations=rock,later');
    my %first = map { $_->{station} => $_ } $ws->json, $ws->json;
    is($first{later}{status}, 'offline', 'an unknown station is offline');
    is($first{later}{seq}, 0, 'with seq 0');
    my $sse = Onair::Sse->connect(port => $port, path => '/live/later');
    $sse->json;
    publish('later', 'l1');
    is(told($ws, 1), 'later l1', 'until it is born');
    is(told($sse, 1), 'later l1', 'as events too');
}

sub commands_change_the_set
{
    my $packed = 0;
    for my $path ('/live/rock', '/packed/rock') {
        publish('rock', 'now');
        my $ws = ws($path, deflate => $packed++);
        is(told($ws, 1), 'rock now', "$path: the first state");
        command($ws, { subscribe => ['jazz'] });
        is(told($ws, 1), "jazz j-sse", 'a new station is told at once');
        is_quiet($ws, 'and only that');
        publish('jazz', 'j-sse');
        command($ws, { subscribe => [ 'jazz', 'rock' ] });
        is_quiet($ws, 'what is there already is not told again');
        command($ws, { get => JSON::PP::true });
        is(told($ws, 2), 'jazz j-sse, rock now', 'get tells all');
        command($ws, { unsubscribe => ['rock'] });
        publish('rock', 'unheard');
        publish('jazz', 'heard');
        is(told($ws, 1), 'jazz heard', 'what was taken away is silent');
        command($ws, { unsubscribe => [ 'jazz', 'never' ] });
        publish('jazz', 'j-sse');
        is_quiet($ws, 'a set may be empty');
        command($ws, { get => JSON::PP::true });
        is_quiet($ws, 'of which there is nothing to tell');
        command($ws, { subscribe => ['rock'] });
        is(told($ws, 1), 'rock unheard', 'and filled again');
        command($ws, { subscribe => ['jazz'], unsubscribe => ['rock'] });
        is(told($ws, 1), 'jazz j-sse', 'both in one command');
        command($ws, { subscribe => ['*'] });
        my $all = told($ws, 6);
        like($all, qr/born b2.*rock unheard/, 'all, by a command');
        publish('rock', 'once');
        publish('jazz', 'j-sse2');
        is(told($ws, 2), 'jazz j-sse2, rock once', 'each change once');
        is_quiet($ws, 'only once');
        publish('jazz', 'j-sse');
        is(told($ws, 1), 'jazz j-sse', 'as it goes on');
        command($ws, { unsubscribe => ['*'] });
        publish('rock', 'unheard');
        is_quiet($ws, 'all may be taken away');
    }
}

sub what_cannot_be_done_is_said
{
    my $ws = ws('/live/rock');
    $ws->json;
    my @bad = ('', '{', 'subscribe', '[]', '{}', '"x"', '1', 'null',
        '{"subscribe":"rock"}', '{"subscribe":[1]}', '{"subscribe":[""]}',
        '{"unknown":1}', '{"get":1}', '{"since":5}', '{"subscribe":["a\u0000"]}',
        '{"subscribe":[' . join(',', map { qq("s$_") } 1 .. 65) . ']}',
        '{"get":true} x', '[' x 900, "{\"a\":\x01}", '{"get":true,}');
    for my $text (@bad) {
        $ws->send_text($text);
        like(shown($ws->json), qr/^error: [\w ,.-]+$/,
            'an error in words: ' . substr $text, 0, 40);
    }
    command($ws, { get => JSON::PP::true });
    like(told($ws, 1), qr/^rock /, 'and the connection stays');
    $ws->send_text('nonsense');
    is(told($ws, 1), 'error: command is not JSON', 'the command is meant');
    command($ws, { since => '' });
    like(told($ws, 1), qr/^rock \S+$/, 'an empty id is none, and no gap');
    for my $part (0 .. 3) {
        command($ws, { subscribe => [ map { "p$part-$_" } 1 .. 63 ] });
        $ws->json for 1 .. 63;
    }
    command($ws, { subscribe => [ map { "q$_" } 1 .. 4 ] });
    like(told($ws, 1), qr/^error: /, 'a 257th station is refused');
    $ws->send_frame(2, '{"get":true}');
    is($ws->close_code, 1003, 'binary messages close');
}

sub a_command_may_be_as_long_as_is_said
{
    for my $case ([ '/live/rock', 4096 ], [ '/large/rock', 16384 ]) {
        my ($path, $most) = @$case;
        my $ws = ws($path);
        $ws->json;
        my $text = '{"get":true';
        $text .= ' ' x ($most - 1 - length $text) . '}';
        $ws->send_text($text);
        like(told($ws, 1), qr/^rock /, "$path: $most bytes");
        $ws->send_text("$text ");
        if ($most == 4096) {
            is($ws->close_code, 1009, 'a byte more is too big a message');
            next;
        }
        is(told($ws, 1), 'error: command is too large', 'no byte more');
        $ws->close_stream;
    }
    my @names = map { 'n' x 125 . sprintf '%03d', $_ } 1 .. 64;
    my $ws = ws('/large/rock');
    $ws->json;
    command($ws, { subscribe => \@names });
    my $told = 0;
    $told++ while $told < 64 && $ws->json;
    is($told, 64, 'the longest names all at once');
    $ws->close_stream;
}

sub a_list_may_be_as_long_as_is_said
{
    my $list = join ',', 1 .. 256;
    my $answer = Onair::Http->get($port, "/live/?stations=$list");
    is(scalar @{ JSON::PP->new->decode($answer->{body}) }, 256,
        '256 stations');
    $answer = Onair::Http->get($port, "/live/?stations=$list,257");
    is("$answer->{status} $answer->{body}", "400 more than 256 stations\n",
        'and why not 257');
    $answer = Onair::Http->get($port, "/live/?stations=$list,1,2");
    is($answer->{status}, 200, 'one named twice is one');
}

# What counts is how many there are when a command was done.
sub a_full_list_may_change
{
    my $ws = ws('/live/?stations=' . join ',', 1 .. 256);
    told($ws, 256);
    command($ws, { subscribe => ['1', '256'] });
    is_quiet($ws, 'those that are there are no more');
    command($ws, { unsubscribe => ['1', '1', 'x'], subscribe => ['a', 'a'] });
    is(told($ws, 1), 'a -', 'one takes the place of another');
    is_quiet($ws, 'once');
    for my $more ({ subscribe => ['b'] }, { subscribe => ['b'],
        unsubscribe => ['1', 'x'] }, { subscribe => ['2', 'b', 'c'],
        unsubscribe => ['2', '3'] }) {
        command($ws, $more);
        is(told($ws, 1), 'error: these are too many stations',
            'and no more than there may be');
    }
    command($ws, { subscribe => ['rock', '*'] });
    like(told($ws, 1), qr/^[^:]* \S+\z/, 'all take the place of all');
    $ws->close_stream;
}

sub a_fixed_location_stays_fixed
{
    for my $path ('/fixed', '/all') {
        my $ws = ws($path);
        $ws->json;
        command($ws, { subscribe => ['jazz'] });
        my $told;
        do { $told = shown($ws->json(5)) } until $told =~ /^error|^nothing/;
        is($told, 'error: the station of this location is fixed',
            "$path lets no client choose");
        command($ws, { unsubscribe => ['rock'] });
        like(shown($ws->json), qr/^error/, 'nor leave');
    }
    my $ws = ws('/fixed');
    $ws->json;
    command($ws, { get => JSON::PP::true });
    like(told($ws, 1), qr/^rock/, 'but get and since work');
}

sub strict_locations_know_their_stations
{
    is(ws('/strict/nobody')->status, 404, 'unknown');
    is(ws('/strict/?stations=rock,nobody')->status, 404, 'one unknown');
    my $sse = Onair::Sse->connect(port => $port, path => '/strict/nobody');
    is($sse->status, 404, 'EventSource gives up');
    my $ws = ws('/strict/rock');
    is($ws->status, 101, 'a known one is served');
    $ws->json;
    command($ws, { subscribe => [ 'jazz', 'nobody' ] });
    is(told($ws, 1), 'error: there is no such station', 'by command as well');
    is_quiet($ws, 'and nothing of it is done');
    is(ws('/strict/?stations=*')->status, 101, 'all is always known');
}

sub plain_requests_get_an_array
{
    my $answer = Onair::Http->get($port, '/live/?stations=rock,jazz');
    my $list = JSON::PP->new->utf8->decode($answer->{body});
    is(join(', ', map { $_->{station} } @$list), 'rock, jazz',
        'an array in the order of the list');
    like($answer->{headers}{etag}, qr/^"[0-9a-f]{8}:\d+"$/, 'with an ETag');
    my $same = Onair::Http->get($port, '/live/?stations=rock,jazz',
        headers => { 'If-None-Match' => $answer->{headers}{etag} });
    is($same->{status}, 304, 'that matches');
    publish('jazz', 'newer');
    $same = Onair::Http->get($port, '/live/?stations=rock,jazz',
        headers => { 'If-None-Match' => $answer->{headers}{etag} });
    is($same->{status}, 200, 'until one of them changes');
    is(scalar @{ Onair::Http->json($port, '/live/?stations=one') }, 1,
        'a list of one is an array');
    my $titles = Onair::Http->get($port, '/titles/?stations=rock,jazz')->{body};
    is($titles, "unheard\nnewer", 'titles stand one a line');
    my $all = Onair::Http->json($port, '/live/?stations=*');
    cmp_ok(scalar @$all, '>=', 6, 'all of them');
}

sub several_are_waited_for
{
    my $tag = Onair::Http->get($port, '/live/?stations=rock,jazz')
        ->{headers}{etag};
    my $poll = Onair::Http->connect(port => $port);
    $poll->send_request(path => '/live/?stations=rock,jazz&wait=20',
        headers => { 'If-None-Match' => $tag });
    ok($poll->is_silent(0.1), 'a long poll of two waits');
    publish('rock', 'woke');
    my $answer = $poll->answer;
    is($answer->{status}, 200, 'and is answered');
    like($answer->{body}, qr/"woke".*"newer"/, 'with both');
    $tag = Onair::Http->get($port, '/live/?stations=*')->{headers}{etag};
    $poll->send_request(path => '/live/?stations=*&wait=20',
        headers => { 'If-None-Match' => $tag });
    ok($poll->is_silent(0.1), 'a long poll of all waits');
    publish('newborn', 'cry');
    like($poll->answer->{body}, qr/"cry"/, 'and hears of a new station');
}

sub a_last_id_with_several_is_a_gap
{
    my $state = Onair::Http->json($port, '/live/rock');
    my $id = "$state->{epoch}:$state->{seq}";
    my $sse = Onair::Sse->connect(port => $port, last_event_id => $id,
        path => '/live/?stations=rock,jazz');
    is(told($sse, 2), 'jazz newer gap, rock woke gap',
        'nobody knows what was missed of each');
    $sse = Onair::Sse->connect(port => $port, last_event_id => $id,
        path => '/live/?stations=rock');
    is(told($sse, 1), 'rock woke', 'with one it is known');
}

lists_are_read();
changes_of_each_come();
a_star_is_all_of_the_zone();
who_comes_with_a_change_is_told_it_once();
all_of_nothing_is_waited_for();
an_unknown_station_is_waited_for();
commands_change_the_set();
what_cannot_be_done_is_said();
a_command_may_be_as_long_as_is_said();
a_list_may_be_as_long_as_is_said();
a_full_list_may_change();
a_fixed_location_stays_fixed();
strict_locations_know_their_stations();
plain_requests_get_an_array();
several_are_waited_for();
a_last_id_with_several_is_a_gap();
$server->end_checks;
done_testing();
