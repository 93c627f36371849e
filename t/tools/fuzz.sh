#!/usr/bin/env bash
# usage: fuzz.sh DIR SECONDS [NAME]
#
# Runs each fuzzer DIR/*_fuzz (or NAME_fuzz alone) for SECONDS over its corpus
# t/fuzz/corpus/NAME. What is found new goes to DIR/corpus/NAME, an input that
# fails to DIR/NAME-crash-...
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$1
seconds=$2
only=${3:-*}

export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
ran=0
bad=()
for program in "$dir"/${only}_fuzz; do
    if [ ! -x "$program" ]; then continue; fi
    name=$(basename "$program" _fuzz)
    seeds=$root/t/fuzz/corpus/$name
    mkdir -p "$dir/corpus/$name"
    echo "== $name, $seconds s"
    dirs=("$dir/corpus/$name")
    if [ -d "$seeds" ]; then dirs+=("$seeds"); fi
    if ! "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$dir/$name-" "${dirs[@]}" >"$dir/$name.log" 2>&1
    then
        tail -40 "$dir/$name.log"
        bad+=("$name")
    fi
    grep -E 'number_of_executed_units|new_units_added' "$dir/$name.log"
    ran=$((ran + 1))
done

echo "fuzz: $ran fuzzers, ${#bad[@]} failed"
if [ ${#bad[@]} != 0 ] || [ "$ran" = 0 ]; then
    printf 'fuzz: failed: %s\n' "${bad[@]-none ran}"
    exit 1
fi
