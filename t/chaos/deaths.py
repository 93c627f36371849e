"""Processes that die, or stand still."""
import os
import signal

from fault import Fault
from station import Trouble

# A sanitizer takes the others for a fault of the program.
DEADLY = [signal.SIGKILL, signal.SIGABRT] + (
    [] if os.environ.get("ASAN_OPTIONS") else [signal.SIGSEGV, signal.SIGBUS])


async def leader_killed(station):
    pid = await station.leader()
    station.kill(pid)
    await station.replaced([pid])


async def worker_killed(station):
    pid = station.random.choice(station.nginx.workers())
    station.kill(pid, station.random.choice(DEADLY))
    await station.replaced([pid])


async def all_workers_killed(station):
    old = station.nginx.workers()
    for pid in old:
        station.kill(pid)
    await station.replaced(old)


async def leaders_killed_in_a_row(station):
    for _ in range(5):
        await leader_killed(station)


async def leader_killed_in_a_reload(station):
    """Old workers say goodbye for two seconds; each new leader dies."""
    await station.reload_and_wait(drain="2s")
    await station.reload(drain="2s")
    await leader_killed(station)
    for pid in station.nginx.leaving()[:1]:
        station.kill(pid)
    await station.left()


async def leader_stopped(station):
    if station.nginx.now["workers"] == 1:
        await station.reload_and_wait()  # somebody has to take over
    pid = await station.leader()
    os.kill(pid, signal.SIGSTOP)
    try:
        await station.polled(times=6)
        if await station.leader() == pid:
            raise Trouble("who stands still leads")
    finally:
        os.kill(pid, signal.SIGCONT)
    station.count("stops")


async def worker_stopped(station):
    if station.nginx.now["workers"] == 1:
        await station.reload_and_wait()
    leader = await station.leader()
    pid = station.random.choice(
        [p for p in station.nginx.workers() if p != leader])
    os.kill(pid, signal.SIGSTOP)
    try:
        await station.polled(times=4)
    finally:
        os.kill(pid, signal.SIGCONT)
    station.count("stops")


async def stopped_and_killed(station):
    """The one that stands still never wakes; nor does a reload wait for it."""
    if station.nginx.now["workers"] == 1:
        await station.reload_and_wait()
    pid = await station.leader()
    os.kill(pid, signal.SIGSTOP)
    await station.polled()
    await station.reload()
    station.kill(pid)
    await station.left()
    station.count("stops")


async def master_killed(station):
    """Its workers serve on, and poll; one of them dies for good."""
    nginx = station.nginx
    workers = nginx.workers()
    os.kill(nginx.master, signal.SIGKILL)
    await station.told("without a master")
    leader = (await station.status())["zones"][0]["leader"]
    if leader not in workers:
        raise Trouble("nobody leads without a master")
    if len(workers) > 1:
        os.kill(leader, signal.SIGKILL)
        await station.told("without a master and its leader")
    await station.saved()
    nginx.kill()
    nginx.write()
    nginx.start()


FAULTS = [
    Fault("leader killed", leader_killed, often=True),
    Fault("worker killed", worker_killed, often=True),
    Fault("all workers killed", all_workers_killed),
    Fault("leaders killed in a row", leaders_killed_in_a_row),
    Fault("leader killed in a reload", leader_killed_in_a_reload),
    Fault("leader stopped, goes on", leader_stopped),
    Fault("worker stopped, goes on", worker_stopped),
    Fault("leader stopped, killed in a reload", stopped_and_killed),
    Fault("master killed", master_killed, polls=False, more=1),
]
