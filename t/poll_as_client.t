#!/usr/bin/env perl

# A polled location answers its poll as it answers a client: each directive and
# module of nginx that shapes an answer, in a location that is polled and in its
# twin that is asked by a client. Either the same bytes are taken, or `nginx -t`
# says which directive does not apply. What is cut is whole to neither.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Encode qw(decode encode find_encoding);
use IO::Compress::Gzip ();
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(free_port wait_for spawn_sub scratch_dir terminate
    slurp);
use Onair::Server;
use Onair::Source;

sub json_of { return qq({"title":"$_[0]"}) }

sub gzip_of
{
    my ($text) = @_;
    IO::Compress::Gzip::gzip(\$text => \my $packed, Minimal => 1);
    return $packed;
}

# --- servers of other protocols ---

sub cgi { return "Content-Type: application/json\r\n\r\n$_[0]" }

sub record { return pack('CCnnCC', 1, $_[0], 1, length $_[1], 0, 0) . $_[1] }

# What each protocol has for an answer, and how the end of its request is known.
my %protocols = (
    fastcgi => {
        ends => sub { $_[0] =~ /\x01\x05\x00\x01\x00\x00..\z/s },
        says => sub {
            my ($body, $whole) = @_;
            my $out = record(6, cgi($body));
            return $whole ? $out . record(6, '') . record(3, "\0" x 8)
                : substr $out, 0, -8;
        },
    },
    uwsgi => {
        ends => sub {
            length $_[0] >= 4
                && length $_[0] >= 4 + unpack 'v', substr $_[0], 1, 2;
        },
        says => sub {
            my ($body, $whole) = @_;
            my $length = length($body) + ($whole ? 0 : 10);
            return "HTTP/1.1 200 OK\r\nContent-Length: $length\r\n"
                . cgi($body);
        },
    },
    scgi => {
        ends => sub {
            $_[0] =~ /^(\d+):/ && length $_[0] >= $1 + 1 + length "$1:";
        },
        says => sub {
            my ($body, $whole) = @_;
            my $length = length($body) + ($whole ? 0 : 10);
            return "Status: 200 OK\r\nContent-Length: $length\r\n"
                . cgi($body);
        },
    },
    memcached => {
        ends => sub { $_[0] =~ /\r\n\z/ },
        says => sub {
            my ($body, $whole) = @_;
            my $length = length $body;
            return "VALUE k 0 $length\r\n"
                . ($whole ? "$body\r\nEND\r\n" : substr $body, 0, $length / 2);
        },
    },
);

# One request a connection. Returns the port.
sub server_of_protocol
{
    my ($name, $body, $whole) = @_;
    my $protocol = $protocols{$name};
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Listen => 64) or die "no listener: $!\n";
    spawn_sub(scratch_dir() . "/$name", sub {
        while (my $client = $listener->accept) {
            my $in = '';
            until ($protocol->{ends}->($in)) {
                last unless sysread $client, $in, 65536, length $in;
            }
            syswrite $client, $protocol->{says}->($body, $whole);
            close $client;
        }
    });
    return $listener->sockport;
}

# --- the table ---

# What is whole comes from nginx (see the end of the configuration), what is
# cut, or fails in between, from here.
my $source = Onair::Source->new(body => json_of('Source'));
my $origin = "http://127.0.0.1:${\ $source->port }";
my $dead = 'http://127.0.0.1:' . free_port();
my $big = '{"title":"Big","rest":"' . 'x' x 200_000 . '"}';

$source->set(path => '/chunked', mode => 'chunked', body => json_of('Chunked'));
$source->set(path => '/close', mode => 'close', body => json_of('Close'));

# name => what stands in both locations. A title is what the poll must bring;
# says: the directive that `nginx -t` says does not apply, and then it is not
# compared; needs: a module.
my $proxy = 'proxy_pass http://127.0.0.1:%%PORT_origin%%';
my @rows = (
    { name => 'return', conf => q(return 200 '{"title":"T"}';) },
    { name => 'alias', conf => 'alias %%DIR%%/html/small.json;' },
    { name => 'aio', conf => 'alias %%DIR%%/html/small.json; aio threads;' },
    { name => 'aio-sendfile',
        conf => 'alias %%DIR%%/html/small.json; aio threads; sendfile on;' },
    { name => 'aio-big', conf => 'alias %%DIR%%/html/big.json; aio threads;
        sendfile on; output_buffers 1 8k;' },
    { name => 'aio-directio', conf => 'alias %%DIR%%/html/big.json;
        aio threads; directio 4k; sendfile on;' },
    { name => 'directio', conf => 'alias %%DIR%%/html/big.json; directio 512;' },
    { name => 'open-file-cache', conf => 'alias %%DIR%%/html/small.json;
        open_file_cache max=10; aio threads;' },
    { name => 'try-files', conf => 'root %%DIR%%/html;
        try_files /none.json /small.json; ' },
    { name => 'rewrite', conf => 'root %%DIR%%/html; rewrite ^ /small.json;' },
    { name => 'set-if', conf => q(set $t Set; if ($request_method = GET)
        { return 200 '{"title":"$t"}'; }) },
    { name => 'proxy', conf => "$proxy/;" },
    { name => 'unbuffered', conf => "$proxy/big; proxy_buffering off;" },
    { name => 'chunked', conf => "proxy_pass $origin/chunked;
        proxy_http_version 1.1;" },
    { name => 'close', conf => "proxy_pass $origin/close;" },
    { name => 'temporary-file', conf => "$proxy/big; proxy_buffers 2 4k;
        proxy_buffer_size 4k; proxy_busy_buffers_size 4k; aio threads;" },
    { name => 'cache', conf => "$proxy/; proxy_cache c; proxy_cache_valid 1h;" },
    { name => 'cache-aio', conf => "$proxy/big; proxy_cache c; aio threads;
        sendfile on; proxy_cache_valid 1h;" },
    { name => 'cache-aio-small', conf => "$proxy/; proxy_cache c; aio threads;
        proxy_cache_valid 1h; proxy_cache_lock on;" },
    { name => 'cache-background', conf => "proxy_pass $origin/; proxy_cache c;
        proxy_cache_valid 1s; proxy_cache_use_stale updating error http_500;
        proxy_cache_background_update on; aio threads;" },
    { name => 'slice', conf => "$proxy/big; proxy_cache c; slice 16k;
        proxy_cache_key \$uri\$slice_range; proxy_cache_valid 200 206 1h;
        proxy_set_header Range \$slice_range;" },
    { name => 'gunzip', conf => "$proxy/packed; gunzip on;" },
    { name => 'gunzip-big', conf => "$proxy/packed-big; gunzip on;
        proxy_http_version 1.1; gunzip_buffers 2 4k;" },
    { name => 'gunzip-sub', conf => "$proxy/packed; gunzip on;
        sub_filter Packed Unpacked; sub_filter_types *;", title => 'Unpacked file' },
    { name => 'gunzip-cache', conf => "$proxy/packed-big; gunzip on;
        proxy_cache c; proxy_cache_valid 1h; aio threads;
        proxy_http_version 1.1;" },
    { name => 'gzip', conf => "$proxy/; gzip on; gzip_types *;
        gzip_min_length 1; gzip_proxied any;" },
    { name => 'gzip-static', conf => 'alias %%DIR%%/html/packed.json;
        gzip_static always; gunzip on; aio threads;' },
    { name => 'sub-filter', conf => "$proxy/; sub_filter Source Replaced;
        sub_filter_types *;", title => 'Replaced' },
    { name => 'sub-filter-aio', conf => 'alias %%DIR%%/html/big.json;
        aio threads; sub_filter Big Bigger; sub_filter_types *;',
        title => 'Bigger' },
    { name => 'sub-filter-name', conf => q(return 200 '{"titel":"T"}';
        sub_filter titel title; sub_filter_types *;), title => 'T' },
    { name => 'charset', conf => "$proxy/latin2; charset utf-8;
        source_charset iso-8859-2; charset_types *;", title => 'žč' },
    { name => 'charset-override', conf => "$proxy/latin2-said; charset utf-8;
        override_charset on;", title => 'žč' },
    { name => 'charset-types', conf => q(return 200 '{"title":"T"}';
        charset utf-8; source_charset iso-8859-2; default_type text/plain;) },
    { name => 'charset-said', conf => "$proxy/latin2-said;", title => 'žč' },
    { name => 'charset-file', conf => 'alias %%DIR%%/html/latin2;
        charset iso-8859-2; charset_types *;', title => 'žč' },
    { name => 'charset-type', conf => 'alias %%DIR%%/html/latin2;
        default_type "application/json; charset=windows-1250";',
        title => 'ľč' },
    { name => 'charset-utf-16', conf => 'alias %%DIR%%/html/utf16;
        default_type "application/json; charset=utf-16";', title => 'žč' },
    { name => 'charset-off', conf => q(return 200 '{"title":"T"}';
        default_type "application/json; charset=x-none";) },
    { name => 'ssi', conf => "$proxy/page; ssi on; ssi_types *;",
        title => 'Part' },
    { name => 'ssi-aio', conf => 'alias %%DIR%%/html/page.json; ssi on;
        ssi_types *; aio threads;', title => 'Part of a file' },
    { name => 'ssi-set', conf => q(return 200 '<!--# set var="t" value="Set" -->
        {"title":"<!--# echo var="t" -->"}'; ssi on; ssi_types *;),
        title => 'Set' },
    { name => 'add-before-body', says => 'add_before_body',
        conf => "$proxy/; add_before_body /part; addition_types *;" },
    { name => 'add-after-body', says => 'add_after_body',
        conf => "$proxy/; add_after_body /part; addition_types *;" },
    { name => 'error-page-uri', conf => "proxy_pass $dead;
        error_page 502 504 =200 /fallback.json;", title => 'Fallback' },
    { name => 'error-page-named', conf => "proxy_pass $dead;
        error_page 502 =200 \@fallback;", title => 'Named' },
    { name => 'error-page-as-is', conf => "proxy_pass $dead;
        error_page 502 = \@fallback;", title => 'Named' },
    { name => 'error-page-file', conf => "proxy_pass $dead; aio threads;
        error_page 502 = /files/big.json;", title => 'Big' },
    { name => 'intercept', conf => "$proxy/404; proxy_intercept_errors on;
        error_page 404 =200 /fallback.json;", title => 'Fallback' },
    { name => 'intercept-proxy', conf => "$proxy/500;
        proxy_intercept_errors on; error_page 500 = \@proxied;",
        title => 'Source' },
    { name => 'intercept-twice', conf => "$proxy/404;
        proxy_intercept_errors on; recursive_error_pages on;
        error_page 404 = \@missing;", title => 'Named' },
    { name => 'static-404', conf => 'root %%DIR%%/html;
        error_page 404 = @fallback;', title => 'Named' },
    { name => 'allow', says => 'allow', conf => "$proxy/; allow 127.0.0.1;" },
    { name => 'deny', says => 'deny', conf => "$proxy/; deny all;" },
    { name => 'auth-basic', says => 'auth_basic', conf => "$proxy/;
        auth_basic radio; auth_basic_user_file %%DIR%%/html/none;" },
    { name => 'auth-request', says => 'auth_request',
        conf => "$proxy/; auth_request /count;" },
    { name => 'mirror', says => 'mirror', conf => "$proxy/; mirror /count;" },
    { name => 'post-action', says => 'post_action',
        conf => "$proxy/; post_action /count;" },
    { name => 'limit-rate', conf => "$proxy/big; limit_rate 1m;" },
    { name => 'limit-req', conf => "$proxy/; limit_req zone=slow burst=50;" },
    { name => 'limit-conn', conf => "$proxy/; limit_conn few 50;" },
    { name => 'headers', conf => "$proxy/; add_header X-A b always; expires 1h;
        userid on;" },
    { name => 'postpone', conf => "proxy_pass $origin/chunked; postpone_output 64k;
        proxy_http_version 1.1; proxy_buffering off;" },
    { name => 'etag', conf => 'alias %%DIR%%/html/small.json; etag on;
        if_modified_since before; max_ranges 1;' },
    { name => 'xslt', needs => 'xslt_filter', conf => "$proxy/xml;
        xslt_stylesheet %%DIR%%/html/now.xslt;", title => 'From XML' },
    (map {
        my $words = $_ eq 'memcached' ? 'set $memcached_key k;'
            . ' default_type application/json;' : "${_}_param A b;";
        { name => $_, conf => "$words ${_}_pass 127.0.0.1:"
            . server_of_protocol($_, json_of($_), 1) . ';', title => $_ },
        { name => "cut-$_", cut => 1, conf => "$words ${_}_pass 127.0.0.1:"
            . server_of_protocol($_, json_of('Cut'), 0) . ';' },
    } sort keys %protocols),
);

# What is cut, each with what could hide it.
my $whole = json_of('Cut') . ' ' x 500;
my @cuts = (
    [length => { mode => 'rst' }],
    [end => { mode => 'truncated' }],
    [chunks => { mode => 'rst_chunked', piece => 50 }],
    [hang => { mode => 'hang_body' }],
);
my @covers = (
    [plain => ''],
    [unbuffered => 'proxy_buffering off;'],
    [sub => 'sub_filter Cut Whole; sub_filter_types *;'],
    [ssi => 'ssi on; ssi_types *;'],
    [charset => 'charset utf-8; source_charset iso-8859-2; charset_types *;'],
    [cache => 'proxy_cache c; proxy_cache_valid 1h; aio threads;'],
    [error_page => 'error_page 502 504 =200 /part;
        proxy_intercept_errors on;'],
);
for my $cut (@cuts) {
    my ($how, $does) = @$cut;
    $source->set(path => "/cut-$how", body => $whole . 'x' x 500, %$does);
    my $packed = gzip_of($whole . join '', map { rand } 1 .. 60);
    $source->set(path => "/cut-$how-packed", body => $packed, %$does,
        headers => ['Content-Encoding: gzip']);
    my $common = 'proxy_http_version 1.1; proxy_read_timeout 300ms;
        proxy_next_upstream off;';
    push @rows, map { { name => "cut-$how-$_->[0]", cut => 1,
        conf => "proxy_pass $origin/cut-$how; $common $_->[1]" } } @covers;
    push @rows, { name => "cut-$how-gunzip", cut => 1,
        conf => "proxy_pass $origin/cut-$how-packed; gunzip on; $common" };
    push @rows, { name => "cut-$how-included", cut => 1, conf =>
        qq(return 200 '{"title":"T"} <!--# include virtual="/parts/cut-$how" -->';
        ssi on; ssi_types *;) };
}
# The packed bytes end early, in an answer that is whole.
push @rows, { name => 'cut-packed', cut => 1,
    conf => "$proxy/half-packed; gunzip on;" };

# --- handlers that make subrequests of their own ---

my %modules = (
    js => ['ngx_http_js_module'],
    lua => ['ndk_http_module', 'ngx_http_lua_module'],
    xslt_filter => ['ngx_http_xslt_filter_module'],
);

my $script = <<'END';
async function asks(r) {
    let inner = await r.subrequest('/inner');
    let title = JSON.parse(inner.responseText).title;
    r.headersOut['Content-Type'] = 'application/json';
    r.return(200, JSON.stringify({title: 'njs of ' + title}));
}
async function asks_for_nothing(r) {
    await r.subrequest('/inner');
    r.return(200, '');
}
function sends(r) {
    r.headersOut['Content-Type'] = 'application/json';
    r.status = 200;
    r.sendHeader();
    r.send('{"title":');
    r.send('"Pieces"}');
    r.finish();
}
function later(r) {
    setTimeout(() => r.return(200, '{"title":"Later"}'), 20);
}
function filter(r, data, flags) {
    r.sendBuffer(data.toString().replace('Source', 'njs'), flags);
}
export default {asks, asks_for_nothing, sends, later, filter};
END

my @script_rows = (
    { name => 'js', needs => 'js', conf => 'js_content t.sends;',
        title => 'Pieces' },
    { name => 'js-asks', needs => 'js', conf => 'js_content t.asks;',
        title => 'njs of Inner' },
    { name => 'js-asks-for-nothing', needs => 'js', cut => 1,
        conf => 'js_content t.asks_for_nothing;' },
    { name => 'js-later', needs => 'js', conf => 'js_content t.later;',
        title => 'Later' },
    { name => 'js-filter', needs => 'js',
        conf => "$proxy/; js_body_filter t.filter;", title => 'njs' },
    { name => 'lua', needs => 'lua', conf =>
        q(content_by_lua_block { ngx.say('{"title":"Lua"}') }),
        title => 'Lua' },
    { name => 'lua-asks', needs => 'lua', conf => q(content_by_lua_block {
        local inner = ngx.location.capture('/inner')
        ngx.print((inner.body:gsub('Inner', 'Lua of Inner'))) }),
        title => 'Lua of Inner' },
    { name => 'lua-asks-two', needs => 'lua', conf => q(content_by_lua_block {
        local a, b = ngx.location.capture_multi({{'/inner'}, {'/lua-origin'}})
        ngx.print(b.body) }), title => 'Source' },
    { name => 'lua-asks-for-nothing', needs => 'lua', cut => 1,
        conf => q(content_by_lua_block { ngx.location.capture('/inner') }) },
    { name => 'lua-later', needs => 'lua', conf => q(content_by_lua_block {
        ngx.print('{"title":') ngx.flush(true) ngx.sleep(0.02)
        ngx.print('"Later"}') }), title => 'Later' },
    { name => 'lua-exec', needs => 'lua', conf =>
        q(content_by_lua_block { ngx.exec('/fallback.json') }),
        title => 'Fallback' },
    { name => 'lua-rewrite', needs => 'lua', conf => "$proxy/;
        rewrite_by_lua_block { ngx.location.capture('/inner') }",
        title => 'Source' },
    { name => 'lua-filter', needs => 'lua', conf => "$proxy/;
        header_filter_by_lua_block { ngx.header.content_length = nil }
        body_filter_by_lua_block {
            ngx.arg[1] = ngx.arg[1]:gsub('Source', 'Lua') }", title => 'Lua' },
);

# --- what is done with it ---

# A zone has places for 64 polls.
sub zone_of { return $_[0]{cut} ? 'cut' : $_[0]{conf} =~ /proxy/ ? 'a' : 'b' }

sub locations
{
    return join '', map {
        <<"END";
        location = /c/$_->{name} {
            $_->{conf}
        }
        location = /p/$_->{name} {
            $_->{conf}
            onair_poll type=json station=$_->{name} title=/title interval=1s
                timeout=9s zone=${\ zone_of($_) };
        }
END
    } @_;
}

sub configuration
{
    my ($given, @rows) = @_;
    return <<"END";
    proxy_cache_path %%DIR%%/temp/cache keys_zone=c:1m;
    limit_req_zone \$binary_remote_addr zone=slow:64k rate=100r/s;
    limit_conn_zone \$binary_remote_addr zone=few:64k;
    charset_map iso-8859-2 utf-8 { BE C5BE; E8 C48D; }
    log_format uri \$request_uri/\$uri;
    $given
    server {
        listen 127.0.0.1:%%PORT%%;
        default_type application/json;
        access_log %%DIR%%/access.log uri;
        log_subrequest on;
        ${\ locations(@rows) }
        location = /part { log_subrequest off; return 200 'Part'; }
        location = /part-of-file { log_subrequest off; aio threads;
            alias %%DIR%%/html/part; }
        location /parts/ { log_subrequest off; proxy_pass $origin/;
            proxy_http_version 1.1; proxy_read_timeout 300ms; }
        location = /inner { log_subrequest off;
            return 200 '{"title":"Inner"}'; }
        location = /lua-origin { log_subrequest off;
            proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location = /count { return 200; }
        location = /fallback.json { return 200 '{"title":"Fallback"}'; }
        location /files/ { alias %%DIR%%/html/; aio threads; }
        location \@fallback { return 200 '{"title":"Named"}'; }
        location \@proxied { rewrite ^ / break;
            proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location \@missing { rewrite ^ /404 break;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
            proxy_intercept_errors on; error_page 404 = \@fallback; }
        location /live/a/ { onair zone=a; access_log off; }
        location /live/b/ { onair zone=b; access_log off; }
        location /live/cut/ { onair zone=cut; access_log off; }
        location = /status { onair_status; access_log off; }
    }
    server {
        listen 127.0.0.1:%%PORT_origin%%;
        default_type application/json;
        location = / { return 200 '{"title":"Source"}'; }
        location = /page {
            return 200 '{"title":"<!--# include virtual="/part" -->"}';
        }
        location = /404 { return 404 '{"title":"Not found"}'; }
        location = /500 { return 500 '{"title":"Broken"}'; }
        location = /xml { default_type text/xml;
            return 200 '<now><t>From XML</t></now>'; }
        location = /big { alias %%DIR%%/html/big.json; }
        location = /latin2 { alias %%DIR%%/html/latin2; }
        location = /latin2-said { alias %%DIR%%/html/latin2;
            default_type "application/json; charset=iso-8859-2"; }
        location = /packed { alias %%DIR%%/html/packed.json.gz;
            types {} add_header Content-Encoding gzip; }
        location = /packed-big { alias %%DIR%%/html/big.gz;
            types {} add_header Content-Encoding gzip; }
        location = /half-packed { alias %%DIR%%/html/half.gz;
            types {} add_header Content-Encoding gzip; }
    }
    onair_zone a:2m;
    onair_zone b:2m;
    onair_zone cut:2m;
END
}

my %files = (
    'html/small.json' => json_of('Small'),
    'html/big.json' => $big,
    'html/packed.json.gz' => gzip_of(json_of('Packed file')),
    'html/page.json' => '{"title":"<!--# include virtual="/part-of-file" -->"}',
    'html/big.gz' => gzip_of($big),
    'html/half.gz' => substr(gzip_of($big), 0, 150),
    'html/latin2' => json_of("\xbe\xe8"),
    'html/utf16' => encode('UTF-16', json_of("\x{17e}\x{10d}")),
    'html/part' => 'Part of a file',
    'html/t.js' => $script,
    'html/now.xslt' => <<'END',
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="text"/>
<xsl:template match="/now">{"title":"<xsl:value-of select="t"/>"}</xsl:template>
</xsl:stylesheet>
END
);

# Of the modules wanted those that this nginx loads.
sub loadable
{
    # One with everything inside has none.
    my ($dir) = Onair::Server::built_with() =~ /--modules-path=(\S+)/;
    return () if !defined $dir;
    my %loads;
    for my $name (keys %modules) {
        my @files = map { "$dir/$_.so" } @{ $modules{$name} };
        next if grep { !-e } @files;
        my $server = Onair::Server->new(stopped => 1,
            main => join '', map { "load_module $_;\n" } @files);
        my (undef, $code) = $server->test_config;
        $loads{$name} = \@files if $code == 0;
    }
    return %loads;
}

sub polls_of
{
    my ($server) = @_;
    my $status = Onair::Http->json($server->port, '/status');
    return map { (split m{/}, $_->{location})[-1] => $_ } @{ $status->{polls} };
}

# Waits until each has been polled, well or badly, as often as it takes.
sub wait_polls
{
    my ($server, $count) = @_;
    my %polls;
    wait_for(sub {
        %polls = polls_of($server);
        return !grep { $_->{successes} + $_->{failures}{total} < $count }
            values %polls;
    }, 20);
    return %polls;
}

sub compare
{
    my ($server, $row, $poll) = @_;
    my $name = $row->{name};
    my $state = Onair::Http->json($server->port, 
        '/live/' . zone_of($row) . "/$name");
    my $answer = Onair::Http->get($server->port, "/c/$name");
    if ($row->{cut}) {
        is($poll->{successes}, 0, "$name: no success");
        is($state->{seq}, 0, "$name: nobody is told of anything");
        return;
    }
    is($answer->{status}, 200, "$name: the client has an answer")
        unless $row->{says};
    if (!$row->{says}) {
        cmp_ok($poll->{successes}, '>', 0, "$name: polled")
            or diag(JSON::PP->new->encode($poll));
        is($poll->{failures}{total}, 0, "$name: each time");
        is($poll->{last_bytes}, length $answer->{body},
            "$name: as many bytes as the client has");
    }
    return if $row->{says};
    my ($set) = $answer->{headers}{'content-type'} =~ /charset=([\w-]+)/;
    my $text = decode($set && find_encoding($set) || 'utf-8', $answer->{body});
    my $seen = eval { JSON::PP->new->decode($text)->{title} };
    is($state->{now}{title}, $seen, "$name: the same title");
    return unless defined $row->{title};
    utf8::decode(my $title = $row->{title});
    is($state->{now}{title}, $title, "$name: as it should be");
}

sub a_poll_takes_what_a_client_gets
{
    my ($how, $given, $main, @rows) = @_;
    my $server = Onair::Server->new(workers => 1, files => \%files,
        main => $main, http => configuration($given, @rows), stopped => 1);
    my $said = $server->test_config;
    for my $row (grep { $_->{says} } @rows) {
        my $words = qq("$row->{says}" does not apply to polls of location )
            . qq("/p/$row->{name}" in ) . $server->dir . '/conf/nginx.conf:';
        cmp_ok(index($said, $words), '>=', 0, "$row->{name}: nginx -t says so");
    }
    my %meant = map { $_->{name} => 1 } grep { $_->{says} } @rows;
    my @others = grep { !$meant{$_} } $said =~ m{not apply .* "/p/([\w-]+)"}g;
    is("@others", '', "$how: and of no other");
    $server->start;
    my %polls = wait_polls($server, 2);
    compare($server, $_, $polls{ $_->{name} }) for @rows;
    # By now there have been polls enough to leave traces.
    my $access = slurp($server->dir . '/access.log') // '';
    unlike($access, qr{/p/}, "$how: no poll in the access log");
    my $counted = () = $access =~ m{/count}g;
    my $clients = () = grep { $_->{conf} =~ m{/count} } @rows;
    cmp_ok($counted, '<=', $clients, "$how: and no action after one");
    unlike($server->log, qr/no "charset_map" between/, "$how: quiet");
    return $server;
}

sub answers_are_taken
{
    my %loads = @_;
    my @these = grep { !$_->{needs} || $loads{ $_->{needs} } } @rows;
    my $server = a_poll_takes_what_a_client_gets('nginx', '',
        load_lines($loads{xslt_filter} // []), @these);
    # Stale answers of a cache, its update failing.
    my %before = polls_of($server);
    $source->set(body => 'no', status => 500);
    ok($source->wait_requests(3, 10, '/'), 'the source fails');
    my $asked = $before{'cache-background'}{successes};
    my %polls;
    ok(wait_for(sub {
        %polls = polls_of($server);
        return $polls{'cache-background'}{successes} > $asked + 3;
    }, 10), 'a stale answer is an answer');
    is($polls{'cache-background'}{failures}{total}, 0, 'each time');
    is($polls{'cache-aio-small'}{failures}{total}, 0, 'a cached one too');
    $source->set(body => json_of('Source'));
    $server->end_checks;
}

sub load_lines { return join '', map { "load_module $_;\n" } @{ $_[0] } }

# njs and Lua stand before and behind this module in the list of modules.
sub scripts_are_taken
{
    my %loads = @_;
    my @these = grep { $loads{ $_->{needs} } } @script_rows;
    return note 'no njs and no Lua for this nginx' unless @these;
    my @files = map { @{ $loads{$_} // [] } } qw(js lua);
    my $module = Onair::Server::module();
    my $given = $loads{js} ? 'js_path %%DIR%%/html/; js_import t from t.js;' : '';
    for my $order ('first', $module eq '' ? () : 'last') {
        local $ENV{ONAIR_MODULE} = '' if $order eq 'last';
        my @all = $order eq 'last' ? (@files, $module) : @files;
        my $server = a_poll_takes_what_a_client_gets(
            "scripts, this module $order", $given, load_lines(\@all), @these);
        $server->end_checks;
    }
}

sub http_host_is_filled
{
    my $server = Onair::Server->new(workers => 1, http => <<'END');
    default_type application/json;
    proxy_set_header Host $http_host;
    server {
        listen 127.0.0.1:%%PORT_named%%;
        server_name radio.example;
        location = /named {
            proxy_pass http://127.0.0.1:%%PORT%%/asked;
            onair_poll type=json station=named title=/title interval=100ms;
        }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /unnamed {
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header User-Agent tool;
            proxy_pass http://127.0.0.1:%%PORT%%/asked;
            onair_poll type=json station=unnamed title=/title interval=100ms;
        }
        location = /asked {
            return 200 '{"title":"$http_host $http_user_agent"}';
        }
        location /live/ { onair; }
    }
END
    my $title = sub {
        my $state = Onair::Http->json($server->port, "/live/$_[0]");
        return $state->{now}{title};
    };
    ok(wait_for(sub { $title->('named') && $title->('unnamed') }),
        '$http_host in a polled location has a value');
    like($title->('named'), qr{^radio\.example Mozilla/5\.0 \(.*onair\)$},
        'the name of its server');
    is($title->('unnamed'), 'localhost tool',
        'or localhost; proxy_set_header replaces what a poll has');
    $server->end_checks;
}

my %loads = loadable();
answers_are_taken(%loads);
scripts_are_taken(%loads);
http_host_is_filled();
done_testing();
