#!/usr/bin/env perl

# The configurations in README.md and docs/*.md are what they say they are: each
# ```nginx block is one that `nginx -t` takes, the README's serves a title, and
# every make target that is named exists.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;

use Onair::Docs;
use Onair::Http;
use Onair::Process qw(wait_for slurp);
use Onair::Server;
use Onair::Source;

my $root = "$FindBin::Bin/..";
my $server = Onair::Server->new(stopped => 1, config => '');

for my $block (map { Onair::Docs::blocks($_) } Onair::Docs::pages()) {
    $server->write_config(config => Onair::Docs::whole($block->{text}));
    my ($said, $code) = $server->test_config;
    ok($code == 0 && $said !~ /\[(?:warn|alert|emerg|crit)\]/,
        "$block->{page}:$block->{line} is a configuration that nginx takes")
        or diag($said);
}

# The README's own, on a running nginx.
my $source = Onair::Source->new(body =>
    slurp("$root/t/fixtures/icecast-2.4.4/title-plain.json"));
my ($first) = Onair::Docs::blocks('README.md');
$server = Onair::Server->new(workers => 1, config => Onair::Docs::whole(
    $first->{text}, '127.0.0.1:8000' => $source->port));
my $port = $server->port;
my $state;
wait_for(sub {
    $state = Onair::Http->json($port, '/live/live.mp3');
    return $state && $state->{now};
});
is($state->{now}{text}, 'Artist Name - Song Title',
    'the configuration in README.md tells the title of an Icecast');
is(Onair::Http->get($port, '/source')->{status}, 404,
    'and its source is for nginx only');
is(Onair::Http->json($port, '/status')->{polls}[0]{location}, '/source',
    'and its status page is there');
$server->end_checks;

my %target = map { $_ => 1 } slurp("$root/Makefile") =~ /^([a-z-]+):/mg;
for my $page (Onair::Docs::pages()) {
    my @unknown = grep { !$target{$_} }
        Onair::Docs::text($page) =~ /(?:^|[`\n] *)make ([a-z-]+)/g;
    is("@unknown", '', "every make target that $page names exists");
}

done_testing;
