#!/usr/bin/env bash
# usage: test.sh   what `make test` runs once the module is built and checked.
#
# The tests of a running nginx mostly wait. What compiles and computes goes on
# beside them and gives way to them (nice); what it said comes when both are done.
set -uo pipefail

cd "$(dirname "$0")/../.."
log=$(mktemp)
began=$SECONDS
# As if this were a command line: it has its jobs from the Makefile.
unset MAKEFLAGS MAKELEVEL MFLAGS

steps() {
    local target from
    for target in "$@"; do
        from=$SECONDS
        echo "=== make $target"
        # shellcheck disable=SC2086
        make --no-print-directory $target || return
        echo "=== make $target: $((SECONDS - from)) s"
    done
}

(
    renice -n 19 "$BASHPID" >/dev/null
    steps unit fuzz-short model tidy-short asan-build
) >"$log" 2>&1 &
beside=$!
finish() {
    pkill -P "$beside" 2>/dev/null
    rm -f "$log"
}
trap finish EXIT

steps prove browser 'chaos CHAOS_SECONDS=30' || {
    echo "test: failed above, after $((SECONDS - began)) s"
    exit 1
}
wait "$beside"
failed=$?
cat "$log"
[ $failed != 0 ] || steps asan-short || failed=1
if [ $failed != 0 ]; then
    echo "test: failed above, after $((SECONDS - began)) s"
    exit 1
fi
echo "test: all passed in $((SECONDS - began)) s"
