"""A broadcast server on Python's `websockets`, as its tutorials write it.

Messages come over a control socket: a length (4 bytes, network order) and the
text.

    python3 websockets_server.py PORT CONTROL-PORT
"""

import asyncio
import sys

import websockets

CONNECTIONS = set()


async def handler(websocket):
    CONNECTIONS.add(websocket)
    try:
        await websocket.wait_closed()
    finally:
        CONNECTIONS.remove(websocket)


async def control(reader, writer):
    try:
        while True:
            length = int.from_bytes(await reader.readexactly(4), "big")
            text = (await reader.readexactly(length)).decode()
            websockets.broadcast(CONNECTIONS, text)
    except asyncio.IncompleteReadError:
        writer.close()


async def main(port, control_port):
    await asyncio.start_server(control, "127.0.0.1", control_port)
    async with websockets.serve(handler, "127.0.0.1", port, backlog=4096):
        await asyncio.Future()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
