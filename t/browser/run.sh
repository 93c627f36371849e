#!/bin/sh
# Runs the tests of the page: t/browser/run.sh [FILE...]
# ONAIR_MODULE, ONAIR_NGINX and ONAIR_CHROMIUM name what is used.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build/browser
mkdir -p "$build"

# The packages live under build/, so that the tree stays clean.
if ! cmp -s "$here/package-lock.json" "$build/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$build/"
    npm ci --silent --ignore-scripts --prefix "$build" >/dev/null
    cp "$here/package-lock.json" "$build/installed.json"
fi

[ $# -gt 0 ] || set -- "$here"/*.test.js
cd "$here"
NODE_PATH=$build/node_modules exec node --test --test-concurrency=1 "$@"
