#!/usr/bin/env bash
# usage: run.sh [SUITE|VERSION ...]   (bookworm trixie forky sid without one)
#
# The module built into the nginx of each suite, from its source, with gcc and
# with clang, and t/*.t run on it. Suites with one version of nginx count once;
# what cannot be had is said. t/directives.t and t/docs.t come with the module
# as it is loaded on the distribution's own binary, and run in make prove.
set -euo pipefail

cd "$(dirname "$0")/../.."
t/tools/deps.sh matrix
export ONAIR_BUILD=${ONAIR_BUILD:-$PWD/build}
wants=("$@")
if [ ${#wants[@]} = 0 ]; then wants=(bookworm trixie forky sid); fi
compilers=(g++)
if command -v clang++ >/dev/null; then compilers+=(clang++); fi

failed=()
seen=' '
for want in "${wants[@]}"; do
    if [ -e "$want/src/core/nginx.h" ]; then
        src=$want
    elif ! src=$(t/tools/nginx_source.sh "$want"); then
        echo "matrix: no source of $want"
        continue
    fi
    version=$(sed -n 's/.*define NGINX_VERSION *"\(.*\)"/\1/p' \
        "$src/src/core/nginx.h")
    case $seen in *" $version "*) continue ;; esac
    seen+="$version "
    for cxx in "${compilers[@]}"; do
        name=$version-${cxx%++}
        dir=$ONAIR_BUILD/matrix/$name
        mkdir -p "$dir"
        cc=gcc
        if [ "$cxx" = clang++ ]; then cc=clang; fi
        echo "== nginx $version, $cc"
        if ! { ONAIR_LINK=static ONAIR_CXXFLAGS=-Werror \
            t/tools/configure.sh "$src" "$dir" --with-cc="$cc" --with-debug \
            --with-http_auth_request_module --with-http_stub_status_module \
            --with-http_realip_module --with-http_sub_module \
            --with-http_addition_module --with-http_secure_link_module \
            --with-stream --with-cc-opt='-O1 -g' &&
            make -C "$dir" -f objs/Makefile -j"${JOBS:-2}" \
                binary; } >"$dir/make.log" 2>&1; then
            tail -30 "$dir/make.log"
            failed+=("$name: does not build")
            continue
        fi
        tests=()
        for test in t/*.t; do
            case $test in
                t/directives.t | t/docs.t | t/lib.t) ;;
                *) tests+=("$test") ;;
            esac
        done
        if ! ONAIR_NGINX=$dir/objs/nginx ONAIR_MODULE='' \
            t/tools/prove.sh "${tests[@]}"; then
            failed+=("$name: tests")
        fi
    done
done

echo "matrix:$seen with ${compilers[*]}, ${#failed[@]} failed"
if [ ${#failed[@]} != 0 ]; then
    printf 'matrix: %s\n' "${failed[@]}"
    exit 1
fi
