#!/usr/bin/env perl

# The engine of rooms of several machines, as operators have it: with a
# password and a user who may do no more than needed, over TLS and a Unix
# socket, with a standby; and engines that lie. Whatever it does, nginx says in
# words what is wrong, and members talk on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::INET;
use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(free_port spawn_sub scratch_dir slurp terminate wait_for);
use Onair::Redis;
use Onair::Room;
use Onair::Server;
use Onair::Tls;

plan skip_all => Onair::Redis->missing if Onair::Redis->missing;

my $json = JSON::PP->new->utf8->allow_nonref;

# One nginx whose onair_redis (and more) is given.
sub machine
{
    my ($redis, %given) = @_;
    return Onair::Server->new(workers => 2, %given, http => <<"END");
    $redis
    onair_zone onair:8m rooms=20 share=rooms,counts;
    onair_message_rate off;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /room/ { onair_room window=0; }
        location = /status { onair_status; }
    }
END
}

sub enter
{
    my ($machine, $room) = @_;
    my $member = Onair::Room->enter(port => $machine->port,
        path => "/room/$room", timeout => 20);
    $member->{reach} = $member->{first}{reach};
    return $member;
}

sub reaches
{
    my ($member, $reach, $seconds) = @_;
    return $member->until(sub {
        for my $frame (splice @{ $member->{frames} }) {
            $member->{reach} = $frame->{reach} if $frame->{reach};
        }
        return $member->{reach} eq $reach;
    }, $seconds);
}

sub engine_of
{
    my ($machine) = @_;
    my $status = $json->decode(
        Onair::Http->get($machine->port, '/status')->{body});
    my ($zone) = grep { $_->{name} eq 'onair' } @{ $status->{zones} };
    return $zone->{rooms}{engine};
}

# What is said is heard by two members of one machine, by way of the engine.
sub talks_over
{
    my ($machine, $name) = @_;
    my ($anna, $bert) = map { enter($machine, 'rock') } 1 .. 2;
    ok(reaches($_, 'all'), "$name: reaches all") for $anna, $bert;
    ok($anna->say('hello')->{seq}, "$name: said");
    is($bert->said, 'hello', "$name: heard");
    $_->leave for $anna, $bert;
    return;
}

subtest 'a user who may do no more than needed' => sub {
    my $redis = Onair::Redis->new;
    # The page of machines.md says which.
    my ($rules) = slurp("$FindBin::Bin/../docs/machines.md")
        =~ /^ACL SETUSER onair (.*?)^```/ms;
    $redis->ask(qw(ACL SETUSER onair), split ' ', $rules);
    $redis->ask(qw(CONFIG SET requirepass other));
    my $server = machine("onair_redis 127.0.0.1:${\ $redis->port } user=onair "
        . 'password=secret db=2 name=first;');
    talks_over($server, 'with the user');
    $redis->{password} = 'other';
    like($redis->ask(qw(CLIENT LIST)), qr/name=first .*user=onair/,
        'Redis knows it by name');
    is($redis->ask(qw(DBSIZE)), 0, 'in the database that was given');
    my $wrong = machine("onair_redis 127.0.0.1:${\ $redis->port } "
        . 'password=wrong;');
    my $anna = enter($wrong, 'rock');
    ok($anna->say('alone')->{seq}, 'with a wrong one rooms are local');
    ok($wrong->wait_log(qr/without its engine .*it says "WRONGPASS/),
        'and the log says why');
    $_->end_checks for $server, $wrong;
};

subtest 'a Unix socket' => sub {
    my $dir = scratch_dir();
    my $redis = Onair::Redis->new(options => ['--unixsocket', "$dir/redis",
        '--unixsocketperm', '777']);
    my $server = machine("onair_redis unix:$dir/redis prefix=here:;");
    talks_over($server, 'over the socket');
    like(join(' ', @{ $redis->ask('KEYS', '*') }), qr/here:onair:\{rock\}/,
        'with the prefix');
    $redis->kill;
    my $anna = enter($server, 'rock');
    ok($anna->say('alone')->{seq}, 'without it rooms are local');
    $server->end_checks;
};

subtest 'TLS, and whose certificate it is' => sub {
    my $dir = scratch_dir();
    my $files = Onair::Tls::files();
    for my $name (keys %$files) {
        open my $file, '>', "$dir/$name" or die;
        print $file $files->{$name};
        close $file;
    }
    my $port = free_port();
    my $redis = Onair::Redis->new(options => ['--tls-port', $port,
        '--tls-cert-file', "$dir/cert.pem", '--tls-key-file', "$dir/key.pem",
        '--tls-auth-clients', 'no']);
    my $good = machine("onair_redis localhost:$port tls=on "
        . "trusted=$dir/cert.pem;");
    talks_over($good, 'over TLS');
    for (['tls=on', qr/its certificate is not trusted/],
        ["tls=on trusted=$dir/cert.pem tls_name=other.example",
            qr/its certificate is of another name/]) {
        my ($given, $why) = @$_;
        my $server = machine("onair_redis localhost:$port $given;");
        my $anna = enter($server, 'rock');
        ok($anna->say('alone')->{seq}, "$given: local");
        ok($server->wait_log($why), 'and the log says why');
        $server->end_checks;
    }
    $good->end_checks;
};

subtest 'a standby' => sub {
    my ($first, $second) = map { Onair::Redis->new } 1 .. 2;
    my $server = machine("upstream engine { server 127.0.0.1:"
        . "${\ $first->port }; server 127.0.0.1:${\ $second->port } backup; }"
        . ' onair_redis engine;');
    talks_over($server, 'the first');
    ok(@{ $first->ask('KEYS', '*') } && !@{ $second->ask('KEYS', '*') },
        'it is asked alone');
    $first->kill;
    talks_over($server, 'the second');
    $server->end_checks;
};

subtest 'reloads and a whole nginx that is killed' => sub {
    my $redis = Onair::Redis->new;
    my @two = map { machine("onair_redis 127.0.0.1:${\ $redis->port };") }
        1 .. 2;
    my ($anna, $bert) = map { enter($_, 'rock') } @two;
    ok($_->until(sub { $_[0]{members} == 2 }, 20), 'two') for $anna, $bert;
    $two[0]->reload for 1 .. 3;
    my $back = enter($two[0], 'rock');
    ok(reaches($back, 'all'), 'all after three reloads');
    ok($bert->until(sub { $_[0]{members} == 2 }, 30), 'counts are not doubled')
        or diag $bert->{members};
    $bert->say('deaf?');
    is($back->said, 'deaf?', 'and nobody is deaf');
    my $connections = () = $redis->ask(qw(CLIENT LIST TYPE pubsub)) =~ /\n/g;
    is($connections, 2, 'one connection a machine');
    kill 'KILL', $_ for $two[0]->workers, $two[0]->pid;
    terminate(delete $two[0]{pid}, 'KILL');
    ok($bert->until(sub { $_[0]{members} == 1 }, 30),
        'who went with a machine is counted off');
    ok($bert->say('alone')->{seq}, 'and the other goes on');
    $two[1]->end_checks;
};

# --- engines that lie ---

# A server that answers each command by what its code says; undef: it closes.
sub liar
{
    my ($code) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16,
        Proto => 'tcp') or die "listen: $!\n";
    my $port = $listener->sockport;
    my $pid = spawn_sub(scratch_dir() . '/log', sub {
        while (my $socket = $listener->accept) {
            my $number = 0;
            while (defined(my $count = <$socket>)) {
                my ($words) = $count =~ /^\*(\d+)/ or last;
                my @words;
                for (1 .. $words) {
                    my ($size) = (<$socket> // '') =~ /^\$(\d+)/ or last;
                    read $socket, my $word, $size + 2;
                    push @words, substr $word, 0, $size;
                }
                my $answer = $code->($number++, @words) // last;
                syswrite $socket, $answer;
            }
            close $socket;
        }
    });
    return ($port, $pid);
}

# What a good one answers until its members are there.
sub good
{
    my (undef, @words) = @_;
    return "%1\r\n+proto\r\n:3\r\n" if $words[0] eq 'HELLO';
    return ":1\r\n" if $words[0] eq 'EVAL' || $words[0] eq 'PUBLISH';
    return ">3\r\n+subscribe\r\n\$" . length($words[1]) . "\r\n$words[1]\r\n:1"
        . "\r\n" if $words[0] eq 'SUBSCRIBE';
    return "*5\r\n\$8\r\n0000000a\r\n\$1\r\n0\r\n\$1\r\n0\r\n:1\r\n*0\r\n"
        if $words[0] eq 'EVALSHA' && $words[6] eq 'read';
    return "+PONG\r\n";
}

sub bulk { return '$' . length($_[0]) . "\r\n$_[0]\r\n" }

my $channel = 'onair:onair:{rock}:c';
my %lies = (
    'bytes by chance' => sub { join '', map { chr rand 256 } 1 .. 200 },
    'a web server' => sub { "HTTP/1.1 400 Bad Request\r\n\r\n" },
    'a length beyond all' => sub { "\$999999999999\r\n" },
    'elements beyond all' => sub { "*99999999\r\n" },
    'nested for ever' => sub { "*1\r\n" x 50 },
    'a line without end' => sub { '+' . 'x' x 100_000 },
    'half a reply' => sub { "\$10\r\nabc" },
    'silence' => sub { '' },
    'a door that closes' => sub { undef },
    'an error' => sub { "-ERR nothing here\r\n" },
    'more replies than commands' => sub { good(@_) . "+OK\r\n+OK\r\n" },
    'numbers for texts' => sub {
        $_[1] eq 'EVALSHA' ? "*5\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n" : good(@_);
    },
    'a script that is not known' => sub {
        $_[1] eq 'EVALSHA' ? "-NOSCRIPT No matching script.\r\n" : good(@_);
    },
    'a message that is none' => sub {
        $_[1] eq 'EVALSHA' && $_[7] eq 'say'
            ? ">3\r\n+message\r\n" . bulk($channel)
                . bulk('0000000a 1 nonsense') . ":1\r\n"
            : good(@_);
    },
    'numbers that jump' => sub {
        $_[1] eq 'EVALSHA' && $_[7] eq 'say'
            ? ">3\r\n+message\r\n" . bulk($channel)
                . bulk('0000000a 99999 nonsense') . ":1\r\n"
            : good(@_);
    },
    'entries that were not asked for' => sub {
        $_[1] eq 'EVAL' ? good('EVALSHA', 'EVALSHA', 1 .. 5, 'read') : good(@_);
    },
);

for my $lie (sort keys %lies) {
    subtest "an engine of $lie" => sub {
        my ($port, $pid) = liar($lies{$lie});
        my $server = machine("onair_redis 127.0.0.1:$port;");
        my ($anna, $bert) = map { enter($server, 'rock') } 1 .. 2;
        for my $n (1 .. 3) {
            ok($anna->say("word $n")->{seq}, "said $n");
            ok($bert->event(sub { ($_[0]{said} // '') eq "word $n" }),
                "heard $n");
        }
        my @about = $server->log =~ /^(.*onair zone "onair".*)$/mg;
        cmp_ok(scalar(@about), '<', 40, 'the log is not filled');
        terminate($pid, 'KILL');
        $server->end_checks;
    };
}

done_testing();
