#!/usr/bin/env bash
# usage: http3.sh
#
# Sees to it that there is a libcurl with HTTP/3, for t/http3.t. Debian's
# libcurl-gnutls has it since Debian 13; for older ones the backports' is
# unpacked under the build directory, where the test looks, and what the machine
# has installed stays as it is.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ONAIR_BUILD:-$root/build}
has() {
    local code=0
    LD_LIBRARY_PATH=$(echo "$build"/http3/usr/lib/*/) /usr/bin/python3 \
        "$root/t/lib/h3_client.py" -m 1 https://127.0.0.1:9/ >/dev/null 2>&1 ||
        code=$?
    [ "$code" != 77 ]
}
if has; then exit 0; fi

# What PACKAGE of the suite needs and this machine has not, and itself.
unpack() {
    local suite=$1 conf=$2 deb name wanted=("$3")
    while [ ${#wanted[@]} != 0 ]; do
        apt-get -c "$conf" -t "$suite" -qq download "${wanted[@]}" || return
        wanted=()
        for deb in *.deb; do
            dpkg-deb -x "$deb" "$build/http3"
            for name in $(dpkg-deb -f "$deb" Depends | tr ',' '\n' |
                sed 's/|.*//; s/([^)]*)//g; s/:any//; s/ //g'); do
                if ! dpkg-query -W "$name" >/dev/null 2>&1 &&
                    [ -z "$(find . -name "${name}_*")" ]; then
                    wanted+=("$name")
                fi
            done
        done
    done
}

release=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
for suite in "$release" "$release-backports"; do
    conf=$("$root/t/tools/apt_suite.sh" "$suite" deb) || continue
    for package in libcurl3t64-gnutls libcurl3-gnutls; do
        rm -rf "$build/http3"
        mkdir -p "$build/http3/packages"
        cd "$build/http3/packages"
        unpack "$suite" "$conf" "$package" 2>/dev/null || continue
        if has; then
            echo "HTTP/3: $package of $suite, unpacked"
            exit 0
        fi
    done
done
rm -rf "$build/http3"
echo 'HTTP/3: no libcurl that has it' >&2
exit 1
