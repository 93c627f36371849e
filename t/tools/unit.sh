#!/usr/bin/env bash
# usage: unit.sh PROGRAM...   runs each and says how many tests passed.
set -uo pipefail

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
bad=()
for program in "$@"; do
    name=$(basename "$(dirname "$program")")/$(basename "$program")
    echo "== $name"
    "$program" >"$log" 2>&1
    rc=$?
    cat "$log"
    count=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
    passed=$((passed + ${count:-0}))
    if [ "$rc" != 0 ] || [ -z "$count" ] || [ "$count" = 0 ]; then
        bad+=("$name")
    fi
done

echo "unit: $# programs, $passed tests passed, ${#bad[@]} programs failed"
if [ ${#bad[@]} != 0 ]; then
    printf 'unit: failed: %s\n' "${bad[@]}"
    exit 1
fi
