#!/usr/bin/env bash
# usage: apt_install.sh PACKAGE...
#
# Installs what of these is missing, by apt, as root or through sudo; quick when
# there is nothing to do. No service is started: nginx and Icecast would.
set -euo pipefail

missing=()
for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null ||
        true)
    if [ "$status" != installed ]; then missing+=("$package"); fi
done
if [ ${#missing[@]} = 0 ]; then exit 0; fi
echo "apt: installing ${missing[*]}"

root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
        { echo 'apt: needs root or sudo' >&2; exit 1; }
    root=(sudo)
fi

# Debian asks this file before it starts a service. One that is there already
# is not ours; ours goes in any case, and one that a killed run left with it.
policy=/usr/sbin/policy-rc.d
mark='# onair: for the time of an installation only'
drop_policy() {
    if grep -qs "^$mark" "$policy"; then "${root[@]}" rm -f "$policy"; fi
}
drop_policy
trap drop_policy EXIT
trap 'exit 1' INT TERM HUP
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\n%s\nexit 101\n' \
        "$mark" | "${root[@]}" tee "$policy" >/dev/null
    "${root[@]}" chmod 755 "$policy"
fi

install_missing() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
        --no-install-recommends install "${missing[@]}" </dev/null
}
log=$(mktemp)
if ! install_missing >"$log" 2>&1; then
    "${root[@]}" apt-get -qq update </dev/null
    install_missing >"$log" 2>&1 || { cat "$log" >&2; rm "$log"; exit 1; }
fi
rm "$log"
