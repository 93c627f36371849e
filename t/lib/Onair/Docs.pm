package Onair::Docs;

# The configurations in README.md and docs/*.md, as blocks of ```nginx, made
# ready for this machine.
#
#   for my $block (Onair::Docs::blocks('README.md')) {
#       $block->{page}, $block->{line}, $block->{heading}, $block->{text}
#   }
#   my $config = Onair::Docs::whole($text, '10.0.0.5:8000' => $port);
#
# A block is put where its directives belong: one with `http {` is a whole
# nginx.conf, one with `server {` or another directive of the http level stands
# in http, everything else in a server. `load_module` names the module under
# test; ports, names of hosts and files are those of this machine.

use strict;
use warnings;

use Cwd ();
use File::Basename ();

use Onair::Process qw(slurp);
use Onair::Server;

my $root = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../../..');

sub pages
{
    return map { s,^\Q$root\E/,,r } "$root/README.md", glob "$root/docs/*.md";
}

sub text { return slurp("$root/$_[0]") }

sub blocks
{
    my ($page) = @_;
    my (@found, $block);
    my $heading = '';
    my $line = 0;
    for (split /^/, text($page)) {
        $line++;
        if (/^```nginx\s*$/) {
            $block = { page => $page, line => $line + 1, heading => $heading,
                text => '' };
        } elsif (/^```/) {
            push @found, $block if $block;
            undef $block;
        } elsif ($block) {
            $block->{text} .= $_;
        } elsif (/^#+ (.*)/) {
            $heading = $1;
        }
    }
    return @found;
}

# The text of the block number $number (0 is the first) under a heading.
sub recipe
{
    my ($page, $heading, $number) = @_;
    my @found = grep { $_->{heading} eq $heading } blocks($page);
    my $block = $found[ $number // 0 ] or die "no recipe $heading in $page\n";
    return $block->{text};
}

# Where other people's paths, hosts and ports are: ours. %ports gives each
# HOST:PORT that is to be at a port of loopback.
sub made_local
{
    my ($text, %ports) = @_;
    $text =~ s/^load_module .*$//m;
    $text =~ s/\blisten (?:\[::\]:|[\d.]+:)?\d+/listen 127.0.0.1:%%PORT%%/g;
    for my $host (sort keys %ports) {
        $text =~ s/(?<![\w.])\Q$host\E(?![\w.:])/127.0.0.1:$ports{$host}/g;
    }
    $text =~ s,(proxy_pass\s+\w+://)[a-z][\w-]*(?:\.[\w-]+)+,${1}127.0.0.1,g;
    $text =~ s{/var/(?:log|lib)/nginx}{%%DIR%%}g;
    $text =~ s,/srv/www,%%DIR%%/html,g;
    $text =~ s,/etc/nginx/,%%DIR%%/conf/,g;
    return $text;
}

sub whole
{
    my ($block, %ports) = @_;
    my $text = made_local($block, %ports);
    my $module = Onair::Server::module();
    my $load = $module eq '' ? '' : "load_module $module;";
    my $top = "$load\ndaemon off;\npid %%DIR%%/nginx.pid;\n"
        . "error_log %%DIR%%/error.log info;\n";
    my $paths = join '', map { "${_}_temp_path %%DIR%%/temp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
    if ($text =~ s/^http \{\n/http {\naccess_log off;\n$paths/m) {
        return $top . $text;
    }
    $text = "server {\nlisten 127.0.0.1:%%PORT%%;\n$text}\n"
        unless $text =~ /^(?:server|upstream|map|onair_zone|onair_drain)\b/m;
    return "${top}events {}\nhttp {\nonair_drain 0s;\naccess_log off;\n"
        . "$paths$text}\n";
}

1;
