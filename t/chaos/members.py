"""Members of a room, who talk all the while: each message comes once and in
order to those who stay, and who comes back is told it, or that there is a gap.
"""
import asyncio
import json
import random


from clients import (SseListener, WebSocketListener, ask, ws_frame)

PACE = 0.05
LOST = (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError)


class Member:
    """A listener of another kind: `number` is of no meaning to it."""
    token = None
    base = path_of = ""

    def __init__(self, room, port, path):
        super().__init__(room, port, path)
        self.path_of = path
        self.epoch, self.seq = None, 0
        self.newest = 0        # number of the last message
        self.since = 0         # what was said before it need not be told
        self.told = set()
        self.wrong = []
        self.writer = None
        self.gaps = 0
        self.reach = None      # how far the room does, as it was told

    def address(self):
        given = [f"token={self.token}"] if self.token else []
        if self.epoch:
            given.append(f"since={self.epoch}:{self.seq}")
        return self.path_of + ("?" + "&".join(given) if given else "")

    async def once(self):
        self.path = self.address()
        self.at = None         # `since` says it
        await super().once()

    def take(self, text):
        frame = json.loads(text)
        if "ref" in frame:
            self.crowd.answered(frame)
            return
        if "events" not in frame:
            raise ValueError(text)
        if "you" in frame:
            self.token = frame["you"]["token"]
            if not self.epoch:
                self.afresh(frame)
        if frame.get("gap"):
            self.gaps += 1
            self.afresh(frame)
        self.reach = frame.get("reach", self.reach)
        for event in frame["events"]:
            if event["type"] == "reach":
                self.reach = event["reach"]
                self.afresh(frame)
            self.hear(event)
        if frame["epoch"] != self.epoch:
            self.wrong.append("another epoch without a gap")
            self.afresh(frame)
        self.seq = max(self.seq, frame["seq"])
        self.connected = True
        self.does("listening")

    def afresh(self, frame):
        self.epoch, self.seq, self.newest = frame["epoch"], 0, 0
        self.since = self.crowd.said
        self.told = set()

    def hear(self, event):
        # Who came and went has numbers too, but no place in the history.
        if event["type"] != "message":
            return
        if event["seq"] <= self.newest:
            self.wrong.append(f"{event['seq']} after {self.newest}")
        self.newest = event["seq"]
        if event["said"] in self.told:
            self.wrong.append(f"{event['said']} twice")
        self.told.add(event["said"])

    def lacks(self):
        return [n for n, epoch in self.crowd.numbers.items()
                if n > self.since and epoch == self.epoch and
                n not in self.told]


class SocketMember(Member, WebSocketListener):
    def greet(self, writer):
        self.writer = writer

    def say(self, text):
        self.writer.write(ws_frame(1, text.encode()))


class EventsMember(Member, SseListener):
    pass


class Room:
    """Its members, at two machines, and what was said with which epoch."""

    def __init__(self, ports):
        self.ports = ports
        self.stopping = False
        self.members, self.tasks = [], []
        self.dropped = {}
        self.said = 0
        self.numbers = {}      # what got an answer, and of which epoch
        self.kept = 0

    def add(self, count):
        for i in range(count):
            member = (SocketMember, SocketMember, EventsMember)[i % 3](
                self, self.ports[i % 2], "/room/chat")
            self.members.append(member)
            self.tasks.append(asyncio.ensure_future(member.run()))
        self.tasks.append(asyncio.ensure_future(self.talk()))

    def answered(self, frame):
        if "seq" in frame:
            self.numbers[frame["ref"]] = frame["epoch"]
            self.kept += 1

    async def talk(self):
        draw = random.Random(1)
        while not self.stopping:
            await asyncio.sleep(PACE)
            able = [x for x in self.members
                    if x.connected and isinstance(x, SocketMember)]
            if able:
                self.said += 1
                by = draw.choice(able)
                by.say(json.dumps({"say": self.said, "ref": self.said}))

    def behind(self):
        """Who is not here, or not in one room with all others, or lacks
        something that was said a while ago."""
        return [x for x in self.members
                if not x.connected or x.reach != "all" or x.lacks()]

    def epochs(self):
        return {x.epoch for x in self.members}

    def wrong(self):
        return [what for x in self.members for what in x.wrong]

    def forget(self):
        """What all have been told."""
        self.numbers = {}
        for member in self.members:
            member.since = self.said
            member.wrong = []

    async def counted(self):
        """Whether each machine counts the members of both."""
        try:
            for port in self.ports:
                status, _, body = await ask(port, "/room/chat", seconds=3)
                if status != 200 or \
                        json.loads(body).get("members") != len(self.members):
                    return False
        except LOST:
            return False
        return True

    async def stop(self):
        self.stopping = True
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
