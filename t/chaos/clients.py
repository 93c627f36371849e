"""Listeners of the three transports over asyncio, for the tests that need
hundreds at once. Each reconnects for ever and knows how it was left: with a
goodbye, by a closed connection, or not at all."""
import asyncio
import base64
import json
import os
import random
import struct
import time
from urllib.parse import quote


def ws_frame(opcode, payload=b"", fin=True, rsv=0, mask=None):
    mask = os.urandom(4) if mask is None else mask
    size = len(payload)
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += b"\xfe" + struct.pack(">H", size)
    else:
        head += b"\xff" + struct.pack(">Q", size)
    pad = (mask * (size // 4 + 1))[:size]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
              ).to_bytes(size, "big") if size else b""
    return head + mask + masked


def ws_request(path, extra=""):
    key = base64.b64encode(os.urandom(16)).decode()
    return (f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n{extra}\r\n").encode()


async def read_head(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin1").split("\r\n")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return int(lines[0].split()[1]), fields


async def read_body(reader, fields):
    if fields.get("transfer-encoding") == "chunked":
        body = b""
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            piece = await reader.readexactly(size + 2)
            if size == 0:
                return body
            body += piece[:-2]
    if "content-length" in fields:
        return await reader.readexactly(int(fields["content-length"]))
    return await reader.read()


async def ask(port, path, method="GET", body=b"", headers="", seconds=10):
    """One request; (status, fields, body)."""
    async def go():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            length = f"Content-Length: {len(body)}\r\n" if body else ""
            writer.write((f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
                          f"Connection: close\r\n{headers}{length}\r\n"
                          ).encode() + body)
            status, fields = await read_head(reader)
            data = b"" if status in (204, 304) else await read_body(
                reader, fields)
            return status, fields, data
        finally:
            writer.close()
    return await asyncio.wait_for(go(), seconds)


class Listener:
    """Keeps itself connected; `number` is the newest change it was told."""

    def __init__(self, crowd, port, path):
        self.crowd, self.port, self.path = crowd, port, path
        self.connected = False
        self.doing = ("resting", 0.0)  # and since when
        self.number = -1
        self.at = None         # (epoch, seq) of the last state
        self.goodbyes = 0      # left with one
        self.drops = 0         # left without
        self.refused = 0
        self.backwards = 0     # states that came out of order
        self.hidden = 0        # changes that a 304 passed over
        self.local = None      # our port: names the connection

    async def run(self):
        while not self.crowd.stopping:
            try:
                await self.once()
            except (OSError, asyncio.IncompleteReadError, ValueError,
                    asyncio.LimitOverrunError, json.JSONDecodeError):
                self.drops += 1
                at = f"{self.kind} {self.doing[0]}"
                self.crowd.dropped[at] = self.crowd.dropped.get(at, 0) + 1
            except asyncio.CancelledError:
                return
            finally:
                self.connected = False
                self.local = None
            self.does("resting")
            await asyncio.sleep(random.uniform(0.05, 0.3))

    def does(self, what):
        self.doing = (what, time.monotonic())

    async def once(self):
        self.does("connecting")
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self.port)
        except OSError:
            self.refused += 1
            return
        self.local = writer.get_extra_info("sockname")
        self.does("asking")
        try:
            if await self.talk(reader, writer):
                self.goodbyes += 1
        finally:
            writer.transport.abort()

    def take(self, text):
        state = json.loads(text)
        if "error" in state:
            raise ValueError(text)
        at = (state["epoch"], state["seq"])
        if self.at and self.at[0] == at[0] and at[1] < self.at[1]:
            self.backwards += 1
        self.at = at
        title = (state["now"] or {}).get("title") or ""
        if title.startswith("change "):
            self.number = int(title.split()[1])
        self.connected = True
        self.does("listening")


class WebSocketListener(Listener):
    kind = "websocket"

    def greet(self, writer):
        """What a client says first."""

    async def talk(self, reader, writer):
        writer.write(ws_request(self.path))
        status, _ = await read_head(reader)
        if status != 101:
            self.refused += 1
            return False
        self.greet(writer)
        self.does("waiting for a state")
        while True:
            first, second = await reader.readexactly(2)
            size = second & 127
            if size == 126:
                size, = struct.unpack(">H", await reader.readexactly(2))
            elif size == 127:
                size, = struct.unpack(">Q", await reader.readexactly(8))
            payload = await reader.readexactly(size)
            opcode = first & 15
            if opcode == 1:
                self.take(payload)
            elif opcode == 9:
                writer.write(ws_frame(10, payload))
            elif opcode == 8:
                writer.write(ws_frame(8, payload))
                return True


class SseListener(Listener):
    kind = "sse"

    async def talk(self, reader, writer):
        last = (f"Last-Event-ID: {self.at[0]}:{self.at[1]}\r\n"
                if self.at else "")
        writer.write((f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\n"
                      f"Accept: text/event-stream\r\n{last}\r\n").encode())
        status, _ = await read_head(reader)
        if status != 200:
            self.refused += 1
            return False
        self.does("waiting for a state")
        text = b""
        while True:
            size = int((await reader.readuntil(b"\r\n"))[:-2], 16)
            text += (await reader.readexactly(size + 2))[:-2]
            while b"\n\n" in text:
                block, _, text = text.partition(b"\n\n")
                data = [line[6:] for line in block.split(b"\n")
                        if line.startswith(b"data: ")]
                if data:
                    self.take(b"\n".join(data))
            if size == 0:
                return True


class Player:
    """One of AzuraCast's: the same transports, other words."""
    way = ""
    epoch = None

    def __init__(self, crowd, port, path):
        self.station = path.rsplit("/", 1)[1]
        subs = {"subs": {"station:" + self.station: {"recover": True}}}
        super().__init__(crowd, port, "/api/live/nowplaying/" + self.way +
                         "?cf_connect=" + quote(json.dumps(subs)))

    def take(self, text):
        message = json.loads(text)
        for sub in message.get("connect", {}).get("subs", {}).values():
            self.epoch = sub["epoch"]
            for publication in sub.get("publications", []):
                self.hear(publication)
        if "pub" in message:
            self.hear(message["pub"])

    def hear(self, publication):
        data = publication["data"]
        state = {"epoch": self.epoch, "seq": publication.get("offset", 0),
                 "now": data["np"]["now_playing"]["song"]
                 if "np" in data else data["now"]}
        super().take(json.dumps(state))


class PlayerSocket(Player, WebSocketListener):
    way = "websocket"


class PlayerEvents(Player, SseListener):
    way = "sse"


class CentrifugeListener(Player, WebSocketListener):
    """A client of Centrifugo's: it recovers from where it was."""

    def __init__(self, crowd, port, path):
        super().__init__(crowd, port, path)
        self.path = "/connection/websocket"

    def greet(self, writer):
        wish = {"channel": "onair:" + self.station}
        if self.at:
            wish.update(recover=True, epoch=self.at[0], offset=self.at[1])
        for number, (word, given) in enumerate(
                [("connect", {}), ("subscribe", wish)], 1):
            command = json.dumps({"id": number, word: given})
            writer.write(ws_frame(1, command.encode()))

    def take(self, text):
        for line in text.split(b"\n"):
            message = json.loads(line)
            if "error" in message:
                raise ValueError(text)
            sub = message.get("subscribe")
            if sub:
                self.epoch = sub["epoch"]
                self.connected = True
                self.does("listening")
                for publication in sub.get("publications", []):
                    self.hear(publication)
            push = message.get("push", {})
            if "pub" in push:
                self.hear(push["pub"])


class PollListener(Listener):
    kind = "long_poll"

    async def talk(self, reader, writer):
        tag = ""
        while True:
            match = f"If-None-Match: {tag}\r\n" if tag else ""
            writer.write((f"GET {self.path}?wait=10 HTTP/1.1\r\n"
                          f"Host: localhost\r\n{match}\r\n").encode())
            status, fields = await read_head(reader)
            if status == 304 and fields.get("etag") != tag:
                self.hidden += 1
            tag = fields.get("etag", "")
            if status == 200:
                self.take(await read_body(reader, fields))
            elif status == 304:
                self.connected = True
            else:
                self.refused += 1
                return False
            if fields.get("connection") == "close":
                return True


class Crowd:
    """Listeners of all kinds, and questions about them."""

    def __init__(self):
        self.stopping = False
        self.listeners = []
        self.dropped = {}      # what they did when it happened
        self.tasks = []

    def add(self, count, port, path, kinds=(
            WebSocketListener, SseListener, PollListener, PlayerSocket,
            PlayerEvents, CentrifugeListener)):
        for i in range(count):
            listener = kinds[i % len(kinds)](self, port, path)
            self.listeners.append(listener)
            self.tasks.append(asyncio.ensure_future(listener.run()))

    def behind(self, number):
        return [x for x in self.listeners
                if not x.connected or x.number < number]

    @staticmethod
    def described(listeners, owners):
        """How many of each kind do what with whom, and for how long."""
        now = time.monotonic()
        groups = {}
        for x, owner in zip(listeners, owners):
            groups.setdefault((x.kind, x.doing[0], owner), []).append(
                now - x.doing[1])
        return "; ".join(f"{len(times)} {kind} {what} for up to "
                         f"{max(times):.1f} s with {owner}"
                         for (kind, what, owner), times in
                         sorted(groups.items()))

    def total(self, what):
        return sum(getattr(x, what) for x in self.listeners)

    async def stop(self):
        self.stopping = True
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
