#!/usr/bin/env perl

# onair_log: one line for each subscriber that has gone, with the reason; what
# it says of messages and bytes, the status page says as well.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 1, http => <<'END');
    onair_log %%DIR%%/subscribers.log;
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /titles/ { onair; onair_format title; }
        location /beat/ { onair; onair_heartbeat 1s timeout=2s; }
        location /rated/ { onair; onair_message_rate 1r/s burst=1; }
        location /slow/ { onair; limit_rate 1; }
        location /silent/ { onair; onair_log off; }
        location = /echo { onair_echo; }
        location /publish/ { onair_publish; }
        location = /status { onair_status; }
    }
END
my $port = $server->port;
my $file = $server->dir . '/subscribers.log';
my $seen = 0;

# The lines that have come since the last time, when there are so many.
sub lines
{
    my ($count) = @_;
    my @lines;
    wait_for(sub {
        @lines = split /\n/, slurp($file) // '';
        return @lines >= $seen + $count;
    });
    my @new = splice @lines, $seen;
    $seen += @new;
    return @new;
}

# The next line's fields.
sub line
{
    my ($line) = lines(1);
    my %fields = ($line // '') =~ /(\w+)=(\S+)/g;
    return { %fields, line => $line // 'none' };
}

sub ws { return Onair::WebSocket->connect(port => $port, path => $_[0]) }
sub sse { return Onair::Sse->connect(port => $port, path => $_[0]) }

sub publish
{
    my $answer = Onair::Http->post($port, '/publish/rock',
        qq({"title":"$_[0]"}));
    die "not published\n" if $answer->{status} != 204;
}

sub totals { return Onair::Http->json($port, '/status')->{totals} }

sub id
{
    my $state = Onair::Http->json($port, '/live/rock');
    return "$state->{epoch}:$state->{seq}";
}

sub a_line_says_who_what_and_how_long
{
    my $ws = ws('/live/rock');
    my $length = length $ws->text;
    publish('two');
    $length += length $ws->text;
    $ws->send_close(1000);
    is($ws->close_code, 1000, 'closed');
    $ws->close_stream;
    my $line = line();
    like($line->{line}, qr{^127\.0\.0\.1[ ]\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d
        [ ][+-]\d{4}\][ ]station=rock[ ]transport=websocket
        [ ]duration=\d+\.\d{3}[ ]messages=2[ ]bytes=\d+
        [ ]reason=client_closed$}x, 'the line of the manual');
    cmp_ok($line->{bytes}, '>', $length, 'with the bytes of both');
    cmp_ok($line->{bytes}, '<', $length + 20, 'and of the frames around them');
}

sub the_station_is_one_or_several_or_all
{
    my %shown = ('/live/rock' => 'rock', '/live/?stations=rock,jazz'
        => '(several)', '/live/?stations=*' => '*', '/live/a%20%22b'
        => 'a\x20\x22b', '/echo' => '-');
    for my $path (sort keys %shown) {
        my $ws = ws($path);
        $ws->send_close(1000);
        $ws->close_code;
        $ws->close_stream;
        is(line()->{station}, $shown{$path}, $path);
    }
}

sub every_end_has_its_reason
{
    my %ends = (
        'client_closed' => sub { $_[0]->close_stream },
        'connection_lost' => sub { $_[0]->reset_connection },
    );
    for my $reason (sort keys %ends) {
        for my $client (ws('/live/rock'), sse('/live/rock')) {
            $client->json;
            $ends{$reason}->($client);
            is(line()->{reason}, $reason, ref($client) . " $reason");
        }
    }
    my %said = (
        'an opcode of none' => [ '/live/rock', 'protocol_error',
            sub { $_[0]->send_frame(3, 'x') } ],
        'a binary message' => [ '/live/rock', 'protocol_error',
            sub { $_[0]->send_frame(2, 'x') } ],
        'too many messages' => [ '/rated/rock', 'too_many_messages',
            sub { $_[0]->send_text('{"get":true}') for 1 .. 3 } ],
    );
    for my $what (sort keys %said) {
        my ($path, $reason, $do) = @{ $said{$what} };
        my $before = totals()->{protocol_errors};
        my $ws = ws($path);
        $do->($ws);
        ok($ws->close_code, "$what closes");
        $ws->close_stream;
        is(line()->{reason}, $reason, "as $reason");
        is(totals()->{protocol_errors} - $before,
            $reason eq 'protocol_error' ? 1 : 0, 'counted as what it is');
    }
    # Who does not look does not answer pings.
    my $silent = ws('/beat/rock');
    is(line()->{reason}, 'timed_out', 'who says nothing is timed out');
    $silent->close_stream;
    for my $class (qw(Onair::WebSocket Onair::Sse)) {
        my $early = $class->connect(port => $port, path => '/slow/rock',
            timeout => 0.5);
        $early->close_stream;
        is(line()->{reason}, 'connection_lost', "$class, before it began");
    }
}

sub a_long_poll_has_its_answer_in_it
{
    my $id = id();
    my $poll = Onair::Http->connect(port => $port);
    my $before = totals();
    $poll->send_request(path => "/titles/rock?wait=30&since=$id");
    ok($poll->is_silent(0.1), 'waits');
    publish('a title of 21 bytes..');
    is($poll->answer->{body}, 'a title of 21 bytes..', 'and is told');
    my $line = line();
    is("$line->{transport} $line->{messages} $line->{bytes} $line->{reason}",
        'long_poll 1 21 answered', 'one message, of so many bytes');
    my $after = totals();
    is($after->{messages} - $before->{messages}, 1, 'counted once');
    is($after->{bytes} - $before->{bytes}, 21, 'with its bytes');
    $id = id();
    Onair::Http->get($port, "/titles/rock?wait=0&since=$id");
    $line = line();
    is("$line->{messages} $line->{bytes} $line->{reason}", '0 0 wait_ended',
        'a wait that ended had nothing');
}

sub who_asks_for_a_head_is_told_nothing
{
    my $before = totals();
    Onair::Http->request(port => $port, path => '/live/rock',
        method => 'HEAD');
    is(totals()->{messages}, $before->{messages}, 'HEAD is no message');
    Onair::Http->get($port, '/titles/rock');
    my $after = totals();
    is($after->{messages} - $before->{messages}, 1, 'GET is one');
    is($after->{bytes} - $before->{bytes}, 21, 'of its bytes');
    Onair::Http->get($port, '/echo');
    is(totals()->{refused_request} - $before->{refused_request}, 1,
        'and a GET of an echo is a refusal');
}

sub off_is_silent_and_a_file_is_opened_again
{
    my $gone = totals()->{disconnects};
    ws('/silent/rock')->close_stream;
    wait_for(sub { totals()->{disconnects} > $gone });
    is(scalar(split /\n/, slurp($file)), $seen, 'off is off');
    rename $file, "$file.1" or die;
    $server->signal('USR1');
    ok(wait_for(sub { -e $file }), 'USR1 opens it again');
    $seen = 0;
    for (1 .. 50) {
        my $ws = ws('/live/rock');
        $ws->close_stream;
        last if wait_for(sub { -s $file }, 0.2);
    }
    like(slurp($file), qr/station=rock/, 'and it is written to');
}

sub who_is_sent_away_leaves
{
    lines(0);
    my @clients = (ws('/live/rock'), sse('/live/rock'));
    $_->json for @clients;
    my $poll = Onair::Http->connect(port => $port);
    $poll->send_request(path => '/live/rock?wait=30&since=' . id());
    ok($poll->is_silent(0.1), 'a poll waits');
    $server->reload;
    $_->close_stream for @clients;
    my @lines = lines(3);
    is(join(' ', map { /reason=(\w+)/ } @lines), 'leaving leaving leaving',
        'each of three transports');
}

publish('one');
a_line_says_who_what_and_how_long();
the_station_is_one_or_several_or_all();
every_end_has_its_reason();
a_long_poll_has_its_answer_in_it();
who_asks_for_a_head_is_told_nothing();
off_is_silent_and_a_file_is_opened_again();
who_is_sent_away_leaves();
$server->end_checks;
done_testing();
