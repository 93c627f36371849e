"""HTTP/2 as far as a client needs it that wants to misbehave: frames by hand,
headers as literals, no table and no Huffman."""
import struct

DATA, HEADERS, RST, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
END_STREAM, END_HEADERS = 1, 4


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) +
            struct.pack(">I", stream) + payload)


def settings(window):
    """SETTINGS_INITIAL_WINDOW_SIZE alone."""
    return frame(SETTINGS, 0, 0, struct.pack(">HI", 4, window))


def window_update(stream, more):
    return frame(WINDOW, 0, stream, struct.pack(">I", more))


def reset(stream, code=8):
    return frame(RST, 0, stream, struct.pack(">I", code))


def goaway():
    return frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0))


def literal(name, value):
    name, value = name.encode(), value.encode()
    return (b"\0" + bytes([min(len(name), 126)]) + name[:126] +
            bytes([min(len(value), 126)]) + value[:126])


def headers(stream, path, fields, method="GET", end=True):
    block = b"".join(literal(*field) for field in [
        (":method", method), (":scheme", "http"), (":path", path),
        (":authority", "localhost"), *fields])
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream,
                 block)
