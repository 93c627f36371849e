#!/usr/bin/env python3
"""usage: soak.py SECONDS DIR

Listeners come and go, titles change, nginx is reloaded; all the while the
memory of the workers and of the master, the stations in the zone and the open
descriptors are looked at. After a time to warm up none of them may grow with
what was done. DIR/soak.svg shows them, DIR/soak.csv has the figures.
"""
import asyncio
import ctypes
import json
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "chaos"))
from nginx import Nginx  # noqa: E402
from source import Source  # noqa: E402
from clients import Crowd, ask, ws_frame, ws_request  # noqa: E402

# What may still be added after a third of the time: measuring noise and the
# allocator's own ways, per worker.
GROWTH_KB = 1024


def memory_of(pid):
    """KB that this process has for itself (shared memory not counted)."""
    fields = {}
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                name, _, value = line.partition(":")
                fields[name] = value.split()
    except OSError:
        return 0
    return int(fields["RssAnon"][0])


def descriptors_of(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


async def visitor(port):
    """Comes, does something, and goes, in one of the ways one can go."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        kind = random.randrange(5)
        if kind == 0:
            writer.write(ws_request("/live/rock"))
        elif kind == 1:
            writer.write(ws_request(
                "/live/rock", "Sec-WebSocket-Extensions: permessage-deflate"
                "\r\n"))
        elif kind == 2:
            writer.write(b"GET /live/?stations=* HTTP/1.1\r\nHost: x\r\n"
                         b"Accept: text/event-stream\r\n\r\n")
        elif kind == 3:
            writer.write(b"GET /live/jazz?wait=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        else:
            writer.write(b"GET /live/unknown%d HTTP/1.1\r\nHost: x\r\n"
                         b"Accept: text/event-stream\r\n\r\n"
                         % random.randrange(10**9))
        await asyncio.wait_for(reader.read(100), 3)
        if kind < 2:
            writer.write(ws_frame(1, b'{"subscribe":["jazz","nobody%d"]}'
                                  % random.randrange(10**9)))
        await asyncio.sleep(random.uniform(0, 1))
        if kind == 0 and random.random() < 0.5:
            writer.write(ws_frame(8, b"\x03\xe8"))
            await asyncio.wait_for(reader.read(), 3)
        if random.random() < 0.5:
            writer.transport.abort()
        else:
            writer.close()
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        pass


def plot(path, rows, columns):
    """One strip a column over time, each scaled to itself."""
    width, height, gap = 900, 110, 34
    end = rows[-1][0] or 1
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 40}" '
           f'height="{(height + gap) * len(columns) + 20}" '
           'font-family="sans-serif" font-size="13">']
    for i, name in enumerate(columns):
        values = [row[i + 1] for row in rows]
        top = max(values) or 1
        y0 = gap + i * (height + gap)
        points = " ".join(
            f"{20 + width * row[0] / end:.1f},"
            f"{y0 + height - height * row[i + 1] / top:.1f}" for row in rows)
        out.append(f'<text x="20" y="{y0 - 6}">{name}: 0 to {top}, last '
                   f'{values[-1]}</text>')
        out.append(f'<rect x="20" y="{y0}" width="{width}" height="{height}" '
                   'fill="none" stroke="#ccc"/>')
        out.append(f'<polyline points="{points}" fill="none" '
                   'stroke="#06c" stroke-width="1.5"/>')
    out.append("</svg>")
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


async def soak(seconds, directory):
    source = Source()
    await source.start()
    nginx = Nginx(source)
    nginx.write(workers=2)
    nginx.start()
    crowd = Crowd()
    rows = []
    visits = 0
    reloads = 0
    try:
        port = nginx.port
        while len(nginx.workers()) < 2:
            await asyncio.sleep(0.05)
        crowd.add(60, port, "/live/rock")
        began = time.monotonic()
        next_look = next_reload = 0.0
        visiting = set()
        while (at := time.monotonic() - began) < seconds:
            source.number += 1
            while len(visiting) < 40:
                visits += 1
                task = asyncio.ensure_future(visitor(port))
                visiting.add(task)
                task.add_done_callback(visiting.discard)
            # The last third without reloads: each worker's own growth.
            if next_reload <= at < seconds / 3:
                os.kill(nginx.master, signal.SIGHUP)
                reloads += 1
                next_reload = at + max(2.0, seconds / 30)
            if at >= next_look and not nginx.leaving():
                next_look = at + max(0.5, seconds / 200)
                workers = nginx.workers()
                zone = json.loads((await ask(port, "/status"))[2])["zones"][0]
                if workers:
                    rows.append((round(at, 1),
                                 max(memory_of(p) for p in workers),
                                 memory_of(nginx.master),
                                 max(descriptors_of(p) for p in workers),
                                 descriptors_of(nginx.master),
                                 zone["stations"]))
            await asyncio.sleep(0.1)
        for task in list(visiting):
            task.cancel()
    finally:
        await crowd.stop()
        nginx.end()
    return rows, visits, reloads


def main():
    seconds, directory = float(sys.argv[1]), sys.argv[2]
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    os.makedirs(directory, exist_ok=True)
    rows, visits, reloads = asyncio.run(soak(seconds, directory))
    columns = ["memory of the largest worker, KB", "memory of the master, KB",
               "descriptors of a worker", "descriptors of the master",
               "stations in the zone"]
    with open(directory + "/soak.csv", "w") as file:
        file.write("seconds," + ",".join(columns).replace(", KB", " KB") +
                   "\n")
        for row in rows:
            file.write(",".join(map(str, row)) + "\n")
    plot(directory + "/soak.svg", rows, columns)

    def mean(column, low, high):
        part = [r[column + 1] for r in rows
                if low * seconds <= r[0] <= high * seconds]
        return sum(part) / len(part)

    print(f"soak: {seconds:.0f} s, {visits} visits, {reloads} reloads, plot "
          f"in {directory}/soak.svg")
    bad = 0
    for column, limit in ((0, GROWTH_KB), (1, 2 * GROWTH_KB), (2, 25),
                          (3, 5), (4, 0)):
        # The master's part is told over the reloads, the worker's after them.
        spans = ((0.1, 0.2), (0.25, 0.33)) if column in (1, 3) else \
            ((0.45, 0.6), (0.85, 1.0))
        first, last = mean(column, *spans[0]), mean(column, *spans[1])
        grown = last - first
        verdict = "ok" if grown <= limit else "GROWS"
        bad += verdict != "ok"
        print(f"soak: {columns[column]}: {first:.0f} -> {last:.0f} {verdict}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
