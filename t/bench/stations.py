"""Many stations in one polled document."""

import json
import os
import re
import subprocess
import time

import figures
from bench import load_command, wrong
from figures import show
from http_client import get
from servers import BUILD, wait_for


def document(count, changed=()):
    """Icecast's status-json.xsl with `count` mounts."""
    return json.dumps({"icestats": {
        "admin": "admin@example.com", "host": "localhost",
        "location": "Earth", "server_id": "Icecast 2.4.4",
        "server_start_iso8601": "2026-01-01T00:00:00+0000",
        "source": [{
            "audio_info": "channels=2;samplerate=44100;bitrate=128",
            "bitrate": 128, "genre": "various", "listener_peak": 10,
            "listeners": 10, "listenurl": f"http://localhost:8000/s{i}",
            "server_description": f"The station number {i} of many",
            "server_name": f"Station {i}", "server_type": "audio/mpeg",
            "stream_start_iso8601": "2026-01-01T00:00:00+0000",
            "title": f"#{1 if i in changed else 0:06d}# Some song of {i}",
            "dummy": None} for i in range(count)]}})


def put(path, text):
    with open(path + ".new", "w") as f:
        f.write(text)
    os.rename(path + ".new", path)


def watch(server, seconds):
    """CPU us, wake-ups and memory growth (bytes) a second of a worker."""
    def look():
        cpu = switches = size = 0
        for pid in server.pids:
            with open(f"/proc/{pid}/schedstat") as f:
                cpu += int(f.read().split()[0]) / 1e3
            with open(f"/proc/{pid}/status") as f:
                switches += int(re.search(
                    r"^voluntary_ctxt_switches:\s+(\d+)", f.read(),
                    re.M).group(1))
            with open(f"/proc/{pid}/smaps_rollup") as f:
                size += int(re.search(r"^Pss:\s+(\d+)", f.read(),
                                      re.M).group(1)) * 1024
        return cpu, switches, size
    before, start = look(), time.monotonic()
    time.sleep(seconds)  # the span of time is what is measured
    after, span = look(), time.monotonic() - start
    return [(b - a) / span for a, b in zip(before, after)]


def stations_run(bench, count, clients, seconds):
    path = os.path.join(BUILD, "stations.json")
    put(path, document(count))
    source = f"""        location = /source {{
            internal;
            default_type application/json;
            alias {path};
            onair_poll interval=1s zone=bench;
        }}"""
    server = bench.start("onair", "ws", pin=0, source=source, station="s{}",
                         zone="    onair_zone bench:64m stations=1100 "
                              "history=2;")
    if server is None:
        return None
    server.check = "marker"
    with server:
        wait_for(lambda: b"#000000#" in get(server.port,
                                            f"/live/s{count - 1}"),
                 20, "state of the last station")
        holder = subprocess.Popen(
            [*load_command(server, clients, 0, 8, 1), "--hold",
             "--stations", str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def stat(word="stat"):
            holder.stdin.write(word + "\n")
            holder.stdin.flush()
            return json.loads(holder.stdout.readline())
        opened = json.loads(holder.stdout.readline())["open"]
        watch(server, 3)  # the first polls after the connecting
        quiet = watch(server, seconds)
        before = stat()
        put(path, document(count, {min(7, count - 1)}))
        start = time.monotonic()
        want = clients // count
        try:
            wait_for(lambda: stat()["delivered"] >= want, 10, "change")
        except RuntimeError as why:
            bench.failed.append(f"stations: {why}")
        took = time.monotonic() - start
        watch(server, 2)  # nobody else may get anything in the next polls
        after = stat()
        holder.communicate("quit\n")
        for line in server.complaints():
            bench.failed.append(f"stations: {line.strip()}")
    if opened != clients or after["delivered"] != want or \
            wrong([{"verdicts": after}]):
        bench.failed.append(f"stations: {opened} open, {after}")
    return quiet, after["delivered"], after["extra"], \
        before["bytes"], took, len(document(count))


def stations(bench):
    seconds = 10
    rows = []
    for count, clients in ((1, 10), (1000, bench.pick("clients", 10000))):
        run = stations_run(bench, count, clients, seconds)
        if run is None:
            return "### Many stations in one document\n\nNot measured.\n"
        (cpu, switches, growth), delivered, extra, _, took, size = run
        bench.values.update({f"{count}/told": delivered,
                             f"{count}/otherwise": extra,
                             f"{count}/growth": growth / max(clients, 1)})
        rows.append([f"{count:,}", f"{clients:,}", f"{size:,}", show(cpu),
                     show(switches), show(growth, 0), delivered, extra,
                     show(took, 2)])
    return ("### Many stations in one document\n\nOne document polled every "
            f"second, unchanged for {seconds} s, then one station's title "
            "changes: only its subscribers may be told.\n\n" +
            figures.table(["stations", "subscribers", "document bytes",
                           "CPU us/poll, all in", "wake-ups/s", "memory "
                           "growth bytes/s", "told of the change",
                           "told otherwise", "s until told"], rows))
