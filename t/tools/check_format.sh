#!/usr/bin/env bash
# usage: check_format.sh [fix]   the C++ sources against .clang-format
set -euo pipefail

cd "$(dirname "$0")/../.."
mapfile -t files < <(t/tools/files.sh 'src/*.cc' 'src/*.h' 'ngx_module/*/*.cc' \
    'ngx_module/*/*.h' 't/unit/*.cc' 't/unit/*.h' 't/fuzz/*.cc' 't/fuzz/*.h')
if [ "${1:-}" = fix ]; then
    exec clang-format -i "${files[@]}"
fi
# One process for all of them: to start it takes longer than its work.
bad=$(clang-format --dry-run "${files[@]}" 2>&1 |
    sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: .*\[-Wclang-format-violations\]$/\1/p' |
    uniq)
if [ -n "$bad" ]; then
    printf '%s: not as clang-format writes it (make format)\n' $bad
    exit 1
fi
