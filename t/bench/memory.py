"""What subscribers cost in memory."""

import figures
from bench import label
from figures import show


HEAD = ["server", "subscribers", "idle", "after messages",
        "after all left, three times"]


def measure(bench, kind, n, tls=False):
    """Rows of one server, none where it is absent or failed."""
    server = bench.start(*kind, pin=0, tls=tls)
    if server is None:
        return []
    reports = []
    with server:
        for first in (1, 11, 21):
            report = bench.load(server, n, 10, ["--first", str(first)], 1)
            if report is None:
                return []
            reports.append(report)
    start = reports[0]["memory_before"]
    left = [(r["memory_before"] + r["left_bytes"][-1] - start) / n
            for r in reports]
    idle = reports[0]["idle_bytes"]
    bench.values["/".join(kind)] = idle
    print(f"  {label(*kind)}: {idle:.0f}", flush=True)
    return [[label(*kind), f"{n:,}", show(idle, 0),
             show(reports[0]["busy_bytes"], 0),
             ", ".join(show(b, 0) for b in left)]]


def memory(bench):
    clients = bench.pick("clients", 10000)
    kinds = bench.kinds("floor", "onair", "nchan", "node-ws",
                        "python-websockets")
    rows = [row for kind in kinds for row in measure(bench, kind, clients)]
    return ("### Memory\n\nProportional set size (PSS) of the worker over that "
            "before the first subscriber came, bytes a subscriber. Three "
            "times all connect, get 10 messages and leave; the allocator may "
            "keep what they leave, but it must not grow.\n\n" +
            figures.table(HEAD, rows))


def memory_tls(bench):
    # A peer is far enough away to be seen with fewer handshakes.
    rows = [row for name, most in (("onair", 10000), ("nchan", 2000))
            for kind in bench.kinds(name)
            for row in measure(bench, kind, bench.pick("clients", most), True)]
    return ("### Memory over TLS\n\nThe same over TLS 1.3.\n\n" +
            figures.table(HEAD, rows))
