#!/usr/bin/env bash
# usage: run.sh [FILE.t ...]   (all of t/*.t without one)
#
# The tests, nonsense and chaos on an nginx with ASan and UBSan, module inside
# (DIALOGUE_SECONDS, KEPT_SECONDS, CHAOS_SECONDS; ASAN_SHORT=1: the first alone;
# KEPT_ONLY=1: nothing but the second of these, KEPT_SEED; NGINX: another version
# or tree, with HTTP/3 where it has it). First the canary:
# faults planted on purpose must be reported, or nothing here proves anything.
# Reports go to files in build/asan/reports, and a report is fatal, so that a
# test also sees its worker die.
set -euo pipefail

cd "$(dirname "$0")/../.."
t/tools/deps.sh asan test
export ONAIR_BUILD=${ONAIR_BUILD:-$PWD/build}
out=$ONAIR_BUILD/asan
# shellcheck disable=SC2086
t/asan/build.sh ${NGINX:-}
unset NGINX     # which nginx takes for sockets to inherit
nginx=$out/nginx/objs/nginx

# Workers may have any user: the directory is everybody's.
reports=$out/reports
rm -rf "$reports"
mkdir -p "$reports"
chmod 1777 "$reports"

# log_path last: Test::Nginx appends to it.
common="abort_on_error=1:halt_on_error=1:print_stacktrace=1"
export UBSAN_OPTIONS="$common:log_path=$reports/report"
export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1"
# A leak is told of at the end and fails the run, not the process.
ASAN_OPTIONS+=":exitcode=0:malloc_context_size=24:$common:log_path=$reports/report"
export ONAIR_NGINX=$nginx ONAIR_MODULE=
# It is slow: fewer at a time.
export ONAIR_JOBS=${ONAIR_JOBS:-3}
export ONAIR_NGINX_MAIN='user root;'

python3 t/asan/canary.py "$nginx" "$reports"

failed=0
kept() {
    # shellcheck disable=SC2086
    python3 t/fuzz/kept.py "${KEPT_SECONDS:-40}" ${KEPT_SEED:-} || failed=1
}
if [ -n "${KEPT_ONLY:-}" ]; then
    kept
    python3 t/asan/reports.py "$reports" || failed=1
    exit $failed
fi
t/tools/prove.sh "$@" || failed=1

python3 t/fuzz/dialogue.py "${DIALOGUE_SECONDS:-20}" || failed=1
if [ -n "${ASAN_SHORT:-}" ]; then
    python3 t/asan/reports.py "$reports" || failed=1
    exit $failed
fi
kept

# Everything takes several times as long as it does without the sanitizers.
CHAOS_SECONDS=${CHAOS_SECONDS:-100} CHAOS_SLACK=${CHAOS_SLACK:-2} \
    CHAOS_LISTENERS=${CHAOS_LISTENERS:-120} t/chaos/run.sh || failed=1

python3 t/asan/reports.py "$reports" || failed=1
exit $failed
