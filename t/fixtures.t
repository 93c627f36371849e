#!/usr/bin/env perl

# Every captured answer, served through a real poll: it yields the stations
# that the table of t/unit/source/source_test.cc expects of it, and one that
# cannot be read leaves the last good state as it was.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use Onair::Http;
use Onair::Icecast;
use Onair::Process qw(slurp spew wait_for);
use Onair::Server;
use Onair::Source;

# The unit test's rows: path, format or fault, and lines "name on|off
# current/peak/unique artist | title" with at most 40 bytes of the latter two.
sub rows
{
    my $code = slurp("$FindBin::Bin/unit/source/source_test.cc");
    my ($table) = $code =~ /kRows\[\] = \{\n(.*?)\n\};/s
        or die "no table in source_test.cc\n";
    my $string = qr/"((?:[^"\\]|\\.)*)"/;
    my @rows;
    while ($table =~ /\{$string,\s*$string,\s*((?:$string\s*)+)\}/g) {
        my ($path, $word, $strings) = ($1, $2, $3);
        my $text = join '', map { unescaped($_) } $strings =~ /$string/g;
        push @rows, { path => $path, word => $word, stations => [map { line($_) }
            split /\n/, $text] };
    }
    return @rows;
}

sub unescaped
{
    my ($text) = @_;
    my %named = (n => "\n", t => "\t", '"' => '"', '\\' => '\\');
    $text =~ s/\\(?:x([0-9a-fA-F]+)|(.))/
        defined $1 ? chr hex $1 : $named{$2} \/\/ die "escape \\$2\n"/ge;
    return $text;
}

sub line
{
    my ($text) = @_;
    my ($name, $on, $current, $artist, $title) = $text =~
        m{^(.*?) (on|off) (-?\d+)/\S+ (.*?) ?\| (.*)$} or die "row: $text\n";
    return { name => $name, on => $on eq 'on', artist => $artist,
        title => $title, current => $current };
}

my @rows = rows();
my %faults = map { $_ => 1 } qw(not_json not_xml unknown_format no_stations
    too_deep incomplete);
my $number = 0;
$_->{number} = $number++ for @rows;
my @good = grep { !$faults{ $_->{word} } } @rows;
my @bad = grep { $faults{ $_->{word} } } @rows;

# What a source without mounts says is told under a name of ours.
sub locations
{
    return join '', map {
        my $row = $_;
        my $nameless = grep { $_->{name} eq '' } @{ $row->{stations} };
        my $named = $nameless ? 'station=named' : '';
        <<"END";
        location = /f/$row->{number} {
            internal;
            alias %%DIR%%/html/$row->{number};
            onair_poll zone=z$row->{number} interval=1s max_body=8m $named;
        }
        location /live/$row->{number}/ { onair zone=z$row->{number}; }
END
    } @_;
}

my $kept = Onair::Source::icecast(kept => 'Last - Good');
my %fixture = map { $_->{number} => body_of($_->{path}) } @rows;

# A file, without the head of a response where it has one.
sub body_of
{
    my ($path) = @_;
    my $text = slurp("$FindBin::Bin/fixtures/$path") // die "no $path\n";
    $text =~ s/^HTTP\/.*?\r\n\r\n//s;
    return $text;
}

# As it is on the disk, whatever marks of ours it might hold.
sub put_files
{
    my ($server, %files) = @_;
    spew("$server->{dir}/html/$_", $files{$_}) for keys %files;
}

my $server = Onair::Server->new(workers => 2, stopped => 1, http => join '',
    (map { "onair_zone z$_->{number}:512k;\n" } @rows),
    "server { listen 127.0.0.1:%%PORT%%;\n", locations(@rows),
    "location = /status { onair_status; } }");
put_files($server,
    (map { $_->{number} => $fixture{ $_->{number} } } @good),
    map { $_->{number} => $kept } @bad);
$server->start;

sub polls
{
    my $status = Onair::Http->json($server->port, '/status', timeout => 20);
    return map { $_->{location} =~ m{(\d+)$}; ($1 => $_) }
        @{ $status->{polls} };
}

# Of the bytes of a text as many as the table shows.
sub shown
{
    my ($text) = @_;
    $text //= '';
    utf8::encode($text);
    return substr $text, 0, 40;
}

sub station_differs
{
    my ($row, $want) = @_;
    my $name = $want->{name} eq '' ? 'named' : $want->{name};
    my $state = Onair::Http->json($server->port,
        "/live/$row->{number}/" . Onair::Icecast::escape($name)) // return 'gone';
    my $now = $state->{now} // {};
    my $current = $state->{listeners}{current} // -1;
    my @got = ($state->{status}, shown($now->{artist}), shown($now->{title}),
        $current);
    my @want = ($want->{on} ? 'live' : 'offline', $want->{artist},
        $want->{title}, $want->{current});
    return "@got" eq "@want" ? '' : "$name: @got, not @want";
}

ok(@rows > 150 && @bad >= 3, scalar(@rows) . ' captures, '
    . scalar(@bad) . ' of them cannot be read');
ok(wait_for(sub { my %polls = polls();
        !grep { !$_->{successes} && !$_->{failures}{total} } values %polls },
        30),
    'all have been polled');

my %polls = polls();
for my $row (@good) {
    my $poll = $polls{ $row->{number} };
    my $said = join ' ', map { $poll->{failures}{$_} ? $_ : () }
        sort keys %{ $poll->{failures} };
    is($said, '', "$row->{path}: the poll succeeds");
    my @differ = grep { $_ } map { station_differs($row, $_) }
        @{ $row->{stations} };
    is("@differ", '', "$row->{path}: the stations");
}

put_files($server, map { $_->{number} => $fixture{ $_->{number} } } @bad);
for my $row (@bad) {
    wait_for(sub { %polls = polls();
        $polls{ $row->{number} }{failures}{ $row->{word} } }, 10);
    ok($polls{ $row->{number} }{failures}{ $row->{word} },
        "$row->{path}: counted as $row->{word}");
    my $state = Onair::Http->json($server->port, "/live/$row->{number}/kept");
    is($state->{now}{text}, 'Last - Good', "$row->{path}: the state is kept");
    is($state->{status}, 'live', "$row->{path}: and live");
}
$server->end_checks;
done_testing();
