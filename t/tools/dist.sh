#!/usr/bin/env bash
# usage: dist.sh DIR   DIR/onair-VERSION.tar.gz: the project's files, the same
# bytes for the same files wherever it is made.
set -euo pipefail

cd "$(dirname "$0")/../.."
out=$1
version=$(t/tools/version.sh)
name=onair-$version
# The date is that of the last commit; without git, of the newest file.
date=${SOURCE_DATE_EPOCH:-$(git -c safe.directory='*' log -1 --format=%ct \
    2>/dev/null || stat -c %Y docs/changes.md)}
mkdir -p "$out"
t/tools/files.sh | LC_ALL=C sort | tar --create --no-recursion --files-from - \
    --transform "s,^,$name/," --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX --mtime="@$date" | gzip -9n >"$out/$name.tar.gz"
echo "made $out/$name.tar.gz"
