#!/usr/bin/env perl

# Sources that mean ill, or are broken so badly that it makes no difference:
# nginx stays up and small, the last good state stays, the log says which
# bound was hit.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Compress::Zlib ();
use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for slurp spew memory_says_nothing);
use Onair::Server;
use Onair::Source;

my $json = JSON::PP->new->utf8->canonical;

sub mount
{
    my ($name, $title, %more) = @_;
    return { listenurl => "http://localhost:8000/$name", title => $title,
        listeners => 1, stream_start => 'Sun, 22 Nov 2026 00:00:00 +0000',
        %more };
}

sub status { return $json->encode({ icestats => { source => [@_] } }) }

my $good = status(mount('rock', 'Good - One'));
my $source = Onair::Source->new(body => $good);
$source->set(path => '/drip', body => status(mount('drip', 'Good - One')));

my $server = Onair::Server->new(workers => 1,
    files => { 'html/many.json' => $good }, http => <<"END");
    onair_zone many:8m stations=200;
    onair_zone tiny:256k stations=3;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal; proxy_pass http://127.0.0.1:${\ $source->port }/one;
            onair_poll interval=100ms timeout=20s max_body=64k stale=1h;
        }
        location = /drip {
            internal; proxy_pass http://127.0.0.1:${\ $source->port };
            onair_poll interval=100ms timeout=700ms stale=1h;
        }
        location = /many {
            internal; alias %%DIR%%/html/many.json;
            onair_poll zone=many interval=100ms max_body=16m max_stations=150
                stale=1h;
        }
        location = /tiny {
            internal; alias %%DIR%%/html/many.json;
            onair_poll zone=tiny interval=100ms max_body=16m;
        }
        location = /now { onair_publish; }
        location \@aside { return 200 '{"icestats":{}}'; }
        location /live/ { onair; }
        location /many/ { onair zone=many; }
        location /tiny/ { onair zone=tiny; }
        location = /status { onair_status; }
    }
END

sub state_of { return Onair::Http->json($server->port, $_[0]) }

sub poll_of
{
    my ($path) = @_;
    my $polls = state_of('/status')->{polls};
    return (grep { $_->{location} eq $path } @$polls)[0];
}

sub memory
{
    my ($worker) = $server->workers;
    my ($kb) = (slurp("/proc/$worker/status") // '') =~ /^VmRSS:\s+(\d+)/m;
    return $kb;
}

for my $station ('rock', 'drip') {
    ok(wait_for(sub { (state_of("/live/$station")->{now}{text} // '')
        eq 'Good - One' }, 5), "$station: a good answer first");
}
my $memory = memory();

# What comes of an answer: refused for this reason, said so, and the state is
# the old one. Only the poll of /drip gives up before a busy machine has sent it
# all.
sub is_refused
{
    my ($name, $fault, $words, %does) = @_;
    my $drip = ($does{path} // '') eq '/drip';
    my $location = $drip ? '/drip' : '/source';
    my $before = poll_of($location)->{failures}{$fault} // 0;
    $source->set(path => '/one', %does);
    # A source that failed before would be spared for a while.
    Onair::Http->post($server->port, '/now', 'poll=now');
    my $hit = wait_for(
        sub { (poll_of($location)->{failures}{$fault} // 0) > $before }, 10);
    ok($hit, "$name: refused as $fault")
        or diag explain poll_of($location)->{failures};
    like($server->log, $words, '... the log says so');
    my $state = state_of($drip ? '/live/drip' : '/live/rock');
    is("$state->{now}{text} $state->{status}", 'Good - One live',
        '... the last good state stays');
}

sub answers_that_are_refused
{
    is_refused('an endless body', 'too_large',
        qr/"\/source" failed: answer is larger than max_body=65536/,
        mode => 'big', size => 50_000_000);
    is_refused('a body one byte too long', 'too_large', qr/max_body/,
        body => $good . ' ' x (65537 - length $good));
    is_refused('deep nesting', 'too_deep', qr/nested too deep/,
        body => '{"icestats":' . '[' x 30_000);
    is_refused('deep XML', 'too_deep', qr/nested too deep/,
        body => '<icestats>' . '<a>' x 15_000, type => 'text/xml');
    is_refused('a compressed body', 'bad_encoding', qr/answer is compressed/,
        body => Compress::Zlib::memGzip($good),
        headers => ['Content-Encoding: gzip']);
    is_refused('one that does not say so', 'not_json', qr/not JSON/,
        body => Compress::Zlib::memGzip($good));
    is_refused('a redirect', 'bad_status', qr/unexpected status \(status 302\)/,
        status => 302, headers => ['Location: /elsewhere']);
    is_refused('a slow drip', 'timeout', qr/no answer within the time/,
        path => '/drip', mode => 'slow', piece => 1, pause => 0.1,
        body => $good);
    is_refused('another status without an end', 'bad_status',
        qr/"\/drip" failed: .*\(status 404\)/, path => '/drip', status => 404,
        mode => 'hang_body', body => 'x' x 400_000);
    is_refused('half a document', 'not_json', qr/not JSON/,
        body => substr $good, 0, 60);
    is_refused('zero bytes', 'not_json', qr/not JSON/, body => "\0" x 5000);
    for my $to ('/now?mode=updinfo&mount=other&song=Evil', '@aside') {
        is_refused("a redirect within nginx to $to", 'redirected',
            qr/sends the poll elsewhere/, body => $good,
            headers => ["X-Accel-Redirect: $to"]);
    }
    is(state_of('/live/other')->{seq}, 0, 'publishes nothing');
    my @redirected = grep { $_->{path} eq '/elsewhere' } $source->requests;
    is(scalar @redirected, 0, 'a redirect is not followed');
}

sub answers_that_are_bounded
{
    my $exact = $good . ' ' x (65536 - length $good);
    $exact =~ s/Good - One/Good - Two/;
    $source->set(path => '/one', body => $exact);
    Onair::Http->post($server->port, '/now', 'poll=now');
    ok(wait_for(sub { state_of('/live/rock')->{now}{text} eq 'Good - Two' },
        10), 'a body of max_body to the byte is taken');

    my $long = "\x{1f3b5}" x 9000;
    $source->set(path => '/one', body => status(mount('rock', "A - $long")));
    ok(wait_for(sub { state_of('/live/rock')->{now}{title} ne 'Two' }, 5),
        'a huge title is taken');
    my $title = state_of('/live/rock')->{now}{title};
    utf8::encode(my $bytes = $title);
    cmp_ok(length $bytes, '<=', 4096, 'and cut');
    like($title, qr/^\x{1f3b5}+$/, 'between characters');

    $source->set(path => '/one', body => '{"icestats":{"source":[' . join(',',
        map { $json->encode($_) } mount('twice', 'First'),
        mount('twice', 'Second'), mount('rock', 'Good - One')) . ']}}');
    ok(wait_for(sub { (state_of('/live/twice')->{now}{text} // '') eq 'First' },
        5), 'a mount that is named twice');
    my $seq = state_of('/live/twice')->{seq};
    $source->wait_requests(5, 5, '/one');
    is(state_of('/live/twice')->{seq}, $seq, 'does not flap');

    my $twice = '{"icestats":{"source":{"listenurl":"http://h/rock","title":'
        . '"X","stream_start":"x","title":"Y"}}}';
    $source->set(path => '/one', body => $twice);
    ok(wait_for(sub { state_of('/live/rock')->{now}{text} =~ /^[XY]$/ }, 5),
        'a member that is named twice is one of both');
}

sub ten_thousand_mounts
{
    spew($server->dir . '/html/many.json',
        status(map { mount("m$_", "T - $_") } 1 .. 10_000));
    ok(wait_for(sub { poll_of('/many')->{last_stations} == 150 }, 20),
        '10,000 mounts: as many as max_stations')
        or diag explain poll_of('/many');
    is(state_of('/many/m150')->{now}{text}, 'T - 150', 'are there');
    is(state_of('/many/m151')->{seq}, 0, 'no more');
    like($server->log,
        qr/"\/\w+": \d+ stations are left out, more than max_stations=/,
        'the log says which bound');
    ok(wait_for(sub { poll_of('/tiny')->{last_stations} == 2 }, 20),
        'a zone of three takes two more');
    is(state_of('/tiny/m2')->{now}{text}, 'T - 2', 'which are right');
    like($server->log, qr/zone "tiny": station "m3" has no place: zone has no/,
        'the log says which zone is full');
    my $lines = () = $server->log =~ /has no place/g;
    cmp_ok($lines, '<', 5, 'not once a mount');
}

answers_that_are_refused();
answers_that_are_bounded();
ten_thousand_mounts();
SKIP: {
    skip memory_says_nothing(), 1 if memory_says_nothing();
    cmp_ok(memory() - $memory, '<', 60_000, 'the worker did not grow')
        or diag "from $memory KB";
}
$server->end_checks(allow => [qr/zone "tiny": station "m3" has no place/]);
done_testing();
