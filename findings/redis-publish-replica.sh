#!/usr/bin/env bash
# Redis: a replica takes PUBLISH, and tells nobody but its own subscribers.
#
# Guess: a replica that refuses SET with READONLY refuses PUBLISH as well, or
#   hands it to its master.
# Seen: it is taken, and answered with the number of the replica's own
#   subscribers; those of the master hear nothing. The other way round a
#   message reaches both. In a script or a MULTI with a write READONLY is said.
# So: after a change of masters an engine that still talks to the old one sends
#   titles into the void without an error; let each publication go with a
#   write (XADD, SET), in one MULTI.
set -euo pipefail
tmp=$(mktemp -d)
master=
replica=
trap '[ -z "$replica" ] || kill "$replica" || :
    [ -z "$master" ] || kill "$master" || :; wait; rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download redis-server=5:7.0.15-1~deb12u10 \
    redis-tools=5:7.0.15-1~deb12u10 libjemalloc2=5.3.0-1 liblzf1=3.6-3 \
    libatomic1=12.2.0-14+deb12u1) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give this redis-server'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"

"$tmp/root/usr/bin/redis-server" --version
port=$(python3 -c 'import socket
print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
mkdir "$tmp/a" "$tmp/b"
"$tmp/root/usr/bin/redis-server" --port "$port" --bind 127.0.0.1 --save '' \
    --dir "$tmp/a" --unixsocket "$tmp/master" \
    --repl-diskless-sync-delay 0 >"$tmp/log" 2>&1 &
master=$!
"$tmp/root/usr/bin/redis-server" --port 0 --save '' --dir "$tmp/b" \
    --unixsocket "$tmp/replica" --replicaof "127.0.0.1 $port" >"$tmp/log2" 2>&1 &
replica=$!
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

names = ["master", "replica"]
engine = {name: connect(f"{sys.argv[1]}/{name}") for name in names}
listener = {name: connect(f"{sys.argv[1]}/{name}") for name in names}
while "master_link_status:up" not in ask(engine["replica"], "INFO replication")[0]:
    time.sleep(0.1)
for name in names:
    ask(listener[name], "SUBSCRIBE rock")

def heard():  # a PING after it: all that came before is read
    time.sleep(0.5)  # the master's way to the replica
    for name in names:
        send(listener[name], "PING")
        while (got := reply(listener[name]))[0] != "pong":
            print(f"  heard at the {name}:", got[2])

for name in names:
    print(f"PUBLISH at the {name}:", *ask(engine[name], "PUBLISH rock new"))
    heard()
print("SET at the replica:", ask(engine["replica"], "SET title new")[0].split()[0])
print("MULTI with a SET at the replica:", *[r.split()[0] for r in ask(
    engine["replica"], "MULTI", "PUBLISH rock new", "SET title new", "EXEC")])
heard()
END
timeout 50 python3 "$tmp/run.py" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
PUBLISH at the master: :1
  heard at the master: new
  heard at the replica: new
PUBLISH at the replica: :1
  heard at the replica: new
SET at the replica: -READONLY
MULTI with a SET at the replica: +OK +QUEUED -READONLY -EXECABORT
END
