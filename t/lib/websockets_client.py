"""Debian's python3-websockets against onair, for clients.t: echoes messages,
then prints titles until the connection ends.

usage: websockets_client.py BASE_URL
"""

import asyncio
import json
import ssl
import sys

import websockets

SIZES = [0, 1, 125, 126, 65535, 65536]


async def main(base):
    options = {"compression": "deflate", "max_size": None}
    if base.startswith("wss"):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        options["ssl"] = context
    echoed = 0
    async with websockets.connect(base + "/echo", **options) as echo:
        for size in SIZES:
            for message in ("\u00e9" * (size // 2) + "a" * (size % 2),
                            bytes(size)):
                await echo.send(message)
                echoed += await echo.recv() == message
        await (await echo.ping())
    print("echoed", echoed, flush=True)
    async with websockets.connect(base + "/live/rock", **options) as live:
        try:
            while True:
                state = json.loads(await live.recv())
                print("title", state["now"]["title"], flush=True)
        except websockets.ConnectionClosed as closed:
            print("closed", closed.code, closed.reason, flush=True)


asyncio.run(main(sys.argv[1]))
