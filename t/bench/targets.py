"""What must be reached, beside what was found.

Each command keeps its figures in build/bench/COMMAND.json; a row here says
which figure of which command must not be above what. The slack is by what a
figure may be off on a shared machine before it is a failure."""

import json
import os

import figures
from figures import over_floor, show
from servers import BUILD

COUNT, SIZE, CPU, TIME, EXACT = 1.0, 1.0, 1.25, 1.3, 1.0

ROWS = [
    # what, command, key, at most, slack, digits
    ("instructions a delivery, WebSocket", "instructions", "onair/ws", 200,
     COUNT, 0),
    ("instructions a delivery, SSE", "instructions", "onair/sse", 210, COUNT,
     0),
    ("instructions an answer to a long poll, over nginx's `empty_gif`",
     "longpoll", "over nginx", 1.5, COUNT, 2),
    ("system calls a delivery, WebSocket", "syscalls", "onair/ws", 1.02,
     COUNT, 3),
    ("system calls a delivery, SSE", "syscalls", "onair/sse", 1.02, COUNT, 3),
    ("CPU a delivery over the floor's, WebSocket", "quick", "cpu/ws", 1.25,
     CPU, 2),
    ("CPU a delivery over the floor's, SSE", "quick", "cpu/sse", 1.30, CPU, 2),
    ("change to last of 10,000 over the floor's, WebSocket", "quick",
     "last/ws", 1.3, TIME, 2),
    ("change to last of 10,000 over the floor's, SSE", "quick", "last/sse",
     1.3, TIME, 2),
    ("bytes of an idle subscriber, WebSocket", "memory", "onair/ws", 1100,
     SIZE, 0),
    ("bytes of an idle subscriber, SSE", "memory", "onair/sse", 1100, SIZE, 0),
    ("the same over TLS, WebSocket", "memory-tls", "onair/ws", 15000, SIZE, 0),
    ("the same over TLS, SSE", "memory-tls", "onair/sse", 15000, SIZE, 0),
    ("CPU a handshake over the floor's, WebSocket", "storm", "connect/ws",
     1.5, CPU, 2),
    ("CPU a handshake over the floor's, SSE", "storm", "connect/sse", 1.5,
     CPU, 2),
    ("bytes of a listener over HTTP/2 and TLS", "http2", "idle/onair", 27500,
     SIZE, 0),
    ("bytes of a further stream of its connection", "http2", "further/onair",
     3700, SIZE, 0),
    ("instructions a delivery over HTTP/2, over HTTP/1.1's and TLS", "http2",
     "instructions/onair, HTTP/2", 1.06, COUNT, 2),
    ("CPU of the same", "http2", "cpu/onair, HTTP/2", 1.15, CPU, 2),
    ("CPU of the same, ten streams of a connection", "http2",
     "cpu/onair, HTTP/2, ten streams", 0.25, CPU, 2),
    ("CPU a delivery to AzuraCast's players over our own's, SSE", "azuracast",
     "cpu/sse", 1.1, CPU, 2),
    ("the same, WebSocket", "azuracast", "cpu/ws", 1.1, CPU, 2),
    ("bytes of an idle one over our own's, SSE", "azuracast", "idle/sse", 1.1,
     SIZE, 2),
    ("the same, WebSocket", "azuracast", "idle/ws", 1.1, SIZE, 2),
    ("lost, doubled, reordered or altered, AzuraCast's", "azuracast",
     "wrong/sse", 0, EXACT, 0),
    ("lost, doubled, reordered or altered, WebSocket", "quick", "wrong/ws", 0,
     EXACT, 0),
    ("the same, SSE", "quick", "wrong/sse", 0, EXACT, 0),
    ("the same, of 1,000,000 to 100,000 subscribers", "hundred-k",
     "onair/wrong", 0, EXACT, 0),
    ("off the straight line in subscribers, WebSocket, %", "scale",
     "onair/ws", 10, COUNT, 1),
    ("off the straight line in subscribers, SSE, %", "scale", "onair/sse", 10,
     COUNT, 1),
    ("told of another station's change, of 9,990", "stations",
     "1000/otherwise", 0, EXACT, 0),
    ("pairs not connected or mixed up, of 5,000 at once", "signalling",
     "wrong", 0, EXACT, 0),
    ("ms until a data channel, private mode, WebSocket", "web-client",
     "private/ws", 50, TIME, 1),
    ("CPU a delivery in a room over the floor's", "rooms", "floor", 1.15, CPU,
     2),
    ("the same, collected for 100 ms", "rooms", "window", 0.45, CPU, 2),
    ("the same, at once, over Nchan's", "rooms", "nchan", 1, CPU, 2),
    ("over npm ws's", "rooms", "node-ws", 0.5, CPU, 2),
    ("over socket.io's", "rooms", "socket.io", 0.5, CPU, 2),
    ("bytes of an idle member, of 10,000", "rooms", "idle", 1000, SIZE, 0),
    ("lost, doubled, reordered or altered in rooms", "rooms", "wrong", 0,
     EXACT, 0),
    ("p50 of a message in a room that others flood, over that without them",
     "hostile", "p50", 1.25, TIME, 2),
    ("the same, p99", "hostile", "p99", 1.25, TIME, 2),
    ("CPU a listener-second over Icecast's", "listen", "relay/icecast", 0.4,
     CPU, 2),
    ("the same over that of nginx as its proxy", "listen", "relay/proxy", 0.25,
     CPU, 2),
    ("the same over the floor's", "listen", "relay/floor", 1.3, CPU, 2),
    ("bytes of a listener", "listen", "relay/memory", 700, SIZE, 0),
    ("listeners that ran dry", "listen", "relay/late", 0, EXACT, 0),
    ("the engine's CPU a message over PUBLISH alone, 1 machine", "machines",
     "publish/1", 1.3, CPU, 2),
    ("the same, 2 machines", "machines", "publish/2", 1.3, CPU, 2),
    ("the same, 6 machines", "machines", "publish/6", 1.3, CPU, 2),
    ("ms that an engine adds until a message is shown, p50", "machines",
     "added", 1, TIME, 2),
    ("growth a second and subscriber, nothing changed, bytes", "stations",
     "1000/growth", 1, COUNT, 1),
]


def keep(command, values):
    if values:
        with open(os.path.join(BUILD, f"{command}.json"), "w") as f:
            json.dump(values, f, indent=1)


def kept(command):
    try:
        with open(os.path.join(BUILD, f"{command}.json")) as f:
            return json.load(f)
    except OSError:
        return {}


def judged(bench, of=None):
    """The rows of these commands (all when None) with their verdicts."""
    rows = []
    for what, command, key, most, slack, digits in ROWS:
        if of is not None and command not in of:
            continue
        value = kept(command).get(key)
        if value is None:
            rows.append([what, f"{most:,}", "not measured", "-"])
            continue
        if command == "scale":
            value *= 100
        met = value <= most
        if not met and value > most * slack:
            bench.failed.append(f"targets: {what}: {value} over {most}")
        found = over_floor(value) if "over the floor's" in what \
            else show(value, digits)
        rows.append([what, f"{most:,}", found,
                     "yes" if met else "no"])
    return figures.table(["what", "at most", "found", "met"],
                         rows) if rows else ""


def targets(bench):
    return "### What must be reached\n\n" + judged(bench)
