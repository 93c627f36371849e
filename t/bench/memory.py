"""What subscribers cost in memory."""

import figures
from bench import label
from figures import show


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
        secure = "/tls" if more.get("tls") else ""
        bench.values["/".join(kind) + secure] = reports[0]["idle_bytes"]
        rows.append([label(*kind) + (", TLS" if more.get("tls") else ""),
                     f"{n:,}", show(reports[0]["idle_bytes"], 0),
                     show(reports[0]["busy_bytes"], 0),
                     ", ".join(show(b, 0) for b in left)])
    for kind in bench.kinds("floor", "onair", "nchan", "node-ws",
                            "python-websockets"):
        measure(kind, clients)
    for kind in bench.kinds("onair", "nchan"):
        measure(kind, clients, tls=True)
    return ("### Memory\n\nProportional set size (PSS) of the worker over that "
            "before the first subscriber came, bytes a subscriber. Three "
            "times all connect, get 10 messages and leave; the allocator may "
            "keep what they leave, but it must not grow.\n\n"
            + figures.table(["server", "subscribers", "idle", "after messages",
                             "after all left, three times"], rows))
