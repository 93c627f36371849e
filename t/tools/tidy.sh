#!/usr/bin/env bash
# usage: tidy.sh OBJS [FILE.cc ...]
#
# clang-tidy over the core and the glue, or the given files; two at a time. OBJS
# is the directory where nginx's configure left its headers. What was clean and
# has not changed since (nor any header) is not looked at again. All of it takes
# a quarter of an hour: with TIDY_SECONDS the files that changed last come first,
# and when the time is over no other one is begun.
set -euo pipefail
shopt -s nullglob

cd "$(dirname "$0")/../.."
objs=$1
shift
files=("$@")
# Without a repository, as in a tarball, they come as they are.
by_change() {
    git -c safe.directory='*' log -n 200 --format= --name-only 2>/dev/null |
        grep -E '^(src|ngx_module)/[^/]*/[^/]*\.cc$' || true
    printf '%s\n' src/*/*.cc ngx_module/*/*.cc
}
if [ ${#files[@]} = 0 ]; then
    mapfile -t files < <(by_change | awk '!seen[$0]++' | while read -r file; do
        if [ -e "$file" ]; then echo "$file"; fi
    done)
fi
until=$(($(date +%s) + ${TIDY_SECONDS:-86400}))

cache=${ONAIR_BUILD:-$PWD/build}/tidy
mkdir -p "$cache"
headers=$(cat .clang-tidy src/*/*.h ngx_module/*/*.h "$0" | sha1sum)
tree=$(cd "$objs/.." && pwd)

export headers tree objs cache until
: >"$cache/left"
one() {
    local file=$1 sum log flags
    sum=$cache/$(printf '%s %s' "$headers" "$(sha1sum <"$file")" | sha1sum |
        cut -c1-40)
    if [ -e "$sum" ]; then return 0; fi
    if [ "$(date +%s)" -ge "$until" ]; then
        echo "$file" >>"$cache/left"
        return 0
    fi
    flags=(-std=c++20 -fno-exceptions -fno-rtti -Isrc -Wall -Wextra
        -Wno-unused-parameter)
    case $file in
        ngx_module/*)
            for dir in core event event/modules os/unix http http/modules \
                http/v2 http/v3 event/quic; do
                flags+=(-isystem "$tree/src/$dir")
            done
            flags+=(-isystem "$objs" -I.) ;;
    esac
    if log=$(clang-tidy --quiet "$file" -- "${flags[@]}" 2>&1); then
        touch "$sum"
    else
        echo "== $file"
        echo "$log" | grep -v 'warnings generated\|Suppressed\|Use -header'
        return 1
    fi
}
export -f one
printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "${ONAIR_JOBS:-2}" bash -c 'one "$1"' tidy
left=$(wc -l <"$cache/left")
echo "tidy: $((${#files[@]} - left)) files, clean; $left not looked at"
