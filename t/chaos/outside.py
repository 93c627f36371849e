"""What comes from outside: a source that fails, a clock that jumps."""
import os
import signal
import struct
import time

from changes import reaped
from fault import Fault
from station import Trouble

UPSTREAM = (r"onair poll of .* failed", r"no live upstreams",
            r"upstream (prematurely closed|timed out)")


def source(manner):
    async def do(station):
        station.source.manner = manner
        before = len(station.source.asked)
        await station.until(
            lambda: len(station.source.asked) >= before + 3, 30,
            "who fails is not asked again")
        state = await station.state("rock")
        if not (state["now"] or {}).get("title", "").startswith("change "):
            raise Trouble(f"the last good state is gone: {state}")
        station.source.manner = "well"
        # After failures it is asked less often.
        await station.polled(times=2, seconds=30)
    return do


async def restarted(station, **environment):
    os.kill(station.nginx.master, signal.SIGQUIT)
    await station.until(lambda: reaped(station.nginx.master), 20,
                        "nginx does not end")
    station.nginx.write()
    station.nginx.start(**environment)
    await station.all_connected()


async def clock_jumps(station):
    """For nginx alone: its calls for the time of day go through clock.cc."""
    offset = station.nginx.dir + "/clock"
    with open(offset, "wb") as file:
        file.write(struct.pack("q", 0))
    options = os.environ.get("ASAN_OPTIONS")
    more = {"ASAN_OPTIONS": options + ":verify_asan_link_order=0"} \
        if options else {}
    await restarted(station, ONAIR_CLOCK=offset,
                    LD_PRELOAD=os.environ["ONAIR_CLOCK_SO"], **more)
    for seconds in (3600, -7200, 30 * 86400, 0):
        with open(offset, "r+b") as file:
            file.write(struct.pack("q", seconds))
        await station.told(f"with the clock {seconds} s wrong")

        async def is_there():
            state = await station.state("rock")
            return abs(state["time"] - time.time() - seconds) < 60
        await station.until(is_there, 5, "the clock did not jump")
        await station.leader()
    await restarted(station)


FAULTS = [
    Fault("source refuses", source("refusing"), polls=False, log=UPSTREAM),
    Fault("source babbles", source("babbling"), polls=False, log=UPSTREAM),
    Fault("source breaks off", source("breaking_off"), polls=False,
          log=UPSTREAM),
    Fault("source hangs", source("hanging"), polls=False, log=UPSTREAM),
    Fault("clock jumps", clock_jumps, polls=False, more=1.5),
]
