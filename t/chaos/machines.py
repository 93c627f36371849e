"""What the machines have in common: their Redis, and the other machine."""
import os
import signal

from fault import Fault
from station import Trouble

# A machine that is slow may take any kill for a Redis that is away.
AWAY = ("is without its engine",)


async def is_told(station, reach, seconds=10):
    """How far the room reaches, by every member."""
    await station.until(
        lambda: all(x.connected and x.reach == reach
                    for x in station.room.members),
        seconds, f"members are not told that the room reaches {reach}",
        station.machine)


async def are_answered(station):
    kept = station.room.kept
    await station.until(lambda: station.room.kept > kept + 10, 10,
                        "members are not answered")


async def local_for_a_while(station):
    """Members talk among themselves; what is pushed is passed on later."""
    await is_told(station, "local")
    await are_answered(station)
    await station.publish()


async def back(station):
    await is_told(station, "all")
    station.count("engines back")


def redis_killed(forgets, leader=False):
    async def do(station):
        epochs = station.room.epochs()
        pid = await station.engine_worker()
        station.redis.kill()
        if leader:
            station.kill(pid)
            await station.replaced([pid])
        await local_for_a_while(station)
        if forgets:
            station.redis.forget()
        station.redis.start()
        await back(station)
        if (station.room.epochs() == epochs) == forgets:
            raise Trouble("the room is another one" if not forgets else
                          "the room has the epoch of one that is forgotten")
    return do


async def redis_stopped(station):
    station.redis.pause()
    try:
        await local_for_a_while(station)
    finally:
        station.redis.go_on()
    await back(station)


async def redis_without_memory(station):
    station.redis.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        await local_for_a_while(station)
    finally:
        station.redis.ask("CONFIG", "SET", "maxmemory", "0")
    await back(station)


async def clients_killed(station):
    for kind in ("pubsub", "normal"):
        station.redis.ask("CLIENT", "KILL", "TYPE", kind)
    await is_told(station, "all")


async def engine_worker_killed(station):
    pid = await station.engine_worker()
    station.kill(pid)
    await station.replaced([pid])
    await is_told(station, "all")


async def other_machine_killed(station):
    other = station.other
    other.kill()
    await station.told("without the other machine")
    other.write()
    other.start()
    station.count("restarts")


async def other_machine_stopped(station):
    """Of what it missed it tells its members when it goes on."""
    pids = station.other.workers()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        await are_answered(station)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    await is_told(station, "all")


FAULTS = [
    Fault("Redis's clients killed", clients_killed, often=True, log=AWAY),
    Fault("engine's worker killed", engine_worker_killed, log=AWAY),
    Fault("Redis killed, with its file", redis_killed(False), log=AWAY),
    Fault("Redis killed, without its file", redis_killed(True), log=AWAY),
    Fault("Redis killed with the engine's worker", redis_killed(True, True),
          log=AWAY),
    Fault("Redis stopped", redis_stopped, log=AWAY),
    Fault("Redis out of memory", redis_without_memory,
          log=(*AWAY, "the engine does not count people")),
    Fault("other machine killed", other_machine_killed, log=AWAY),
    Fault("other machine stopped", other_machine_stopped, log=AWAY),
]
