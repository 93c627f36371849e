"""Reloads, upgrades, restarts: what an administrator does to nginx."""
import os
import signal

from fault import Fault
from nginx import children
from source import Source
from station import Trouble

ANOTHER = """
        location = /another {{
            internal;
            proxy_pass http://127.0.0.1:{port}/another;
            onair_poll station=another interval=200ms;
        }}"""


def reload(**changes):
    async def do(station):
        await station.reload_and_wait(**changes)
    return do


async def reloads_in_a_row(station):
    for i in range(4):
        await station.reload(interval=(0.5, 0.3)[i % 2])
    await station.left(20)


async def stations_come_and_go(station):
    station.source.mounts = [*Source.MOUNTS, "folk", "swing"]
    await station.reload_and_wait()
    await station.told("with more stations")
    await station.state("swing")
    station.source.mounts = list(Source.MOUNTS)


async def poll_location_comes_and_goes(station):
    """Of the same source, so that what it tells of is known."""
    await station.reload_and_wait(
        extra=ANOTHER.format(port=station.source.port))
    await station.told("with another location")

    async def is_known():
        return (await station.state("another"))["seq"] > 0
    await station.until(is_known, 5, "the new location is not polled")
    await station.reload_and_wait()


async def reload_refused(station):
    was = station.nginx.wanted
    station.nginx.write(**{**was, "extra": "onair_nonsense;"})
    os.kill(station.nginx.master, signal.SIGHUP)
    await station.until(lambda: station.nginx.says("onair_nonsense"), 10,
                        "no complaint")
    station.nginx.write(**was)


async def zone_resized(station):
    await station.reload(zone="5m")
    await station.told("after the zone grew")
    await station.reload_and_wait()


async def upgraded(station):
    """Both binaries serve."""
    nginx = station.nginx
    old = nginx.master
    os.kill(old, signal.SIGUSR2)
    station.count("upgrades")

    def new():
        pid = nginx.pid_in("nginx.pid")
        there = nginx.pid_in("nginx.pid.oldbin") and pid and pid != old
        return there and len(nginx.workers(pid)) >= nginx.now["workers"] \
            and pid
    new = await station.until(new, 20, "the new binary does not run")
    await station.told("while two binaries serve")
    await station.polled(times=8)
    return old, new


def reaped(pid):
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


async def upgrade(station):
    old, new = await upgraded(station)
    os.kill(old, signal.SIGQUIT)
    station.nginx.master = new
    await station.until(lambda: not children(old), 20,
                        "the old workers stay")
    await station.until(lambda: reaped(old), 20, "the old master stays")


async def upgrade_with_a_death(station):
    """The new binary's leader dies before the old one goes."""
    old, new = await upgraded(station)
    station.nginx.master = new
    pid = station.random.choice(station.nginx.workers(new))
    station.kill(pid)
    await station.replaced([pid])
    os.kill(old, signal.SIGQUIT)
    await station.until(lambda: not children(old), 20,
                        "the old workers stay")
    await station.until(lambda: reaped(old), 20, "the old master stays")


async def upgrade_rolled_back(station):
    nginx = station.nginx
    old, new = await upgraded(station)
    os.kill(old, signal.SIGWINCH)
    await station.until(
        lambda: not nginx.workers(old) and not nginx.leaving(old), 20,
        "the old workers stay")
    await station.told("by the new binary")
    os.kill(old, signal.SIGHUP)
    await station.until(
        lambda: len(nginx.workers(old)) >= nginx.now["workers"], 20,
        "the old binary does not come back")
    os.kill(new, signal.SIGQUIT)
    await station.until(lambda: nginx.pid_in("nginx.pid") == old, 20,
                        "the new binary stays")


def restart(how):
    async def do(station):
        goodbyes = station.crowd.total("goodbyes")
        os.kill(station.nginx.master, how)
        station.count("restarts")
        await station.until(lambda: reaped(station.nginx.master), 20,
                            "nginx does not end")
        told = station.crowd.total("goodbyes") - goodbyes
        # A poll that is between two requests cannot be told.
        streams = sum(x.kind != "long_poll" for x in station.crowd.listeners)
        if how == signal.SIGQUIT and told < 0.9 * streams:
            raise Trouble(f"only {told} were told goodbye")
        station.nginx.write()
        station.nginx.start()
    return do


FAULTS = [
    Fault("reload", reload(), often=True, goodbye=True),
    Fault("reload, other interval", reload(interval=0.3), often=True,
          goodbye=True),
    Fault("reload, more workers", reload(workers=5), often=True,
          goodbye=True),
    Fault("reload, one worker", reload(workers=1), often=True, goodbye=True),
    Fault("reloads in a row", reloads_in_a_row, goodbye=True),
    Fault("stations come and go", stations_come_and_go, goodbye=True),
    Fault("poll location comes and goes", poll_location_comes_and_goes,
          goodbye=True),
    Fault("reload refused", reload_refused, goodbye=True,
          log=("onair_nonsense",)),
    Fault("zone resized", zone_resized, goodbye=True),
    Fault("upgrade", upgrade, goodbye=True),
    Fault("upgrade with a death", upgrade_with_a_death),
    Fault("upgrade rolled back", upgrade_rolled_back, goodbye=True, more=0.5),
    Fault("quit and start", restart(signal.SIGQUIT), goodbye=True,
          polls=False, more=1.5),
    Fault("stop and start", restart(signal.SIGTERM),
          polls=False, more=1.5),
]
