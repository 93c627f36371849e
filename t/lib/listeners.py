"""Many listeners to the sound of Onair::Sound, each of whose bytes is looked at.

usage: listeners.py PORT COUNT PATH... ; listens until its input ends, then says
in JSON what was heard: how many listen, how many were cut off and came back, how
many heard a byte twice, none, or another's; bytes. Listeners are spread over
the paths.
"""

import json
import select
import socket
import sys

FRAME = 417
HEAD = b"\xff\xfb\x90\xc4"
AHEAD = 40  # frames that are made at a time


def frame(number):
    return HEAD + (b"<%012d>" % number * 30)[: FRAME - 4]


class Reference:
    """The bytes from one frame on; made as they are needed."""

    def __init__(self, number):
        self.next = number
        self.number = number
        self.bytes = bytearray()

    def part(self, at, size):
        while len(self.bytes) < at + size:
            for _ in range(AHEAD):
                self.bytes += frame(self.next)
                self.next += 1
        return self.bytes[at : at + size]


class Crowd:
    def __init__(self, port, count, paths):
        self.port = port
        self.poll = select.epoll()
        self.all = {}
        self.references = {}  # by path
        self.lost = self.broken = self.refused = self.total = 0
        for i in range(count):
            self.add(paths[i % len(paths)])

    def add(self, path):
        listener = Listener(self.port, path)
        self.all[listener.socket.fileno()] = listener
        self.poll.register(listener.socket, select.EPOLLIN)

    def reference_of(self, path, number):
        if path not in self.references:
            # Who comes later may begin earlier, by a burst and a little.
            self.references[path] = Reference(max(number - 2000, 0))
        return self.references[path]

    def turn(self, listener):
        data = listener.receive()
        if data is None:
            return
        self.total += len(data)
        if not data:
            self.drop(listener, "lost")
        elif not listener.take(data, self):
            self.drop(listener, "broken")

    def drop(self, listener, how):
        if how == "lost" and not listener.begun and listener.ended_badly():
            how = "refused"
        setattr(self, how, getattr(self, how) + 1)
        self.poll.unregister(listener.socket)
        del self.all[listener.socket.fileno()]
        listener.socket.close()
        self.add(listener.path)

    def run(self):
        self.poll.register(sys.stdin, select.EPOLLIN)
        while True:
            for number, _ in self.poll.poll():
                if number == sys.stdin.fileno():
                    return self.say()
                if number in self.all:
                    self.turn(self.all[number])

    def say(self):
        print(json.dumps({
            "listening": sum(one.begun for one in self.all.values()),
            "lost": self.lost, "broken": self.broken,
            "refused": self.refused, "bytes": self.total,
            "least": min(one.had for one in self.all.values()),
        }))


class Listener:
    def __init__(self, port, path):
        self.path = path
        self.head = b""
        self.begun = False
        self.at = self.had = 0
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path.encode())
        self.socket.setblocking(False)

    def receive(self):
        try:
            return self.socket.recv(65536)
        except BlockingIOError:
            return None
        except ConnectionError:
            return b""

    def ended_badly(self):
        return self.head[:16].find(b" 200 ") < 0 and self.head != b""

    def take(self, data, crowd):
        if not self.begun:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0 or len(self.head) < end + 4 + 20:
                return True
            data = self.head[end + 4:]
            if not data.startswith(HEAD + b"<"):
                return b" 200 " not in self.head[:16]
            number = int(data[5:17])
            self.reference = crowd.reference_of(self.path, number)
            self.at = (number - self.reference.number) * FRAME
            if self.at < 0:
                return False
            self.begun = True
        good = self.reference.part(self.at, len(data)) == data
        self.at += len(data)
        self.had += len(data)
        return good


def main():
    port, count, *paths = sys.argv[1:]
    Crowd(int(port), int(count), paths).run()


if __name__ == "__main__":
    main()
