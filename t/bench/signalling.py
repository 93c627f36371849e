"""Pairs that find each other all at once, over four workers."""

import asyncio
import base64
import json
import os
import resource
import struct
import time

import figures
import servers
from figures import show

CANDIDATES = 4
SDP = "v=0 " + "x" * 2000


class Signalling(servers.Onair):
    name = "onair-signalling"

    def locations(self):
        return "        location /signal/ { onair_signalling private; }"

    def find_pids(self):
        servers.wait_for(
            lambda: len(servers.children(self.process.pid)) >= self.workers,
            10, "workers")
        return servers.children(self.process.pid)


class Peer:
    """One client: a WebSocket of its own, frames built by hand."""

    async def open(self, port, path="/signal/"):
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        self.writer.write((
            f"GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            raise RuntimeError(head.decode(errors="replace").split("\r")[0])

    def say(self, message):
        self.send(json.dumps(message).encode())

    def send(self, text):
        size = len(text)
        head = (bytes([0x81, 0x80 | size]) if size < 126
                else struct.pack(">BBH", 0x81, 0xFE, size))
        # A mask of zeros: the bytes stay as they are.
        self.writer.write(head + b"\0\0\0\0" + text)

    async def hear(self):
        return json.loads(await self.receive())

    async def receive(self):
        """The next text."""
        while True:
            first, length = await self.reader.readexactly(2)
            if length >= 126:
                more = 2 if length == 126 else 8
                length = int.from_bytes(await self.reader.readexactly(more),
                                        "big")
            payload = await self.reader.readexactly(length)
            if first & 15 != 9:
                return payload


def said(kind, name, **data):
    return {"type": kind, "data": {"connectionId": name, **data}}


async def expect(peer, kind, name, mark=None):
    message = await peer.hear()
    got = message["type"], message.get("from", message.get("connectionId"))
    marked = mark is None or message["data"].get("sdp") == mark
    if got != (kind, name) or not marked:
        raise RuntimeError(f"mixed up: {kind} {name} was {message}")
    return message


async def talk(host, guest, name):
    """Both connect, one offers, the other answers, all candidates pass;
    seconds from the second connect to the last candidate."""
    host.say({"type": "connect", "connectionId": name})
    await expect(host, "connect", name)
    offer = f"{SDP} offer {name}"
    host.say(said("offer", name, sdp=offer))
    for i in range(CANDIDATES):
        host.say(said("candidate", name, candidate=f"{name} {i}"))
    began = time.monotonic()
    guest.say({"type": "connect", "connectionId": name})
    await expect(guest, "connect", name)
    await expect(guest, "offer", name, offer)
    for i in range(CANDIDATES):
        await expect(guest, "candidate", name)
    answer = f"{SDP} answer {name}"
    guest.say(said("answer", name, sdp=answer))
    await expect(host, "answer", name, answer)
    return time.monotonic() - began


async def all_pairs(port, count):
    peers = [(Peer(), Peer()) for _ in range(count)]
    for at in range(0, count, 200):
        await asyncio.gather(*(peer.open(port) for pair in
                               peers[at:at + 200] for peer in pair))
    began = time.monotonic()
    times = await asyncio.gather(
        *(talk(*pair, f"pair {i}") for i, pair in enumerate(peers)),
        return_exceptions=True)
    took = time.monotonic() - began
    for pair in peers:
        for peer in pair:
            peer.writer.close()
    return times, took


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(") ", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def signalling(bench):
    pairs = bench.pick("clients", 10000) // 2
    need = 4 * pairs + 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(need, hard), hard))
    servers.ALL.setdefault(Signalling.name, Signalling)
    server = bench.start(Signalling.name, "ws", workers=4)
    with server:
        before = cpu_seconds(server.pids)
        times, took = asyncio.run(all_pairs(server.port, pairs))
        cpu = cpu_seconds(server.pids) - before
    good = sorted(t for t in times if isinstance(t, float))
    for why in {repr(t) for t in times if not isinstance(t, float)}:
        bench.failed.append(f"signalling: {why}")
    messages = pairs * 2 * (CANDIDATES + 4)
    bench.values.update({"wrong": pairs - len(good)})
    return ("### Signalling\n\n" f"{pairs:,} pairs at once over 4 workers: "
            "each connects twice, offers before the second is there, "
            f"answers, and passes {CANDIDATES} candidates.\n\n" +
            figures.table(
                ["pairs", "not connected, or mixed up", "seconds for all",
                 "CPU us a message"],
                [[f"{pairs:,}", pairs - len(good), show(took, 1),
                  show(cpu / messages * 1e6, 1)]]))
