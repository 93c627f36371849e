#!/usr/bin/env perl

# onair_format and the subprotocols that name the formats.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Server;
use Onair::Sse;
use Onair::WebSocket;

my $server = Onair::Server->new(workers => 1, http => <<'END');
    onair_format title;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /json/ { onair; onair_format json; }
        location /title/ { onair; }
        location /packed/ { onair; onair_deflate on; }
        location /publish/ { onair_publish; }
    }
END
my $port = $server->port;

sub publish
{
    my ($title) = @_;
    my $answer = Onair::Http->post($port, '/publish/rock',
        JSON::PP->new->utf8->encode({ artist => "Sigur R\x{f3}s",
            title => $title }));
    die "not published\n" if $answer->{status} != 204;
}

sub ws
{
    my ($path, %given) = @_;
    return Onair::WebSocket->connect(port => $port, path => $path, %given);
}

sub titles_are_bare_text
{
    my $ws = ws('/title/rock');
    is($ws->text, '', 'an empty text while nothing is on');
    my $packed = ws('/packed/rock', deflate => 1);
    is($packed->text, '', 'deflated too');
    my $sse = Onair::Sse->connect(port => $port, path => '/title/rock');
    is($sse->event->{data}, '', 'an empty event');
    publish("Hopp\x{ed}polla <b>");
    my $want = "Sigur R\xc3\xb3s - Hopp\xc3\xadpolla <b>";
    is($ws->text, $want, 'the text as it is, in UTF-8');
    is($packed->text, $want, 'deflated too');
    my $event = $sse->event;
    is($event->{data}, $want, 'as an event');
    like($event->{id}, qr/^[0-9a-f]{8}:1$/, 'with its id');
    my $answer = Onair::Http->get($port, '/title/rock');
    is($answer->{body}, $want, 'by GET');
    is($answer->{headers}{'content-type'}, 'text/plain; charset=utf-8',
        'as plain text');
    is($answer->{headers}{etag}, qq("$event->{id}"), 'with the same id');
    publish('next');
    $sse = Onair::Sse->connect(port => $port, path => '/title/rock',
        last_event_id => $event->{id});
    like($sse->event->{data}, qr/next$/, 'a title may be resumed');
    $sse = Onair::Sse->connect(port => $port, path => '/title/rock',
        last_event_id => 'nonsense');
    like($sse->event->{data}, qr/^Sigur.*next$/, 'and never says gap');
}

sub subprotocols_name_the_format
{
    my %chosen = (
        'onair.json' => 'onair.json', 'onair.title' => 'onair.title',
        'onair.title, onair.json' => 'own',
        'onair.json,onair.title' => 'own',
        'chat, onair.json' => 'onair.json',
    );
    for my $path ('/json/rock', '/title/rock') {
        for my $asked (sort keys %chosen) {
            my $ws = ws($path, protocol => $asked);
            my ($own) = $path =~ m{^/(\w+)};
            my $want = $chosen{$asked} =~ s/^own\z/onair.$own/r;
            is($ws->header('Sec-WebSocket-Protocol'), $want,
                "$path: of '$asked'");
            my $text = $ws->text;
            is($text =~ /^\{/ ? 'onair.json' : 'onair.title', $want,
                'and spoken');
        }
        for my $asked ('chat', 'ONAIR.JSON', 'onair', 'onair.json2', '') {
            my $ws = ws($path, protocol => $asked);
            is($ws->status, 101, "$path: '$asked' is let in");
            is($ws->header('Sec-WebSocket-Protocol'), undef,
                'but not agreed to');
            like($ws->text, $path =~ /json/ ? qr/^\{/ : qr/^Sigur/,
                'and gets the format of the location');
        }
    }
    my $ws = ws('/title/rock', protocol => 'onair.json');
    $ws->text;
    publish('later');
    is($ws->json->{now}{title}, 'later', 'changes have the format as well');
}

titles_are_bare_text();
subprotocols_name_the_format();
$server->end_checks;
done_testing();
