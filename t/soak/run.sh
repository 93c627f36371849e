#!/usr/bin/env bash
# usage: run.sh   (SOAK_SECONDS, default 180)
#
# A station's life in short: what soak.py says of itself.
set -euo pipefail

cd "$(dirname "$0")/../.."
export ONAIR_BUILD=${ONAIR_BUILD:-$PWD/build}
export ONAIR_NGINX=${ONAIR_NGINX:-$(command -v nginx || echo /usr/sbin/nginx)}
export ONAIR_MODULE=${ONAIR_MODULE-$ONAIR_BUILD/ngx_http_onair_module.so}
ulimit -n 8192 2>/dev/null || true
exec python3 t/soak/soak.py "${SOAK_SECONDS:-180}" "$ONAIR_BUILD/soak"
