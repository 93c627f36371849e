#!/usr/bin/env bash
# usage: try.sh DIR SUITE...   the packages that build.sh made, each on a clean
# Debian of its suite: installed by apt, enabled, a title served to a page from
# the package's own examples, and purged: without a trace. As root.
set -euo pipefail

cd "$(dirname "$0")/../.."
here=$PWD/t/package
package=libnginx-mod-http-onair
dir=$(cd "$1" && pwd)
shift

# Every file of the root but caches, logs and dpkg's own books; what is in /etc;
# what dpkg knows.
files() {
    (cd "$clean" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev \
        -o -path ./tmp -o -path ./var/cache -o -path ./var/lib/apt \
        -o -path ./var/lib/dpkg -o -path ./var/log/apt \) -prune \
        -o -printf '%p %m %l\n'
     find etc -type f ! -name ld.so.cache -exec sha256sum {} +) |
        LC_ALL=C sort
    "$here/root.sh" in "$clean" dpkg-query -W -f \
        '${Package} ${Version} ${db:Status-Abbrev}\n' | LC_ALL=C sort
}

in_clean() {
    "$here/root.sh" in "$clean" "$@" >"$out/try.log" 2>&1 ||
        { tail -n 30 "$out/try.log" >&2; exit 1; }
}

for suite in "$@"; do
    out=$dir/$suite
    clean=$out/clean
    say() { echo "deb: $suite: $*"; }
    deb=$(ls "$out/${package}"_*.deb 2>/dev/null) ||
        { say "no package: make deb SUITES=$suite" >&2; exit 1; }
    deb=${deb##*/}

    rm -rf "$clean"
    cp -a "$out/base" "$clean"
    "$here/root.sh" make "$suite" "$clean" nginx curl
    in_clean nginx -t
    files >"$out/before"

    cp "$out/$deb" "$clean/tmp/"
    in_clean apt-get -y install --no-install-recommends "/tmp/$deb"
    in_clean nginx -t
    in_clean dpkg --verify "$package"
    say "$deb installed by apt, nginx -t takes it"

    cp docs/packages/debian/tests/smoke "$clean/tmp/smoke"
    port=$(perl -I t/lib -MOnair::Process=free_port -e 'print free_port()')
    in_clean env ONAIR_PORT="$port" /tmp/smoke
    say "$(tail -n 1 "$out/try.log")"

    # Removed, the configuration is off but known; with it again, on again.
    in_clean apt-get -y remove "$package"
    in_clean nginx -t
    in_clean apt-get -y install --no-install-recommends "/tmp/$deb"
    in_clean test -e /etc/nginx/modules-enabled/50-mod-http-onair.conf

    in_clean apt-get -y purge "$package"
    in_clean apt-get -y autoremove --purge
    in_clean nginx -t
    files >"$out/after"
    if ! diff "$out/before" "$out/after" >"$out/left"; then
        say 'something is left of it:' >&2
        cat "$out/left" >&2
        exit 1
    fi
    say "purged without a trace ($(wc -l <"$out/after") lines of files and" \
        "packages are as before)"
done
