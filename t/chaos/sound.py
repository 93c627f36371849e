"""Who listens to the sound of two stations, whose bytes say where in it they
are: each byte comes once to those who stay, and nobody hears another station.
"""
import asyncio
import os
import random
import struct
import sys
import time

from clients import read_head, ws_frame, ws_request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from listeners import FRAME, HEAD, frame  # noqa: E402

A_SECOND = 44100 / 1152
METAINT = 4000
NAMES = ("rock", "jazz")
APART = 10 ** 9            # frames between the numbers of two stations
LOST = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError,
        ValueError)


def sound_at(at, size):
    """The bytes of a station from one on, counted from its frame 0."""
    first, last = at // FRAME, (at + size) // FRAME
    whole = b"".join(frame(n) for n in range(first, last + 1))
    return whole[at - first * FRAME:][:size]


class SoundSource:
    """Sends as an Icecast does: a burst, then frames as time goes by, titles
    in ICY blocks. Its clock goes on while nobody is connected."""

    BURST = 6              # seconds

    def __init__(self):
        self.began = time.monotonic() - 60
        self.port = None
        self.accepted = 0
        self.writers = set()
        self.begins = set()    # the first whole frame of each connection

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    def now(self):
        return int((time.monotonic() - self.began) * A_SECOND)

    def cut(self):
        for writer in self.writers:
            writer.get_extra_info("socket").setsockopt(
                1, 13, struct.pack("ii", 1, 0))  # SO_LINGER: a reset
            writer.transport.abort()

    async def serve(self, reader, writer):
        self.accepted += 1
        self.writers.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            base = APART * NAMES.index(head.split()[1].decode()[1:])
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n"
                         b"icy-metaint:%d\r\n\r\n" % METAINT)
            await self.send(writer, base)
        except (*LOST, asyncio.CancelledError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def send(self, writer, base):
        """Begins inside of a frame, as an Icecast does."""
        first = base + self.now() - int(self.BURST * A_SECOND)
        self.begins.add(first + 1)
        at = first * FRAME + 100
        left = METAINT
        while not writer.is_closing():
            end = (base + self.now()) * FRAME
            out = b""
            while at + left <= end:
                title = b"StreamTitle='T - %d';" % ((at + left) // FRAME // 76)
                units = (len(title) + 15) // 16
                out += (sound_at(at, left) + bytes([units]) +
                        title.ljust(16 * units, b"\0"))
                at, left = at + left, METAINT
            writer.write(out + sound_at(at, end - at))
            left -= end - at
            at = end
            await writer.drain()
            await asyncio.sleep(0.05)


class Hearer:
    """Comes back for ever. `next` is the number of the next frame."""

    def __init__(self, sound, port, name):
        self.sound, self.port, self.name = sound, port, name
        self.base = APART * NAMES.index(name)
        self.next = None
        self.held = b""
        self.since = 0.0       # when this connection was made
        self.writer = None
        self.doing = "resting"

    async def run(self):
        while True:
            try:
                await self.once()
            except LOST:
                self.sound.ended += 1
            self.next = self.writer = None
            self.held = b""
            self.doing = "resting"
            await asyncio.sleep(random.uniform(0.05, 0.2))

    async def once(self):
        self.doing = "connecting"
        self.since = time.monotonic()
        reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.port)
        self.doing = "asking"
        try:
            await self.listen(reader)
        finally:
            self.writer.transport.abort()

    def take(self, data):
        self.sound.bytes += len(data)
        self.held += data
        while len(self.held) >= FRAME:
            one, self.held = self.held[:FRAME], self.held[FRAME:]
            number = int(one[len(HEAD) + 1:len(HEAD) + 13])
            if one != frame(number) or not self.follows(number):
                self.is_wrong(number, one)
            self.next = number + 1

    def follows(self, number):
        """Where nobody had pulled for longer than the burst is long, nothing
        can be joined: frames are missing then, and none comes twice."""
        if self.next is None:
            self.doing = "listening"
            return self.base <= number < self.base + APART
        if number > self.next and number in self.sound.source.begins:
            self.sound.gaps += 1
            return True
        return number == self.next

    def is_wrong(self, number, one):
        self.sound.wrong.append(
            f"{self.kind} of {self.name}, {time.monotonic() - self.since:.1f} "
            f"s after it came, {number} for {self.next}: {one[:40]}")
        raise ValueError("wrong sound")


class Player(Hearer):
    kind = "player"
    asks = b""

    async def listen(self, reader):
        self.writer.write(b"GET /hear/%s HTTP/1.0\r\n%s\r\n" %
                          (self.name.encode(), self.asks))
        status, fields = await read_head(reader)
        if status != 200:
            raise ValueError("refused")
        self.doing = "waiting"
        self.take(await reader.readexactly(FRAME))
        await self.hear(reader, int(fields.get("icy-metaint", 0)))

    async def hear(self, reader, _):
        while True:
            data = await reader.read(65536)
            if not data:
                raise ValueError("ended")
            self.take(data)


class TitledPlayer(Player):
    kind = "player with titles"
    asks = b"Icy-MetaData: 1\r\n"

    async def hear(self, reader, metaint):
        left = metaint - FRAME
        while True:
            self.take(await reader.readexactly(left))
            size = 16 * (await reader.readexactly(1))[0]
            title = await reader.readexactly(size)
            if size and not title.startswith(b"StreamTitle='T - "):
                self.is_wrong(None, title)
            left = metaint


class Page(Hearer):
    kind = "page"

    async def listen(self, reader):
        self.writer.write(ws_request(f"/hear/{self.name}"))
        status, _ = await read_head(reader)
        if status != 101:
            raise ValueError("refused")
        self.doing = "waiting"
        while True:
            first, size = await reader.readexactly(2)
            if size == 126:
                size, = struct.unpack(">H", await reader.readexactly(2))
            payload = await reader.readexactly(size)
            if first & 15 == 2:
                self.take(payload)
            elif first & 15 == 9:
                self.writer.write(ws_frame(10, payload))
            elif first & 15 == 8:
                raise ValueError("goodbye")


class Sound:
    # Seconds until all hear again: an end of the pull waits for half a second,
    # a worker of the old zone three lengths of the lease.
    BACK = 4.0
    LEAVES = 1.0           # a worker that is to go has to send on for so long

    def __init__(self):
        self.source = SoundSource()
        self.hearers, self.tasks = [], []
        self.wrong = []
        self.ended = self.bytes = self.tuned = self.gaps = 0

    async def start(self):
        await self.source.start()

    def locations(self):
        return "".join(f"""
        location = /pull/{name} {{
            internal;
            proxy_pass http://127.0.0.1:{self.source.port}/{name};
            onair_pull station={name};
        }}""" for name in NAMES) + "location /hear/ { onair_listen; }"

    def add(self, count, nginx):
        kinds = (Player, TitledPlayer, Page)
        for i in range(count):
            hearer = kinds[i % 3](self, nginx.port, NAMES[i // 3 % 2])
            self.hearers.append(hearer)
            self.tasks.append(asyncio.ensure_future(hearer.run()))
        self.tasks.append(asyncio.ensure_future(self.let_go(nginx)))

    async def let_go(self, nginx):
        """A worker that is to go stays for whoever listens: they tune to
        another when it has sent on for a while."""
        seen = {}
        while True:
            await asyncio.sleep(0.1)
            now = time.monotonic()
            leaving = [pid for master in nginx.masters()
                       for pid in nginx.leaving(master)]
            seen = {pid: seen.get(pid, now) for pid in leaving}
            for pid, since in seen.items():
                if now - since >= self.LEAVES:
                    self.tune(since)

    def tune(self, before):
        for hearer in self.hearers:
            if hearer.writer and hearer.since < before:
                self.tuned += 1
                hearer.writer.transport.abort()

    def now(self):
        return self.source.now()

    def behind(self, number):
        return [x for x in self.hearers
                if x.next is None or x.next < x.base + number]

    def described(self, number):
        behind = self.behind(number)
        groups = {}
        for x in behind:
            late = 0 if x.next is None else x.base + number - x.next
            groups.setdefault((x.kind, x.name, x.doing), []).append(late)
        return f"{len(behind)} of {len(self.hearers)}: " + "; ".join(
            f"{len(late)} {kind} of {name} {doing}, up to {max(late)} frames "
            f"late" for (kind, name, doing), late in sorted(groups.items()))

    def counted(self):
        """Those whose answer has begun."""
        return {name: sum(x.name == name and x.next is not None
                          for x in self.hearers) for name in NAMES}

    def pages(self):
        return sum(isinstance(x, Page) and x.next is not None
                   for x in self.hearers)

    @staticmethod
    def counted_by(status):
        return {sound["station"]: sum(sound["listeners"].values())
                for sound in status["sounds"]}

    def told(self):
        return (f"{self.bytes / 1e6:.0f} MB heard, {self.ended} ends, "
                f"{self.source.accepted} connections to the source, "
                f"{self.gaps} gaps, {self.tuned} went on from a worker that left")

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
