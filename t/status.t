#!/usr/bin/env perl

# The status page: every series once, figures that are the same whichever worker
# answers, and what is asked for in either form.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Source;

my $source = Onair::Source->new(body =>
    slurp("$FindBin::Bin/fixtures/icecast-2.4.4/title-plain.json"));
my $broken = Onair::Source->new(body => '<html>');
my $poll = "location = /source { internal; proxy_pass ${\ $source->url };"
    . ' onair_poll interval=100ms; }';
my $server = Onair::Server->new(http => <<"END");
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        $poll
        location = /broken { internal; proxy_pass ${\ $broken->url };
            onair_poll interval=100ms; }
        location /live/ { onair; }
        location = /status { onair_status; }
        location /publish/ { onair_publish; }
    }
    server { listen 127.0.0.1:%%PORT%%; server_name one.example; $poll }
    server { listen 127.0.0.1:%%PORT%%; server_name two.example; $poll }
    server { listen 127.0.0.1:%%PORT_b%%; server_name two.example; $poll }
END
my $port = $server->port;

sub metrics
{
    my %value;
    my @twice;
    for (split /\n/, Onair::Http->get($port, '/status?format=prometheus')
        ->{body}) {
        next if /^#/;
        my ($series, $value) = /^(\S+(?:\{.*\})?) (\S+)$/ or die "bad line: $_";
        push @twice, $series if exists $value{$series};
        $value{$series} = $value;
    }
    return \%value, @twice;
}

my ($value, @twice);
my $good = qr/^onair_poll_successes_total\{.*location="\/source"/;
my $bad = 'onair_poll_failures_total{zone="onair",server="",'
    . 'location="/broken",kind="poll"}';
ok(wait_for(sub {
    ($value, @twice) = metrics();
    my @polls = grep { /$good/ && $value->{$_} > 0 } keys %$value;
    return @polls == 4 && $value->{$bad};
}), 'each of four locations of one name has its figures')
    or diag join "\n", sort keys %$value;
is("@twice", '', 'no series is there twice');
is($value->{'onair_station_live{zone="onair",station="live.mp3"}'}, 1,
    'a station that is on air');
cmp_ok($value->{$bad}, '>', 0, 'a source that is none');

my $status = Onair::Http->json($port, '/status');
is_deeply([ sort map { $_->{server} // '' }
    grep { $_->{location} eq '/source' } @{ $status->{polls} } ],
    [ '', 'one.example', 'two.example', 'two.example' ],
    'in JSON too a poll says of which server it is');
my ($bad) = grep { $_->{location} eq '/broken' } @{ $status->{polls} };
is($bad->{last_fault}, 'unknown_format', 'and why it failed');
ok($bad->{failures}{unknown_format}, 'counted by the reason');

Onair::Http->post($port, '/publish/rock', '{"title":"x"}');
my %published;
$published{ Onair::Http->json($port, '/status')->{totals}{published} }++
    for 1 .. 20;
is_deeply([ keys %published ], [1], 'all workers give the same totals');

for my $accept ('application/openmetrics-text;version=1.0.0,*/*;q=0.1',
    'text/plain;version=0.0.4') {
    my $answer = Onair::Http->get($port, '/status',
        headers => { Accept => $accept });
    is($answer->{headers}{'content-type'}, 'text/plain; version=0.0.4',
        "a scraper gets its format ($accept)");
}
is(Onair::Http->get($port, '/status')->{headers}{'content-type'},
    'application/json', 'anyone else JSON');
is(Onair::Http->post($port, '/status', '')->{status}, 405, 'only asked, not told');

$server->end_checks;
done_testing;
