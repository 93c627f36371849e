#!/usr/bin/env python3
"""usage: kept.py SECONDS [SEED]

Requests that others keep alive, or end, behind our back. Clients of all
transports over HTTP/1.x and HTTP/2 (and HTTP/3 where nginx and a libcurl have
it) come and go at any moment (resets, closed connections, half closed ones,
windows that never open), on locations that
post_action, mirror, auth_request, subrequest filters, limits and njs have a
hand in, drawn anew with each reload; what these ask answers at once, late,
wrongly or never. Meanwhile everything changes, and master and workers get
signals in any order.

On the nginx of ONAIR_NGINX, best that of t/asan/build.sh. A finding is an
alarming line of the log, a worker that died of itself, or, whenever all
clients have gone, a connection or a count that stays. Configuration and log of
one are kept in ONAIR_BUILD/kept/.
"""
import asyncio
import contextlib
import ctypes
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "chaos"))
sys.path.insert(0, HERE)
import h2  # noqa: E402
from nginx import Nginx, children, free_port  # noqa: E402
from clients import ask, ws_frame, ws_request  # noqa: E402

BAD = re.compile(r"\[(alert|emerg|crit)\]|Sanitizer|runtime error")
NJS = "/usr/lib/nginx/modules/ngx_http_js_module.so"
H3_CLIENT = os.path.join(HERE, "..", "lib", "h3_client.py")
NO_HTTP3 = 77       # its code where no libcurl has it
QUIET = 120         # seconds that it may take until all has gone, a limit
LOCATIONS = 8


class Backend:
    """What subrequests and accounting ask: answers somehow, some time."""
    port = 0

    def __init__(self, source):
        self.source = source
        self.changes = 0

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(random.choice([0, 0, 0.05, 0.3, 1, 4]) *
                                random.random())
            kind = random.randrange(12)
            if kind == 0:
                writer.transport.abort()
                return
            body = b"x" * random.choice([0, 10, 3000, 70000])
            status = random.choice(["200 OK"] * 6 + ["204 No Content",
                                   "401 No", "403 No", "404 No", "500 No"])
            extra = ""
            if kind == 1:
                extra = random.choice(["/live/rock", "/echo", "/l0/rock"])
                extra = f"X-Accel-Redirect: {extra}\r\n"
            size = len(body) + (9 if kind == 2 else 0)
            writer.write(f"HTTP/1.0 {status}\r\n{extra}Content-Length: {size}"
                         "\r\n\r\n".encode() + body[:5])
            if kind == 3:
                await asyncio.sleep(random.uniform(0, 2))
            writer.write(body[5:])
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError,
                asyncio.CancelledError):
            pass
        finally:
            writer.close()


class Polled:
    """The source of the polls: its title changes with each look."""
    port = 0
    number = 0

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.number += 1
            body = json.dumps({"icestats": {"source": {
                "listenurl": "http://x/polled", "title": str(self.number),
                "stream_start_iso8601": "2026-01-01T00:00:00+0000"}}})
            writer.write(f"HTTP/1.0 200 OK\r\nContent-Length: {len(body)}"
                         f"\r\n\r\n{body}".encode())
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError,
                asyncio.CancelledError):
            pass
        finally:
            writer.close()


# --- configurations ---

HELPERS = """
    listen 127.0.0.1:{h2} {http2};
    {http3}
    {http2_on}
    {js}
    location /b/ {{ internal; proxy_pass http://127.0.0.1:{backend};
        proxy_connect_timeout 2s; proxy_read_timeout 1s; {in_b} }}
    location = /n204 {{ internal; return 204; }}
    location = /n200 {{ internal; return 200 "accounted"; }}
    location = /n403 {{ internal; return 403; }}
    location @b {{ proxy_pass http://127.0.0.1:{backend};
        proxy_read_timeout 1s; }}
    location = /echo {{ onair_echo; {echo} }}
    location = /ssi {{ ssi on; ssi_types *;
        return 200 '<!--# include virtual="/l6/rock" -->
            <!--# include virtual="/b/x" --><!--# include virtual="/l7/rock" -->'; }}
    location /accel/ {{ proxy_pass http://127.0.0.1:{backend};
        proxy_read_timeout 1s; error_page 401 403 404 502 504 = /l2/rock; }}
    location /stub {{ stub_status; }}
"""

# A client that was killed says nothing: its connection lasts the idle time.
HTTP3 = """
    keepalive_timeout 3s;
    listen 127.0.0.1:{h3} quic;
    ssl_certificate {dir}/h3.pem; ssl_certificate_key {dir}/h3.pem;
"""

JS = """
    js_import {dir}/kept.js;
    location = /js/sub {{ js_content kept.sub; }}
    location = /js/detached {{ internal; js_content kept.detached; }}
    location = /js/redirect {{ js_content kept.redirect; }}
"""

JS_CODE = """
async function sub(r) {
    let answer = await r.subrequest('/l7/rock');
    r.return(200, answer.responseText);
}
function detached(r) {
    r.subrequest('/b/detached', { detached: true });
    r.return(204);
}
function redirect(r) { r.internalRedirect('/l4/rock'); }
function header(r) { r.headersOut['X-Njs'] = 'seen'; }
function body(r, data, flags) { r.sendBuffer(data, flags); }
export default { sub, detached, redirect, header, body };
"""


def ingredients(js):
    asked = ["/b/x", "/n204", "/n403", "/n200"] + (["/js/detached"] if js
                                                  else [])
    draw = random.choice
    return [
        lambda: "post_action " + draw(asked + ["@b", "/echo", "/l1/rock",
                                               "/publish/rock"]) + ";",
        lambda: "post_action /b/x;",
        lambda: f"mirror {draw(asked)}; mirror_request_body "
                f"{draw(['on', 'off'])};",
        lambda: f"mirror /b/x; mirror {draw(asked)};",
        lambda: f"auth_request {draw(asked)};",
        lambda: f"addition_types *; add_before_body {draw(asked)};",
        lambda: f"addition_types *; add_after_body {draw(asked)};",
        lambda: "ssi on; ssi_types *;",
        lambda: "sub_filter_types *; sub_filter a b;",
        lambda: f"limit_rate {draw(['100', '2k'])};",
        lambda: f"lingering_close {draw(['always', 'off'])};",
        lambda: f"send_timeout {draw(['300ms', '2s'])};",
        lambda: "reset_timedout_connection on;",
        lambda: "chunked_transfer_encoding off;",
        lambda: "gzip on; gzip_types *; gzip_min_length 0;",
        lambda: f"onair_heartbeat {draw(['1s', '2s'])};",
        lambda: f"onair_delay {draw(['100ms', '1s'])};",
        lambda: f"onair_connections per_ip={draw([3, 20])};",
        lambda: "onair_format title;",
        lambda: f"error_page 429 403 500 502 504 = {draw(asked + ['/l5/rock'])};",
        lambda: "satisfy any;",
        lambda: "client_body_timeout 1s; lingering_timeout 1s;",
        lambda: "aio threads;",
        lambda: "postpone_output 1460; output_buffers 1 1k;",
    ] + ([lambda: "js_header_filter kept.header;",
          lambda: "js_body_filter kept.body;"] if js else [])


# nginx itself counts requests wrong where a post_action meets subrequests whose
# output is a part of another's, at either end: it did so without this module.
PARTS = ("addition_types", "ssi", "js_body_filter")
ASKED_AS_PART = (6, 7)


def one(kinds, as_part):
    """Some of them, no directive twice."""
    chosen = {}
    for make in random.sample(kinds, random.randrange(1, 5)):
        text = make()
        chosen.setdefault(text.split()[0], text)
    if as_part:
        chosen.pop("post_action", None)
    if "post_action" in chosen:
        for part in PARTS:
            chosen.pop(part, None)
    return " ".join(chosen.values())


def configuration(nginx, backend, js):
    kinds = ingredients(js)
    # 1.25.1 made `http2` a directive.
    new = nginx.version >= (1, 25, 1)
    text = HELPERS.format(
        h2=nginx.h2, backend=backend.port, http2="" if new else "http2",
        http2_on="http2 on;" if new else "",
        http3=HTTP3.format(h3=nginx.h3, dir=nginx.dir) if nginx.h3 else "",
        js=JS.format(dir=nginx.dir) if js else "",
        echo=random.choice(["", "post_action /b/x;", "mirror /b/x;"]),
        in_b=random.choice(["", "aio threads;"]))
    for i in range(LOCATIONS):
        text += f"    location /l{i}/ {{ onair; "
        text += f"{one(kinds, i in ASKED_AS_PART)} }}\n"
    return text


# --- clients ---

class Clients:
    def __init__(self, nginx, counts):
        self.nginx, self.counts = nginx, counts
        self.ids = {}
        self.running = set()

    def path(self):
        station = random.choice(["rock", "rock", "jazz", "polled", "none"])
        return random.choice(
            [f"/l{random.randrange(LOCATIONS)}/{station}"] * 12 +
            [f"/live/{station}", "/live/?stations=*", "/ssi", "/echo",
             "/accel/x", "/js/sub", "/js/redirect", "/l1/?stations=*",
             "/api/nowplaying", "/api/live/nowplaying/sse?cf_connect="
             "%7B%22subs%22:%7B%22station:rock%22:%7B%7D%7D%7D"])

    def asking(self):
        """A path and fields of one of the transports but WebSocket."""
        path = self.path()
        roll = random.random()
        if roll < 0.45:
            mark = "&" if "?" in path else "?"
            known = self.ids.get("jazz" if "jazz" in path else "rock", "0:0")
            return (f"{path}{mark}wait={random.choice([1, 5, 20])}"
                    f"&since={known}", [])
        if roll < 0.9:
            return path, [("accept", "text/event-stream")]
        return path, []

    def start(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def one(self):
        kind = random.choice([self.http1, self.http1, self.websocket,
                              self.http2, self.http2])
        self.counts["clients"] += 1
        # A client of HTTP/3 is a process: one of a few is as much work.
        if self.nginx.h3 and random.random() < 0.05:
            await self.http3()
            return
        writer = None
        try:
            port = self.nginx.h2 if kind == self.http2 else self.nginx.port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await kind(reader, writer)
        except (OSError, asyncio.IncompleteReadError, RuntimeError):
            pass
        finally:
            if writer and random.random() < 0.5:
                writer.transport.abort()
            elif writer:
                writer.close()

    async def read_a_while(self, reader):
        end = time.monotonic() + random.choice([0.01, 0.2, 0.6, 2.5])
        while time.monotonic() < end:
            try:
                data = await asyncio.wait_for(
                    reader.read(65536), max(0.01, end - time.monotonic()))
            except asyncio.TimeoutError:
                return True
            if not data:
                return False
        return True

    async def http1(self, reader, writer):
        for _ in range(random.choice([1, 1, 2])):
            path, fields = self.asking()
            method = random.choice(["GET"] * 9 + ["HEAD"])
            version = random.choice(["1.1"] * 5 + ["1.0"])
            body = b""
            head = f"{method} {path} HTTP/{version}\r\nHost: x\r\n"
            head += "".join(f"{k}: {v}\r\n" for k, v in fields)
            if random.random() < 0.12:
                size = random.choice([5, 3000])
                head += f"Content-Length: {size}\r\n"
                body = b"b" * random.choice([0, 3, size])
            writer.write(head.encode() + b"\r\n" + body)
        if random.random() < 0.1:
            writer.write_eof()
        if await self.read_a_while(reader) and random.random() < 0.3:
            writer.write(b"late bytes")
            await self.read_a_while(reader)

    async def websocket(self, reader, writer):
        extra = random.choice(["", "", "Content-Length: 4\r\n"])
        frames = b"".join(ws_frame(random.choice([1, 8, 9, 9]), payload)
                          for payload in random.sample([
                              b'{"subscribe":["jazz"]}', b"", b"\x03\xe8",
                              b'{"subscribe":["*"]}', b"x" * 90], 2))
        writer.write(ws_request(self.path(), extra) +
                     random.choice([b"", b"body", frames, b"body" + frames]))
        for _ in range(random.randrange(1, 4)):
            if not await self.read_a_while(reader):
                return
            writer.write(ws_frame(random.choice([1, 8, 9]), b'{"get":true}'))

    async def http2(self, reader, writer):
        window = random.choice([0, 100, 65535, 65535])
        writer.write(h2.PREFACE + h2.settings(window))
        streams = []
        for i in range(random.choice([1, 2, 5])):
            path, fields = self.asking()
            method = random.choice(["GET"] * 9 + ["HEAD"])
            streams.append(2 * i + 1)
            writer.write(h2.headers(streams[-1], path, fields, method,
                                    end=random.random() < 0.9))
        for _ in range(random.randrange(1, 5)):
            if not await self.read_a_while(reader):
                return
            stream = random.choice(streams)
            writer.write(random.choice([
                h2.reset(stream), h2.reset(stream),
                h2.window_update(stream, 200), h2.window_update(0, 9999),
                h2.frame(h2.PING, 0, 0, b"pingpong"), h2.goaway(),
                h2.frame(h2.DATA, h2.END_STREAM, stream, b"d"),
                h2.settings(random.choice([0, 5, 70000]))]))

    async def http3(self):
        """Ends in order, by its time-out, or not at all (killed)."""
        path, fields = self.asking()
        self.counts["http3"] += 1
        client = await asyncio.create_subprocess_exec(
            "/usr/bin/python3", H3_CLIENT, "-m", random.choice("124"),
            *[x for k, v in fields for x in ("-H", f"{k}: {v}")],
            f"https://127.0.0.1:{self.nginx.h3}{path}",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            env=self.nginx.h3_env)
        try:
            await asyncio.wait_for(client.wait(), random.uniform(0.3, 5))
        except (asyncio.TimeoutError, asyncio.CancelledError):
            if client.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    client.kill()
            await client.wait()

    async def change(self):
        """What all of them wait for, from a connection that stays."""
        for station in ("rock", "jazz"):
            try:
                self.counts["changes"] += 1
                await ask(self.nginx.port, "/publish/" + station, "POST",
                          b'{"title":"%d"}' % self.counts["changes"],
                          seconds=10)
                _, _, body = await ask(self.nginx.port, "/live/" + station)
                state = json.loads(body)
                self.ids[station] = f"{state['epoch']}:{state['seq']}"
            except (OSError, ValueError, KeyError, asyncio.TimeoutError,
                    asyncio.IncompleteReadError):
                pass  # a worker died of our signal, or the log says why


# --- signals ---

class Signals:
    """What we sent, so that what comes of it is known."""

    def __init__(self, nginx, counts, write):
        self.nginx, self.counts, self.write = nginx, counts, write
        self.hit = set()

    def to(self, pid, number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        self.hit.add(pid)
        self.counts["signals"] += 1

    def reload(self):
        self.write()
        os.kill(self.nginx.master, signal.SIGHUP)
        self.counts["reloads"] += 1

    async def any(self):
        nginx = self.nginx
        roll = random.random()
        if roll < 0.45:
            self.reload()
        elif roll < 0.8:
            pids = nginx.leaving() or nginx.workers()
            if random.random() < 0.4:
                pids = nginx.workers()
            if pids:
                self.to(random.choice(pids), random.choice(
                    [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT,
                     signal.SIGKILL, signal.SIGUSR1]))
        elif roll < 0.88:
            os.kill(nginx.master, signal.SIGUSR1)
        elif roll < 0.94:
            os.kill(nginx.master, signal.SIGWINCH)
            await asyncio.sleep(random.uniform(0, 1))
            self.reload()
        else:
            await self.restart()

    async def restart(self):
        how = random.choice([signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
        if how != signal.SIGQUIT:
            self.hit.update(children(self.nginx.master))
        os.kill(self.nginx.master, how)
        self.counts["restarts"] += 1
        if not await gone(self.nginx.master):
            raise Finding(f"the master does not end after signal {how}")
        self.write()
        self.nginx.start()

    def explains(self, line):
        """A worker that a signal of ours hit ends as it has to."""
        if "exited on signal 9" in line:
            return True
        pid = re.search(r"(\d+)#\d+: .*open socket #|(\d+)#\d+: aborting",
                        line)
        return bool(pid) and int(pid[1] or pid[2]) in self.hit


class Finding(Exception):
    pass


async def gone(pid, seconds=QUIET):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass
        if not os.path.exists(f"/proc/{pid}/exe"):
            return True
        await asyncio.sleep(0.05)
    return False


# --- what must hold ---

def connections(nginx):
    """Of clients, as the kernel has them."""
    count = 0
    with open("/proc/net/tcp") as file:
        for line in list(file)[1:]:
            fields = line.split()
            port = int(fields[1].split(":")[1], 16)
            # Established, or closed by the client alone.
            count += port in (nginx.port, nginx.h2) and \
                fields[3] in ("01", "08")
    return count


async def nothing_stays(nginx):
    """All clients have gone: so has what was counted of them."""
    seen, unanswered = "no answer", ""
    end = time.monotonic() + QUIET
    while time.monotonic() < end:
        await asyncio.sleep(0.3)
        left = connections(nginx)
        try:
            _, _, body = await ask(nginx.port, "/status")
            status = json.loads(body)
        except (OSError, ValueError, asyncio.TimeoutError,
                asyncio.IncompleteReadError) as why:
            unanswered = f", then no status: {why!r}"
            continue
        unanswered = ""
        zone = status["zones"][0]
        here = sum(n for w in status["workers"]
                   for n in w["subscribers"].values())
        totals = status["totals"]
        waiting = totals["connects"] - totals["disconnects"]
        stations = sum(s["subscribers"] for s in zone["list"])
        seen = (f"{left} connections, {here} subscribers of workers, "
                f"{zone['subscribers']} of the zone, {stations} of stations, "
                f"{zone['connections']} against caps, {waiting} never left, "
                f"{len(nginx.leaving())} workers leave")
        if not (left or here or zone["subscribers"] or stations or
                zone["connections"] or waiting or nginx.leaving()):
            return
    raise Finding("when all had gone there stayed: " + seen + unanswered)


class Run:
    def __init__(self, seconds):
        self.seconds = seconds
        self.counts = dict(clients=0, changes=0, reloads=0, signals=0,
                           restarts=0, quiet=0, http3=0)
        self.js = os.path.exists(NJS)

    def write(self):
        nginx = self.nginx
        nginx.write(workers=random.randint(1, 3),
                    drain=random.choice(["100ms", "1s", "3s"]),
                    main=self.load + random.choice(
                        ["", "worker_shutdown_timeout 2s;"]),
                    extra=configuration(nginx, self.backend, self.js))

    def log(self):
        for line in self.nginx.look():
            if BAD.search(line) and not self.signals.explains(line):
                raise Finding(line)

    async def hold(self, clients, seconds):
        """Everything at once, for so long."""
        end = time.monotonic() + seconds
        at = time.monotonic() + random.uniform(0.2, 3)
        while time.monotonic() < end:
            while len(clients.running) < 50:
                clients.start(clients.one())
            await asyncio.sleep(random.choice([0, 0.02, 0.1]))
            await clients.change()
            if time.monotonic() > at:
                at = time.monotonic() + random.uniform(0.2, 3)
                await self.signals.any()
            self.log()

    async def until_quiet(self, clients):
        for task in list(clients.running):
            task.cancel()
        await asyncio.gather(*clients.running, return_exceptions=True)
        self.signals.reload()
        await nothing_stays(self.nginx)
        self.counts["quiet"] += 1
        self.log()

    async def go(self):
        polled = Polled()
        self.backend = Backend(polled)
        await polled.start()
        await self.backend.start()
        nginx = self.nginx = Nginx(polled, workers=2, interval=0.3)
        nginx.h2 = free_port()
        said = subprocess.run([nginx.binary, "-V"], capture_output=True,
                              text=True).stderr
        nginx.version = tuple(map(int, re.search(
            r"nginx/(\d+)\.(\d+)\.(\d+)", said).groups()))
        self.offer_http3(said)
        self.js = self.js and nginx.version == (1, 22, 1)
        self.load = f"load_module {NJS}; " if self.js else ""
        with open(nginx.dir + "/kept.js", "w") as file:
            file.write(JS_CODE)
        self.signals = Signals(nginx, self.counts, self.write)
        clients = Clients(nginx, self.counts)
        began = time.monotonic()
        found = None
        try:
            self.write()
            nginx.start()
            while time.monotonic() - began < self.seconds:
                await self.hold(clients, min(20, self.seconds))
                await self.until_quiet(clients)
            await self.end()
        except Finding as finding:
            found = str(finding)
            self.keep()
        finally:
            for task in list(clients.running):
                task.cancel()
            nginx.end()
        return found

    def offer_http3(self, built_with):
        nginx = self.nginx
        nginx.h3 = 0
        unpacked = glob.glob(os.environ.get("ONAIR_BUILD", "build") +
                             "/http3/usr/lib/*/")
        nginx.h3_env = {"LD_LIBRARY_PATH": ":".join(unpacked)}
        if "--with-http_v3_module" not in built_with or subprocess.run(
                ["/usr/bin/python3", H3_CLIENT, "-m", "1",
                 "https://127.0.0.1:9/"], env=nginx.h3_env,
                capture_output=True).returncode == NO_HTTP3:
            return
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-subj", "/CN=localhost", "-keyout", nginx.dir + "/h3.key",
             "-out", nginx.dir + "/h3.crt"], check=True, capture_output=True)
        with open(nginx.dir + "/h3.pem", "w") as pem:
            for name in ("h3.crt", "h3.key"):
                with open(f"{nginx.dir}/{name}") as part:
                    pem.write(part.read())
        nginx.h3 = free_port()

    async def end(self):
        os.kill(self.nginx.master, signal.SIGQUIT)
        if not await gone(self.nginx.master):
            raise Finding("nginx does not quit")
        self.log()

    def keep(self):
        to = os.environ.get("ONAIR_BUILD", "build") + "/kept"
        os.makedirs(to, exist_ok=True)
        for name in ("nginx.conf", "error.log"):
            shutil.copy(f"{self.nginx.dir}/{name}", to)


def main():
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    random.seed(seed)
    # What an upgrade or a death leaves behind comes to us.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    run = Run(seconds)
    began = time.monotonic()
    found = asyncio.run(run.go())
    print(f"kept: seed {seed}, {time.monotonic() - began:.0f} s, " +
          ", ".join(f"{n} {what}" for what, n in run.counts.items()) +
          (", njs" if run.js else ", no njs"))
    if found:
        print("kept: FOUND " + found[:600])
    print(f"kept: {1 if found else 0} findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
