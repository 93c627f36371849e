"""Rooms of several machines: what a message costs the engine beside PUBLISH
alone, at a chat's pace, and what the way over it adds for who hears it."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import servers
from figures import median, ratio, show, spread, table
from signalling import Peer

PACE = 2000  # messages a second, one by one
READERS = (1, 2, 6)
PAYLOAD = b"x" * 120


class Redis:
    """A redis-server without persistence on a port of its own."""

    def __init__(self):
        if not shutil.which("redis-server"):
            raise RuntimeError("redis-server is not installed")
        self.port = servers.free_port()
        self.dir = tempfile.mkdtemp(prefix="onair-bench-")
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--save", "", "--dir", self.dir], stdout=subprocess.DEVNULL)
        servers.wait_for(lambda: servers.answers(self.port), 10, "Redis")

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def cpu(self):
        with open(f"/proc/{self.process.pid}/schedstat") as f:
            return int(f.read().split()[0]) / 1e9

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def command(*words):
    out = b"*%d\r\n" % len(words)
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        out += b"$%d\r\n%s\r\n" % (len(word), word)
    return out


def script():
    path = os.path.join(servers.ROOT, "src", "engine", "script.cc")
    with open(path) as f:
        return re.search(r'R"lua\((.*?)\)lua"', f.read(), re.S).group(1)


def subscribe(redis, count):
    """Reads what is published, in a thread, and throws it away."""
    readers = []
    for _ in range(count):
        s = redis.connect()
        s.sendall(command("SUBSCRIBE", "b:{rock}:c"))
        s.recv(4096)
        readers.append(s)

    def drain(s):
        with s:
            while s.recv(65536):
                pass
    for s in readers:
        threading.Thread(target=drain, args=(s,), daemon=True).start()
    return readers


def trial(redis, way, readers, messages):
    """Seconds of Redis's CPU a message, in microseconds."""
    heard = subscribe(redis, readers)
    s = redis.connect()
    s.sendall(command("EVAL", script(), 0, "load"))
    s.recv(4096)
    s.sendall(command("SCRIPT", "LOAD", script()))
    digest = s.recv(4096).split(b"\r\n")[1]
    begin, cpu = time.monotonic(), redis.cpu()
    for i in range(messages):
        if way == "PUBLISH":
            s.sendall(command("PUBLISH", "b:{rock}:c", PAYLOAD))
        else:
            s.sendall(command(
                "EVALSHA", digest, 3, "b:{rock}", "b:{rock}:s", "b:{rock}:c",
                "say", "0123456789abcdef:1", time.time_ns(), "0000000a", 4096,
                "", PAYLOAD))
        s.recv(4096)
        late = begin + (i + 1) / PACE - time.monotonic()
        if late > 0:
            time.sleep(late)
    used = (redis.cpu() - cpu) / messages * 1e6
    s.close()
    for one in heard:
        one.shutdown(socket.SHUT_RDWR)  # its thread ends
    return used


class Rooms(servers.Onair):
    name = "onair-machines"
    engine = ""

    def http(self):
        share = "share=rooms" if self.engine else ""
        return f"""    {self.engine}
    onair_zone bench:8m rooms=4 {share};
    onair_message_rate off;
    onair_heartbeat 1h;"""

    def locations(self):
        return "        location /signal/ { onair_room zone=bench window=0; }"

    def control_locations(self):
        return ""


async def way_of(server, messages):
    """How long one waits for what it said itself, in milliseconds."""
    peer = Peer()
    path = "/signal/rock"
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write((f"GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket"
                  "\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
                 .encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head:
        raise RuntimeError(head.decode(errors="replace").split("\r")[0])
    peer.reader, peer.writer = reader, writer
    await asyncio.sleep(1)  # the room has its engine
    waits = []
    for i in range(messages):
        begin = time.monotonic()
        peer.say({"say": i, "ref": i})
        while True:
            _, length = await reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await reader.readexactly(2), "big")
            text = await reader.readexactly(length)
            if b'"said":%d}' % i in text:
                break
        waits.append((time.monotonic() - begin) * 1000)
        await asyncio.sleep(0.002)
    writer.close()
    return median(waits)


def added(redis, rounds, messages):
    waits = {"alone": [], "engine": []}
    for _ in range(rounds):
        for name in waits:
            server = Rooms("ws")
            server.engine = (f"onair_redis 127.0.0.1:{redis.port};"
                             if name == "engine" else "")
            with server:
                waits[name].append(asyncio.run(way_of(server, messages)))
    return waits


def machines(bench):
    rounds = bench.pick("rounds", 3)
    messages = bench.pick("messages", 4000)
    redis = Redis()
    rows = []
    try:
        for readers in READERS:
            used = {"PUBLISH": [], "script": []}
            for _ in range(rounds):
                for way in used:
                    used[way].append(trial(redis, way, readers, messages))
            rows.append([readers, show(median(used["PUBLISH"])),
                         show(median(used["script"])),
                         spread(used["script"]),
                         show(ratio(median(used["script"]),
                                    median(used["PUBLISH"])), 2)])
        text = "### Machines\n\n"
        text += (f"Redis's CPU a message at {PACE:,} a second one by one, µs; "
                 f"{rounds} rounds in turn.\n\n")
        text += table(["machines that read", "PUBLISH alone", "our script",
                       "from, to", "ratio"], rows)
        waits = added(redis, rounds, min(messages, 300))
        text += ("\nHow long who says something waits until it is shown, "
                 "p50 in ms, one worker on one machine: "
                 f"{show(median(waits['alone']), 2)} without an engine, "
                 f"{show(median(waits['engine']), 2)} by way of it.\n")
    finally:
        redis.stop()
    return text
