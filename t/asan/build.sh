#!/usr/bin/env bash
# usage: build.sh [SUITE|VERSION|TREE]   (1.22.1 without one)
#
# Builds the distribution's nginx from its source with this module and the
# canary inside, under ASan and UBSan, each pool allocation one of its own
# (NGX_DEBUG_PALLOC), and prints the path of the binary. ONAIR_CORE is the core
# as the unit tests have it, with the same sanitizers; without it it is compiled.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ONAIR_BUILD:-$root/build}
out=$build/asan
src=${1:-1.22.1}
if [ ! -d "$src/src/core" ]; then
    src=$("$root/t/tools/nginx_source.sh" "$src")
fi

# nginx itself compares and copies nothing from a null pointer, lays structures
# over bytes, and shifts an address into the sign (of allow and deny); what is
# ours may do none of it.
sanitize='-fsanitize=address,undefined'
own='-fsanitize=nonnull-attribute -fsanitize=alignment -fsanitize=shift'
nginx="-fno-sanitize=nonnull-attribute -fno-sanitize=alignment"
nginx="$nginx -fno-sanitize=shift"
cc="$sanitize $nginx -fno-omit-frame-pointer -g -O1"
cc="$cc -DNGX_DEBUG_PALLOC=1 -DNGX_DEBUG_MALLOC=1 -Wno-error"

http3=()
if [ -d "$src/src/http/v3" ]; then http3=(--with-http_v3_module); fi

mkdir -p "$out"
stamp=$(cd "$root" && ls src/*/*.cc ngx_module/*/*.cc; echo "$src $cc $own";
    echo "${ONAIR_CORE:-} ${ONAIR_PCH:-}";
    cksum "$root/config" "$root/config.make" "$root"/t/asan/build.sh)
if [ ! -e "$out/nginx/objs/Makefile" ] ||
    [ "$(cat "$out/stamp" 2>/dev/null)" != "$stamp" ]; then
    ONAIR_LINK=static ONAIR_CXXFLAGS="$own -g1 -UNDEBUG -D_GLIBCXX_ASSERTIONS" \
        "$root/t/tools/configure.sh" "$src" "$out/nginx" \
        --with-debug --with-poll_module --with-select_module \
        --with-http_auth_request_module \
        --with-http_stub_status_module --with-http_realip_module \
        --with-http_sub_module --with-http_addition_module \
        --with-http_gunzip_module --with-http_gzip_static_module \
        --with-http_secure_link_module --with-http_slice_module \
        --with-threads --with-file-aio --with-stream \
        ${http3[@]+"${http3[@]}"} --user=root --group=root \
        --with-cc-opt="$cc" --with-ld-opt="$sanitize" \
        --add-module="$root/t/asan/canary" >&2
    printf '%s\n' "$stamp" >"$out/stamp"
fi
# nginx's Makefile knows nothing of a library that changes.
if [ -n "${ONAIR_CORE:-}" ] && [ "$ONAIR_CORE" -nt "$out/nginx/objs/nginx" ]; then
    rm -f "$out/nginx/objs/nginx"
fi
make -C "$out/nginx" -f objs/Makefile -j"${JOBS:-2}" binary \
    >"$out/make.log" 2>&1 || { tail -40 "$out/make.log" >&2; exit 1; }
echo "$out/nginx/objs/nginx"
