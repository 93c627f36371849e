#!/usr/bin/env perl

# AzuraCast's players: the unidirectional protocol on its three paths, the
# object in full from any source and untouched from an AzuraCast, the addresses
# that are polled. The clients of others are npm's eventsource, which does what
# AzuraCast's page does, and curl.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for spawn slurp spew terminate scratch_dir);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

my $json = JSON::PP->new->utf8->canonical;
my $synthetic = "$FindBin::Bin/fixtures/synthetic";
my $document = slurp("$synthetic/azuracast-nowplaying-station.json");

my $server = Onair::Server->new(workers => 2, http => <<'END',
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /api/ { onair_azuracast; }
        location /strict/ { onair_azuracast strict; }
        location /quick/ { onair_azuracast; onair_heartbeat 1s timeout=3s; }
        location /pages/ { onair_azuracast; onair_origin https://a.example; }
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location = /source {
            internal;
            root %%DIR%%/html;
            try_files /document =404;
            onair_poll type=azuracast interval=100ms;
        }
    }
END
    files => { 'html/document' => $document });
my $port = $server->port;

sub publish
{
    my ($station, $body) = @_;
    my $answer = Onair::Http->post($port, "/publish/$station",
        $json->encode($body));
    die "not published: $answer->{body}\n" if $answer->{status} != 204;
}

sub get { return Onair::Http->get($port, $_[0], headers => $_[1] // {}) }

sub escaped
{
    my ($text) = @_;
    utf8::encode($text);
    $text =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

sub request { return $json->encode({ subs => { map { $_ => { recover => \1 } } @_ } }) }

sub websocket
{
    my (%given) = @_;
    return Onair::WebSocket->connect(port => $port,
        path => '/api/live/nowplaying/websocket', %given);
}

sub sse
{
    my ($request, %given) = @_;
    my $path = $given{path} // '/api/live/nowplaying/sse';
    return Onair::Sse->connect(port => $port, %given,
        path => "$path?cf_connect=" . escaped($request));
}

sub np_in
{
    my ($connect, $station) = @_;
    my $sub = $connect->{connect}{subs}{"station:$station"} or return;
    return $sub->{publications}[0]{data}{np};
}

sub is_connect
{
    my ($message, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $connect = $message->{connect};
    ok($connect, "$name: a connect reply");
    ok(!exists $connect->{data}, 'without the old data');
    like($connect->{client}, qr/^[0-9a-f]{32}$/, 'a client');
    is($connect->{ping}, 25, 'a ping');
    cmp_ok(abs($connect->{time} / 1000 - time), '<', 60, 'time in ms');
}

sub the_present_state_is_in_the_connect_reply
{
    publish('rock', { artist => 'One', title => 'First', duration => 180 });
    my $ws = websocket();
    is($ws->status, 101, 'WebSocket');
    $ws->send_text(request('station:rock'));
    my $first = $ws->json(1);
    is_connect($first, 'WebSocket');
    my $sub = $first->{connect}{subs}{'station:rock'};
    is($sub->{publications}[0]{data}{np}{now_playing}{song}{title}, 'First',
        'with the state in it');
    cmp_ok(abs($sub->{publications}[0]{data}{current_time} - time), '<', 60,
        'current_time in s');
    ok($sub->{publications}[0]{offset} > 0, 'and its offset');
    ok($sub->{$_}, $_) for qw(recoverable recovered positioned was_recovering);
    like($sub->{epoch}, qr/^[0-9a-f]{8}$/, 'epoch');

    my $sse = sse(request('station:rock'));
    is($sse->status, 200, 'events');
    is($sse->header('Content-Type'), 'text/event-stream; charset=utf-8');
    like($sse->header('Cache-Control'), qr/no-store/, 'not cached');
    is($sse->header('X-Accel-Buffering'), 'no', 'not buffered');
    my $event = $sse->event;
    ok(!exists $event->{id} && !exists $event->{event}, 'a plain message');
    my $same = $json->decode($event->{data});
    is_connect($same, 'events');
    is(np_in($same, 'rock')->{now_playing}{song}{title}, 'First', 'the state');

    my $stream = Onair::Sse->connect(port => $port, method => 'POST',
        path => '/api/live/nowplaying/http_stream', body => request('station:rock'));
    is($stream->status, 200, 'lines');
    like($stream->header('Content-Type'), qr/json/, 'of JSON');
    my $line = $stream->chunk(5);
    like($line, qr/\A[^\n]+\n\z/, 'one a line');
    is_connect($json->decode($line), 'lines');

    my $url = websocket(path => '/api/live/nowplaying/websocket?cf_connect='
        . escaped(request('station:rock')));
    is_connect($url->json(1), 'the request in the URL of a WebSocket');

    publish('rock', { artist => 'Two', title => "Se\ncond \"'<\x{2028}\x{1f3b5}" });
    for my $text ($ws->message(2)->{payload}, $sse->event->{data},
        $url->message(2)->{payload}, $stream->chunk(5) =~ s/\n\z//r) {
        unlike($text, qr/\n/, 'a push without a line break');
        my $push = $json->decode($text);
        is($push->{channel}, 'station:rock', 'its channel');
        my $data = $push->{pub}{data};
        is_deeply($data->{triggers}, ['song_changed'], 'its trigger');
        like($data->{np}{now_playing}{song}{title},
            qr/^Se cond "'<.?\x{1f3b5}$/, 'its title');
        cmp_ok(abs($data->{current_time} - time), '<', 60, 'its time');
        is($push->{pub}{offset}, 1 + $sub->{publications}[0]{offset},
            'the next offset');
    }
}

sub who_does_not_ask_for_the_state_gets_it_as_a_push_too
{
    my $ws = websocket();
    $ws->send_text('{"subs":{"station:rock":{}}}');
    ok(np_in($ws->json(2), 'rock'), 'a state in the reply');
    is($ws->json(2)->{channel}, 'station:rock', 'and as a push');
}

sub several_stations_and_odd_requests
{
    publish('jazz', { title => 'Jazz' });
    my $ws = websocket();
    $ws->send_text($json->encode({ token => 'x', name => 'y', headers => {},
        subs => { 'station:rock' => { recover => \1, offset => 1, epoch => 'e' },
            'station:jazz' => { recover => \1, delta => 'fossil' },
            'station:none' => { recover => \1 }, 'global:time' => {} } }));
    my $connect = $ws->json(2);
    is_deeply([ sort keys %{ $connect->{connect}{subs} } ],
        [qw(station:jazz station:none station:rock)], 'stations alone');
    is(np_in($connect, 'jazz')->{now_playing}{song}{title}, 'Jazz');
    my $none = np_in($connect, 'none');
    ok(!$none->{is_online}, 'an unknown station is off air');
    is($none->{now_playing}{song}{text}, 'Station Offline', 'in words');
    publish('none', { title => 'Born' });
    is($ws->json(2)->{pub}{data}{np}{now_playing}{song}{title}, 'Born',
        'until it comes');

    my $strict = websocket(path => '/strict/live/nowplaying/websocket');
    $strict->send_text(request('station:rock', 'station:absent'));
    ok(!exists $strict->json(2)->{connect}{subs}{'station:absent'},
        'strict: an unknown station is not there');
    is_deeply($strict->json(2), { channel => 'station:absent',
        unsubscribe => { code => 2000, reason => 'no such station' } },
        'and the client is told');

    for my $empty ('null', '{}', '{"subs":{}}') {
        my $quiet = websocket();
        $quiet->send_text($empty);
        ok(!exists $quiet->json(2)->{connect}{subs}, "$empty: no stations");
    }
    for my $bad ('hello', '[]', '{"subs":7}', "\x7b" x 100, 'x' x 65000) {
        my $refused = websocket();
        $refused->send_text($bad);
        is_deeply($refused->json(2),
            { disconnect => { code => 3501, reason => 'bad request' } },
            substr($bad, 0, 10) . ': told why');
        is($refused->close_code(5), 3501, 'and closed');
    }
    my $large = websocket();
    $large->send_text('x' x 65537);
    is($large->close_code(5), 1009, 'more than 64 KB are too big');
    is(get('/api/live/nowplaying/sse?cf_connect=%7b')->{status}, 400,
        'events: what cannot be read is 400');
    is(websocket(path => '/api/live/nowplaying/websocket?cf_connect=%7b')
            ->status, 400, 'so it is in the URL of a WebSocket');
    my $nothing = sse('');
    is($nothing->status, 200, 'events of nothing');
    ok(!exists $nothing->json->{connect}{subs});
    my $many = $json->encode({ subs => { map { ("station:$_" => {}) } 1 .. 257 } });
    my $too_many = sse($many);
    is($too_many->status, 200, 'a refusal is no error of HTTP');
    is_deeply($too_many->json, { disconnect => { code => 3505,
        reason => 'channel limit' } }, 'but said in the stream');
}

sub signs_of_life
{
    my $ws = websocket(path => '/quick/live/nowplaying/websocket');
    $ws->send_text(request('station:rock'));
    $ws->json(2);
    is($ws->message(5)->{payload}, '{}', 'a ping of the protocol');
    is($ws->frame(5)->{opcode}, 9, 'and one of WebSocket');
    my $silent = websocket(path => '/quick/live/nowplaying/websocket');
    $silent->{mute} = 1;
    $silent->send_text(request('station:rock'));
    is($silent->close_code(10), 3012, 'who answers none is let go');
    my $sse = sse(request('station:rock'),
        path => '/quick/live/nowplaying/sse');
    $sse->json;
    is($sse->event(5)->{data}, '{}', 'events have it too');
}

sub who_says_nothing_is_stale
{
    my $began = time;
    my $ws = websocket();
    is($ws->close_code(20), 3502, 'no request within ten seconds');
    cmp_ok(time - $began, '>', 9, 'and not before');
}

sub pages_of_other_sites
{
    my $answer = get('/api/nowplaying/rock', { Origin => 'https://b.example' });
    is($answer->{headers}{'access-control-allow-origin'}, 'https://b.example',
        'any page may read');
    is($answer->{headers}{'access-control-allow-credentials'}, 'true',
        'with its cookies');
    is($answer->{headers}{vary}, 'Origin');
    is(get('/pages/nowplaying/rock', { Origin => 'https://b.example' })
            ->{status}, 403, 'or those that are named');
    my $preflight = Onair::Http->request(port => $port, method => 'OPTIONS',
        path => '/api/live/nowplaying/http_stream',
        headers => { Origin => 'https://b.example',
            'Access-Control-Request-Method' => 'POST' });
    is($preflight->{status}, 204, 'a preflight');
    like($preflight->{headers}{'access-control-allow-methods'}, qr/POST/);
    like($preflight->{headers}{'access-control-allow-headers'}, qr/Content-Type/);
    is(Onair::Http->request(port => $port, method => 'DELETE',
        path => '/api/nowplaying')->{status}, 405, 'no other method');
}

sub what_is_polled
{
    publish('rock', { artist => 'A', title => 'B', art => '/cover.jpg' });
    my $one = get('/api/nowplaying/rock');
    is($one->{status}, 200, 'one station');
    is($one->{headers}{'content-type'}, 'application/json');
    my $np = $json->decode($one->{body});
    is($np->{now_playing}{song}{text}, 'A - B');
    is($np->{cache}, undef, 'cache: null');
    is(get('/api/nowplaying/rock', { 'If-None-Match' => $one->{headers}{etag} })
            ->{status}, 304, 'not changed');
    is($json->decode(get("/api/nowplaying/$np->{station}{id}")->{body})
            ->{station}{shortcode}, 'rock', 'by its number');
    is($json->decode(get('/api/station/rock/nowplaying')->{body})
            ->{station}{shortcode}, 'rock', 'by the other address');
    is($json->decode(get('/api/nowplaying_static/rock.json')->{body})->{cache},
        'event', 'the static file');
    my $text = get('/api/nowplaying_static/rock.txt');
    is($text->{body}, 'A - B', 'and its text');
    like($text->{headers}{'content-type'}, qr{^text/plain});
    my $art = get('/api/nowplaying/rock/art');
    is($art->{status}, 302, 'the cover');
    like($art->{headers}{location}, qr{/cover\.jpg$}, 'by its address');
    is(get('/api/nowplaying/rock/art/1760000000.jpg')->{status}, 302);
    is(get('/api/nowplaying/jazz/art')->{status}, 404, 'there is none');
    my $all = $json->decode(get('/api/nowplaying')->{body});
    is(ref $all, 'ARRAY', 'all stations');
    ok((grep { $_->{station}{shortcode} eq 'jazz' } @$all), 'jazz among them');
    my $missing = get('/api/nowplaying/absent');
    is($missing->{status}, 404, 'an unknown one');
    my $error = $json->decode($missing->{body});
    is($error->{code}, 404, 'in words of AzuraCast');
    is($error->{success}, JSON::PP::false);
    is(get('/api/nowplaying/4000000000')->{status}, 404, 'nor by a number');
    is(get('/api/other')->{status}, 404, 'nor anything else');
    my $time = $json->decode(get('/api/time')->{body});
    cmp_ok(abs($time->{timestamp} - time), '<', 60, 'the time');
}

sub an_azuracast_is_told_in_its_own_words
{
    my $asked = sub {
        return $json->decode(get('/api/nowplaying/synthetic')->{body});
    };
    ok(wait_for(sub { get('/api/nowplaying/synthetic')->{status} == 200 }, 10),
        'an AzuraCast is polled');
    my $was = $json->decode($document);
    my $is = $asked->();
    # What time alone changes.
    for my $object ($was, $is) {
        delete $object->{cache};
        delete $object->{now_playing}{$_} for qw(elapsed remaining);
    }
    is_deeply($is, $was, 'every member is its own');
    my $ws = websocket();
    $ws->send_text(request('station:synthetic'));
    is(np_in($ws->json(2), 'synthetic')->{now_playing}{sh_id}, 101,
        'so it is pushed');
    my $changed = $document =~ s/"requests_enabled":false/"requests_enabled":true/r;
    spew($server->dir . '/html/new', $changed);
    rename $server->dir . '/html/new', $server->dir . '/html/document';
    my $np = $ws->json(5)->{pub}{data}{np};
    is($np->{station}{requests_enabled}, JSON::PP::true,
        'a member that we do not know changes: that is a push');
    my $later = $changed =~ s/"elapsed":25/"elapsed":26/r;
    spew($server->dir . '/html/new', $later);
    rename $server->dir . '/html/new', $server->dir . '/html/document';
    ok($ws->is_silent(1), 'time going on is none');
}

sub its_web_hook_is_a_publication
{
    my $np = $json->decode($document);
    $np->{station}{shortcode} = 'hooked';
    publish('', $np);
    my $is = $json->decode(get('/api/nowplaying/hooked')->{body});
    is($is->{now_playing}{sh_id}, 101, 'the object itself may be pushed');
    is($json->decode(get('/live/hooked')->{body})->{now}{text},
        'Chet Porter - Aluko River', 'and pages of our own see it');
}

sub centrifugos_api
{
    my $np = $json->decode($document);
    my $data = { np => $np, triggers => ['song_changed'], current_time => 1 };
    my $ws = websocket();
    $ws->send_text(request('station:pushed'));
    $ws->json(2);
    my $old = Onair::Http->post($port, '/publish/api', $json->encode({
        method => 'publish',
        params => { channel => 'station:pushed', data => $data } }));
    is($old->{status}, 200, 'the old form');
    like($json->decode($old->{body})->{result}{epoch}, qr/^[0-9a-f]{8}$/);
    my $push = $ws->json(5);
    is($push->{pub}{data}{np}{now_playing}{sh_id}, 101, 'is pushed');
    is($push->{pub}{offset}, $json->decode($old->{body})->{result}{offset},
        'with the offset of the answer');
    $np->{now_playing}{sh_id} = 102;
    my $new = Onair::Http->post($port, '/publish/publish', $json->encode({
        channel => 'station:pushed', data => $data }));
    is($new->{status}, 200, 'the new form');
    is($ws->json(5)->{pub}{data}{np}{now_playing}{sh_id}, 102, 'is pushed');
    my $bad = Onair::Http->post($port, '/publish/api', $json->encode({
        method => 'broadcast', params => {} }));
    is_deeply($json->decode($bad->{body})->{error},
        { code => 108, message => 'not available' }, 'other methods are told');
}

sub azuracasts_page
{
    my $modules = `$FindBin::Bin/tools/npm.sh 2>/dev/null`;
    chomp $modules;
    plan skip_all => 'no npm' if !-d "$modules/eventsource";
    publish('page', { artist => 'P', title => 'At once', duration => 100 });
    local $ENV{NODE_PATH} = $modules;
    my $out = scratch_dir() . '/page';
    my $pid = spawn($out, 'node', "$FindBin::Bin/lib/azuracast_page.js",
        "http://127.0.0.1:$port", 'page');
    my $shows = sub {
        my ($title) = @_;
        return ok(wait_for(sub { (slurp($out) // '') =~ /"title":"$title"/ }, 15),
            "the page shows: $title") || diag(slurp($out));
    };
    $shows->('At once');
    publish('page', { artist => 'P', title => 'Changed' });
    $shows->('Changed');
    $server->reload;
    publish('page', { artist => 'P', title => 'After the reload' });
    $shows->('After the reload');
    like(slurp($out), qr/"online":true/, 'on air');
    unlike(slurp($out), qr/Error|error 2/, 'nothing threw, nothing was refused');
    terminate($pid);
}

sub a_reload_is_told
{
    my $ws = websocket();
    $ws->send_text(request('station:rock'));
    $ws->json(2);
    my $sse = sse(request('station:rock'));
    my $epoch = $sse->json->{connect}{subs}{'station:rock'}{epoch};
    $server->reload;
    is($ws->close_code(10), 3001, 'WebSockets are closed with 3001');
    my $last = $sse->event(10);
    is_deeply($json->decode($last->{data}),
        { disconnect => { code => 3001, reason => 'shutdown' } },
        'events end with a disconnect');
    my $again = sse(request('station:rock'))->json->{connect}{subs}{'station:rock'};
    is($again->{epoch}, $epoch, 'the epoch stays');
}

the_present_state_is_in_the_connect_reply();
who_does_not_ask_for_the_state_gets_it_as_a_push_too();
several_stations_and_odd_requests();
signs_of_life();
pages_of_other_sites();
what_is_polled();
an_azuracast_is_told_in_its_own_words();
its_web_hook_is_a_publication();
centrifugos_api();
subtest 'the page of AzuraCast' => \&azuracasts_page;
a_reload_is_told();
who_says_nothing_is_stale();
$server->end_checks;
done_testing();
