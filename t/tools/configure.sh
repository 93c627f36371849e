#!/usr/bin/env bash
# usage: configure.sh NGX_SRC DIR [configure's flags]
#
# Runs nginx's configure with this module over NGX_SRC without writing into it:
# DIR becomes a tree of links to it, DIR/objs holds what is made. Headers that
# configure writes anew but alike keep their old date, so that a new file in
# src/ does not mean that everything is compiled again.
#
# The flags of a distribution's nginx-dev (conf_flags) go before the given ones;
# for any other tree, what a module needs to fit a binary made --with-compat.
#
# ONAIR_LINK=static puts the module into nginx itself (--add-module),
# ONAIR_LINK=none leaves it out.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
src=$(cd "$1" && pwd)
dir=$2
shift 2

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
for name in auto src conf contrib man docs html misc; do
    rm -f "$dir/$name"
    if [ -e "$src/$name" ]; then ln -s "$src/$name" "$dir/$name"; fi
done
configure=$src/configure
if [ ! -e "$configure" ]; then configure=$src/auto/configure; fi

case ${ONAIR_LINK:-dynamic} in
    dynamic) add=(--add-dynamic-module="$root") ;;
    static) add=(--add-module="$root") ;;
    none) add=() ;;
esac

NGX_CONF_FLAGS=(--with-compat --with-threads --with-http_ssl_module
    --with-http_v2_module)
if [ -e "$src/conf_flags" ]; then . "$src/conf_flags"; fi

cd "$dir"
old=$dir/old
rm -rf "$old"
mkdir -p "$old"
for name in Makefile ngx_auto_config.h ngx_auto_headers.h; do
    if [ -e "objs/$name" ]; then cp -p "objs/$name" "$old/"; fi
done

if ! "$configure" "${NGX_CONF_FLAGS[@]}" "$@" \
    ${add[@]+"${add[@]}"} >configure.log 2>&1; then
    cat configure.log >&2
    rm -rf "$old"
    exit 1
fi

flags() { grep -E '(CC|CFLAGS|ALL_INCS) *[+=]' "$1" | sed 's/^.*\.o: //' |
    sort -u; }
if [ -e "$old/Makefile" ] &&
    [ "$(flags "$old/Makefile")" = "$(flags objs/Makefile)" ]; then
    for name in ngx_auto_config.h ngx_auto_headers.h; do
        if cmp -s "$old/$name" "objs/$name"; then
            mv "$old/$name" "objs/$name"
        fi
    done
fi
rm -rf "$old"
