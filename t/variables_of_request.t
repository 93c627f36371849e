#!/usr/bin/env perl

# One request sees one state, whatever changes meanwhile; and what a hostile
# title can do in the places where variables are put.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Source;

my $slow = Onair::Source->new(body => '-', delay => 0.4);

my $server = Onair::Server->new(workers => 1,
    files => { 'html/page.html' => '<!--# echo var="onair_text" -->|'
        . '<!--# include virtual="/part" wait="yes" -->|'
        . '<!--# include virtual="/slow" wait="yes" -->|'
        . '<!--# include virtual="/part" wait="yes" -->|'
        . '<!--# echo var="onair_text" -->',
        'html/title.html' => '<title><!--# echo var="onair_text" default="-"'
        . ' --></title><a title="<!--# echo var="onair_title" -->">' },
    http => <<"END");
    log_format plain '\$uri "\$onair_text" \$onair_status';
    log_format json escape=json '{"uri":"\$uri","text":"\$onair_text"}';
    map \$onair_status \$mark { live on; stale late; default off; }
    onair_station rock;
    server {
        listen 127.0.0.1:%%PORT%%;
        access_log %%DIR%%/access.log plain;
        access_log %%DIR%%/access.json json;
        location /in/ { onair_publish; }
        location = /page.html { root %%DIR%%/html; ssi on; }
        location = /title.html { root %%DIR%%/html; ssi on; }
        location = /part { return 200 "\$onair_text"; }
        location = /slow { proxy_pass http://127.0.0.1:${\ $slow->port }; }
        location = /mark { return 200 "\$mark"; }
        location = /header { add_header X-Now "\$onair_text"; return 204; }
        location = /if {
            if (\$onair_status = live) { return 200 "on air"; }
            return 503;
        }
    }
END
my $port = $server->port;
my $json = JSON::PP->new->utf8;

sub publish
{
    my ($text) = @_;
    return Onair::Http->post($port, '/in/rock',
        $json->encode({ text => $text }))->{status};
}

sub body { return Onair::Http->get($port, $_[0])->{body} }

sub a_map_and_an_if_decide
{
    is(body('/mark'), 'off', 'map: off');
    is(Onair::Http->get($port, '/if')->{status}, 503, 'if: off');
    publish('One');
    is(body('/mark'), 'on', 'map: on air');
    is(body('/if'), 'on air', 'if: on air');
}

sub one_request_sees_one_state
{
    publish('Before');
    my $client = Onair::Http->connect(port => $port);
    $client->send_request(path => '/page.html');
    ok($slow->wait_requests(1, 5) // $slow->requests, 'in the middle of it');
    is(publish('After'), 204, 'another title comes');
    my $page = $client->answer->{body};
    is($page, 'Before|Before|-|Before|Before', 'the page is of one piece');
    ok(wait_for(sub { slurp($server->dir . '/access.log')
        =~ m{^/page\.html "Before" live$}m }, 5), 'as is its log line');
    is(body('/part'), 'After', 'the next request sees the new one');
}

sub the_first_byte_has_the_title
{
    publish('Artist - Title');
    is(body('/title.html'),
        '<title>Artist - Title</title><a title="Title">', 'SSI has it');
}

sub a_hostile_title_is_text
{
    my $title = qq{"><script>alert(1)</script>\r\nX-Evil: 1\r\n\r\n\$uri }
        . qq{<!--# echo var="uri" -->\x01\\'&};
    is(publish($title), 204, 'such a title is taken');
    my $page = body('/title.html');
    unlike($page, qr/<script>/, 'SSI: no markup');
    unlike($page =~ s/<a title="|">$|<\/?title>//gr, qr/["<>]/,
        'SSI: nothing that ends an attribute') or diag $page;
    like($page, qr/alert\(1\)/, 'SSI: but its text');
    my $answer = Onair::Http->get($port, '/header');
    is($answer->{status}, 204, 'add_header');
    is($answer->{headers}{'x-evil'}, undef, 'makes no other header');
    like($answer->{headers}{'x-now'}, qr/X-Evil: 1 \$uri/, 'of its lines');
    like(body('/part'), qr/\$uri/, 'return: it is not evaluated');
    my $lines = slurp($server->dir . '/access.log');
    like($lines, qr{^/header "\\x22><script>[^\n"]*" live$}m,
        'log_format escapes quotes');
    is((grep { !/^\S+ "[^"]*" \w+$/ } split /\n/, $lines), 0,
        'every line of the log is whole') or diag $lines;
    my @bad = grep { !eval { $json->decode($_); 1 } }
        split /\n/, slurp($server->dir . '/access.json');
    is_deeply(\@bad, [], 'escape=json gives JSON');
}

a_map_and_an_if_decide();
one_request_sees_one_state();
the_first_byte_has_the_title();
a_hostile_title_is_text();
$server->end_checks;
done_testing();
