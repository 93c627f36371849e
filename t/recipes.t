#!/usr/bin/env perl

# The recipes of docs/operations.md do what they are for: taken out of the page
# and run, against a real Icecast where they name one.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Docs;
use Onair::Http;
use Onair::Icecast;
use Onair::Process qw(wait_for slurp spew);
use Onair::Server;
use Onair::Source;
use Onair::Sse;
use Onair::WebSocket;

my $page = 'docs/operations.md';

sub server_of
{
    my ($text, %ports) = @_;
    return Onair::Server->new(workers => 1,
        config => Onair::Docs::whole($text, %ports));
}

sub recipe { return Onair::Docs::recipe($page, @_) }

sub title_of
{
    my ($server, $path) = @_;
    my $state = Onair::Http->json(ref $server ? $server->port : $server, $path);
    return $state && $state->{now} && $state->{now}{text} // '';
}

sub tells
{
    my ($server, $path, $text) = @_;
    return wait_for(sub { (title_of($server, $path) // '') eq $text }, 20);
}

sub with_icecast
{
    my $icecast = Onair::Icecast->new;
    $icecast->source('/rock');
    $icecast->title('/rock', 'Artist - One');

    my $own = server_of(recipe("One's own Icecast"),
        '127.0.0.1:8000' => $icecast->port);
    ok(tells($own, '/live/rock', 'Artist - One'), "one's own Icecast");
    $own->end_checks;

    my $spare = server_of(recipe('Several servers, one as a reserve'),
        '10.0.0.5:8000' => 1, '10.0.0.6:8000' => $icecast->port);
    ok(tells($spare, '/now', 'Artist - One'),
        'a reserve takes over from a server that is down');
    $spare->end_checks;

    # So long an interval that only the feed can bring what is new.
    my $text = recipe('A feed: titles without waiting') =~
        s/interval=10s/interval=1h/r;
    my $feed = server_of("$text\nlocation /live/ { onair; }",
        '127.0.0.1:8000' => $icecast->port);
    ok($feed->wait_log(qr/onair feed of "\/feed" is connected/),
        'the feed STATS is connected');
    ok(tells($feed, '/live/rock', 'Artist - One'), 'the first poll is done');
    $icecast->title('/rock', 'Artist - Two');
    ok(tells($feed, '/live/rock', 'Artist - Two'), 'a line of it has it polled');
    $feed->end_checks;
}

sub icecast_25
{
    my $source = Onair::Source->new(body => '[]');
    $source->set(path => '/admin/publicstats.json', body => publicstats('One'));
    $source->set(path => '/admin/eventfeed', mode => 'feed');
    my $plain = server_of(recipe('Icecast 2.5'),
        '127.0.0.1:8000' => $source->port);
    ok(tells($plain, '/live/rock', 'One'), 'Icecast 2.5');
    $plain->end_checks;

    my $text = recipe('A feed: titles without waiting', 1) =~
        s/interval=10s/interval=1h/r;
    my $feed = server_of("$text\nlocation /live/ { onair; }",
        '127.0.0.1:8000' => $source->port);
    ok(tells($feed, '/live/rock', 'One'), 'the first poll is done');
    $source->set(path => '/admin/publicstats.json', body => publicstats('Two'));
    $source->feed(qq(data: {"type":"event","trigger":"format-metadata-changed",)
        . qq("mount":"/rock"}\n\n));
    ok(tells($feed, '/live/rock', 'Two'), 'an event has it polled');
    $feed->end_checks;
}

sub publicstats
{
    return qq([{"name":"icestats"},{"source":{"/rock":{"listenurl":)
        . qq("http://a/rock","stream_start_iso8601":"2026-01-01T00:00:00Z",)
        . qq("listeners":"1","display-title":"$_[0]"}}}]);
}

sub shoutcast
{
    my $source = Onair::Source->new;
    my $dir = "$FindBin::Bin/fixtures/synthetic";
    $source->set(path => '/stats?sid=1&json=1',
        body => slurp("$dir/shoutcast2-stats.json"));
    $source->set(path => '/7.html', body => slurp("$dir/shoutcast1-7.html"));
    my $server = server_of(recipe('SHOUTcast')
        . 'location /live/ { onair; }', '127.0.0.1:8000' => $source->port,
        '127.0.0.1:8010' => $source->port);
    for my $station ('rock', 'jazz') {
        ok(wait_for(sub { title_of($server, "/live/$station") }),
            "SHOUTcast: $station has a title");
    }
    $server->end_checks;
}

sub publisher
{
    my $server = Onair::Server->new(workers => 1,
        files => { 'html/player.html' =>
            '<p><!--# echo var="onair_text" default="" --></p>' },
        config => Onair::Docs::whole(recipe('Liquidsoap pushes')
            . recipe('Liquidsoap pushes', 1) . recipe('Liquidsoap pushes', 2)
            . recipe('A page of the studio pushes')
            . recipe('The title in the first byte of a page')));
    my $port = $server->port;
    # As Liquidsoap's json.stringify has it of metadata.
    Onair::Http->post($port, '/publish/rock',
        '[["artist","A"],["title","B"],["filename","/secret"]]');
    is(title_of($server, '/live/rock'), 'A - B', 'Liquidsoap pushes');
    is(Onair::Http->get($port, '/player.html')->{body}, '<p>A - B</p>',
        'the title is in the page');
    my $path = '/admin/metadata?mode=updinfo&mount=/rock&song=C%20-%20D';
    is(Onair::Http->get($port, $path)->{status}, 401,
        'an encoder needs the password');
    spew($server->dir . '/conf/publishers', "source:{PLAIN}hackme\n");
    my $answer = Onair::Http->get($port, $path,
        headers => { Authorization => 'Basic c291cmNlOmhhY2ttZQ==' });
    like($answer->{body}, qr{<return>1</return>}, 'and is answered as by Icecast');
    is(title_of($server, '/live/rock'), 'C - D', 'what it says is told');
    # Repeated as POST with a form, as libshout does where Allow names POST.
    $answer = Onair::Http->post($port, '/admin/metadata',
        'mode=updinfo&mount=/rock&song=F%20-%20G', headers => {
        Authorization => 'Basic c291cmNlOmhhY2ttZQ==',
        'Content-Type' => 'application/x-www-form-urlencoded' });
    is(title_of($server, '/live/rock'), 'F - G', 'also as a form');
    studio($port);
    my $shout = '/admin.cgi?mode=updinfo&song=C%20-%20D&pass=';
    is(Onair::Http->get($port, "${shout}wrong")->{status}, 403,
        'an update as for SHOUTcast needs the password as well');
    is(Onair::Http->get($port, "${shout}hackme")->{status}, 200, 'with it');
    is(title_of($server, '/live/rock'), 'C - D', 'it is told');
    return $server;
}

sub studio
{
    my ($port) = @_;
    my %headers = (Origin => 'https://studio.example',
        'Sec-Fetch-Site' => 'cross-site');
    my $path = '/studio/publish/rock';
    is(Onair::Http->request(port => $port, path => $path, method => 'OPTIONS',
        headers => { %headers, 'Access-Control-Request-Method' => 'POST' })
        ->{status}, 204, 'the preflight of the studio needs no password');
    is(Onair::Http->post($port, $path, '{"title":"S"}',
        headers => \%headers)->{status}, 401, 'the push does');
    $headers{Authorization} = 'Basic c291cmNlOmhhY2ttZQ==';
    is(Onair::Http->post($port, $path, '{"title":"S"}',
        headers => \%headers)->{status}, 204, 'and is taken with it');
    is(title_of($port, '/live/rock'), 'S', 'and told');
    is(Onair::Http->post($port, $path, '{"title":"S"}',
        headers => { %headers, Origin => 'https://evil.test' })->{status}, 403,
        'but of no other page');
}

sub behind
{
    my ($origin) = @_;
    my $edge = server_of(recipe('An edge that asks another onair') =~
        s{https://origin\.example}{http://127.0.0.1:${\ $origin->port}}r);
    ok(tells($edge, '/live/rock', 'C - D'), 'an edge asks another onair');
    $edge->end_checks;

    my $front = server_of(recipe('Proxies and CDNs in front'),
        '10.0.0.2' => $origin->port);
    my $ws = Onair::WebSocket->connect(port => $front->port,
        path => '/live/rock');
    is($ws->json->{now}{text}, 'C - D', 'a proxy in front passes WebSockets');
    my $events = Onair::Sse->connect(port => $front->port,
        path => '/live/rock');
    is($events->json->{now}{text}, 'C - D', 'and events, at once');
    Onair::Http->post($origin->port, '/publish/rock', '{"title":"E"}');
    is($_->json->{now}{text}, 'E', 'and what comes later') for $ws, $events;
    $_->close_stream for $ws, $events;
    $front->end_checks;
    away();
}

# A front whose origin is away.
sub away
{
    my $front = server_of(recipe('Proxies and CDNs in front', 1),
        '10.0.0.2' => 1);
    my $answer = Onair::Http->get($front->port, '/live/rock',
        headers => { Accept => 'text/event-stream' });
    is("$answer->{status} $answer->{body}", "200 retry: 2000\n\n",
        'pages of events are told to come again');
    is($answer->{headers}{'content-type'}, 'text/event-stream', 'by an event');
    is($answer->{headers}{'cache-control'}, 'no-store', 'for no cache');
    is(Onair::Http->get($front->port, '/live/rock')->{status}, 502,
        'others that it is away');
    $front->end_checks;
}

SKIP: {
    skip 'no icecast2', 7 unless Onair::Icecast::binary();
    with_icecast();
}
icecast_25();
shoutcast();
my $origin = publisher();
behind($origin);
# 401 without a password file is what the recipe is to give.
$origin->end_checks(allow => [qr/publishers" failed \(2:/]);
done_testing;
