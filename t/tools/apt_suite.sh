#!/usr/bin/env bash
# usage: apt_suite.sh SUITE deb|deb-src
#
# Makes a private apt that looks at SUITE of the archive this machine installs
# from already, updates its lists and prints the configuration's path, to be
# given as `apt-get -c PATH`. The machine's own apt is not touched. It is made
# from the machine's sources (either format) with the suite replaced; options,
# keys and proxies stay as they are.
set -euo pipefail

suite=$1
type=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
dir=${ONAIR_BUILD:-$root/build}/apt/$suite-$type
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")

mkdir -p "$dir"/{parts,state/lists/partial,cache/archives/partial}

# Stanzas and lines of the release itself, not of its updates or of others'.
CODENAME=$codename SUITE=$suite TYPE=$type perl -e '
    my ($code, $suite, $type) = @ENV{qw(CODENAME SUITE TYPE)};
    my $own = qr/^(?:\Q$code\E|stable|testing|unstable|sid)$/;
    my %seen;
    sub put { print $_[0] unless $seen{ $_[0] }++ }
    for my $path (glob("/etc/apt/sources.list.d/*.sources")) {
        local $/ = "";
        open my $file, "<", $path or next;
        while (my $stanza = <$file>) {
            $stanza =~ s/^#.*\n//mg;
            next if $stanza =~ /^Enabled:\s*no/mi;
            my ($suites) = $stanza =~ /^Suites:\s*(.*)$/mi or next;
            next unless grep { $_ =~ $own } split " ", $suites;
            next unless $stanza =~ /^Components:.*\bmain\b/mi;
            $stanza =~ s/^Suites:.*$/Suites: $suite/mi;
            $stanza =~ s/^Types:.*$/Types: $type/mi;
            $stanza =~ s/^Components:.*$/Components: main/mi;
            $stanza =~ s/\n+\z//;
            put("$stanza\n\n");
        }
    }
' >"$dir/suite.sources"

CODENAME=$codename SUITE=$suite TYPE=$type perl -ne '
    BEGIN { ($code, $suite, $type) = @ENV{qw(CODENAME SUITE TYPE)} }
    next unless /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)/;
    my ($options, $uri, $of, $parts) = ($1 // "", $2, $3, $4);
    next unless $of =~ /^(?:\Q$code\E|stable|testing|unstable|sid)$/
        && $parts =~ /\bmain\b/;
    print "$type $options$uri $suite main\n" unless $seen{$uri}++;
' $(ls /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null) \
    /dev/null >"$dir/suite.list"

rm -f "$dir"/parts/*
if [ -s "$dir/suite.sources" ]; then
    cp "$dir/suite.sources" "$dir/parts/"
else
    cp "$dir/suite.list" "$dir/parts/"
fi

cat >"$dir/apt.conf" <<END
Dir::State "$dir/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$dir/parts";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Update::Post-Invoke-Success "";
END
if [ "$(id -u)" = 0 ]; then
    echo 'APT::Sandbox::User "root";' >>"$dir/apt.conf"
fi

if [ -z "$(find "$dir/updated" -mmin -360 2>/dev/null)" ]; then
    apt-get -c "$dir/apt.conf" -qq update >&2
    touch "$dir/updated"
fi
echo "$dir/apt.conf"
