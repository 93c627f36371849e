"""A station under test: its source, its nginx, its listeners, another machine
that has its room in common, and what the faults and the checks ask of them."""
import asyncio
import json
import os
import random
import signal
import time

from clients import Crowd, ask
from engine import Redis
from members import Room
from nginx import INTERVAL, Nginx, children, starved
from sound import Sound
from source import Source

# Above the promise (one interval and a second): the machine's own delays.
SLACK = float(os.environ.get("CHAOS_SLACK", "0.5"))
PROMISE = INTERVAL + 1
COUNTED = 15  # seconds until members of both machines are counted right
LOST = (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError)


class Trouble(Exception):
    pass


class Station:
    def __init__(self, seed):
        # Not shared with the listeners: what they do depends on time.
        self.random = random.Random(seed)
        self.source = Source()
        self.crowd = Crowd()
        self.redis = Redis()
        self.nginx = None
        self.other = None      # a second machine, that asks no source
        self.room = None
        self.sound = None
        self.counts = {}
        self.late = 0.0        # how long this process stood still, of late
        self.starved = {}      # and workers before
        self.quiet = False     # the source has nothing new by itself
        self.kept = 0          # the number in what was pushed last
        self.old = set()       # workers that reloads have told to go
        self.expected = []     # in the error log, because of this fault

    async def open(self, listeners, members, hearers):
        await self.source.start()
        self.redis.start()
        self.sound = Sound()
        await self.sound.start()
        shared = dict(redis=f"onair_redis 127.0.0.1:{self.redis.port};",
                      share="share=rooms,publications,counts")
        self.nginx = Nginx(self.source, sound=self.sound.locations(), **shared)
        self.other = Nginx(self.source, **shared, polls=False, workers=2)
        self.start()
        await self.status()
        for name in Source.MOUNTS:
            self.crowd.add(listeners // 2, self.nginx.port, "/live/" + name)
        self.room = Room([self.nginx.port, self.other.port])
        self.room.add(members)
        self.sound.add(hearers, self.nginx)
        await self.all_connected()

    def start(self):
        for nginx in (self.nginx, self.other):
            nginx.write()
            nginx.start()

    def count(self, what, more=1):
        self.counts[what] = self.counts.get(what, 0) + more

    # --- waiting ---

    async def until(self, condition, seconds, what, more=lambda: 0.0):
        """`more` seconds are asked for when the others are over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            value = condition()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            if loop.time() > end and loop.time() > end + more():
                raise Trouble(what)
            before = loop.time()
            await asyncio.sleep(0.02)
            # Time in which this process did not run, and perhaps nothing
            # here did, is nobody's fault.
            late = loop.time() - before - 0.02
            self.late = max(self.late, late)
            end += late if late > 0.1 else 0

    async def all_connected(self, share=1.0):
        count = share * len(self.crowd.listeners)
        await self.until(
            lambda: sum(x.connected for x in self.crowd.listeners) >= count,
            30, "listeners do not connect")
        await self.until(
            lambda: sum(x.connected for x in self.room.members) >=
            share * len(self.room.members), 30, "members do not come in")

    async def heard(self, more=0.0):
        """All sound so far has come to every hearer, each byte once."""
        sound = self.sound
        now = sound.now()
        try:
            await self.until(lambda: not sound.behind(now),
                             Sound.BACK + SLACK + more, "", self.machine)
        except Trouble:
            raise Trouble("not all hear: " + sound.described(now)) from None
        if sound.wrong:
            raise Trouble(f"{len(sound.wrong)} heard {sound.wrong[:3]}")

    async def talked(self, more=0.0):
        """All that was said so far has come to every member, once and in
        order, and they are as many as are counted."""
        room = self.room
        try:
            await self.until(lambda: not room.behind(),
                             PROMISE + SLACK + more, "", self.machine)
        except Trouble:
            behind = room.behind()
            away = sum(not x.connected for x in behind)
            local = sum(x.reach != "all" for x in behind)
            lacks = sorted({n for x in behind for n in x.lacks()})
            raise Trouble(f"{away} of {len(room.members)} members are away, "
                          f"{local} are not told that the room reaches all, "
                          f"{len(behind) - away} lack what was said "
                          f"({len(lacks)}: {lacks[:5]})") from None
        if room.wrong():
            raise Trouble(f"members were told {room.wrong()[:5]}")

        await self.until(room.counted, COUNTED + SLACK,
                         "members are miscounted", self.machine)
        room.forget()

    async def told(self, when, more=0.0):
        """A change from now on has come to every listener."""
        self.source.number += 1
        number = self.source.number
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self.until(lambda: not self.crowd.behind(number),
                             PROMISE + SLACK + more, "", self.machine)
        except Trouble:
            behind = self.crowd.behind(number)
            deaf = [x for x in behind if x.connected]
            owners = self.nginx.owners([x.local and x.local[1]
                                        for x in behind])
            raise Trouble(f"{when}: no poll for {self.unpolled():.1f} s, "
                          f"machine {self.machine():.1f} s late, "
                          f"{len(deaf)} connected but deaf, "
                          f"{len(behind) - len(deaf)} not connected, of "
                          f"{len(self.crowd.listeners)}: "
                          f"{self.crowd.described(behind, owners)}") from None
        return loop.time() - began

    def begin(self):
        self.late = 0.0
        self.starved = {pid: starved(pid) for pid in self.nginx.workers()}

    def machine(self):
        """How long it kept us, or a worker, from running since begin()."""
        return max([self.late] + [starved(pid) - self.starved.get(pid, 0)
                                  for pid in self.nginx.workers()])

    def unpolled(self):
        return time.monotonic() - self.source.asked[-1]

    async def live(self):
        """The state changes several times a second; time is watched."""
        changed = time.monotonic()
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.05)
            now = time.monotonic()
            self.late = max(self.late, now - before - 0.05)
            if now - changed > 0.35 and not self.quiet:
                self.source.number += 1
                changed = now

    async def polled(self, times=2, seconds=10.0):
        count = len(self.source.asked) + times
        await self.until(lambda: len(self.source.asked) >= count, seconds,
                         "nobody polls")

    async def replaced(self, old):
        await self.until(
            lambda: len(set(self.nginx.workers()) - set(old)) >=
            self.nginx.now["workers"], 20,
            "no worker took the place of the old")

    async def left(self, seconds=15.0):
        """Those of all reloads; some may not know yet that they are to go."""
        await self.until(
            lambda: not self.old & set(children(self.nginx.master)) and
            not self.nginx.leaving(), seconds, "old workers do not leave")
        self.old = set()

    # --- asking ---

    async def asked(self, path, *given, what, port=None):
        """An answer, from whichever worker has time for it."""
        for _ in range(50):
            try:
                code, _, body = await ask(port or self.nginx.port, path,
                                          *given, seconds=3)
                if code in (200, 204):
                    return body
            except LOST:
                pass
            await asyncio.sleep(0.05)
        raise Trouble(what)

    async def status(self):
        return json.loads(await self.asked(
            "/status", what="the status page does not answer"))

    async def state(self, name):
        return json.loads(await self.asked(
            "/live/" + name, what=f"no state of {name}"))

    async def publish(self):
        """For this machine alone, and to one of the two for both."""
        self.kept += 1
        state = json.dumps({"title": f"kept {self.kept}"}).encode()
        either = self.random.choice((self.nginx, self.other)).port
        for path, port in (("alone/kept", None), ("kept", either)):
            await self.asked("/publish/" + path, "POST", state, port=port,
                             what="publishing does not work")

    async def pushed(self, path, port=None):
        """The title there."""
        state = json.loads(await self.asked(
            path, what=f"no state at {path}", port=port))
        return (state["now"] or {}).get("title")

    async def saved(self):
        """What was pushed last is in the file: in a second, or five where
        the machine is slow, or ten after the death of a writer."""
        title = f"kept {self.kept}".encode()
        await self.until(lambda: title in self.nginx.states(), 15,
                         "what was pushed is in no file")

    async def leader(self):
        async def leads():
            leader = (await self.status())["zones"][0]["leader"]
            return leader in self.nginx.workers() and leader
        return await self.until(leads, 10, "no worker leads")

    async def engine_worker(self):
        """Which worker has the connection to the Redis."""
        async def has_it():
            engine = (await self.status())["zones"][0]["rooms"]["engine"]
            return engine["up"] and engine["worker"] in \
                self.nginx.workers() and engine["worker"]
        return await self.until(has_it, 10, "no worker has the engine")

    # --- doing ---

    def kill(self, pid, how=signal.SIGKILL):
        self.expected.append(rf"process {pid} exited on signal {int(how)}\b")
        os.kill(pid, how)
        self.count("kills")

    async def reload(self, **changes):
        """The new workers are there; the old ones may be as well."""
        old = self.nginx.workers()
        self.old |= set(old)
        self.nginx.write(**changes)
        self.nginx.reload()
        self.count("reloads")
        await self.replaced(old)

    async def reload_and_wait(self, **changes):
        await self.reload(**changes)
        await self.left()

    async def afresh(self):
        """One fault must not be blamed for another."""
        self.nginx.kill()
        self.other.kill()
        self.redis.kill()
        self.redis.forget()
        # They may not have read it yet, and are not to be counted later.
        await self.until(
            lambda: not any(x.connected for x in self.crowd.listeners), 10,
            "listeners stay connected to nobody")
        self.old = set()
        self.sound.wrong = []
        self.quiet = False
        self.source.mounts = list(Source.MOUNTS)
        self.source.manner = "well"
        self.redis.start()
        self.start()
        self.nginx.look()
        self.other.look()
        self.room.forget()
        await self.all_connected()

    async def close(self):
        await self.crowd.stop()
        if self.room:
            await self.room.stop()
        if self.sound:
            await self.sound.stop()
        for machine in (self.nginx, self.other, self.redis):
            if machine:
                machine.end()
