#!/usr/bin/env perl

# Any location can be polled; whatever goes wrong with a source, the last good
# state stays, the reason is counted, and the worker does not mind.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::INET;
use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(free_port scratch_dir spawn spawn_sub terminate
    wait_for);
use Onair::Server;
use Onair::Source;

sub document { return Onair::Source::icecast(rock => $_[0]) }

sub state_of
{
    my ($server, $station) = @_;
    return Onair::Http->json($server->port, "/live/$station");
}

sub text_of
{
    my ($server, $station) = @_;
    my $now = state_of($server, $station)->{now} // return '';
    return $now->{text};
}

# What onair_status says of a poll location.
sub poll_of
{
    my ($server, $location) = @_;
    my $status = Onair::Http->json($server->port, '/status');
    return (grep { $_->{location} eq $location } @{ $status->{polls} })[0];
}

sub is_told
{
    my ($server, $station, $text, $name) = @_;
    wait_for(sub { text_of($server, $station) eq $text }, 10);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is(text_of($server, $station), $text, $name);
}

# What can be wrong with an answer, and the word it is counted under.
my @faults = (
    [hang => { mode => 'hang' }, 'timeout'],
    [hang_body => { mode => 'hang_body' }, 'timeout'],
    [drip => { mode => 'slow', piece => 2, pause => 0.1 }, 'timeout'],
    [reset => { mode => 'rst' }, 'incomplete'],
    [reset_head => { mode => 'rst_head' }, 'unreachable'],
    [reset_chunked => { mode => 'rst_chunked' }, 'incomplete'],
    [truncated => { mode => 'truncated' }, 'incomplete'],
    [not_found => { status => 404 }, 'bad_status'],
    [broken => { status => 500 }, 'bad_status'],
    [moved => { status => 302, headers => ['Location: /'] }, 'bad_status'],
    [no_content => { status => 204 }, 'bad_status'],
    [three_megabytes => { mode => 'big' }, 'too_large'],
    [garbage => { mode => 'garbage' }, 'bad_status'],
    [html => { body => '<html>It works!</html>' }, 'unknown_format'],
    [empty => { body => '' }, 'not_json'],
    [half => { body => substr document('Half'), 0, 40 }, 'not_json'],
    [foreign => { body => '{"hello":"world"}' }, 'unknown_format'],
    [packed => { headers => ['Content-Encoding: gzip'] }, 'bad_encoding'],
);

sub fault_locations
{
    my ($source) = @_;
    return join '', map {
        my ($name, undef, $word) = @$_;
        # Patience with the machine where it is not what is tested.
        my $timeout = $word eq 'timeout' ? '600ms' : '5s';
        <<"END";
        location = /s/$name {
            internal;
            proxy_pass ${\ $source->url("/$name") };
            proxy_next_upstream off;
            onair_poll station=$name interval=100ms timeout=$timeout;
        }
END
    } @faults;
}

sub whatever_a_source_does_the_last_good_state_stays
{
    my $source = Onair::Source->new(body => document('Good'));
    $source->set(path => "/$_->[0]", body => document("Good $_->[0]"))
        for @faults;
    my $server = Onair::Server->new(workers => 2, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        ${\ fault_locations($source) }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END
    my %pids = map { $_ => 1 } $server->workers;
    is_told($server, $_->[0], "Good $_->[0]", "$_->[0]: good at first")
        for @faults;
    my %seq = map { $_->[0] => state_of($server, $_->[0])->{seq} } @faults;

    $source->set(path => "/$_->[0]", body => document("Bad $_->[0]"),
        %{ $_->[1] }) for @faults;
    for my $fault (@faults) {
        my ($name, undef, $word) = @$fault;
        wait_for(sub { my $poll = poll_of($server, "/s/$name");
            $poll->{failures}{$word} && $poll->{last_fault} }, 10);
        my $poll = poll_of($server, "/s/$name");
        cmp_ok($poll->{failures}{$word} // 0, '>', 0, "$name: counted as $word")
            or diag(JSON::PP->new->encode($poll));
        is($poll->{last_fault}, $word, "$name: the last fault");
        is($poll->{failures}{total}, $poll->{failures}{$word},
            "$name: and as nothing else");
        my $state = state_of($server, $name);
        is($state->{now}{text}, "Good $name", "$name: the state is kept");
        is($state->{seq}, $seq{$name}, "$name: nobody is told of anything");
        like($server->log,
            qr{onair poll of "/s/$name" failed: .* the last good state is kept},
            "$name: the log names the location and the reason");
    }
    like($server->log, qr{answer is larger than max_body=1048576},
        'and the limit that was hit');

    $source->set(path => "/$_->[0]", body => document("Back $_->[0]"))
        for @faults;
    is_told($server, $_->[0], "Back $_->[0]", "$_->[0]: back again")
        for @faults;
    ok($server->wait_log(qr{poll of "/s/hang" succeeds again}),
        'the log says that it is back');
    is(scalar(grep { !$pids{$_} } $server->workers), 0,
        'the workers are those of the beginning');
    $server->end_checks;
}

sub a_source_that_goes_back_and_forth_does_not_fill_the_log
{
    my $source = Onair::Source->new(body => document('Good'));
    my $server = Onair::Server->new(workers => 1, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll station=rock interval=100ms;
        }
        location = /status { onair_status; }
    }
END
    my $poll = sub {
        return Onair::Http->json($server->port, '/status')->{polls}[0];
    };
    my $turns = 0;
    for (1 .. 20) {
        my $then = $poll->();
        $source->set(body => 'no');
        wait_for(sub { $poll->()->{failures}{total}
            > $then->{failures}{total} }) or last;
        $then = $poll->();
        $source->set(body => document('Good'));
        wait_for(sub { $poll->()->{successes} > $then->{successes} }) or last;
        $turns++;
    }
    is($turns, 20, 'bad, good, bad, good');
    my $bad = () = $server->log =~ /onair poll of .* failed/g;
    my $good = () = $server->log =~ /succeeds again/g;
    # The minute may end meanwhile.
    cmp_ok($bad, '<=', 12, 'which the log is not told each time');
    cmp_ok(abs($bad - $good), '<=', 1, 'each failure has its end');
    $server->end_checks;
}

# One request and its answer, as FastCGI has them (records of 8 bytes head).
sub fastcgi_responder
{
    my ($listener, $body) = @_;
    while (my $client = $listener->accept) {
        my $in = '';
        while (1) {
            last unless sysread $client, $in, 65536, length $in;
            # The request ends with an empty record of its input (type 5).
            last if $in =~ /\x01\x05\x00\x01\x00\x00..\z/s;
        }
        my $out = "Status: 200 OK\r\nContent-Type: application/json\r\n\r\n"
            . $body;
        syswrite $client, pack('CCnnCC', 1, 6, 1, length $out, 0, 0) . $out
            . pack('CCnnCC', 1, 6, 1, 0, 0, 0)
            . pack('CCnnCCNN', 1, 3, 1, 8, 0, 0, 0, 0);
        close $client;
    }
}

sub certificate
{
    my ($dir, $name) = @_;
    my $pid = spawn("$dir/openssl.log", 'openssl', 'req', '-x509', '-newkey',
        'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days',
        '2', '-subj', "/CN=$name", '-addext', "subjectAltName=DNS:$name",
        '-keyout', "$dir/$name.key", '-out', "$dir/$name.crt");
    waitpid $pid, 0;
    die "no certificate\n" if $?;
    return "$dir/$name";
}

sub every_kind_of_location_is_polled
{
    my $dir = scratch_dir();
    my $good = certificate($dir, 'good.example');
    my $other = certificate($dir, 'other.example');
    my $fastcgi = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8);
    my $responder = spawn_sub("$dir/fastcgi.log",
        sub { fastcgi_responder($fastcgi, document('FastCGI')) });
    my $source = Onair::Source->new(body => document('Backup'));
    my $dead = free_port();
    my $server = Onair::Server->new(workers => 2,
        files => { 'html/state.json' => document('File') }, http => <<"END");
    upstream icecast {
        server 127.0.0.1:$dead max_fails=1 fail_timeout=10s;
        server 127.0.0.1:${\ $source->port } backup;
        keepalive 4;
    }
    limit_req_zone \$binary_remote_addr zone=asks:64k rate=1000r/s;
    server {
        listen 127.0.0.1:%%PORT_tls%% ssl;
        ssl_certificate $good.crt;
        ssl_certificate_key $good.key;
        location / {
            if (\$http_authorization != "Basic b25haXI=") { return 403; }
            default_type application/json;
            return 200 '${\ document('TLS') }';
        }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        proxy_ssl_name good.example;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate $good.crt;
        proxy_set_header Authorization "Basic b25haXI=";

        location = /state.json { onair_poll station=file interval=100ms; }
        location = /text {
            return 200 '${\ document('Text') }';
            onair_poll station=text interval=100ms;
        }
        location = /fastcgi {
            fastcgi_pass 127.0.0.1:${\ $fastcgi->sockport };
            fastcgi_param REQUEST_METHOD GET;
            onair_poll station=fastcgi interval=100ms;
        }
        location = /backup {
            internal;
            limit_req zone=asks burst=100 nodelay;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Authorization "Basic b25haXI=";
            proxy_pass http://icecast/status-json.xsl?mount=/a%20b;
            onair_poll station=backup interval=100ms;
        }
        location = /tls {
            internal;
            proxy_pass https://127.0.0.1:%%PORT_tls%%;
            onair_poll station=tls interval=100ms;
        }
        location = /wrong-tls {
            internal;
            proxy_ssl_trusted_certificate $other.crt;
            proxy_ssl_session_reuse off;    # nginx shares them by address
            proxy_pass https://127.0.0.1:%%PORT_tls%%;
            onair_poll station=wrong interval=100ms;
        }
        location = /missing.json { onair_poll station=none interval=100ms; }
        location = /rewritten {
            rewrite ^ /state.json;
            onair_poll station=rewritten interval=100ms;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END
    is_told($server, 'file', 'File', 'a static file');
    is_told($server, 'text', 'Text', 'a text of the configuration');
    is_told($server, 'fastcgi', 'FastCGI', 'FastCGI');
    is_told($server, 'backup', 'Backup', 'the backup server of an upstream{}');
    is_told($server, 'tls', 'TLS', 'TLS, verified, with a password');
    is_told($server, 'rewritten', 'File', 'a rewritten location');
    my ($asked) = $source->requests;
    is($asked->{path}, '/status-json.xsl?mount=/a%20b',
        'the location decides what is asked');
    is($asked->{headers}{authorization}, 'Basic b25haXI=', 'and with what');
    for my $bad (['/wrong-tls', 'unreachable'], ['/missing.json', 'bad_status'])
    {
        my ($location, $word) = @$bad;
        ok(wait_for(sub { poll_of($server, $location)->{failures}{$word} }),
            "$location: $word");
        is(poll_of($server, $location)->{successes}, 0, "$location: no success");
    }

    $server->write_files({ 'html/state.json' => document('Newer File') });
    is_told($server, 'file', 'Newer File', 'a file that changes');
    $source->stop;
    ok(wait_for(sub { poll_of($server, '/backup')->{failures}{unreachable} }),
        'no server left: unreachable');
    is(text_of($server, 'backup'), 'Backup', 'the state is kept');
    terminate($responder);
    $server->end_checks;
}

sub a_source_that_fails_is_asked_less_and_less_often
{
    my $source = Onair::Source->new(body => document('Good'));
    my $server = Onair::Server->new(workers => 1, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /s {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll station=rock interval=100ms timeout=200ms;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END
    is_told($server, 'rock', 'Good', 'good at first');
    $source->wait_requests(5);
    my @times = map { $_->{time} } $source->requests;
    my $took = $times[-1] - $times[-5];
    ok($took > 0.35 && $took < 2, "four intervals of 100 ms took $took s");

    $source->set(status => 500);
    my $before = () = $source->requests;
    $source->wait_requests(6, 15);
    @times = map { $_->{time} } $source->requests;
    @times = @times[$before .. $#times];
    my @pauses = map { $times[$_ + 1] - $times[$_] } 0 .. 4;
    cmp_ok($pauses[4], '>', 2 * $pauses[1],
        'the pauses grow: ' . join ' ', map { sprintf '%.2f', $_ } @pauses);
    my $said = () = $server->log =~ /onair poll of .* failed/g;
    is($said, 1, 'one reason is one line in the log');
    $source->set(body => document('Good again'));
    is_told($server, 'rock', 'Good again', 'and it comes back');
    $before = () = $source->requests;
    ok($source->wait_requests(5, 3), 'at the old pace');
    $server->end_checks;
}

# Neither a poll under way nor its deadline is waited for.
sub a_hanging_poll_does_not_keep_a_worker
{
    my $source = Onair::Source->new(mode => 'hang');
    my $server = Onair::Server->new(workers => 2, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /s {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll station=rock timeout=10m;
        }
        location = /status { onair_status; }
    }
END
    ok(wait_for(sub { scalar $source->requests }), 'a poll is under way');
    my $began = time;
    $server->reload;
    ok(wait_for(sub { !$server->leaving_workers }, 5),
        'the old workers go at a reload');
    ok(wait_for(sub { my $asked = () = $source->requests; $asked > 1 }),
        'the new ones poll');
    is(poll_of($server, '/s')->{failures}{total}, 0,
        'that is no fault of the source');
    ok($server->stop('QUIT', 5), 'nginx goes when asked');
    cmp_ok(time - $began, '<', 10, 'soon');
    $server->end_checks;
}

sub a_source_goes_stale_and_offline_and_never_blank
{
    my $source = Onair::Source->new(body => document('Last'));
    my $server = Onair::Server->new(workers => 2, http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /s {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll interval=100ms stale=500ms offline=1500ms;
        }
        location /live/ { onair; }
    }
END
    is_told($server, 'rock', 'Last', 'live');
    my $ws = Onair::WebSocket->connect(port => $server->port,
        path => '/live/rock');
    is($ws->json->{status}, 'live', 'a page is told: live');
    $source->stop;
    for my $status (qw(stale offline)) {
        my $state = $ws->json;
        is($state->{status}, $status, "then: $status");
        is($state->{now}{text}, 'Last', "$status: the title stays");
    }
    $source->start;
    my $state = $ws->json;
    is($state->{status}, 'live', 'and live again');
    is($state->{now}{text}, 'Last', 'with its title');
    $server->end_checks;
}

require Onair::WebSocket;
whatever_a_source_does_the_last_good_state_stays();
every_kind_of_location_is_polled();
a_source_that_fails_is_asked_less_and_less_often();
a_hanging_poll_does_not_keep_a_worker();
a_source_that_goes_back_and_forth_does_not_fill_the_log();
a_source_goes_stale_and_offline_and_never_blank();
done_testing();
