#!/usr/bin/env perl

# Rooms by Centrifugo's protocol: a member who came by channel and one who came
# by onair_room are in one room, under the same rules; what is asked of a room,
# recovery; then npm's clients in four versions, over a dropped connection, a
# reload and the death of all workers; and streams at workers of high places.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Handle;
use IPC::Open3 ();
use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp scratch_dir);
use Onair::Room;
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $server = Onair::Server->new(workers => 3, http => <<'END');
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        onair_message_rate 1000r/s;
        location /connection/ { onair_centrifuge; onair_room; }
        location = /emulation { onair_centrifuge; }
        location /one/ { onair_centrifuge; onair_room rock; }
        location /none/ { onair_centrifuge; }
        location /slow/ { onair_centrifuge; onair_room slow=1h list=off;
            onair_message_rate 1000r/s; }
        location /rated/ { onair_centrifuge; onair_room;
            onair_message_rate 1r/s burst=6; }
        location /as/ {
            onair_centrifuge;
            onair_room;
            onair_member id=$arg_id name=$arg_id role=$arg_role;
        }
        location /room/ { onair_room; }
        location /host/ {
            onair_room;
            onair_member id=boss role=host;
        }
    }
END
my $port = $server->port;

package Client {
    # A client that sends commands and sorts what it is told.
    sub new
    {
        my ($class, $path, %given) = @_;
        my $ws = Onair::WebSocket->connect(port => $port, path => $path, %given);
        die "no WebSocket\n" if $ws->status != 101;
        my $self = bless { ws => $ws, id => 0, replies => {}, told => [] }, $class;
        $self->{connect} = $self->ask(connect => {})->{connect};
        return $self;
    }

    sub pump
    {
        my ($self) = @_;
        my $message = $self->{ws}->message(10) // return;
        return if !defined $message->{payload} || $message->{opcode} != 1;
        for my $line (split /\n/, $message->{payload}) {
            my $it = $json->decode($line);
            if ($it->{id}) { $self->{replies}{ $it->{id} } = $it }
            elsif ($it->{push}) { push @{ $self->{told} }, $it->{push} }
        }
        return 1;
    }

    sub ask
    {
        my ($self, $word, $params) = @_;
        my $id = ++$self->{id};
        $self->{ws}->send_text($json->encode({ id => $id, $word => $params }));
        1 while !$self->{replies}{$id} && $self->pump;
        return $self->{replies}{$id};
    }

    sub subscribe
    {
        my ($self, $room, %given) = @_;
        return $self->ask(subscribe => { channel => "room:$room", %given });
    }

    sub say
    {
        my ($self, $room, $data) = @_;
        return $self->ask(publish => { channel => "room:$room", data => $data });
    }

    # The next push that wanted() is true of; those before it are forgotten.
    sub told
    {
        my ($self, $wanted) = @_;
        for (;;) {
            while (my $push = shift @{ $self->{told} }) {
                return $push if $wanted->($push);
            }
            $self->pump or return {};
        }
    }
    sub pub { my ($self) = @_; return $self->told(sub { $_[0]{pub} })->{pub} // {} }
}

sub native { return Onair::Room->enter(port => $port, @_) }

sub two_worlds_in_one_room
{
    my $anna = Client->new('/connection/websocket');
    my $sub = $anna->subscribe('both', data => { name => 'Anna' })->{subscribe};
    ok($sub->{recoverable} && $sub->{positioned}, 'subscribed');
    is($sub->{data}{name}, 'Anna', 'under the name that it gave');
    is($sub->{data}{role}, 'participant');
    like($sub->{data}{token}, qr/./, 'with a token');
    ok(!$sub->{publications}, 'history comes when it is asked for');
    my $boris = native(path => '/room/both', name => 'Boris');
    my $join = $anna->told(sub { $_[0]{join}
        && $_[0]{join}{info}{conn_info}{name} eq 'Boris' });
    is($join->{join}{info}{user}, $boris->id, 'the native member has joined');
    is($join->{channel}, 'room:both');

    ok($anna->say(both => { text => 'hi' })->{publish}, 'published');
    my $event = $boris->event(sub { $_[0]{type} eq 'message' });
    is_deeply($event->{said}, { text => 'hi' }, 'the native member hears it');
    is_deeply($event->{from}, { id => $sub->{data}{id}, name => 'Anna',
        role => 'participant' }, 'from the right one');
    my $own = $anna->pub;
    is($own->{info}{client}, $anna->{connect}{client}, 'so does who said it');
    is($own->{offset}, $event->{seq}, 'the offset is the number');

    $boris->client->send_text("{\"say\":{\r\n\"a\":\n[1]}}");
    my $pub = $anna->pub;
    is_deeply($pub->{data}, { a => [1] }, 'what has several lines is one push');
    is($pub->{info}{user}, $boris->id);
    is($pub->{info}{conn_info}{name}, 'Boris');
    $boris->client->send_text($json->encode(
        { say => 'for you', to => $sub->{data}{id} }));
    $pub = $anna->pub;
    is($pub->{data}, 'for you', 'what is said to one');
    is($pub->{tags}{to}, $sub->{data}{id}, 'says so');

    my $presence = $anna->ask(presence => { channel => 'room:both' })->{presence};
    is(join(' ', sort map { $_->{conn_info}{name} }
        values %{ $presence->{presence} }), 'Anna Boris', 'presence');
    ok($presence->{presence}{ $anna->{connect}{client} }, 'by client');
    is_deeply($anna->ask(presence_stats => { channel => 'room:both' })
        ->{presence_stats}, { num_clients => 2, num_users => 2 }, 'and counted');

    is_deeply($anna->ask(unsubscribe => { channel => 'room:both' })->{unsubscribe},
        {}, 'unsubscribed');
    is($boris->event(sub { $_[0]{type} eq 'left' })->{from}{name}, 'Anna', 'has left');
    is($anna->say(both => 1)->{error}{code}, 103, 'and may say nothing more');
}

sub history
{
    my $client = Client->new('/connection/websocket');
    my $empty = $client->subscribe('past')->{subscribe};
    $client->say(past => $_) for 1 .. 5;
    $client->pub for 1 .. 5;
    my $ask = sub {
        my $reply = $client->ask(history => { channel => 'room:past', @_ });
        return ($reply->{history} // $reply->{error},
            join ' ', map { $_->{data} } @{ $reply->{history}{publications} // [] });
    };
    my ($at, $said) = $ask->();
    is($said, '', 'without a limit: where it stands');
    is($at->{epoch}, $empty->{epoch}, 'epoch');
    my $last = $at->{offset};
    ($at, $said) = $ask->(limit => -1);
    is($said, '1 2 3 4 5', 'all');
    my $third = $at->{publications}[2]{offset};
    is(($ask->(limit => 2))[1], '1 2', 'the first');
    is(($ask->(limit => 2, reverse => \1))[1], '5 4', 'the last');
    my %since = (since => { offset => $third, epoch => $empty->{epoch} });
    is(($ask->(limit => 9, %since))[1], '4 5', 'after one');
    is(($ask->(limit => 9, %since, reverse => \1))[1], '2 1', 'before one');
    is(($ask->(limit => 9, since => { offset => 1, epoch => 'x' }))[0]{code}, 112,
        'another life');
    is(($ask->(limit => 'x'))[0]{code}, 107, 'no limit');

    my $again = sub {
        my $other = Client->new('/connection/websocket');
        my $sub = $other->subscribe('past', recover => \1, @_)->{subscribe};
        return ($sub, join ' ', map { $_->{data} } @{ $sub->{publications} // [] });
    };
    my ($sub, $missed) = $again->(epoch => $empty->{epoch}, offset => $third);
    ok($sub->{was_recovering} && $sub->{recovered}, 'recovered');
    is($missed, '4 5', 'what was missed');
    ($sub, $missed) = $again->();
    is($missed, '1 2 3 4 5', 'from nowhere: all there is');
    for my $lost ([ epoch => 'deadbeef', offset => 1 ], [ epoch => 'x', offset => 0 ],
        [ epoch => $empty->{epoch}, offset => $last + 1000 ]) {
        ($sub, $missed) = $again->(@$lost);
        ok($sub->{was_recovering} && !$sub->{recovered}, 'lost: not recovered');
        is($missed, '', 'and nothing is made up');
    }
}

sub what_the_rules_refuse
{
    my $none = Client->new('/none/websocket');
    is($none->subscribe('rock')->{error}{code}, 102, 'no rooms without onair_room');
    my $one = Client->new('/one/websocket');
    is($one->subscribe('jazz')->{error}{code}, 102, 'another than the one room');
    ok($one->subscribe('rock')->{subscribe}, 'the one room');
    is($one->subscribe('rock')->{error}{code}, 105, 'and not twice');
    is($one->ask(publish => { channel => 'room:rock' })->{error}{code}, 107,
        'nothing to say');

    my $viewer = Client->new('/as/websocket?id=v&role=viewer');
    is($viewer->subscribe('rules')->{subscribe}{data}{id}, 'v', 'onair_member');
    is($viewer->say(rules => 1)->{error}{code}, 103, 'a viewer says nothing');
    my $slow = Client->new('/slow/websocket');
    $slow->subscribe('slow');
    ok($slow->say(slow => 1)->{publish}, 'slow mode: once');
    my $error = $slow->say(slow => 2)->{error};
    is($error->{code}, 111, 'and then not');
    like($error->{message}, qr/slow mode, wait \d+\.\d{3} s/, 'with the time');
    is($slow->ask(presence => { channel => 'room:slow' })->{error}{code}, 103,
        'list=off');
    ok($slow->ask(presence_stats => { channel => 'room:slow' })->{presence_stats});
    my $rated = Client->new('/rated/websocket');
    $rated->subscribe('rated');
    my %codes;
    $codes{ $rated->say(rated => 1)->{error}{code} // 'said' }++ for 1 .. 20;
    ok($codes{said} && $codes{111}, 'the rate is told, not a reason to close');

    my $host = native(path => '/host/rules');
    my $bad = Client->new('/as/websocket?id=bad');
    $bad->subscribe('rules');
    $host->client->send_text('{"ban":"bad"}');
    my $end = $bad->told(sub { $_[0]{disconnect} });
    is($end->{disconnect}{code}, 3503, 'who is banned is told');
    is($bad->{ws}->close_code(10), 3503, 'and closed');
    $host->client->send_text('{"unban":"bad"}');
    $host->client->send_text('{"modes":{"who":"nobody"}}');
    ok($viewer->told(sub { ($_[0]{pub}{tags}{type} // '') eq 'mode' })->{pub},
        'a mode is told as a publication with its type');
}

sub by_streams
{
    my $listener = native(path => '/room/emu');
    my $stream = Onair::Sse->connect(port => $port, path => '/connection/sse?'
        . 'cf_connect=%7B%22id%22%3A1%2C%22connect%22%3A%7B%7D%7D');
    my $connect = $stream->json(10)->{connect};
    my $post = sub {
        my ($id, $word, %params) = @_;
        return Onair::Http->post($port, '/emulation', $json->encode({
            session => $connect->{session}, node => $connect->{node},
            data => $json->encode({ id => $id,
                $word => { channel => 'room:emu', %params } }) }))->{status};
    };
    my $next = sub {
        my ($wanted) = @_;
        while (my $it = $stream->json(10)) { return $it if $wanted->($it) }
        return {};
    };
    is($post->(2, subscribe => data => { name => 'S' }), 204, 'posted');
    ok($next->(sub { ($_[0]{id} // 0) == 2 })->{subscribe}, 'in the room');
    is($post->(3, publish => data => 'by a stream'), 204);
    is($listener->event(sub { $_[0]{type} eq 'message' })->{said}, 'by a stream', 'it is heard');
    my @got = map { $next->(sub { $_[0]{id} || $_[0]{push}{pub} }) } 1 .. 2;
    is_deeply([ map { $_->{id} ? 'reply' : $_->{push}{pub}{data} } @got ],
        [ 'reply', 'by a stream' ], 'and hears itself');
    $stream->close_stream;
}

# A program that runs npm's centrifuge in room:hall.
sub client
{
    my ($package, $transport) = @_;
    my $out = scratch_dir() . "/room-$package-$transport";
    open my $to, '>', $out or die $!;
    my $pid = IPC::Open3::open3(my $in, '>&' . fileno $to, undef, 'node',
        "$FindBin::Bin/lib/centrifuge_room_client.js", $package, $transport,
        "http://127.0.0.1:$port");
    $in->autoflush(1);
    return { pid => $pid, in => $in, out => $out, name => "$package, $transport" };
}

sub says
{
    my ($client, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(wait_for(sub { (slurp($client->{out}) // '') =~ $pattern }, 60),
        "$client->{name}: $name") || diag(slurp($client->{out}));
}

sub do_it { my ($client, $line) = @_; print { $client->{in} } "$line\n"; }

# Says it until the client hears it: a native member may be between two workers.
sub a_native_says
{
    my ($text) = @_;
    my $native = native(path => '/room/hall', name => 'Native');
    $native->client->send_text($json->encode({ say => { text => $text } }));
    my $event = $native->event(sub { $_[0]{type} eq 'message'
        && $_[0]{said}{text} eq $text });
    $native->leave;
    return $event;
}

sub clients_of_centrifugo
{
    my @clients = map { client(@$_) } @_;
    for my $client (@clients) {
        says($client, qr/^subscribed false false as centrifuge/m, 'subscribed');
        do_it($client, "say from $client->{name}");
        says($client, qr/^said$/m, 'published');
        do_it($client, 'presence');
        do_it($client, 'stats');
        do_it($client, 'history');
        says($client, qr/^presence .*centrifuge/m, 'presence');
        says($client, qr/^stats \d+ \d+$/m, 'counted');
        says($client, qr/^history from /m, 'history');
    }
    for my $client (@clients) {
        says($client, qr/^heard \d+ \S+ \{"text":"from $clients[-1]{name}"\}/m,
            'hears the last');
    }
    says($clients[0], qr/^join Native$|^join centrifuge/m, 'who joins');
    a_native_says('one');
    says($_, qr/^heard \d+ Native \{"text":"one"\}/m, 'a native member')
        for @clients;
    says($clients[0], qr/^leave Native$/m, 'who leaves') ;

    my @sockets = grep { $_->{name} =~ /ws/ } @clients;
    do_it($_, 'drop') for @sockets;
    a_native_says('two');
    for my $client (@sockets) {
        says($client, qr/^subscribed true true/m, 'recovered after a drop');
        says($client, qr/"two"/, 'what was missed');
    }
    $server->reload;
    a_native_says('three');
    says($_, qr/"three"/, 'over a reload') for @clients;
    my @before = $server->workers;
    $server->signal('KILL', $_) for @before;
    wait_for(sub {
        my @now = $server->workers;
        @now == 3 && !grep { my $pid = $_; grep { $_ == $pid } @before } @now;
    }, 30);
    a_native_says('four');
    for my $client (@clients) {
        says($client, qr/"four"/, 'over the death of all workers');
        my $out = slurp($client->{out});
        unlike($out, qr/^subscribed true false|^disconnected|^unsubscribed/m,
            'always recovered');
        my @offsets = $out =~ /^heard (\d+)/mg;
        my %seen;
        is(scalar(grep { $seen{$_}++ } @offsets), 0, 'nothing is heard twice');
        do_it($client, 'end');
        waitpid $client->{pid}, 0;
    }
}

# More workers than the first places: commands reach their streams too.
sub streams_at_workers_of_high_places
{
    my $many = Onair::Server->new(workers => 36, http => <<'END');
        server {
            listen 127.0.0.1:%%PORT%% reuseport;
            location /connection/ { onair_centrifuge; }
            location = /emulation { onair_centrifuge; }
        }
END
    my ($stream, $connect);
    for (1 .. 400) {
        $stream = Onair::Sse->connect(port => $many->port, path =>
            '/connection/sse?cf_connect=%7B%22id%22%3A1%2C%22connect%22%3A%7B%7D%7D');
        $connect = $stream->json(10)->{connect};
        last if ($connect->{node} // '') eq '' || $connect->{node} >= 32;
        $stream->close_stream;
    }
    cmp_ok($connect->{node} || 0, '>=', 32, 'a worker above the first 32');
    is(Onair::Http->post($many->port, '/emulation', $json->encode({
        session => $connect->{session}, node => "$connect->{node}",
        data => '{"id":2,"ping":{}}' }))->{status}, 204, 'takes commands');
    is_deeply($stream->json(10), { id => 2, ping => {} }, 'and answers');
    $stream->close_stream;
    $many->end_checks;
}

two_worlds_in_one_room();
history();
what_the_rules_refuse();
by_streams();
streams_at_workers_of_high_places();
SKIP: {
    my $modules = `$FindBin::Bin/tools/npm.sh 2>/dev/null`;
    chomp $modules;
    skip 'no npm', 1 if !-d "$modules/centrifuge";
    local $ENV{NODE_PATH} = $modules;
    local $ENV{NODE_NO_WARNINGS} = 1;
    clients_of_centrifugo(
        (map { [ $_, 'ws' ] }
            qw(centrifuge centrifuge-5.0 centrifuge-4 centrifuge-3)),
        [ 'centrifuge', 'sse' ], [ 'centrifuge', 'http_stream' ]);
}
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing();
