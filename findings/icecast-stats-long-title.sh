#!/usr/bin/env bash
# Icecast: the STATS feed leaves out every line of 200 bytes or more.
#
# Guess: a feed of events tells each change of a title that the status page
#   shows, or cuts what is too long.
# Seen: titles of 150 and 180 letters both stand on the status page. The feed
#   has the line of the first; that of the second never comes, neither cut nor
#   empty, and the feed still says the title before.
# So: a program that follows the feed shows the old song through a long title
#   (a work of classical music); let the feed be a hint to ask the status page.
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
until(lambda status: "/rock.mp3" in status)
feed = connect()
feed.sendall(b"STATS / HTTP/1.0\r\n"
             b"Authorization: Basic YWRtaW46aGFja21l\r\n\r\n")
lines = feed.makefile("r")
for title in ["a" * 150, "b" * 180, "short"]:
    update("/rock.mp3", song=title)
    until(lambda status: f'"{title}"' in status)
told = []
for line in lines:
    if line.startswith("EVENT /rock.mp3 title "):
        told.append(len(line.split()[3]))
        if line.split()[3] == "short":
            break
print("status page: titles of 150, 180 and 5 letters")
print("feed: titles of", *told)
END
timeout 50 python3 "$tmp/run.py" "$port" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
status page: titles of 150, 180 and 5 letters
feed: titles of 150 5
END
