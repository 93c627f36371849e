"""Rooms of several machines: what a message costs the engine beside PUBLISH
alone and beside what others ask of it, at a chat's pace, and what the way over
it adds for who hears it."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import machine_peers
import servers
from figures import median, ratio, show, spread, table
from signalling import Peer

PACE = 2000  # messages a second, one by one
TURN = 200  # of them one way, then the other
READERS = (1, 2, 6)
WAYS = ("PUBLISH", "script")
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

    def ask(self, *words):
        with self.connect() as s:
            s.sendall(command(*words))
            return s.recv(4096)

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
        with s, contextlib.suppress(ConnectionError):
            while s.recv(65536):
                pass
    for s in readers:
        threading.Thread(target=drain, args=(s,), daemon=True).start()
    return readers


class Engine:
    """A connection that says what is to be measured."""

    def __init__(self, redis):
        self.redis = redis
        self.socket = redis.connect()
        self.socket.sendall(command("SCRIPT", "LOAD", script()))
        self.digest = self.socket.recv(4096).split(b"\r\n")[1]
        self.number = 0

    def words(self, way):
        if way == "PUBLISH":
            return "PUBLISH", "b:{rock}:c", PAYLOAD
        self.number += 1
        return ("EVALSHA", self.digest, 3, "b:{rock}", "b:{rock}:s",
                "b:{rock}:c", "say", "0123456789abcdef:1", self.number,
                "0000000a", 4096, "", PAYLOAD)

    def run(self, way, messages):
        """Seconds of Redis's CPU."""
        begin, cpu = time.monotonic(), self.redis.cpu()
        for i in range(messages):
            self.socket.sendall(command(*self.words(way)))
            self.socket.recv(4096)
            late = begin + (i + 1) / PACE - time.monotonic()
            if late > 0:
                time.sleep(late)
        return self.redis.cpu() - cpu


def trial(redis, readers, messages):
    """Redis's CPU a message of both ways in microseconds. They are in turn
    every few messages, so that whatever else the machine does befalls both."""
    heard = subscribe(redis, readers)
    redis.ask("DEL", "b:{rock}", "b:{rock}:s")
    engine = Engine(redis)
    used = dict.fromkeys(WAYS, 0)
    for _ in range(messages // TURN):
        for way in WAYS:
            used[way] += engine.run(way, TURN)
    engine.socket.close()
    for one in heard:
        one.shutdown(socket.SHUT_RDWR)  # its thread ends
    return {way: used[way] / (messages // TURN * TURN) * 1e6 for way in WAYS}


async def way_of(server, messages):
    """How long one waits for what it said itself, in milliseconds."""
    peer = Peer()
    await server.enter(peer)
    waits = []
    for i in range(1, messages + 1):
        begin = time.monotonic()
        server.say(peer, machine_peers.TEXT % i)
        await machine_peers.hear(peer, i)
        waits.append((time.monotonic() - begin) * 1000)
        await asyncio.sleep(0.002)
    peer.writer.close()
    return median(waits)


def added(redis, rounds, messages):
    waits = {"alone": [], "engine": []}
    for _ in range(rounds):
        for name in waits:
            redis.ask("FLUSHALL")
            port = redis.port if name == "engine" else 0
            with machine_peers.machine(machine_peers.Rooms, port) as server:
                waits[name].append(asyncio.run(way_of(server, messages)))
    return waits


def script_beside_publish(bench, redis, rounds, messages):
    rows = []
    for readers in READERS:
        used = [trial(redis, readers, messages) for _ in range(rounds)]
        alone, ours = ([one[way] for one in used] for way in WAYS)
        bench.values[f"publish/{readers}"] = ratio(median(ours), median(alone))
        rows.append([readers, show(median(alone)), show(median(ours)),
                     spread(ours),
                     show(bench.values[f"publish/{readers}"], 2)])
    return (f"Redis's CPU a message at {PACE:,} a second one by one, µs; "
            f"{rounds} rounds.\n\n" +
            table(["machines that read", "PUBLISH alone", "our script",
                   "from, to", "ratio"], rows))


def peers(bench, redis, rounds, messages):
    found = {}
    for _ in range(rounds):
        for kind in machine_peers.KINDS:
            redis.ask("FLUSHALL")
            try:
                found.setdefault(kind.name, []).append(
                    machine_peers.trial(kind, redis, PACE, messages))
            except servers.Absent as why:
                print(f"without {kind.name}: {why}", flush=True)
    rows = []
    for name, both in found.items():
        used, waits = zip(*both)
        rows.append([name, show(median(used)), spread(used),
                     show(median(waits), 2)])
        bench.values[f"cpu/{name}"] = median(used)
    return ("\nTwo machines of one worker each, what one member says at one is "
            "heard at the other: Redis's CPU a message at the same pace, all "
            "that the two ask of it, and p50 in ms at a chat's pace "
            f"({machine_peers.CHAT} a second).\n\n" +
            table(["", "CPU, µs", "from, to", "p50, ms"], rows))


def machines(bench):
    rounds = bench.pick("rounds", 3)
    messages = bench.pick("messages", 4000)
    redis = Redis()
    try:
        text = "### Machines\n\n"
        text += script_beside_publish(bench, redis, rounds, messages)
        text += peers(bench, redis, rounds, messages)
        waits = added(redis, rounds, min(messages, 300))
        alone, engine = median(waits["alone"]), median(waits["engine"])
        bench.values["added"] = engine - alone
        text += ("\nHow long who says something waits until it is shown, "
                 "p50 in ms, one worker on one machine: "
                 f"{show(alone, 2)} without an engine, "
                 f"{show(engine, 2)} by way of it.\n")
    finally:
        redis.stop()
    return text
