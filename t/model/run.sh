#!/bin/sh
# Explores the models of the slot, the lease, the ring of sound, and the ring and
# the table of rooms with spin, every interleaving of every step. The planted
# faults have to be found, or the models see
# nothing. Needs spin and a C compiler; under a minute each on an idle machine.
set -u
cd "$(dirname "$0")" || exit 2
here=$(pwd)
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
passed=0
failed=0

# explore WANTED MODEL [-DFLAG]: WANTED is "holds" or "breaks".
explore() {
    wanted=$1
    model=$2
    flag=${3-}
    dir=$out/$model$flag
    mkdir -p "$dir" && cd "$dir" || exit 2
    found=error
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
    if [ $found = $wanted ]; then
        passed=$((passed + 1))
        echo "ok   $model $flag: $found, ${states:-?} states"
    else
        failed=$((failed + 1))
        echo "FAIL $model $flag: $found, wanted: $wanted"
        tail -n 20 spin.log cc.log pan.log 2>/dev/null
    fi
    cd "$here" || exit 2
}

explore breaks slot -DPLANTED
explore breaks slot -DPLANTED_WAKE
explore breaks slot -DPLANTED_DUE
explore holds slot
explore holds slot -DLIES
explore breaks room_ring -DPLANTED
explore breaks room_ring -DPLANTED_LOOK
explore holds room_ring
explore breaks room_table -DPLANTED
explore breaks room_table -DPLANTED_MISSED
explore holds room_table
explore breaks lease -DPLANTED
explore breaks lease -DPLANTED_CUT
explore holds lease
explore breaks ring -DPLANTED_GAP
explore breaks ring -DPLANTED_TERM
explore holds ring

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
