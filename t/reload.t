#!/usr/bin/env perl

# A reload loses no state and leaves nobody connected but deaf: the new workers
# serve what the old ones knew, clients are told to come again, polling goes on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;
use Onair::Source;
use Onair::Sse;
use Onair::WebSocket;

sub song { return Onair::Source::icecast(rock => $_[0]) }

my $source = Onair::Source->new(body => song('First'));

sub http_with
{
    my ($interval, $more) = @_;
    return <<"END";
    $more
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source {
            internal;
            proxy_pass ${\ $source->url };
            onair_poll interval=$interval;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
        location = /pid { return 200 \$pid; }
    }
END
}

my $server = Onair::Server->new(workers => 2,
    http => http_with('200ms', 'onair_drain 500ms;'));
my $port = $server->port;

sub state_now { return Onair::Http->json($port, '/live/rock') }
sub status { return Onair::Http->json($port, '/status') }

sub is_told
{
    my ($text, $name) = @_;
    ok(wait_for(sub { ((state_now()->{now} // {})->{text} // '') eq $text }),
        $name);
}

sub new_workers_serve_the_kept_state_at_once
{
    is_told('First', 'a title is known');
    my $before = state_now();
    # So that it is not a poll of the new workers that brings it back.
    $source->stop;
    my %old = map { $_ => 1 } $server->workers;
    $server->reload;
    for my $turn (1 .. 10) {
        my $state = state_now();
        is($state->{now}{text}, 'First', "answer $turn has the title")
            or last;
        is($state->{epoch}, $before->{epoch}, "and the same epoch");
        is($state->{seq}, $before->{seq}, "and the same seq");
    }
    my $pid = Onair::Http->get($port, '/pid')->{body};
    ok(!$old{$pid}, 'from a new worker');
    $source->start;
}

sub clients_are_told_to_come_again
{
    my @clients = map { Onair::WebSocket->connect(port => $port,
        path => '/live/rock') } 1 .. 20;
    my $state = $_->json for @clients;
    my $sse = Onair::Sse->connect(port => $port, path => '/live/rock');
    $sse->json;
    my $poll = Onair::Http->connect(port => $port);
    my $now = state_now();
    $poll->send_request(
        path => "/live/rock?wait=60&since=$now->{epoch}:$now->{seq}");
    ok(wait_for(sub { status()->{zones}[0]{subscribers} == 22 }),
        'all are there');

    my $began = time;
    $server->reload;
    my @codes = map { $_->close_code(10) // 'none' } @clients;
    is(scalar(grep { $_ ne '1012' } @codes), 0,
        'every WebSocket gets 1012') or diag("@codes");
    like($clients[0]{reason}, qr/\w/, 'with a reason in words');
    1 while $sse->block(10);
    ok($sse->ended, 'the event stream ends in an orderly way');
    my $answer = $poll->answer(10);
    ok($answer && $answer->{status} =~ /^(?:200|304)$/,
        'the long poll is answered');
    $_->send_close(1012) for @clients;
    ok(wait_for(sub { !$server->leaving_workers }, 10), 'the old workers go');
    cmp_ok(time - $began, '<', 10, 'soon');

    my $again = Onair::WebSocket->connect(port => $port,
        path => "/live/rock?since=$now->{epoch}:$now->{seq}");
    $state = $again->json;
    is($state->{seq}, $now->{seq}, 'who comes again has missed nothing');
    ok(!exists $state->{gap}, 'and is told so');
    ok(wait_for(sub { status()->{zones}[0]{subscribers} == 1 }),
        'who left is not counted any more');
    is(scalar @{ status()->{workers} }, 2, 'two workers are known');
    $source->set(body => song('After the reload'));
    is($again->json->{now}{text}, 'After the reload', 'polling goes on');
}

sub a_change_while_old_workers_leave_reaches_everyone
{
    $server->reload(http => http_with('200ms', 'onair_drain 3s;'));
    ok(wait_for(sub { !$server->leaving_workers }, 10), 'all are new');
    my @clients = map { Onair::WebSocket->connect(port => $port,
        path => '/live/rock') } 1 .. 10;
    $_->json for @clients;
    $server->reload;
    $source->set(body => song('Meanwhile'));
    my @told = map {
        my $client = $_;
        my $message = $client->json(10);
        $message && $message->{now}{text} eq 'Meanwhile'
            || ($client->close_code(0) // 0) == 1012;
    } @clients;
    is(scalar(grep { !$_ } @told), 0,
        'each is told of the change or sent to a new worker');
}

sub a_changed_interval_takes_effect
{
    $server->reload(http => http_with('10s', 'onair_drain 0;'));
    ok(wait_for(sub { !$server->leaving_workers }, 10), 'the old ones are gone');
    my $poll = status()->{polls}[0];
    is($poll->{interval}, 10, 'the status page has the new interval');
    cmp_ok($poll->{successes}, '>', 2, 'the figures outlive the reload');
    my $count = () = $source->requests;
    # A first poll comes at once, then none for ten seconds.
    wait_for(sub { my $now = () = $source->requests; $now > $count + 2 }, 1.5);
    my $now = () = $source->requests;
    cmp_ok($now - $count, '<=', 1, 'the source is asked less often');

    $server->reload(http => http_with('100ms', 'onair_drain 0;'));
    ok($source->wait_requests(5, 5), 'and more often again');
}

sub reloads_one_after_another
{
    my $epoch = state_now()->{epoch};
    for my $turn (1 .. 5) {
        my $client = Onair::WebSocket->connect(port => $port,
            path => '/live/rock');
        $client->json;
        $server->reload;
        is($client->close_code(10), 1012, "reload $turn");
    }
    is(state_now()->{epoch}, $epoch, 'the epoch is the same after five more');
    ok(wait_for(sub { status()->{zones}[0]{subscribers} == 0 }),
        'nobody is counted who is not there');
}

# Each server polls a location of the same name.
sub a_server_in_front_takes_no_station_from_the_others
{
    my %sources = map {
        $_ => Onair::Source->new(body => Onair::Source::icecast($_ => $_))
    } qw(first second third);
    my $with = sub {
        return 'onair_drain 0;' . join '', map { <<"END" } @_;
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name $_.example;
        location = /source {
            internal;
            proxy_pass ${\ $sources{$_}->url };
            onair_poll interval=200ms;
        }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END
    };
    my $several = Onair::Server->new(workers => 1,
        http => $with->(qw(second third)));
    my $state = sub {
        return Onair::Http->json($several->port, "/live/$_[0]");
    };
    my $polls = sub {
        return grep { $_->{successes} > 2 }
            @{ Onair::Http->json($several->port, '/status')->{polls} };
    };
    ok(wait_for(sub { $polls->() == 2 }), 'two servers poll');
    $several->reload(http => $with->(qw(first second third)));
    ok(wait_for(sub { $polls->() == 3 }), 'a third does too');
    for my $station (qw(first second third)) {
        is($state->($station)->{status}, 'live', "$station is live");
        is($state->($station)->{seq}, 1, 'and never was anything else');
    }
    $several->end_checks;
}

sub server_with_or_without
{
    my ($with) = @_;
    my $load = $with ? 'load_module ' . Onair::Server::module() . ';' : '';
    my $live = $with ? 'location /live/ { onair; }' : '';
    return <<"END";
$load
daemon off;
worker_processes 1;
pid %%DIR%%/nginx.pid;
error_log %%DIR%%/error.log info;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path %%DIR%%/temp/body;
    proxy_temp_path %%DIR%%/temp/proxy;
    fastcgi_temp_path %%DIR%%/temp/fastcgi;
    uwsgi_temp_path %%DIR%%/temp/uwsgi;
    scgi_temp_path %%DIR%%/temp/scgi;
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { return 200 here; }
        $live
    }
}
END
}

sub a_module_that_goes_leaves_no_descriptor
{
    my $changing = Onair::Server->new(workers => 1,
        config => server_with_or_without(0));
    my $count = sub {
        my @all = glob "/proc/${\ $changing->pid }/fd/*";
        return scalar @all;
    };
    my $before = $count->();
    $changing->reload(config => server_with_or_without(1));
    is(Onair::Http->get($changing->port, '/live/rock')->{status}, 200,
        'a module comes with a reload');
    cmp_ok($count->(), '>', $before + 100, 'with its descriptors');
    $changing->reload(config => server_with_or_without(0));
    ok(wait_for(sub { $count->() == $before }), 'and goes with them');
    $changing->end_checks;
}

sub a_reload_without_descriptors_is_refused
{
    my $short = Onair::Server->new(workers => 1,
        config => server_with_or_without(0));
    my ($worker) = $short->workers;
    system 'prlimit', '--pid', $short->pid, '--nofile=100';
    $short->write_config(config => server_with_or_without(1));
    $short->signal('HUP');
    ok($short->wait_log(qr/\[emerg\].*onair: eventfd\(\) failed/),
        'no descriptor is free');
    is(Onair::Http->get($short->port, '/')->{body}, 'here', 'nginx goes on');
    is(($short->workers)[0], $worker, 'with the worker that it had');
    $short->end_checks(allow => [qr/\[emerg\].*eventfd\(\) failed/]);
}

new_workers_serve_the_kept_state_at_once();
clients_are_told_to_come_again();
a_change_while_old_workers_leave_reaches_everyone();
a_changed_interval_takes_effect();
reloads_one_after_another();
$server->end_checks;
a_server_in_front_takes_no_station_from_the_others();
SKIP: {
    skip 'the module is built in', 1 if Onair::Server::module() eq '';
    a_module_that_goes_leaves_no_descriptor();
    a_reload_without_descriptors_is_refused();
}
done_testing();
