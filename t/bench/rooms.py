"""What a message in a room costs, beside the same sends by others."""

import asyncio
import contextlib
import multiprocessing
import os
import random
import re
import subprocess
import sys
import time

import figures
import servers
from bench import label, rounds_of, wrong
from figures import median, ratio, show, spread
from signalling import Peer, cpu_seconds

SAID = 80  # bytes


def rows_of(reports):
    def cost(r):
        return r.get("cpu_us_per_delivery")
    base = median([cost(r) for r in reports.get(("floor", "ws"), [])])
    rows = []
    for kind, all_ in reports.items():
        mid = median([cost(r) for r in all_])
        rows.append([
            label(*kind), show(mid), show(ratio(mid, base), 2),
            spread([cost(r) for r in all_]),
            " / ".join(show(median([r["latency_us"][key] / 1e3 for r in all_]))
                       for key in ("p50", "p99", "max")),
            show(median([r["idle_bytes"] for r in all_]), 0),
            wrong(all_)])
    return rows


HEAD = ["server", "CPU us/delivery", "x", "least to most",
        "latency ms p50 / p99 / max", "bytes/idle", "wrong"]


def rooms(bench):
    rounds = bench.pick("rounds", 3)
    clients = bench.pick("clients", 2000)
    messages = bench.pick("messages", 200)
    kinds = [k for k in bench.kinds("floor", "onair-room", "onair-room-100ms",
                                    "nchan", "node-ws", "socket.io")
             if k[1] == "ws"]
    few = rounds_of(bench, kinds, rounds, clients=clients, messages=messages,
                    message=SAID, extra=("--rate", "20"))
    many = rounds_of(bench, bench.kinds("onair-room-250ms"), 1,
                     clients=5 * clients, messages=5 * messages, message=SAID,
                     extra=("--rate", "100"))
    def cost(kind):
        return median([r["cpu_us_per_delivery"] for r in few.get(kind, [])])

    room = cost(("onair-room", "ws"))
    if room:
        base = cost(("floor", "ws"))
        bench.values.update({
            "floor": ratio(room, base),
            "window": ratio(cost(("onair-room-100ms", "ws")), base)})
        bench.values.update({
            name: ratio(room, cost((name, "ws")))
            for name in ("nchan", "node-ws", "socket.io") if few.get((name, "ws"))})
        bench.values["wrong"] = sum(
            wrong(few.get(kind, [])) for kind in few
            if kind[0].startswith("onair")) + sum(map(wrong, many.values()))
        bench.values["idle"] = median(
            [r["idle_bytes"] for r in many[("onair-room-250ms", "ws")]])
    return (f"### Rooms\n\n{clients:,} members, 20 messages a second of {SAID} "
            f"bytes; medians of {rounds} interleaved rounds; x is the ratio to "
            "the floor's WebSocket.\n\n" + figures.table(HEAD, rows_of(few)) +
            f"\n{5 * clients:,} members, 100 messages a second, collected for "
            "250 ms.\n\n" + figures.table(HEAD, rows_of(many)))


class Guarded(servers.Room):
    """A room as its directives have it by default."""

    def http(self):
        return "    onair_zone bench:32m rooms=40;"

    def location(self, more=""):
        return f"""        location /room/ {{
            onair_room zone=bench reactions=like;
            {more}
        }}"""

    def control_locations(self):
        # The one whose words are timed says more than a member may.
        return self.location("onair_message_rate 100r/s;")


CALM = "/room/calm"


WORDS = re.compile(rb'"calm": ?(\d+), ?"at": ?([\d.]+)')


async def hear_calm(peer, late, seen):
    # Without reading what the others say: that would be timed too.
    while len(seen) < seen.wanted:
        frame = await peer.receive()
        now = time.monotonic()
        for number, at in WORDS.findall(frame):
            if number not in seen:
                seen.add(number)
                late.append((now - float(at)) * 1000)


class Seen(set):
    wanted = 0


async def read_all(port, members, ready):
    peers = [Peer() for _ in range(members)]
    for peer in peers:
        await peer.open(port, CALM)
    ready.set()

    async def read(peer):
        while True:
            await peer.receive()
    await asyncio.gather(*map(read, peers))


@contextlib.contextmanager
def crowd(port, members):
    """Members in a process of their own: what they read nobody times."""
    ready = multiprocessing.Event()
    process = multiprocessing.Process(
        target=lambda: asyncio.run(read_all(port, members, ready)))
    process.start()
    try:
        if not ready.wait(60):
            raise RuntimeError("the crowd was not let in")
        yield
    finally:
        process.terminate()
        process.join()


TIMED = 4


async def talk_calmly(server, messages):
    """Milliseconds from saying to hearing, of each message and some who are
    timed."""
    peers = [Peer() for _ in range(TIMED)]
    for peer in peers:
        await peer.open(server.port, CALM)
    talker = Peer()
    await talker.open(server.control, CALM)
    late, ears, pauses = [], [], random.Random(1)
    for peer in [*peers, talker]:
        seen = Seen()
        seen.wanted = messages
        ears.append(asyncio.create_task(
            hear_calm(peer, late if peer is not talker else [], seen)))
    for i in range(messages):
        talker.say({"say": {"calm": i, "at": time.monotonic()}})
        # Not in step with the room's windows.
        await asyncio.sleep(pauses.uniform(0.02, 0.08))
    done, waiting = await asyncio.wait(ears, timeout=20)
    for ear in waiting:
        ear.cancel()
    lost = len(waiting) + sum(1 for ear in done if ear.exception())
    for peer in [*peers, talker]:
        peer.writer.close()
    return late, lost


def hostile_trial(members, messages, rate, at_the_room):
    with Guarded("ws", workers=1, pin=0) as server:
        evil = None
        if rate:
            here = os.path.dirname(os.path.abspath(__file__))
            evil = subprocess.Popen(
                [sys.executable, os.path.join(here, "hostile.py"),
                 str(server.port if at_the_room else 0), str(rate)],
                stdout=subprocess.PIPE, text=True)
            if evil.stdout.readline().strip() != "in":
                raise RuntimeError("the hostile members were not let in")
        before = cpu_seconds(server.pids)
        try:
            with crowd(server.port, members):
                late, lost = asyncio.run(talk_calmly(server, messages))
        finally:
            if evil:
                evil.kill()
                evil.wait()
        cpu = cpu_seconds(server.pids) - before
    return sorted(late), lost, cpu / (messages * 0.05)


def hostile(bench):
    """What those in a room feel of members that mean harm to it."""
    members = bench.pick("clients", 100)
    messages = bench.pick("messages", 200)
    rounds = bench.pick("rounds", 3)
    ways = {"nobody": (0, False), "as much, sent to nobody": (1000, False),
            "at the room": (1000, True)}
    found = {way: [] for way in ways}
    for i in range(rounds):
        for way, (rate, at_the_room) in ways.items():
            late, lost, cpu = hostile_trial(members, messages, rate,
                                            at_the_room)
            if lost:
                bench.failed.append(f"hostile, {way}: {lost} of those timed "
                                    "did not hear everything")
            found[way].append((late[len(late) // 2],
                               late[len(late) * 99 // 100], late[-1], cpu))
            print(f"  round {i + 1}/{rounds} {way}: p50 "
                  f"{found[way][-1][0]:.1f} ms, p99 {found[way][-1][1]:.1f} ms",
                  flush=True)
    mid = {way: [median([r[k] for r in all_]) for k in range(4)]
           for way, all_ in found.items()}
    base = mid["as much, sent to nobody"]
    bench.values["p50"] = mid["at the room"][0] / base[0]
    bench.values["p99"] = mid["at the room"][1] / base[1]
    rows = [[way, *[show(v, 1) for v in m[:3]], show(m[3] * 100, 0)]
            for way, m in mid.items()]
    return (f"### Members that mean harm\n\n{members} members of a room with "
            "the directives' defaults hear one of them, 20 messages a second. "
            f"{TIMED} of their kind, in a process of their own, are timed. "
            "16 others flood it, 1,000 attempts a second: says, reactions, "
            "lists, rooms entered and left, names, 60 KB messages, nonsense, and "
            "two that never read. Beside them the same flood sent to nobody, as "
            f"it takes a core of the same machine. Medians of {rounds} rounds.\n\n" +
            figures.table(["flood", "p50 ms", "p99 ms", "max ms",
                           "CPU of the worker, %"], rows))
