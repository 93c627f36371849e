"""The source that nginx polls here: an Icecast whose title is `change N`."""
import asyncio
import json
import time


class Source:
    """Knows when it was asked; can be made to fail in several ways."""

    MOUNTS = ("rock", "jazz")

    def __init__(self):
        self.number = 0
        self.mounts = list(self.MOUNTS)
        self.manner = "well"   # how it answers: a method's name below
        self.asked = []        # when polls came
        self.port = None

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.split()[1] == b"/another":
                    writer.write(self.answer(self.document(["another"])))
                    continue
                self.asked.append(time.monotonic())
                await getattr(self, self.manner)(writer)
        except (asyncio.IncompleteReadError, OSError,
                asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def document(self, mounts=None):
        return json.dumps({"icestats": {"source": [
            {"listenurl": f"http://x/{m}", "listeners": 3,
             "title": f"change {self.number}",
             "stream_start_iso8601": "2026-01-01T00:00:00+0000",
             "server_type": "audio/mpeg"} for m in mounts or self.mounts]}})

    @staticmethod
    def answer(body, size=None, status="200 OK"):
        size = len(body) if size is None else size
        return (f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n"
                f"Content-Type: application/json\r\n\r\n{body}").encode()

    async def well(self, writer):
        writer.write(self.answer(self.document()))

    async def refusing(self, writer):
        writer.write(self.answer("no", status="500 Oh"))

    async def babbling(self, writer):
        writer.write(self.answer(self.document()[:-20] + "]\0<html>"))

    async def breaking_off(self, writer):
        body = self.document()
        writer.write(self.answer(body[:len(body) // 2], size=len(body)))
        await writer.drain()
        raise OSError

    async def hanging(self, writer):
        while self.manner == "hanging":
            await asyncio.sleep(0.05)
        raise OSError

    def longest_pause(self, since, until):
        times = [t for t in self.asked if since <= t <= until]
        edges = [since] + times + [until]
        return max(b - a for a, b in zip(edges, edges[1:]))
