"""What permessage-deflate saves and costs."""

import glob
import json
import os
import re
import struct
import zlib

import figures
from bench import MESSAGE
from figures import median, show, spread
from http_client import WebSocket, post
from servers import ROOT


def titles():
    """Texts of real stations, from the captured documents."""
    found = []
    for path in sorted(glob.glob(os.path.join(ROOT, "t", "fixtures", "**",
                                              "*.json"), recursive=True)):
        with open(path, "rb") as f:
            text = f.read().decode("utf-8", "replace")
        for match in re.findall(r'"(?:title|text)":\s*("(?:[^"\\]|\\.)+")',
                                text):
            try:
                title = json.loads(match, strict=False)
            except ValueError:
                continue
            if 8 < len(title) < 120 and title.isprintable() and \
                    (not found or title != found[-1]):
                found.append(title)
    return list(dict.fromkeys(found))


def pack_head(length, kinds):
    """MessagePack's head of something; kinds: (most, first byte, bytes)."""
    for most, first, width in kinds:
        if length <= most:
            return bytes([first]) + length.to_bytes(width, "big") \
                if width else bytes([first | length])
    raise ValueError(length)


def pack(value):
    """The same value in MessagePack."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return pack_head(value, ((127, 0, 0), (255, 0xcc, 1), (65535, 0xcd, 2),
                                 (2 ** 32 - 1, 0xce, 4),
                                 (2 ** 64 - 1, 0xcf, 8)))
    if isinstance(value, float):
        return b"\xcb" + struct.pack("!d", value)
    if isinstance(value, str):
        data = value.encode()
        return pack_head(len(data), ((31, 0xa0, 0), (255, 0xd9, 1),
                                     (65535, 0xda, 2))) + data
    if isinstance(value, list):
        return pack_head(len(value), ((15, 0x90, 0), (65535, 0xdc, 2))) + \
            b"".join(map(pack, value))
    return pack_head(len(value), ((15, 0x80, 0), (65535, 0xde, 2))) + \
        b"".join(pack(name) + pack(v) for name, v in value.items())


def shortened(value):
    """The same with member names of one letter."""
    if isinstance(value, dict):
        return {chr(97 + i): shortened(v)
                for i, v in enumerate(value.values())}
    return list(map(shortened, value)) if isinstance(value, list) else value


def squeeze(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)
    return packed[:-4]  # the end that permessage-deflate leaves out


def dense(value):
    return json.dumps(value, ensure_ascii=False,
                      separators=(",", ":")).encode()


FORMS = {
    "JSON, as it is sent": lambda t, v: t,
    "the same, deflated": lambda t, v: squeeze(t),
    "JSON, names of one letter": lambda t, v: dense(shortened(v)),
    "MessagePack": lambda t, v: pack(v),
    "MessagePack, names of one letter": lambda t, v: pack(shortened(v)),
    "the same, deflated too": lambda t, v: squeeze(pack(shortened(v))),
    "JSON without history": lambda t, v: dense({**v, "history": []}),
    "the text alone (`onair_format title`)":
        lambda t, v: v["now"]["text"].encode(),
}


def forms(snapshots):
    """A table: what other forms of the same snapshots would take."""
    rows = []
    for name, form in FORMS.items():
        sizes = [len(form(text, json.loads(text))) for text in snapshots]
        rows.append([name, show(median(sizes), 0), spread(sizes, 0)])
    return figures.table(["form of the same snapshots", "bytes",
                          "least to most"], rows)


def deflate(bench):
    zone = "    onair_zone bench:4m stations=8;"
    server = bench.start("onair", "ws", pin=0, deflate=True, zone=zone)
    if server is None:
        return "### Deflate\n\nNot measured.\n"
    sizes = {False: [], True: []}
    snapshots = []
    with server:
        post(server.control, "/publish", b'{"title":"first"}',
             "application/json")
        clients = {on: WebSocket(server.port, "/live/bench", on)
                   for on in sizes}
        for on, client in clients.items():
            client.receive()
            client.socket.settimeout(3)
            if client.deflate != on:
                bench.failed.append(f"deflate: agreed: {client.deflate}")
        for title in titles()[:200]:
            post(server.control, "/publish",
                 json.dumps({"title": title}).encode(), "application/json")
            texts = []
            for on, client in clients.items():
                try:
                    text, wire = client.receive()
                except TimeoutError:
                    break  # once repaired it was what was there before
                texts.append(json.loads(text)["now"]["text"])
                if not on:
                    snapshots.append(text)
                sizes[on].append(wire)
            if texts[:1] != texts[1:]:
                bench.failed.append(f"deflate: {texts}")
        for client in clients.values():
            client.close()
    rounds = bench.pick("rounds", 3)
    n = bench.pick("clients", 10000)
    cost = {on: [] for on in sizes}
    for _ in range(rounds):
        for on in cost:
            report = bench.trial("onair", "ws", n, 20,
                                 ["--deflate"] if on else [], deflate=True)
            if report:
                cost[on].append(report["cpu_us_per_delivery"])
    rows = [["yes" if on else "no", show(median(sizes[on]), 0),
             spread(sizes[on], 0), show(median(cost[on])), spread(cost[on])]
            for on in sizes]
    return (f"### Deflate\n\n{len(sizes[True])} snapshots with a history of 10 "
            "made of titles that real stations sent; bytes a message on the "
            f"wire with its frame. CPU with {n:,} subscribers and messages of "
            f"{MESSAGE} bytes before compression, medians of {rounds}.\n\n" +
            figures.table(["deflate", "bytes", "least to most",
                           "CPU us/delivery", "least to most"], rows) +
            "\n" + forms(snapshots))
