#!/usr/bin/env python3
"""usage: chaos.py SECONDS

A station's bad day: hundreds of listeners of all transports and a state that
changes several times a second, while workers are killed and stopped, nginx is
reloaded with other configurations, upgraded, rolled back, restarted, and runs
out of places, descriptors, connections, memory and disk. After each of these:

- each listener that is connected has the newest state within one poll interval
  and a second, and nobody went back in time;
- polling never paused for longer than that;
- who was pushed last is still there (the zone outlives workers and reloads);
- the figures of the status page are the listeners there are;
- the error log has nothing above notice but what the fault explains by name.

SECONDS is the time to go on for; each kind of fault comes at least once.
"""
import asyncio
import ctypes
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from clients import Crowd, ask

INTERVAL = 0.5
LISTENERS = int(os.environ.get("CHAOS_LISTENERS", "240"))
# Above the promise (one interval and a second): the machine's own delays.
SLACK = float(os.environ.get("CHAOS_SLACK", "1.0"))


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Source:
    """An Icecast whose title is another one every few polls."""

    def __init__(self):
        self.number = 0
        self.mounts = ["rock", "jazz"]
        self.asked = []      # when polls came
        self.port = None

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.asked.append(time.monotonic())
                body = json.dumps({"icestats": {"source": [
                    {"listenurl": f"http://x/{m}", "listeners": 3,
                     "title": f"change {self.number}",
                     "stream_start_iso8601": "2026-01-01T00:00:00+0000",
                     "server_type": "audio/mpeg"} for m in self.mounts]}})
                writer.write((f"HTTP/1.1 200 OK\r\nContent-Length: "
                              f"{len(body)}\r\nContent-Type: application/json"
                              f"\r\n\r\n{body}").encode())
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    def longest_pause(self, since, until):
        times = [t for t in self.asked if since <= t <= until]
        edges = [since] + times + [until]
        return max(b - a for a, b in zip(edges, edges[1:]))


class Nginx:
    def __init__(self, source):
        self.source = source
        self.dir = tempfile.mkdtemp(prefix="onair-chaos-")
        os.chmod(self.dir, 0o777)
        os.mkdir(self.dir + "/temp")
        self.port = free_port()
        self.binary = os.environ.get("ONAIR_NGINX", "/usr/sbin/nginx")
        self.module = os.environ.get("ONAIR_MODULE")
        self.logged = 0
        self.normal = dict(workers=3, interval=INTERVAL, zone="4m",
                           stations="", connections=2048, drain="300ms",
                           main="", log="error.log", extra="", shutdown="")
        self.now = dict(self.normal)

    def write(self, **changes):
        self.now = {**self.normal, **changes}
        c = self.now
        load = f"load_module {self.module};" if self.module else ""
        log = c["log"] if c["log"].startswith("/") else f"{self.dir}/{c['log']}"
        text = f"""
{load}
{os.environ.get("ONAIR_NGINX_MAIN", "")}
daemon on;
worker_processes {c['workers']};
pid {self.dir}/nginx.pid;
error_log {log} notice;
env ASAN_OPTIONS; env UBSAN_OPTIONS; env LSAN_OPTIONS;
{c['main']}
{c['shutdown']}
events {{ worker_connections {c['connections']}; }}
http {{
    access_log off;
    client_body_temp_path {self.dir}/temp/body;
    proxy_temp_path {self.dir}/temp/proxy;
    fastcgi_temp_path {self.dir}/temp/fastcgi;
    uwsgi_temp_path {self.dir}/temp/uwsgi;
    scgi_temp_path {self.dir}/temp/scgi;
    onair_zone onair:{c['zone']} {c['stations']};
    onair_drain {c['drain']};
    server {{
        listen 127.0.0.1:{self.port} backlog=2000;
        location = /source {{
            internal;
            proxy_pass http://127.0.0.1:{self.source.port}/status-json.xsl;
            proxy_connect_timeout 2s; proxy_read_timeout 2s;
            onair_poll interval={int(c['interval'] * 1000)}ms;
        }}
        location /live/ {{ onair; }}
        location /publish/ {{ onair_publish; }}
        location = /status {{ onair_status; }}
        {c['extra']}
    }}
}}
"""
        with open(self.dir + "/nginx.conf.new", "w") as file:
            file.write(text)
        os.rename(self.dir + "/nginx.conf.new", self.dir + "/nginx.conf")

    def start(self):
        # As a daemon: else it takes no signal to change its binary.
        subprocess.run(
            [self.binary, "-p", self.dir, "-c", self.dir + "/nginx.conf",
             "-e", self.dir + "/error.log"], check=True,
            stdout=subprocess.DEVNULL,
            stderr=open(self.dir + "/stderr", "a"))
        end = time.monotonic() + 20
        while not self.pid_in("nginx.pid") and time.monotonic() < end:
            time.sleep(0.02)
        self.master = self.pid_in("nginx.pid")

    def children(self, pid=None):
        try:
            with open(f"/proc/{pid or self.master}/task/"
                      f"{pid or self.master}/children") as file:
                return [int(x) for x in file.read().split()]
        except OSError:
            return []

    def title(self, pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return file.read().rstrip(b"\0").decode("latin1")
        except OSError:
            return ""

    def workers(self, master=None):
        return [p for p in self.children(master)
                if self.title(p) == "nginx: worker process"]

    def leaving(self, master=None):
        return [p for p in self.children(master)
                if "shutting down" in self.title(p)]

    def pid_in(self, name):
        try:
            with open(f"{self.dir}/{name}") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def new_lines(self):
        with open(self.dir + "/error.log", errors="replace") as file:
            file.seek(self.logged)
            text = file.read()
            self.logged = file.tell()
        return text.split("\n")

    def kill(self):
        # By what they run, never by a number kept: numbers are used again.
        ours = [int(p) for p in os.listdir("/proc")
                if p.isdigit() and self.dir in self.title(int(p))]
        for pid in [c for p in ours for c in self.children(p)] + ours:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for name in ("nginx.pid", "nginx.pid.oldbin"):
            try:
                os.remove(f"{self.dir}/{name}")
            except OSError:
                pass
        time.sleep(0.2)

    def end(self):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class Trouble(Exception):
    pass


class Chaos:
    def __init__(self):
        self.source = Source()
        self.crowd = Crowd()
        self.counts = {}
        self.worst_wait = 0.0
        self.worst_pause = 0.0
        self.kept = 0
        self.faults = []

    def count(self, what, more=1):
        self.counts[what] = self.counts.get(what, 0) + more

    async def until(self, condition, seconds, what):
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            if time.monotonic() > end:
                raise Trouble(what)
            await asyncio.sleep(0.02)

    async def status(self):
        for _ in range(50):
            try:
                code, _, body = await ask(self.nginx.port, "/status", seconds=3)
                if code == 200:
                    return json.loads(body)
            except (OSError, asyncio.TimeoutError, ValueError,
                    asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(0.05)
        raise Trouble("the status page does not answer")

    async def leader(self):
        for _ in range(100):
            leader = (await self.status())["zones"][0]["leader"]
            if leader in self.nginx.workers():
                return leader
            await asyncio.sleep(0.05)
        raise Trouble("no worker leads")

    async def publish(self):
        self.kept += 1
        for _ in range(50):
            try:
                code, _, _ = await ask(
                    self.nginx.port, "/publish/kept", "POST",
                    json.dumps({"title": f"kept {self.kept}"}).encode())
                if code == 204:
                    return
            except (OSError, asyncio.IncompleteReadError,
                    asyncio.TimeoutError, ValueError):
                pass
            await asyncio.sleep(0.05)
        raise Trouble("publishing does not work")

    # --- what must hold afterwards ---

    async def all_is_well(self, name, since, limit, allow, keeps, pause):
        nginx, source = self.nginx, self.source
        self.source.number += 1
        number = self.source.number
        began = time.monotonic()
        try:
            await self.until(lambda: not self.crowd.behind(number), limit,
                             "deaf")
        except Trouble:
            behind = self.crowd.behind(number)
            deaf = [x for x in behind if x.connected]
            kinds = sorted({type(x).__name__ for x in behind})
            raise Trouble(f"{len(deaf)} connected but deaf, "
                          f"{len(behind) - len(deaf)} not connected, of "
                          f"{len(self.crowd.listeners)} ({kinds})")
        waited = time.monotonic() - began
        self.worst_wait = max(self.worst_wait, waited)
        if pause:
            longest = source.longest_pause(since, time.monotonic())
            self.worst_pause = max(self.worst_pause, longest)
            if longest > pause:
                raise Trouble(f"no poll for {longest:.2f} s")
        if keeps:
            _, _, body = await ask(nginx.port, "/live/kept")
            title = (json.loads(body)["now"] or {}).get("title")
            if title != f"kept {self.kept}":
                raise Trouble(f"pushed state lost: {title}")
        if self.crowd.total("backwards"):
            raise Trouble("somebody was told an older state")
        try:
            await self.until(self.figures_agree, 5, "")
        except Trouble:
            raise Trouble("the status page is wrong: " + self.figures)
        self.look_at_log(name, allow)

    async def figures_agree(self):
        status = await self.status()
        there = sum(x.connected for x in self.crowd.listeners)
        zone = status["zones"][0]
        by_worker = sum(sum(w["subscribers"].values())
                        for w in status["workers"])
        self.figures = (f"{there} listeners, {by_worker} by worker, "
                        f"{zone['subscribers']} by zone")
        return there == by_worker == zone["subscribers"]

    def look_at_log(self, name, allow):
        for line in self.nginx.new_lines():
            if not re.search(r"\[(warn|error|crit|alert|emerg)\]|Sanitizer|"
                             r"runtime error", line):
                continue
            if not any(re.search(p, line) for p in allow):
                raise Trouble(f"unexpected in the error log: {line[:300]}")

    async def fault(self, name, how, limit=INTERVAL + 1, allow=(), keeps=True,
                    pause=INTERVAL + 1):
        since = time.monotonic()
        try:
            await self.publish()
            await how()
            await self.all_is_well(name, since, limit + SLACK, allow, keeps,
                                   pause and pause + SLACK)
        except (Trouble, OSError) as trouble:
            self.faults.append(f"{name}: {trouble}")
            print(f"chaos: {name}: FAILED: {trouble}", flush=True)
            self.afresh()
            return
        self.count(name)

    def afresh(self):
        """One fault must not be blamed for another."""
        self.nginx.kill()
        self.nginx.write()
        self.nginx.start()
        self.nginx.new_lines()

    # --- the faults ---

    async def replaced(self, old, workers=None):
        want = workers or self.nginx.now["workers"]
        await self.until(
            lambda: len(self.nginx.workers()) >= want and
            not set(self.nginx.workers()) & set(old), 20,
            "no worker took the place of the dead")

    async def kill_leader(self):
        pid = await self.leader()
        os.kill(pid, signal.SIGKILL)
        self.count("kills")
        await self.replaced([pid])

    async def kill_any(self):
        pid = random.choice(self.nginx.workers())
        os.kill(pid, random.choice([signal.SIGKILL, signal.SIGSEGV,
                                    signal.SIGABRT]))
        self.count("kills")
        await self.replaced([pid])

    async def kill_all(self):
        old = self.nginx.workers()
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        self.count("kills", len(old))
        await self.replaced(old)

    async def stop_leader(self):
        if self.nginx.now["workers"] == 1:
            await self.reload_and_wait()  # somebody has to take over
        pid = await self.leader()
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(4 * INTERVAL + 1.5)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.count("stops")

    async def reload(self, **changes):
        old = self.nginx.workers()
        self.nginx.write(**changes)
        os.kill(self.nginx.master, signal.SIGHUP)
        self.count("reloads")
        await self.replaced(old)

    async def left(self, seconds=15):
        await self.until(lambda: not self.nginx.leaving(), seconds,
                         "old workers do not leave")

    async def reload_and_wait(self, **changes):
        await self.reload(**changes)
        await self.left()

    async def reload_fast(self):
        for _ in range(4):
            await self.reload()
        await self.left(20)

    async def more_stations(self):
        self.source.mounts = ["rock", "jazz", "folk", "swing"]
        await self.reload()
        await self.left()
        self.source.mounts = ["rock", "jazz"]

    async def broken_reload(self):
        self.nginx.write(extra="onair_nonsense;")
        os.kill(self.nginx.master, signal.SIGHUP)
        self.count("reloads")
        await self.until(lambda: "onair_nonsense" in open(
            self.nginx.dir + "/error.log").read(), 10, "no complaint")
        self.nginx.write()

    async def upgraded(self):
        nginx = self.nginx
        old = nginx.master
        os.kill(old, signal.SIGUSR2)
        self.count("upgrades")
        new = await self.until(
            lambda: nginx.pid_in("nginx.pid.oldbin") and
            (lambda p: p and p != old and
             len(nginx.workers(p)) >= nginx.now["workers"] and p)(
                 nginx.pid_in("nginx.pid")), 20, "the new binary does not run")
        return old, new

    async def upgrade(self):
        old, new = await self.upgraded()
        await asyncio.sleep(0.5)
        os.kill(old, signal.SIGQUIT)
        self.nginx.master = new
        await self.until(lambda: not self.nginx.children(old), 20,
                         "the old workers stay")
        await self.until(lambda: self.reaped(old), 20, "the old master stays")

    async def roll_back(self):
        old, new = await self.upgraded()
        os.kill(old, signal.SIGWINCH)
        await self.until(lambda: not self.nginx.workers(old) and
                         not self.nginx.leaving(old), 20,
                         "the old workers stay")
        os.kill(old, signal.SIGHUP)
        want = self.nginx.now["workers"]
        await self.until(lambda: len(self.nginx.workers(old)) >= want, 20,
                         "the old binary does not come back")
        os.kill(new, signal.SIGQUIT)
        await self.until(
            lambda: self.nginx.pid_in("nginx.pid") == old, 20,
            "the new binary stays")

    def reaped(self, pid):
        try:
            return os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            return True

    async def restart(self, how):
        goodbyes = self.crowd.total("goodbyes")
        os.kill(self.nginx.master, how)
        self.count("restarts")
        await self.until(lambda: self.reaped(self.nginx.master), 20,
                         "nginx does not end")
        if how == signal.SIGQUIT:
            told = self.crowd.total("goodbyes") - goodbyes
            if told < 0.9 * len(self.crowd.listeners):
                raise Trouble(f"only {told} were told goodbye")
        self.nginx.write()
        self.nginx.start()

    async def zone_full(self):
        self.source.mounts = ["rock", "jazz"] + [f"m{i}" for i in range(40)]
        await self.reload(stations="stations=16")
        await self.told("with a full zone")
        self.source.mounts = ["rock", "jazz"]
        await self.reload_and_wait()

    async def zone_resized(self):
        await self.reload(zone="5m")
        await self.told("after the zone grew")
        await self.reload_and_wait()

    async def told(self, when, more=0):
        self.source.number += 1
        number = self.source.number
        await self.until(lambda: not self.crowd.behind(number),
                         INTERVAL + 1 + SLACK + more,
                         "not all are told " + when)

    async def descriptors_out(self):
        """Connections nobody needs take every descriptor there is."""
        await self.use_up(main="worker_rlimit_nofile 400;")

    async def connections_out(self):
        await self.use_up(connections=340)

    async def use_up(self, **changes):
        await self.reload(**changes)
        await self.left()
        await self.until(lambda: sum(x.connected for x in
                                     self.crowd.listeners) > LISTENERS * 0.9,
                         10, "listeners do not come back")
        writers = []
        for _ in range(900):
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(
                    "127.0.0.1", self.nginx.port), 2)
                writers.append(writer)
            except (OSError, asyncio.TimeoutError):
                break
        self.source.number += 1
        await asyncio.sleep(2)
        for writer in writers:
            writer.transport.abort()
        # Without a reload; and nginx passes descriptors to its workers in one,
        # which those take amiss that have no room for them.
        await self.told("when there is room again", 3)
        await self.reload_and_wait()

    async def memory_out(self):
        # Whose limits we may set: those of processes of our own user.
        own = "" if "user " in os.environ.get("ONAIR_NGINX_MAIN", "") \
            or os.getuid() != 0 else "user root;"
        await self.reload_and_wait(main=own)
        for pid in self.nginx.workers():
            with open(f"/proc/{pid}/statm") as file:
                now = int(file.read().split()[0]) * 4096
            resource.prlimit(pid, resource.RLIMIT_AS, (now, -1))
        writers = []
        for _ in range(300):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self.nginx.port)
            writer.write(b"GET /live/?stations=rock,jazz HTTP/1.1\r\n"
                         b"Host: x\r\nAccept: text/event-stream\r\n\r\n")
            writers.append(writer)
        self.source.number += 1
        await asyncio.sleep(2)
        for pid in self.nginx.workers():
            resource.prlimit(pid, resource.RLIMIT_AS, (-1, -1))
        for writer in writers:
            writer.transport.abort()
        await self.reload_and_wait()

    async def disk_full(self):
        await self.reload_and_wait(log="/dev/full")
        os.kill(await self.leader(), signal.SIGKILL)
        self.count("kills")
        await asyncio.sleep(1)
        await self.reload_and_wait()

    async def shutdown_timeout(self):
        """A client that reads nothing cannot hold a worker up."""
        import socket
        await self.reload_and_wait(shutdown="worker_shutdown_timeout 1s;")
        stuck = []
        for _ in range(5):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            s.connect(("127.0.0.1", self.nginx.port))
            s.sendall(b"GET /live/rock HTTP/1.1\r\nHost: x\r\n"
                      b"Accept: text/event-stream\r\n\r\n")
            stuck.append(s)
        began = time.monotonic()
        await self.reload()
        await self.left(4)
        self.count("shutdowns_ms", int(1000 * (time.monotonic() - began)))
        for s in stuck:
            s.close()
        self.nginx.write()

    def list(self):
        died = r"exited on signal (9|11|6|17)"
        refused = (r"open\(\) .*\(24: Too many open files\)", r"accept4?\(\)",
                   r"worker_connections", r"socket\(\) failed",
                   r"eventfd\(\) failed", r"onair poll of .* failed",
                   r"reusing connections", r"no live upstreams",
                   r"while connecting to upstream")
        reload = self.reload_and_wait
        one = [
            ("leader killed", self.kill_leader, dict(allow=[died])),
            ("worker killed", self.kill_any, dict(allow=[died])),
            ("reload", reload, {}),
            ("reload, other interval",
             lambda: reload(interval=0.3), {}),
            ("reload, more workers", lambda: reload(workers=5), {}),
            ("reload, one worker", lambda: reload(workers=1), {}),
        ]
        rare = [
            ("leader stopped, goes on", self.stop_leader,
             dict(pause=INTERVAL + 2.0, limit=INTERVAL + 2)),
            ("all workers killed", self.kill_all,
             dict(allow=[died], limit=INTERVAL + 2)),
            ("reloads in a row", self.reload_fast, {}),
            ("stations come and go", self.more_stations, {}),
            ("reload refused", self.broken_reload,
             dict(allow=["onair_nonsense"])),
            ("zone resized", self.zone_resized, dict(keeps=False)),
            ("upgrade", self.upgrade, dict(keeps=False)),
            ("upgrade rolled back", self.roll_back,
             dict(limit=INTERVAL + 2)),
            ("quit and start", lambda: self.restart(signal.SIGQUIT),
             dict(keeps=False, pause=0, limit=INTERVAL + 3)),
            ("stop and start", lambda: self.restart(signal.SIGTERM),
             dict(keeps=False, pause=0, limit=INTERVAL + 3)),
            ("zone full", self.zone_full,
             dict(allow=["has no place", "starts afresh"], keeps=False)),
            ("descriptors used up", self.descriptors_out,
             dict(allow=refused, pause=0)),
            ("connections used up", self.connections_out,
             dict(allow=refused, pause=0)),
            ("memory used up", self.memory_out,
             dict(allow=[r"12: Cannot allocate memory",
                         r"onair poll of .* failed"], pause=0)),
            ("disk full", self.disk_full, dict(allow=[died], pause=0)),
            ("worker_shutdown_timeout", self.shutdown_timeout,
             {}),
        ]
        if os.environ.get("CHAOS_NO_LIMITS"):
            rare = [x for x in rare if x[0] != "memory used up"]
        return one, rare

    async def run(self, seconds):
        await self.source.start()
        self.nginx = Nginx(self.source)
        self.nginx.write()
        self.nginx.start()
        began = time.monotonic()
        try:
            await self.status()
            port = self.nginx.port
            self.crowd.add(LISTENERS // 2, port, "/live/rock")
            self.crowd.add(LISTENERS // 2, port, "/live/jazz")
            ticker = asyncio.ensure_future(self.tick())
            await self.until(
                lambda: all(x.connected for x in self.crowd.listeners), 30,
                "listeners do not connect")
            one, rare = self.list()
            only = os.environ.get("CHAOS_ONLY")
            while True:
                faults = list(rare)
                random.shuffle(faults)
                for each in faults:
                    batch = [each] if only else random.sample(one, 3) + [each]
                    for name, how, more in batch:
                        if only and not re.search(only, name):
                            continue
                        start = time.monotonic()
                        await self.fault(name, how, **more)
                        print(f"chaos: {name}: {time.monotonic() - start:.1f}"
                              " s", flush=True)
                    if time.monotonic() - began > seconds and \
                            seconds < 60 and not only:
                        break
                if time.monotonic() - began > seconds:
                    break
            ticker.cancel()
        finally:
            await self.crowd.stop()
            if os.environ.get("ONAIR_KEEP"):
                shutil.copytree(self.nginx.dir, "/tmp/onair-chaos-kept",
                                dirs_exist_ok=True)
            self.nginx.end()
        return time.monotonic() - began

    async def tick(self):
        while True:
            await asyncio.sleep(0.35)
            self.source.number += 1


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    # What an upgrade leaves behind comes to us, not to init.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    seed = int(os.environ.get("CHAOS_SEED", time.time()))
    random.seed(seed)
    chaos = Chaos()
    took = asyncio.run(chaos.run(seconds))
    counts = ", ".join(f"{n} {c}" for n, c in sorted(chaos.counts.items()))
    print(f"chaos: seed {seed}, {took:.0f} s, {LISTENERS} listeners; {counts}")
    print(f"chaos: goodbyes {chaos.crowd.total('goodbyes')}, closed without "
          f"{chaos.crowd.total('drops')}, refused "
          f"{chaos.crowd.total('refused')}, back in time "
          f"{chaos.crowd.total('backwards')}")
    print(f"chaos: slowest all-told {chaos.worst_wait:.2f} s, longest without "
          f"a poll {chaos.worst_pause:.2f} s (promise {INTERVAL + 1:.1f} s, "
          f"slack for the machine {SLACK:.1f} s)")
    for fault in chaos.faults:
        print(f"chaos: FAILED {fault}")
    print(f"chaos: {len(chaos.faults)} faults not survived")
    sys.exit(1 if chaos.faults else 0)


if __name__ == "__main__":
    main()
