#!/usr/bin/env bash
# usage: build.sh DIR SUITE...   the Debian package for the nginx of each suite,
# in a root of its own: DIR/SUITE has the package, build.log and the roots, which
# are used again. As root.
set -euo pipefail

cd "$(dirname "$0")/../.."
here=$PWD/t/package
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift

for suite in "$@"; do
    out=$dir/$suite
    build=$out/build
    mkdir -p "$out"
    "$here/root.sh" make "$suite" "$out/base"
    if [ ! -e "$build/etc/onair-root" ]; then
        rm -rf "$build"
        cp -a "$out/base" "$build"
    fi
    "$here/root.sh" make "$suite" "$build" build-essential debhelper fakeroot \
        libssl-dev lintian nginx nginx-dev rapidjson-dev zlib1g-dev

    version=$(t/tools/version.sh)
    t/tools/dist.sh "$out" >/dev/null
    rm -rf "$build/srv/onair"
    mkdir -p "$build/srv/onair"
    tar -C "$build/srv/onair" --strip-components 1 \
        -xzf "$out/onair-$version.tar.gz"
    if ! "$here/root.sh" in "$build" env DEBFULLNAME="${DEBFULLNAME-}" \
        DEBEMAIL="${DEBEMAIL-}" DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-}" \
        /srv/onair/t/tools/deb.sh /srv/deb >"$out/build.log" 2>&1; then
        tail -n 40 "$out/build.log" >&2
        exit 1
    fi
    rm -f "$out"/libnginx-mod-http-onair*
    cp "$build"/srv/deb/libnginx-mod-http-onair* "$out/"
    echo "deb: $suite: made $(ls "$out"/libnginx-mod-http-onair_*.deb)," \
        "$("$here/root.sh" in "$build" lintian --version) finds nothing"
done
