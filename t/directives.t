#!/usr/bin/env perl

# Every directive and parameter is taken where it belongs, and refused with a
# line that names the directive and the value, and where they stand.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Server;

my $server = Onair::Server->new(stopped => 1, http => '');

# A configuration for each context, with what is to be tested in it.
sub http_with
{
    my ($context, $text) = @_;
    my $listen = 'listen 127.0.0.1:%%PORT%%;';
    return "\n$text\nserver { $listen }" if $context eq 'http';
    return "\nserver {\n$text\n$listen }" if $context eq 'server';
    return "\nserver { $listen\nlocation $context {\n$text\n} }";
}

sub told
{
    my ($context, $text) = @_;
    $server->write_config(http => http_with($context, $text));
    return $server->test_config;
}

sub taken
{
    my ($context, $text) = @_;
    my ($said, $code) = told($context, $text);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($code, 0, "$context: $text") or diag($said);
}

# $like: what the line must say; it always names the place.
sub refused
{
    my ($context, $text, $like) = @_;
    my ($said, $code) = told($context, $text);
    my ($line) = $said =~ /^nginx: \[emerg\] (.*)$/m;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($code, 1, "$context refuses: $text");
    like($line // $said, qr/$like/, "  and says: $like");
    like($line // '', qr{ in \S+/conf/nginx\.conf:\d+$}, '  and where');
}

# The directive does not take this value of a parameter.
sub invalid
{
    my ($context, $text, $value) = @_;
    my ($directive) = $text =~ /(\w+)[^;]*;$/;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    refused($context, $text,
        qr/^invalid parameter "\Q$value\E" in "$directive" directive/);
}

sub every_directive_is_taken_in_its_contexts
{
    my $text = <<'END';
    onair_zone radio:8m stations=100 history=20;
    onair_zone tiny:256k stations=2 history=0 state=%%DIR%%/state;
    onair_zone other:256k state=%%DIR%%/state/;
    onair_drain 3s;
    onair_station rock zone=radio;
    onair_format title;
    onair_deflate on;
    onair_heartbeat 30s timeout=70s;
    onair_origin same https://a.example *.b.example;
    onair_max_message 16k;
    onair_message_rate 20r/s burst=40;
    onair_connections zone-wide=1000 per_ip=20;
    onair_log %%DIR%%/onair.log;
    server {
        listen 127.0.0.1:%%PORT%%;
        onair_station "$arg_station";
        onair_format json;
        onair_deflate off;
        onair_heartbeat 1s;
        onair_origin any;
        onair_max_message 1k;
        onair_message_rate off;
        onair_connections per_ip=1;
        onair_log off;
        location /live/ { onair; }
        location = /one { onair rock; }
        location = /variable { onair "$arg_s" zone=radio strict; }
        location /own/ {
            onair zone=tiny;
            onair_station jazz zone=tiny;
            onair_format title;
            onair_deflate on;
            onair_heartbeat 2s timeout=4s;
            onair_origin *.example;
            onair_max_message 1m;
            onair_message_rate 1r/s;
            onair_connections zone-wide=5;
            onair_log %%DIR%%/own.log;
            onair_delay 8s;
        }
        location /by-burst/ { onair; onair_delay auto burst=32k; }
        location /auto/ { onair; onair_delay auto; }
        location = /source { return 200 "{}"; onair_poll; }
        location = /all {
            return 200 "{}";
            onair_poll zone=radio station=rock type=json interval=100ms
                timeout=1s idle=1m stale=20s offline=1d hold=0 delay=3s
                priority=9 max_body=1k entities=off
                double_utf8=off invisible=off split=off placeholders=off
                text=/now/text artist=$.now.artist title=/t album=/a
                art=/art url=/u started=/s duration=/d listeners=/l
                on_air=/o name=/n;
        }
        location = /most { return 200 "{}"; onair_poll zone=radio max_stations=5; }
        location = /feed { return 200 ""; onair_feed zone=radio of=/all timeout=1s; }
        location = /any-feed { return 200 ""; onair_feed; }
        location /publish/ { onair_publish; }
        location = /told {
            onair_publish "$arg_mount" zone=radio expires=1h priority=1 hold=2s
                max_body=1k entities=on split=off;
        }
        location = /status { onair_status; }
        location = /health { onair_health require=rock,jazz zone=radio; }
        location = /serves { onair_health; }
        location = /echo { onair_echo; }
        location /api/ { onair_azuracast; }
        location /strict/api/ { onair_azuracast zone=radio strict; }
        location /connection/ { onair_centrifuge; }
        location /strict/connection/ { onair_centrifuge strict zone=radio; }
    }
END
    $server->write_config(http => $text);
    my ($said, $code) = $server->test_config;
    is($code, 0, 'a configuration with every directive') or diag($said);
    unlike($said, qr/\[(?:warn|emerg|alert|crit)\]/, 'and without a warning');
}

# Taken, with a line that says what does nothing, and where it stands.
sub warned
{
    my ($context, $text, $like) = @_;
    my ($said, $code) = told($context, $text);
    my ($line) = $said =~ /^nginx: \[warn\] (.*)$/m;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($code, 0, "$context: $text");
    like($line // $said, qr/$like/, "  and warns: $like");
    like($line // '', qr{ in \S+/conf/nginx\.conf:\d+$}, '  and where');
}

sub each_type_of_source_is_taken
{
    for my $type (qw(shoutcast1 libretime radioco text)) {
        refused('= /s', "onair_poll type=$type;",
            qr/^"onair_poll" directive needs "station=" with a type that names/);
    }
    for my $type (qw(auto icecast icecast2.5 icecast-xml shoutcast1 shoutcast
        shoutcast-xml azuracast libretime radioco onair text)) {
        taken('= /s', "onair_poll type=$type station=rock;");
        refused('= /s', "onair_poll type=$type title=/t;",
            qr/^"onair_poll" directive has paths without "type=json"/);
    }
    taken('= /s', 'onair_poll type=json title=/t station=rock;');
    taken('= /s', 'onair_poll type=json title=/t name=/n;');
    refused('= /s', 'onair_poll type=json title=/t;',
        qr/^"onair_poll" directive needs "station=" with a type that names/);
    refused('= /s', 'onair_poll type=json;',
        qr/^"onair_poll" directive has "type=json" without a path/);
}

# Zones that share, and where they are to.
my $shares = 'onair_zone radio:8m rooms=4 share=rooms,counts;';

sub what_machines_share_is_checked
{
    taken('http', "onair_redis 127.0.0.1; $shares");
    taken('http', "onair_redis $_; $shares")
        for '127.0.0.1:7000', '[::1]', '[::1]:6380', 'unix:/run/redis.sock',
        'localhost user=onair password=secret db=3 prefix=a: name=here';
    taken('http', "upstream engine { server 127.0.0.1:6379; server "
        . "127.0.0.1:6380 backup; } onair_redis engine; $shares");
    taken('http', "$shares onair_redis later; upstream later { server "
        . "127.0.0.1:6379; }");
    invalid('http', "onair_redis 127.0.0.1 $_;", $_)
        for qw(db=x db=65536 prefix= tls=maybe colour=red rest user= name=);
    refused('http', 'onair_redis 127.0.0.1 user=onair;',
        qr/^"onair_redis" directive has a user without a password/);
    refused('http', 'onair_redis 127.0.0.1; onair_redis 127.0.0.1;',
        qr/^"onair_redis" directive is duplicate/);
    refused('http', 'onair_redis 127.0.0.1:99999;',
        qr/^invalid port in upstream "127.0.0.1:99999"/);
    refused('http', 'onair_redis;',
        qr/^invalid number of arguments in "onair_redis" directive/);
    refused('server', 'onair_redis 127.0.0.1;',
        qr/^"onair_redis" directive is not allowed here/);
    refused('http', $shares,
        qr/^"share" of onair zone "radio" needs "onair_redis"/);
    refused('http', 'onair_redis 127.0.0.1; onair_zone a:1m share=rooms;',
        qr/^"share" of onair zone "a" has "rooms", but the zone has none/);
    taken('http', "onair_redis 127.0.0.1; onair_zone a:4m share=$_;", $_)
        for 'publications', 'counts', 'publications,counts';
    invalid('http', "onair_redis 127.0.0.1; onair_zone a:8m rooms=4 $_;", $_)
        for 'share=stations', 'share=', 'share=rooms,rooms', 'share=rooms,';
    return;
}

sub the_zone_is_checked
{
    what_machines_share_is_checked();
    refused('http', "onair_zone $_;",
        qr/^invalid parameter "\Q$_\E" in "onair_zone" directive/)
        for 'radio', ':1m', 'radio:', 'radio:many', 'radio:-1m';
    invalid('http', "onair_zone radio:1m $_;", $_)
        for qw(stations=0 stations=65536 stations=x stations= history=51
            history=-1 state= state colour=red rest);
    refused('http', 'onair_zone a:1m state=%%DIR%%/conf/nginx.conf;',
        qr/^"onair_zone" directive has "state=.*", which is not a directory/);
    refused('http', 'onair_zone a/b:1m state=%%DIR%%/state;',
        qr/^invalid parameter "state=.*" in "onair_zone" directive/);
    refused('http', 'onair_zone radio:8k;',
        qr/^onair zone "radio" is too small: it needs at least \d+k/);
    refused('http', 'onair_zone radio:100k stations=1000;',
        qr/^onair zone "radio" is too small: it needs at least \d+k/);
    refused('http', 'onair_zone a:1m; onair_zone a:1m;',
        qr/^duplicate onair zone "a"/);
    refused('http', 'onair_zone;',
        qr/^invalid number of arguments in "onair_zone" directive/);
    refused('server', 'onair_zone a:1m;',
        qr/^"onair_zone" directive is not allowed here/);
    refused('= /s', "$_ zone=nowhere;",
        qr/^unknown onair zone "nowhere" in "$_" directive/)
        for qw(onair onair_poll onair_publish);
    refused('= /s', 'onair_station rock zone=nowhere;',
        qr/^unknown onair zone "nowhere" in "onair_station" directive/);
}

sub the_poll_is_checked
{
    invalid('= /s', "onair_poll $_;", $_)
        for qw(rest colour=red zone= station= type= type=cassette interval=99ms
            interval=soon interval= interval=-1s timeout=99ms timeout=x
            interval=32d idle=x stale=1ms stale=32d offline=1ms hold=x delay=x priority=10
            priority=x max_body=1023 max_body=x max_stations=0
            max_stations=65536 entities=yes double_utf8=1 invisible=
            split=maybe placeholders=x text=now name=$..deep text= title=/a/-
            title=/- title=/-/b name=/n/- station=* station=a$b station=${b}
            station=$_x station=$1);
    taken('= /s', "onair_poll station=$_;") for 'a$', '$-', "caf\xc3\xa9";
    invalid('= /s', qq(onair_poll "station=$_";), "station=$_")
        for "a\x01b", "\xff", "\x7f";
    invalid('= /s', 'onair_poll station=' . 'x' x 300 . ';',
        'station=' . 'x' x 300);
    refused('= /s', 'onair_poll stale=10s offline=5s;',
        qr/^"onair_poll" directive has an "offline" that is shorter than "stale"/);
    refused('= /s', 'onair_poll type=json station=a title=/t artist=/t;',
        qr/^"onair_poll" directive gives the same path to two values/);
    taken('= /s', q(onair_poll type=json station=a "title=$['-']";));
    refused('= /s', 'onair_poll; onair_poll;',
        qr/^"onair_poll" directive is duplicate/);
    refused($_, 'onair_poll;',
        qr/^"onair_poll" directive needs a location that is given by its URI/)
        for '~ ^/s', '~ /s', '@s';
    refused('server', 'onair_poll;',
        qr/^"onair_poll" directive is not allowed here/);
    my $many = join "\n", map { "} location = /s$_ { onair_poll;" } 1 .. 65;
    refused('= /x', $many,
        qr/^onair zone "onair" has more than 64 poll locations/);
}

sub the_mounts_are_checked
{
    taken('= /s', "onair_poll station=rock mounts=$_;")
        for 'a', 'a,b', '*', '1,2', join ',', 1 .. 64;
    invalid('= /s', "onair_poll station=rock mounts=$_;", "mounts=$_")
        for '', ',', 'a,', ',a', 'a,,b', 'a,a', 'a,*', '*,*',
        'x' x 129, join(',', 1 .. 65);
    refused('= /s', 'onair_poll mounts=a,b;',
        qr/^"onair_poll" directive has "mounts" without "station="/);
    refused('= /s', "onair_poll station=a mounts=a type=$_;",
        qr/^"onair_poll" directive has "mounts" with a type that tells of one/)
        for qw(shoutcast1 libretime radioco text), 'json title=/t';
}

sub the_health_is_checked
{
    taken('/l/', "onair_health require=$_;")
        for 'rock', 'rock,jazz', "caf\xc3\xa9", join ',', 1 .. 64;
    taken('/l/', q(onair_health "require=two words,jazz";));
    invalid('/l/', "onair_health require=$_;", "require=$_")
        for '', ',', 'a,', ',a', 'a,,b', 'a,b,a', '*', 'a,*', 'a,$b', '${b}',
        'x' x 129, join(',', 1 .. 65);
    invalid('/l/', "onair_health $_;", $_) for qw(rest zone= colour=red);
    refused('/l/', 'onair_health zone=onair;',
        qr/^"onair_health" directive has "zone=" without "require="/);
    refused('/l/', 'onair_health require=a require=b;',
        qr/^duplicate parameter "require=b" in "onair_health" directive/);
    refused('/l/', 'onair_health require=a zone=nowhere;',
        qr/^unknown onair zone "nowhere" in "onair_health" directive/);
    refused('/l/', 'onair_health; onair_health;',
        qr/^"onair_health" directive is duplicate/);
    refused('/l/', 'onair_health; onair_status;',
        qr/^"onair_status" directive stands beside another onair directive/);
}

sub locations_for_the_clients_of_others_are_checked
{
    for my $one (qw(onair_azuracast onair_centrifuge)) {
        refused($_, "$one;", qr/^"$one" directive is not allowed here/)
            for qw(http server);
        invalid('/l/', "$one $_;", $_)
            for qw(rock zone= strict=on strictly colour=red);
        refused('/l/', "$one strict strict;",
            qr/^duplicate parameter "strict" in "$one" directive/);
        refused('/l/', "$one zone=a zone=b;",
            qr/^duplicate parameter "zone=b" in "$one" directive/);
        refused('/l/', "$one zone=nowhere;",
            qr/^unknown onair zone "nowhere" in "$one" directive/);
        refused('/l/', "$one; $one;", qr/^"$one" directive is duplicate/);
        refused('/l/', "onair; $one;",
            qr/^"$one" directive stands beside another onair directive/);
    }
}

sub what_does_nothing_is_told
{
    my $poll = 'onair_poll station=a';
    warned('= /s', "$poll interval=5s idle=$_;",
        qr/^"onair_poll" directive has an "idle" that is not longer than /)
        for '5s', '1s';
    taken('= /s', "$poll interval=5s idle=0;");
    warned('= /s', "$poll type=$_ max_stations=5;",
        qr/^"onair_poll" directive has "max_stations" with a type that tells /)
        for qw(shoutcast1 libretime radioco text), 'json title=/t';
    warned('= /s', "$poll type=onair $_=off;",
        qr/^"onair_poll" directive switches repairs off that "type=onair" /)
        for qw(entities double_utf8 invisible split placeholders);
    warned('= /s', "$poll type=shoutcast1 entities=off;",
        qr/^"onair_poll" directive has "entities=off", which does nothing /);
    warned('= /s', "$poll type=json listeners=/l $_=/x;",
        qr/^"onair_poll" directive has paths that do nothing without one of /)
        for qw(album art url started duration);
    warned('/l/', 'onair_delay 5s;',
        qr/^"onair_delay" directive does nothing in a location without "onair"/);
    warned('/l/', 'onair_echo; onair_delay auto;',
        qr/^"onair_delay" directive does nothing in a location without "onair"/);
    my ($said) = told('/l/', 'onair; onair_delay 5s; if ($arg_x) { set $y 1; }');
    unlike($said, qr/\[warn\]/, 'nor is it told of an "if" in such a location');
}

sub nothing_is_given_twice
{
    my %directive = ('= /s' => ['onair_poll station=a station=b',
            'onair_poll interval=1s interval=1s',
            'onair_poll type=json station=a title=/t title=/u',
            'onair_poll; } location = /f { onair_feed timeout=5s timeout=6s'],
        '/l/' => ['onair zone=onair zone=onair', 'onair strict strict',
            'onair_publish priority=1 priority=2',
            'onair_connections per_ip=5 per_ip=6'],
        'http' => ['onair_zone a:1m history=1 history=2',
            'onair_connections per_ip=5 per_ip=6', 'onair_origin same same',
            'onair_origin a.example a.example']);
    for my $context (sort keys %directive) {
        for my $text (@{ $directive{$context} }) {
            my ($name, $last) = $text =~ /(\w+)[^{}]* (\S+)$/;
            refused($context, "$text;",
                qr/^duplicate parameter "\Q$last\E" in "$name" directive/);
        }
    }
}

sub doors_of_rooms_are_checked
{
    taken('/r/', "onair_room_control $_;") for '', 'studio', '$host',
        'zone=onair from=any pages=a.example,b.example key=secret';
    taken('= /r', 'onair_room_control studio;');
    invalid('/r/', "onair_room_control $_;", $_)
        for qw(from=me pages=null key= slow=1s zone=);
    invalid('/r/', 'onair_room_control one two;', 'two');
    taken('/r/', "onair_danmaku $_;") for '', 'studio', '$host',
        'zone=onair history=10 slow=5s names=given';
    taken('~ /r', 'onair_danmaku studio;');
    invalid('/r/', "onair_danmaku $_;", $_)
        for qw(history=1001 slow=x names=no window=1s from=any);
    for my $name (qw(onair_room_control onair_danmaku)) {
        refused('~ /r', "$name;",
            qr/^"$name" directive without a room needs a prefix location/);
        refused('/r/', "$name; $name;", qr/^"$name" directive is duplicate/);
        refused('/r/', "onair_room; $name;",
            qr/^"$name" directive stands beside another onair directive/);
    }
}

sub rooms_are_checked
{
    taken('/r/', "onair_room $_;") for '', 'studio', '$host',
        'zone=onair history=0 members=5 window=0', 'window=auto show=off',
        'window=10s show=1/s slow=1h', 'reactions=like names=given list=off',
        'reactions=a,b,c,d,e,f,g,h hold=1s names=free list=on';
    taken('= /r', 'onair_room studio;');
    taken($_, 'onair_member id=$arg_a name=$arg_b role=host;')
        for 'http', 'server', '/r/';
    taken('/r/', 'onair_member off; onair_room;');
    invalid('/r/', "onair_room $_;", $_)
        for qw(history=1001 history=-1 members=0 window=x window=11s show=0/s
            show=5 show=x/s slow=61m reactions= names=no list=x hold=1ms
            hold=25h colour=red zone=), 'reactions=a,,b', 'reactions=a,a',
            'reactions=a,b,c,d,e,f,g,h,i';
    invalid('/r/', "onair_room one two;", 'two');
    invalid('/r/', 'onair_room *;', '*');
    refused('~ /r', 'onair_room;',
        qr/^"onair_room" directive without a room needs a prefix location/);
    refused('/r/', 'onair_room; onair_room;',
        qr/^"onair_room" directive is duplicate/);
    refused('/r/', 'onair; onair_room;',
        qr/^"onair_room" directive stands beside another onair directive/);
    taken($_, 'onair_centrifuge; onair_room;') for '/r/', '= /r', '~ /r';
    taken('/r/', 'onair_centrifuge strict zone=onair; onair_room studio slow=5s'
        . ' list=off history=5; onair_member id=$arg_a role=host;');
    warned('/r/', 'onair_centrifuge; onair_room; } location /s/ {'
        . ' onair_room history=5;', qr/^"onair_room" directive differs in/);
    refused('/r/', 'onair_room; onair_centrifuge;',
        qr/^"onair_centrifuge" directive is to stand before "onair_room"/);
    refused('/r/', 'onair_centrifuge; onair_room; onair_room;',
        qr/^"onair_room" directive is duplicate/);
    refused('/r/', 'onair_centrifuge zone=onair; onair_room zone=radio;',
        qr/^"onair_room" directive has another zone than "onair_centrifuge"/);
    refused('/r/', "onair_centrifuge; $_;",
        qr/^"$_" directive stands beside another onair directive/)
        for qw(onair_room_control onair_danmaku);
    refused('/r/', 'onair_azuracast; onair_room;',
        qr/^"onair_room" directive stands beside another onair directive/);
    refused('/r/', 'onair_room zone=nowhere;',
        qr/^unknown onair zone "nowhere" in "onair_room" directive/);
    invalid('/r/', "onair_member $_;", $_)
        for qw(rest colour=red id= role=);
    invalid('/r/', 'onair_member off id=a;', 'id=a');
    refused('/r/', 'onair_member name=a;',
        qr/^"onair_member" directive needs "id"/);
    refused('/r/', 'onair_member id=a; onair_member id=b;',
        qr/^"onair_member" directive is duplicate/);
    doors_of_rooms_are_checked();
    invalid('http', "onair_zone radio:8m $_;", $_)
        for qw(rooms=0 rooms=65536 rooms=x room_history=1 ring=1 ring=x);
    refused('http', 'onair_zone radio:1m rooms=100;',
        qr/^onair zone "radio" is too small for its rooms: it needs at least /
        . qr/\d+k in "onair_zone" directive/);
    refused('http', 'onair_zone radio:8m rooms=100 room_history=10k;',
        qr/^onair zone "radio" has too little "room_history" for its rooms: /
        . qr/it needs at least 100k in "onair_zone" directive/);
    warned('/r/', 'onair_room; } location /s/ { onair_room history=5;',
        qr/^"onair_room" directive differs in "history", "window", "show" or /);
    warned('/r/', 'onair_room a; } location /s/ { onair_room show=5/s;',
        qr/^"onair_room" directive differs in/);
    my ($said) = told('/r/', 'onair_room a; } location /s/ {'
        . ' onair_room b history=5; } location /t/ { onair_room slow=5s b'
        . ' history=5;');
    unlike($said, qr/\[warn\]/, 'rooms of other names may differ');
}

sub the_feed_is_checked
{
    refused('= /f', 'onair_feed;', qr{^"onair_feed" of location "/f" leads to }
        . qr/no "onair_poll" of zone "onair"/);
    refused('= /f', 'onair_feed of=/x; } location = /s { onair_poll;',
        qr/^"onair_feed" of location "\/f" leads to no "onair_poll"/);
    invalid('= /f', "onair_feed $_;", $_)
        for qw(rest colour=red zone= of= timeout=1ms timeout=x timeout=32d);
    refused('= /f', 'onair_poll; onair_feed;',
        qr/^"onair_feed" directive stands beside "onair_poll" or is duplicate/);
}

sub the_sound_is_checked
{
    my $pull = 'return 200 ""; onair_pull station=rock';
    taken('= /p', "$pull $_;") for '', qw(type=auto type=mp3 type=aac type=ogg
        type=webm demand=0s demand=off listeners=on listeners=off timeout=1s
        priority=0 zone=onair);
    invalid('= /p', "$pull $_;", $_) for qw(type=wav type= demand=x demand=
        listeners=yes timeout=1ms priority=10 zone= rest colour=red);
    refused('= /p', 'onair_pull demand=1s;',
        qr/^"onair_pull" directive needs "station="/);
    refused('= /p', "$pull; onair_pull station=jazz;",
        qr/^"onair_pull" directive is duplicate/);
    refused('= /p', "onair_poll; $pull;", qr/^"onair_pull" directive stands /
        . qr/beside "onair_poll" or "onair_feed"/);
    refused('= /p', "$pull; } location = /q { $pull;",
        qr/^duplicate sound of station "rock" in zone "onair"/);
    taken('/l/', "onair_listen $_;") for '', 'rock', '$arg_x', qw(burst=0s
        burst=60s quantum=5s metaint=256 zone=onair);
    invalid('/l/', "onair_listen $_;", $_) for qw(burst=61s burst=x
        quantum=249ms quantum=6s metaint=255 metaint=x zone= colour=red);
    refused('/l/', 'onair_listen rock jazz;',
        qr/^invalid parameter "jazz" in "onair_listen" directive/);
    refused('/l/', 'onair_listen; onair_listen;',
        qr/^"onair_listen" directive is duplicate/);
    refused('/l/', 'onair; onair_listen;',
        qr/^"onair_listen" directive stands beside another onair directive/);
    taken('http', "onair_zone radio:1m sound=$_;") for qw(256k 256m);
    invalid('http', "onair_zone radio:1m sound=$_;", "sound=$_")
        for qw(255k 257m x);
}

sub a_location_answers_in_one_way
{
    refused('/l/', 'onair; onair;', qr/^"onair" directive is duplicate/);
    for my $pair ([qw(onair onair_echo)], [qw(onair_status onair)],
        [qw(onair_publish onair)], [qw(onair_echo onair_status)]) {
        refused('/l/', "$pair->[0]; $pair->[1];",
            qr/^"$pair->[1]" directive stands beside another onair directive/);
    }
    refused('/l/', 'onair; onair_publish;',
        qr/^"onair_publish" directive stands beside another onair directive/);
    refused('@l', 'onair;',
        qr/^"onair" directive without a station needs a prefix location/);
    refused($_, 'onair;',
        qr/^"onair" directive without a station needs a prefix location/)
        for '~ ^/l', '~ /l/';
    taken('~ ^/l/(?<s>.*)$', 'onair $s;');
    taken('@l', 'onair rock;');
    my $other = 'another directive that answers requests of this location';
    for my $own (qw(onair onair_echo onair_status onair_health
        onair_publish)) {
        for my $text ("$own; proxy_pass http://127.0.0.1:1;",
            "proxy_pass http://127.0.0.1:1; $own;", "$own; stub_status;",
            "fastcgi_pass 127.0.0.1:1; $own;", "empty_gif; $own;") {
            refused('/l/', $text, qr/^"$own" directive stands beside $other/);
        }
    }
    taken('/l/', 'onair; if ($arg_x) { proxy_pass http://127.0.0.1:1; }');
    taken('/l/', 'onair_publish; limit_except GET { proxy_pass http://127.0.0.1:1; }');
    my $name = 'x' x 129;
    for my $own (qw(onair onair_publish onair_station)) {
        refused('/l/', qq($own "$_";), qr/^invalid parameter /)
            for $name, "a\x01b", "\xff", "\x7f";
        taken('/l/', qq($own "$_";)) for substr($name, 1), '$arg_x', 'a b';
    }
    invalid('/l/', "$_ *;", '*') for qw(onair_publish onair_station);
    taken('/l/', 'onair *;');
    taken('/l/', 'onair_station "";');
    invalid('/l/', "onair $_;", $_) for qw(zone= colour=red);
    invalid('/l/', qq($_ "";), '') for qw(onair onair_publish);
    refused('/l/', 'onair rock jazz;',
        qr/^invalid parameter "jazz" in "onair" directive/);
    refused('/l/', "$_ on;",
        qr/^invalid number of arguments in "$_" directive/)
        for qw(onair_status onair_echo);
    invalid('/l/', "onair_publish $_;", $_)
        for qw(zone= expires=1ms priority=10 hold=x max_body=1 split=x
            colour=red);
}

sub settings_are_checked
{
    invalid('http', "onair_heartbeat $_;", $_) for qw(x 999ms off -1s 32d);
    invalid('http', "onair_heartbeat 5s $_;", $_)
        for qw(timeout=x timeout=10ms timeout=32d rest);
    refused('http', 'onair_heartbeat 30s timeout=30s;',
        qr/^"onair_heartbeat" directive needs a timeout that is longer than its time/);
    taken('http', 'onair_max_message 1024m;');
    refused('http', 'onair_max_message 1025m;',
        qr/^"onair_max_message" directive takes 1024m at the most/);
    invalid('http', "onair_origin $_;", $_)
        for qw(http:// a.example/path a*b);
    refused('http', 'onair_origin any same;',
        qr/^"onair_origin" directive with "any" takes no other parameter/);
    taken('http', "onair_origin $_;")
        for 'null', 'same null', 'example.com.', 'capacitor://localhost',
            'https://*.example:8443';
    refused('http', 'onair_origin any null;',
        qr/^"onair_origin" directive with "any" takes no other parameter/);
    taken('http', 'onair_connections off;');
    invalid('http', "onair_connections $_;", 'off')
        for 'off per_ip=5', 'per_ip=5 off';
    invalid('http', "onair_connections $_;", $_)
        for qw(rest per_ip=0 per_ip=65536 zone-wide=0 zone-wide=x);
    invalid('http', "onair_message_rate $_;", $_)
        for qw(10 0r/s x r/s 10r/m -1r/s 65536r/s 9223372036854775807r/s);
    invalid('http', "onair_message_rate 10r/s $_;", $_)
        for qw(burst=0 burst=65536 rest);
    invalid('http', 'onair_message_rate off burst=5;', 'burst=5');
    invalid('http', qq(onair_log "$_";), $_)
        for '', 'syslog:server=127.0.0.1', '$host.log';
    invalid('http', 'onair_format xml;', 'xml');
    refused('http', 'onair_deflate maybe;',
        qr/^invalid value "maybe" in "onair_deflate" directive/);
    invalid('http', "onair_max_message $_;", $_) for qw(x -1 1g);
    invalid('http', "onair_drain $_;", $_) for qw(x -1s 32d);
    refused('server', 'onair_drain 1s;',
        qr/^"onair_drain" directive is not allowed here/);
    invalid('/l/', "onair_delay $_;", $_) for qw(x -1s 61m);
    invalid('/l/', 'onair_delay 5s burst=9;', 'burst=9');
    invalid('/l/', "onair_delay auto $_;", $_) for qw(burst=0 rest);
    invalid('http', "onair_station rock $_;", $_) for qw(zone= rest);
    for my $text ('onair_heartbeat 5s', 'onair_origin any', 'onair_drain 1s',
        'onair_connections per_ip=1', 'onair_message_rate 1r/s',
        'onair_station rock', 'onair_format json', 'onair_deflate on',
        'onair_max_message 1k', 'onair_log off') {
        my ($name) = $text =~ /^(\w+)/;
        refused('http', "$text; $text;", qr/^"$name" directive is duplicate/);
    }
    refused('/l/', "onair; onair_delay $_; onair_delay 1s;",
        qr/^"onair_delay" directive is duplicate/) for qw(1s 0 auto);
}

every_directive_is_taken_in_its_contexts();
each_type_of_source_is_taken();
the_zone_is_checked();
the_poll_is_checked();
the_mounts_are_checked();
locations_for_the_clients_of_others_are_checked();
the_health_is_checked();
what_does_nothing_is_told();
nothing_is_given_twice();
the_feed_is_checked();
the_sound_is_checked();
rooms_are_checked();
a_location_answers_in_one_way();
settings_are_checked();
done_testing();
