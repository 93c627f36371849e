#!/usr/bin/env bash
# Icecast: a page of another origin may fetch the sound, not ask for titles.
#
# Guess: with Access-Control-Allow-Origin configured (as Debian does) a page
#   may fetch the stream and send "Icy-MetaData: 1" with it to get titles; the
#   browser's OPTIONS for that header is answered.
# Seen: the GET has the header for the page; OPTIONS is closed without a byte,
#   so the browser never sends the GET. HEAD, by which a page might look
#   whether a mount is there, is 400.
# So: titles out of the stream in a page need a server in front that answers
#   OPTIONS; a check by HEAD says that a station is broken which plays.
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
  <http-headers>
    <header name="Access-Control-Allow-Origin" value="*" />
  </http-headers>
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
def first_line(method, *headers):
    to = connect()
    lines = [f"{method} /rock.mp3 HTTP/1.1", "Host: localhost",
             "Origin: http://radio.example", *headers, "", ""]
    to.sendall("\r\n".join(lines).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        part = to.recv(1000)
        if not part:
            break
        head += part
    lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    allowed = [l for l in lines if l.lower().startswith("access-control")]
    return ", ".join([lines[0] or "closed without a byte", *allowed])

source("/rock.mp3")
until(lambda status: "/rock.mp3" in status)
print("GET:", first_line("GET", "Icy-MetaData: 1"))
print("OPTIONS:", first_line("OPTIONS", "Access-Control-Request-Method: GET",
                             "Access-Control-Request-Headers: icy-metadata"))
print("HEAD:", first_line("HEAD"))
END
timeout 50 python3 "$tmp/run.py" "$port" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
GET: HTTP/1.0 200 OK, Access-Control-Allow-Origin: *
OPTIONS: closed without a byte
HEAD: HTTP/1.0 400 Bad Request, Access-Control-Allow-Origin: *
END
