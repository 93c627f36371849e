#!/usr/bin/env python3
"""usage: h2_streams.py SECONDS [SEED]

Event streams over HTTP/2 by clients that do whatever comes to mind: windows,
settings, priorities and resets at any moment, frames cut anywhere, bytes that
are no frames, silence, other requests beside the streams, ends of all kinds;
while stations and rooms change and the server is reloaded.

On the nginx of ONAIR_NGINX, best that of t/asan/build.sh. A finding is a frame
larger than a window, an event that is doubled, out of order or not whole, an
alarming line of the log, a worker that died, or a subscriber that stays when
all clients have gone.
"""
import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "chaos"))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import h2_raw  # noqa: E402
from h2_raw import Client, Wrong  # noqa: E402
from nginx import Nginx, free_port, wait_for  # noqa: E402

BAD = re.compile(r"\[(alert|emerg|crit)\]|Sanitizer|runtime error|"
                 r"exited on signal")
QUIET = 90  # seconds until all has gone, a limit

SERVERS = """
    location /file {{ root {dir}; }}
    location /mirrored/ {{ onair; mirror /slow; }}
    location = /slow {{ internal; return 204; }}
    location /titles/ {{ onair; onair_format title; onair_heartbeat 1s; }}
    location /connection/uni {{ onair_centrifuge; }}
    listen 127.0.0.1:{tls} ssl {http2};
    listen 127.0.0.1:{clear} {http2};
    {http2_on}
    ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/cert.pem;
    ssl_buffer_size {buffer};
    send_timeout {timeout};
    onair_heartbeat 2s;
"""

PATHS = ["/live/rock"] * 6 + ["/live/pop", "/titles/rock", "/live/rock,pop",
                              "/mirrored/rock", "/room/lobby"]
OTHERS = ["/file/big", "/live/rock", "/status", "/none", "/live/rock?wait=1"]


class Fuzz:
    def __init__(self, nginx, ports):
        self.nginx, self.ports = nginx, ports
        self.clients = []
        self.titles = 0
        self.checked = 0

    def publish(self):
        self.titles += 1
        name = random.choice(["rock", "rock", "pop"])
        title = f"{self.titles} " + "x" * random.choice([0, 40, 900, 4000])
        self.post(f"/publish/{name}", {"title": title})

    def post(self, path, words):
        connection = http.client.HTTPConnection("127.0.0.1", self.nginx.port,
                                                timeout=20)
        try:
            connection.request("POST", path, json.dumps(words))
            connection.getresponse().read()
        except OSError:
            pass
        finally:
            connection.close()

    def connect(self):
        tls = random.random() < 0.7
        draw = random.choice
        client = Client(self.ports["tls" if tls else "clear"], tls=tls,
                        window=draw([0, 1, 50, 700, 65535, 1 << 20, 1 << 30]),
                        connection=draw([0, 70000, 1 << 20, 1 << 30]),
                        buffer=draw([None, None, 2048]))
        client.strict = True
        client.mute_until = 0.0
        self.clients.append(client)

    def step(self, client):
        streams = [n for n, s in client.streams.items() if not s.over()]
        draw = random.choice
        kind = random.randrange(22)
        if kind < 5 or not streams:
            if client.next < 400:
                client.get(draw(PATHS), end=random.random() < 0.9)
        elif kind < 9:
            client.open_window(draw([0, *streams]),
                               draw([1, 1, 10, 700, 5000, 1 << 16]))
        elif kind == 9:
            client.cancel(draw(streams), draw([0, 2, 8]))
        elif kind == 10:
            client.prioritize(draw(streams), draw([0, 1, *streams]),
                              random.randrange(256), random.random() < 0.3)
        elif kind == 11:
            value = draw([0, 1, 100, 5000, 65535, 1 << 20])
            client.strict &= value >= client.initial
            client.set((h2_raw.INITIAL_WINDOW, value))
        elif kind == 12:
            client.set((h2_raw.MAX_FRAME, draw([16384, 20000, 1 << 20])))
        elif kind == 13:
            client.ping()
        elif kind < 16:
            client.get(draw(OTHERS), accept="*/*")
        elif kind == 16:
            number = client.get("/publish/rock", method="POST", end=False)
            client.body(number, b'{"title":"by h2"}')
        elif kind == 17 and random.random() < 0.2:
            client.say_goaway()
        elif kind == 18 and random.random() < 0.3:
            client.mute_until = time.monotonic() + random.uniform(0, 4)
        elif kind == 19 and random.random() < 0.1:
            client.send(random.randbytes(random.randrange(1, 60)))
            client.strict = False
        elif kind == 20 and random.random() < 0.3:
            self.cut(client)
        elif kind == 21 and random.random() < 0.3:
            self.end(client)

    @staticmethod
    def cut(client):
        """A frame in two pieces, with a pause between them."""
        word = h2_raw.frame(h2_raw.PING, 0, 0, b"cutcutcu")
        at = random.randrange(1, len(word))
        client.send(word[:at])
        client.pump(0.01)
        client.send(word[at:])

    def end(self, client):
        self.check(client)
        if random.random() < 0.3:
            with contextlib.suppress(OSError):  # the server was first
                client.line.socket.shutdown(socket.SHUT_WR)
        client.close()
        self.clients.remove(client)

    def check(self, client):
        """Whole events, each newer than the last."""
        for stream in client.streams.values():
            if stream.status != 0x88 or b"\nid: " not in stream.bytes:
                continue
            last = {}
            for block in stream.bytes.split(b"\n\n")[:-1]:
                for line in block.split(b"\n"):
                    if not line.startswith(b"data: {"):
                        continue
                    data = json.loads(line[6:])
                    if "seq" not in data or "station" not in data:
                        continue
                    key = data["station"], data["epoch"]
                    if data["seq"] <= last.get(key, -1):
                        raise Wrong(f"seq {data['seq']} after {last[key]}")
                    last[key] = data["seq"]
                    self.checked += 1

    def turn(self):
        if len(self.clients) < 12:
            try:
                self.connect()
            except (OSError, EOFError):
                return
        client = random.choice(self.clients)
        if client.eof:
            self.end(client)
            return
        self.step(client)
        if random.random() < 0.15:
            self.publish()
        for other in list(self.clients):
            if other.mute_until < time.monotonic():
                try:
                    other.pump(0)
                except Wrong as wrong:
                    if other.strict or "window" not in str(wrong):
                        raise
                except KeyError:
                    other.close()  # of what it has sent as garbage

    def leave(self):
        for client in list(self.clients):
            self.end(client)


class Nobody:
    """No source answers there."""
    port = free_port()


def certificate(folder):
    path = os.path.join(folder, "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", path + ".key",
                    "-out", path], check=True, capture_output=True)
    with open(path, "a", encoding="ascii") as to:
        with open(path + ".key", encoding="ascii") as key:
            to.write(key.read())
    os.makedirs(os.path.join(folder, "file"), exist_ok=True)
    with open(os.path.join(folder, "file", "big"), "w",
              encoding="ascii") as big:
        big.write("0123456789" * 30000)


def extra(nginx, ports):
    apart = b"http2" in subprocess.run(
        [nginx.binary, "-V"], capture_output=True, check=True).stderr
    version = subprocess.run([nginx.binary, "-v"], capture_output=True,
                             check=True).stderr
    numbers = tuple(int(x) for x in re.search(
        rb"nginx/(\d+)\.(\d+)\.(\d+)", version).groups())
    new = apart and numbers >= (1, 25, 1)
    return SERVERS.format(
        dir=nginx.dir, tls=ports["tls"], clear=ports["clear"],
        http2="" if new else "http2", http2_on="http2 on;" if new else "",
        buffer=random.choice(["16k", "4k", "1k"]),
        timeout=random.choice(["1s", "3s", "60s"]))


def findings(nginx):
    with open(os.path.join(nginx.dir, "error.log"), encoding="utf-8",
              errors="replace") as log:
        return [line for line in log if BAD.search(line)]


def subscribers(nginx):
    connection = http.client.HTTPConnection("127.0.0.1", nginx.port,
                                            timeout=20)
    try:
        connection.request("GET", "/status")
        status = json.loads(connection.getresponse().read())
    except OSError:
        return -1
    finally:
        connection.close()
    return sum(sum(w["subscribers"].values()) for w in status["workers"])


def main():
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    random.seed(seed)
    print(f"h2_streams: seed {seed}", flush=True)
    ports = {"tls": free_port(), "clear": free_port()}
    nginx = Nginx(Nobody(), workers=2, zone="16m",
                  stations="stations=8", interval=60)
    certificate(nginx.dir)
    nginx.write(extra=extra(nginx, ports))
    nginx.start()
    fuzz = Fuzz(nginx, ports)
    wrong, end = None, time.monotonic() + seconds
    turns = 0
    try:
        while time.monotonic() < end and wrong is None:
            for _ in range(400):
                fuzz.turn()
                turns += 1
                if time.monotonic() > end:
                    break
            if random.random() < 0.3:
                os.kill(nginx.master, signal.SIGHUP)
            fuzz.leave()
            if not wait_for(lambda: subscribers(nginx) == 0, QUIET):
                wrong = f"{subscribers(nginx)} subscribers stay"
    except Wrong as why:
        wrong = str(why)
    wrong = wrong or (findings(nginx) or [None])[0]
    print(f"h2_streams: {turns} steps, {fuzz.checked} events checked")
    os.kill(nginx.master, signal.SIGTERM)
    if not wait_for(lambda: not nginx.ours(), QUIET):
        wrong = wrong or "it does not end"
    wrong = wrong or (findings(nginx) or [None])[0]
    if wrong:
        sys.exit(f"h2_streams: {wrong} (seed {seed}, {nginx.dir})")
    nginx.end()


main()
