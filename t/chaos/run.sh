#!/usr/bin/env bash
# usage: run.sh   (CHAOS_SECONDS, default 600; CHAOS_SEED, CHAOS_ONLY=regexp)
#
# What chaos.py says of itself, on ONAIR_NGINX with ONAIR_MODULE.
set -euo pipefail

cd "$(dirname "$0")/../.."
export ONAIR_BUILD=${ONAIR_BUILD:-$PWD/build}
export ONAIR_NGINX=${ONAIR_NGINX:-$(command -v nginx || echo /usr/sbin/nginx)}
export ONAIR_MODULE=${ONAIR_MODULE-$ONAIR_BUILD/ngx_http_onair_module.so}
mkdir -p "$ONAIR_BUILD/chaos"
export ONAIR_CLOCK_SO=$ONAIR_BUILD/chaos/clock.so
"${CXX:-g++}" -std=c++20 -Wall -Wextra -O1 -shared -fPIC -o "$ONAIR_CLOCK_SO" \
    t/chaos/clock.cc -ldl
ulimit -n 8192 2>/dev/null || true
exec python3 t/chaos/chaos.py "${CHAOS_SECONDS:-600}"
