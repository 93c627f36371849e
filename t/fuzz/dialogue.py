#!/usr/bin/env python3
"""usage: dialogue.py SECONDS [SEED]

The whole module under structured nonsense: many clients at once hold random
dialogues with a real nginx (ONAIR_NGINX, best the one of t/asan/build.sh):
handshakes with fields left out, doubled and bent, frames of every kind cut at
every place, commands, publications, long polls, event streams, pipelined
requests, resets; while the configuration is reloaded and a source answers
rubbish. The worker must live, answer a good client at any time, and leave
nothing alarming in its log.
"""
import asyncio
import ctypes
import json
import os
import random
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "chaos"))
from nginx import Nginx  # noqa: E402
from clients import ask, ws_frame, ws_request  # noqa: E402

BAD = re.compile(r"\[(alert|emerg|crit)\]|Sanitizer|runtime error")
NAMES = ["rock", "jazz", "*", "", "a/b", "x" * 64, "x" * 65, "\u00e9", "%00",
         "..", "new%d", "\"", "\\", "\n"]


def name():
    text = random.choice(NAMES)
    return text % random.randrange(50) if "%d" in text else text


def noise(most=200):
    return os.urandom(random.randrange(most))


def json_like(depth=0):
    kind = random.randrange(8 if depth < 4 else 5)
    if kind == 0:
        return random.choice([None, True, False])
    if kind == 1:
        return random.choice([0, -1, 1e308, 2**63, 0.1, 10**20])
    if kind < 5:
        return name()
    if kind < 7:
        return [json_like(depth + 1) for _ in range(random.randrange(6))]
    return {random.choice(["subscribe", "unsubscribe", "since", "get", "title",
                           "artist", "now", "x"]): json_like(depth + 1)
            for _ in range(random.randrange(5))}


def event_id():
    return random.choice([
        "0:0", "1:1", "ffffffff:99999999999999999999", ":", "x",
        "%08x:%d" % (random.getrandbits(32), random.randrange(10)),
        noise(20).hex(), "\"1:1\"", "W/\"1:1\"", "*"])


def command():
    roll = random.random()
    if roll < 0.3:
        return json.dumps({"subscribe": [name() for _ in range(
            random.choice([1, 2, 5, 60, 70]))]})
    if roll < 0.5:
        return json.dumps({"unsubscribe": [name()], "get": True})
    if roll < 0.6:
        return json.dumps({"since": event_id(), "subscribe": ["rock"]})
    if roll < 0.9:
        return json.dumps(json_like())
    return noise(500).decode("latin1")


def frame():
    opcode = random.choice([0, 1, 1, 1, 1, 2, 3, 8, 9, 9, 10, 11, 15])
    if opcode == 1:
        payload = command().encode("utf-8", "surrogateescape")
    elif opcode == 8:
        payload = random.choice([b"", b"\x03", b"\x03\xe8", b"\x03\xe8bye",
                                 b"\x00\x00", noise()])
    else:
        payload = noise(random.choice([5, 130, 5000]))
    data = ws_frame(opcode, payload, fin=random.random() < 0.8,
                    rsv=random.choice([0, 0, 0, 0, 4, 1, 7]))
    if random.random() < 0.05:
        data = bytes([data[0], data[1] & 0x7f]) + data[2:]
    if random.random() < 0.05:
        at = random.randrange(len(data))
        data = data[:at] + noise(5) + data[at:]
    return data


def fields():
    choices = [
        "Upgrade: websocket", "Upgrade: h2c", "Connection: Upgrade",
        "Connection: keep-alive, Upgrade", "Connection: close",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Key: x", "Sec-WebSocket-Protocol: onair.title, x",
        "Sec-WebSocket-Extensions: permessage-deflate",
        "Sec-WebSocket-Extensions: permessage-deflate; "
        "client_max_window_bits; server_max_window_bits=9",
        "Sec-WebSocket-Extensions: ;;=,", "Accept: text/event-stream",
        "Accept: application/json", "Origin: http://localhost",
        "Origin: null", "Content-Length: 5", "Transfer-Encoding: chunked",
        "Last-Event-ID: " + event_id(), "If-None-Match: " + event_id(),
        "X-" + "y" * random.randrange(3000) + ": z"]
    return "".join(x + "\r\n" for x in random.sample(
        choices, random.randrange(len(choices) // 2)))


def path():
    part = "".join(c if c.isalnum() or c in "*/.%" else "%%%02x" % b
                   for c in name() for b in c.encode()[:1])
    query = random.choice(
        ["", "", "?wait=1", "?wait=0", "?wait=-1", "?wait=99999999999",
         "?since=" + event_id().replace('"', "%22"), "?stations=rock,jazz",
         "?stations=*", "?stations=%2c,,", "?stations=" + "a," * 200,
         "?format=prometheus"])
    place = random.choice(["/live/", "/live/", "/live/", "/title/", "/echo",
                           "/status", "/ssi", "/mirrored/", "/delayed/"])
    return place + (part if place[-1] == "/" else "") + query


def request():
    roll = random.random()
    if roll < 0.4:
        extra = random.choice([
            "", "", "Sec-WebSocket-Extensions: permessage-deflate; "
            "client_no_context_takeover\r\n",
            "Sec-WebSocket-Protocol: onair.title\r\n",
            f"Last-Event-ID: {event_id()}\r\n"])
        return ws_request(path(), extra)
    if roll < 0.55:
        body = random.choice([
            json.dumps(json_like()), json.dumps({"title": noise(50).hex()}),
            "title=x&artist=" + noise(20).hex(), noise(2000).decode("latin1")
        ]).encode("utf-8", "surrogateescape")
        return (f"POST /publish/{random.choice(['rock', 'jazz', 'x'])} "
                f"HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
                ).encode() + body
    if roll < 0.6:
        return (f"GET /publish/rock?mode=updinfo&song={noise(9).hex()} "
                "HTTP/1.1\r\nHost: x\r\n\r\n").encode()
    method = random.choice(["GET"] * 8 + ["HEAD", "OPTIONS", "POST"])
    version = random.choice(["1.1"] * 6 + ["1.0"])
    return (f"{method} {path()} HTTP/{version}\r\nHost: x\r\n{fields()}\r\n"
            ).encode("latin1", "replace")


async def dialogue(port, counts):
    counts["dialogues"] += 1
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return
    try:
        data = b"".join(request() for _ in range(random.choice([1, 1, 1, 3])))
        if b"pgrade: websocket" in data or random.random() < 0.1:
            data += b"".join(frame() for _ in range(random.randrange(12)))
        while data:
            size = random.choice([1, 7, 100, 5000, 10**6])
            writer.write(data[:size])
            data = data[size:]
            counts["pieces"] += 1
            if random.random() < 0.2:
                await asyncio.sleep(random.uniform(0, 0.02))
        for _ in range(random.randrange(4)):
            try:
                await asyncio.wait_for(reader.read(65536),
                                       random.uniform(0.01, 0.4))
            except asyncio.TimeoutError:
                pass
            if random.random() < 0.5:
                writer.write(frame())
        if random.random() < 0.2:
            writer.write_eof()
    except (OSError, RuntimeError):
        pass
    finally:
        if random.random() < 0.6:
            writer.transport.abort()
        else:
            writer.close()


class Rubbish:
    """A source that answers anything."""
    port = 0

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            body = random.choice([
                json.dumps({"icestats": {"source": [
                    {"listenurl": "http://x/" + random.choice(
                        ["rock", "jazz", "m%d" % random.randrange(300)]),
                     "title": noise(20).hex(), "listeners": json_like(),
                     "stream_start_iso8601": "2026-01-01T00:00:00+0000"}
                    for _ in range(random.randrange(40))]}}),
                json.dumps(json_like()), noise(3000).decode("latin1"),
                "<SHOUTCASTSERVER><CURRENTLISTENERS>1", "1,1,2,3,4,5,x"
            ]).encode("utf-8", "surrogateescape")
            size = len(body) + random.choice([0, 0, 0, 0, 10])
            head = random.choice(["200 OK"] * 6 + ["500 No", "302 Found"])
            writer.write(f"HTTP/1.1 {head}\r\nContent-Length: {size}\r\n\r\n"
                         .encode() + body)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()


EXTRA = """
        location /title/ { onair; onair_format title; }
        location /delayed/ { onair; onair_delay 300ms; }
        location = /echo { onair_echo; }
        location /mirrored/ { mirror /mirror; onair; }
        location = /mirror { internal; return 204; }
        location = /ssi { ssi on; ssi_types *;
            return 200 '<!--# include virtual="/echo" -->$onair_title'; }
"""


async def fuzz(seconds):
    source = Rubbish()
    await source.start()
    nginx = Nginx(source, workers=1, interval=0.1, extra=EXTRA)
    nginx.write()
    nginx.start()
    counts = {"dialogues": 0, "pieces": 0, "asked": 0, "cut": 0,
              "reloads": 0}
    bad = []
    running = set()
    began = time.monotonic()
    next_reload = began + 7
    try:
        while not nginx.workers():
            await asyncio.sleep(0.05)
        while time.monotonic() - began < seconds and not bad:
            while len(running) < 60:
                task = asyncio.ensure_future(dialogue(nginx.port, counts))
                running.add(task)
                task.add_done_callback(running.discard)
            await asyncio.sleep(0.05)
            if random.random() < 0.1:
                try:
                    _, _, body = await ask(nginx.port, "/live/rock",
                                           seconds=30)
                    json.loads(body)
                    counts["asked"] += 1
                except (OSError, asyncio.IncompleteReadError):
                    counts["cut"] += 1  # a reload, or the log says why
            if time.monotonic() > next_reload:
                next_reload = time.monotonic() + random.uniform(2, 12)
                nginx.write(workers=random.randint(1, 2))
                os.kill(nginx.master, signal.SIGHUP)
                counts["reloads"] += 1
            bad = [x for x in nginx.look() if BAD.search(x)]
        for task in list(running):
            task.cancel()
        os.kill(nginx.master, signal.SIGQUIT)
        end = time.monotonic() + 20
        while os.path.exists(f"/proc/{nginx.master}/exe") and \
                time.monotonic() < end:
            await asyncio.sleep(0.05)
            try:
                os.waitpid(nginx.master, os.WNOHANG)
            except ChildProcessError:
                break
        bad += [x for x in nginx.look() if BAD.search(x)]
    finally:
        nginx.end()
    return counts, bad


def main():
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    random.seed(seed)
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    counts, bad = asyncio.run(fuzz(seconds))
    print(f"dialogue: seed {seed}, " + ", ".join(
        f"{value} {name}" for name, value in counts.items()))
    for line in bad[:20]:
        print("dialogue: " + line[:300])
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
