"""The few HTTP and WebSocket requests the bench makes itself."""

import base64
import http.client
import os
import socket
import ssl
import struct
import zlib


def request(method, port, path, body=None, kind=None, tls=False):
    if tls:
        context = ssl._create_unverified_context()
        c = http.client.HTTPSConnection("127.0.0.1", port, context=context)
    else:
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    c.request(method, path, body, {"Content-Type": kind} if kind else {})
    answer = c.getresponse()
    text = answer.read()
    c.close()
    if answer.status // 100 != 2:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]}")
    return text


def post(port, path, body, kind):
    return request("POST", port, path, body, kind)


def get(port, path, tls=False):
    return request("GET", port, path, tls=tls)


class WebSocket:
    """Receives frames and says how many bytes each was on the wire."""

    def __init__(self, port, path, deflate):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        key = base64.b64encode(os.urandom(16)).decode()
        offer = ("Sec-WebSocket-Extensions: permessage-deflate; "
                 "server_no_context_takeover; client_no_context_takeover\r\n"
                 if deflate else "")
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n{offer}"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(head.decode())
        self.deflate = b"permessage-deflate" in head

    def more(self):
        part = self.socket.recv(65536)
        if not part:
            raise RuntimeError("the server closed the connection")
        return part

    def take(self, size):
        while len(self.rest) < size:
            self.rest += self.more()
        part, self.rest = self.rest[:size], self.rest[size:]
        return part

    def receive(self):
        """(text, bytes on the wire) of the next text message."""
        while True:
            first, length = self.take(2)
            wire = 2
            if length == 126:
                length, wire = struct.unpack("!H", self.take(2))[0], 4
            elif length == 127:
                length, wire = struct.unpack("!Q", self.take(8))[0], 10
            data = self.take(length)
            if first & 15 == 1:
                break
        if first & 0x40:
            data = inflate(data)
        return data, wire + length

    def close(self):
        self.socket.close()


def inflate(data):
    return zlib.decompressobj(-15).decompress(data + b"\0\0\xff\xff")
