#!/usr/bin/env perl

# Who may publish: this machine, or whom the operator's access rules let in.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::UNIX;
use MIME::Base64 qw(encode_base64);
use Test::More;

use Onair::Http;
use Onair::Server;

# Who comes is told by X-Real-IP, as behind a proxy.
my $server = Onair::Server->new(workers => 1,
    files => { passwords => "dj:{PLAIN}secret\n" }, http => <<'END');
    set_real_ip_from 127.0.0.1;
    set_real_ip_from unix:;
    real_ip_header X-Real-IP;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen unix:%%DIR%%/socket;
        location /live/ { onair; }
        location = /bare { onair_publish a; }
        location = /allow { allow all; onair_publish a; }
        location = /v6 { allow 2001:db8::/32; deny all; onair_publish a; }
        location = /v4 { allow 203.0.113.0/24; deny all; onair_publish a; }
        location = /only-v6 { deny 2001:db8::/32; onair_publish a; }
        location = /only-unix { deny unix:; onair_publish a; }
        location = /basic {
            auth_basic dj; auth_basic_user_file %%DIR%%/passwords;
            onair_publish a;
        }
        location = /asked { auth_request /yes; onair_publish a; }
        location = /not-asked { auth_request off; onair_publish a; }
        location = /refused { auth_request /no; onair_publish a; }
        location = /yes { return 204; }
        location = /no { return 403; }
        location = /any {
            satisfy any; allow 203.0.113.7; deny all;
            auth_basic dj; auth_basic_user_file %%DIR%%/passwords;
            onair_publish a;
        }
        location /nested/ {
            allow 203.0.113.0/24; deny all;
            location = /nested/in { onair_publish a; }
        }
    }
    server {
        listen 127.0.0.1:%%PORT_basic%%;
        auth_basic dj; auth_basic_user_file %%DIR%%/passwords;
        location = /in { onair_publish a; }
        location = /off { auth_basic off; onair_publish a; }
        location = /var { auth_basic $arg_realm; onair_publish a; }
    }
    server {
        listen 127.0.0.1:%%PORT_named%%;
        server_name radio.example;
        location = /in { onair_publish a; }
    }
    server {
        listen 127.0.0.1:%%PORT_rules%%;
        allow 203.0.113.0/24; deny all;
        location = /in { onair_publish a; }
    }
    server {
        listen 127.0.0.1:%%PORT_asked%%;
        auth_request /yes;
        location = /yes { return 204; }
        location = /in { onair_publish a; }
    }
END

my $count = 0;

sub push_from
{
    my ($address, $path, %more) = @_;
    my %headers = %{ $more{headers} // {} };
    $headers{'X-Real-IP'} = $address if defined $address;
    $headers{Authorization} = 'Basic ' . encode_base64($more{login}, '')
        if $more{login};
    return Onair::Http->post($server->port($more{server}), $path,
        'text=n' . ++$count, headers => \%headers);
}

sub taken
{
    my ($address, $path, %more) = @_;
    my $who = $address // 'the peer';
    my $at = ($more{server} ? "$more{server}:" : '') . $path
        . ($more{login} ? " as $more{login}" : '');
    is(push_from($address, $path, %more)->{status}, 204,
        "$who may publish at $at");
}

sub refused
{
    my ($address, $path, $status, %more) = @_;
    my $who = $address // 'the peer';
    my $at = ($more{server} ? "$more{server}:" : '') . $path
        . ($more{login} ? " as $more{login}" : '');
    my $answer = push_from($address, $path, %more);
    is($answer->{status}, $status, "$who may not at $at");
    return $answer;
}

my $far = '203.0.113.9';

sub without_rules_only_this_machine_is_served
{
    taken(undef, '/bare');
    taken($_, '/bare') for qw(127.0.0.1 127.9.8.7 ::1 ::ffff:127.0.0.1);
    for my $address ($far, '128.0.0.1', '2001:db8::1', '::ffff:203.0.113.9',
        '::2') {
        my $answer = refused($address, '/bare', 403);
        is($answer->{body}, "only loopback, and no page of another site, may "
            . "publish unless access is configured\n", '... in words');
    }
    refused($far, '/not-asked', 403);
    like($server->log, qr/publication refused: only loopback.*203\.0\.113\.9/,
        'the log names who was refused');
}

# A browser on the machine sends what any page of any site makes it send.
sub a_page_of_another_site_is_not_this_machine
{
    for my $header ([Origin => 'http://evil.example'], [Origin => 'null'],
        ['Sec-Fetch-Site' => 'cross-site']) {
        my $answer = Onair::Http->post($server->port, '/bare', 'text=evil',
            headers => [@$header]);
        is($answer->{status}, 403, "no page may publish: @$header");
    }
    my $answer = Onair::Http->post($server->port, '/bare', 'text=own',
        headers => ['Sec-Fetch-Site' => 'same-origin']);
    is($answer->{status}, 204, 'but those of this server may');
    $answer = Onair::Http->post($server->port, '/allow', 'text=any',
        headers => [Origin => 'http://studio.example']);
    is($answer->{status}, 204, 'and any where the operator says who may');
}

# A site can have its own name lead to loopback once its page is loaded.
sub a_name_that_leads_here_is_not_enough_for_a_browser
{
    my %evil = (Host => 'evil.example');
    for my $header (['Accept-Language' => 'en'], [Origin =>
        'http://evil.example'], ['Sec-Fetch-Site' => 'same-origin']) {
        is(Onair::Http->post($server->port, '/bare', 'text=evil',
            headers => { %evil, @$header })->{status}, 403,
            "no page under a name of its own: @$header");
    }
    for my $host ('127.0.0.1:8080', '[::1]', 'localhost', 'radio.example',
        'Radio.Example:8080') {
        is(Onair::Http->post($server->port('named'), '/in', 'text=own',
            headers => { Host => $host, 'Accept-Language' => 'en' })->{status},
            204, "but under $host");
    }
    is(Onair::Http->post($server->port('named'), '/in', 'text=own',
        headers => { Host => 'radio.example.evil.example',
            'Accept-Language' => 'en' })->{status}, 403, 'which has to be whole');
    is(Onair::Http->post($server->port, '/bare', 'text=script',
        headers => { Host => 'studio' })->{status}, 204,
        'a script may use any name');
    is(Onair::Http->post($server->port, '/allow', 'text=any',
        headers => { %evil, 'Accept-Language' => 'en' })->{status}, 204,
        'as may any where the operator says who may');
}

sub a_unix_socket_is_this_machine
{
    my $client = IO::Socket::UNIX->new(Peer => $server->dir . '/socket')
        or die "no unix socket: $!\n";
    print $client "POST /bare HTTP/1.0\r\nContent-Length: 6\r\n\r\ntext=u";
    like(scalar <$client>, qr/ 204 /, 'a unix socket may publish');
}

sub rules_say_who
{
    taken($far, '/allow');
    taken($far, '/v4');
    refused('198.51.100.1', '/v4', 403);
    refused('127.0.0.1', '/v4', 403);
    taken('2001:db8::1', '/v6');
    refused($far, '/v6', 403);
    taken($far, '/only-v6');
    taken($far, '/only-unix');
    taken($far, '/nested/in');
    refused('198.51.100.1', '/nested/in', 403);
}

sub a_password_says_who
{
    taken($far, '/basic', login => 'dj:secret');
    refused($far, '/basic', 401);
    refused($far, '/basic', 401, login => 'dj:wrong');
    refused('127.0.0.1', '/basic', 401);
    taken('203.0.113.7', '/any');
    taken($far, '/any', login => 'dj:secret');
    refused($far, '/any', 401);
}

sub another_location_says_who
{
    taken($far, '/asked');
    refused($far, '/refused', 403);
}

sub rules_are_inherited
{
    my %basic = (server => 'basic');
    taken($far, '/in', %basic, login => 'dj:secret');
    refused($far, '/in', 401, %basic);
    refused($far, '/off', 403, %basic);
    taken('127.0.0.1', '/off', %basic);
    refused($far, '/var?realm=off', 403, %basic);
    taken($far, '/var?realm=x', %basic, login => 'dj:secret');
    taken($far, '/in', server => 'rules');
    refused('198.51.100.1', '/in', 403, server => 'rules');
    taken($far, '/in', server => 'asked');
}

without_rules_only_this_machine_is_served();
a_page_of_another_site_is_not_this_machine();
a_name_that_leads_here_is_not_enough_for_a_browser();
a_unix_socket_is_this_machine();
rules_say_who();
a_password_says_who();
another_location_says_who();
rules_are_inherited();
is(Onair::Http->json($server->port, '/live/a')->{now}{text} =~ /^n|^u/, 1,
    'the last push is shown');
$server->end_checks;
done_testing();
