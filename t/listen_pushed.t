#!/usr/bin/env perl

# A title that is pushed while a relay plays is that of the sound from then on:
# for players, for pages and, when they hear it, for those who are told late.

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
use Onair::Sound;
use Onair::Sse;
use Onair::WebSocket;

my $json = JSON::PP->new->utf8;
my $sound = Onair::Sound->new;
my $untitled = Onair::Sound->new(untitled => 1);

my $server = Onair::Server->new(workers => 2, http => <<"END");
    onair_zone live:1m sound=512k;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /pull {
            internal; proxy_pass http://127.0.0.1:${\ $sound->port };
            onair_pull zone=live station=rock;
        }
        location = /pull/blues {
            internal; proxy_pass http://127.0.0.1:${\ $sound->port };
            onair_pull zone=live station=blues;
        }
        location = /untitled {
            internal; proxy_pass http://127.0.0.1:${\ $untitled->port };
            onair_pull zone=live station=jazz;
        }
        location /hear/ { onair_listen zone=live; }
        location /push/ { onair_publish zone=live; }
        location /brief/ { onair_publish zone=live expires=3s; }
        location /behind/ { onair_publish zone=live priority=9; }
        location /now/ { onair zone=live; }
        location /late/ { onair zone=live; onair_delay auto; }
    }
END
my $port = $server->port;

sub push_title
{
    my ($way, $station, $title) = @_;
    my $answer = Onair::Http->request(port => $port, method => 'POST',
        path => "/$way/$station",
        body => $json->encode({ artist => 'P', title => $title }),
        headers => { 'Content-Type' => 'application/json' });
    is($answer->{status}, 204, "$title is pushed");
}

sub page
{
    my ($station) = @_;
    return Onair::WebSocket->connect(port => $port, path => "/hear/$station",
        timeout => 15);
}

# Reads on to a title that fits; the bytes in front of it, and the newest
# number among them.
sub page_to
{
    my ($page, $pattern) = @_;
    my $bytes = '';
    while (my $message = $page->message(15)) {
        if ($message->{opcode} == 2) {
            $bytes .= $message->{payload};
            next;
        }
        my $words = $json->decode($message->{payload});
        return ($bytes, $words) if ($words->{text} // '') =~ $pattern;
    }
    return;
}

sub player
{
    my ($station) = @_;
    my $http = Onair::Http->connect(port => $port);
    $http->send_request(path => "/hear/$station",
        headers => { 'Icy-MetaData' => 1 });
    return ($http, $http->head(15)->{headers}{'icy-metaint'});
}

# The titles of so many blocks.
sub titles_of
{
    my ($http, $metaint, $blocks) = @_;
    my @titles;
    for (1 .. $blocks) {
        $http->bytes($metaint, 15) // return @titles;
        my $size = 16 * ord($http->bytes(1, 15) // return @titles);
        my $block = $size ? $http->bytes($size, 15) : '';
        push @titles, $1 if $block =~ /^StreamTitle='(.*?)';/;
    }
    return @titles;
}

sub it_is_told_where_it_was_pushed
{
    my ($station) = @_;
    my $page = page($station);
    my ($player, $metaint) = player($station);
    titles_of($player, $metaint, 8);
    # Up to what is sent now.
    my $end = time + 1;
    while (time < $end) { $page->message(0.3) }
    my $late = Onair::Sse->connect(port => $port, path => "/late/$station");
    $late->json(10);
    push_title('push', $station, "Pushed to $station");
    my $pushed = time;
    my ($bytes, $words) = page_to($page, qr/^P - Pushed to $station$/);
    ok($words, "$station: a page is told");
    is($words->{artist}, 'P', 'by whom');
    cmp_ok(time - $pushed, '<', 3, 'with the sound that comes then');
    cmp_ok(length $bytes, '<', 16_000 * 3, 'of that time');
    is($words->{position} % $Onair::Sound::frame_size, 0, 'from a frame on');
    my @titles = titles_of($player, $metaint, 6);
    is($titles[-1], "P - Pushed to $station", 'a player too');
    $_->reset_connection for $page, $player;
    return ($late, $pushed);
}

# When it is heard: a burst later.
sub who_is_told_late_is_told_then
{
    my ($late, $pushed) = @_;
    my $seen = '';
    $seen = ($late->json(15) // {})->{now}{text} // ''
        while $seen ne 'P - Pushed to rock' && time - $pushed < 20;
    cmp_ok(time - $pushed, '>', 4, 'who is told late is told when it is heard');
}

# The source's own titles change every two seconds.
sub it_stands_as_long_as_it_is_believed
{
    my ($player, $metaint) = player('rock');
    my @titles = titles_of($player, $metaint, 16);
    is("@{[ grep { !/^P - Pushed to rock$/ } @titles ]}", '',
        "the source's own titles are not told meanwhile");
    push_title('behind', 'rock', 'Behind');
    @titles = titles_of($player, $metaint, 4);
    is("@titles", '', 'nor what is pushed with a worse priority');
    my $state = Onair::Http->json($port, '/now/rock');
    is($state->{now}{text}, 'P - Pushed to rock', 'as pages are told');
    $player->reset_connection;
}

sub when_it_has_expired_the_source_is_heeded
{
    my $page = page('blues');
    ok((page_to($page, qr/^Band - Title \d+$/))[1], 'the source says a title');
    push_title('brief', 'blues', 'Brief');
    ok((page_to($page, qr/^P - Brief$/))[1], 'a push is told instead');
    my (undef, $words) = page_to($page, qr/^Band - Title \d+$/);
    ok($words, 'until it has expired');
    my $state = Onair::Http->json($port, '/now/blues');
    like($state->{now}{text}, qr/^Band - Title \d+$/, 'as pages are told');
    $page->reset_connection;
}

# Who pulls then is another worker.
sub it_outlives_the_worker_that_pulls
{
    my $page;
    my ($puller) = $untitled->puller($server->workers);
    $server->kill_worker($puller);
    ok(wait_for(sub {
        $page = page('jazz');
        return ($page->status // 0) == 101;
    }, 10), 'a page comes back');
    my (undef, $words) = page_to($page, qr/./);
    is($words->{text}, 'P - Pushed to jazz', 'and is told the same');
    $page->reset_connection;
}

who_is_told_late_is_told_then(it_is_told_where_it_was_pushed('rock'));
it_is_told_where_it_was_pushed('jazz');
it_stands_as_long_as_it_is_believed();
when_it_has_expired_the_source_is_heeded();
it_outlives_the_worker_that_pulls();

$_->stop for $sound, $untitled;
$server->stop;
$server->end_checks(allow => [qr/exited on signal 9/]);
done_testing();
