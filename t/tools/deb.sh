#!/usr/bin/env bash
# usage: deb.sh DIR   the Debian package for the nginx of this release, source and
# binary, in DIR, from the tarball that `make dist` makes; lintian has nothing to
# say of it. DEBFULLNAME and DEBEMAIL are who made it.
set -euo pipefail

cd "$(dirname "$0")/../.."
out=$(mkdir -p "$1" && cd "$1" && pwd)
name=libnginx-mod-http-onair
upstream=$(t/tools/version.sh)
release=$(. /etc/os-release && echo "${VERSION_ID:-0}")
# A package of one release is another one than that of the next.
version=$upstream-1~deb$release
who="${DEBFULLNAME:-the onair authors} <${DEBEMAIL:-onair@radio.example}>"

rm -rf "$out/onair-$upstream" "$out/$name"_* "$out/$name"-dbgsym_*
t/tools/dist.sh "$out" >/dev/null
mv "$out/onair-$upstream.tar.gz" "$out/${name}_$upstream.orig.tar.gz"
tar -C "$out" -xzf "$out/${name}_$upstream.orig.tar.gz"
cd "$out/onair-$upstream"
date=$(date -R -u -r docs/changes.md)
cp -r docs/packages/debian debian
# debian/copyright has the words of LICENSE.
{ cat debian/copyright.in
  sed '1,2d; s/^$/./; s/^/ /' LICENSE; } >debian/copyright.in.new
mv debian/copyright.in.new debian/copyright.in
for file in debian/*.in; do
    text=$(cat "$file")
    text=${text//@MAINTAINER@/"$who"}
    text=${text//@DATE@/"$date"}
    text=${text//@VERSION@/"$version"}
    printf '%s\n' "${text//@UPSTREAM@/"$upstream"}" >"${file%.in}"
    rm "$file"
done

dpkg-buildpackage -us -uc
cd ..
rm -rf "onair-$upstream"
lintian --version
lintian --allow-root --fail-on error,warning \
    "$out/${name}_${version}"_*.changes
