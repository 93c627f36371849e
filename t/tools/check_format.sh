#!/usr/bin/env bash
# usage: check_format.sh [fix]   the C++ sources against .clang-format
set -euo pipefail

cd "$(dirname "$0")/../.."
mapfile -t files < <(t/tools/files.sh 'src/*.cc' 'src/*.h' 'ngx_module/*/*.cc' \
    'ngx_module/*/*.h' 't/unit/*.cc' 't/unit/*.h' 't/fuzz/*.cc' 't/fuzz/*.h')
if [ "${1:-}" = fix ]; then
    exec clang-format -i "${files[@]}"
fi
bad=()
for file in "${files[@]}"; do
    if ! clang-format "$file" | cmp -s - "$file"; then bad+=("$file"); fi
done
if [ ${#bad[@]} != 0 ]; then
    printf '%s: not as clang-format writes it (make format)\n' "${bad[@]}"
    exit 1
fi
