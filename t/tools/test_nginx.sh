#!/usr/bin/env bash
# usage: test_nginx.sh
#
# Sees to it that Test::Nginx::Socket is there. Where the release has no package
# of it, unstable's (it is Perl alone) is unpacked under the build directory,
# where prove.sh finds it, and what it needs comes from the release.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ONAIR_BUILD:-$root/build}
lib=$build/perl/usr/share/perl5
# Its import looks for nginx, so only the loading of the file is asked for.
has() { PERL5LIB=$lib perl -e 'require Test::Nginx::Socket' 2>/dev/null; }
if has; then exit 0; fi

if apt-cache show libtest-nginx-perl >/dev/null 2>&1; then
    "$root/t/tools/apt_install.sh" libtest-nginx-perl
    has && exit 0
fi

echo 'Test::Nginx: unpacking it from unstable'
conf=$("$root/t/tools/apt_suite.sh" sid deb)
mkdir -p "$build/perl"
(cd "$build/perl" && rm -f ./*.deb &&
    apt-get -c "$conf" -qq download libtest-nginx-perl)
deb=$(ls "$build"/perl/libtest-nginx-perl_*.deb)
dpkg-deb -x "$deb" "$build/perl"

# The first of each set of alternatives, without its version.
needs=$(dpkg-deb -f "$deb" Depends | tr ',' '\n' |
    sed 's/|.*//; s/([^)]*)//g; s/:any//; s/ //g' |
    grep -Ev '^(perl|perl-base|nginx.*|)$' || true)
"$root/t/tools/apt_install.sh" $needs
has || { PERL5LIB=$lib perl -e 'require Test::Nginx::Socket'; exit 1; }
