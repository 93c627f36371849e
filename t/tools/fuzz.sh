#!/usr/bin/env bash
# usage: fuzz.sh DIR SECONDS NAME...
#
# Runs each fuzzer DIR/NAME_fuzz for SECONDS over its corpus t/fuzz/corpus/NAME,
# ONAIR_JOBS (2) at a time. What is found new goes to DIR/corpus/NAME, an input
# that fails to DIR/NAME-crash-...
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$1
seconds=$2
shift 2

export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export root dir seconds
one() {
    local name=$1 log=$dir/$1.log dirs
    mkdir -p "$dir/corpus/$name"
    dirs=("$dir/corpus/$name")
    if [ -d "$root/t/fuzz/corpus/$name" ]; then
        dirs+=("$root/t/fuzz/corpus/$name")
    fi
    if ! "$dir/${name}_fuzz" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$dir/$name-" "${dirs[@]}" >"$log" 2>&1; then
        tail -40 "$log"
        echo "fuzz: failed: $name"
        return 1
    fi
    echo "fuzz: $name, $seconds s: $(sed -n \
        's/.*number_of_executed_units: *//p' "$log") runs, $(sed -n \
        's/.*new_units_added: *//p' "$log") new"
}
export -f one
printf '%s\0' "$@" |
    xargs -0 -n 1 -P "${ONAIR_JOBS:-2}" bash -c 'one "$1"' fuzz || exit 1
echo "fuzz: $# fuzzers, none failed"
