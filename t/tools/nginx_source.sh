#!/usr/bin/env bash
# usage: nginx_source.sh SUITE|VERSION   (bookworm, trixie, forky, sid, 1.22.1)
#
# Fetches nginx's source package of a Debian suite, or of the suite that has
# this version, and prints the directory of the unpacked tree. What is there
# already is taken as it is.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ONAIR_BUILD:-$root/build}
tools=$root/t/tools
want=$1
trees=$build/nginx-source
mkdir -p "$trees"

version_in() {
    apt-cache -c "$1" showsrc nginx 2>/dev/null |
        sed -n 's/^Version: //p' | sort -V | tail -1
}

suite=$want
case $want in
    [0-9]*)
        for tree in "$trees"/*/nginx-"$want"; do
            if [ -e "$tree/configure" ]; then echo "$tree"; exit 0; fi
        done
        suite=
        for try in bookworm trixie forky sid; do
            conf=$("$tools/apt_suite.sh" "$try" deb-src) || continue
            case $(version_in "$conf") in
                "$want"-* | *:"$want"-*) suite=$try; break ;;
            esac
        done
        if [ -z "$suite" ]; then
            echo "nginx_source: no suite has nginx $want" >&2
            exit 1
        fi ;;
    *)
        for tree in "$trees/$suite"/nginx-*/; do
            if [ -e "$tree/configure" ]; then
                echo "${tree%/}"
                exit 0
            fi
        done ;;
esac

conf=$("$tools/apt_suite.sh" "$suite" deb-src)
rm -rf "$trees/$suite.new"
mkdir -p "$trees/$suite.new"
cd "$trees/$suite.new"
apt-get -c "$conf" -qq source --download-only nginx >&2
dsc=$(ls nginx_*.dsc)
version=$(sed -n 's/^Version: //p' "$dsc" | sed 's/^[0-9]*://; s/-.*//')
dpkg-source --no-check -x "$dsc" "nginx-$version" >&2
rm -rf "${trees:?}/$suite"
mv "$trees/$suite.new" "$trees/$suite"
echo "$trees/$suite/nginx-$version"
