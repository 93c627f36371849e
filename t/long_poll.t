#!/usr/bin/env perl

# A long poll waits for what is newer than what its client has, and no longer
# than it was told.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Server;

my $server = Onair::Server->new(workers => 2, http => <<'END');
    gzip on;
    gzip_types *;
    gzip_min_length 0;
    proxy_cache_path %%DIR%%/cache keys_zone=c:1m;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_deferred%% deferred;
        location /live/ { onair; }
        location /titles/ { onair; onair_format title; }
        location /mine/ { onair; onair_origin https://page.example; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
        location /cached/ {
            proxy_pass http://127.0.0.1:%%PORT%%/live/;
            proxy_cache c;
            proxy_cache_lock on;
            add_header X-Cache $upstream_cache_status;
        }
    }
END
my $port = $server->port;

sub publish
{
    my ($title) = @_;
    my $answer = Onair::Http->post($port, '/publish/rock',
        JSON::PP->new->encode({ title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

sub get { return Onair::Http->get($port, @_) }
sub of { return JSON::PP->new->utf8->decode($_[0]{body}) }

sub id { my ($state) = @_; return "$state->{epoch}:$state->{seq}" }

# A poll on a connection of its own, sent and not yet answered.
sub poll
{
    my ($path, %headers) = @_;
    my $http = Onair::Http->connect(port => $port);
    $http->send_request(path => $path, headers => \%headers);
    return $http;
}

sub without_an_id_the_answer_comes_at_once
{
    publish('one');
    my $answer = get('/live/rock?wait=30');
    is(of($answer)->{now}{title}, 'one', 'the state');
    cmp_ok($answer->{took}, '<', 5, 'at once');
    is($answer->{headers}{'cache-control'}, 'no-store', 'for one alone');
    is($answer->{headers}{etag}, '"' . id(of($answer)) . '"', 'with its id');
    is(get('/live/rock?wait=30&since=')->{status}, 200, 'an empty id is none');
}

sub with_the_present_id_it_waits
{
    my $id = id(of(get('/live/rock')));
    my %ways = (
        '?since=' => [ "/live/rock?wait=30&since=$id" ],
        '?since= escaped' => [ '/live/rock?since=' . $id =~ s/:/%3A/r
            . '&wait=30' ],
        'If-None-Match' => [ '/live/rock?wait=30',
            'If-None-Match' => qq("$id") ],
        'a weak tag' => [ '/live/rock?wait=30',
            'If-None-Match' => qq(W/"$id") ],
        'one of several tags' => [ '/live/rock?wait=30',
            'If-None-Match' => qq("x", "$id") ],
        'Last-Event-ID' => [ '/live/rock?wait=30', 'Last-Event-ID' => $id ],
        'a title' => [ "/titles/rock?wait=30&since=$id" ],
    );
    my %polls = map { $_ => poll(@{ $ways{$_} }) } keys %ways;
    ok($polls{$_}->is_silent(0.05), "$_: waits") for sort keys %polls;
    publish('two');
    for my $way (sort keys %polls) {
        my $answer = $polls{$way}->answer;
        is($answer->{status}, 200, "$way: answered by the change");
        like($answer->{body}, qr/two/, 'with the newest');
        unlike($answer->{body}, qr/"gap"/, 'without a gap');
        isnt($answer->{headers}{connection} // '', 'close',
            'and the connection stays');
        $polls{$way}->send_request(path => '/live/rock');
        is($polls{$way}->answer->{status}, 200, 'for the next');
    }
}

# The workers that hold a long poll; nothing when none does.
sub holders
{
    my @with = grep { $_->{subscribers}{long_poll} }
        @{ Onair::Http->json($port, '/status')->{workers} };
    return @with && [map { $_->{pid} } @with];
}

sub the_wait_ends
{
    my $id = id(of(get('/live/rock')));
    for my $wait ('0', '0.3', '1') {
        my $answer = get("/live/rock?wait=$wait&since=$id");
        is($answer->{status}, 304, "wait=$wait ends with 304");
        cmp_ok($answer->{took}, '>=', $wait - 0.05, 'not before its time');
        is($answer->{headers}{etag}, qq("$id"), 'with the id');
        is($answer->{body}, '', 'without a body');
    }
    for my $bad ('x', '-1', '', '1e3', '1s', '%zz', ' ', '0x10') {
        is(get("/live/rock?wait=$bad&since=$id")->{status}, 400,
            "wait=$bad is refused");
    }
    my $poll = poll("/live/rock?wait=99999999999999999999&since=$id");
    ok($poll->is_silent(0.2), 'as long as you like waits');
    $poll->close_stream;
    Onair::Process::wait_for(sub { !holders() });
}

# The worker of the poll stands still while the change is made and the wait
# runs out: then it hears of both at once. It may say that nothing is new, but
# not under the name of what is.
sub a_change_at_the_end_of_the_wait_is_not_lost
{
    for my $turn (1 .. 3) {
        my $id = id(of(get('/live/rock')));
        my $http = poll("/live/rock?wait=1&since=$id");
        my $over = time + 1.3;
        my ($holder) = @{ Onair::Process::wait_for(\&holders) };
        $server->stand_still($holder);
        publish("at the end $turn");
        Onair::Process::wait_for(sub { time > $over });
        $server->signal('CONT', $holder);
        my $answer = $http->answer;
        if ($answer->{status} == 304) {
            is($answer->{headers}{etag}, qq("$id"), "$turn: 304 to what it has");
            $http->send_request(path => '/live/rock?wait=5',
                headers => { 'If-None-Match' => $answer->{headers}{etag} });
            $answer = $http->answer;
        }
        is($answer->{status}, 200, "$turn: the change is told");
        like($answer->{body}, qr/at the end $turn/, "$turn: in words");
        $http->close_stream;
    }
}

sub what_is_old_is_answered_at_once
{
    my $old = id(of(get('/live/rock')));
    publish('three');
    publish('four');
    my $answer = get("/live/rock?wait=30&since=$old");
    is(of($answer)->{now}{title}, 'four', 'the newest');
    ok(!of($answer)->{gap}, 'no gap while the changes are known');
    for my $id ('x', '00000000:1', $old =~ s/:\d+/:999999/r) {
        $answer = get("/live/rock?wait=30&since=$id");
        ok(of($answer)->{gap}, "since=$id is a gap");
    }
    for my $tag ('"y"', '*') {
        $answer = get('/live/rock?wait=30',
            headers => { 'If-None-Match' => $tag });
        is($answer->{status}, 200, "If-None-Match: $tag is answered at once");
        ok(of($answer)->{gap}, 'as a gap');
    }
}

# A 304 at once would be asked for again at once, and so on.
sub nginx_has_no_say_in_what_is_unchanged
{
    my $new = id(of(get('/live/rock')));
    publish('five');
    my $now = id(of(get('/live/rock')));
    my %asked = (
        'the older tag comes first' => [ '/live/rock?wait=30',
            'If-None-Match' => qq("$new", "$now") ],
        '?since= comes first' => [ "/live/rock?wait=30&since=$new",
            'If-None-Match' => qq("$now") ],
        'another condition' => [ '/live/rock?wait=30',
            'If-Match' => '"x"' ],
    );
    for my $name (sort keys %asked) {
        my ($path, %headers) = @{ $asked{$name} };
        my $answer = get($path, headers => \%headers);
        is($answer->{status}, 200, "$name: answered with the state");
        is($answer->{headers}{etag}, qq("$now"), 'the present one');
    }
    my $poll = poll('/live/rock?wait=30', 'If-None-Match' => qq("$now"),
        'If-Match' => '"x"');
    ok($poll->is_silent(0.05), 'and one that has it waits');
    publish('six');
    is($poll->answer->{status}, 200, 'for the next');
}

sub a_client_may_go
{
    my $id = id(of(get('/live/rock')));
    for my $how (qw(close_stream reset_connection)) {
        my $poll = poll("/live/rock?wait=30&since=$id");
        ok($poll->is_silent(0.02), 'waits');
        $poll->$how;
    }
    my $half = poll("/live/rock?wait=30&since=$id");
    publish('gone');
    is($half->answer->{status}, 200, 'others are served');
}

sub polls_may_be_pipelined
{
    my $id = id(of(get('/live/rock')));
    my $http = Onair::Http->connect(port => $port);
    $http->send_request(path => $_, headers => {})
        for "/live/rock?wait=0.2&since=$id", '/live/rock',
        "/live/rock?wait=20&since=$id";
    is($http->answer->{status}, 304, 'the first ends');
    is($http->answer->{status}, 200, 'the second follows');
    ok($http->is_silent(0.05), 'the third waits');
    publish('piped');
    is($http->answer->{status}, 200, 'and is answered');
}

sub compression_weakens_the_tag
{
    my $answer = get('/live/rock', headers => { 'Accept-Encoding' => 'gzip' });
    is($answer->{headers}{'content-encoding'}, 'gzip', 'nginx compresses');
    like($answer->{headers}{etag}, qr/^W\/"/, 'the tag is a weak one');
    is(get('/live/rock', headers => {
        'If-None-Match' => $answer->{headers}{etag} })->{status}, 304,
        'which matches');
}

sub pages_of_other_origins_may_poll
{
    my $id = id(of(get('/mine/rock')));
    my $answer = get("/mine/rock?wait=0&since=$id",
        headers => { Origin => 'https://page.example' });
    is($answer->{status}, 304, 'an allowed origin is answered');
    is($answer->{headers}{'access-control-allow-origin'},
        'https://page.example', 'and named');
    like($answer->{headers}{vary}, qr/\bOrigin\b/, 'the answer varies');
    $answer = get("/mine/rock?wait=9&since=$id",
        headers => { Origin => 'https://evil.example' });
    is($answer->{status}, 403, 'another is refused');
    is($answer->{headers}{'cache-control'}, 'no-store', 'for itself only');
}

sub a_cache_takes_the_load
{
    my @seen = map { get('/cached/rock') } 1 .. 20;
    my %status;
    $status{ $_->{headers}{'x-cache'} }++ for @seen;
    cmp_ok($status{HIT} // 0, '>=', 10, 'a cache answers most');
    my $before = of($seen[-1])->{seq};
    my $id = id(of(get('/live/rock')));
    my $poll = poll("/cached/rock?wait=20&since=$id");
    ok($poll->is_silent(0.05), 'a long poll goes through it');
    publish('past the cache');
    like($poll->answer->{body}, qr/past the cache/, 'and is answered');
    ok(Onair::Process::wait_for(
        sub { of(get('/cached/rock'))->{seq} > $before }, 5),
        'the cache follows');
}

# It does not know that a header of ours would have a say in the answer.
sub what_one_client_has_is_no_answer_to_others
{
    my $now = of(get('/live/rock'));
    my $answer = get('/cached/fresh?x', headers => {
        'Last-Event-ID' => id({ %$now, seq => 0 }) });
    is($answer->{headers}{'x-cache'}, 'MISS', 'a cache asks');
    is($answer->{status}, 200, 'and gets a state, whoever asked');
    $answer = get('/cached/fresh?x');
    is($answer->{headers}{'x-cache'}, 'HIT', 'which it gives');
    is($answer->{status}, 200, 'to those');
    is(of($answer)->{station}, 'fresh', 'who have none');
}

# Its request is there when nginx accepts it, and nginx has not asked the kernel
# for more yet.
sub a_client_of_a_deferred_accept_may_go
{
    my $id = id(of(get('/live/rock')));
    my $http = Onair::Http->connect(port => $server->port('deferred'));
    $http->send_request(path => "/live/rock?wait=60&since=$id");
    my $waiting = sub {
        return of(get('/status'))->{zones}[0]{subscribers};
    };
    ok(Onair::Process::wait_for(sub { $waiting->() == 1 }), 'one waits');
    $http->close_stream;
    ok(Onair::Process::wait_for(sub { $waiting->() == 0 }),
        'and is missed when it goes');
}

without_an_id_the_answer_comes_at_once();
with_the_present_id_it_waits();
the_wait_ends();
a_change_at_the_end_of_the_wait_is_not_lost();
what_is_old_is_answered_at_once();
nginx_has_no_say_in_what_is_unchanged();
a_client_may_go();
a_client_of_a_deferred_accept_may_go();
polls_may_be_pipelined();
compression_weakens_the_tag();
pages_of_other_origins_may_poll();
a_cache_takes_the_load();
what_one_client_has_is_no_answer_to_others();
$server->end_checks;
done_testing();
