#!/usr/bin/env bash
# usage: quiet.sh LOG COMMAND...   runs it and says nothing; when it fails, its
# first error and the end of what it wrote.
set -uo pipefail

log=$1
shift
"$@" >"$log" 2>&1 && exit 0
rc=$?
grep -n -m 1 -A 15 -E '(error|Error|ERROR)\b.*:|: (fatal )?error:' "$log"
echo "-- the end of $log:"
tail -n 25 "$log"
exit "$rc"
