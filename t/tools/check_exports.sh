#!/usr/bin/env bash
# usage: check_exports.sh MODULE.so
#
# The module shows nginx its tables and nothing else, and wants from C++'s
# library only what releases still in service have.
set -euo pipefail

shown=$(nm -D --defined-only "$1" | awk '{ print $3 }' | sed 's/@.*//' |
    grep -Ev '^(ngx_modules|ngx_module_names|ngx_module_order)$' |
    grep -v '^ngx_http_onair_module$' || true)
if [ -n "$shown" ]; then
    echo "$1 exports more than nginx needs:"
    echo "$shown" | c++filt | head -20
    exit 1
fi
missing=$(nm -D --undefined-only "$1" | awk '{ print $2 }' |
    grep -E '^_ZN?K?5onair' || true)
if [ -n "$missing" ]; then
    echo "$1 lacks:"
    echo "$missing" | c++filt
    exit 1
fi
