#!/usr/bin/env bash
# VLC: a radio's clean end brings it back at once, a broken one does not.
#
# Guess: a player that comes back does so when the connection broke; when a
#   stream ended as it should it is over, as for Chromium, mpv and ffmpeg.
# Seen: the other way round, and only for a reply with an icy- header: after a
#   plain close it asks again at once, each time; after a reset it plays what
#   it has and is done. Without an icy- header neither brings it back.
# So: to move listeners to another server, close VLC's connections cleanly and
#   reset the browsers'; one way for all loses one of them.
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
def ended(reset, *headers):
    asked = []
    def serve(request, to):
        to.sendall(head(*headers) + FRAME * 100)
        for _ in range(10):
            time.sleep(0.1)
            to.sendall(FRAME * 4)
        asked.append(request)  # it has not hung up
        if reset:
            to.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
        to.close()
    player = play(serve)
    while True:
        state = vlc.libvlc_media_player_get_state(player)
        if len(asked) == 3 or state in (ENDED, ERROR):
            break
        time.sleep(0.05)
    return "asks again and again" if len(asked) == 3 else "is done"

for headers in [["icy-name: Rock"], []]:
    for reset in [False, True]:
        print(f"{headers[0] if headers else 'no icy- header'},",
              f"{'reset' if reset else 'closed'}: {ended(reset, *headers)}",
              flush=True)
END
timeout 50 python3 "$tmp/run.py" >"$tmp/seen" 2>"$tmp/log" || cat "$tmp/log"
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
VLC 3.0.24
icy-name: Rock, closed: asks again and again
icy-name: Rock, reset: is done
no icy- header, closed: is done
no icy- header, reset: is done
END
