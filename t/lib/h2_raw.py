"""An HTTP/2 client by hand, which says and leaves unsaid what it likes: windows
of a byte, settings in the middle, resets, priorities, streams that never read.

It checks the server all the while: no DATA frame may be longer than a window
or than the frame size that the client allowed, nothing may come behind the end
of a stream.
"""

import select
import socket
import ssl
import struct
import time

DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW = range(9)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW, MAX_FRAME = 4, 5
WIDE = 1 << 30


class Wrong(Exception):
    """The server has done what it may not."""


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) +
            struct.pack(">I", stream) + payload)


def literal(name, value):
    name, value = name.encode(), value.encode()
    return (b"\0" + bytes([min(len(name), 126)]) + name[:126] +
            bytes([min(len(value), 126)]) + value[:126])


def request(stream, path, fields=(), method="GET", end=True, scheme="https"):
    block = b"".join(literal(*field) for field in [
        (":method", method), (":scheme", scheme), (":path", path),
        (":authority", "localhost"), *fields])
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream,
                 block)


class Stream:
    """What came of one."""

    def __init__(self, window):
        self.window = window  # what the server may still send
        self.bytes = b""
        self.sizes = []  # of its DATA frames
        self.status = None
        self.ended = False
        self.reset = None

    def over(self):
        return self.ended or self.reset is not None


class Line:
    """The connection: in clear or over TLS, its records counted."""

    def __init__(self, port, tls, buffer=None):
        self.socket = socket.socket()
        if buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.records, self.rest, self.tls = 0, b"", None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_alpn_protocols(["h2"])
            self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(self.into, self.out)
            self.handshake()

    def handshake(self):
        while True:
            try:
                self.tls.do_handshake()
                self.flush()
                return
            except ssl.SSLWantReadError:
                self.flush()
                data = self.socket.recv(65536)
                if not data:
                    raise EOFError from None
                self.into.write(data)

    def flush(self):
        data = self.out.read()
        if data:
            self.socket.sendall(data)

    def send(self, data):
        if self.tls is None:
            self.socket.sendall(data)
        else:
            self.tls.write(data)
            self.flush()

    def count_records(self, data):
        self.rest += data
        while len(self.rest) >= 5:
            size = 5 + struct.unpack(">H", self.rest[3:5])[0]
            if len(self.rest) < size:
                return
            self.records += 1
            self.rest = self.rest[size:]

    def receive(self):
        """What has come; EOFError where nothing will."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise EOFError
        if self.tls is None:
            return data
        self.count_records(data)
        self.into.write(data)
        text = b""
        try:
            while True:
                part = self.tls.read(1 << 16)
                if not part:
                    raise EOFError
                text += part
        except ssl.SSLWantReadError:
            self.flush()
            return text


class Client:
    def __init__(self, port, tls=True, window=WIDE, connection=WIDE,
                 settings=(), buffer=None):
        self.line = Line(port, tls, buffer)
        self.streams, self.next = {}, 1
        self.initial, self.frame_size = window, 16384
        self.window = 65535
        self.pongs, self.goaway, self.acks = [], None, 0
        self.eof, self.rest = False, b""
        words = [(INITIAL_WINDOW, window), *settings]
        for word, value in settings:
            if word == MAX_FRAME:
                self.frame_size = value
        self.send(PREFACE + self.settings_frame(words))
        if connection > 65535:
            self.open_window(0, connection - 65535)

    @staticmethod
    def settings_frame(words):
        return frame(SETTINGS, 0, 0, b"".join(
            struct.pack(">HI", *word) for word in words))

    def send(self, data):
        try:
            self.line.send(data)
        except OSError:
            self.eof = True

    def set(self, *words):
        """Settings in the middle; what they allow counts at once, as the
        server may have them before it sends the next frame."""
        for word, value in words:
            if word == INITIAL_WINDOW:
                for stream in self.streams.values():
                    stream.window += max(0, value - self.initial)
                self.initial = value
            elif word == MAX_FRAME:
                self.frame_size = max(self.frame_size, value)
        self.send(self.settings_frame(words))

    def narrow(self, value):
        """A smaller initial window: in force when the server says so."""
        before, less = self.acks, self.initial - value
        self.initial = value
        self.send(self.settings_frame([(INITIAL_WINDOW, value)]))
        self.until(lambda: self.acks > before, "settings are acknowledged")
        for stream in self.streams.values():
            stream.window -= less

    def open_window(self, stream, more):
        if stream == 0:
            self.window += more
        else:
            self.streams[stream].window += more
        self.send(frame(WINDOW, 0, stream, struct.pack(">I", more)))

    def get(self, path, accept="text/event-stream", **more):
        number = self.next
        self.next += 2
        self.streams[number] = Stream(self.initial)
        self.send(request(number, path, [("accept", accept)], **more))
        return number

    def events(self, path="/live/rock"):
        return self.get(path)

    def body(self, stream, data, end=True):
        self.send(frame(DATA, END_STREAM if end else 0, stream, data))

    def cancel(self, stream, code=8):
        self.send(frame(RST, 0, stream, struct.pack(">I", code)))
        self.streams[stream].reset = code

    def prioritize(self, stream, depends, weight, exclusive=False):
        self.send(frame(PRIORITY, 0, stream, struct.pack(
            ">IB", depends | (1 << 31 if exclusive else 0), weight)))

    def ping(self, word=b"12345678"):
        self.send(frame(PING, 0, 0, word))

    def say_goaway(self):
        self.send(frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0)))

    def close(self):
        self.line.socket.close()
        self.eof = True

    def pump(self, seconds=0.05):
        """Takes what comes within the time; the first bytes end it."""
        if self.eof or not select.select([self.line.socket], [], [],
                                         seconds)[0]:
            return
        try:
            self.rest += self.line.receive()
        except (EOFError, OSError):
            self.eof = True
        while len(self.rest) >= 9:
            size = struct.unpack(">I", b"\0" + self.rest[:3])[0]
            if len(self.rest) < 9 + size:
                return
            kind, flags, number = struct.unpack(">BBI", self.rest[3:9])
            payload = self.rest[9:9 + size]
            self.rest = self.rest[9 + size:]
            self.take(kind, flags, number, payload)

    def take(self, kind, flags, number, payload):
        if len(payload) > self.frame_size:
            raise Wrong(f"a frame of {len(payload)} bytes")
        if kind == SETTINGS and flags & ACK:
            self.acks += 1
        elif kind == SETTINGS:
            self.send(frame(SETTINGS, ACK, 0))
        elif kind == PING:
            if flags & ACK:
                self.pongs.append(payload)
        elif kind == GOAWAY:
            self.goaway = struct.unpack(">II", payload[:8])
        elif kind in (DATA, HEADERS, RST):
            self.take_of_stream(kind, flags, self.streams[number], payload)

    def take_of_stream(self, kind, flags, stream, payload):
        if kind == RST:
            stream.reset = struct.unpack(">I", payload)[0]
            return
        if stream.ended:
            raise Wrong("a frame behind the end of its stream")
        if kind == HEADERS:
            stream.status = payload[0]
        else:
            stream.window -= len(payload)
            self.window -= len(payload)
            # An empty frame needs no window.
            if payload and (stream.window < 0 or self.window < 0):
                raise Wrong("more than the window allows")
            stream.sizes.append(len(payload))
            stream.bytes += payload
        if flags & END_STREAM:
            stream.ended = True

    def until(self, condition, what, seconds=60):
        limit = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > limit:
                raise Wrong("not so: " + what)
            self.pump()
