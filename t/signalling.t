#!/usr/bin/env perl

# Signalling: each recorded dialogue of the servers that we stand in for, but
# for what is different on purpose; peers at different workers, over a reload,
# a death and a worker that stands still; clients that mean harm.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Digest::SHA ();
use JSON::PP ();
use List::Util qw(first);
use MIME::Base64 ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my @scenes = map { m{([^/]+)\.jsonl\z} ? $1 : () }
    glob "$FindBin::Bin/fixtures/signalling/*.jsonl";

# A server of its own for each dialogue.
sub location_of
{
    my ($scene) = @_;
    my $what = $scene =~ /^peerjs/ ? "onair_peerjs room=$scene"
        : $scene =~ /^y-/ ? "onair_yjs room=$scene"
        : 'onair_signalling ' . ($scene =~ /public/ ? 'public' : 'private')
            . " room=$scene" . ($scene =~ /http/ ? ' polling' : '');
    return "location /$scene/ { $what; }\n";
}

my $locations = join '', map { location_of($_) } @scenes;
my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
    add_header X-Worker \$pid always;
    server {
        listen 127.0.0.1:%%PORT%%;
        $locations
        location /private/ {
            onair_signalling private room=one;
            onair_turn secret=north user=\$arg_user
                uris=stun:s.example,turn:t.example:3478;
        }
        location /also/ { onair_signalling private room=one session=5s; }
        location /public/ { onair_signalling public room=two; }
        location /held/ { onair_signalling private room=held hold=1s; }
        location /long/ { onair_signalling private room=long hold=60s; }
        location /peers/ { onair_peerjs hold=1s; }
        location /talk/ {
            onair_room;
            onair_turn secret=north uris=stun:s.example,turn:t.example:3478;
        }
        location /topics/ { onair_yjs; }
        location /small/ {
            onair_signalling private room=small;
            onair_max_message 1k;
        }
        location /slow/ {
            onair_signalling private room=slow;
            onair_message_rate 1r/s burst=5;
        }
        location /origin/ {
            onair_signalling private;
            onair_origin https://page.example;
        }
        location = / {
            if (\$http_upgrade = websocket) { rewrite ^ /private/ last; }
            return 200 page;
        }
    }
END
my $port = $server->port;

# --- dialogues ---

# What a client is told, in order; `sync` sends what is answered to the sender
# alone, so that all before it has been done.
package Peer;

sub new
{
    my ($class, $path, %given) = @_;
    my $ws = Onair::WebSocket->connect(port => $port, path => $path, %given);
    return bless { ws => $ws, told => [], syncs => 0 }, $class;
}

sub worker { return $_[0]{ws}->header('x-worker') }

sub say
{
    my ($self, $what, %given) = @_;
    my $text = ref $what ? $json->encode($what) : $what;
    return $self->{ws}->send_frame($given{binary} ? 2 : 1, $text);
}

sub told
{
    my ($self, $seconds) = @_;
    return @{ $self->{told} } ? shift @{ $self->{told} }
        : $self->{ws}->text($seconds);
}

sub json
{
    my ($self, $seconds) = @_;
    my $text = $self->told($seconds) // return;
    return $json->decode($text);
}

sub sync
{
    my ($self) = @_;
    my $number = ++$self->{syncs};
    my ($question, $answer) = $self->sync_words("sync $number");
    $self->say($question);
    while (defined(my $text = $self->{ws}->text)) {
        return 1 if $text eq $answer;
        push @{ $self->{told} }, $text;
    }
    return 0;
}

sub sync_words
{
    my ($self, $word) = @_;
    return (qq({"type":"disconnect","connectionId":"$word"}),
        qq({"type":"disconnect","connectionId":"$word"}));
}

sub close { $_[0]{ws}->close_stream }

package Peer::Js;
our @ISA = ('Peer');

sub sync_words
{
    my ($self, $word) = @_;
    return (qq({"type":"LEAVE","dst":"$self->{id}","payload":"$word"}),
        qq({"type":"LEAVE","src":"$self->{id}","dst":"$self->{id}",)
            . qq("payload":"$word"}));
}

package Peer::Y;
our @ISA = ('Peer');

sub sync_words
{
    return ('{"type":"ping"}', '{"type":"pong"}');
}

package main;

sub lines_of
{
    my ($scene) = @_;
    return map { $json->decode($_) } split /\n/,
        slurp("$FindBin::Bin/fixtures/signalling/$scene.jsonl");
}

# The text of a recorded message is that of a JavaScript program: members in
# their order. JSON::PP does not keep it, so it is cut out of the line.
sub recorded
{
    my ($scene) = @_;
    my @texts;
    for (split /\n/, slurp("$FindBin::Bin/fixtures/signalling/$scene.jsonl")) {
        push @texts, /"recv":(\{.*\})(?:,"raw":.*)?\}\z/ ? $1 : undef;
    }
    return \@texts;
}

# A recorded text as a pattern: "<ms>" is any time.
sub pattern_of
{
    my ($text) = @_;
    my $pattern = quotemeta $text;
    $pattern =~ s/\\"\\<ms\\>\\"/\\d+/g;
    return qr/\A$pattern\z/;
}

sub open_peer
{
    my ($scene, $line) = @_;
    my $class = $scene =~ /^peerjs/ ? 'Peer::Js'
        : $scene =~ /^y-/ ? 'Peer::Y' : 'Peer';
    my $peer = $class->new("/$scene$line->{websocket}");
    $peer->{id} = $1 if $line->{websocket} =~ /[?&]id=([^&]+)/;
    return $peer;
}

# What is different on purpose: line numbers of what the reference told and we
# do not, and what we tell besides, to whom.
my %left_out = (
    'ws-private-third-peer' => qr/of C|"recv":\{"type":"disconnect","connectionId":"room1"\}\}/,
    'ws-private-leave' => qr/"A2","recv".*which has not said connect again/,
    'ws-private-fields' => qr/already used/,
    'ws-private-self-pair' => qr/"recv"/,
    'ws-public-two-hosts' => qr/"[BD]","recv".*candidate:1 of A/,
    'ws-public-third-peer' =>
        qr/"B","recv".*candidate:1 of [AC]|"C","recv".*candidate:1 of B/,
);
my %besides = (
    'ws-private-third-peer' => { B => qr/candidate:2 of A/ },
    'ws-private-unknown-id' => { B => qr/before the peer is there/ },
    'ws-private-fields' => { A => qr/"room1","polite":false/ },
    'ws-private-self-pair' => { A => qr/./, B => qr/./ },
    'ws-public-third-peer' => { A => qr/"type":"disconnect"/ },
);

sub replay
{
    my ($scene) = @_;
    my @lines = lines_of($scene);
    my $texts = recorded($scene);
    my @raw = split /\n/, slurp("$FindBin::Bin/fixtures/signalling/$scene.jsonl");
    my (%peers, @wrong);
    my $expected = 0;
    for my $i (0 .. $#lines) {
        my $line = $lines[$i];
        my $client = $line->{client} // next;
        if ($line->{websocket} && !$line->{refused}) {
            $peers{$client} //= open_peer($scene, $line);
        } elsif (exists $line->{send}) {
            # What is too large for us stands for itself.
            my ($text) = $raw[$i] =~ /"send":(\{.*\})(?:,"binary":true)?\}\z/;
            $peers{$client}->say($text, binary => $line->{binary});
            $peers{$client}->sync;
        } elsif ($line->{cuts_tcp} || $line->{closes}) {
            (delete $peers{$client})->close if $peers{$client};
        } elsif (defined $texts->[$i]) {
            next if $left_out{$scene} && $raw[$i] =~ $left_out{$scene};
            if (!$peers{$client}) {
                my $opens = first { $_->{websocket}
                    && $_->{client} eq $client } @lines[$i .. $#lines];
                $peers{$client} = open_peer($scene, $opens);
            }
            my $peer = $peers{$client};
            my $besides = ($besides{$scene} // {})->{$client};
            my $wanted = pattern_of($texts->[$i]);
            my $told = $peer->told;
            $told = $peer->told
                while defined $told && $told !~ $wanted && $besides
                && $told =~ $besides;
            $expected++;
            push @wrong, "$client was told " . ($told // 'nothing')
                . ", not $texts->[$i]" unless ($told // '') =~ $wanted;
        }
    }
    for my $client (sort keys %peers) {
        my $besides = ($besides{$scene} // {})->{$client};
        next if $scene =~ /^peerjs/ && !$peers{$client}{ws}->status;
        $peers{$client}->sync;
        push @wrong, grep { !$besides || !/$besides/ }
            map { "$client was told $_" } @{ $peers{$client}{told} };
    }
    is(join("\n", @wrong), '', "$scene ($expected messages)");
}

for my $scene (grep { /^ws-|^peerjs-(?:one|queue)|^y-webrtc/ } @scenes) {
    next if $scene =~ /size|handshake|self-pair/;
    replay($scene);
}


# --- polling ---

# Answers that differ on purpose: the refused third is not heard, candidates
# are the pair's, a disconnect is told to the pair, 64 KB are the most.
my %other_answer = (
    'http-private-third-peer' => qr/"client":"C","http":"GET"|(?:answer|offer) of C.*"sessionId|"A","http":"GET".*(?:of C|"messages":\[\{"connectionId":"room1","type":"disconnect")/,
    'http-public-third-peer' => qr/"[AB]","http":"GET".*candidate:1 of one|"B","http":"GET".*"type":"disconnect"/,
    'http-public-one-to-one' => qr/"A","http":"GET".*"room2","type":"disconnect"/,
    'http-errors' => qr/"PATCH"|<90032 characters>/,
);

sub request
{
    my (%given) = @_;
    return Onair::Http->request(port => $port, %given);
}

# Waits until the clock shows another millisecond: what comes later is told by
# a later time.
sub next_millisecond
{
    my $now = int(time * 1000);
    1 while int(time * 1000) <= $now + 1;
}

sub replay_polls
{
    my ($scene) = @_;
    my @raw = split /\n/, slurp("$FindBin::Bin/fixtures/signalling/$scene.jsonl");
    my (%session, %since, @wrong);
    my $expected = 0;
    for my $raw (@raw) {
        my $line = $json->decode($raw);
        my $client = $line->{client} // next;
        my $method = $line->{http} // next;
        next_millisecond();
        my $path = $line->{path};
        my $since = $since{$client} // int(time * 1000) - 30000;
        $path =~ s/<ms>/$since/;
        my %headers = %{ $line->{headers} };
        s/<(session \w)>/$session{$1} \/\/ $1/e for values %headers;
        my ($body) = $raw =~ /"body":(\{.*?\}),"status"/;
        $body //= $line->{body} if defined $line->{body};
        $body = 'x' x $1 if ($body // '') =~ /^<(\d+) characters>/;
        my $got = request(method => $method, path => "/$scene$path",
            headers => \%headers, defined $body ? (body => $body) : ());
        my $reply = eval { $json->decode($got->{body}) };
        $since{$client} = $reply->{datetime}
            if ref $reply eq 'HASH' && $reply->{datetime} && $method eq 'GET';
        $session{"session $client"} = $reply->{sessionId}
            if ref $reply eq 'HASH' && $reply->{sessionId};
        next if $other_answer{$scene} && $raw =~ $other_answer{$scene};
        $expected++;
        my $same = $got->{status} == $line->{status};
        my ($wanted) = $raw =~ /"reply":(\{.*\}|"[^"]*")\}\z/;
        if ($same && $wanted =~ /^\{/ && $wanted !~ /sessionId/) {
            $same = $got->{body} =~ pattern_of($wanted);
        } elsif ($same && $wanted =~ /^"(\w[\w ]*)"/) {
            $same = $got->{body} eq $1 || $got->{body} eq "$1\n";
        }
        push @wrong, "$client $method $path: $got->{status} $got->{body}, not "
            . "$line->{status} $wanted" unless $same;
    }
    is(join("\n", @wrong), '', "$scene ($expected answers)");
}

replay_polls($_) for grep { /^http-(?!expiry|.*late)/ } @scenes;

sub open_session
{
    my ($path) = @_;
    my $got = request(method => 'PUT', path => "$path/signaling");
    return $json->decode($got->{body})->{sessionId};
}

# One request of a session; the answer's text, decoded where it is JSON.
sub ask
{
    my ($path, $session, $method, $what, $body) = @_;
    my $got = request(method => $method, path => "$path/signaling$what",
        headers => { 'Session-Id' => $session,
            'Content-Type' => 'application/json' },
        defined $body ? (body => $json->encode($body)) : ());
    return $got->{status} != 200 ? $got->{status}
        : eval { $json->decode($got->{body}) } // $got->{body};
}

sub types
{
    my ($poll) = @_;
    return join ' ', map { $_->{type} } @{ $poll->{messages} };
}

# Two at different workers, unless there is one only.
sub apart
{
    my ($path, $other) = @_;
    my $peer;
    wait_for(sub {
        $peer = Peer->new($path);
        return $peer->worker != $other->worker;
    }, 30) or die "all are at one worker\n";
    return $peer;
}

sub connect_as
{
    my ($peer, $id) = @_;
    $peer->say({ type => 'connect', connectionId => $id });
    return $peer->json;
}

sub offer
{
    my ($id, $sdp) = @_;
    return { type => 'offer', data => { connectionId => $id, sdp => $sdp } };
}

subtest 'a WebSocket and a polling client meet' => sub {
    my $ws = Peer->new('/also/');
    ok(!connect_as($ws, 'mixed')->{polite}, 'the first');
    my $session = open_session('/also');
    my $connected = ask('/also', $session, 'PUT', '/connection',
        { connectionId => 'mixed' });
    ok($connected->{polite}, 'the second');
    $ws->say(offer('mixed', 'v=0'));
    ok(wait_for(sub {
        types(ask('/also', $session, 'GET', '?fromtime=0')) eq 'offer connect'
    }), 'the offer is told to whoever polls');
    is(ask('/also', $session, 'POST', '/answer',
        { connectionId => 'mixed', sdp => 'a' }), 'OK', 'the answer is taken');
    is($ws->json->{type}, 'answer', 'and told to the WebSocket');
    # It asks no more: five seconds are its session's time here.
    is($ws->json(30)->{type}, 'disconnect', 'a silent one is gone');
    is(ask('/also', $session, 'GET', '?fromtime=0'), 404,
        'and its session unknown');
};

subtest 'what was offered before is told to whoever comes' => sub {
    my $first = Peer->new('/private/');
    my $second = apart('/private/', $first);
    connect_as($first, 'kept');
    $first->say(offer('kept', 'old'));
    $first->say(offer('kept', 'new'));
    $first->say({ type => 'candidate',
        data => { connectionId => 'kept', candidate => 'c' } });
    $first->sync;
    ok(connect_as($second, 'kept')->{polite}, 'the answer comes first');
    my $told = $second->json;
    is($told->{data}{sdp}, 'new', 'the last offer');
    ok($told->{data}{polite}, 'as to any second');
    is($second->json->{data}{candidate}, 'c', 'what came after it');
    $second->say({ type => 'answer',
        data => { connectionId => 'kept', sdp => 'a' } });
    is($first->json->{type}, 'answer', 'they are a pair');
    $second->sync;
    is(scalar @{ $second->{told} }, 0, 'and nothing is told twice');

    my $session = open_session('/private');
    $_->close for $first, $second;
    my $host = Peer->new('/private/');
    connect_as($host, 'kept for a poll');
    $host->say(offer('kept for a poll', 'x'));
    $host->sync;
    ask('/private', $session, 'PUT', '/connection',
        { connectionId => 'kept for a poll' });
    ok(wait_for(sub {
        types(ask('/private', $session, 'GET', '?fromtime=0'))
            eq 'offer connect'
    }), 'a polling client too');
    is(ask('/private', $session, 'DELETE', ''), 'OK', 'it goes');
    is($host->json->{type}, 'disconnect', 'its peer is told');

    my $public = Peer->new('/public/');
    $public->say(offer('first', 'open'));
    $public->sync;
    my $late = apart('/public/', $public);
    is($late->json->{data}{sdp}, 'open', 'in public without a word');
    $late->say({ type => 'answer',
        data => { connectionId => 'first', sdp => 'a' } });
    is($public->json->{type}, 'answer', 'until it is answered');
    my $later = apart('/public/', $public);
    $later->sync;
    is(scalar @{ $later->{told} }, 0, 'then no more');
};

subtest 'large messages' => sub {
    my ($first, $second) = map { Peer->new('/private/') } 1, 2;
    connect_as($_, 'large') for $first, $second;
    my $text = '{"type":"offer","data":{"connectionId":"large","sdp":"%s"}}';
    my $room = 65536 - length sprintf $text, '';
    $first->say(sprintf $text, 'x' x $room);
    is(length $second->json->{data}{sdp}, $room, '64 KB pass');
    $first->say(sprintf $text, 'x' x ($room + 1));
    like($first->json->{message}, qr/too large/, 'more is refused in words');
    $first->say(offer('large', 'small'));
    is($second->json->{data}{sdp}, 'small', 'and nothing has ended');
    $first->say(sprintf $text, 'x' x (4 * 65536));
    is($first->{ws}->close_code, 1009, 'what is four times as large ends it');
    is($second->json->{type}, 'disconnect', 'and the peer is told');
    my $session = open_session('/private');
    is(ask('/private', $session, 'POST', '/offer',
        { connectionId => 'x', sdp => 'x' x 70000 }), 413, 'polling has 413');
};

subtest 'a reload ends no call' => sub {
    my $first = Peer->new('/private/');
    my $second = apart('/private/', $first);
    connect_as($_, 'call') for $first, $second;
    my $session = open_session('/private');
    ask('/private', $session, 'PUT', '/connection', { connectionId => 'poll' });
    $server->reload;
    my $third = Peer->new('/private/');
    $first->say(offer('call', 'again'));
    is($second->json->{data}{sdp}, 'again', 'old ones are put through');
    is(connect_as($third, 'call')->{type}, 'error', 'the id is still theirs');
    ok(connect_as($third, 'poll')->{polite}, 'a new one meets an old session');
    $third->say(offer('poll', 'new'));
    ok(wait_for(sub {
        types(ask('/private', $session, 'GET', '?fromtime=0'))
            eq 'offer connect'
    }), 'which is at a worker that is leaving');
    $_->close for $first, $third;
    is($second->json->{type}, 'disconnect', 'and told when they go');
    $second->close;
    ask('/private', $session, 'DELETE', '');
    ok(wait_for(sub { !$server->leaving_workers }, 30),
        'then the old workers go');
};

subtest 'a worker dies' => sub {
    my $first = Peer->new('/private/');
    my $other = apart('/private/', $first);
    my $same = Peer->new('/private/');
    $same = Peer->new('/private/') until $same->worker == $first->worker;
    connect_as($_, 'to die') for $other, $first;
    connect_as($first, 'to live');
    connect_as($same, 'to live');
    $server->kill_worker($other->worker);
    my $told = $first->json;
    is_deeply($told, { type => 'disconnect', connectionId => 'to die' },
        'its peers are told');
    $first->say(offer('to live', 'x'));
    is($same->json->{type}, 'offer', 'other pairs go on');
    my $again = Peer->new('/private/');
    ok(!connect_as($again, 'to die')->{polite}, 'and the id is free');
    $_->close for $first, $same, $again;
};

subtest 'a place is held' => sub {
    my $first = Peer->new('/held/');
    my $second = apart('/held/', $first);
    connect_as($_, 'h') for $first, $second;
    $first->close;
    is_deeply($second->json, { type => 'disconnect', connectionId => 'h' },
        'the end of a call is told when nobody came back');
    ok(!connect_as($second, 'h')->{polite}, 'then the id is free');
    $second->{ws}->send_close;
    $second->close;

    $first = Peer->new('/long/');
    $second = apart('/long/', $first);
    connect_as($_, 'h') for $first, $second;
    $first->close;
    # Until it is seen that the place is empty.
    my $back;
    ok(wait_for(sub {
        $back = apart('/long/', $second);
        return connect_as($back, 'h')->{type} eq 'connect';
    }, 30), 'who comes back has its place again');
    $back->say(offer('h', 'again'));
    is($second->json->{data}{sdp}, 'again', 'and nobody was told anything');
    is(connect_as(Peer->new('/long/'), 'h')->{type}, 'error', 'a pair is two');

    $server->kill_worker($back->worker);
    my $said = 0;
    ok(wait_for(sub {
        $second->say({ type => 'candidate',
            data => { connectionId => 'h', candidate => 'c' . ++$said } });
        $back = apart('/long/', $second);
        return connect_as($back, 'h')->{type} eq 'connect';
    }, 30), 'a worker that dies ends no call');
    is($back->json->{data}{candidate}, 'c1',
        'what was said meanwhile is told then, from the first word');
    is($second->sync && scalar @{ $second->{told} }, 0, 'and nothing else');

    $back->{ws}->send_close;
    is($second->json->{type}, 'disconnect', 'an orderly close is an end');
};

subtest 'a worker stands still' => sub {
    my $first = Peer->new('/private/');
    my $other = apart('/private/', $first);
    my $same = Peer->new('/private/');
    $same = Peer->new('/private/') until $same->worker == $first->worker;
    connect_as($_, 'still') for $first, $other;
    connect_as($_, 'moves') for $first, $same;
    my $pid = $other->worker;
    $server->stand_still($pid);
    $first->say(offer('still', 'x' x 4000)) for 1 .. 100;
    $first->sync;
    $first->say(offer('moves', 'x'));
    is($same->json->{type}, 'offer', 'others do not wait');
    $server->signal('CONT', $pid);
    my $count = 0;
    $count++ while $count < 100 && ($other->json->{type} // '') eq 'offer';
    is($count, 100, 'and it gets all when it goes on');
};

# --- PeerJS and y-webrtc ---

sub peer
{
    my ($id, $token, %given) = @_;
    my $peer = Peer::Js->new("/peers/peerjs?key=peerjs&id=$id&token=$token",
        %given);
    $peer->{id} = $id;
    return $peer;
}

subtest 'PeerJS' => sub {
    my $a = Peer::Js->new('/peers/peerjs?key=peerjs&id=a');
    is($a->json->{payload}{msg},
        'No id, token, or key supplied to websocket server', 'no token');
    is($a->{ws}->close_code, 0, 'and it is let go');
    $a = Peer::Js->new('/peers/peerjs?key=wrong&id=a&token=t');
    is($a->json->{payload}{msg}, 'Invalid key provided', 'a wrong key');
    is(request(path => '/peers/peerjs/peers')->{status}, 401, 'no list');
    like(request(path => '/peers/peerjs/id')->{body}, qr/^[0-9a-f-]{36}$/,
        'a new id');
    like(request(path => '/peers/')->{body}, qr/PeerJS Server/, 'who am I');
    is(Peer::Js->new('/peers/elsewhere')->{ws}->status, 400, 'elsewhere');

    my $carol = peer('carol', 't1');
    is($carol->json->{type}, 'OPEN', 'open');
    is(peer('carol', 't2')->json->{type}, 'ID-TAKEN', 'taken');
    my $again = peer('carol', 't1');
    is($again->json->{type}, 'OPEN', 'taken over with its token');
    is($carol->{ws}->close_code, 0, 'the older one is closed');
    my $frank = peer('frank', 'tf');
    $frank->json;
    $frank->say({ type => 'OFFER', dst => 'carol', payload => { n => 1 } });
    is_deeply($again->json, { type => 'OFFER', src => 'frank',
        dst => 'carol', payload => { n => 1 } }, 'the new one is told');
    $again->say('{');
    is($again->json->{type}, 'ERROR', 'no JSON is answered in words');
    $again->{ws}->send_close;
    $again->{ws}->close_code;
    ok(wait_for(sub { peer('carol', 't3')->json->{type} eq 'OPEN' }),
        'after an orderly close the id is free');
    my $broken = peer('broken', 't1');
    $broken->json;
    $broken->close;
    ok(wait_for(sub { peer('broken', 't1')->json->{type} eq 'OPEN' }),
        'its token has it back when the connection broke');
    $frank->say({ type => 'OFFER', dst => 'nobody', payload => 1 });
    $frank->say({ type => 'CANDIDATE', dst => 'nobody', payload => 2 });
    $frank->say({ type => 'LEAVE', dst => 'nobody' });
    is_deeply($frank->json,
        { type => 'EXPIRE', src => 'nobody', dst => 'frank' }, 'expired');
    $frank->sync;
    is(scalar @{ $frank->{told} }, 0, 'once');
};

subtest 'topics over workers' => sub {
    my $first = Peer::Y->new('/topics/');
    my $second;
    wait_for(sub {
        $second = Peer::Y->new('/topics/x');
        return $second->worker != $first->worker;
    }, 30);
    for my $peer ($first, $second) {
        $peer->say({ type => 'subscribe', topics => ['t', 't'] });
        $peer->sync;
    }
    $second->say({ type => 'publish', topic => 't', data => 1 });
    is($_->json->{clients}, 2, 'both are told, and how many they are')
        for $first, $second;
    is(request(path => '/topics/')->{body}, "okay\n", 'a page');
    $server->kill_worker($second->worker);
    ok(wait_for(sub {
        $first->say({ type => 'publish', topic => 't', data => 1 });
        return $first->json->{clients} == 1;
    }), 'one that died with its worker is counted off');
};

# --- harm ---

subtest 'what cannot be read is answered and ends nothing' => sub {
    my $peer = Peer->new('/private/');
    for my $text ('{', '', '[]', '1', '"x"', '{"type":"offer"}', "{\"a\":1}\0",
        '{"type":"connect","connectionId":{}}', '[' x 50,
        '{"type":"connect","connectionId":"' . 'x' x 301 . '"}',
        '{"type":"offer","data":[]}', '{"type":"candidate","data":null}') {
        $peer->say($text);
        my $told = $peer->json;
        is($told->{type}, 'error', 'refused: ' . substr $text, 0, 40);
    }
    $peer->say({ type => 'connect', connectionId => "id $_" }) for 1 .. 101;
    my $told;
    $told = $peer->json for 1 .. 101;
    is($told->{message}, 'too many connection ids', 'a hundred ids are enough');
    ok($peer->sync, 'it is still there');
};

subtest 'who floods or does not read harms nobody else' => sub {
    my $peer = Peer->new('/slow/');
    $peer->say({ type => 'nothing' }) for 1 .. 20;
    is($peer->{ws}->close_code, 1008, 'too many messages');
    my $reader = Peer->new('/private/', rcvbuf => 4096);
    my $writer = Peer->new('/private/');
    connect_as($_, 'unread') for $reader, $writer;
    my $written = 0;
    ok(wait_for(sub {
        $writer->say(offer('unread', 'x' x 60000));
        $written++;
        return ($writer->{ws}->text(0.02) // '') =~ /disconnect/;
    }, 60), 'who does not read is let go');
    is($reader->{ws}->close_code, 1013, 'with 1013');
    ok($writer->sync, 'who writes goes on');
};

# --- beside ---

subtest 'settings, pages and doors' => sub {
    my $got = request(path => '/private/config?user=anna');
    my $config = $json->decode($got->{body});
    is($config->{startupMode}, 'private', 'mode');
    is_deeply($config->{iceServers}[0], { urls => ['stun:s.example'] }, 'stun');
    like($config->{iceServers}[1]{username}, qr/^\d+:anna$/, 'turn');
    is(length $config->{iceServers}[1]{credential}, 28, 'its password');
    is(request(path => '/')->{body}, 'page', 'a page at the path');
    my $root = Peer->new('/');
    is($root->{ws}->status, 101, 'where the WebSocket is too');
    is(request(path => '/private/nosuch')->{status}, 404, 'nothing else');
    is(Peer->new('/private/', protocol => 'one, two')->{ws}
        ->header('sec-websocket-protocol'), 'one', 'any subprotocol');
    is(Peer->new('/origin/', origin => 'https://other.example')->{ws}->status,
        403, 'a page of another origin');
    is(Peer->new('/origin/', origin => 'https://page.example')->{ws}->status,
        101, 'and one that may');
    my $preflight = request(method => 'OPTIONS', path => '/private/signaling',
        headers => { Origin => 'http://page.example',
            'Access-Control-Request-Method' => 'PUT' });
    is($preflight->{status}, 204, 'a preflight');
    like($preflight->{headers}{'access-control-allow-headers'}, qr/Session-Id/,
        'names the header of sessions');
};

sub refusal
{
    my ($line, $context) = @_;
    my $text = ($context // '') eq 'http' ? "$line server { listen 1; }"
        : "server { listen 127.0.0.1:1; location /x/ { $line } }";
    my $other = Onair::Server->new(stopped => 1, http => $text);
    return $other->test_config;
}

subtest 'a room tells its members of the servers too' => sub {
    for my $path ('/talk/x', '/talk/x?wait=1') {
        my $you = $path =~ /wait/
            ? $json->decode(request(path => $path)->{body})->{you}
            : Peer->new($path)->json->{you};
        my ($stun, $turn) = @{ $you->{iceServers} };
        is_deeply($stun, { urls => ['stun:s.example'] }, "stun, $path");
        like($turn->{username}, qr/^\d+:\Q$you->{id}\E$/, 'turn, for the member');
        is($turn->{credential}, MIME::Base64::encode_base64(
            Digest::SHA::hmac_sha1($turn->{username}, 'north'), ''),
            'its password is what the server reckons');
    }
};

subtest 'the first session of each worker is found by the others' => sub {
    my $fresh = Onair::Server->new(workers => 2, http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header X-Worker $pid always;
        location / { onair_signalling public; }
    }
END
    my %statuses;
    for (1 .. 4) {
        my $opened = Onair::Http->request(port => $fresh->port,
            method => 'PUT', path => '/signaling');
        my $session = $json->decode($opened->{body})->{sessionId};
        my $home = $opened->{headers}{'x-worker'};
        my %asked;
        for (1 .. 200) {
            my $got = Onair::Http->get($fresh->port, '/signaling',
                headers => { 'Session-Id' => $session });
            $statuses{ $got->{status} }++;
            $asked{ $got->{headers}{'x-worker'} }++;
            last if keys %asked == 2;
        }
        is(scalar keys %asked, 2, 'asked by both workers');
    }
    is("@{[keys %statuses]}", '200', 'always answered');
    $fresh->stop;
    $fresh->end_checks;
};

subtest 'wrong configurations are told' => sub {
    my %wrong = (
        'onair_signalling;' => 'invalid number of arguments',
        'onair_signalling both;' => 'invalid parameter "both"',
        'onair_signalling private room=;' => 'invalid parameter "room="',
        'onair_signalling private session=0;' => 'invalid parameter',
        'onair_signalling private hold=61s;' => 'invalid parameter "hold=61s"',
        'onair_signalling private more;' => 'invalid parameter "more"',
        'onair_signalling private polling polling;' => 'duplicate parameter',
        'onair_signalling private; onair_yjs;' => 'onair_yjs',
        'onair_peerjs key=;' => 'invalid parameter "key="',
        'onair_peerjs hold=61s;' => 'invalid parameter "hold=61s"',
        'onair_yjs key=x;' => 'invalid parameter "key=x"',
        'onair_turn secret=x;' => 'needs "uris"',
        'onair_turn uris=turn:x;' => 'needs a "secret"',
        'onair_turn uris=http://x secret=y;' => 'invalid parameter "uris=',
        'onair_turn uris=turn:x secret=y lasts=1s;' => 'invalid parameter',
        'onair_turn uris=stun:x; onair_turn uris=stun:y;' => 'is duplicate',
    );
    like(refusal($_), qr/\Q$wrong{$_}\E.*conf:\d+/s, $_)
        for sort keys %wrong;
};

# Workers that died here, and what was for one that stood still.
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing;
