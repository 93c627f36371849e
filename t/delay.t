#!/usr/bin/env perl

# onair_delay and delay=: a change is told when listeners hear it, on every
# way in the same moment; both times are in the snapshot.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Source;
use Onair::Sse;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8->canonical;

sub status
{
    my ($title, $bitrate) = @_;
    return Onair::Source::icecast(polled =>
        { title => $title, bitrate => $bitrate });
}

my $source = Onair::Source->new(body => status('P - 0', 128));

# 16 KB at 128 kbit/s play for 1.024 s.
my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal; proxy_pass http://127.0.0.1:${\ $source->port };
            onair_poll interval=100ms delay=500ms;
        }
        location /in/ { onair_publish; }
        location /live/ { onair; }
        location /late/ { onair; onair_delay 1s; }
        location /auto/ { onair; onair_delay auto burst=16k; }
        location /title/ { onair; onair_delay 1s; onair_format title; }
    }
END
my $port = $server->port;

sub publish
{
    my ($station, $text) = @_;
    Onair::Http->post($port, "/in/$station", "text=$text");
    return time;
}

sub client
{
    return Onair::WebSocket->connect(port => $port, path => $_[0]);
}

# When the client is told of this text, and the message.
sub told
{
    my ($client, $text, $seconds) = @_;
    my $until = time + ($seconds // 6);
    while (time < $until) {
        my $state = $client->json($until - time) // last;
        return (time, $state) if ($state->{now}{text} // '') eq $text;
    }
    return (0, {});
}

sub is_later
{
    my ($took, $want, $name) = @_;
    cmp_ok($took, '>', $want - 0.1, "$name: not before it is heard");
    cmp_ok($took, '<', $want + 0.6, "$name: not long after");
}

sub a_change_is_released_when_it_is_heard
{
    publish('rock', 'One');
    my ($now, $late) = (client('/live/rock'), client('/late/rock'));
    my $sse = Onair::Sse->connect(port => $port, path => '/late/rock');
    my $title = client('/title/rock');
    told($now, 'One');
    my ($at, $first) = told($late, 'One');
    ok($at, 'one who comes anew sees the state, though it was not heard yet');
    told($sse, 'One');
    $title->text;

    my $set = publish('rock', 'Two');
    my $etag = Onair::Http->get($port, '/late/rock')->{headers}{etag};
    my $live_etag = Onair::Http->get($port, '/live/rock')->{headers}{etag};
    isnt($etag, $live_etag, 'ETags differ while it is held back');
    my $poll = Onair::Http->connect(port => $port);
    $poll->send_request(path => '/late/rock?wait=5',
        headers => { 'If-None-Match' => $etag });
    is(Onair::Http->get($port, '/late/rock',
        headers => { 'If-None-Match' => $etag })->{status}, 304,
        'GET: nothing new yet');

    my ($told_now, $plain) = told($now, 'Two');
    cmp_ok($told_now - $set, '<', 0.5, 'without delay: at once');
    is($plain->{now}{heard}, $plain->{now}{started}, 'heard when it started');
    my ($told_late, $state) = told($late, 'Two');
    is_later($told_late - $set, 1, 'WebSocket');
    my ($told_sse) = told($sse, 'Two');
    is_later($told_sse - $set, 1, 'SSE');
    my $answer = $poll->answer(3);
    is_later(time - $set, 1, 'long poll');
    is($json->decode($answer->{body})->{now}{text}, 'Two', '... has the title');
    is($title->text, 'Two', 'as do titles alone');
    is(Onair::Http->get($port, '/late/rock')->{headers}{etag}, $live_etag,
        'then the ETag is that of the change');
    is($answer->{headers}{etag}, $live_etag, 'as is the long poll\'s');

    is($state->{now}{started}, $plain->{now}{started},
        'the start is the same');
    cmp_ok(abs($state->{now}{heard} - $state->{now}{started} - 1), '<', 0.001,
        'heard is a second later');
    cmp_ok($state->{time}, '>=', $state->{now}{heard} - 0.1,
        'the clock is the server\'s');
    is($state->{history}[0]{text}, 'One', 'history has the one before');
    is($state->{history}[0]{started}, $first->{now}{started},
        'with its start');
}

sub changes_in_a_row_keep_their_distance
{
    my $late = client('/late/row');
    $late->json;
    my %at = (A => publish('row', 'A'));
    wait_for(sub { time - $at{A} > 0.4 }, 1);
    $at{B} = publish('row', 'B');
    my ($told_b) = told($late, 'B');
    is_later($told_b - $at{B}, 1, 'the second of two');
    my $state = Onair::Http->json($port, '/late/row');
    is($state->{history}[0]{text}, 'A', 'the first is in the history');
}

sub a_poll_s_own_delay_is_added
{
    my ($now, $late) = (client('/live/polled'), client('/late/polled'));
    told($now, 'P - 0');
    told($late, 'P - 0');
    my $auto = client('/auto/polled');
    told($auto, 'P - 0');
    my $set = time;
    $source->set(body => status('P - 1', 128));
    my ($at, $state) = told($now, 'P - 1');
    is_later($at - $set, 0.55, 'delay= of the poll');
    cmp_ok(abs($state->{now}{heard} - $state->{now}{started} - 0.5), '<',
        0.001, '... is in heard');
    ($at) = told($late, 'P - 1');
    is_later($at - $set, 1.55, 'and added to that of the location');
    ($at, $state) = told($auto, 'P - 1');
    cmp_ok(abs($state->{now}{heard} - $state->{now}{started} - 1.524), '<',
        0.001, 'auto: what the burst plays for') or diag explain $state;
}

# A slower stream is heard later: what was told already is not taken back.
sub a_delay_that_grows_takes_nothing_back
{
    my $auto = client('/auto/polled');
    my $now = client('/live/polled');
    $source->set(body => status('P - 2', 128));
    my (undef, $told) = told($auto, 'P - 2');
    $source->set(body => status('P - 3', 16));
    ok(told($now, 'P - 3'), 'a change to 16 kbit/s, which plays for 8.2 s');
    is($auto->json(1), undef, 'nothing is told again');
    my ($at, $state) = told($auto, 'P - 3', 15);
    ok($at, 'it is told in its time');
    is($state->{seq}, $told->{seq} + 1, 'as the next');
    $source->set(body => status('P - 1', 128));
    told($now, 'P - 1');
}

sub without_a_bit_rate_auto_is_none
{
    my $auto = client('/auto/rock');
    $auto->json;
    my $set = publish('rock', 'Three');
    my ($at) = told($auto, 'Three');
    cmp_ok($at - $set, '<', 0.5, 'no bit rate, no delay');
}

a_change_is_released_when_it_is_heard();
changes_in_a_row_keep_their_distance();
a_poll_s_own_delay_is_added();
a_delay_that_grows_takes_nothing_back();
without_a_bit_rate_auto_is_none();
$server->end_checks;
done_testing();
