#!/usr/bin/env bash
# usage: unit.sh PROGRAM...   runs each, two at a time (ONAIR_JOBS), and says how
# many tests passed; the last lines are why some did not.
set -uo pipefail

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
bad=()
reasons=()

# What a program that failed said of it. A failed assertion jumps over
# destructors, so what leaks behind it says nothing.
reason_of() {
    if grep -q '^\[  FAILED  \]' "$1"; then
        sed '/listed below:$/,$d' "$1" |
            grep -E '^\[(  ERROR   |   LINE   |  FAILED  )\]'
    else
        grep -v '^\[       OK \]\|^\[ RUN      \]' "$1" | tail -n 40
    fi
}

export logs
# shellcheck disable=SC2016
printf '%s\0' "$@" | xargs -0 -n 1 -P "${ONAIR_JOBS:-2}" bash -c '
    log=$logs/$(basename "$(dirname "$1")")-$(basename "$1")
    "$1" >"$log" 2>&1
    echo $? >"$log.rc"' unit

for program in "$@"; do
    name=$(basename "$(dirname "$program")")/$(basename "$program")
    log=$logs/${name/\//-}
    rc=$(cat "$log.rc")
    echo "== $name"
    count=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
    passed=$((passed + ${count:-0}))
    if [ "$rc" != 0 ] || [ -z "$count" ] || [ "$count" = 0 ]; then
        bad+=("$name")
        reasons+=("$(reason_of "$log")")
    fi
    sed '/ERROR: LeakSanitizer/,$d' "$log"
done

echo "unit: $# programs, $passed tests passed, ${#bad[@]} programs failed"
for i in "${!bad[@]}"; do
    printf 'unit: failed: %s\n%s\n' "${bad[$i]}" "${reasons[$i]}"
done
[ ${#bad[@]} = 0 ]
