#!/usr/bin/env bash
# usage: files.sh [PATTERN...]   the project's files, whether or not git will
# speak of them (it will not where another user owns the checkout)
set -euo pipefail

cd "$(dirname "$0")/../.."
list() {
    git -c safe.directory='*' ls-files -co --exclude-standard 2>/dev/null ||
        find . -name .git -prune -o -path ./build -prune -o \
            -name node_modules -prune -o -type f -print | sed 's,^\./,,'
}
list | sort -u | while IFS= read -r file; do
    if [ ! -e "$file" ]; then continue; fi
    if [ $# = 0 ]; then echo "$file"; fi
    for pattern in "$@"; do
        # shellcheck disable=SC2254
        case $file in $pattern) echo "$file"; break ;; esac
    done
done
