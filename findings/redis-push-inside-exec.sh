#!/usr/bin/env bash
# Redis: a RESP3 push comes in the middle of the array that EXEC answers.
#
# Guess: with RESP3 a push (">") stands between replies, never within one.
# Seen: a connection that subscribes and publishes gets the push before the
#   reply of a plain PUBLISH or of a script; if the PUBLISH is in a MULTI, the
#   push is written behind "*2" as if it were its first element, and both
#   elements of the array follow it.
# So: a reader must take ">" at any depth and not count it, or never PUBLISH in
#   a MULTI on a connection that subscribes; a script does the same safely.
set -euo pipefail
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" || :; wait; rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download redis-server=5:7.0.15-1~deb12u10 \
    redis-tools=5:7.0.15-1~deb12u10 libjemalloc2=5.3.0-1 liblzf1=3.6-3 \
    libatomic1=12.2.0-14+deb12u1) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give this redis-server'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"

"$tmp/root/usr/bin/redis-server" --version
"$tmp/root/usr/bin/redis-server" --port 0 --unixsocket "$tmp/socket" \
    --save '' >"$tmp/log" 2>&1 &
server=$!
cat >"$tmp/run.py" <<'END'
import socket
import sys

redis = socket.socket(socket.AF_UNIX)
redis.connect(sys.argv[1])
redis.settimeout(20)
bytes_read = redis.makefile("rb")

def lines(count):
    return " ".join(bytes_read.readline().decode().strip() for _ in range(count))

def say(what, commands, count):
    redis.sendall("".join(c + "\r\n" for c in commands).encode())
    print(what + ":", lines(count))

redis.sendall(b"HELLO 3\r\nSUBSCRIBE rock\r\nPING\r\n")
while lines(1) != "+PONG":
    pass
say("PUBLISH", ["PUBLISH rock hello"], 8)
say("script", ["EVAL \"redis.call('publish','rock','hello') return 7\" 0"], 8)
say("MULTI", ["MULTI", "PUBLISH rock hello", "ECHO 7", "EXEC"], 3 + 1 + 7 + 3)
END
until [ -S "$tmp/socket" ]; do kill -0 "$server"; sleep 0.1; done
timeout 50 python3 "$tmp/run.py" "$tmp/socket" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
PUBLISH: >3 $7 message $4 rock $5 hello :1
script: >3 $7 message $4 rock $5 hello :7
MULTI: +OK +QUEUED +QUEUED *2 >3 $7 message $4 rock $5 hello :1 $1 7
END
