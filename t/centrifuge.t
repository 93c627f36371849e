#!/usr/bin/env perl

# Centrifugo's bidirectional JSON protocol: commands, errors and ends by hand,
# then its client library for JavaScript in four versions: subscriptions,
# publications, recovery after a dropped connection, a reload and a death, and
# the streams that take WebSocket's place.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Handle;
use IPC::Open3 ();
use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for spawn slurp scratch_dir);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical;
my $server = Onair::Server->new(workers => 3, http => <<'END');
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /connection/ { onair_centrifuge; }
        location = /emulation { onair_centrifuge; }
        location /strict/ { onair_centrifuge strict; }
        location /quick/ { onair_centrifuge; onair_heartbeat 1s timeout=3s; }
        location /live/ { onair; }
        location /publish/ { onair_publish; }
        location /keyed/ { onair_publish key=sesame; }
    }
END
my $port = $server->port;

sub publish
{
    my ($station, $body) = @_;
    my $answer = Onair::Http->post($port, "/publish/$station",
        $json->encode($body));
    die "not published: $answer->{body}\n" if $answer->{status} != 204;
}

sub state { return Onair::Http->json($port, "/live/$_[0]") }

sub websocket
{
    my (%given) = @_;
    my $ws = Onair::WebSocket->connect(port => $port,
        path => '/connection/websocket', %given);
    die "no WebSocket\n" if $ws->status != 101;
    return $ws;
}

# Sends commands, each of which is an id, a word and what goes with it.
sub command
{
    my ($ws, @commands) = @_;
    $ws->send_text(join "\n", map {
        my ($id, $word, $given) = @$_;
        $json->encode({ id => $id, $word => $given // {} })
    } @commands);
}

sub lines
{
    my ($ws) = @_;
    my $message = $ws->message(5) or return;
    return map { $json->decode($_) } split /\n/, $message->{payload};
}

sub connected
{
    my $ws = websocket(@_);
    command($ws, [ 1, 'connect', { name => 'test' } ]);
    lines($ws);
    return $ws;
}

sub a_dialogue
{
    publish('rock', { artist => 'A', title => 'One' });
    my $ws = websocket();
    command($ws, [ 1, 'connect', { name => 'js' } ],
        [ 2, 'subscribe', { channel => 'station:rock', flag => 1 } ],
        [ 3, 'subscribe', { channel => 'onair:rock' } ]);
    my ($connect, $station, $snapshot) = lines($ws);
    is($connect->{id}, 1, 'connect is answered');
    is($connect->{connect}{ping}, 25);
    ok(!exists $connect->{connect}{pong}, 'no pong is asked for');
    my $state = state('rock');
    is($station->{id}, 2);
    is($station->{subscribe}{epoch}, $state->{epoch}, 'the epoch is our own');
    is($station->{subscribe}{offset}, $state->{seq}, 'so is the offset');
    is($station->{subscribe}{publications}[0]{data}{np}{now_playing}{song}{title},
        'One', 'the present comes with the subscription');
    ok(!exists $station->{subscribe}{was_recovering});
    is($snapshot->{subscribe}{publications}[0]{data}{now}{title}, 'One',
        'and as our snapshot');

    publish('rock', { artist => 'A', title => 'Two' });
    my %pushes = map { $_->{push}{channel} => $_->{push}{pub} }
        map { lines($ws) } 1 .. 2;
    is($pushes{'station:rock'}{data}{np}{now_playing}{song}{title}, 'Two', 'push');
    is($pushes{'onair:rock'}{data}{now}{title}, 'Two', 'of both');
    is($pushes{'onair:rock'}{offset}, $state->{seq} + 1);

    command($ws, [ 4, 'unsubscribe', { channel => 'station:rock' } ]);
    is_deeply([ lines($ws) ], [ { id => 4, unsubscribe => {} } ], 'unsubscribed');
    publish('rock', { artist => 'A', title => 'Three' });
    is((lines($ws))[0]{push}{channel}, 'onair:rock', 'the other one stays');
    $ws->send_text('{}');
    command($ws, [ 5, 'ping' ]);
    is_deeply([ lines($ws) ], [ { id => 5, ping => {} } ], 'a pong is no word');
}

sub what_is_refused
{
    my $ws = connected();
    my %codes = (subscribe => 102, publish => 108, presence => 108,
        presence_stats => 108, history => 108, rpc => 108, refresh => 108,
        dance => 104);
    my $id = 10;
    for my $word (sort keys %codes) {
        my $channel = $word eq 'subscribe' ? 'news' : 'station:rock';
        command($ws, [ ++$id, $word, { channel => $channel, data => {} } ]);
        my ($reply) = lines($ws);
        is($reply->{error}{code}, $codes{$word}, "$word: $codes{$word}");
        is($reply->{id}, $id);
    }
    command($ws, [ 50, 'subscribe', { channel => 'room:rock' } ]);
    is((lines($ws))[0]{error}{code}, 102, 'there are no rooms');
    command($ws, map { [ 51 + $_, 'subscribe', { channel => 'station:rock' } ] }
        0 .. 1);
    my @twice = lines($ws);
    ok($twice[0]{subscribe}, 'once');
    is($twice[1]{error}{code}, 105, 'and not again');
    command($ws, map { [ 100 + $_, 'subscribe', { channel => "station:s$_" } ] }
        1 .. 256);
    my @many = lines($ws);
    is(scalar(grep { $_->{subscribe} } @many), 255, '256 channels');
    is($many[-1]{error}{code}, 106, 'and no more');
    my $strict = connected(path => '/strict/websocket');
    command($strict, [ 2, 'subscribe', { channel => 'station:absent' } ]);
    is((lines($strict))[0]{error}{code}, 102, 'strict: unknown');
}

sub what_ends_a_connection
{
    my %bad = (
        'no connect first' => '{"id":1,"subscribe":{"channel":"station:rock"}}',
        'no JSON' => 'hello',
        'no object' => '[1]',
        'no id' => '{"connect":{}}',
        'two methods' => '{"id":1,"connect":{},"ping":{}}',
    );
    for my $name (sort keys %bad) {
        my $ws = websocket();
        $ws->send_text($bad{$name});
        is_deeply([ lines($ws) ], [ { push => { disconnect =>
            { code => 3501, reason => 'bad request' } } } ], "$name: told");
        is($ws->close_code(5), 3501, "$name: closed");
    }
    my $twice = connected();
    command($twice, [ 2, 'connect' ]);
    lines($twice);
    is($twice->close_code(5), 3501, 'connect twice');
    my $quick = connected(path => '/quick/websocket');
    $quick->{mute} = 1;
    is_deeply([ lines($quick) ], [ {} ], 'a ping');
    is($quick->close_code(10), 3012, 'nobody there');
}

sub recovery
{
    publish('again', { title => 'R1' });
    my $first = state('again');
    publish('again', { title => "R$_" }) for 2 .. 4;
    my $subscribe = sub {
        my (%position) = @_;
        my $ws = connected();
        command($ws, [ 2, 'subscribe',
            { channel => 'onair:again', recover => \1, %position } ]);
        my ($reply) = lines($ws);
        my $sub = $reply->{subscribe};
        ok($sub->{was_recovering}, 'it was recovering');
        return ($sub, join ' ', map { $_->{data}{now}{title} }
            @{ $sub->{publications} // [] });
    };
    my ($sub, $titles) = $subscribe->(epoch => $first->{epoch},
        offset => $first->{seq});
    ok($sub->{recovered}, 'recovered');
    is($titles, 'R2 R3 R4', 'each change that was missed');
    is($sub->{offset}, $first->{seq}, 'from where the client was');
    is($sub->{publications}[-1]{offset}, $first->{seq} + 3, 'to the newest');
    ($sub, $titles) = $subscribe->(epoch => $first->{epoch},
        offset => $first->{seq} + 3);
    ok($sub->{recovered} && $titles eq '', 'nothing missed');
    ($sub, $titles) = $subscribe->();
    ok($sub->{recovered}, 'a client that was nowhere');
    is($titles, 'R4', 'gets the newest');
    for my $lost ({ epoch => 'deadbeef', offset => 1 },
        { epoch => $first->{epoch}, offset => $first->{seq} + 9 },
        { epoch => '_', offset => 0 }) {
        ($sub, $titles) = $subscribe->(%$lost);
        ok(!$sub->{recovered}, 'another life or the future: not recovered');
        is($titles, 'R4', 'but the newest');
        is($sub->{offset}, $first->{seq} + 3, 'and where that is');
    }
    publish('again', { title => "R$_" }) for 5 .. 80;
    ($sub, $titles) = $subscribe->(epoch => $first->{epoch},
        offset => $first->{seq});
    ok(!$sub->{recovered}, 'too long ago: not recovered');
    is($titles, 'R80', 'but the newest');
}

sub emulation
{
    publish('emu', { title => 'E1' });
    my %streams = (
        sse => sub { Onair::Sse->connect(port => $port,
            path => '/connection/sse?cf_connect='
                . '%7B%22id%22%3A1%2C%22connect%22%3A%7B%7D%7D') },
        http_stream => sub { Onair::Sse->connect(port => $port,
            method => 'POST', path => '/connection/http_stream',
            body => '{"id":1,"connect":{}}') },
    );
    for my $kind (sort keys %streams) {
        my $stream = $streams{$kind}->();
        is($stream->status, 200, "$kind: a stream");
        my $next = $kind eq 'sse' ? sub { $stream->json(5) }
            : sub { $json->decode($stream->chunk(5) // 'null') };
        my $connect = $next->()->{connect};
        like($connect->{session}, qr/^[0-9a-f]{32}$/, 'with a session');
        my $id = 1;
        my $post = sub {
            my ($word, $channel, %with) = @_;
            return Onair::Http->post($port, '/emulation', $json->encode({
                session => $connect->{session}, node => $connect->{node},
                data => $json->encode({ id => ++$id,
                    $word => { channel => $channel } }), %with }));
        };
        # Often enough to come to every worker.
        for (1 .. 8) {
            is($post->('subscribe', 'onair:emu')->{status}, 204, 'taken');
            is($next->()->{subscribe}{publications}[0]{data}{now}{title},
                'E1', 'and answered on the stream');
            $post->('unsubscribe', 'onair:emu');
            ok($next->()->{unsubscribe}, 'so is the end of it');
        }
        is($post->('ping', '', session => 'f' x 32)->{status}, 204,
            'a session that has gone is nobody');
        is($post->('ping', '', node => '31')->{status}, 404,
            'a worker that there is not is told');
        is($post->('ping', '', data => 7)->{status}, 400, 'so is nonsense');
        $post->('connect', '');
        is($next->()->{push}{disconnect}{code}, 3501, 'a wrong word ends it');
    }
}

sub who_publishes_says_the_key
{
    for my $headers ({}, { 'X-API-Key' => 'sesam' },
        { Authorization => 'apikey other' }) {
        is(Onair::Http->post($port, '/keyed/rock', '{"title":"x"}',
            headers => $headers)->{status}, 401, 'no key, another key');
    }
    for my $headers ({ 'X-API-Key' => 'sesame' },
        { Authorization => 'apikey sesame' }) {
        is(Onair::Http->post($port, '/keyed/rock', '{"title":"x"}',
            headers => $headers)->{status}, 204, 'the key');
    }
}

# A program that runs npm's centrifuge; told what to do, prints what it is told.
sub client
{
    my ($package, $transport) = @_;
    my $out = scratch_dir() . "/$package-$transport";
    open my $to, '>', $out or die $!;
    my $pid = IPC::Open3::open3(my $in, '>&' . fileno $to, undef, 'node',
        "$FindBin::Bin/lib/centrifuge_client.js", $package, $transport,
        "http://127.0.0.1:$port");
    $in->autoflush(1);
    return { pid => $pid, in => $in, out => $out, name => "$package, $transport" };
}

sub says
{
    my ($client, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(wait_for(sub { (slurp($client->{out}) // '') =~ $pattern }, 30),
        "$client->{name}: $name") || diag(slurp($client->{out}));
}

sub do_it { my ($client, $line) = @_; print { $client->{in} } "$line\n"; }

sub a_client_of_centrifugo
{
    my ($package, $transport) = @_;
    publish('rock', { title => "for $package $transport" });
    my $client = client($package, $transport);
    says($client, qr/^connected /m, 'connected');
    for my $channel ('station:rock', 'onair:rock') {
        says($client, qr/^subscribed $channel /m, "subscribed to $channel");
        says($client, qr/^publication $channel \d+ for $package $transport$/m,
            'the present state');
    }
    publish('rock', { title => "new for $package" });
    says($client, qr/^publication onair:rock \d+ new for $package$/m, 'a change');
    do_it($client, 'subscribe news');
    says($client, qr/^unsubscribed news 102 /m, 'an unknown channel is told');
    do_it($client, 'publish station:rock');
    says($client, qr/^refused 108 /m, 'publishing is refused');
    do_it($client, 'since station:jazz');
    says($client, qr/^subscribed station:jazz recovering true recovered true/m,
        'since nowhere');
    if ($transport eq 'ws') {
        do_it($client, 'drop');
        publish('rock', { title => "missed by $package" });
        says($client, qr/^publication onair:rock \d+ missed by $package$/m,
            'what was missed');
        says($client, qr/^subscribed onair:rock recovering true recovered true/m,
            'recovered');
    }
    my $seen = () = slurp($client->{out}) =~ /^subscribed onair:rock/mg;
    $server->reload;
    says($client, qr/(?:^subscribed onair:rock.*?){${\ ($seen + 1)}}/ms,
        'back after a reload');
    publish('rock', { title => "reloaded $package $transport" });
    says($client, qr/^publication onair:rock \d+ reloaded $package $transport$/m,
        'and told on');
    my ($pid) = $server->workers;
    $server->signal('KILL', $_) for $server->workers;
    wait_for(sub { my @now = $server->workers; @now == 3 && !grep { $_ == $pid } @now },
        20);
    publish('rock', { title => "survived $package $transport" });
    says($client, qr/^publication onair:rock \d+ survived $package $transport$/m,
        'also after all workers died');
    unlike(slurp($client->{out}), qr/recovering true recovered false|^disconnected/m,
        'nothing was lost');
    my @offsets = slurp($client->{out}) =~ /^publication onair:rock (\d+)/mg;
    is("@offsets", join(' ', sort { $a <=> $b } @offsets),
        'offsets never go back');
    do_it($client, 'end');
    waitpid $client->{pid}, 0;
}

a_dialogue();
what_is_refused();
what_ends_a_connection();
recovery();
emulation();
who_publishes_says_the_key();
SKIP: {
    my $modules = `$FindBin::Bin/tools/npm.sh 2>/dev/null`;
    chomp $modules;
    skip 'no npm', 1 if !-d "$modules/centrifuge";
    local $ENV{NODE_PATH} = $modules;
    local $ENV{NODE_NO_WARNINGS} = 1;
    a_client_of_centrifugo($_, 'ws')
        for qw(centrifuge centrifuge-5.0 centrifuge-4 centrifuge-3);
    a_client_of_centrifugo('centrifuge', $_) for qw(sse http_stream);
}
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing();
