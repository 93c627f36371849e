#!/usr/bin/env python3
"""usage: chaos.py SECONDS

A station's bad day: hundreds of listeners of all transports and a state that
changes several times a second, while workers are killed and stopped, nginx is
reloaded with other configurations, upgraded, rolled back, restarted, runs out
of places, descriptors, connections, memory and disk, its source fails and its
clock jumps, and a Redis that it has in common with a second machine dies, stands
still and runs out of memory (deaths.py, changes.py, shortages.py, outside.py,
machines.py). After each of these (checks.py):

- each listener has the newest state within one poll interval and a second,
  and nobody went back in time;
- polling never paused for longer than that;
- what was pushed last is still there (the zone outlives workers and reloads);
- the figures of the status page are the listeners there are;
- who listens to the sound of two stations heard each byte of his own once, or
  his connection ended, and hears what is on now (sound.py);
- members of a room at both machines, who talk all the while, were told each
  message once and in order, or of a gap, and how far the room reaches; they
  are as many as each machine counts within 15 s (members.py);
- what was pushed last to either machine is at both;
- the error log has nothing above notice but what the fault explains by name.

SECONDS is the time to go on for. A run of FULL seconds and more goes on until
each kind of fault came and ENOUGH of those that count.
"""
import asyncio
import ctypes
import glob
import os
import re
import shutil
import sys
import time

import changes
import deaths
import machines
import outside
import shortages
import sounds
from checks import Checks
from nginx import INTERVAL
from station import PROMISE, SLACK, Station, Trouble

LISTENERS = int(os.environ.get("CHAOS_LISTENERS", "240"))
MEMBERS = int(os.environ.get("CHAOS_MEMBERS", "30"))
HEARERS = int(os.environ.get("CHAOS_HEARERS", "24"))
FULL = 300
ENOUGH = dict(kills=50, reloads=50, upgrades=5)


class Chaos:
    def __init__(self, seconds, seed):
        self.seconds = seconds
        self.station = Station(seed)
        self.survived = 0
        self.failed = []
        self.slowest = (0.0, "nothing")
        self.longest = (0.0, "nothing")
        self.late = 0.0

    def faults(self):
        only = os.environ.get("CHAOS_ONLY", "")
        limits = not os.environ.get("ASAN_OPTIONS")
        return [f for part in (deaths, changes, shortages, outside,
                            machines, sounds)
                for f in part.FAULTS
                if re.search(only, f.name) and (limits or not f.limits)]

    def order(self):
        """Every kind once, a few of the frequent ones before each other."""
        draw = self.station.random
        faults = self.faults()
        often = [f for f in faults if f.often]
        rare = [f for f in faults if not f.often]
        draw.shuffle(rare)
        for fault in rare:
            yield from draw.sample(often, min(3, len(often)))
            yield fault
        if not rare:
            yield from often

    def enough(self, began):
        if time.monotonic() - began < self.seconds:
            return False
        counts = self.station.counts
        return (self.seconds < FULL or os.environ.get("CHAOS_ONLY") or
                all(counts.get(k, 0) >= n for k, n in ENOUGH.items()))

    async def survive(self, fault):
        station = self.station
        began = time.monotonic()
        checks = Checks(station, fault)
        try:
            await station.publish()
            await fault.do(station)
            waited, pause = await checks.all()
        except (Trouble, OSError) as trouble:
            self.failed.append(f"{fault.name}: {trouble}")
            print(f"chaos: {fault.name}: FAILED: {trouble}", flush=True)
            self.keep(len(self.failed))
            await station.afresh()
            return
        self.survived += 1
        self.late = max(self.late, station.machine())
        self.slowest = max(self.slowest, (waited, fault.name))
        self.longest = max(self.longest, (pause, fault.name))
        print(f"chaos: {fault.name}: {time.monotonic() - began:.1f} s, all "
              f"told in {waited:.2f} s" +
              (f", no poll for {pause:.2f} s" if pause else ""), flush=True)

    def keep(self, number):
        """The log of a failure, for who looks into it."""
        to = f"{os.environ['ONAIR_BUILD']}/chaos/failure-{number}.log"
        shutil.copy(self.station.nginx.dir + "/error.log", to)
        shutil.copy(self.station.other.dir + "/error.log",
                    to.replace("failure", "other"))

    async def run(self):
        began = time.monotonic()
        ticker = None
        try:
            await self.station.open(LISTENERS, MEMBERS, HEARERS)
            ticker = asyncio.ensure_future(self.station.live())
            while not self.enough(began):
                for fault in self.order():
                    await self.survive(fault)
                    # A short run does not come to every kind.
                    if self.seconds < FULL and self.enough(began):
                        break
        finally:
            if ticker:
                ticker.cancel()
            await self.station.close()
        return time.monotonic() - began

    def report(self, seed, took):
        crowd = self.station.crowd
        counts = ", ".join(f"{n} {c}" for n, c in
                           sorted(self.station.counts.items()))
        print(f"chaos: seed {seed}, {took:.0f} s, {LISTENERS} listeners; "
              f"{self.survived} faults survived: {counts}")
        print(f"chaos: goodbyes {crowd.total('goodbyes')}, closed without "
              f"{crowd.total('drops')}, refused {crowd.total('refused')}, "
              f"back in time {crowd.total('backwards')}")
        print("chaos: closed without: " + ", ".join(
            f"{n} {what}" for what, n in sorted(crowd.dropped.items())))
        print("chaos: slowest all-told %.2f s (%s), longest without a poll "
              "%.2f s (%s)" % (*self.slowest, *self.longest))
        print(f"chaos: the promise is {PROMISE:.1f} s with an interval of "
              f"{INTERVAL} s; slack for the machine {SLACK} s, and what it "
              f"kept us or a worker waiting in a fault, at most "
              f"{self.late:.2f} s")
        room = self.station.room
        print(f"chaos: {MEMBERS} members, {room.kept} messages of theirs, "
              f"{sum(x.gaps for x in room.members)} gaps")
        print(f"chaos: {HEARERS} hearers, " + self.station.sound.told())
        for failure in self.failed:
            print(f"chaos: FAILED {failure}")
        print(f"chaos: {len(self.failed)} faults not survived")


def main():
    # What an upgrade leaves behind comes to us, not to init.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    for log in glob.glob(f"{os.environ['ONAIR_BUILD']}/chaos/*.log"):
        os.remove(log)
    seed = int(os.environ.get("CHAOS_SEED") or time.time())
    print(f"chaos: CHAOS_SEED={seed}", flush=True)
    chaos = Chaos(float(sys.argv[1]) if len(sys.argv) > 1 else 30, seed)
    took = asyncio.run(chaos.run())
    chaos.report(seed, took)
    sys.exit(1 if chaos.failed else 0)


if __name__ == "__main__":
    main()
