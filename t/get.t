#!/usr/bin/env perl

# A plain GET of a station: the snapshot, its ETag and 304, HEAD, OPTIONS, what
# pages of other origins need, and what caches are told.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Server;

my $server = Onair::Server->new(workers => 2, http => <<'END');
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /mine/ { onair; onair_origin same https://page.example; }
        location /titles/ { onair; onair_format title; }
        location = /one { onair rock; }
        location = /by-argument { onair "$arg_s"; }
        location /strict/ { onair strict; }
        location /publish/ { onair_publish; }
        location = /inside { ssi on; ssi_types *; return 200 "[<!--# include virtual=\"/live/rock\" -->]"; }
    }
END

my $port = $server->port;

sub get { return Onair::Http->get($port, @_) }

sub publish
{
    my ($station, $body) = @_;
    return Onair::Http->post($port, "/publish/$station", $body)->{status};
}

sub of { return JSON::PP->new->utf8->decode($_[0]{body}) }

# The members that are always there, in this order.
my @members = qw(station epoch seq time status now next dj listeners stream
    history page);

sub the_snapshot_is_one_line_of_json_with_every_member
{
    my $answer = get('/live/rock');
    is($answer->{status}, 200, 'a station nobody knows is served');
    my $state = of($answer);
    is($state->{status}, 'offline', 'as offline');
    is($state->{seq}, 0, 'with seq 0');
    is($state->{now}, undef, 'and nothing on');

    is(publish('rock', '{"artist":"Bj\u00f6rk","title":"J\u00f3ga <b>"}'), 204,
        'a title is published');
    $answer = get('/live/rock');
    is($answer->{headers}{'content-type'}, 'application/json',
        'the type is JSON');
    is($answer->{headers}{'content-length'}, length $answer->{body},
        'the length is told');
    unlike($answer->{body}, qr/\n./, 'one line');
    unlike($answer->{body}, qr/</, 'no markup can come of it');
    $state = of($answer);
    is($state->{now}{text}, "Bj\x{f6}rk - J\x{f3}ga <b>", 'the text');
    is($state->{status}, 'live', 'live');
    is($state->{station}, 'rock', 'the name');
    is_deeply([sort keys %$state], [sort @members], 'every member');
    my $order = join '.*', map { qq("$_":) } @members;
    like($answer->{body}, qr/^\{$order/, 'in their order');
    like($state->{now}{id}, qr/^[0-9a-f]{16}$/, 'the id of the track');
    cmp_ok(abs($state->{time} - time), '<', 60, 'the time is now');
}

sub etag_and_304
{
    my $answer = get('/live/rock');
    my $tag = $answer->{headers}{etag};
    my $state = of($answer);
    is($tag, qq("$state->{epoch}:$state->{seq}"), 'the ETag is the event id');
    for my $said ($tag, "W/$tag", qq("other", $tag)) {
        my $again = get('/live/rock', headers => { 'If-None-Match' => $said });
        is($again->{status}, 304, "304 for $said");
        is($again->{body}, '', 'without a body');
        is($again->{headers}{etag}, $tag, 'with the ETag');
        is($again->{headers}{'content-length'}, undef, 'and no length');
    }
    is(get('/live/rock', headers => { 'If-None-Match' => '"x:1"' })->{status},
        200, '200 for another');
    publish('rock', '{"title":"Next"}');
    my $next = get('/live/rock', headers => { 'If-None-Match' => $tag });
    is($next->{status}, 200, '200 after a change');
    is(of($next)->{seq}, $state->{seq} + 1, 'seq grew by one');
    isnt($next->{headers}{etag}, $tag, 'with another ETag');
    is(of($next)->{history}[0]{text}, "Bj\x{f6}rk - J\x{f3}ga <b>",
        'the track before is the first of the history');
}

sub caches_are_told
{
    my $headers = get('/live/rock')->{headers};
    like($headers->{'cache-control'}, qr/max-age=\d\b/, 'a short max-age');
    like($headers->{vary}, qr/Accept/, 'the answer varies with Accept');
}

sub head_and_options
{
    my $head = get('/live/rock', method => 'HEAD');
    is($head->{status}, 200, 'HEAD is served');
    cmp_ok($head->{headers}{'content-length'}, '>', 100, 'with the length');
    like($head->{headers}{etag}, qr/^"[0-9a-f]{8}:\d+"$/, 'and the ETag');
    is(get('/live/rock?wait=9', method => 'HEAD', timeout => 3)->{status}, 200,
        'HEAD never waits');

    my $options = get('/live/rock', method => 'OPTIONS', headers => {
        Origin => 'https://page.example',
        'Access-Control-Request-Method' => 'GET',
        'Access-Control-Request-Headers' => 'if-none-match' });
    is($options->{status}, 204, 'OPTIONS is answered');
    like($options->{headers}{'access-control-allow-methods'}, qr/\bGET\b/,
        'the preflight has the methods');
    like($options->{headers}{'access-control-allow-headers'},
        qr/If-None-Match/, 'and the headers');
    like($options->{headers}{allow}, qr/GET, HEAD, OPTIONS/, 'and Allow');
    is($options->{body}, '', 'without a body');
    my $post = Onair::Http->post($port, '/live/rock', 'x' x 100_000);
    is($post->{status}, 405, 'POST is refused');
}

sub pages_of_other_origins
{
    my %evil = (headers => { Origin => 'https://evil.example' });
    my %page = (headers => { Origin => 'https://page.example' });
    my $same = { Origin => "http://localhost:$port", Host => "localhost:$port" };

    my $any = get('/live/rock', %evil);
    is($any->{status}, 200, 'by default every page is served');
    is($any->{headers}{'access-control-allow-origin'}, '*', 'and may read');
    is(get('/mine/rock', %evil)->{status}, 403, 'another origin is refused');
    my $good = get('/mine/rock', %page);
    is($good->{status}, 200, 'one that is named is served');
    is($good->{headers}{'access-control-allow-origin'}, 'https://page.example',
        'and may read');
    like($good->{headers}{'access-control-expose-headers'}, qr/ETag/,
        'the ETag too');
    like($good->{headers}{vary}, qr/Origin/, 'caches keep them apart');
    is(get('/mine/rock', headers => $same)->{status}, 200, 'so is the same');
    is(get('/mine/rock')->{status}, 200, 'and who has none');
}

sub names_come_from_the_uri_the_directive_or_a_variable
{
    publish('a%20b', '{"title":"Spaces"}');
    is(of(get('/live/a%20b'))->{now}{text}, 'Spaces', 'a name with a space');
    is(of(get('/live/a/b'))->{station}, 'a/b', 'a name with a slash');
    is(of(get('/one'))->{station}, 'rock', 'of the directive');
    is(of(get('/one?stations=jazz'))->{station}, 'rock', 'which is not moved');
    is(of(get('/by-argument?s=rock'))->{station}, 'rock', 'of a variable');
    is(get('/by-argument')->{status}, 400, 'an empty variable is refused');
    is(get('/live/')->{status}, 400, 'no name is refused');
    is(get('/live/' . 'n' x 128)->{status}, 200, 'a name of 128 bytes');
    is(get('/live/' . 'n' x 129)->{status}, 400, 'not of 129');
    is(get('/strict/nobody')->{status}, 404, 'strict says 404');
    is(get('/strict/rock')->{status}, 200, 'and serves what is known');
}

sub formats_and_subrequests
{
    my $title = get('/titles/rock');
    like($title->{headers}{'content-type'}, qr{^text/plain}, 'a title is text');
    is($title->{body}, 'Next', 'and nothing else');
    my $inside = get('/inside');
    is($inside->{status}, 200, 'a subrequest is served');
    like($inside->{body}, qr/^\[\{"station":"rock".*\}\n?\]$/s,
        'inside another answer');
}

sub a_connection_is_used_again
{
    my $client = Onair::Http->connect(port => $port);
    for my $turn (1 .. 3) {
        $client->send_request(path => '/live/rock');
        is($client->answer->{status}, 200, "request $turn on one connection");
    }
    $client->send_bytes("GET /live/rock HTTP/1.1\r\nHost: a\r\n\r\n" x 3);
    is($client->answer->{status}, 200, "pipelined request $_") for 1 .. 3;
}

sub a_get_never_says_gap
{
    for my $path ('/live/rock', '/live/?stations=rock,jazz') {
        unlike(get($path, headers => { 'If-None-Match' => '"00000001:1"' })
            ->{body}, qr/"gap"/, "$path with an id of another epoch");
        unlike(get("$path" . ($path =~ /\?/ ? '&' : '?') . 'since=00000001:1')
            ->{body}, qr/"gap"/, "$path since another epoch");
    }
    like(get('/live/rock?wait=1&since=00000001:1')->{body}, qr/"gap":true/,
        'a long poll, whose answer nobody keeps, does');
}

sub every_worker_says_the_same
{
    my %seen;
    for (1 .. 40) {
        my $state = of(get('/live/rock'));
        $seen{"$state->{epoch}:$state->{seq}:$state->{now}{text}"}++;
    }
    is(scalar keys %seen, 1, 'forty answers of two workers are one');
}

the_snapshot_is_one_line_of_json_with_every_member();
etag_and_304();
caches_are_told();
head_and_options();
pages_of_other_origins();
names_come_from_the_uri_the_directive_or_a_variable();
formats_and_subrequests();
a_connection_is_used_again();
a_get_never_says_gap();
every_worker_says_the_same();
$server->end_checks;
done_testing();
