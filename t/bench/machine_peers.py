"""Two machines that have a Redis in common, ours and those of others: what a
message costs the Redis, and how long it takes from one to the other."""

import asyncio
import re
import time

import servers
from figures import median
from signalling import Peer

CHAT = 50  # messages a second
CALM = 200  # of them
TEXT = "#%06d#" + "x" * 112
NUMBER = re.compile(rb"#(\d{6})#")


class Rooms(servers.Onair):
    name = "onair"
    path = "/room/rock"
    redis = 0  # its port

    def http(self):
        shared = self.redis
        return f"""    {f"onair_redis 127.0.0.1:{shared};" if shared else ""}
    onair_zone bench:8m rooms=4 {"share=rooms" if shared else ""};
    onair_message_rate off;
    onair_heartbeat 1h;"""

    def locations(self):
        # Who says more than is shown would wait for ever.
        return ("        location /room/ "
                "{ onair_room zone=bench window=0 show=off; }")

    def control_locations(self):
        return ""

    async def enter(self, peer):
        """Until the room reaches all machines."""
        await peer.open(self.port, self.path)
        reach = (await peer.hear()).get("reach")
        while self.redis and reach != "all":
            reach = (await peer.hear()).get("reach", reach)

    enter_to_speak = enter

    @staticmethod
    def say(peer, text):
        peer.say({"say": text})


class Nchan(servers.Nchan):
    name = "nchan"

    def http(self):
        return f"""    nchan_shared_memory_size 64m;
    upstream redis {{ nchan_redis_server redis://127.0.0.1:{self.redis}; }}"""

    def locations(self):
        return "".join(f"""
        location = /{path} {{
            {what};
            nchan_channel_id rock;
            nchan_redis_pass redis;
        }}""" for path, what in (("hear", "nchan_subscriber websocket"),
                                 ("say", "nchan_publisher websocket")))

    def control_locations(self):
        return ""

    async def enter(self, peer):
        await peer.open(self.port, "/hear")

    async def enter_to_speak(self, peer):
        await peer.open(self.port, "/say")

    @staticmethod
    def say(peer, text):
        peer.send(text.encode())


class SocketIo(servers.SocketIo):
    def command(self):
        return [*super().command(), str(self.redis)]

    async def enter(self, peer):
        await peer.open(self.port, "/socket.io/?EIO=4&transport=websocket")
        await peer.receive()
        peer.send(b"40")
        await peer.receive()

    enter_to_speak = enter

    @staticmethod
    def say(peer, text):
        peer.send(b'42["say","%s"]' % text.encode())


KINDS = (Rooms, SocketIo, Nchan)


def machine(kind, redis, number=1):
    """Its port, 0: without one."""
    name = f"{kind.name}-machine-{number}"
    return type(kind.__name__, (kind,), {"name": name, "redis": redis})("ws")


async def let_in(enter):
    """Nchan refuses until it has its Redis."""
    for _ in range(100):
        peer = Peer()
        try:
            await enter(peer)
            return peer
        except RuntimeError:
            await asyncio.sleep(0.1)
    raise RuntimeError("nobody is let in")


async def hear(peer, number):
    while True:
        found = NUMBER.findall(await peer.receive())
        if found and int(found[-1]) >= number:
            return


async def read_away(peer):
    while await peer.reader.read(65536):
        pass


async def is_heard(server, speaker, listener, number):
    """Said until it is: the way may not be there yet, and of many at once some
    are not shown."""
    waits = asyncio.ensure_future(hear(listener, number))
    for _ in range(100):
        server.say(speaker, TEXT % number)
        await asyncio.wait([waits], timeout=0.2)
        if waits.done():
            return
    raise RuntimeError(f"{server.name}: nothing is heard")


async def measure(first, second, redis, pace, messages):
    """Redis's CPU a message in microseconds at this pace, and the milliseconds
    that a message takes at a chat's."""
    speaker = await let_in(first.enter_to_speak)
    listener = await let_in(second.enter)
    await is_heard(first, speaker, listener, 0)
    away = asyncio.ensure_future(read_away(speaker))
    waits = []
    for i in range(1, CALM + 1):
        begin = time.monotonic()
        first.say(speaker, TEXT % i)
        await asyncio.wait_for(hear(listener, i), 10)
        waits.append((time.monotonic() - begin) * 1000)
        await asyncio.sleep(1 / CHAT)
    behind = asyncio.ensure_future(hear(listener, CALM + messages + 1))
    begin, cpu = time.monotonic(), redis.cpu()
    for i in range(messages):
        first.say(speaker, TEXT % (CALM + i + 1))
        # Of the loop's own sleep the shortest is a millisecond.
        time.sleep(max(0, begin + (i + 1) / pace - time.monotonic()))
        await asyncio.sleep(0)
    while not behind.done():
        first.say(speaker, TEXT % (CALM + messages + 1))
        await asyncio.wait([behind], timeout=0.2)
    used = (redis.cpu() - cpu) / messages * 1e6
    away.cancel()
    for peer in (speaker, listener):
        peer.writer.close()
    return used, median(waits)


def trial(kind, redis, pace, messages):
    with machine(kind, redis.port, 1) as first, \
            machine(kind, redis.port, 2) as second:
        return asyncio.run(measure(first, second, redis, pace, messages))
