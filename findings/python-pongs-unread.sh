#!/usr/bin/env bash
# aiohttp, websockets: a peer that answers each ping is cut as a dead one.
#
# Guess: a server that pings (heartbeat, ping_interval) and whose peer answers
#   keeps the connection, whatever the handler does; the library reads pongs by
#   itself.
# Seen: aiohttp reads only in receive(): a handler that only sends, as one that
#   pushes titles, is cut after the first ping (1006), in the middle of sending.
#   websockets reads by itself, but only 32 messages ahead: a handler that is
#   busy while its peer has sent more is cut with 1011.
# So: with aiohttp a handler that only sends needs a task that receives beside
#   it; with websockets let a slow handler read first and work later.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    python3-aiohttp=3.8.4-1+deb12u2 python3-aiosignal=1.3.1-1 \
    python3-async-timeout=4.0.2-1 python3-attr=22.2.0-1 \
    python3-charset-normalizer=3.0.1-2 python3-frozenlist=1.3.3-1+b1 \
    python3-idna=3.3-1+deb12u1 python3-multidict=6.0.4-1+b1 \
    python3-yarl=1.8.2-1+b1 python3-websockets=10.4-1) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give python3-aiohttp=3.8.4-1+deb12u2'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"
export PYTHONPATH="$tmp/root/usr/lib/python3/dist-packages"

cat >"$tmp/run.py" <<'END'
import asyncio
import os
import aiohttp
import websockets
from aiohttp import web

print("aiohttp", aiohttp.__version__ + ", websockets", websockets.version.version)

async def serve_aiohttp(receives):
    async def push(request):  # a word each 0.2 s
        to = web.WebSocketResponse(heartbeat=2)
        await to.prepare(request)
        async def send():
            while not to.closed:
                await to.send_str("title")
                await asyncio.sleep(0.2)
        sending = asyncio.create_task(send())
        if receives:
            await to.receive()
        await asyncio.wait([sending])
        return to
    app = web.Application()
    app.router.add_get("/", push)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return site._server.sockets[0].getsockname()[1]

async def serve_websockets():
    async def busy(peer):
        await asyncio.sleep(60)
    server = await websockets.serve(busy, "127.0.0.1", 0,
                                    ping_interval=2, ping_timeout=3)
    return server.sockets[0].getsockname()[1]

async def visit(what, port, count):
    """sends count words, then reads, which answers pings; for 10 s"""
    peer = await websockets.connect(f"ws://127.0.0.1:{port}", ping_interval=None)
    for _ in range(count):
        await peer.send("hello")
    async def read():
        try:
            async for _ in peer:
                pass
        except websockets.ConnectionClosed:
            pass
    reading = asyncio.create_task(read())
    await asyncio.wait([reading], timeout=10)
    end = f"cut, {peer.close_code}" if reading.done() else "stays"
    print(f"{what}: {end}", flush=True)

async def main():
    receives, sends = await serve_aiohttp(True), await serve_aiohttp(False)
    await visit("aiohttp, sends and receives", receives, 0)
    await visit("aiohttp, only sends", sends, 0)
    busy = await serve_websockets()
    await visit("websockets, busy, 20 messages sent", busy, 20)
    await visit("websockets, busy, 60 messages sent", busy, 60)
    os._exit(0)

asyncio.run(main())
END
timeout 50 /usr/bin/python3 "$tmp/run.py" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
aiohttp 3.8.4, websockets 10.4
aiohttp, sends and receives: stays
aiohttp, only sends: cut, 1006
websockets, busy, 20 messages sent: stays
websockets, busy, 60 messages sent: cut, 1011
END
