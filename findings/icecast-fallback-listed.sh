#!/usr/bin/env bash
# Icecast: a mount without a source is listed again once its fallback plays.
#
# Guess: a mount that is in status-json.xsl has a source; it goes when that
#   does.
# Seen: a mount without a listener leaves the list with its source and stays
#   away. One whose listener was moved to a fallback leaves too, and is back a
#   moment later, with 0 listeners and nothing but its address: what tells it
#   from one on air is the missing stream_start. The listener is counted
#   elsewhere.
# So: "listed" is not "on air": look for stream_start; and a mount that has
#   lost its source shows no listeners at the very moment that they all still
#   hear.
set -euo pipefail
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" || :; wait; rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    icecast2=2.4.4-4+b1 libxslt1.1=1.1.35-1+deb12u4) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give icecast2=2.4.4-4+b1'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"

port=$(python3 -c 'import socket
print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
cat >"$tmp/icecast.xml" <<END
<icecast>
  <hostname>localhost</hostname>
  <authentication>
    <source-password>hackme</source-password>
    <admin-user>admin</admin-user><admin-password>hackme</admin-password>
  </authentication>
  <listen-socket>
    <port>$port</port><bind-address>127.0.0.1</bind-address>
  </listen-socket>
  <mount>
    <mount-name>/rock.mp3</mount-name>
    <fallback-mount>/spare.mp3</fallback-mount>
  </mount>
  <paths>
    <logdir>$tmp/log</logdir>
    <webroot>$tmp/root/usr/share/icecast2/web</webroot>
    <adminroot>$tmp/root/usr/share/icecast2/admin</adminroot>
  </paths>
  <logging>
    <errorlog>error.log</errorlog><accesslog>access.log</accesslog>
  </logging>
  <security>
    <changeowner><user>nobody</user><group>nogroup</group></changeowner>
  </security>
</icecast>
END
mkdir -m 777 "$tmp/log"
chmod 755 "$tmp"  # it will not run as root
"$tmp/root/usr/bin/icecast2" -v
"$tmp/root/usr/bin/icecast2" -c "$tmp/icecast.xml" >"$tmp/out" 2>&1 &
server=$!

cat >"$tmp/run.py" <<'END'
import json
import re
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request

address = ("127.0.0.1", int(sys.argv[1]))

def connect():
    while True:
        try:
            return socket.create_connection(address, 20)
        except ConnectionRefusedError:
            time.sleep(0.05)

def source(mount):  # sends silence of 128 kbit/s, somewhat faster than it plays
    to = connect()
    to.sendall(f"SOURCE {mount} HTTP/1.0\r\nContent-Type: audio/mpeg\r\n".encode()
               + b"Authorization: Basic c291cmNlOmhhY2ttZQ==\r\n\r\n")
    to.recv(1000)
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    def feed():
        try:
            to.sendall(frame * 200)
            while True:
                to.sendall(frame * 4)
                time.sleep(0.1)
        except OSError:
            pass
    threading.Thread(target=feed, daemon=True).start()
    return to

def ask(path):
    request = urllib.request.Request("http://%s:%d" % address + path)
    request.add_header("Authorization", "Basic YWRtaW46aGFja21l")
    return urllib.request.urlopen(request, timeout=20).read().decode()

def until(found):  # asks the status till it is so
    while True:
        status = ask("/status-json.xsl")
        if found(status):
            return status
        time.sleep(0.05)
def sources(status):
    found = json.loads(status)["icestats"].get("source", [])
    return found if isinstance(found, list) else [found]

def say(what, status):
    print(what)
    for s in sources(status):
        print(f"  {s['listenurl'].split('/')[-1]}: {s['listeners']} listeners,",
              "stream_start" if "stream_start" in s else "no stream_start")

source("/spare.mp3")
jazz = source("/jazz.mp3")
rock = source("/rock.mp3")
until(lambda status: len(sources(status)) == 3)
listener = connect()
listener.sendall(b"GET /rock.mp3 HTTP/1.0\r\n\r\n")
say("all on air", until(lambda status: '"listeners":1' in status))
jazz.shutdown(socket.SHUT_RDWR)
rock.shutdown(socket.SHUT_RDWR)
say("jazz and rock have lost their sources",
    until(lambda s: s.count("stream_start_iso8601") == 1 and "/rock.mp3" in s))
END
timeout 50 python3 "$tmp/run.py" "$port" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
all on air
  jazz.mp3: 0 listeners, stream_start
  rock.mp3: 1 listeners, stream_start
  spare.mp3: 0 listeners, stream_start
jazz and rock have lost their sources
  rock.mp3: 0 listeners, no stream_start
  spare.mp3: 1 listeners, stream_start
END
