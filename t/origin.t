#!/usr/bin/env perl

# onair_origin: which pages may connect, on each transport.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Process qw(spawn slurp scratch_dir);
use Onair::Server;
use Onair::Tls;
use Onair::WebSocket;

my $lines = Onair::Tls::lines();
my $server = Onair::Server->new(workers => 1, files => Onair::Tls::files(),
    http => <<"END");
    proxy_cache_path %%DIR%%/temp/cache keys_zone=pages:1m;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        $lines
        location /any/ { onair; }
        location /cached/ {
            proxy_cache pages;
            proxy_pass http://127.0.0.1:%%PORT%%/any/;
        }
        location /same/ { onair; onair_origin same; }
        location /list/ {
            onair;
            onair_origin https://page.example *.radio.example;
        }
        location /null/ { onair; onair_origin null app.example.; }
        location /app/ { onair; onair_origin capacitor://localhost; }
        location /own/ {
            onair;
            add_header access-control-allow-origin https://own.example always;
            add_header Access-Control-Allow-Credentials true always;
            add_header Access-Control-Max-Age 60 always;
        }
        location /own-of/ {
            onair;
            add_header Access-Control-Allow-Origin \$arg_own always;
        }
        location = /own-publish {
            onair_publish rock from=any pages=https://page.example;
            add_header Access-Control-Allow-Credentials true;
            add_header Access-Control-Allow-Origin \$http_origin;
        }
        location = /echo { onair_echo; onair_origin same; }
        location /status { onair_status; }
    }
END
my $port = $server->port;

# What a page of this origin is answered on each transport.
sub asked
{
    my ($path, $origin, %given) = @_;
    my %headers = (Origin => $origin, %{ $given{headers} // {} });
    my %to = (port => $given{tls} ? $server->port('tls') : $port,
        tls => $given{tls}, path => $path);
    my $ws = Onair::WebSocket->connect(%to, headers => \%headers);
    my @codes = ($ws->status == 101 ? 200 : $ws->status);
    $ws->close_stream;
    for my $more ({ Accept => 'text/event-stream' }, {}) {
        my $http = Onair::Http->connect(%to);
        $http->send_request(%to, headers => { %headers, %$more });
        push @codes, $http->head->{status};
        $http->close_stream;
    }
    my %seen = map { $_ => 1 } @codes;
    return join ' ', sort keys %seen;
}

sub anyone_is_let_in_by_default
{
    for my $origin ('https://page.example', 'null', 'http://127.0.0.1', undef,
        'file://', 'chrome-extension://abc') {
        is(asked('/any/rock', $origin), 200, $origin // 'no origin');
    }
    my $answer = Onair::Http->get($port, '/any/rock',
        headers => { Origin => 'https://page.example' });
    is($answer->{headers}{'access-control-allow-origin'}, '*',
        'with a star, as the answer is the same for all');
    unlike($answer->{headers}{vary} // '', qr/Origin/i,
        'so that a cache holds one');
    is($answer->{headers}{'access-control-allow-credentials'}, undef,
        'and never credentials');
}

# Or a cache would give a page what was made for who said no origin.
sub a_cache_has_one_answer_for_all_pages
{
    for my $path ('/any/rock', '/cached/rock') {
        my $first = Onair::Http->get($port, $path);
        is($first->{headers}{'access-control-allow-origin'}, '*',
            "$path: also who says no origin gets the star");
        my $then = Onair::Http->get($port, $path,
            headers => { Origin => 'https://page.example' });
        is($then->{headers}{'access-control-allow-origin'}, '*',
            'and the page that comes next');
        is($then->{headers}{'access-control-expose-headers'}, 'ETag',
            'may see the ETag');
    }
    my $ws = Onair::WebSocket->connect(port => $port, path => '/any/rock');
    is($ws->header('Access-Control-Allow-Origin'), undef,
        'a WebSocket needs none');
    $ws->close_stream;
}

# Browsers take one of each.
sub an_operator_s_own_headers_are_sent_alone
{
    my $page = 'https://page.example';
    my @ways = (['a plain answer', {}],
        ['events', { Accept => 'text/event-stream' }],
        ['a preflight', { 'Access-Control-Request-Method' => 'GET' },
            'OPTIONS']);
    for my $tls (0, 1) {
        for my $way (@ways) {
            my ($name, $headers, $method) = @$way;
            my $http = Onair::Http->connect(tls => $tls,
                port => $tls ? $server->port('tls') : $port);
            $http->send_request(path => '/own/rock', method => $method,
                headers => { Origin => $page, %$headers });
            my $got = $http->head->{headers};
            is($got->{'access-control-allow-origin'}, 'https://own.example',
                "$name: his name, once");
            is($got->{'access-control-allow-credentials'}, 'true', 'the rest');
            is($got->{'access-control-max-age'}, '60', 'and his time')
                if $method;
            is($got->{'access-control-expose-headers'}, 'ETag',
                'ours beside it') unless $method;
            $http->close_stream;
        }
    }
    my %own = ('' => '*', '?own=x' => 'x');
    for my $args (sort keys %own) {
        is(Onair::Http->get($port, "/own-of/rock$args",
            headers => { Origin => $page })
            ->{headers}{'access-control-allow-origin'}, $own{$args},
            "a value that is '$args' there");
    }
    my $answer = Onair::Http->post($port, '/own-publish', '{"title":"T"}',
        headers => { Origin => $page });
    is($answer->{status}, 204, 'a page that may publish');
    is($answer->{headers}{'access-control-allow-origin'}, $page, 'named once');
    is($answer->{headers}{'access-control-allow-credentials'}, 'true',
        'with credentials, once');
    is(Onair::Http->get($port, '/status')->{headers}
        {'access-control-allow-origin'}, undef, 'nobody else has any');
}

sub pages_without_a_site_and_apps_go_by_name
{
    my %asked = ('/null/' => { 'null' => 200, 'https://app.example' => 200,
        'http://null' => 403, 'https://app.example.evil' => 403, '' => 403 },
        '/app/' => { 'capacitor://localhost' => 200, 'null' => 403,
        'http://localhost' => 403 });
    for my $path (sort keys %asked) {
        for my $origin (sort keys %{ $asked{$path} }) {
            is(asked("${path}rock", $origin), $asked{$path}{$origin},
                "$path: '$origin'");
        }
    }
    is(Onair::Http->get($port, '/null/rock', headers => { Origin => 'null' })
        ->{headers}{'access-control-allow-origin'}, 'null',
        'and may read the answer');
}

sub same_is_the_host_that_was_asked
{
    my %asked = (
        'http://localhost' => 200, 'http://localhost:80' => 200,
        'http://LOCALHOST' => 200,
        'https://localhost' => 200,    # TLS may end in front of nginx
       
        'http://localhost:8080' => 403, 'http://localhost.evil.example' => 403,
        'http://evil.example' => 403, 'null' => 403, 'localhost' => 403,
        '' => 403, 'http://localhost/' => 403, 'http://localhost@x' => 403);
    for my $origin (sort keys %asked) {
        is(asked('/same/rock', $origin), $asked{$origin}, "same: '$origin'");
    }
    is(asked('/same/rock', undef), 200, 'same: no page at all');
    is(asked('/same/rock', 'https://localhost', tls => 1), 200,
        'same over TLS');
    is(asked('/same/rock', 'http://localhost', tls => 1), 403,
        'a page in clear is another over TLS');
    is(asked('/same/rock', 'http://localhost:99',
        headers => { Host => 'localhost:99' }), 200, 'the port counts');
}

# HTTP/2 has no Host but :authority.
sub same_is_the_authority_that_was_asked
{
    my $out = scratch_dir() . '/curl';
    my $tls = $server->port('tls');
    my %asked = ("https://localhost:$tls" => 200, 'https://localhost' => 403,
        'https://localhost:443' => 403, "http://localhost:$tls" => 403,
        "https://127.0.0.1:$tls" => 403);
    for my $origin (sort keys %asked) {
        unlink $out;
        my $pid = spawn($out, 'curl', '-sk', '--http2', '-o', '/dev/null',
            '-w', '%{http_version} %{http_code}', '--resolve',
            "localhost:$tls:127.0.0.1", '-H', "Origin: $origin",
            "https://localhost:$tls/same/rock");
        waitpid $pid, 0;
        is(slurp($out), "2 $asked{$origin}", "same, HTTP/2: '$origin'");
    }
}

sub lists_name_hosts
{
    my %asked = ('https://page.example' => 200, 'http://page.example' => 403,
        'https://page.example:444' => 403, 'https://a.radio.example' => 200,
        'http://a.b.radio.example' => 200, 'https://aradio.example' => 403,
        'https://radio.example' => 403, 'https://radio.example.evil' => 403,
        'http://localhost' => 403);
    for my $origin (sort keys %asked) {
        is(asked('/list/rock', $origin), $asked{$origin}, "list: $origin");
    }
}

sub a_refusal_is_told_and_counted
{
    my $before = Onair::Http->json($port, '/status')->{totals}{refused_origin};
    my $ws = Onair::WebSocket->connect(port => $port, path => '/same/rock',
        origin => 'https://evil.example');
    is($ws->status, 403, 'refused');
    like($ws->refusal, qr/^this origin is not allowed.*\n\z/, 'in words');
    $ws = Onair::WebSocket->connect(port => $port, path => '/echo',
        origin => 'https://evil.example');
    is($ws->status, 403, 'an echo as well');
    my $preflight = Onair::Http->request(port => $port, path => '/same/rock',
        method => 'OPTIONS', headers => { Origin => 'https://evil.example' });
    is($preflight->{status}, 403, 'and a preflight');
    is($preflight->{headers}{'access-control-allow-origin'}, undef,
        'without a name');
    my $answer = Onair::Http->get($port, '/list/rock',
        headers => { Origin => 'https://page.example' });
    is($answer->{headers}{'access-control-allow-origin'},
        'https://page.example', 'who is let in is named');
    like($answer->{headers}{vary}, qr/\bOrigin\b/, 'as answers differ');
    like(Onair::Http->get($port, '/list/rock')->{headers}{vary},
        qr/\bOrigin\b/, 'also without one');
    is(Onair::Http->json($port, '/status')->{totals}{refused_origin},
        $before + 3, 'refusals are counted');
}

anyone_is_let_in_by_default();
a_cache_has_one_answer_for_all_pages();
an_operator_s_own_headers_are_sent_alone();
same_is_the_host_that_was_asked();
pages_without_a_site_and_apps_go_by_name();
same_is_the_authority_that_was_asked();
lists_name_hosts();
a_refusal_is_told_and_counted();
$server->end_checks;
done_testing();
