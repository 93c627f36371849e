#!/usr/bin/env bash
# VLC: an icy- header in the reply makes it hang up and ask again in HTTP/1.0.
#
# Guess: a player of our days asks in HTTP/1.1 and says in its first request
#   whether it wants titles, as mpv and ffmpeg do.
# Seen: the first request is HTTP/1.1, with a range and without Icy-MetaData.
#   If the reply has any icy- header it drops it and asks again, in HTTP/1.0
#   and now with Icy-MetaData; without one it stays with the first.
# So: each such listener is two requests in the log and for a moment two
#   listeners; and the reply that is played may not be chunked, though the
#   first request allowed that.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
vlc=3.0.24-0+deb12u1
(cd "$tmp" && apt-get -qq download "libvlc5=$vlc" "libvlccore9=$vlc" \
    "vlc-plugin-base=$vlc" libidn12=1.41-1 libmad0=0.15.1b-10.1+b1) \
    >"$tmp/apt" 2>&1 ||
    { echo "skip: the suite does not give libvlc5=$vlc"; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"
export VLC_PLUGIN_PATH="$LD_LIBRARY_PATH/vlc/plugins" HOME="$tmp"

cat >"$tmp/run.py" <<'END'
import ctypes
import socket
import struct
import threading
import time

vlc = ctypes.CDLL("libvlc.so.5")
for name in ["new", "media_new_location", "media_player_new_from_media"]:
    getattr(vlc, "libvlc_" + name).restype = ctypes.c_void_p
vlc.libvlc_get_version.restype = ctypes.c_char_p
print("VLC", vlc.libvlc_get_version().decode().split()[0])
options = (ctypes.c_char_p * 2)(b"--aout=dummy", b"--quiet")
instance = ctypes.c_void_p(vlc.libvlc_new(2, options))
ENDED, ERROR = 6, 7
FRAME = b"\xff\xfb\x90\x64" + bytes(413)  # silence, 26 ms

def play(serve):
    """plays what serve(request, connection) answers; gives the player"""
    listening = socket.create_server(("127.0.0.1", 0))
    def answer():
        while True:
            to = listening.accept()[0]
            request = to.recv(4000).decode()
            def run():
                try:
                    serve(request, to)
                except OSError:  # it has hung up
                    pass
            threading.Thread(target=run, daemon=True).start()
    threading.Thread(target=answer, daemon=True).start()
    url = b"http://127.0.0.1:%d/rock" % listening.getsockname()[1]
    media = vlc.libvlc_media_new_location(instance, url)
    player = vlc.libvlc_media_player_new_from_media(ctypes.c_void_p(media))
    vlc.libvlc_media_player_play(ctypes.c_void_p(player))
    return ctypes.c_void_p(player)

def head(*more):
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: audio/mpeg",
                        "Connection: close", *more, "", ""]).encode()
def requests(*headers):
    asked = []
    done = threading.Event()
    def serve(request, to):
        lines = request.split("\r\n")
        asked.append(lines[0] + ", " + ", ".join(
            line for line in lines if line.startswith(("Range", "Icy"))))
        to.sendall(head(*headers) + FRAME * 100)
        for _ in range(30):
            time.sleep(0.1)
            to.sendall(FRAME * 4)
        done.set()  # it has not hung up
    play(serve)
    done.wait()
    return asked

for headers in [[], ["icy-name: Rock"]]:
    print(headers[0] if headers else "no icy- header")
    for line in requests(*headers):
        print(" ", line, flush=True)
END
timeout 50 python3 "$tmp/run.py" >"$tmp/seen" 2>"$tmp/log" || cat "$tmp/log"
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
VLC 3.0.24
no icy- header
  GET /rock HTTP/1.1, Range: bytes=0-
icy-name: Rock
  GET /rock HTTP/1.1, Range: bytes=0-
  GET /rock HTTP/1.0, Icy-MetaData: 1
END
