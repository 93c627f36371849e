"""What is measured: one function a command of run.py, each returns Markdown."""

import glob
import json
import os
import platform
import re
import signal
import subprocess
import time

import figures
import servers
from figures import median, ratio, show, spread
from http_client import WebSocket, get, post
from liar import MODES, Liar
from servers import BUILD, ROOT, Absent, wait_for

MESSAGE = 700


class Bench:
    """One command's run: its options, its trials, what went wrong."""

    def __init__(self, command, options):
        self.command, self.options = command, options
        self.failed = []
        self.absent = set()

    def pick(self, name, default):
        value = getattr(self.options, name)
        return default if value is None else value

    def kinds(self, *names):
        only = self.options.only
        return [(name, transport) for name in names
                if only is None or name in only
                for transport in servers.ALL[name].transports
                if name not in self.absent]

    def start(self, name, transport, **more):
        """A server, not yet running; None where it is absent."""
        try:
            return servers.ALL[name](transport, **more)
        except Absent as why:
            if name not in self.absent:
                print(f"without {name}: {why}", flush=True)
            self.absent.add(name)
            return None

    def load(self, server, clients, messages, extra=(), pin=None):
        """Runs the generator against a running server; its report."""
        out = os.path.join(BUILD, "report.json")
        if os.path.exists(out):
            os.remove(out)
        size = server.text_size(MESSAGE) if messages else 8
        command = load_command(server, clients, messages, size, pin)
        done = subprocess.run([*command, "--json", out, *extra], text=True,
                              capture_output=True)
        what = f"{self.command} {server.name} {server.transport} {clients}"
        if not os.path.exists(out):
            self.failed.append(f"{what}: {done.stderr.strip()}")
            return None
        with open(out) as f:
            report = json.load(f)
        if done.returncode != 0:
            self.failed.append(f"{what}: {report.get('error', '')} "
                               f"{report['verdicts']}")
        for line in getattr(server, "complaints", list)():
            self.failed.append(f"{what}: {line.strip()}")
        with open(os.path.join(BUILD, "trials.jsonl"), "a") as f:
            json.dump({"command": self.command, "server": server.name,
                       "transport": server.transport,
                       "workers": server.workers, "time": time.time(),
                       **report}, f)
            f.write("\n")
        return report

    def trial(self, name, transport, clients, messages, extra=(), workers=1,
              **more):
        """One server started, loaded and stopped; None without a report."""
        two = os.cpu_count() >= 2 and workers == 1
        server = self.start(name, transport, workers=workers,
                            pin=0 if two else None, **more)
        if server is None:
            return None
        with server:
            return self.load(server, clients, messages, extra,
                             1 if two else None)


def load_command(server, clients, messages, size, pin=None):
    command = ["taskset", "-c", str(pin)] if pin is not None else []
    command += [os.path.join(BUILD, "load"), "--transport", server.transport,
                "--url", server.url(), "--clients", str(clients),
                "--messages", str(messages), "--check", server.check,
                "--size", str(size)]
    if server.pids:
        command += ["--pids", ",".join(map(str, server.pids))]
    if messages:
        command += ["--publish", server.publish_url()]
    return command


def label(name, transport):
    words = {"ws": "WebSocket", "sse": "SSE", "longpoll": "long poll",
             "get": "GET"}
    return f"{name}, {words[transport]}"


def rounds_of(bench, kinds, rounds, **trial):
    """{kind: [report, ...]}; a round has each once, the order turns."""
    reports = {kind: [] for kind in kinds}
    for i in range(rounds):
        for kind in kinds[i % len(kinds):] + kinds[:i % len(kinds)]:
            if kind[0] in bench.absent:
                continue
            report = bench.trial(*kind, **trial)
            if report is not None:
                reports[kind].append(report)
                print(f"  round {i + 1}/{rounds} {label(*kind)}: "
                      f"{report.get('cpu_us_per_delivery', 0):.2f} us, steal "
                      f"{report.get('steal_percent', 0):.0f} %", flush=True)
    return {kind: all_ for kind, all_ in reports.items() if all_}


FAULTS = ("failed", "gone", "lost", "doubled", "reordered", "malformed")


def wrong(reports):
    return sum(r["verdicts"][key] for r in reports for key in FAULTS)


def fanout_table(reports, clients, messages, rounds, workers):
    def of(kind, get_):
        return [get_(r) for r in reports.get(kind, [])]

    def cost(r):
        return r.get("cpu_us_per_delivery")

    def last(r):
        return r["fanout_us"]["p50"] / 1e3

    def connect(r):
        return r["connect_cpu_us"][-1] / r["clients"]
    floor = ("floor", "ws")
    base = {f: median(of(floor, f)) for f in (cost, last, connect)}
    rows = []
    for kind, all_ in reports.items():
        def mid(f, kind=kind):
            return median(of(kind, f))

        def latency(key, all_=all_):
            return show(median([r["latency_us"][key] / 1e3 for r in all_]))
        rows.append([
            label(*kind),
            show(mid(cost)), show(ratio(mid(cost), base[cost]), 2),
            spread(of(kind, cost)),
            show(mid(lambda r: r.get("user_us_per_delivery"))),
            show(mid(last)), show(ratio(mid(last), base[last]), 2),
            " / ".join(latency(k) for k in ("p50", "p99", "p999", "max")),
            show(mid(lambda r: r.get("delivered_per_s"))),
            show(mid(connect)), show(ratio(mid(connect), base[connect]), 2),
            show(mid(lambda r: r["clients"] / r["connect_s"][-1])),
            show(mid(lambda r: r["idle_bytes"]), 0),
            wrong(all_)])
    return (f"{clients:,} subscribers, {messages} messages of about {MESSAGE} "
            f"bytes, the next when all have the last; {workers} worker"
            f"{'s' if workers > 1 else ''}; medians of {rounds} interleaved "
            "rounds; x is the ratio to the floor's WebSocket.\n\n" +
            figures.table(
                ["server", "CPU us/delivery", "x", "least to most",
                 "user us", "fan-out ms", "x",
                 "latency ms p50 / p99 / p99.9 / max", "delivered/s",
                 "CPU us/connect", "x", "connects/s", "bytes/idle",
                 "wrong"], rows))


def quick(bench):
    rounds = bench.pick("rounds", 5)
    clients = bench.pick("clients", 10000)
    messages = bench.pick("messages", 20)
    kinds = bench.kinds("floor", "onair", "nchan", "node-ws",
                        "python-websockets")
    reports = rounds_of(bench, kinds, rounds, clients=clients,
                        messages=messages)
    return "### Fan-out, one worker\n\n" + fanout_table(
        reports, clients, messages, rounds, 1)


def workers(bench):
    rounds = bench.pick("rounds", 5)
    clients = bench.pick("clients", 10000)
    messages = bench.pick("messages", 20)
    reports = rounds_of(bench, bench.kinds("floor", "onair", "nchan"), rounds,
                        clients=clients, messages=messages, workers=2)
    return ("### Fan-out, two workers\n\nNothing is pinned; the generator "
            "shares both cores. " +
            fanout_table(reports, clients, messages, rounds, 2))


def scale(bench):
    rounds = bench.pick("rounds", 5)
    messages = bench.pick("messages", 10)
    sizes = [1000, 5000, 10000, 19000]
    kinds = [(name, t) for name, t in
             bench.kinds("floor", "onair", "nchan", "node-ws") if t == "ws"]
    costs = {kind: {n: [] for n in sizes} for kind in kinds}
    for i in range(rounds):
        for n in sizes:
            for kind, report in rounds_of(bench, kinds, 1, clients=n,
                                          messages=messages).items():
                costs[kind][n].append(report[0].get("cpu_us_per_delivery"))
        print(f"  round {i + 1}/{rounds} of all sizes", flush=True)
    rows, series = [], {}
    for kind in kinds:
        points = [(n, median(costs[kind][n]) * n / 1e3)
                  for n in sizes if costs[kind][n]]
        if len(points) < 2:
            continue
        series[kind[0]] = points
        _, each, off = figures.line_fit(points)
        rows.append([label(*kind)] +
                    [show(y * 1e3 / n, 2) for n, y in points] +
                    [show(each * 1e3, 2), show(off * 100) + " %"])
    with open(os.path.join(BUILD, "scale.svg"), "w") as f:
        f.write(figures.plot(series, "CPU of one message to all subscribers",
                             "subscribers", "CPU, ms"))
    return ("### Cost against subscribers\n\nCPU us a delivery, WebSocket, one "
            f"worker, medians of {rounds} rounds. The last column is the "
            "largest distance of a point from the straight line through all, "
            "as a share of the largest cost.\n\n" +
            figures.table(["server"] + [f"{n:,}" for n in sizes] +
                          ["us each, by the line", "off the line"], rows) +
            "\n![CPU of one message against subscribers](performance.svg)\n")


def counted(bench, count, clients):
    """Rows of a count that a longer run has more of than a shorter one."""
    rows, base = [], None
    for kind in bench.kinds("floor", "onair", "nchan"):
        runs = {n: count(*kind, n) for n in (10, 30)}
        if None in runs.values():
            continue
        each = (runs[30] - runs[10]) / (20 * clients)
        if kind == ("floor", "ws"):
            base = each
        rows.append([label(*kind), each, ratio(each, base)])
        print(f"  {label(*kind)}: {each:.3f}", flush=True)
    return rows


def instructions(bench):
    clients = bench.pick("clients", 1000)

    def count(name, transport, messages):
        server = bench.start(name, transport, wrap=[
            "valgrind", "--tool=callgrind", "--trace-children=yes",
            f"--callgrind-out-file={BUILD}/callgrind.out.%p"])
        if server is None:
            return None
        with server:
            report = bench.load(server, clients, messages,
                                ["--timeout", "120", "--underway", "64"])
            pids = server.pids
        total = 0
        for pid in pids:
            path = os.path.join(BUILD, f"callgrind.out.{pid}")
            with open(path) as f:
                total += int(re.search(r"^(?:totals|summary): (\d+)",
                                       f.read(), re.M).group(1))
        for path in glob.glob(os.path.join(BUILD, "callgrind.out.*")):
            os.remove(path)
        return total if report else None
    rows = counted(bench, count, clients)
    return ("### Instructions\n\nUser-space instructions a delivered message, "
            f"{clients:,} subscribers: callgrind's totals of 30 messages less "
            "those of 10, over what 20 messages deliver.\n\n" +
            figures.table(["server", "instructions/delivery", "x floor"],
                          [[n, show(v, 0), show(x)] for n, v, x in rows]))


def syscalls(bench):
    clients = bench.pick("clients", 1000)

    def count(name, transport, messages):
        server = bench.start(name, transport)
        if server is None:
            return None
        with server:
            out = os.path.join(server.dir, "strace")
            command = ["strace", "-c", "-f", "-o", out]
            for pid in server.pids:
                command += ["-p", str(pid)]
            tracer = subprocess.Popen(command, stderr=subprocess.PIPE,
                                      text=True)
            tracer.stderr.readline()  # "strace: Process N attached"
            try:
                report = bench.load(server, clients, messages,
                                    ["--underway", "64"])
            finally:
                tracer.send_signal(signal.SIGINT)
                tracer.wait()
            with open(out) as f:
                total = re.search(r"^100\.00 .*", f.read(), re.M).group(0)
        words = total.split()
        return int(words[3]) if report else None
    rows = counted(bench, count, clients)
    return ("### System calls\n\nSystem calls a delivered message, "
            f"{clients:,} subscribers: strace -c of 30 messages less that of "
            "10, over what 20 messages deliver.\n\n" +
            figures.table(["server", "calls/delivery", "x floor"],
                          [[n, show(v, 3), show(x, 3)] for n, v, x in rows]))


def memory(bench):
    clients = bench.pick("clients", 10000)
    rows = []

    def measure(kind, n, **more):
        server = bench.start(*kind, pin=0, **more)
        if server is None:
            return
        reports = []
        with server:
            for first in (1, 11, 21):
                report = bench.load(server, n, 10, ["--first", str(first)], 1)
                if report is None:
                    return
                reports.append(report)
        start = reports[0]["memory_before"]
        left = [(r["memory_before"] + r["left_bytes"][-1] - start) / n
                for r in reports]
        rows.append([label(*kind) + (", TLS" if more.get("tls") else ""),
                     f"{n:,}", show(reports[0]["idle_bytes"], 0),
                     show(reports[0]["busy_bytes"], 0),
                     ", ".join(show(b, 0) for b in left)])
    for kind in bench.kinds("floor", "onair", "nchan", "node-ws",
                            "python-websockets"):
        measure(kind, clients)
    for kind in bench.kinds("onair", "nchan"):
        measure(kind, min(clients, 2000), tls=True)
    return ("### Memory\n\nProportional set size (PSS) of the worker over that "
            "before the first subscriber came, bytes a subscriber. Three "
            "times all connect, get 10 messages and leave; the allocator may "
            "keep what they leave, but it must not grow.\n\n"
            + figures.table(["server", "subscribers", "idle", "after messages",
                             "after all left, three times"], rows))


def storm(bench):
    clients = bench.pick("clients", 10000)
    rounds = bench.pick("rounds", 3)
    kinds = bench.kinds("nginx-return", "floor", "onair", "nchan", "node-ws")
    kinds = [kind for kind in kinds if kind[1] != "longpoll"]
    reports = rounds_of(bench, kinds, rounds, clients=clients, messages=0,
                        extra=["--cycles", "5", "--underway", "1024"])
    rows, base = [], None
    for kind, all_ in reports.items():
        each = median([us / clients for r in all_
                       for us in r["connect_cpu_us"]])
        left = median([us / clients for r in all_ for us in r["drop_cpu_us"]])
        if base is None:
            base = each
        rows.append([label(*kind), show(median(
            [clients / s for r in all_ for s in r["connect_s"]])),
            show(each), show(ratio(each, base), 2), show(left),
            show(median([r["handshake_us"]["p99"] / 1e3 for r in all_])),
            wrong(all_)])
    return ("### Connection storm\n\n"
            f"{clients:,} connect, 1,024 under way at once, then all leave; "
            f"five times a round, {rounds} rounds, medians. x is the ratio to "
            "the first row, whose clients send one request and get `return "
            "200`.\n\n" +
            figures.table(["server", "connects/s", "CPU us/connect", "x",
                           "CPU us/leave", "handshake p99 ms", "wrong"],
                          rows))


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


def self_check(bench):
    """The generator must notice every fault, and only faults."""
    rows = []
    for transport in ("ws", "sse"):
        for mode, verdict in MODES.items():
            liar = Liar(transport, mode)
            out = os.path.join(BUILD, "report.json")
            subprocess.run([*load_command(liar, 5, 4, 200), "--rate", "100",
                            "--timeout", "0.5", "--json", out])
            with open(out) as f:
                report = json.load(f)
            noticed = [key for key in FAULTS if report["verdicts"][key]]
            right = (bool(report["clean"]) == (verdict is None) and
                     (verdict in noticed if verdict else not noticed))
            rows.append([transport, mode, ", ".join(noticed) or "-",
                         "yes" if right else "NO"])
            if not right:
                bench.failed.append(f"self-check: {transport} {mode} gave "
                                    f"{report['verdicts']}")
    return ("### The generator's own check\n\nA server that lies in one way "
            "to one of five clients.\n\n" +
            figures.table(["transport", "lie", "noticed", "right"], rows))


def deflate(bench):
    zone = "    onair_zone bench:4m stations=8;"
    server = bench.start("onair", "ws", pin=0, deflate=True, zone=zone)
    if server is None:
        return "### Deflate\n\nNot measured.\n"
    sizes = {False: [], True: []}
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
                           "CPU us/delivery", "least to most"], rows))


def hundred_k(bench):
    clients = bench.pick("clients", 100000)
    messages = bench.pick("messages", 10)
    rows = []
    for name, count in (("floor", 7), ("onair", 6)):
        if bench.options.only and name not in bench.options.only:
            continue
        report = bench.trial(name, "ws", clients, messages,
                             ["--underway", "1500", "--threads", "6",
                              "--timeout", "60"], workers=count)
        if report is None:
            continue
        v = report["verdicts"]
        rows.append([label(name, "ws"), count, f"{v['open']:,}",
                     f"{v['delivered']:,}", wrong([report]),
                     show(report.get("cpu_us_per_delivery")),
                     show(report["fanout_us"]["p50"] / 1e3),
                     show(report["idle_bytes"], 0)])
    return (f"### {clients:,} subscribers\n\n{messages} messages to each; the "
            "generator has 6 threads with a descriptor table each, all on "
            "the same two cores.\n\n" +
            figures.table(["server", "workers", "connected", "delivered",
                           "wrong", "CPU us/delivery", "fan-out ms",
                           "bytes/idle"], rows))


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "absent"
    return (done.stdout + done.stderr).strip().split("\n")[0] or "absent"


def machine():
    """The machine and the versions, as a list."""
    with open("/proc/cpuinfo") as f:
        cpu = re.search(r"model name\s*: (.*)", f.read())
    with open("/proc/meminfo") as f:
        size = int(re.search(r"MemTotal:\s+(\d+)", f.read()).group(1))
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as f:
        congestion = f.read().strip()
    try:
        with open(os.path.join(BUILD, "node_modules", "ws",
                               "package.json")) as f:
            ws = json.load(f)["version"]
    except OSError:
        ws = "absent"

    def package(name):
        return first_line("dpkg-query", "-W", "-f", "${Version}", name)
    return figures.table(["what", "which"], [
        ["processor", f"{cpu.group(1) if cpu else platform.machine()}, "
                      f"{os.cpu_count()} cores"],
        ["memory", f"{size / 2 ** 20:.0f} GiB"],
        ["kernel", f"{platform.release()}, TCP congestion control "
                   f"{congestion}"],
        ["nginx", first_line(servers.NGINX, "-v").split("/")[-1]],
        ["Nchan", package("libnginx-mod-nchan")],
        ["node, ws", f"{first_line('node', '-v')}, {ws}"],
        ["python3-websockets", package("python3-websockets")],
        ["compiler", first_line("g++", "--version")]])
