#!/usr/bin/env bash
# usage: root.sh make SUITE DIR [PACKAGE...]   a Debian of that suite in DIR,
#                                              with these packages
#        root.sh in DIR CMD...                 CMD in it
#
# It comes from the mirrors that this machine installs from. No service starts in
# it, and nothing that was started in it outlives the command. As root.
set -euo pipefail

say_and_end() {
    echo "root: $*" >&2
    exit 1
}

# The first mirror that has suites like $1; both formats of apt's sources.
mirror() {
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null ||
        true; } | sed -n "s/^deb \(\[[^]]*\] \)\?\([^ ]*\) \+$1 .*/\2/p" |
        grep -m 1 . && return
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] || continue
        awk -v suites="^Suites:.*[ ]$1([ ]|\$)" 'BEGIN { RS = "" }
            { n = split($0, line, "\n"); uri = ""; fits = 0
              for (i = 1; i <= n; i++) {
                  if (line[i] ~ suites) fits = 1
                  if (line[i] ~ /^URIs:/) { split(line[i], w, " "); uri = w[2] }
              }
              if (fits && uri != "") { print uri; exit } }' "$file"
    done | grep -m 1 . || true
}

inside() {
    local dir=$1
    shift
    unshare --mount --pid --fork --kill-child --mount-proc="$dir/proc" \
        chroot "$dir" env -i DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null
}

logged() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
}

[ $# -ge 3 ] || say_and_end 'make SUITE DIR [PACKAGE...] | in DIR CMD...'
[ "$(id -u)" = 0 ] || say_and_end 'only root can enter one'
do=$1
shift
if [ "$do" = in ]; then
    inside "$@"
    exit
fi

suite=$1
dir=$2
shift 2
if [ ! -e "$dir/etc/onair-root" ]; then
    own=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
    main=$(mirror "$own")
    [ -n "$main" ] || say_and_end "no mirror of $own in /etc/apt"
    rm -rf "$dir"
    mkdir -p "$dir"
    logged "$dir.log" debootstrap --variant=minbase "$suite" "$dir" "$main"
    {
        echo "deb $main $suite main"
        security=$(mirror "$own-security")
        if [ -n "$security" ]; then echo "deb $security $suite-security main"; fi
    } >"$dir/etc/apt/sources.list"
    printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
    chmod 755 "$dir/usr/sbin/policy-rc.d"
    # What is made again is not worth a wait for the disk.
    echo force-unsafe-io >"$dir/etc/dpkg/dpkg.cfg.d/onair-root"
    # Where the machine's apt has to know something about the way there.
    cp /etc/apt/apt.conf.d/*proxy* "$dir/etc/apt/apt.conf.d/" 2>/dev/null || true
    logged "$dir.log" inside "$dir" apt-get -qq update
    logged "$dir.log" inside "$dir" apt-get -y -qq upgrade
    touch "$dir/etc/onair-root"
fi
if [ $# -gt 0 ]; then
    logged "$dir.log" inside "$dir" apt-get -y -qq --no-install-recommends \
        install "$@"
fi
