# The configurations in README.md and docs/*.md are what they say they are: each
# ```nginx block is one that `nginx -t` takes, and the README's serves a title.
#
# A block is put where its directives belong: one with `http {` is a whole
# nginx.conf, one with `server {` or another directive of the http level stands
# in http, everything else in a server. `load_module` names the module under
# test, ports, addresses, names and files are those of this machine.

use strict;
use warnings;

use Cwd ();
use FindBin;
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for slurp spew spawn);
use Onair::Server;
use Onair::Source;

my $root = Cwd::abs_path("$FindBin::Bin/..");
my $source = Onair::Source->new(body =>
    slurp("$root/t/fixtures/icecast-2.4.4/title-plain.json"));
my $server = Onair::Server->new(stopped => 1, config => '', files => {});
my $dir = $server->dir;

# name of the page, number of the block's first line, the block
sub blocks
{
    my ($page) = @_;
    my (@found, $block, $line);
    my $fence = 0;
    for (split /^/, slurp("$root/$page")) {
        $fence++;
        if (/^```nginx\s*$/) {
            ($block, $line) = ('', $fence + 1);
        } elsif (/^```/) {
            push @found, [ $page, $line, $block ] if defined $block;
            undef $block;
        } elsif (defined $block) {
            $block .= $_;
        }
    }
    return @found;
}

sub pages
{
    return map { s,^\Q$root\E/,,r } "$root/README.md", glob "$root/docs/*.md";
}

# Where other people's paths, hosts and ports are: ours.
sub made_local
{
    my ($text) = @_;
    my $module = Onair::Server::module();
    my $load = $module eq '' ? '' : "load_module $module;";
    $text =~ s/^load_module .*$//m;
    $text =~ s/\blisten (?:\[::\]:)?\d+/listen 127.0.0.1:%%PORT%%/g;
    $text =~ s,(proxy_pass\s+\w+://)[a-z][\w-]*(?:\.[\w-]+)+,${1}127.0.0.1,g;
    $text =~ s,/var/log/nginx,%%DIR%%,g;
    $text =~ s,127\.0\.0\.1:8000,127.0.0.1:${\ $source->port},g;
    return ($load, $text);
}

sub whole
{
    my ($block) = @_;
    my ($load, $text) = made_local($block);
    my $top = "$load\ndaemon off;\npid %%DIR%%/nginx.pid;\n"
        . "error_log %%DIR%%/error.log info;\n";
    my $paths = join '', map { "${_}_temp_path %%DIR%%/temp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
    if ($text =~ s/^http \{\n/http {\naccess_log off;\n$paths/m) {
        return $top . $text;
    }
    $text = "server {\nlisten 127.0.0.1:%%PORT%%;\n$text}\n"
        unless $text =~ /^(?:server|upstream|map|onair_zone|onair_drain)\b/m;
    return "${top}events {}\nhttp {\naccess_log off;\n$paths$text}\n";
}

for my $block (map { blocks($_) } pages()) {
    my ($page, $line, $text) = @$block;
    $server->write_config(config => whole($text));
    my ($said, $code) = $server->test_config;
    ok($code == 0 && $said !~ /\[(?:warn|alert|emerg|crit)\]/,
        "$page:$line is a configuration that nginx takes") or diag($said);
}

# The README's own, on a running nginx.
my ($first) = blocks('README.md');
$server->write_config(config => whole($first->[2]));
$server->{master} = 0;    # its events {} and workers are not the helper's
$server->start;
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

# The commands that the pages name exist.
my %target = map { $_ => 1 } slurp("$root/Makefile") =~ /^([a-z-]+):/mg;
for my $page (pages()) {
    my @unknown = grep { !$target{$_} }
        slurp("$root/$page") =~ /(?:^|[`\n] *)make ([a-z-]+)/g;
    is("@unknown", '', "every make target that $page names exists");
}

done_testing;
