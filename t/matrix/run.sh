#!/usr/bin/env bash
# usage: run.sh [SUITE|VERSION|TREE ...]   (bookworm trixie forky sid)
#
# The module built for the nginx of each suite of Debian, of a version that one
# of them has, or of a source tree, and t/*.t run on it: first everything is
# built, without a warning, then run with one compiler after the other. Suites
# that have one version of nginx count once; what cannot be had is said.
#
#   CXXS="g++"       compilers; g++ and, where it is there, clang++
#   T="t/sse.t ..."  tests; all but those below
#   BUILD_ONLY=1     nothing is run
#
# Module and nginx are built as by a distribution (--with-compat, the module
# loaded) and with HTTP/3 where nginx has it. t/lib.t is left out: it tests the
# helpers of the tests and needs no module.
set -euo pipefail

cd "$(dirname "$0")/../.."
t/tools/deps.sh matrix test
export ONAIR_BUILD=${ONAIR_BUILD:-$PWD/build}
out=$ONAIR_BUILD/matrix
mkdir -p "$out"
t/tools/http3.sh || echo 'matrix: t/http3.t will be skipped'
wants=("$@")
# nginx would look for its listening sockets in it.
unset NGINX
if [ ${#wants[@]} = 0 ]; then wants=(bookworm trixie forky sid); fi
read -ra compilers <<<"${CXXS:-g++ $(command -v clang++ >/dev/null &&
    echo clang++ || true)}"
read -ra tests <<<"${T:-$(echo t/*.t | sed 's, t/lib\.t , ,')}"

# What a tree can be built with. The flags are nginx's own words, newest last.
flags_for() {
    local flag
    for flag in http_auth_request http_stub_status http_realip http_sub \
        http_addition http_secure_link http_gzip_static http_v3; do
        if grep -q -- "--with-${flag}_module)" "$1/auto/options"; then
            echo "--with-${flag}_module"
        fi
    done
}

# The core knows nothing of nginx: it is compiled once with each compiler.
declare -A built
core_from() {
    local have=${built[$1]:-} stage
    if [ -z "$have" ]; then return; fi
    for stage in src/*/; do
        stage=objs/addon/$(basename "$stage")
        mkdir -p "$2/$stage"
        cp "$have/$stage"/*.[od] "$2/$stage/"
    done
}

build() {
    local src=$1 cxx=$2 dir=$3 cc=gcc
    case $cxx in *clang*) cc=${cxx/clang++/clang} ;; *) cc=${cxx/g++/gcc} ;; esac
    mkdir -p "$dir"
    # shellcheck disable=SC2046
    ONAIR_PCH= ONAIR_CXXFLAGS=-Werror t/tools/configure.sh "$src" "$dir" \
        --with-cc="$cc" --with-debug --with-stream --with-cc-opt='-O1 -g' \
        $(flags_for "$src") && core_from "$cxx" "$dir" &&
        make -C "$dir" -f objs/Makefile -j"${JOBS:-2}" binary modules
}

version_of() {
    sed -n 's/.*define NGINX_VERSION *"\(.*\)"/\1/p' "$1/src/core/nginx.h"
}

failed=()
versions=()
declare -A tree
for want in "${wants[@]}"; do
    if [ -e "$want/src/core/nginx.h" ]; then
        src=$want
    elif ! src=$(t/tools/nginx_source.sh "$want" 2>"$out/source.log"); then
        echo "matrix: no source of $want: $(tail -1 "$out/source.log")"
        continue
    fi
    version=$(version_of "$src")
    if [ -z "${tree[$version]:-}" ]; then versions+=("$version"); fi
    tree[$version]=$src
done

pairs=()
for cxx in "${compilers[@]}"; do
    for version in ${versions[@]+"${versions[@]}"}; do
        pair=$version-${cxx%++}
        SECONDS=0
        if build "${tree[$version]}" "$cxx" "$out/$pair" \
            >"$out/$pair.make.log" 2>&1; then
            echo "matrix: built for nginx $version with $cxx (${SECONDS}s)"
            pairs+=("$pair")
            built[$cxx]=$out/$pair
        else
            tail -30 "$out/$pair.make.log"
            failed+=("$pair: does not build")
        fi
    done
done

# The last lines of prove: "Files=44, Tests=2861, 612 wallclock secs ...".
figures() { sed -n 's/^Files=\([0-9]*\), Tests=\([0-9]*\), *\([0-9]*\) .*/\1 \2 \3/p' "$1"; }

checks=0
lines=()
for pair in ${pairs[@]+"${pairs[@]}"}; do
    if [ -n "${BUILD_ONLY:-}" ]; then break; fi
    echo "== $pair"
    objs=$out/$pair/objs
    result=pass
    if ! ONAIR_NGINX=$objs/nginx \
        ONAIR_MODULE=$objs/ngx_http_onair_module.so \
        t/tools/prove.sh "${tests[@]}" 2>&1 | tee "$out/$pair.test.log"; then
        failed+=("$pair: tests")
        result=FAIL
    fi
    read -r files count seconds <<<"$(figures "$out/$pair.test.log")"
    checks=$((checks + ${count:-0}))
    lines+=("$(printf '%-14s %-4s %4s files %6s checks %6ss' "$pair" "$result" \
        "${files:-0}" "${count:-0}" "${seconds:-0}")")
done

if [ ${#lines[@]} != 0 ]; then printf 'matrix: %s\n' "${lines[@]}"; fi
if [ ${#failed[@]} != 0 ]; then printf 'matrix: failed: %s\n' "${failed[@]}"; fi
echo "matrix: ${#versions[@]} versions of nginx x ${#compilers[@]} compilers," \
    "${#pairs[@]} built, ${#lines[@]} run, $checks checks, ${#failed[@]} failed"
[ ${#versions[@]} != 0 ] && [ ${#failed[@]} = 0 ]
