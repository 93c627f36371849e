#!/usr/bin/env perl

# Who may publish: this machine, or with from=any whom the operator's access
# rules let in; and in either case no page but those of pages=.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::UNIX;
use MIME::Base64 qw(encode_base64);
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
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
        location = /local { allow all; onair_publish a from=local; }
        location = /no-file { auth_basic who; onair_publish a; }
        location = /no-file-of { auth_basic $arg_r; onair_publish a; }
        location = /careful {
            allow 127.0.0.1; deny all;
            onair_publish a from=any;
        }
        location = /open { onair_publish a from=any; }
        location = /v6 {
            allow 2001:db8::/32; deny all;
            onair_publish a from=any;
        }
        location = /v4 {
            allow 203.0.113.0/24; deny all;
            onair_publish a from=any;
        }
        location = /basic {
            auth_basic dj; auth_basic_user_file %%DIR%%/passwords;
            onair_publish a from=any;
        }
        location = /asked { auth_request /yes; onair_publish a from=any; }
        location = /refused { auth_request /no; onair_publish a from=any; }
        location = /yes { return 204; }
        location = /no { return 403; }
        location = /any-of {
            satisfy any; allow 203.0.113.7; deny all;
            auth_basic dj; auth_basic_user_file %%DIR%%/passwords;
            onair_publish a from=any;
        }
        location = /pages {
            onair_publish a pages=studio.example,https://*.dj.example;
        }
    }
    server {
        listen 127.0.0.1:%%PORT_included%%;
        location = /source {
            internal;
            ssi on; ssi_types *;
            return 200 '{"title":"<!--# include virtual="/in?text=Included" -->"}';
            onair_poll type=json station=polled title=/title interval=100ms;
        }
        location = /in { onair_publish a; }
        location = /status { onair_status; }
    }
    server {
        listen 127.0.0.1:%%PORT_inherits%%;
        allow 203.0.113.0/24; deny all;
        location = /in { onair_publish a from=any; }
        location = /near { onair_publish a; }
        location = /limited {
            onair_publish a from=any;
            limit_except POST { deny all; }
        }
    }
    server {
        listen 127.0.0.1:%%PORT_named%%;
        server_name radio.example www.radio.example *.one.test .two.test
            www.three.* ~^four;
        location = /in { onair_publish a; }
        location = /any { onair_publish a from=any; }
    }
    server {
        listen 127.0.0.1:%%PORT_haproxy%% proxy_protocol;
        location = /in { onair_publish a; }
    }
    server {
        listen 127.0.0.1:%%PORT_origin%%;
        location = /in { onair_publish a; }
    }
    server {
        listen 127.0.0.1:%%PORT_front%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
            proxy_set_header X-Forwarded-For $arg_client;
        }
    }
END

my $count = 0;
my $far = '203.0.113.9';

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

# What a browser sends for a page; the answer's status.
sub page
{
    my ($method, $path, %headers) = @_;
    my $server_name = delete $headers{server};
    my @body = $method eq 'GET' ? () : (body => 'text=page');
    $path .= ($path =~ /\?/ ? '&' : '?') . 'text=page' if $method eq 'GET';
    my $answer = Onair::Http->request(port => $server->port($server_name),
        path => $path, method => $method, @body, headers => \%headers);
    return $answer->{status};
}

sub this_machine_alone_is_served_whatever_the_rules_say
{
    for my $path ('/bare', '/local', '/no-file', '/no-file-of?r=x') {
        taken(undef, $path);
        taken($_, $path) for qw(127.0.0.1 127.9.8.7 ::1 ::ffff:127.0.0.1);
        for my $address ($far, '128.0.0.1', '2001:db8::1',
            '::ffff:203.0.113.9', '::2') {
            my $answer = refused($address, $path, 403);
            is($answer->{body}, 'only this machine may publish here, see '
                . qq("from" of onair_publish\n), '... in words');
        }
    }
    like($server->log,
        qr/publication refused: only this machine.*203\.0\.113\.9/,
        'the log names who was refused');
    taken($far, '/open');
}

sub the_other_end_of_a_proxy_is_asked_as_well
{
    taken('127.0.0.1', '/in', server => 'origin');
    for my $client (qw(127.0.0.1 ::1)) {
        is(Onair::Http->post($server->port('front'), "/in?client=$client",
            'text=x')->{status}, 204, "$client by way of a proxy");
    }
    for my $client ($far, 'unknown', "127.0.0.1,$far") {
        is(Onair::Http->post($server->port('front'), "/in?client=$client",
            'text=x')->{status}, 403, "not $client");
    }
    is(page('POST', '/bare', Forwarded => "for=$far"), 403, 'nor by Forwarded');
    for my $client (['127.0.0.1', 204], [$far, 403]) {
        my $http = Onair::Http->connect(port => $server->port('haproxy'));
        $http->send_bytes("PROXY TCP4 $client->[0] 127.0.0.1 1 2\r\n"
            . "POST /in HTTP/1.0\r\nContent-Length: 6\r\n\r\ntext=u");
        is($http->answer->{status}, $client->[1],
            "$client->[0] by the PROXY protocol");
    }
}

sub a_unix_socket_is_this_machine
{
    my $client = IO::Socket::UNIX->new(Peer => $server->dir . '/socket')
        or die "no unix socket: $!\n";
    print $client "POST /bare HTTP/1.0\r\nContent-Length: 6\r\n\r\ntext=u";
    like(scalar <$client>, qr/ 204 /, 'a unix socket may publish');
}

# A browser on the machine sends what any page of any site makes it send.
sub no_page_of_another_site_may_publish
{
    for my $path ('/bare', '/careful', '/open', '/asked', '/pages') {
        for my $method ('GET', 'POST') {
            for my $header ([Origin => 'https://evil.test'], [Origin => 'null'],
                ['Sec-Fetch-Site' => 'cross-site'],
                ['Sec-Fetch-Site' => 'same-site']) {
                is(page($method, $path, @$header), 403,
                    "$path: no $method of a page with @$header");
            }
        }
        is(page('POST', $path, 'Sec-Fetch-Site' => 'same-origin'), 204,
            "$path: a page of this server");
        is(page('GET', $path, 'Accept-Language' => 'en'), 403,
            "$path: but not with GET, which an image is as well");
        is(page('GET', $path), 204, "$path: a template of URLs");
    }
    is(page('GET', '/basic', Origin => 'https://evil.test',
        Authorization => 'Basic ' . encode_base64('dj:secret', '')), 403,
        'nor with the password that the browser knows');
}

# A site can have its own name lead to loopback once its page is loaded.
sub a_name_that_leads_here_is_not_enough_for_a_browser
{
    for my $path ('/in', '/any') {
        for my $host ('evil.example', 'x.one.test', 'two.test', 'www.three.x',
            'four', 'radio.example.evil.example') {
            for my $header (['Accept-Language' => 'en'],
                ['Accept-Language' => ''], [Origin => "http://$host"],
                ['Sec-Fetch-Site' => 'same-origin']) {
                is(page('POST', $path, server => 'named', Host => $host,
                    @$header), 403, "$path: no page under $host: @$header");
            }
        }
        for my $host ('127.0.0.1:8080', '[::1]', 'localhost', 'radio.example',
            'Radio.Example:8080', 'www.radio.example', 'radio.example.') {
            is(page('POST', $path, server => 'named', Host => $host,
                'Accept-Language' => 'en'), 204, "$path: but under $host");
        }
        is(page('POST', $path, server => 'named', Host => 'studio'), 204,
            "$path: a script may use any name");
    }
}

sub named_pages_may_publish
{
    for my $origin ('https://studio.example', 'http://studio.example:8080',
        'https://a.dj.example') {
        for my $method ('GET', 'POST') {
            is(page($method, '/pages', Origin => $origin,
                'Sec-Fetch-Site' => 'cross-site'), 204,
                "$origin may with $method");
        }
    }
    for my $origin ('http://a.dj.example', 'https://dj.example',
        'https://studio.example.evil', 'null') {
        is(page('POST', '/pages', Origin => $origin), 403, "$origin may not");
    }
    is(page('GET', '/pages', Host => 'studio.example',
        'Sec-Fetch-Site' => 'same-origin'), 204, 'a page asks its own host');
    is(page('GET', '/pages', Host => 'studio.example',
        'Accept-Language' => 'en'), 403, 'if its browser says that it does');
    is(push_from($far, '/pages', headers => { Origin =>
        'https://studio.example' })->{status}, 403, 'from is from');
    my $answer = Onair::Http->request(port => $server->port, path => '/pages',
        method => 'OPTIONS', headers => { Origin => 'https://studio.example',
        'Access-Control-Request-Method' => 'POST' });
    is($answer->{status}, 204, 'a preflight is answered');
    is($answer->{headers}{'access-control-allow-origin'},
        'https://studio.example', 'for this page');
    like($answer->{headers}{'access-control-allow-headers'},
        qr/\bContent-Type\b/, 'so that it may send JSON');
    $answer = Onair::Http->request(port => $server->port, path => '/pages',
        method => 'OPTIONS', headers => { Origin => 'https://evil.test' });
    is($answer->{status}, 405, 'others have none');
    is($answer->{headers}{'access-control-allow-origin'}, undef,
        'and no word of theirs');
    $answer = Onair::Http->post($server->port, '/pages', 'text=x',
        headers => { Origin => 'https://studio.example' });
    is($answer->{headers}{'access-control-allow-origin'},
        'https://studio.example', 'the page may read the answer');
    is($answer->{headers}{'cache-control'}, 'no-store', 'which none may keep');
}

sub rules_say_who_where_any_may_come
{
    taken($far, '/v4');
    refused('198.51.100.1', '/v4', 403);
    refused('127.0.0.1', '/v4', 403);
    taken('2001:db8::1', '/v6');
    refused($far, '/v6', 403);
    taken('127.0.0.1', '/careful');
    refused($far, '/careful', 403);
    taken($far, '/basic', login => 'dj:secret');
    refused($far, '/basic', 401);
    refused($far, '/basic', 401, login => 'dj:wrong');
    refused('127.0.0.1', '/basic', 401);
    taken('203.0.113.7', '/any-of');
    taken($far, '/any-of', login => 'dj:secret');
    refused($far, '/any-of', 401);
    taken($far, '/asked');
    refused($far, '/refused', 403);
    taken($far, '/in', server => 'inherits');
    refused($far, '/near', 403, server => 'inherits');
    refused('198.51.100.1', '/in', 403, server => 'inherits');
    taken($far, '/limited', server => 'inherits');
    is(page('GET', '/limited', server => 'inherits', 'X-Real-IP' => $far), 403,
        'a block of limit_except has the parameters of its location');
}

sub a_polled_document_does_not_publish
{
    ok(wait_for(sub {
        my $status = Onair::Http->json($server->port('included'), '/status');
        my ($poll) = grep { $_->{location} eq '/source' } @{ $status->{polls} };
        return $poll && $poll->{successes} + $poll->{failures}{total} >= 2;
    }), 'a document is polled that includes a publishing location');
    isnt(Onair::Http->json($server->port, '/live/a')->{now}{text}, 'Included',
        'what it includes has not been published');
}

sub the_parameters_are_checked
{
    for my $bad ('from=', 'from=all', 'from=LOCAL', 'pages=', 'pages=*',
        'pages=a,', 'pages=,a', 'pages=a,a', 'pages=null', 'pages=a/b') {
        my $conf = Onair::Server->new(stopped => 1, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /in { onair_publish a $bad; }
    }
END
        my ($said, $code) = $conf->test_config;
        isnt($code, 0, "$bad is refused");
        like($said, qr/invalid parameter "\Q$bad\E" in "onair_publish" directive in/,
            'by name');
    }
}

this_machine_alone_is_served_whatever_the_rules_say();
the_other_end_of_a_proxy_is_asked_as_well();
a_unix_socket_is_this_machine();
no_page_of_another_site_may_publish();
a_name_that_leads_here_is_not_enough_for_a_browser();
named_pages_may_publish();
rules_say_who_where_any_may_come();
a_polled_document_does_not_publish();
the_parameters_are_checked();
is(Onair::Http->json($server->port, '/live/a')->{now}{text} =~ /^(?:n|u|page|x)/,
    1, 'the last push is shown');
$server->end_checks;
done_testing();
