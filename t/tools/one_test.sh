#!/usr/bin/env bash
# usage: one_test.sh FILE.t   one test file; for Test::Nginx with a server
# directory and a port that no other file uses at the same time.
set -euo pipefail

name=$(basename "$1" .t)
export TEST_NGINX_SERVROOT=$ONAIR_BUILD/servroot/$name
mkdir -p "$ONAIR_BUILD/servroot"
TEST_NGINX_PORT=$(perl -I t/lib -MOnair::Process=free_port \
    -e 'print free_port()')
export TEST_NGINX_PORT
# A thousand clients need as many descriptors.
ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || true
exec perl "$1"
