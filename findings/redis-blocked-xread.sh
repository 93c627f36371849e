#!/usr/bin/env bash
# Redis: a blocked XREAD is given a part of what was written at once.
#
# Guess: a MULTI is seen whole or not at all: a reader that waits for two
#   streams is given what the transaction wrote to both, as one that asks a
#   moment later is. Ten XADD of one write come in one reply as well.
# Seen: who waits is given the first stream that has something, alone; the
#   other one's entry comes only when it is asked for again. Of XADDs without a
#   MULTI it is given the first; of a MULTI or a script all, of that stream.
# So: state that must be seen together belongs in one entry, not in two streams
#   (title and cover, message and member); a reader of many streams has an old
#   one beside a new one for a moment.
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
import time

def connect(path):
    to = socket.socket(socket.AF_UNIX)
    while to.connect_ex(path):
        time.sleep(0.05)
    to.settimeout(20)
    return to, to.makefile("rb")

def send(to, *commands):
    to[0].sendall("".join(c + "\r\n" for c in commands).encode())

def reply(to):
    line = to[1].readline().decode().strip()
    if line[:1] in "*>":
        return [reply(to) for _ in range(int(line[1:]))]
    if line[:1] == "$":
        return to[1].read(int(line[1:]) + 2)[:-2].decode()
    return line

def ask(to, *commands):
    send(to, *commands)
    return [reply(to) for _ in commands]

writer, reader = connect(sys.argv[1]), connect(sys.argv[1])

def waits(what, *commands, wait="BLOCK 20000 "):
    """what a reader that waits for both gets of the commands"""
    ask(writer, "FLUSHALL", "XADD title 1-0 k old", "XADD cover 1-0 k old")
    if wait:
        send(reader, "XREAD BLOCK 20000 STREAMS title cover 1-0 1-0")
        while "blocked_clients:1" not in ask(writer, "INFO clients")[0]:
            time.sleep(0.05)
    ask(writer, *commands)
    if not wait:
        send(reader, "XREAD STREAMS title cover 1-0 1-0")
    got = reply(reader)
    print(f"{what}:", *[f"{len(entries)} of {stream}" for stream, entries in got])

both = ["MULTI", "XADD title 2-0 k new", "XADD cover 2-0 k new", "EXEC"]
waits("both streams in one MULTI, asked for after it", *both, wait="")
waits("both streams in one MULTI, waited for", *both)
waits("both streams in one script, waited for",
      "EVAL \"redis.call('xadd','title','2-0','k','new') "
      "return redis.call('xadd','cover','2-0','k','new')\" 0")
three = [f"XADD title {i}-0 k new" for i in (2, 3, 4)]
waits("three XADDs in one write, waited for", *three)
waits("three XADDs in one MULTI, waited for", "MULTI", *three, "EXEC")
END
timeout 50 python3 "$tmp/run.py" "$tmp/socket" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
both streams in one MULTI, asked for after it: 1 of title 1 of cover
both streams in one MULTI, waited for: 1 of title
both streams in one script, waited for: 1 of title
three XADDs in one write, waited for: 1 of title
three XADDs in one MULTI, waited for: 3 of title
END
