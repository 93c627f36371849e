"""A crowd of clients of mixed transports for reloads.t, on one epoll.

usage: crowd.py PORT CLIENTS LAST OVER
Half are WebSockets, a quarter are event streams, a quarter long polls. Each
comes back at once when it was told goodbye, saying the last id it saw. Ends
when all have the title LAST, or 20 seconds after the file OVER is there;
prints figures as one line of JSON.

  connects   connections made          goodbyes  1012, retry + last chunk, 304
  lost       connections that ended without one
  refused    answers of another kind   gaps      snapshots that said so
  backward   changes that went back    messages  changes told
"""

import base64
import json
import os
import re
import select
import socket
import sys
import time

figures = dict.fromkeys(("connects", "goodbyes", "lost", "refused", "gaps",
                         "backward", "messages", "gone_before_answer"), 0)
TITLE = re.compile(rb'"seq":(\d+),.*?"now":(?:null|\{.*?"title":"([^"]*)")')
EPOCH = re.compile(rb'"epoch":"([0-9a-f]{8})"')


class Client:
    def __init__(self, port, kind, poller, by_fd):
        self.port, self.kind = port, kind
        self.poller, self.by_fd = poller, by_fd
        self.epoch, self.seq, self.title = b"", 0, b""
        self.last = ""
        self.connect()

    def connect(self):
        figures["connects"] += 1
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.data, self.begun, self.told = b"", False, False
        self.since, self.asked = time.time(), 0
        self.by_fd[self.socket.fileno()] = self
        self.poller.register(self.socket, select.EPOLLIN)
        self.ask()

    def ask(self):
        since = "since=" + self.last if self.last else ""
        lines = ["Host: localhost"]
        path = "/live/rock?" + since
        if self.kind == "ws":
            key = base64.b64encode(os.urandom(16)).decode()
            lines += ["Upgrade: websocket", "Connection: Upgrade",
                      "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key]
        elif self.kind == "sse":
            lines += ["Accept: text/event-stream"]
        else:
            path += "&wait=60"
        request = "GET %s HTTP/1.1\r\n%s\r\n\r\n" % (path, "\r\n".join(lines))
        self.socket.send(request.encode())
        self.asked += 1

    def close(self):
        self.by_fd.pop(self.socket.fileno(), None)
        self.poller.unregister(self.socket)
        self.socket.close()

    def note(self, figure, seen=b""):
        """Counts a fault, and says on stderr who met it and when."""
        figures[figure] += 1
        age = time.time() - self.since
        print("%s: %s after %.3f s, begun %d, asked %d, seen %r, left %r" % (
            figure, self.kind, age, self.begun, self.asked, seen[:80],
            self.data[:80]), file=sys.stderr, flush=True)

    def again(self):
        self.close()
        self.connect()

    def state(self, text):
        match = TITLE.search(text)
        if not match:
            return
        figures["messages"] += 1
        figures["gaps"] += b'"gap":true' in text
        seq, epoch = int(match.group(1)), EPOCH.search(text).group(1)
        if epoch == self.epoch and seq < self.seq:
            self.note("backward", b"%d to %d" % (self.seq, seq))
        self.epoch, self.seq = epoch, seq
        self.title = match.group(2) or b""
        self.last = "%s:%d" % (epoch.decode(), seq)

    def readable(self):
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if data:
            self.data += data
            while self.step():
                pass
            return
        # A kept connection may close between two polls, and nginx closes one
        # whose request it has not read when its worker leaves: that is no loss.
        waiting = self.kind == "poll" or not self.begun
        if waiting and not self.data and not self.told:
            figures["gone_before_answer"] += 1
        elif not self.told:
            self.note("lost")
        self.again()

    polls_answered = False

    def step(self):
        if not self.begun:
            head, found, rest = self.data.partition(b"\r\n\r\n")
            if not found:
                return False
            status = int(head[9:12])
            if self.kind == "poll":
                return self.answer(status, head, rest)
            if status != (101 if self.kind == "ws" else 200):
                self.note("refused", head)
                self.again()
                return False
            self.begun, self.data = True, rest
            return True
        return self.frame() if self.kind == "ws" else self.chunk()

    def answer(self, status, head, rest):
        if status == 304:
            figures["goodbyes"] += 1
            size = 0
        else:
            size = int(re.search(rb"content-length: (\d+)", head.lower())[1])
            if len(rest) < size:
                return False
            if status == 200:
                self.state(rest[:size])
            else:
                self.note("refused", head)
        self.data = rest[size:]
        self.polls_answered = True
        if b"connection: close" in head.lower():
            self.told = True
            self.again()
            return False
        self.ask()
        return bool(self.data)

    def frame(self):
        if len(self.data) < 2:
            return False
        size, at = self.data[1] & 127, 2
        if size == 126:
            if len(self.data) < 4:
                return False
            size, at = int.from_bytes(self.data[2:4], "big"), 4
        if len(self.data) < at + size:
            return False
        opcode, text = self.data[0] & 15, self.data[at:at + size]
        self.data = self.data[at + size:]
        if opcode == 8:
            if text[:2] == (1012).to_bytes(2, "big"):
                figures["goodbyes"] += 1
            else:
                self.note("refused", text)
            self.told = True
            self.socket.send(b"\x88\x82\0\0\0\0\x03\xf4")
            self.again()
            return False
        if opcode == 9:
            self.socket.send(b"\x8a\x80\0\0\0\0")
        elif opcode == 1:
            self.state(text)
        return True

    def chunk(self):
        line, found, rest = self.data.partition(b"\r\n")
        if not found:
            return False
        size = int(line, 16)
        if len(rest) < size + 2:
            return False
        text, self.data = rest[:size], rest[size + 2:]
        if size == 0:
            figures["goodbyes"] += self.retry
            self.told = self.retry
            self.again()
            return False
        self.retry = text.startswith(b"retry:") and b"data:" not in text
        for event in text.split(b"\n\n"):
            self.state(event)
        return True

    retry = False


def main():
    port, count, last = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()
    poller, by_fd = select.epoll(), {}
    kinds = ("ws", "sse", "ws", "poll")
    clients = [Client(port, kinds[i % 4], poller, by_fd) for i in range(count)]
    said, quiet_until = False, 0.0
    while True:
        for fd, _ in poller.poll(0.2):
            client = by_fd.get(fd)
            if client:
                client.readable()
        if not said and all(client.title for client in clients):
            said = True
            print("all here", flush=True)
        behind = sum(client.title != last for client in clients)
        if behind == 0:
            break
        if os.path.exists(sys.argv[4]):
            quiet_until = quiet_until or time.time() + 20
            if time.time() > quiet_until:
                break
    figures["deaf"] = behind
    figures["clients"] = count
    print(json.dumps(figures), flush=True)


main()
