#!/usr/bin/env bash
# usage: player.sh DIR   docs/player as a site serves it: scripts and styles
# without what only readers need, by esbuild, each file by its name. What a page
# with the elements and a room loads may have 12 KB, gzip's.
set -euo pipefail

cd "$(dirname "$0")/../.."
out=$1
command -v esbuild >/dev/null ||
    { echo 'player: no esbuild: make install-deps' >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out"
cp docs/player/* "$out/"
says="/*! onair $(t/tools/version.sh), BSD-2-Clause */"
esbuild docs/player/*.js docs/player/*.css --minify --target=es2022 \
    --charset=utf8 --log-level=warning --allow-overwrite --outdir="$out" \
    --banner:js="$says" --banner:css="$says"

size() {
    local sum=0 file
    for file in "$@"; do
        sum=$((sum + $(gzip -9nc "$out/$file" | wc -c)))
    done
    echo "$sum"
}
station=$(size onair.js link.js)
all=$(size onair.js link.js onair-room.js room-link.js)
echo "player: onair.js and link.js $station bytes by gzip, with a room $all"
if [ "$all" -ge 12288 ]; then
    echo 'player: that is more than 12 KB' >&2
    exit 1
fi
