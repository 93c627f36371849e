"""What runs out: places, descriptors, connections, memory, disk, time."""
import asyncio
import os
import resource
import signal
import socket

from fault import Fault
from nginx import INTERVAL
from source import Source
from station import Trouble

REFUSED = (r"open\(\) .*\(24: Too many open files\)", r"accept4?\(\)",
           r"worker_connections are not enough",
           r"(socket|eventfd)\(\) failed",
           r"onair poll of .* failed", r"reusing connections",
           r"no live upstreams", r"while connecting to upstream")


async def zone_full(station):
    station.source.mounts = [*Source.MOUNTS] + [f"m{i}" for i in range(40)]
    await station.reload(stations="stations=16")
    await station.told("with a full zone")
    await station.until(lambda: station.nginx.says("has no place"), 5,
                        "a full zone is not told of")
    station.source.mounts = list(Source.MOUNTS)
    await station.reload_and_wait()


async def connections_nobody_needs(station, sign):
    """Opened until the log tells of `sign`."""
    writers = []
    while not station.nginx.says(sign):
        if len(writers) > 3000:
            raise Trouble("there is room without end")
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(
                "127.0.0.1", station.nginx.port), 2)
            writers.append(writer)
        except (OSError, asyncio.TimeoutError):
            break
    await station.until(lambda: station.nginx.says(sign), 5,
                        "nothing ran out")
    return writers


async def used_up(station, sign, **changes):
    await station.reload_and_wait(**changes)
    await station.all_connected(0.9)
    writers = await connections_nobody_needs(station, sign)
    await asyncio.sleep(2 * INTERVAL)  # of a life without room
    return writers


async def room_again(station, writers):
    for writer in writers:
        writer.transport.abort()
    # Without a reload. A poll that failed waits for its next turn.
    await station.told("when there is room again", 3)


async def descriptors_used_up(station):
    writers = await used_up(station, r"\(24: Too many open files\)",
                            main="worker_rlimit_nofile 400;")
    await room_again(station, writers)
    await station.reload_and_wait()


async def descriptors_used_up_in_a_reload(station):
    """nginx passes descriptors to its workers in a reload. One that has no
    room for them hears nothing more from the master and serves on as if
    nothing were, until it is sent away by a signal."""
    writers = await used_up(station, r"\(24: Too many open files\)",
                            main="worker_rlimit_nofile 400;")
    await station.reload(main="worker_rlimit_nofile 400;")
    await room_again(station, writers)
    for pid in station.old & set(station.nginx.workers()):
        os.kill(pid, signal.SIGQUIT)
    await station.left()
    await station.reload_and_wait()


async def connections_used_up(station):
    writers = await used_up(station, "worker_connections are not enough",
                            connections=340)
    await room_again(station, writers)
    await station.reload_and_wait()


async def memory_used_up(station):
    """A change of that time reaches everybody, without another one."""
    # Whose limits we may set: those of processes of our own user.
    own = "" if "user " in os.environ.get("ONAIR_NGINX_MAIN", "") \
        or os.getuid() != 0 else "user root;"
    await station.reload_and_wait(main=own, extra="onair_heartbeat 1s;")
    await station.all_connected()
    for pid in station.nginx.workers():
        with open(f"/proc/{pid}/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.prlimit(pid, resource.RLIMIT_AS, (now, -1))
    writers = []
    while not station.nginx.says("Cannot allocate memory"):
        if len(writers) > 3000:
            raise Trouble("there is memory without end")
        _, writer = await asyncio.open_connection(
            "127.0.0.1", station.nginx.port)
        writer.write(b"GET /live/?stations=rock,jazz HTTP/1.1\r\n"
                     b"Host: x\r\nAccept: text/event-stream\r\n\r\n")
        writers.append(writer)
    station.quiet = True
    station.source.number += 1
    number = station.source.number
    await asyncio.sleep(2 * INTERVAL)  # of a life without memory
    for pid in station.nginx.workers():
        resource.prlimit(pid, resource.RLIMIT_AS, (-1, -1))
    for writer in writers:
        writer.transport.abort()
    await station.until(lambda: not station.crowd.behind(number), 6,
                        "not all are told of what there was no memory for")
    station.quiet = False
    await station.reload_and_wait()


async def disk_full(station):
    await station.reload_and_wait(log="/dev/full")
    pid = await station.leader()
    station.kill(pid)
    await station.replaced([pid])
    await station.told("with no room for a log")
    await station.reload_and_wait()


async def time_to_leave_used_up(station):
    """A client that reads nothing cannot hold a worker up."""
    await station.reload_and_wait(main="worker_shutdown_timeout 1s;")
    stuck = []
    for _ in range(5):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.connect(("127.0.0.1", station.nginx.port))
        s.sendall(b"GET /live/rock HTTP/1.1\r\nHost: x\r\n"
                  b"Accept: text/event-stream\r\n\r\n")
        stuck.append(s)
    await station.reload()
    await station.left(4)
    for s in stuck:
        s.close()


FAULTS = [
    Fault("zone full", zone_full,
          log=("has no place", "starts afresh")),
    Fault("descriptors used up", descriptors_used_up, polls=False,
          log=REFUSED),
    Fault("descriptors used up in a reload",
          descriptors_used_up_in_a_reload, polls=False,
          log=(*REFUSED, r"recvmsg\(\) (truncated data|returned (invalid|"
               r"too small) ancillary data)")),
    Fault("connections used up", connections_used_up, polls=False,
          log=REFUSED),
    # Its reloads give the directory of states to another user, while workers
    # of the one before leave.
    Fault("memory used up", memory_used_up, polls=False, limits=True,
          log=("12: Cannot allocate memory", "onair poll of .* failed",
               r"cannot keep its states: open\(\) .* \(13: ")),
    Fault("disk full", disk_full),
    Fault("worker_shutdown_timeout", time_to_leave_used_up),
]
