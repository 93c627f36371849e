#!/usr/bin/env bash
# usage: check.sh MODULE.so   every check that needs no test; says each by name.
set -uo pipefail

cd "$(dirname "$0")/../.."
module=$1
failed=0
run() {
    local name=$1
    shift
    if "$@"; then
        echo "check: $name: ok"
    else
        echo "check: $name: FAILED"
        failed=1
    fi
}
shell_syntax() {
    local file bad=0
    while read -r file; do
        bash -n "$file" || bad=1
    done < <(t/tools/files.sh '*.sh' .ci/run)
    return $bad
}
version_is_one() {
    t/tools/version.sh >/dev/null
}
run layers python3 t/tools/check_layers.py
run names python3 t/tools/check_names.py
run docs python3 t/tools/check_docs.py
run format t/tools/check_format.sh
run shell shell_syntax
run version version_is_one
run player t/tools/player.sh "${ONAIR_BUILD:-build}/player"
run exports t/tools/check_exports.sh "$module"
exit $failed
