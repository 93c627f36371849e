"""A server that breaks its word in one way, to see the generator notice.

Each mode is one fault, suffered by one client; `honest` has none and `cut`
sends every message in three pieces.
"""

import contextlib
import socket
import struct
import threading
import time

MODES = {"honest": None, "cut": None, "doubled": "doubled", "lost": "lost",
         "reordered": "reordered", "malformed": "malformed", "gone": "gone",
         "refused": "failed"}
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # of RFC 6455's sample key


class Liar:
    def __init__(self, transport, mode):
        self.name, self.transport, self.mode = f"liar {mode}", transport, mode
        self.check = "verbatim"
        self.pids = []
        self.clients, self.held = [], b""
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.control = socket.create_server(("127.0.0.1", 0))
        for loop in (self.accept, self.obey):
            threading.Thread(target=loop, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/"

    def publish_url(self):
        return f"tcp://127.0.0.1:{self.control.getsockname()[1]}"

    def text_size(self, size):
        return size

    def accept(self):
        while True:
            client = self.listener.accept()[0]
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.recv(4096)
            if self.mode == "refused" and not self.clients:
                self.clients.append(client)
                client.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
                continue
            client.sendall((
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}"
                if self.transport == "ws" else
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                "Content-Type: text/event-stream").encode() + b"\r\n\r\n")
            self.clients.append(client)

    def obey(self):
        publisher = self.control.accept()[0].makefile("rb")
        number = 0
        while head := publisher.read(4):
            number += 1
            text = publisher.read(struct.unpack("!I", head)[0])
            self.tell(number, text)

    def wrap(self, text):
        if self.transport == "ws":
            return b"\x81\x7e" + struct.pack("!H", len(text)) + text
        event = b"id: 1\ndata: " + text + b"\n\n"
        return b"%x\r\n%s\r\n" % (len(event), event)

    def tell(self, number, text):
        message = self.wrap(text)
        victim = self.clients[0]
        for client in self.clients:
            sent = message
            if client is victim and number == 2:
                sent = self.twist(client, text, message)
            if client is victim and number == 3 and self.held:
                sent = message + self.held
            if self.mode == "cut":
                for piece in (sent[:5], sent[5:40], sent[40:]):
                    client.sendall(piece)
                    time.sleep(0.002)  # so that each is read on its own
            elif sent:
                with contextlib.suppress(OSError):  # one of them is gone
                    client.sendall(sent)

    def twist(self, client, text, message):
        if self.mode == "doubled":
            return message * 2
        if self.mode == "reordered":
            self.held = message
            return b""
        if self.mode == "lost":
            return b""
        if self.mode == "malformed":
            return self.wrap(text[:-1] + b"?")
        if self.mode == "gone":
            client.shutdown(socket.SHUT_RDWR)
            return b""
        return message
