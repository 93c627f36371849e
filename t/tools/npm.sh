#!/usr/bin/env bash
# usage: npm.sh   installs the clients of t/npm under build/, prints where
set -euo pipefail

here=$(cd "$(dirname "$0")/../npm" && pwd)
out=${ONAIR_BUILD:-$here/../../build}/npm
mkdir -p "$out"
exec 9>"$out/lock"
flock 9
if ! cmp -s "$here/package-lock.json" "$out/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$out/"
    npm ci --silent --ignore-scripts --prefix "$out" >/dev/null
    cp "$here/package-lock.json" "$out/installed.json"
fi
echo "$out/node_modules"
