"""What must hold after each fault."""
import json
import re
import time

from station import PROMISE, SLACK, Trouble

GRAVE = re.compile(r"\[(warn|error|crit|alert|emerg)\]|Sanitizer|"
                   r"runtime error|left in connection")


class Checks:
    """Of one fault: made before it, asked after it."""

    def __init__(self, station, fault):
        self.station, self.fault = station, fault
        self.since = time.monotonic()
        station.begin()
        station.expected = []
        self.backwards = station.crowd.total("backwards")
        self.cut = self.streams_cut()
        self.hidden = station.crowd.total("hidden")
        self.figures = ""

    async def all(self):
        """How long all took to be told, and how long nobody polled."""
        fault = self.fault
        waited = await self.station.told("afterwards", fault.more)
        await self.station.talked(fault.more)
        await self.station.heard(fault.more)
        pause = self.polling_went_on()
        await self.nothing_pushed_is_lost()
        if self.station.crowd.total("backwards") > self.backwards:
            raise Trouble("somebody was told an older state")
        if self.station.crowd.total("hidden") > self.hidden:
            raise Trouble("a 304 passed over a change")
        if self.fault.goodbye and self.streams_cut() > self.cut:
            raise Trouble(f"{self.streams_cut() - self.cut} streams ended "
                          "without a goodbye")
        try:
            await self.station.until(self.figures_agree, 5, "")
        except Trouble:
            raise Trouble("the status page is wrong: " +
                          self.figures) from None
        self.log_says_nothing_else()
        return waited, pause

    def streams_cut(self):
        dropped = self.station.crowd.dropped
        return sum(dropped.get(kind + " listening", 0)
                   for kind in ("websocket", "sse"))

    def polling_went_on(self):
        if not self.fault.polls:
            return 0.0
        pause = self.station.source.longest_pause(self.since,
                                                  time.monotonic())
        if pause > PROMISE + SLACK + self.station.machine():
            raise Trouble(f"no poll for {pause:.2f} s, machine "
                          f"{self.station.machine():.1f} s late")
        return pause

    async def nothing_pushed_is_lost(self):
        """Of a zone that no other machine has, and of one that both have."""
        station = self.station
        wanted = f"kept {station.kept}"
        title = await station.pushed("/alone/kept")
        if title != wanted:
            raise Trouble(f"pushed state lost: {title}")

        async def at_both():
            return [await station.pushed("/live/kept", nginx.port)
                    for nginx in (station.nginx, station.other)] == [wanted] * 2
        await station.until(at_both, PROMISE + SLACK,
                            "what was pushed is not at both machines",
                            station.machine)

    async def figures_agree(self):
        """Each transport's count over all workers is that of our listeners;
        workers, the zone and its stations count the same ones."""
        status = await self.station.status()
        listeners = [x for x in self.station.crowd.listeners if x.connected]
        here = {kind: sum(x.kind == kind for x in listeners)
                for kind in ("websocket", "sse", "long_poll")}
        workers = {kind: sum(w["subscribers"][kind] for w in
                             status["workers"]) for kind in here}
        zone = status["zones"][0]
        own = self.station.nginx.port
        stations = sum(s["subscribers"] for s in zone["list"])
        members = {kind: sum(x.kind == kind for x in self.station.room.members
                             if x.connected and x.port == own)
                   for kind in here}
        hearers = self.station.sound.counted()
        sound = self.station.sound.counted_by(status)
        self.figures = json.dumps(dict(listeners=here, members=members,
                                       workers=workers, hearers=hearers,
                                       sound=sound,
                                       zone=zone["subscribers"],
                                       stations=stations))
        both = {kind: here[kind] + members[kind] for kind in here}
        both["websocket"] += self.station.sound.pages()
        return (both == workers and hearers == sound and
                sum(here.values()) == zone["subscribers"] == stations)

    def log_says_nothing_else(self):
        station = self.station
        expected = station.expected + list(self.fault.log)
        for line in station.nginx.look() + station.other.look():
            if GRAVE.search(line) and \
                    not any(re.search(p, line) for p in expected):
                raise Trouble(f"unexpected in the error log: {line[:300]}")
