"""Counts that a busy machine does not change."""

import os
import re
import signal
import subprocess

import callgrind
import figures
from bench import label
from figures import ratio, show
from servers import BUILD


def costs_of(bench, name, transport, clients, messages, extra=(), **more):
    """User-space instructions of a server's life, by function."""
    run = callgrind.Run(BUILD)
    server = bench.start(name, transport, wrap=run.wrap, **more)
    if server is None:
        return None
    with server:
        report = bench.load(server, clients, messages,
                            ["--timeout", "120", "--underway", "64", *extra])
        pids = server.pids
    costs = run.collect(pids)
    return costs if report else None


def calls_of(bench, name, transport, clients, messages):
    """System calls of a server while it is loaded."""
    server = bench.start(name, transport)
    if server is None:
        return None
    with server:
        out = os.path.join(server.dir, "strace")
        command = ["strace", "-c", "-f", "-o", out]
        for pid in server.pids:
            command += ["-p", str(pid)]
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        tracer.stderr.readline()  # "strace: Process N attached"
        try:
            report = bench.load(server, clients, messages,
                                ["--underway", "64"])
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
        with open(out) as f:
            total = re.search(r"^100\.00 .*", f.read(), re.M).group(0)
    return int(total.split()[3]) if report else None


def each(count, clients):
    """What a delivery costs: `count` of 30 messages less that of 10."""
    runs = {n: count(n) for n in (10, 30)}
    if None in runs.values():
        return None
    return (runs[30] - runs[10]) / (20 * clients)


def counted(bench, count, clients):
    """Rows of a count for every server."""
    rows, base = [], None
    for kind in bench.kinds("floor", "onair", "nchan"):
        cost = each(lambda n, kind=kind: count(*kind, n), clients)
        if cost is None:
            continue
        if kind == ("floor", "ws"):
            base = cost
        bench.values["/".join(kind)] = cost
        rows.append([label(*kind), cost, ratio(cost, base)])
        print(f"  {label(*kind)}: {cost:.3f}", flush=True)
    return rows


def instructions(bench):
    clients = bench.pick("clients", 1000)

    def count(name, transport, messages):
        costs = costs_of(bench, name, transport, clients, messages)
        return costs.total() if costs else None
    rows = counted(bench, count, clients)
    return ("### Instructions\n\nUser-space instructions a delivered message, "
            f"{clients:,} subscribers: callgrind's totals of 30 messages less "
            "those of 10, over what 20 messages deliver.\n\n" +
            figures.table(["server", "instructions/delivery", "x floor"],
                          [[n, show(v, 0), show(x)] for n, v, x in rows]))


def syscalls(bench):
    clients = bench.pick("clients", 1000)

    def count(name, transport, messages):
        return calls_of(bench, name, transport, clients, messages)
    rows = counted(bench, count, clients)
    return ("### System calls\n\nSystem calls a delivered message, "
            f"{clients:,} subscribers: strace -c of 30 messages less that of "
            "10, over what 20 messages deliver.\n\n" +
            figures.table(["server", "calls/delivery", "x floor"],
                          [[n, show(v, 3), show(x, 3)] for n, v, x in rows]))
