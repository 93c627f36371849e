#!/usr/bin/env bash
# Explores the models of the slot, the lease, the ring of sound, and the ring and
# the table of rooms with spin, every interleaving of every step, ONAIR_JOBS (2)
# at a time. The planted faults have to be found, or the models see nothing. Needs
# spin and a C compiler; under a minute each on an idle machine.
set -u
cd "$(dirname "$0")" || exit 2
here=$(pwd)
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
export here out

# explore WANTED MODEL [-DFLAG]: WANTED is "holds" or "breaks".
explore() {
    local wanted=$1 model=$2 flag=${3-} found=error states
    local dir=$out/$model$flag
    mkdir -p "$dir" && cd "$dir" || return 2
    # shellcheck disable=SC2086
    if spin -a $flag "$here/$model.pml" >spin.log 2>&1 &&
        cc -O2 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -DMEMLIM=2048 \
            -o pan pan.c >cc.log 2>&1 &&
        ./pan -m2000000 -w23 >pan.log 2>&1; then
        if grep -q 'errors: 0' pan.log; then
            found=holds
        elif grep -q 'errors: [1-9]' pan.log; then
            found=breaks
        fi
        # Cut short is not explored.
        if [ $found = holds ] &&
            grep -Eq 'max search depth too small|out of memory|aborted|Search not completed' pan.log; then
            found=error
        fi
    fi
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
    if [ $found != "$wanted" ]; then
        echo "FAIL $model $flag: $found, wanted: $wanted"
        tail -n 20 spin.log cc.log pan.log 2>/dev/null
        return 1
    fi
    touch held
    echo "ok   $model $flag: $found, ${states:-?} states"
}
export -f explore

models='breaks slot -DPLANTED
breaks slot -DPLANTED_WAKE
breaks slot -DPLANTED_DUE
holds slot
holds slot -DLIES
breaks room_ring -DPLANTED
breaks room_ring -DPLANTED_LOOK
holds room_ring
breaks room_table -DPLANTED
breaks room_table -DPLANTED_MISSED
holds room_table
breaks lease -DPLANTED
breaks lease -DPLANTED_CUT
holds lease
breaks ring -DPLANTED_GAP
breaks ring -DPLANTED_TERM
holds ring'

# The last ones take longest: they begin first.
tac <<<"$models" |
    xargs -d '\n' -n 1 -P "${ONAIR_JOBS:-2}" bash -c 'explore $1' model
wanted=$(wc -l <<<"$models")
passed=$(find "$out" -name held | wc -l)
echo "$passed passed, $((wanted - passed)) failed"
[ "$passed" = "$wanted" ]
