#!/usr/bin/env bash
# usage: reference_server.sh -p PORT [-t http|websocket] [-m public|private]
#
# nginx with this module under the name and with the arguments of the reference's
# server, for its own tests, which start it and stop it by a signal.
# ONAIR_NGINX and ONAIR_MODULE say which; ONAIR_LOG is where its error log goes.
set -euo pipefail

port=80
mode=public
while [ $# -ge 2 ]; do
    case $1 in
        -p) port=$2 ;;
        -m) mode=$2 ;;
        -t) ;;
        *) echo "what is $1?" >&2; exit 2 ;;
    esac
    shift 2
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/temp"
{
    if [ -n "$ONAIR_MODULE" ]; then echo "load_module $ONAIR_MODULE;"; fi
    cat <<END
daemon off;
user root;
worker_processes 2;
pid $dir/pid;
error_log ${ONAIR_LOG:-/dev/stderr} info;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $dir/temp/body;
    proxy_temp_path $dir/temp/proxy;
    fastcgi_temp_path $dir/temp/fastcgi;
    uwsgi_temp_path $dir/temp/uwsgi;
    scgi_temp_path $dir/temp/scgi;
    onair_drain 0s;
    server {
        listen $port;
        listen [::]:$port;
        location / { onair_signalling $mode; }
    }
}
END
} >"$dir/nginx.conf"
"${ONAIR_NGINX:-/usr/sbin/nginx}" -p "$dir/" -c "$dir/nginx.conf" &
nginx=$!
trap 'kill -QUIT "$nginx" 2>/dev/null || true; wait "$nginx" || true; rm -rf "$dir"' EXIT
trap 'exit 0' TERM INT
wait "$nginx"
