#!/usr/bin/env perl

# The Autobahn test suite's fuzzing client against onair_echo, over ws and wss,
# with compression: every case right and strictly so. It needs Python 2, so it
# is not installed by make; ONAIR_WSTEST is the command that it is.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Process qw(scratch_dir slurp spawn spew);
use Onair::Server;
use Onair::Tls;

my @command = split ' ', $ENV{ONAIR_WSTEST} // '';
plan skip_all => 'ONAIR_WSTEST is the command of the Autobahn test suite'
    unless @command;

my $lines = Onair::Tls::lines();
my $server = Onair::Server->new(workers => 1, files => Onair::Tls::files(),
    http => <<"END");
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl;
        $lines
        location = /echo {
            onair_echo; onair_deflate on; onair_max_message 32m;
            onair_message_rate off;
        }
    }
END
my %urls = (
    ws => 'ws://127.0.0.1:' . $server->port . '/echo',
    wss => 'wss://127.0.0.1:' . $server->port('tls') . '/echo',
);
my @cases = split ' ', $ENV{ONAIR_CASES} // '*';
my %good = map { $_ => 1 } qw(OK INFORMATIONAL);

sub results_of
{
    my ($scheme) = @_;
    my $dir = scratch_dir();
    spew("$dir/spec.json", JSON::PP->new->encode({
        outdir => "$dir/reports",
        servers => [{ agent => 'onair', url => $urls{$scheme} }],
        cases => \@cases, 'exclude-cases' => [], 'exclude-agent-cases' => {},
    }));
    my $pid = spawn("$dir/log", @command, '-m', 'fuzzingclient', '-s',
        "$dir/spec.json");
    waitpid $pid, 0;
    my $index = slurp("$dir/reports/index.json");
    diag(slurp("$dir/log")) unless $index;
    return $index ? JSON::PP->new->decode($index)->{onair} : {};
}

for my $scheme (sort keys %urls) {
    my $results = results_of($scheme);
    my @wrong = grep {
        !$good{ $results->{$_}{behavior} } || !$good{ $results->{$_}{behaviorClose} }
    } sort keys %$results;
    cmp_ok(scalar keys %$results, '>', 0, "$scheme: cases were run");
    is("@wrong", '', "$scheme: all of " . keys(%$results) . ' are right')
        or diag(explain({ map { $_ => $results->{$_} } @wrong }));
}
$server->end_checks;
done_testing();
