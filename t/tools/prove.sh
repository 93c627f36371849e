#!/usr/bin/env bash
# usage: prove.sh [FILE.t ...]   (all of t/*.t without one)
#
# Runs the tests, five files at a time, as they mostly wait: each has a server
# directory and ports of its own. ONAIR_JOBS, ONAIR_NGINX, ONAIR_MODULE and
# ONAIR_BUILD say how many, with which nginx, which module ('' if it is built in)
# and where.
set -euo pipefail

cd "$(dirname "$0")/../.."
export ONAIR_BUILD=${ONAIR_BUILD:-$PWD/build}
export ONAIR_NGINX=${ONAIR_NGINX:-$(command -v nginx || echo /usr/sbin/nginx)}
export ONAIR_MODULE=${ONAIR_MODULE-$ONAIR_BUILD/ngx_http_onair_module.so}
if [ -n "$ONAIR_MODULE" ] && [ ! -e "$ONAIR_MODULE" ]; then
    echo "prove: no module at $ONAIR_MODULE: make build" >&2
    exit 1
fi

# Test::Nginx reads these; its server directory must be writable for the
# workers' user.
export TEST_NGINX_BINARY=$ONAIR_NGINX
export TEST_NGINX_LOAD_MODULES=$ONAIR_MODULE
export TEST_NGINX_NO_CLEAN=0
export PERL5LIB=$PWD/t/lib:$ONAIR_BUILD/perl/usr/share/perl5${PERL5LIB:+:$PERL5LIB}

files=("$@")
# The longest begin first: nothing then waits for one of them.
long=(t/machines_engine.t t/state.t t/signalling.t)
if [ ${#files[@]} = 0 ]; then
    files=("${long[@]}")
    for file in t/*.t; do
        if [[ " ${long[*]} " != *" $file "* ]]; then files+=("$file"); fi
    done
fi
exec prove --timer -j "${ONAIR_JOBS:-5}" \
    --exec "t/tools/one_test.sh" "${files[@]}"
