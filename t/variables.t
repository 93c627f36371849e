#!/usr/bin/env perl

# The variables speak of the station of the location, or of that which
# onair_station names: in headers, return, SSI and the access log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::WebSocket;

my $all = join '|', map { "\$onair_$_" }
    qw(title artist text album listeners status subscribers);

my $server = Onair::Server->new(
    files => { 'html/page.html' =>
        '<p><!--# echo var="onair_text" default="" --></p>' },
    http => <<"END");
    log_format transport '\$uri?\$args \$onair_transport';
    onair_drain 0s;
    onair_zone other:256k;
    onair_station rock;
    server {
        listen 127.0.0.1:%%PORT%%;
        access_log %%DIR%%/access.log transport;
        location /publish/ { onair_publish; }
        location /other/ { onair_publish zone=other; }
        location /live { onair; add_header X-Now "\$onair_text"; }
        location = /all { return 200 "$all"; }
        location = /of { onair_station \$arg_of; return 200 "$all"; }
        location = /zone { onair_station rock zone=other; return 200 "$all"; }
        location = /page.html { root %%DIR%%/html; ssi on; ssi_types *; }
    }
END
my $port = $server->port;

sub body { return Onair::Http->get($port, $_[0])->{body} }

sub publish
{
    my ($path, $json) = @_;
    return Onair::Http->post($port, $path, $json)->{status};
}

is(body('/all'), '|||||offline|',
    'of a station that nobody knows there is only that it is off air');

is(publish('/publish/rock', '{"artist":"Björk","title":"<Jóga>",'
    . '"album":"Homogenic","listeners":12}'), 204, 'a station is published');
publish('/publish/jazz', '{"artist":"Django","title":"Nuages"}');
publish('/other/rock', '{"title":"Elsewhere"}');

is(body('/all'), '<Jóga>|Björk|Björk - <Jóga>|Homogenic|12|live|0',
    'all of them are there');
is(body('/of?of=jazz'), 'Nuages|Django|Django - Nuages|||live|0',
    'onair_station may hold variables');
is(body('/of'), '||||||', 'without a station all are empty');
like(body('/zone'), qr/^Elsewhere\|/, 'another zone is asked where named');
is(body('/page.html'), '<p>Björk - &lt;Jóga&gt;</p>',
    'SSI makes a title safe for HTML');
for my $path ('/live/jazz', '/live//jazz') {
    is(Onair::Http->get($port, $path)->{headers}{'x-now'}, 'Django - Nuages',
        "in an onair location it is the station of the request ($path)");
}

my $ws = Onair::WebSocket->connect(port => $port, path => '/live/rock');
$ws->json;
like(body('/all'), qr/\|1$/, 'a subscriber is counted');
Onair::Http->get($port, '/live/jazz?wait=5');
my $events = Onair::Http->connect(port => $port);
$events->send_request(path => '/live/jazz',
    headers => { Accept => 'text/event-stream' });
ok(wait_for(sub { slurp($server->dir . '/access.log') =~
    m{^/live/jazz\?- sse$}m }), 'the log has events as sse');
my $log = slurp($server->dir . '/access.log');
like($log, qr{^/live/rock\?- websocket$}m, 'a WebSocket as websocket');
like($log, qr{^/live/jazz\?wait=5 long_poll$}m, 'a long poll as long_poll');
like($log, qr{^/live/jazz\?- get$}m, 'and a plain answer as get');
like($log, qr{^/all\?- -$}m, 'elsewhere there is no transport');

$_->close_stream for $ws, $events;
$server->end_checks;
done_testing;
