#!/usr/bin/env bash
# usage: deps.sh GROUP...   build unit check fuzz test players fronts machines
#                           monitoring run asan matrix browser player
#                           model bench deb
#
# Installs what the named work needs, by apt; does nothing when it is there.
set -euo pipefail

tools=$(cd "$(dirname "$0")" && pwd)
packages=()
perl=no
for group in "$@"; do
    case $group in
        build)
            packages+=(g++ make nginx-dev rapidjson-dev libssl-dev zlib1g-dev
                libpcre2-dev) ;;
        unit)
            packages+=(g++ make rapidjson-dev libssl-dev zlib1g-dev
                libcmocka-dev) ;;
        check)
            packages+=(binutils python3 clang-format clang-tidy esbuild
                rapidjson-dev) ;;
        fuzz)
            packages+=(clang libclang-rt-dev rapidjson-dev libssl-dev
                zlib1g-dev) ;;
        test)
            packages+=(nginx perl libio-socket-ssl-perl openssl icecast2 ffmpeg
                redis-server
                curl libshout3 procps python3 util-linux
                libnginx-mod-http-brotli-filter libnginx-mod-http-js
                libnginx-mod-http-lua libnginx-mod-http-xslt-filter)
            perl=yes ;;
        players)
            packages+=(firefox-esr mpv mpg123 mplayer vlc-bin vlc-plugin-base
                gstreamer1.0-tools gstreamer1.0-plugins-good
                gstreamer1.0-plugins-ugly gstreamer1.0-plugins-bad
                gstreamer1.0-libav) ;;
        monitoring)
            packages+=(prometheus) ;;
        fronts)
            packages+=(apache2 caddy h2o haproxy hitch lighttpd
                lighttpd-mod-openssl squid stunnel4 trafficserver
                varnish) ;;
        run)
            packages+=(nginx perl icecast2 ffmpeg curl) ;;
        asan | matrix)
            packages+=(g++ make dpkg-dev perl libssl-dev libpcre2-dev
                zlib1g-dev rapidjson-dev libio-socket-ssl-perl openssl
                libnginx-mod-http-js) ;;
        machines)
            packages+=(redis-server) ;;
        browser)
            packages+=(nginx chromium esbuild icecast2 ffmpeg openssl)
            # Any node that is there will do, from wherever it came.
            command -v npm >/dev/null || packages+=(nodejs npm) ;;
        deb)
            packages+=(debhelper debootstrap dpkg-dev fakeroot lintian nginx) ;;
        player)
            packages+=(esbuild) ;;
        model)
            packages+=(spin gcc) ;;
        bench)
            packages+=(nginx libnginx-mod-nchan g++ python3 procps util-linux
                libssl-dev zlib1g-dev liburing-dev openssl strace valgrind
                python3-websockets icecast2 ffmpeg redis-server)
            command -v npm >/dev/null || packages+=(nodejs npm) ;;
        *)
            echo "deps: no group $group" >&2
            exit 2 ;;
    esac
done

"$tools/apt_install.sh" "${packages[@]}"
if [ "$perl" = yes ]; then "$tools/test_nginx.sh"; fi
