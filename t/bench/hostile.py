#!/usr/bin/env python3
"""Members that mean harm, for the bench's `hostile`.

usage: hostile.py PORT RATE [KIND...]     until it is killed
Two of each kind (all of them) in the room /room/calm, RATE attempts a second
between them.
Who is let go comes back. A line on standard output says that all are in. With
a PORT of 0 they do the same work and send to nobody: what they cost the machine
without the room.
"""

import base64
import json
import os
import random
import selectors
import socket
import struct
import sys
import threading
import time

LARGE = json.dumps({"say": "x" * 60000})
NAMES = ["\u202e\u200b", "<b>x</b>", "\U0001f600" * 50, '"}],"you":{}',
         "x" * 4000]


def framed(text):
    data = text.encode()
    if len(data) < 126:
        head = bytes([0x81, 0x80 | len(data)])
    else:
        head = struct.pack(">BBH", 0x81, 0xFE, len(data))
    return head + b"\0\0\0\0" + data  # a mask of zeros


KINDS = {
    "says": lambda i: framed('{"say":"spam %d"}' % i),
    "reacts": lambda i: framed('{"react":"like","n":100}'),
    "enters": lambda i: framed('{"enter":"other%d"}' % (i % 8)) +
    framed('{"leave":"other%d"}' % (i % 8)),
    "names": lambda i: framed(json.dumps(
        {"enter": "named", "name": NAMES[i % len(NAMES)]})) +
    framed('{"leave":"named"}'),
    "lists": lambda i: framed('{"list":true}'),
    "large": lambda i: framed(LARGE) if i % 10 == 0 else b"",
    "nonsense": lambda i: framed('{"say":' * (1 + i % 5)),
    # Makes itself talked to and never reads.
    "deaf": lambda i: framed('{"list":true}') if i % 5 == 0 else b"",
}


class Sink:
    """Somebody who reads everything and answers nothing."""

    def __init__(self):
        self.ours, theirs = socket.socketpair()

        def drain():
            while theirs.recv(1 << 16):
                pass
        threading.Thread(target=drain, daemon=True).start()


class Evil:
    def __init__(self, port, kind, ready):
        self.port, self.kind, self.ready = port, kind, ready
        self.sent, self.socket = 0, None
        self.come()

    def come(self):
        if self.port == 0:
            self.socket = Sink().ours
        else:
            self.socket = socket.socket()
            if self.kind == "deaf":
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                       4096)
            self.socket.connect(("127.0.0.1", self.port))
            key = base64.b64encode(os.urandom(16)).decode()
            self.socket.sendall((
                "GET /room/calm HTTP/1.1\r\nHost: bench\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
            if b" 101 " not in self.socket.recv(4096).split(b"\r\n")[0]:
                raise SystemExit("hostile: not let in")
        self.socket.setblocking(False)
        if self.kind != "deaf":
            self.ready.register(self.socket, selectors.EVENT_READ, self)

    def again(self):
        if self.kind != "deaf":
            self.ready.unregister(self.socket)
        self.socket.close()
        self.come()

    def read(self):
        try:
            if not self.socket.recv(1 << 16):
                self.again()
        except BlockingIOError:
            pass
        except OSError:
            self.again()

    def act(self):
        self.sent += 1
        try:
            self.socket.send(KINDS[self.kind](self.sent))
        except BlockingIOError:
            pass
        except OSError:
            self.again()


def main():
    port, rate = int(sys.argv[1]), float(sys.argv[2])
    ready = selectors.DefaultSelector()
    evil = [Evil(port, kind, ready) for kind in sys.argv[3:] or KINDS
            for _ in range(2)]
    print("in", flush=True)
    began, done = time.monotonic(), 0
    while True:
        for key, _ in ready.select(0.001):
            key.data.read()
        due = int((time.monotonic() - began) * rate)
        for _ in range(min(due - done, 50)):
            random.choice(evil).act()
        done = due


if __name__ == "__main__":
    main()
