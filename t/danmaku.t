#!/usr/bin/env perl

# Danmaku players: DPlayer's interface of version 3, the XML of ArtPlayer and
# comment-core-library, who it is that speaks, and what bounds it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Room;
use Onair::Server;

my $server = Onair::Server->new(workers => 2, http => <<'END');
    onair_zone onair:8m rooms=40 ring=64k;
    onair_message_rate off;
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ { onair_room; }
        location /danmaku/ { onair_danmaku; }
        location /studio/ { onair_danmaku studio; }
        location /short/ { onair_danmaku history=2; }
        location /given/ { onair_danmaku names=given; }
        location /slow/ { onair_danmaku slow=60s; }
        location /rate/ { onair_danmaku; onair_message_rate 1r/s burst=2; }
        location /small/ { onair_danmaku; onair_max_message 200; }
        location /pages/ { onair_danmaku; onair_origin radio.example; }
        location /known/ { onair_danmaku; onair_member id=$arg_u name=$arg_n; }
        location /control/ { onair_room_control; }
    }
END
my $port = $server->port;
my $json = JSON::PP->new->utf8->allow_nonref;
my $rooms = 0;

sub fresh { return 'd' . ++$rooms }

sub enter
{
    my ($room, %given) = @_;
    return Onair::Room->enter(port => $port, path => "/room/$room", %given);
}

# As DPlayer posts.
sub post
{
    my ($room, $text, %given) = @_;
    my $at = delete $given{at} // '/danmaku/';
    my $query = delete $given{query} // '';
    my $headers = delete $given{headers} // {};
    my $answer = Onair::Http->post($port, "${at}v3/$query", $json->encode({
        token => 'tok', id => $room, author => 'anna', time => 0,
        text => $text, color => 16777215, type => 0, %given }),
        headers => { 'Content-Type' => 'application/json', %$headers });
    is($answer->{status}, 200, 'DPlayer reads only answers that are good');
    return $json->decode($answer->{body});
}

sub list
{
    my ($room, $more, $at) = @_;
    my $answer = Onair::Http->get($port,
        ($at // '/danmaku/') . "v3/?id=$room" . ($more // ''));
    is($answer->{headers}{'content-type'}, 'application/json', 'JSON');
    my $it = $json->decode($answer->{body});
    is($it->{code}, 0, 'is a good answer to DPlayer');
    return $it->{data};
}

sub xml
{
    my ($path) = @_;
    my $answer = Onair::Http->get($port, $path);
    is($answer->{status}, 200, "$path: the status");
    return $answer->{body};
}

subtest 'DPlayer posts, and loads what was said' => sub {
    my $room = fresh();
    my $bert = enter($room);
    is_deeply(list($room), [], 'nothing yet');
    is(post($room, 'a <b>b</b> & "\'', color => 255, type => 1,
        time => 1.5)->{code}, 0, 'is taken');
    my $event = $bert->event(sub { $_[0]{type} eq 'message' });
    is_deeply($event->{said}, { text => 'a <b>b</b> & "\'', color => 255,
        type => 1, time => 1.5 }, 'members are told it as it was');
    is($event->{from}{name}, 'anna', 'by the name of the author');
    $bert->say({ gift => 'rose' });
    $bert->say('plain');
    $bert->say({ text => 'with colour', color => 65280, type => 2 });
    my $data = list($room);
    is_deeply($data->[0], [1.5, 1, 255, 'anna',
        'a &lt;b&gt;b&lt;/b&gt; &amp; &#34;&#39;'], 'escaped, as HTML is made');
    is_deeply([@{ $data->[1] }[1 .. 4]], [0, 16777215, '', 'plain'],
        'a text alone');
    is_deeply([@{ $data->[2] }[1, 2, 4]], [2, 65280, 'with colour'],
        'an object with one');
    is(@$data, 3, 'what is no text is not there');
    is_deeply([map { $_->[4] } @{ list($room, '&max=1') }], ['with colour'],
        'max is the newest so many');
    is(@{ list($room, '&max=0') }, 3, 'a wrong max is none');
    is(@{ list($room, '', '/short/') }, 2, 'history bounds it');
    is_deeply(list('nowhere'), [], 'a room that there is not is empty');
};

subtest 'ArtPlayer and comment-core-library load XML' => sub {
    my $room = fresh();
    my $bert = enter($room);
    my $seq = $bert->say({ text => 'a<b>&"\'', type => 1, color => 255,
        time => 61 })->{seq};
    my $body = xml("/danmaku/$room.xml");
    like($body, qr/^<\?xml version="1.0" encoding="UTF-8"\?>\n<i>/, 'XML');
    my ($values, $text) = $body =~ m{<d p="([^"]*)">([^<]*)</d></i>\n\z};
    my @values = split /,/, $values // '';
    is(@values, 8, 'eight values, or ArtPlayer leaves it out');
    cmp_ok($values[0], '==', 61, 'the time');
    is_deeply([@values[1, 2, 5, 7]], [5, 25, 0, $seq], 'mode, size, pool, row');
    is($values[3], 0x1000ff, 'a colour that ArtPlayer can show');
    cmp_ok(abs($values[4] - time), '<', 60, 'when it was said');
    is($text, 'a&lt;b&gt;&amp;&#34;&#39;', 'the text');
    is(xml("/danmaku/$room"), $body, 'the end .xml is no matter');
    is(xml('/danmaku/nowhere.xml'), qq(<?xml version="1.0" encoding="UTF-8"?>\n)
        . "<i></i>\n", 'a room that there is not is empty');
    is(Onair::Http->get($port, '/danmaku/')->{status}, 404, 'no room is named');
};

subtest 'a location may name the room' => sub {
    is(post('elsewhere', 'x', at => '/studio/')->{code}, 0, 'is taken');
    is_deeply([map { $_->[4] } @{ list('elsewhere', '', '/studio/') }], ['x'],
        'whatever the player calls it');
    like(xml('/studio/any.xml'), qr/>x</, 'as XML too');
    is_deeply(list('elsewhere'), [], 'and nowhere else');
};

subtest 'who it is that speaks' => sub {
    my $room = fresh();
    my $bert = enter($room, name => 'Bert');
    my $other = enter($room, name => 'Other');
    my $next = sub { $other->event(sub { $_[0]{type} eq 'message' }) };
    post($room, 'as Bert', token => $bert->token);
    is_deeply($next->()->{from}, { id => $bert->id, name => 'anna',
        role => 'participant' }, 'the member whose token it has');
    ok($bert->say('still here')->{seq}, 'which stays connected');
    $next->();
    post($room, 'one');
    my $guest = $next->()->{from};
    post($room, 'two');
    is($next->()->{from}{id}, $guest->{id}, 'a guest is the same again');
    isnt($guest->{id}, $bert->id, 'and nobody else');
    post($room, 'three', headers => { 'X-Real-IP' => '203.0.113.5' });
    isnt($next->()->{from}{id}, $guest->{id}, 'of another address another');
    my $state = Onair::Http->json($port, "/room/$room");
    is($state->{members}, 2, 'guests are not counted');
    is_deeply([grep { $_->{type} eq 'entered' } @{ $other->{events} }], [],
        'and come without a word');
    post($room, 'named', at => '/given/');
    is($next->()->{from}{name}, undef, 'names=given: no name of its own');
    post($room, 'known', at => '/known/', query => '?u=u1&n=Uli');
    is_deeply($next->()->{from}, { id => 'u1', name => 'Uli',
        role => 'participant' }, 'the one that onair_member names');
    post($room, "Zo\x{eb} says", author => "Zo\x{eb}\x{202e}\x01");
    is($next->()->{from}{name}, "Zo\x{eb}", 'names are repaired');
};

subtest 'rules hold for players too' => sub {
    my $room = fresh();
    my $bert = enter($room);
    is(post($room, 'x', at => '/slow/')->{code}, 0, 'slow mode: one');
    my $it = post($room, 'y', at => '/slow/');
    isnt($it->{code}, 0, 'and not the next');
    like($it->{msg}, qr/slow mode/, 'which the player shows');
    my @codes = map { post($room, "r$_", at => '/rate/')->{code} } 1 .. 4;
    ok((grep { $_ != 0 } @codes), 'the rate holds');
    for my $modes ({ who => 'members' }, { who => 'nobody' }) {
        Onair::Http->post($port, "/control/$room",
            $json->encode({ modes => $modes }));
        like(post($room, 'x')->{msg}, qr/say something|may say anything/,
            "who=$modes->{who}");
    }
    Onair::Http->post($port, "/control/$room",
        '{"modes":{"who":"all"}}');
    my %there = (headers => { 'X-Real-IP' => '203.0.113.6' });
    post($room, 'rude', %there);
    my $event = $bert->event(sub {
        ref $_[0]{said} && $_[0]{said}{text} eq 'rude' });
    is(Onair::Http->post($port, "/control/$room", $json->encode(
        { ban => $event->{from}{id} }))->{status}, 204, 'a guest is banned');
    like(post($room, 'again', %there)->{msg}, qr/banned/, 'and told so');
    is(enter($room, %there)->status, 403, 'with its address');
    is(post($room, 'fine')->{code}, 0, 'others are not');
};

subtest 'hostile posts are refused in words' => sub {
    my $room = fresh();
    for my $body ('', '{', '[]', '5', 'null', '{"id":"x"}',
        '{"id":"x","text":""}', '{"id":"x","text":[1]}',
        '{"text":"no room"}', '{"id":5,"text":"x"}',
        '[' x 1000, '{"id":"x","text":"\u0000\ud800"}',
        qq({"id":"x","text":"\xff"}), '{"id":"' . 'x' x 300 . '","text":"x"}') {
        my $answer = Onair::Http->post($port, '/danmaku/v3/', $body);
        my $it = $json->decode($answer->{body});
        isnt($it->{code}, 0, 'refused: ' . substr $body, 0, 30);
        like($it->{msg}, qr/\w/, 'in words');
    }
    like(post($room, 'x' x 300, at => '/small/')->{msg}, qr/too long/,
        'too long');
    my $answer = Onair::Http->request(port => $port, path => '/danmaku/v3/',
        method => 'PUT', body => '{}');
    is($answer->{status}, 405, 'another method');
    ok(list($room), 'and all goes on');
};

subtest 'pages of other sites' => sub {
    my $room = fresh();
    my %ask = (port => $port, path => '/danmaku/v3/', method => 'OPTIONS',
        headers => { Origin => 'https://a.example',
            'Access-Control-Request-Method' => 'POST',
            'Access-Control-Request-Headers' => 'content-type' });
    my $answer = Onair::Http->request(%ask);
    is($answer->{status}, 204, 'may ask before they post');
    like($answer->{headers}{'access-control-allow-methods'}, qr/POST/,
        'and may post');
    like($answer->{headers}{'access-control-allow-headers'}, qr/Content-Type/,
        'JSON');
    is(Onair::Http->request(%ask, path => '/pages/v3/')->{status}, 403,
        'unless onair_origin says otherwise');
    is(Onair::Http->get($port, "/pages/$room.xml",
        headers => { Origin => 'https://a.example' })->{status}, 403, 'nor read');
    $answer = Onair::Http->get($port, "/pages/$room.xml",
        headers => { Origin => 'https://radio.example' });
    is($answer->{headers}{'access-control-allow-origin'},
        'https://radio.example', 'those that it names may');
};

$server->end_checks;
done_testing();
