#!/usr/bin/env perl

# The alert rules and the dashboard of docs/monitoring ask for series that the
# status page has; Prometheus's own promtool, where it is installed, reads the
# page and the rules.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use File::Copy qw(copy);
use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp spew spawn scratch_dir);
use Onair::Server;
use Onair::Source;

my $where = "$FindBin::Bin/../docs/monitoring";
my $source = Onair::Source->new(body =>
    slurp("$FindBin::Bin/fixtures/icecast-2.4.4/title-plain.json"));
my $server = Onair::Server->new(workers => 1, http => <<"END");
    # Rooms of several machines, whose engine is away.
    onair_redis 127.0.0.1:1;
    onair_zone onair:4m rooms=4 share=rooms;
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /source { internal; proxy_pass ${\ $source->url };
            onair_poll interval=100ms; }
        location /live/ { onair; }
        location = /status { onair_status; }
    }
END

my $page;
ok(wait_for(sub {
    $page = Onair::Http->get($server->port,
        '/status?format=prometheus')->{body};
    return $page =~ /^onair_station_live\{.*\} 1$/m;
}), 'a station is on air');
my %has = map { $_ => 1 } $page =~ /^(onair_\w+)/mg;

my $rules = slurp("$where/alerts.yml");
my $board = JSON::PP->new->utf8->decode(slurp("$where/dashboard.json"));
my @asked = map { $_->{expr} } map { @{ $_->{targets} } } @{ $board->{panels} };
cmp_ok(scalar @asked, '>', 10, 'the dashboard asks for something');
for my $text ($rules, @asked) {
    my @unknown = grep { !$has{$_} } $text =~ /\b(onair_\w+)/g;
    is("@unknown", '', 'each series is on the page: ' . substr $text, 0, 50);
}

# What promtool says; '' when it is content.
sub promtool
{
    my ($input, @arguments) = @_;
    my $dir = scratch_dir();
    copy("$where/$_", "$dir/$_") or die "copy: $!\n"
        for 'alerts.yml', 'alerts.test.yml';
    spew("$dir/input", $input);
    my $pid = spawn("$dir/log", 'sh', '-c',
        "cd $dir && promtool \"\$\@\" <input", 'sh', @arguments);
    waitpid $pid, 0;
    return $? == 0 ? '' : slurp("$dir/log");
}

SKIP: {
    skip 'promtool is not installed', 3
        unless grep { -x "$_/promtool" } split /:/, $ENV{PATH};
    is(promtool($page, qw(check metrics)), '', 'promtool reads the page');
    is(promtool('', qw(check rules alerts.yml)), '', 'and the rules');
    is(promtool('', qw(test rules alerts.test.yml)), '',
        'each rule fires when it is to, and not before');
}
$server->end_checks;
done_testing;
