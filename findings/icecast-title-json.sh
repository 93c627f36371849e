#!/usr/bin/env bash
# Icecast: a title decides the type of a JSON value, and whether it is JSON.
#
# Guess: status-json.xsl gives a title as a string, whatever is in it.
# Seen: the title 1999 is a number, true is a boolean, 007 a string again; the
#   title "-" (no artist, no title: what automation sends between songs) and
#   "3." are written bare, and the document of all mounts is no longer JSON.
# So: ask with ?mount= so that one mount does not take the others along, parse
#   with mercy, and take a number's text as it stands.
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

def update(mount, **words):
    words = urllib.parse.urlencode(words)
    ask(f"/admin/metadata?mode=updinfo&mount={mount}&{words}")
source("/rock.mp3")
source("/jazz.mp3")
until(lambda status: "/rock.mp3" in status and "/jazz.mp3" in status)
for title in ["Song", "1999", "007", "true", "-", "3."]:
    update("/rock.mp3", song=title)
    bare = f'"title":{title},'
    status = until(lambda s: bare in s or f'"title":"{title}",' in s)
    try:
        sources = json.loads(status)["icestats"]["source"]
        rock = [s for s in sources if s["listenurl"].endswith("/rock.mp3")]
        seen = type(rock[0]["title"]).__name__
    except ValueError:
        jazz = json.loads(ask("/status-json.xsl?mount=/jazz.mp3"))
        seen = f"no JSON; ?mount=/jazz.mp3 is: {len(jazz) == 1}"
    print(f"title {title}: {seen}")
END
timeout 50 python3 "$tmp/run.py" "$port" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
title Song: str
title 1999: int
title 007: str
title true: bool
title -: no JSON; ?mount=/jazz.mp3 is: True
title 3.: no JSON; ?mount=/jazz.mp3 is: True
END
