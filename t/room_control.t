#!/usr/bin/env perl

# The operator's door to rooms: closed as onair_publish is; saying as nobody,
# deleting, clearing, muting, banning, modes, lists; the same commands by
# moderators; and what the status page says of rooms.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Room;
use Onair::Server;

my $server = Onair::Server->new(workers => 2, http => <<'END');
    onair_zone onair:8m rooms=40 ring=64k;
    onair_message_rate off;
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    map $arg_as $role { default participant; ~^(?<is>\w+)$ $is; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ { onair_room reactions=like,clap; }
        location /given/ { onair_room; onair_member id=$arg_id role=$role; }
        location /show/ { onair_room show=1/s window=50ms; }
        location /control/ { onair_room_control; }
        location = /one { onair_room_control studio; }
        location /any/ { onair_room_control from=any; }
        location /pages/ { onair_room_control pages=radio.example; }
        location /key/ { onair_room_control key=secret; }
        location /small/ { onair_room_control; onair_max_message 100; }
        location /push/ { onair_publish; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;
my $json = JSON::PP->new->utf8->allow_nonref;
my $true = JSON::PP::true;
my $rooms = 0;

sub fresh { return 'c' . ++$rooms }

sub enter
{
    my ($path, %given) = @_;
    return Onair::Room->enter(port => $port, path => $path, %given);
}

# The answer to a command of the operator.
sub control
{
    my ($room, $command, %given) = @_;
    my $base = delete $given{at} // '/control/';
    return Onair::Http->post($port, $base . $room,
        ref $command ? $json->encode($command) : $command, %given);
}

sub done
{
    my ($room, $command, $name) = @_;
    my $answer = control($room, $command);
    is($answer->{status}, 204, $name) or diag($answer->{body});
    is($answer->{headers}{'cache-control'}, 'no-store', "$name: not kept");
}

sub refused
{
    my ($answer, $status, $like, $name) = @_;
    is($answer && $answer->{status}, $status, "$name: the status");
    like($answer && $answer->{body}, $like, "$name: in words");
}

sub kept
{
    my ($room, $path) = @_;
    my $state = Onair::Http->json($port, ($path // '/room/') . $room);
    return [map { $_->{said} } @{ $state->{events} }];
}

sub rooms_of
{
    my $state = Onair::Http->json($port, '/status');
    my ($zone) = grep { $_->{name} eq 'onair' } @{ $state->{zones} };
    return $zone->{rooms};
}

sub room_of
{
    my ($name) = @_;
    my ($room) = grep { $_->{room} eq $name } @{ rooms_of()->{list} };
    return $room;
}

subtest 'the door is closed as that of publishers is' => sub {
    my $say = { say => 1 };
    my $room = fresh();
    my %from = (headers => { 'X-Real-IP' => '203.0.113.7' });
    refused(control($room, $say, %from), 403,
        qr/only this machine.*onair_room_control/, 'another machine');
    refused(Onair::Http->get($port, '/control/', %from), 403,
        qr/only this machine/, 'which may not read either');
    is(control($room, $say, at => '/any/', %from)->{status}, 204, 'from=any');
    my %page = (headers => { Origin => 'https://evil.example' });
    refused(control($room, $say, %page), 403, qr/no page of another site/,
        'a page of another site');
    refused(control($room, $say, at => '/any/', %page), 403,
        qr/no page of another site/, 'also where any machine may');
    my %named = (headers => { Origin => 'https://radio.example' });
    my $answer = control($room, $say, at => '/pages/', %named);
    is($answer->{status}, 204, 'a page that is named');
    is($answer->{headers}{'access-control-allow-origin'},
        'https://radio.example', 'may read the answer');
    $answer = Onair::Http->request(port => $port, path => "/pages/$room",
        method => 'OPTIONS', headers => { Origin => 'https://radio.example',
            'Access-Control-Request-Method' => 'POST' });
    is($answer->{status}, 204, 'and may ask before');
    refused(control($room, $say, at => '/key/'), 401, qr/the key is missing/,
        'without the key');
    is(control($room, $say, at => '/key/',
        headers => { 'X-API-Key' => 'secret' })->{status}, 204, 'with it');
    $answer = Onair::Http->request(port => $port, path => "/control/$room",
        method => 'PUT', body => '{}');
    refused($answer, 405, qr/GET or POST/, 'another method');
    is($answer->{headers}{allow}, 'GET, HEAD, POST', 'which are named');
};

subtest 'what is no command is refused in words' => sub {
    my $room = fresh();
    refused(control('', { say => 1 }), 404, qr/no room is named/, 'no room');
    refused(control($room, ''), 400, qr/not JSON/, 'nothing');
    refused(control($room, '[1]'), 400, qr/no JSON object/, 'a list');
    refused(control($room, '{}'), 400, qr/nothing to do/, 'an empty object');
    refused(control($room, { react => 'like' }), 400, qr/only a member/,
        'a reaction');
    refused(control($room, { say => 1, clear => $true }), 400,
        qr/one command at a time/, 'two commands');
    for my $type (qw(message entered left deleted cleared mode closed)) {
        refused(control($room, { say => 1, type => $type }), 400,
            qr/the room's own/, "an event of type $type");
    }
    refused(control($room, { ban => 'x', for => -1 }), 400, qr/at most a year/,
        'a ban of no time');
    refused(control($room, { modes => { who => 'me' } }), 400, qr/moderators/,
        'an unknown mode');
    refused(control($room, { clear => $true }), 404, qr/no such room/,
        'clearing a room that there is not');
    refused(control($room, { unban => 'x' }), 404, qr/nothing of that kind/,
        'lifting what there is not');
    refused(control($room, { say => 1, to => 'nobody' }), 404,
        qr/no such member/, 'a message to a stranger');
    refused(control($room, { say => 'x' x 200 }, at => '/small/'), 413,
        qr/onair_max_message/, 'too long');
};

subtest 'the operator says something, of any type' => sub {
    my $room = fresh();
    my $anna = enter("/room/$room", name => 'Anna');
    done($room, { say => { text => 'doors at 8' } }, 'a notice');
    my $event = $anna->event(sub { ref $_[0]{said} });
    is_deeply($event->{said}, { text => 'doors at 8' }, 'is told');
    is($event->{type}, 'notice', 'as a notice');
    ok(!exists $event->{from}, 'by nobody');
    done($room, { say => { from => 'Bo', gift => 'rose' }, type => 'gift' },
        'a gift');
    is($anna->event(sub { $_[0]{type} eq 'gift' })->{said}{gift}, 'rose',
        'is told with its type');
    done($room, { say => 'for you', to => $anna->id }, 'to one');
    $event = $anna->event(sub { ($_[0]{said} // '') eq 'for you' });
    is($event && $event->{to}, $anna->id, 'is told to that one');
    is_deeply(kept($room),
        [{ text => 'doors at 8' }, { from => 'Bo', gift => 'rose' }],
        'what is for all is kept');
    is(Onair::Http->post($port, '/one', '{"say":1}')->{status}, 204,
        'a location may name the room');
    is_deeply(kept('studio'), [1], 'which need not be open yet');
};

for my $by (@Onair::Room::ways) {
    subtest "deletions reach history and screens, over $by" => sub {
        my $room = fresh();
        my $path = "/room/$room";
        my $anna = enter($path, name => 'Anna', by => $by);
        my $bert = enter($path, name => 'Bert', by => $by);
        my @seqs = map { $anna->say("a$_")->{seq} } 1 .. 3;
        $bert->say('b1');
        done($room, { delete => [$seqs[1]] }, 'one is deleted');
        my $event = $bert->event(sub { $_[0]{type} eq 'deleted' });
        is_deeply($event->{seqs}, [$seqs[1]], 'screens are told which');
        is_deeply(kept($room), ['a1', 'a3', 'b1'], 'history has it no more');
        done($room, { delete_from => $anna->id }, 'all of a member');
        $event = $bert->event(sub { $_[0]{type} eq 'deleted' });
        is_deeply($event->{from}, { id => $anna->id }, 'screens are told whose');
        is_deeply(kept($room), ['b1'], 'history keeps the others');
        my $carl = enter($path, by => $by);
        is_deeply([map { $_->{said} } grep { $_->{type} eq 'message' }
            @{ $carl->{first}{events} }], ['b1'], 'as who comes later sees');
        done($room, { clear => $true }, 'all is cleared');
        ok($bert->event(sub { $_[0]{type} eq 'cleared' }), 'screens too');
        is_deeply(kept($room), [], 'history is empty');
        refused(control($room, { delete => [99999] }), 404,
            qr/nothing of that kind/, 'what was never said');
        $anna->say('again');
        is_deeply(kept($room), ['again'], 'and talk goes on');
        $_->leave for $anna, $bert, $carl;
    };
}

subtest 'mutes, and bans by id and address' => sub {
    my $room = fresh();
    my $path = "/room/$room";
    my %there = (headers => { 'X-Real-IP' => '203.0.113.9' });
    my $anna = enter($path, name => 'Anna');
    my $troll = enter($path, name => 'Troll', %there);
    done($room, { mute => $troll->id, for => 600 }, 'a mute');
    my $answer = $troll->say('x');
    like($answer->{error}, qr/muted/, 'silences');
    cmp_ok($answer->{wait}, '>', 500, 'and says for how long');
    cmp_ok($answer->{wait}, '<=', 600, 'as was asked');
    is(rooms_of()->{bans}, 1, 'the status page counts it');
    done($room, { unmute => $troll->id }, 'it is lifted');
    ok($troll->say('y')->{seq}, 'who was muted speaks again');
    is(rooms_of()->{bans}, 0, 'nothing is in force');
    my ($id, $token) = ($troll->id, $troll->token);
    done($room, { ban => $id, for => 3600 }, 'a ban');
    is($troll->client->close_code, 1008, 'closes the connection');
    is(rooms_of()->{bans}, 1, 'and is counted once, with its address');
    is(enter($path, token => $token)->status, 403, 'its id is kept out');
    is(enter($path, %there)->status, 403, 'so is its address');
    is(enter("/room/$room" . 'x', %there)->status, 101, 'of no other room');
    is(enter($path)->status, 101, 'nobody else is');
    done($room, { unban => $id }, 'it is lifted');
    is(enter($path, %there)->status, 101, 'for the address too');
};

subtest 'modes are told, obeyed and kept' => sub {
    my $room = fresh();
    done($room, { modes => { who => 'nobody' } }, 'before anybody is there');
    my $anna = enter("/room/$room");
    is($anna->{first}{modes}{who}, 'nobody', 'who comes sees it');
    like($anna->say('x')->{error}, qr/nobody may say/, 'and obeys');
    done($room, { modes => { who => 'all', slow => 60 } }, 'slow mode');
    my $event = $anna->event(sub { $_[0]{type} eq 'mode' });
    is($event->{modes}{slow}, 60, 'is told');
    ok($anna->say(1)->{seq}, 'one message');
    my $answer = $anna->say(2);
    like($answer->{error}, qr/slow mode/, 'and not the next');
    cmp_ok($answer->{wait}, '>', 50, 'for so many seconds');
    done($room, { modes => { slow => 0, unique => $true } }, 'unique');
    like($anna->say(1)->{error}, qr/said a moment ago/, 'nothing twice');
    done($room, { modes => { closed => $true } }, 'closed');
    is(enter("/room/$room")->status, 403, 'nobody new');
    is_deeply(room_of($room)->{modes}, { slow => 0, who => 'all',
        unique => $true, closed => $true }, 'the status page shows them');
};

subtest 'moderators send the same objects over their socket' => sub {
    my $room = fresh();
    my $path = "/given/$room";
    my %in = map { $_ => enter($path, path => "$path?id=$_&as=$_") }
        qw(host moderator participant);
    my $seq = $in{participant}->say('rude')->{seq};
    like($in{participant}->command({ clear => $true })->{error},
        qr/only moderators/, 'a participant may not');
    ok(!$in{moderator}->command({ delete => [$seq] })->{error},
        'a moderator may');
    is_deeply(kept($room, '/given/'), [], 'history shows it');
    ok($in{moderator}->say('hear', type => 'notice')->{seq}, 'a notice');
    my $event = $in{participant}->event(sub { $_[0]{type} eq 'notice' });
    is($event && $event->{from}{role}, 'moderator', 'is said by its name');
    $in{participant}->say('no notice', type => 'notice');
    $event = $in{host}->event(sub { ($_[0]{said} // '') eq 'no notice' });
    is($event && $event->{type}, 'message', 'by a participant it is a message');
    like($in{moderator}->command({ mute => 'host' })->{error},
        qr/above you/, 'a host is above a moderator');
    ok(!$in{moderator}->command({ ban => 'participant', for => 60 })->{error},
        'a ban');
    is($in{participant}->client->close_code, 1008, 'by a moderator');
    ok(!$in{host}->command({ unban => 'participant' })->{error}, 'and back');
};

subtest 'lists of rooms and of members' => sub {
    my $room = fresh();
    my $anna = enter("/room/$room", name => 'Anna');
    my $bert = enter("/room/$room", name => 'Bert', by => 'events');
    my $list = Onair::Http->json($port, "/control/$room");
    is($list->{room}, $room, 'the room is named');
    is_deeply([sort map { $_->{name} } @{ $list->{list} }], ['Anna', 'Bert'],
        'its members are listed');
    is($list->{more}, 0, 'all of them');
    my $answer = Onair::Http->get($port, '/control/' . fresh());
    refused($answer, 404, qr/no such room/, 'one that there is not');
    $list = Onair::Http->json($port, '/control/');
    my ($found) = grep { $_->{room} eq $room } @{ $list->{rooms} };
    is($found && $found->{members}, 2, 'rooms are listed with their members');
    is(Onair::Http->get($port, '/one')->{status}, 200, 'of a named room');
};

subtest 'status and metrics say what happens in rooms' => sub {
    my $room = fresh();
    my $anna = enter("/room/$room", name => 'Anna');
    my $again = enter("/room/$room", token => $anna->token, name => 'Anna');
    my $bert = enter("/room/$room", name => 'Bert');
    $bert->say("m$_") for 1 .. 3;
    $bert->command({ react => 'like', n => 4 });
    like($bert->command({ react => 'boo' })->{error}, qr/no such reaction/,
        'an unknown reaction');
    wait_for(sub { (room_of($room) // {})->{members} == 2 });
    my $of = room_of($room);
    is($of->{members}, 2, 'members: the old connection was let go');
    is($of->{people}, 2, 'people');
    is($of->{roles}{participant}, 2, 'by role');
    is($of->{messages}, 3, 'messages');
    is($of->{refused}, 1, 'refused');
    is_deeply($of->{reactions}, { like => 4, clap => 0 }, 'reactions');
    ok(wait_for(sub { room_of($room)->{watched} > 1 }), 'watch time runs');
    ok(wait_for(sub { room_of($room)->{peak} >= 2 }), 'so does the peak');
    my $rows = Onair::Http->get($port, '/status?format=prometheus')->{body};
    my %wanted = (onair_room_people => 2, onair_room_messages_total => 3,
        onair_room_refused_total => 1, onair_room_left_out_total => 0);
    for my $name (sort keys %wanted) {
        like($rows, qr/^\Q$name\E\{zone="onair",room="$room"\} $wanted{$name}$/m,
            $name);
    }
    like($rows, qr/^onair_room_members\{[^}]*"$room",role="participant"\} 2$/m,
        'members by role');
    like($rows, qr/^onair_room_reactions_total\{[^}]*"$room",reaction="like"\} 4$/m,
        'reactions by name');
    like($rows, qr/^onair_room_watched_seconds_total\{[^}]*"$room"\} [1-9]/m,
        'watch time');
    like($rows, qr/^onair_rooms_capacity\{zone="onair"\} 40$/m, 'places');
    like($rows, qr/^onair_rooms_bans\{zone="onair"\} \d+$/m, 'bans');
};

subtest 'what is left out of frames is counted' => sub {
    my $room = fresh();
    my $anna = enter("/show/$room");
    $anna->client->send_text(qq({"say":$_})) for 1 .. 20;
    ok($anna->until(sub { $_[0]{left_out} > 0 }), 'a frame tells it');
    cmp_ok(room_of($room)->{left_out}, '>', 0, 'the status page too');
};

subtest 'the peak rises only while the station of the name is live' => sub {
    my $room = fresh();
    my $push = sub {
        my ($on) = @_;
        is(Onair::Http->post($port, "/push/$room", $json->encode(
            { text => 'A - B', on_air => $on ? $true : JSON::PP::false }),
            headers => { 'Content-Type' => 'application/json' })->{status},
            204, $on ? 'on air' : 'off air');
    };
    $push->(0);
    my $anna = enter("/room/$room");
    # Watch time runs at each look, and a look would have raised the peak.
    ok(wait_for(sub { (room_of($room) // {})->{watched} > 1 }), 'looked at');
    is(room_of($room)->{peak}, 0, 'no peak while it is off air');
    $push->(1);
    ok(wait_for(sub { room_of($room)->{peak} == 1 }), 'a peak on air');
};

$server->end_checks;
done_testing();
