#!/usr/bin/env perl

# onair_publish: what a publisher may say, how, and what it is told.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for spawn_sub slurp);
use Onair::Server;
use Onair::Source;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical;

my $source = Onair::Source->new(body => status('Poll - One', 7));

my $counted = Onair::Source->new(body => '{"title":"Poll - One"}');

sub status
{
    my ($title, $listeners) = @_;
    return Onair::Source::icecast(mixed => { title => $title,
        server_name => 'Mixed FM', listeners => $listeners // 7 });
}

my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
    onair_zone small:256k stations=2;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal; proxy_pass http://127.0.0.1:${\ $source->port };
            onair_poll interval=100ms;
        }
        location = /counted {
            internal; proxy_pass http://127.0.0.1:${\ $counted->port };
            onair_poll interval=100ms type=json station=counted title=/title;
        }
        location /live/ { onair; }
        location /small/ { onair zone=small; }
        location /in/ { onair_publish max_body=2k; }
        location = /param { onair_publish fixed; }
        location = /variable { onair_publish \$arg_of; }
        location = /none { onair_publish; }
        location = /short { onair_publish mixed expires=1s; }
        location = /plain { onair_publish plain split=off entities=off; }
        location = /admin/metadata { onair_publish; }
        location = /small-in { onair_publish zone=small; }
        location = /status { onair_status; }
    }
END

my $port = $server->port;

sub post
{
    my ($path, $body, $type) = @_;
    $body = $json->encode($body) if ref $body;
    utf8::encode($body) if utf8::is_utf8($body);
    return Onair::Http->post($port, $path, $body,
        headers => { 'Content-Type' => $type // 'application/json' });
}

sub state_of
{
    my ($station) = @_;
    return Onair::Http->json($port, "/live/$station");
}

sub text_of
{
    my ($station) = @_;
    return state_of($station)->{now}{text};
}

sub refused
{
    my ($answer, $status, $words, $name) = @_;
    is($answer->{status}, $status, "$name is refused with $status");
    like($answer->{body}, $words, '... in words');
}

sub a_push_in_each_form_is_shown
{
    my $ws = Onair::WebSocket->connect(port => $port, path => '/live/forms');
    is($ws->json->{status}, 'offline', 'nothing is known before');
    is(post('/in/forms', { artist => 'Ä', title => 'Ü & Ö' })->{status}, 204,
        'a JSON object is taken');
    my $state = $ws->json;
    is($state->{now}{text}, 'Ä - Ü & Ö', 'and told at once');
    is($state->{status}, 'live', 'as live');

    is(post('/in/forms',
        [['artist', 'Pair'], ['title', 'Of'], ['filename', '/srv/x.mp3'],
            ['coverart', 'AAAA']])->{status}, 204, 'Liquidsoap\'s pairs');
    my $text = $ws->text;
    is($json->decode($text)->{now}{text}, 'Pair - Of', 'are shown');
    unlike($text, qr/srv|AAAA/, 'file names and covers do not leak');

    is(post('/in/forms', 'artist=Form&title=a%26b+%C3%A9&x=1',
        'application/x-www-form-urlencoded')->{status}, 204, 'form fields');
    is($ws->json->{now}{text}, 'Form - a&b é', 'are shown');

    is(post('/in/forms', { text => 'Seven - Eight', listeners => 9, peak => 12,
        album => 'Al', art => 'https://x.example/a.jpg', url => '/track',
        duration => 200, dj => 'Jo', stream => { name => 'N', genre => 'G' },
        started => time() - 3, unknown => { deep => [1] } })->{status}, 204,
        'all members that are known');
    $state = $ws->json;
    is_deeply([@{ $state->{now} }{qw(artist title album art url duration)},
        $state->{dj}, @{ $state->{stream} }{qw(name genre)},
        @{ $state->{listeners} }{qw(current peak)}],
        ['Seven', 'Eight', 'Al', 'https://x.example/a.jpg', '/track', 200,
            'Jo', 'N', 'G', 9, 12], 'come through');

    is(Onair::Http->get($port, '/in/forms?artist=Q&title=T')->{status}, 204,
        'a query alone');
    $state = $ws->json;
    is($state->{now}{text}, 'Q - T', 'is shown');
    is($state->{listeners}{current}, 9, 'and leaves the count as it was');
    is($state->{stream}{name}, 'N', 'and the name');
    is($state->{now}{album}, undef, 'but not another track\'s album');
    is(scalar @{ $state->{history} }, 4, 'history holds the ones before');

    my $when = time - 2;
    post('/in/when', { text => 'T - S', started => $when });
    is(state_of('when')->{now}{started}, $when, 'a start is taken');
}

sub the_same_push_twice_is_one_change
{
    my $push = { artist => 'A', title => 'T', listeners => 3 };
    post('/in/twice', $push);
    my $first = state_of('twice');
    is(post('/in/twice', $push)->{status}, 204, 'a second time is fine');
    my $second = state_of('twice');
    is($second->{seq}, $first->{seq}, 'and no change');
    is($second->{now}{started}, $first->{now}{started}, 'nor a new start');
    post('/in/twice', { artist => 'A', title => 'U' });
    is(state_of('twice')->{seq}, $first->{seq} + 1, 'another title is one');
}

sub a_push_of_some_leaves_the_rest
{
    post('/in/part', { text => 'A - B', listeners => 5 });
    post('/in/part', { listeners => 6 });
    ok(wait_for(sub { state_of('part')->{listeners}{current} == 6 }, 5),
        'a count alone is taken');
    is(text_of('part'), 'A - B', 'and leaves the title');
    post('/in/part', { on_air => JSON::PP::false });
    my $state = state_of('part');
    is($state->{status}, 'offline', 'off air by its own word');
    post('/in/part', { listeners => 7 });
    ok(wait_for(sub { state_of('part')->{listeners}{current} == 7 }, 5),
        'a count is taken of a station off air');
    is(state_of('part')->{status}, 'offline', 'which it stays');
    post('/in/part', { on_air => JSON::PP::true, title => '' });
    $state = state_of('part');
    is($state->{status}, 'live', 'on air again');
    is($state->{now}{text}, undef, 'a title that is given and blank clears');
}

sub the_station_is_found_in_each_way
{
    post('/param', { text => 'P' });
    is(text_of('fixed'), 'P', 'the parameter');
    post('/param', { text => 'P2', station => 'other' });
    is(text_of('fixed'), 'P2', 'which a member cannot overrule');
    is(state_of('other')->{seq}, 0, 'nor fill another');
    post('/variable?of=var', { text => 'V' });
    is(text_of('var'), 'V', 'a variable');
    post('/in/fixed', { text => 'P3' });
    is(text_of('fixed'), 'P3', 'the last push counts, whichever way it came');
    post('/none', { text => 'M', station => 'member' });
    is(text_of('member'), 'M', 'the member');
    post('/in/uri', { text => 'U' });
    is(text_of('uri'), 'U', 'the URI behind the prefix');
    post('/none?mount=/mount.mp3', { text => 'X' });
    is(text_of('mount.mp3'), 'X', 'mount=');
    refused(post('/none', { text => 'x' }), 400, qr/^no station is named\n/,
        'a push for no station');
    refused(post('/variable', { text => 'x' }), 400, qr/no station/,
        'an empty variable');
    refused(post('/none', { text => 'x', station => "a\nb" }), 400,
        qr/station is no usable name/, 'a hostile name');
    refused(post('/in/a%01b', { text => 'x' }), 400, qr/name/,
        'one in the URI');
}

sub encoders_are_answered_as_by_icecast
{
    my $answer = Onair::Http->get($port,
        '/admin/metadata?pass=x&mode=updinfo&mount=/enc&song=Enc%20-%20oder');
    is($answer->{status}, 200, 'updinfo is answered');
    is($answer->{headers}{'content-type'}, 'text/xml', 'with XML');
    is($answer->{body}, qq{<?xml version="1.0"?>\n<iceresponse><message>}
        . "Metadata update successful</message><return>1</return>"
        . "</iceresponse>\n", 'to the byte as Icecast does');
    is(text_of('enc'), 'Enc - oder', 'and shown');
    Onair::Http->get($port, '/admin/metadata?mode=updinfo&mount=/enc'
        . '&charset=latin1&song=caf%e9+%2d+Bj%f6rk');
    is(text_of('enc'), 'café - Björk', 'charset= is heeded');
    Onair::Http->get($port, '/admin/metadata?mode=updinfo&mount=/enc'
        . '&artist=Sep&title=Arate');
    is(text_of('enc'), 'Sep - Arate', 'artist and title apart');
    refused(Onair::Http->get($port, '/admin/metadata?mode=updinfo&mount=/enc'),
        400, qr/song is missing/, 'updinfo without a song');
    refused(Onair::Http->get($port, '/admin/metadata?mode=kick&mount=/enc'),
        400, qr/mode is not updinfo/, 'another mode');
}

sub what_is_wrong_is_said
{
    my $before = state_of('bad')->{seq};
    refused(post('/in/bad', '{"title":'), 400, qr/body is not JSON/,
        'half a document');
    refused(post('/in/bad', '[1,2]'), 400, qr/neither an object nor/,
        'an array of numbers');
    refused(post('/in/bad', '[' x 2000), 400, qr/./, 'a deep document');
    refused(post('/in/bad', 'hello', 'text/plain'), 400,
        qr/neither JSON nor form/, 'plain words');
    refused(post('/in/bad', "--x\r\n", 'multipart/form-data; boundary=x'), 400,
        qr/multipart bodies are not taken/, 'multipart');
    refused(post('/in/bad', { listeners => 'many', text => 'x' }), 400,
        qr/listeners is no number/, 'a count of words');
    refused(post('/in/bad', { filename => '/x' }), 400,
        qr/nothing that is known: artist/, 'nothing of the list');
    refused(post('/in/bad', ''), 400, qr/nothing that is known/, 'nothing');
    refused(post('/in/bad', { text => 'x' x 3000 }), 413,
        qr/too large, see max_body/, 'a large body');
    my $chunked = Onair::Http->request(port => $port, path => '/in/bad',
        method => 'POST', headers => { 'Transfer-Encoding' => 'chunked' },
        body => sprintf("%x\r\n%s\r\n0\r\n\r\n", 3000, 'y' x 3000));
    refused($chunked, 413, qr/too large/, 'a large one in chunks');
    my $answer = Onair::Http->request(port => $port, path => '/in/bad',
        method => 'DELETE');
    refused($answer, 405, qr/GET, POST or PUT/, 'another method');
    is($answer->{headers}{allow}, 'GET, POST, PUT', '... with Allow');
    is(state_of('bad')->{seq}, $before, 'none of these changed anything');

    my $half = Onair::Http->connect(port => $port);
    $half->send_bytes("POST /in/bad HTTP/1.1\r\nHost: x\r\n"
        . "Content-Length: 100\r\n\r\n{\"text\":\"half\"}");
    $half->close_stream;
    is(post('/in/bad', { text => 'Whole' })->{status}, 204,
        'half a body and gone:');
    is(text_of('bad'), 'Whole', 'only the whole one counts');

    post('/small-in', { text => 'x', station => $_ }) for qw(one two);
    refused(post('/small-in', { text => 'x', station => 'three' }), 503,
        qr/full|no room|place/, 'a third in a zone of two');
    my $totals = Onair::Http->json($port, '/status')->{totals};
    my ($refused) = map { $totals->{$_} } grep { /publish.*refus/ }
        keys %$totals;
    cmp_ok($refused // 0, '>=', 10, 'refusals are counted')
        or diag explain $totals;
    like($server->log, qr/\[warn\].*publication refused: body is not JSON/,
        'and logged with the reason');
}

sub repairs_can_be_switched_off
{
    post('/in/mended', { title => 'A &amp; B - C' });
    is(state_of('mended')->{now}{artist}, 'A & B', 'entities and splitting');
    post('/plain', { text => 'A &amp; B - C' });
    my $state = state_of('plain');
    is_deeply([@{ $state->{now} }{qw(artist title)}],
        [undef, 'A &amp; B - C'], 'off') or diag explain $state->{now};
    post('/in/mended', { text => "a\x{202e}b<script>\"'&\x01 \x{200b}c" });
    is(text_of('mended'), q{ab<script>"'& c}, 'a hostile title is text');
}

sub a_state_expires_into_the_poll_s
{
    ok(wait_for(sub { (text_of('mixed') // '') eq 'Poll - One' }, 5),
        'the poll fills the station');
    my $ws = Onair::WebSocket->connect(port => $port, path => '/live/mixed');
    $ws->json;
    post('/short', { text => 'Pushed - Two' });
    my $state = $ws->json;
    is($state->{now}{text}, 'Pushed - Two', 'a push comes first');
    is($state->{listeners}{current}, 7, 'the poll still counts listeners');
    is($state->{stream}{name}, 'Mixed FM', 'and names the stream');
    $source->set(body => status('Poll - Three', 8));
    my @texts;
    while (my $next = $ws->json(5)) {
        is($next->{status}, 'live', 'live all the time');
        push @texts, $next->{now}{text};
        last if $texts[-1] eq 'Poll - Three';
    }
    is($texts[-1], 'Poll - Three', 'expired, the poll says what is on');
}

sub counts_alone_leave_the_track_to_the_poll
{
    ok(wait_for(sub { (text_of('counted') // '') eq 'Poll - One' }, 5),
        'the poll fills the station');
    post('/in/counted', { listeners => 77 });
    ok(wait_for(sub { (state_of('counted')->{listeners}{current} // 0) == 77 },
        5), 'a count is taken where the poll has none');
    $counted->set(body => '{"title":"Poll - Two"}');
    ok(wait_for(sub { text_of('counted') eq 'Poll - Two' }, 5),
        'what is on is the poll\'s to say');
    is(state_of('counted')->{listeners}{current}, 77, 'the count stays');
}

sub poll_now_asks_the_sources
{
    my $slow = Onair::Source->new(body => status('Slow - One'));
    my $other = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /source {
                internal; proxy_pass http://127.0.0.1:${\ $slow->port };
                onair_poll interval=60s;
            }
            location /live/ { onair; }
            location /in/ { onair_publish; }
        }
END
    my $ws = Onair::WebSocket->connect(port => $other->port,
        path => '/live/mixed');
    my $state = $ws->json;
    $state = $ws->json unless $state->{status} eq 'live';
    is($state->{now}{text}, 'Slow - One', 'the first poll');
    $slow->set(body => status('Slow - Two'));
    is(Onair::Http->post($other->port, '/in/', 'poll=now')->{status}, 204,
        'poll=now is taken');
    is($ws->json(5)->{now}{text}, 'Slow - Two', 'a poll follows at once');
    $other->end_checks(name => 'that server is clean');
}

# Of a push that is refused nobody hears for the length of a song.
sub pushes_that_meet_wait_for_each_other
{
    my $busy = Onair::Server->new(workers => 4, http => <<'END');
        server {
            listen 127.0.0.1:%%PORT%% reuseport;
            location = /in { onair_publish rock; }
            location = /status { onair_status; }
        }
END
    my ($publishers, $pushes) = (8, 500);
    my $log = $busy->dir . '/publishers';
    my @pids = map { my $i = $_; spawn_sub($log, sub {
        my $client = Onair::Http->connect(port => $busy->port);
        for my $n (1 .. $pushes) {
            $client->send_request(path => '/in', method => 'POST',
                body => "title=$i+$n");
            my $status = $client->answer->{status};
            print "$status\n" if $status != 204;
        }
    }) } 1 .. $publishers;
    waitpid $_, 0 for @pids;
    is(slurp($log), '', 'publishers of one station do not refuse each other');
    is(Onair::Http->json($busy->port, '/status')->{totals}{published},
        $publishers * $pushes, 'each push is taken');
    $busy->end_checks(name => 'that server is clean');
}

sub the_set_that_is_named_is_heeded
{
    my $query = '/admin/metadata?mode=updinfo&mount=/set'
        . '&song=%CC%EE%F0%E5%20-%20%C2%E5%F2%E5%F0';
    is(Onair::Http->get($port, "$query&charset=windows-1251")->{status}, 200,
        'an encoder names windows-1251');
    is(text_of('set'), 'Море - Ветер', 'and its title is in it');
    my $answer = Onair::Http->get($port, "$query&charset=klingon");
    refused($answer, 400, qr/charset "klingon" is not known/,
        'a set that nobody knows');
    like($answer->{body}, qr{<return>0</return>}, 'as Icecast would say it');
    ok($server->wait_log(qr/publication refused: charset "klingon" is not known/),
        'and with a line of log');
    is(text_of('set'), 'Море - Ветер', 'the title stays');
    is(post('/in/set', "title=\xed\xcf\xd2\xc5",
        'application/x-www-form-urlencoded; charset=koi8-r')->{status}, 204,
        'the type of the body names it as well');
    is(text_of('set'), 'Море', 'and is heeded');
}

sub a_known_member_of_another_kind_is_named
{
    refused(post('/in/kinds', { title => { text => 'T' }, listeners => 3 }),
        400, qr/title is an object, not a text/, 'an object for a title');
    refused(post('/in/kinds', { title => 'T', listeners => '1,234' }), 400,
        qr/listeners is no number/, 'a group separator');
    is(state_of('kinds')->{status}, 'offline', 'nothing of them is taken');
    is(post('/in/kinds', { title => 'T', duration => '3m' })->{status}, 204,
        'a detail that cannot be read');
    ok($server->wait_log(qr/duration is no number of seconds, it is left out/),
        'is told in the log');
    is(post('/in/exponent', '{"title":"T","listeners":1.5e3}')->{status}, 204,
        'an exponent');
    is(state_of('exponent')->{listeners}{current}, 1500, 'is read');
}

sub the_web_hook_of_azuracast_is_read
{
    my $np = { station => { shortcode => 'hooked', name => 'N FM' },
        listeners => { total => 6, unique => 5, current => 5 },
        now_playing => { song => { text => 'A - T', artist => 'A',
            title => 'T' } } };
    is(post('/in/rock', $np)->{status}, 204, 'the web hook of AzuraCast');
    my $state = state_of('rock');
    is_deeply([$state->{status}, $state->{now}{text}, $state->{stream}{name},
        $state->{listeners}{current}], ['live', 'A - T', 'N FM', 6],
        'is read as a poll would read it');
    is(post('/none', $np)->{status}, 204, 'where nobody names the station');
    is(text_of('hooked'), 'A - T', 'its shortcode does');
}

sub tags_of_a_track_are_not_the_stream_s
{
    post('/in/tags', [['artist', 'A'], ['title', 'T'], ['genre', 'Blues'],
        ['description', 'ripped at home']]);
    is_deeply([@{ state_of('tags')->{stream} }{qw(genre description)}],
        [undef, undef], 'tags of a track are not told of the stream');
}

sub half_a_title_keeps_no_dash
{
    Onair::Http->get($port, '/in/half?mode=updinfo&song=-%20clubtrack');
    is(text_of('half'), 'clubtrack', 'a title alone');
    Onair::Http->get($port, '/in/half?mode=updinfo&song=Artist%20-%20');
    is_deeply([@{ state_of('half')->{now} }{qw(text artist title)}],
        ['Artist', 'Artist', undef], 'and an artist alone have no dash');
}

a_push_in_each_form_is_shown();
the_set_that_is_named_is_heeded();
a_known_member_of_another_kind_is_named();
the_web_hook_of_azuracast_is_read();
tags_of_a_track_are_not_the_stream_s();
half_a_title_keeps_no_dash();
the_same_push_twice_is_one_change();
a_push_of_some_leaves_the_rest();
the_station_is_found_in_each_way();
encoders_are_answered_as_by_icecast();
what_is_wrong_is_said();
repairs_can_be_switched_off();
a_state_expires_into_the_poll_s();
counts_alone_leave_the_track_to_the_poll();
poll_now_asks_the_sources();
pushes_that_meet_wait_for_each_other();
$server->end_checks;
done_testing();
