#!/usr/bin/env bash
# usage: run.sh [COMMAND...]   or BENCH="COMMAND..."; see run.py --help
#
# Installs what the bench compares with, then measures.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
"$here/../tools/deps.sh" bench
# Without words `quick` is meant.
read -ra words <<<"${BENCH:-}"
exec python3 "$here/run.py" "$@" "${words[@]}"
