#!/usr/bin/env perl

# Rooms: entering, talking, who is told, roles, history, coming back, slow mode
# and rates, reactions, counts, moderation; over WebSocket and over events.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(scratch_dir slurp spawn terminate wait_for);
use Onair::Room;
use Onair::Server;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 2, http => <<'END');
    onair_zone onair:8m rooms=40 ring=64k;
    onair_zone small:4m rooms=1 ring=64k;
    onair_zone capped:4m rooms=2;
    onair_message_rate off;
    map $arg_as $role { default participant; ~^(?<is>\w+)$ $is; }
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_h2c%% http2;
        location /cap/ { onair_room zone=capped; onair_connections per_ip=2; }
        location /room/ { onair_room reactions=like,clap; }
        location /given/ {
            onair_room names=given list=off;
            onair_member id=$arg_id name=$arg_called role=$role;
        }
        location = /one { onair_room studio; }
        location /slow/ { onair_room slow=60s; }
        location /rate/ { onair_room; onair_message_rate 1r/s burst=3; }
        location /two/ { onair_room members=2; }
        location /short/ { onair_room history=3; }
        location /show/ { onair_room show=3/s window=100ms; }
        location /window/ { onair_room window=300ms; }
        location /wide/ { onair_room window=5s show=off; }
        location /small/ { onair_room zone=small hold=1s; }
        location /large/ { onair_room; onair_max_message 200; }
        location /pages/ { onair_room; onair_origin radio.example; }
    }
END
my $port = $server->port;
my $rooms = 0;

sub enter
{
    my ($path, %given) = @_;
    return Onair::Room->enter(port => $port, path => $path, %given);
}

sub fresh { return '/room/r' . ++$rooms }

sub members
{
    my ($path) = @_;
    return (Onair::Http->json($port, $path) // {})->{members} // -1;
}

for my $by (@Onair::Room::ways) {
    subtest "members talk, over $by" => sub {
        my $path = fresh();
        my $anna = enter($path, name => 'Anna', by => $by);
        my $first = $anna->{first};
        is($first->{room}, $path =~ s{.*/}{}r, 'the room is named');
        like($first->{epoch}, qr/^[0-9a-f]{8}$/, 'it has an epoch');
        is($first->{you}{name}, 'Anna', 'so is the member');
        is($first->{you}{role}, 'participant', 'and its role');
        is_deeply($first->{modes}, { slow => 0, who => 'all',
            unique => JSON::PP::false, closed => JSON::PP::false }, 'modes');
        is_deeply($first->{reactions}, { like => 0, clap => 0 }, 'reactions');
        my $bert = enter($path, name => 'Bert', by => $by);
        my $came = $anna->event(sub { $_[0]{type} eq 'entered'
            && $_[0]{from}{name} eq 'Bert' });
        is($came && $came->{from}{id}, $bert->id, 'others see who came');
        my $said = { text => "h\x{e9}llo", list => [1, undef, 1.5] };
        my $answer = $anna->say($said);
        like($answer->{seq}, qr/^\d+$/, 'what is said gets a number');
        is($answer->{epoch}, $first->{epoch}, 'and the epoch');
        for my $member ($anna, $bert) {
            my $event = $member->event(sub { $_[0]{type} eq 'message' });
            is_deeply($event->{said}, $said, 'it is told as it was said');
            is($event->{seq}, $answer->{seq}, 'with the number');
            is_deeply($event->{from}, { id => $anna->id, name => 'Anna',
                role => 'participant' }, 'and who said it');
        }
        $bert->leave;
        my $left = $anna->event(sub { $_[0]{type} eq 'left' });
        ok($left || $by eq 'events', 'who leaves by its word is told of');
        $anna->leave;
    };
}

subtest 'others, one, a role' => sub {
    my $path = fresh() =~ s{/room/}{/given/}r;
    my %in = map { $_ => enter($path,
        path => "$path?id=$_&called=\u$_&as=$_") }
        qw(host viewer participant moderator robot);
    is($in{$_}->you->{role}, $_, "$_ has the role") for sort keys %in;
    my $from = $in{participant};
    my $told = sub {
        my ($to, @whom) = @_;
        my $mark = "to $to";
        $from->say($mark, to => $to);
        $in{host}->say("end $to");
        for my $who (sort keys %in) {
            my @said;
            $in{$who}->until(sub {
                push @said, map { $_->{said} }
                    grep { $_->{type} eq 'message' }
                    splice @{ $in{$who}{events} };
                return @said && $said[-1] eq "end $to";
            });
            my $wanted = grep { $_ eq $who } @whom;
            is_deeply([grep { $_ eq $mark } @said], $wanted ? [$mark] : [],
                "$mark is " . ($wanted ? '' : 'not ') . "told to $who");
        }
    };
    $told->('all', keys %in);
    $told->('others', grep { $_ ne 'participant' } keys %in);
    $told->('host', 'host', 'participant');
    $told->('participants', 'participant', 'moderator');
    $told->('viewer', 'viewer', 'participant');
    like($from->say('x', to => 'nobody')->{error}, qr/no such member/,
        'a stranger is an error');
    like($in{viewer}->say('x')->{error}, qr/viewers/, 'a viewer says nothing');
    is(members($path), 4, 'a robot is not counted');
    like($from->command({ list => JSON::PP::true })->{error}, qr/not listed/,
        'list=off');
};

subtest 'nothing that a client sends forges who it is' => sub {
    my $path = fresh();
    my $anna = enter($path, name => 'Anna');
    my $bert = enter($path, name => 'Bert');
    $bert->command({ say => 1, from => { id => $anna->id, name => 'Anna' },
        id => $anna->id, role => 'host', name => 'Anna', seq => 99,
        type => 'notice', sender => 1 });
    my $event = $anna->event(sub { ($_[0]{said} // '') eq '1' });
    is_deeply($event->{from}, { id => $bert->id, name => 'Bert',
        role => 'participant' }, 'the server says who it was');
    is($event->{type}, 'message', 'and what kind');
    my $carl = enter($path =~ s{/room/}{/given/}r,
        path => ($path =~ s{/room/}{/given/}r) . '?id=u7&called=Carl',
        name => 'Evil', token => $anna->token);
    is($carl->id, 'u7', 'the operator\'s word goes before a token');
    is($carl->you->{name}, 'Carl', 'and before a name');
    my $dora = enter($path, name => 'Dora', token => 'x' . $anna->token);
    isnt($dora->id, $anna->id, 'a token that was made up is none');
    my $other = enter(fresh(), token => $anna->token);
    isnt($other->id, $anna->id, 'nor is that of another room');
    my $strange = enter($path, name => "\xe2\x80\xae Eve\x07 ");
    is($strange->you->{name}, 'Eve', 'names are repaired');
    is(enter($path, name => 'x' x 500)->you->{name}, 'x' x 40, 'and cut');
};

subtest 'history on joining, and coming back' => sub {
    my $path = fresh();
    my $anna = enter($path, name => 'Anna');
    $anna->say("m$_") for 1 .. 5;
    my @all = map { $_->{said} } grep { $_->{type} eq 'message' }
        @{ enter($path)->{first}{events} };
    is_deeply(\@all, [map { "m$_" } 1 .. 5], 'a newcomer sees what was said');
    for my $by (@Onair::Room::ways) {
        my $bert = enter($path, name => 'Bert', by => $by);
        my ($id, $token, $since) = ($bert->id, $bert->token, $bert->since);
        $bert->vanish;
        $anna->say('meanwhile');
        $anna->say('for you', to => $id);
        my $back = enter($path, token => $token, since => $since, by => $by);
        is($back->id, $id, "$by: the token takes the id back");
        is($back->you->{name}, 'Bert', 'and the name');
        my @missed = map { $back->said } 1, 2;
        is_deeply(\@missed, ['meanwhile', 'for you'], 'what was missed is told');
        ok(!$back->{first}{gap}, 'without a gap');
        my ($epoch) = $since =~ /^(\w+)/;
        for my $bad ("$epoch:99999", 'deadbeef:1', 'nonsense') {
            my $again = enter($path, since => $bad, by => $by);
            ok($again->{first}{gap}, "$bad is a gap");
            ok(@{ $again->{first}{events} } > 4, 'with the history');
        }
        $back->leave;
    }
    my $short = fresh() =~ s{/room/}{/short/}r;
    my $talker = enter($short);
    $talker->say($_) for 1 .. 6;
    is_deeply([map { $_->{said} } grep { $_->{type} eq 'message' }
        @{ enter($short)->{first}{events} }], [4, 5, 6], 'history=3');
    is_deeply([map { $_->{said} } @{ Onair::Http->json($port, $short)
        ->{events} }], [4, 5, 6], 'the same by GET');
};

subtest 'the old connection of an id is closed' => sub {
    my $path = fresh();
    my $anna = enter($path, name => 'Anna');
    my $again = enter($path, token => $anna->token);
    is($again->id, $anna->id, 'the id is taken');
    is($anna->client->close_code, 1008, 'the old one is closed');
    is($anna->client->{reason}, 'replaced', 'and told why');
    ok(wait_for(sub { members($path) == 1 }), 'one is counted');
};

subtest 'the same ref is not said twice' => sub {
    my $path = fresh();
    for my $by (@Onair::Room::ways) {
        my $anna = enter($path, by => $by);
        my $one = $anna->say('once', ref => "r$by");
        my $two = $anna->say('once', ref => "r$by");
        is($two->{seq}, $one->{seq}, "$by: the same number");
        $anna->say("end $by");
        my @said;
        $anna->until(sub {
            push @said, map { $_->{said} } grep { $_->{type} eq 'message' }
                splice @{ $anna->{events} };
            return @said && $said[-1] eq "end $by";
        });
        is(grep({ $_ eq 'once' } @said), $by eq 'events' ? 2 : 1,
            'told once each');
    }
};

subtest 'slow mode and rate say how long to wait' => sub {
    for my $by (@Onair::Room::ways) {
        my $slow = enter(fresh() =~ s{/room/}{/slow/}r, by => $by);
        ok($slow->say(1)->{seq}, "$by: the first is told");
        my $refused = $slow->say(2);
        like($refused->{error}, qr/slow mode/, 'the second is not');
        cmp_ok($refused->{wait}, '>', 30, 'and it says how long');
        is($refused->{status}, 429, 'with a status') if $by eq 'events';
        my $fast = enter(fresh() =~ s{/room/}{/rate/}r, by => $by);
        my @answers = map { $fast->say($_) } 1 .. 6;
        my ($over) = grep { $_->{error} } @answers;
        like($over->{error}, qr/too many/, 'too many are refused');
        ok($over->{wait} > 0 && $over->{wait} <= 1.1, 'for a second');
        ok($answers[2]{seq}, 'a burst is not');
    }
};

subtest 'who leaves and enters again gains no time' => sub {
    my $ws = Onair::WebSocket->connect(port => $port, path => '/slow/');
    my $ask = sub {
        my (%command) = @_;
        $ws->send_text(JSON::PP::encode_json({ ref => 1, %command }));
        while (my $it = $ws->json(10)) {
            return $it if exists $it->{ref};
        }
        return {};
    };
    is($ask->(enter => 'again', ref => 2)->{error}, undef, 'entered');
    ok($ask->(say => 'one', ref => 3)->{seq}, 'said');
    $ask->(leave => 'again', ref => 4);
    $ask->(enter => 'again', ref => 5);
    like($ask->(say => 'two', ref => 6)->{error}, qr/slow/,
        'slow mode knows the connection');
    $ask->(leave => 'again', ref => 7);
    $ask->(enter => 'other', ref => 8);
    like($ask->(say => 'two', ref => 9)->{error}, qr/slow/,
        'in another room too');
    $ws->close_stream;
};

subtest 'what is more than one frame holds is told at once' => sub {
    my $path = '/wide/' . ++$rooms;
    my ($anna, $boris) = map { enter($path, name => $_) } qw(Anna Boris);
    $anna->client->send_text(qq({"say":$_})) for 1 .. 200;
    my $is_said = sub { scalar grep { $_->{type} eq 'message' }
        @{ $_[0]{events} } };
    $boris->until(sub { $is_said->($boris) == 200 }, 15);
    is(join(' ', map { $_->{said} // () } @{ $boris->{events} }),
        join(' ', 1 .. 200), 'all, in order, after one window');
    $_->leave for $anna, $boris;
};

subtest 'reactions are summed' => sub {
    my $path = fresh();
    my ($anna, $bert) = map { enter($path, by => $_) } @Onair::Room::ways;
    $anna->command({ react => 'like', n => 3 });
    $bert->command({ react => 'like' });
    for my $member ($anna, $bert) {
        ok($member->until(sub { $member->{reactions}{like} == 4 }),
            "$member->{by} is told the sum");
    }
    my @windows = grep { $_->{reacted} } @{ $anna->{frames} };
    my $sum = 0;
    $sum += $_->{reacted}{like} for @windows;
    is($sum, 4, 'and what each window added');
    like($anna->command({ react => 'boo' })->{error}, qr/no such reaction/,
        'others are none');
    is(enter($path)->{first}{reactions}{like}, 4, 'a newcomer is told');
};

subtest 'several rooms on one connection' => sub {
    my ($one, $two) = map { s{.*/}{}r } fresh(), fresh();
    my $anna = enter('/room/');
    is($anna->command({ enter => $one, name => 'Anna' })->{room}, $one,
        'entered by its word');
    is($anna->command({ enter => $two })->{room}, $two, 'another one');
    my $bert = enter("/room/$two");
    $anna->command({ say => 'hi', room => $two });
    is($bert->said, 'hi', 'said there');
    ok($anna->command({ leave => $one })->{room}, 'left');
    like($anna->command({ say => 1, room => $one })->{error}, qr/not in/,
        'and not in it any more');
    ok($anna->command({ say => 2, room => $two })->{seq}, 'but in the other');
    my $only = enter('/one');
    is($only->{first}{room}, 'studio', 'the location names the room');
    like($only->command({ enter => 'rock' })->{error}, qr/./,
        'and there is no other');
    my $list = $bert->command({ list => JSON::PP::true });
    is(scalar @{ $list->{list} }, 2, 'who is there is listed');
    is_deeply([sort keys %{ $list->{list}[0] }], [qw(id name role)],
        'with these');
};

subtest 'windows and the ceiling' => sub {
    my $anna = enter(fresh() =~ s{/room/}{/window/}r);
    $anna->pump(0.5);  # its own coming
    my $before = @{ $anna->{frames} };
    $anna->client->send_text(qq({"say":$_})) for 1 .. 10;
    my @said;
    $anna->until(sub {
        push @said, map { $_->{said} } grep { $_->{type} eq 'message' }
            splice @{ $anna->{events} };
        return @said == 10;
    });
    is_deeply(\@said, [1 .. 10], 'all are told, in their order');
    cmp_ok(@{ $anna->{frames} } - $before, '<=', 4, 'in few frames');
    my $path = fresh() =~ s{/room/}{/show/}r;
    my $bert = enter($path);
    $bert->client->send_text(qq({"say":$_})) for 1 .. 20;
    my @shown;
    $bert->until(sub {
        push @shown, map { $_->{said} } grep { $_->{type} eq 'message' }
            splice @{ $bert->{events} };
        return @shown + $bert->{left_out} >= 20;
    });
    is(@shown + $bert->{left_out}, 20, 'each is shown or counted');
    cmp_ok($bert->{left_out}, '>', 8, 'and many are left out');
    is_deeply(\@shown, [sort { $a <=> $b } @shown], 'in order');
    is(scalar(grep { $_->{type} eq 'message' }
        @{ enter($path)->{first}{events} }), 20, 'the history has them all');
};

subtest 'moderators' => sub {
    my $path = fresh() =~ s{/room/}{/given/}r;
    my $as = sub { enter($path,
        path => "$path?id=$_[0]&called=$_[0]&as=$_[1]") };
    my $mod = $as->('mod', 'moderator');
    my $anna = $as->('anna', 'participant');
    my $host = $as->('boss', 'host');
    my $seq = $anna->say('bad')->{seq};
    $anna->say('worse');
    like($anna->command({ delete => [$seq] })->{error}, qr/only moderators/,
        'others may not');
    ok($mod->command({ delete => [$seq] })->{seq}, 'one is deleted');
    my $deleted = $anna->event(sub { $_[0]{type} eq 'deleted' });
    is_deeply($deleted->{seqs}, [$seq], 'screens are told');
    my @kept = grep { $_->{type} eq 'message' }
        @{ Onair::Http->json($port, $path)->{events} };
    is_deeply([map { $_->{said} } @kept], ['worse'], 'the history is rid of it');
    ok($mod->command({ delete_from => 'anna' })->{seq}, 'all of one');
    is($anna->event(sub { $_[0]{type} eq 'deleted' })->{from}{id}, 'anna',
        'told as such');
    is_deeply([grep { $_->{type} eq 'message' }
        @{ Onair::Http->json($port, $path)->{events} }], [], 'none is left');
    $mod->command({ modes => { slow => 5, who => 'moderators' } });
    my $mode = $anna->event(sub { $_[0]{type} eq 'mode' });
    is($mode->{modes}{slow}, 5, 'a mode is told');
    is($anna->{modes}{who}, 'moderators', 'and stands in the frame');
    like($anna->say(1)->{error}, qr/only moderators/, 'it holds');
    ok($mod->say(1)->{seq}, 'but not for moderators');
    $mod->command({ modes => { who => 'all', slow => 0, unique => JSON::PP::true } });
    ok($anna->say('same')->{seq}, 'once');
    like($anna->say('same')->{error}, qr/a moment ago/, 'unique');
    ok(!$mod->command({ mute => 'anna', for => 600 })->{error}, 'muted');
    my $muted = $anna->say('x');
    like($muted->{error}, qr/muted/, 'the muted are told');
    cmp_ok($muted->{wait}, '>', 500, 'for how long');
    ok(!$mod->command({ unmute => 'anna' })->{error}, 'unmuted');
    ok($anna->say('again')->{seq}, 'and says something');
    like($mod->command({ ban => 'boss' })->{error}, qr/above you/,
        'a host is above moderators');
    ok($mod->command({ clear => JSON::PP::true })->{seq}, 'cleared');
    ok($anna->event(sub { $_[0]{type} eq 'cleared' }), 'screens are told');
    ok(!$mod->command({ modes => { closed => JSON::PP::true } })->{error},
        'closed');
    my $late = $as->('late', 'participant');
    is($late->status, 403, 'nobody new comes in');
    ok(!$mod->command({ modes => { closed => JSON::PP::false } })->{error},
        'open again');
    ok(!$mod->command({ ban => 'anna', for => 3600 })->{error}, 'banned');
    is($anna->client->close_code, 1008, 'who is banned is let go');
    is($anna->client->{reason}, 'banned', 'and told why');
    my $again = $as->('anna', 'participant');
    is($again->status, 403, 'and does not come in');
    cmp_ok($again->client->header('Retry-After'), '>', 3500, 'for that long');
};

subtest 'what is refused' => sub {
    my $path = fresh() =~ s{/room/}{/two/}r;
    my @in = map { enter($path) } 1, 2;
    my $third = enter($path);
    is($third->status, 503, 'a full room');
    ok($third->client->header('Retry-After'), 'says when to come again');
    is(enter($path, by => 'events')->status, 503, 'over events too');
    is(members($path), 2, 'and counts those that are in');
    my @capped = map { enter('/cap/a') } 1, 2;
    is(enter('/cap/a')->status, 429, 'more connections than one may have');
    $_->leave for @capped;
    my $small = enter('/small/a');
    is(enter('/small/b')->status, 503, 'a zone without a place for a room');
    ok($small->say('on')->{seq}, 'the room that exists goes on');
    $small->leave;
    ok(wait_for(sub { enter('/small/b')->is_in }), 'a place is free later');
    is(enter("/room/" . 'x' x 200)->status, 404, 'a name too long');
    is(Onair::Http->get($port, '/room/')->{status}, 404, 'no name');
    is(Onair::Http->request(port => $port, path => '/room/x',
        method => 'PUT')->{status}, 405, 'another method');
    is(enter('/pages/a', headers => { Origin => 'http://evil.example' })
        ->status, 403, 'a page of elsewhere');
    is(enter('/given/a', path => '/given/a?id=' . 'x' x 65)->status, 500,
        'an id that is none');
    my $preflight = Onair::Http->request(port => $port, path => '/room/x',
        method => 'OPTIONS', headers => { Origin => 'http://a.example' });
    is($preflight->{status}, 204, 'a preflight is answered');
    like($preflight->{headers}{'access-control-allow-headers'},
        qr/Authorization/, 'and lets the token come');
};

subtest 'what cannot be read is told in words' => sub {
    my $anna = enter(fresh());
    for my $bad ('', 'nonsense', '[]', '{}', '{"say":1,"to":{}}',
        '{"react":1}', '{"delete":"x"}', '{"say":') {
        $anna->client->send_text($bad);
        my $answer = $anna->until(sub { shift @{ $anna->{answers} } });
        ok($answer->{error}, "refused: $bad");
    }
    ok($anna->say('still here')->{seq}, 'the connection goes on');
    my $large = enter(fresh() =~ s{/room/}{/large/}r);
    $large->client->send_text('{"say":"' . 'x' x 300 . '"}');
    is($large->client->close_code, 1009, 'a message that is too large');
    my $poster = enter(fresh() =~ s{/room/}{/large/}r, by => 'events');
    is($poster->say('x' x 300)->{status}, 413, 'the same by POST');
    is($poster->post('{"enter":"x"}')->{status}, 400, 'no entering by POST');
    is($poster->post('{"say":1}', token => undef)->{status}, 404,
        'without a token nobody says anything');
    is($poster->post('{"say":1}', token => 'x')->{status}, 404,
        'nor with a wrong one');
    my $binary = enter(fresh());
    $binary->client->send_frame(2, '{"say":1}');
    is($binary->client->close_code, 1003, 'binary messages are not taken');
};

subtest 'events over HTTP/2' => sub {
    my $path = fresh();
    my $anna = enter($path, name => 'Anna');
    my $out = scratch_dir() . '/curl';
    my $curl = spawn($out, 'curl', '-sSN', '--max-time', '60', '-H',
        'Accept: text/event-stream', '--http2-prior-knowledge',
        'http://127.0.0.1:' . $server->port('h2c') . "$path?name=Hugo");
    ok($anna->event(sub { ($_[0]{from}{name} // '') eq 'Hugo' }), 'it enters');
    my ($token) = wait_for(
        sub { (slurp($out) // '') =~ /"token":"([^"]+)"/ && $1 });
    $anna->say("to all $_") for 1 .. 20;
    ok(wait_for(sub { (slurp($out) // '') =~ /to all 20/ }), 'and is told');
    my @told = slurp($out) =~ /"said":"to all (\d+)"/g;
    is_deeply(\@told, [1 .. 20], 'all of it, in order');
    my $post = Onair::Http->post($port, $path, '{"say":"from afar"}',
        headers => { Authorization => "Bearer $token" });
    is($post->{status}, 200, 'it says something');
    ok($anna->event(sub { ($_[0]{said} // '') eq 'from afar' }), 'to others');
    is(members($path), 2, 'it is counted');
    terminate($curl);
    ok(wait_for(sub { members($path) == 1 }), 'until it is gone');
};

subtest 'long poll' => sub {
    my $path = fresh();
    my $first = Onair::Http->json($port, "$path?wait=20&name=Polly");
    is($first->{you}{name}, 'Polly', 'the first answer comes at once');
    my $token = $first->{you}{token};
    my $since = sub { "since=$_[0]{epoch}:$_[0]{seq}&token=$token" };
    my $anna = enter($path, name => 'Anna');
    my $waiting = Onair::Http->connect(port => $port);
    $waiting->send_request(path => "$path?wait=20&" . $since->($anna->{first}));
    ok(wait_for(sub { members($path) == 2 }), 'who waits is counted');
    $anna->say('hi');
    my $answer = $waiting->answer;
    my $told = JSON::PP->new->utf8->decode($answer->{body});
    my ($hi) = grep { $_->{type} eq 'message' } @{ $told->{events} };
    is($hi->{said}, 'hi', 'what is said ends the wait');
    my $post = Onair::Http->post($port, $path, '{"say":"me too"}',
        headers => { Authorization => "Bearer $token" });
    is($post->{status}, 200, 'it says something by POST');
    is_deeply($anna->event(sub { ($_[0]{said} // '') eq 'me too' })->{from},
        { id => $first->{you}{id}, name => 'Polly', role => 'participant' },
        'as itself');
    my $missed = Onair::Http->json($port, "$path?wait=20&" . $since->($told));
    my @missed = map { $_->{said} } grep { $_->{type} eq 'message' }
        @{ $missed->{events} };
    is_deeply(\@missed, ['me too'], 'what came meanwhile is told at once');
    is(Onair::Http->get($port, "$path?wait=0.2&" . $since->($missed))
        ->{status}, 204, 'nothing is 204');
    ok(wait_for(sub { members($path) == 1 }), 'who does not wait is not');
};

subtest 'GET opens no room and counts nobody' => sub {
    my $path = fresh();
    my $state = Onair::Http->json($port, $path);
    is($state->{members}, 0, 'nobody');
    is_deeply($state->{events}, [], 'nothing');
    my $anna = enter($path);
    $anna->say('x');
    $anna->say('secret', to => $anna->id);
    $state = Onair::Http->json($port, $path);
    is($state->{members}, 1, 'the member');
    is_deeply([map { $_->{said} } @{ $state->{events} }], ['x'],
        'and what was said to all');
    is($state->{you}, undef, 'who asks is nobody');
};

# There is a ring for four workers; during a reload there are six.
subtest 'a worker that finds no ring has one when others are gone' => sub {
    my $many = Onair::Server->new(workers => 3, http => <<'END');
        onair_zone onair:2m rooms=4;
        onair_drain 0s;
        server {
            listen 127.0.0.1:%%PORT%% reuseport;
            location /room/ {
                onair_room;
                add_header X-Worker $pid always;
            }
        }
END
    $many->reload;
    my %workers;
    my $in = 0;
    my @members = map { Onair::Room->enter(port => $many->port,
        path => '/room/many', by => 'events') } 1 .. 60;
    for my $member (@members) {
        $in++ if $member->is_in;
        $workers{ $member->client->header('X-Worker') }++;
    }
    is($in, 60, 'all are let in');
    is(keys %workers, 3, 'by all workers');
    $members[0]->say('all');
    is(scalar(grep { ($_->said // '') eq 'all' } @members), 60, 'and told');
    $_->client->close_stream for @members;
    $many->end_checks;
};

subtest 'counts follow' => sub {
    my $path = fresh();
    my $anna = enter($path);
    my @more = map { enter($path, by => $_) } @Onair::Room::ways;
    ok($anna->until(sub { $anna->{members} == 3 }), 'those who come');
    $more[0]->leave;
    $more[1]->vanish;
    ok($anna->until(sub { $anna->{members} == 1 }), 'those who go');
};

$server->end_checks;
done_testing;
