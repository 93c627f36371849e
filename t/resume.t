#!/usr/bin/env perl

# A client that comes back with the last id it saw gets what it missed, in
# order, or the present state marked as a gap: on every transport. Ids are
# hostile input.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 2, http => <<'END');
    onair_zone onair:4m history=10;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /packed/ { onair; onair_deflate on; }
        location /late/ { onair; onair_delay 1s; }
        location = /pid { return 200 $pid; }
        location /publish/ { onair_publish; }
    }
END
my $port = $server->port;

sub publish
{
    my ($station, $title) = @_;
    my $answer = Onair::Http->post($port, "/publish/$station",
        JSON::PP->new->encode({ artist => 'A', title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

sub state { return Onair::Http->json($port, ($_[1] // '/live/') . $_[0]) }
sub id { return "$_[0]{epoch}:$_[0]{seq}" }

sub shown
{
    my ($state) = @_;
    return 'nothing' unless $state;
    return "$state->{seq} $state->{now}{title}" . ($state->{gap} ? ' gap' : '');
}

# What a client that says it saw $id is told: a list up to the newest state,
# the same whichever way it asks.
my %ways = (
    'SSE, Last-Event-ID' => sub {
        my ($id) = @_;
        return events(Onair::Sse->connect(port => $port, path => '/live/rock',
            last_event_id => $id));
    },
    'SSE, ?since=' => sub {
        my ($id) = @_;
        return events(Onair::Sse->connect(port => $port,
            path => '/live/rock?since=' . escaped($id)));
    },
    'SSE, as a polyfill says it' => sub {
        my ($id) = @_;
        return events(Onair::Sse->connect(port => $port,
            path => '/live/rock?since=00000001:1&lastEventId=' . escaped($id)));
    },
    'WebSocket, ?since=' => sub {
        my ($id) = @_;
        return messages(Onair::WebSocket->connect(port => $port,
            path => '/live/rock?since=' . escaped($id)));
    },
    'deflated WebSocket' => sub {
        my ($id) = @_;
        return messages(Onair::WebSocket->connect(port => $port,
            deflate => 1, path => '/packed/rock?since=' . escaped($id)));
    },
    'WebSocket, Last-Event-ID' => sub {
        my ($id) = @_;
        return messages(Onair::WebSocket->connect(port => $port,
            path => '/live/rock', headers => { 'Last-Event-ID' => $id }));
    },
    'WebSocket, command' => sub {
        my ($id) = @_;
        my $ws = Onair::WebSocket->connect(port => $port,
            path => '/live/rock');
        $ws->json;
        $ws->send_text(JSON::PP->new->encode({ since => $id }));
        return messages($ws);
    },
);

sub escaped
{
    my ($text) = @_;
    $text =~ s/([^\w.~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

my $newest = 0;

sub events
{
    my ($sse) = @_;
    my @told;
    while (!@told || $told[-1]{seq} < $newest) {
        my $event = $sse->event(5) // return [ @told, { seq => 0 } ];
        push @told, JSON::PP->new->utf8->decode($event->{data});
        is($event->{id}, id($told[-1]), 'the id is the state\'s')
            if $event->{id} ne id($told[-1]);
    }
    return \@told;
}

sub messages
{
    my ($ws) = @_;
    my @told;
    while (!@told || $told[-1]{seq} < $newest) {
        push @told, $ws->json(5) // return [ @told, { seq => 0 } ];
    }
    return \@told;
}

sub every_way
{
    my ($id, $want, $name) = @_;
    for my $way (sort keys %ways) {
        is(join(', ', map { shown($_) } @{ $ways{$way}->($id) }), $want,
            "$name: $way");
    }
}

sub what_was_missed_is_told_in_order
{
    my @states;
    for my $title (1 .. 6) {
        publish('rock', "t$title");
        push @states, state('rock');
    }
    $newest = $states[-1]{seq};
    my $told = sub {
        join ', ', map { shown($_) } @states[ $_[0] .. $#states ];
    };
    every_way(id($states[-1]), $told->(5), 'nothing missed');
    every_way(id($states[-2]), $told->(5), 'one missed');
    every_way(id($states[2]), $told->(3), 'three missed');
    every_way(id($states[0]), $told->(1), 'five missed');
    my $then = $ways{'SSE, ?since='}->(id($states[2]));
    is_deeply($then->[0]{history}, $states[3]{history},
        'each change is as whole as when it was told');
}

sub what_cannot_be_told_is_a_gap
{
    publish('rock', "u$_") for 1 .. 80;
    my $now = state('rock');
    $newest = $now->{seq};
    my $want = shown($now) . ' gap';
    my $epoch = $now->{epoch};
    every_way("$epoch:1", $want, 'too old');
    my $future = $newest + 1;
    every_way("$epoch:$future", $want, 'from the future');
    every_way(sprintf('%08x:%d', hex($epoch) ^ 1, $newest), $want,
        'another epoch');
}

sub hostile_ids_are_a_gap
{
    my $now = state('rock');
    my $want = shown($now) . ' gap';
    my $epoch = $now->{epoch};
    for my $id ('x', ':', "$epoch:", ":$newest", "$epoch:-1",
        "$epoch:18446744073709551616", "$epoch:99999999999999999999999999",
        "$epoch:0x1", "$epoch:01", uc("$epoch:1") eq "$epoch:1" ? 'Q' : uc "$epoch:1",
        "$epoch:1 2", '"', '%', '../../etc/passwd', "\xff\xfe", 'a' x 5000,
        "$epoch:$newest\t\"") {
        my $name = length $id > 40 ? length($id) . ' letters' : $id;
        $name =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
        for my $way ('SSE, Last-Event-ID', 'WebSocket, ?since=') {
            is(join(', ', map { shown($_) } @{ $ways{$way}->($id) }), $want,
                "$name: $way");
        }
    }
    my $sse = Onair::Sse->connect(port => $port, path => '/live/rock?since=');
    ok(!$sse->json->{gap}, 'an empty id is none, and no gap');
    my $ws = Onair::WebSocket->connect(port => $port,
        path => '/live/rock?since=%zz');
    ok($ws->json->{gap}, 'an id that cannot be decoded is a gap');
}

sub a_get_never_says_gap
{
    for my $id ('x', '00000000:1', state('rock')->{epoch} . ':99999') {
        my $state = Onair::Http->json($port, "/live/rock?since=$id");
        is($state->{seq}, $newest, "GET with $id: the newest");
        ok(!exists $state->{gap}, 'without gap, as caches may share it');
        $state = Onair::Http->json($port, '/live/rock',
            headers => { 'If-None-Match' => qq("$id") });
        ok($state && !exists $state->{gap}, 'nor with If-None-Match');
        $state = Onair::Http->json($port, "/live/rock?wait=5&since=$id");
        ok($state->{gap}, 'but a long poll does');
    }
}

sub the_first_of_several_ids_counts
{
    my $now = state('rock');
    my $sse = Onair::Sse->connect(port => $port, last_event_id => id($now),
        path => '/live/rock?since=x');
    ok(!$sse->json->{gap}, 'Last-Event-ID goes before ?since=');
}

sub a_reload_and_a_crash_keep_ids_good
{
    my $before = state('rock');
    $server->reload;
    publish('rock', 'after the reload');
    $server->kill_worker;
    my $now = state('rock');
    $newest = $now->{seq};
    is($now->{epoch}, $before->{epoch}, 'the epoch goes on');
    every_way(id($before), shown($now), 'over a reload and a crash');
}

# A kept connection to each of the two workers, by pid.
sub connection_to_each
{
    my %by_pid;
    for (1 .. 200) {
        my $kept = Onair::Http->connect(port => $port);
        $kept->send_request(path => '/pid');
        $by_pid{ $kept->answer->{body} } //= $kept;
        last if keys %by_pid == 2;
    }
    return %by_pid;
}

# A worker that slept through a change finds who comes from another worker
# before what woke it.
sub after_a_sleep
{
    my ($station, $path, $change) = @_;
    my %to = connection_to_each();
    my ($awake, $asleep) = sort keys %to;
    is(scalar keys %to, 2, 'a connection to each worker');
    my %listen = (path => "$path$station", headers =>
        { Accept => 'text/event-stream' });
    my %listeners = connection_to_each();
    $listeners{$asleep}->send_request(%listen);
    $listeners{$asleep}->head;
    ok(defined $listeners{$asleep}->chunk(5), 'and a listener of the second');

    kill STOP => $asleep;
    $to{$asleep}->send_request(path => "$path$station");
    my $seen = $change->($to{$awake});
    kill CONT => $asleep;
    my $told = $to{$asleep}->answer;
    is(JSON::PP->new->decode($told->{body})->{seq}, $seen->{seq},
        "$path: never older than what another worker told");
}

sub nobody_is_told_what_is_older
{
    my $get = sub {
        my ($kept, $path) = @_;
        $kept->send_request(path => $path);
        return JSON::PP->new->decode($kept->answer->{body});
    };
    my $post = sub {
        my ($kept, $title) = @_;
        $kept->send_request(method => 'POST', path => '/publish/two',
            body => qq({"title":"$title"}));
        is($kept->answer->{status}, 204, 'published');
    };
    publish('two', 'One');
    after_a_sleep('two', '/live/', sub {
        my ($kept) = @_;
        $post->($kept, 'Two');
        return $get->($kept, '/live/two');
    });

    my $before = wait_for(sub {
        my $late = state('two', '/late/');
        return $late->{now}{title} eq 'Two' && $late;
    }, 10);
    publish('two', 'Three');
    after_a_sleep('two', '/late/', sub {
        my ($kept) = @_;
        return wait_for(sub {
            my $late = $get->($kept, '/late/two');
            return $late->{seq} > $before->{seq} && $late;
        }, 10);
    });
}

what_was_missed_is_told_in_order();
nobody_is_told_what_is_older();
what_cannot_be_told_is_a_gap();
hostile_ids_are_a_gap();
a_get_never_says_gap();
the_first_of_several_ids_counts();
a_reload_and_a_crash_keep_ids_good();
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing();
