"""CPU and time of what goes to many, and of many that come."""

import os

import figures
from bench import MESSAGE, label, rounds_of, wrong
from figures import median, over_floor, ratio, show, spread
from servers import BUILD


def keep(bench, transport, cost, last, faults):
    bench.values.update({f"cpu/{transport}": cost, f"last/{transport}": last,
                         f"wrong/{transport}": faults})


def fanout_table(bench, reports, clients, messages, rounds, workers):
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

        if kind[0] == "onair":
            keep(bench, kind[1], ratio(mid(cost), base[cost]),
                 ratio(mid(last), base[last]), wrong(all_))

        def times(value, key, kind=kind):
            """Of the floor itself as it was found."""
            found = ratio(value, base[key])
            return show(found, 2) if kind[0] == "floor" else over_floor(found)

        def latency(key, all_=all_):
            return show(median([r["latency_us"][key] / 1e3 for r in all_]))
        rows.append([
            label(*kind),
            show(mid(cost)), times(mid(cost), cost),
            spread(of(kind, cost)),
            show(mid(lambda r: r.get("user_us_per_delivery"))),
            show(mid(last)), times(mid(last), last),
            " / ".join(latency(k) for k in ("p50", "p99", "p999", "max")),
            show(mid(lambda r: r.get("delivered_per_s"))),
            show(mid(connect)), times(mid(connect), connect),
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
                 "wrong"], rows) + bench.loudness())


def quick(bench):
    rounds = bench.pick("rounds", 5)
    clients = bench.pick("clients", 10000)
    messages = bench.pick("messages", 20)
    kinds = bench.kinds("floor", "onair", "nchan", "node-ws",
                        "python-websockets")
    reports = rounds_of(bench, kinds, rounds, clients=clients,
                        messages=messages)
    return "### Fan-out, one worker\n\n" + fanout_table(
        bench, reports, clients, messages, rounds, 1)


def workers(bench):
    rounds = bench.pick("rounds", 5)
    clients = bench.pick("clients", 10000)
    messages = bench.pick("messages", 20)
    reports = rounds_of(bench, bench.kinds("floor", "onair", "nchan"), rounds,
                        clients=clients, messages=messages, workers=2)
    return ("### Fan-out, two workers\n\nNothing is pinned; the generator "
            "shares both cores. " +
            fanout_table(bench, reports, clients, messages, rounds, 2))


def scale(bench):
    rounds = bench.pick("rounds", 4)
    messages = bench.pick("messages", 10)
    sizes = [1000, 5000, 10000, 19000]
    kinds = [kind for kind in bench.kinds("floor", "onair", "nchan", "node-ws",
                                          "python-websockets")
             if kind[1] != "longpoll"]
    costs = {kind: {n: [] for n in sizes} for kind in kinds}
    for i in range(rounds):
        turned = kinds[i % len(kinds):] + kinds[:i % len(kinds)]
        for n in sizes:
            for kind, report in rounds_of(bench, turned, 1, clients=n,
                                          messages=messages).items():
                costs[kind][n].append(report[0].get("cpu_us_per_delivery"))
        print(f"  round {i + 1}/{rounds} of all sizes", flush=True)
    rows, series = [], {}
    for kind in kinds:
        points = [(n, median(costs[kind][n]) * n / 1e3)
                  for n in sizes if costs[kind][n]]
        if len(points) < 2:
            continue
        series[label(*kind)] = points
        _, each, off = figures.line_fit(points)
        bench.values["/".join(kind)] = off
        rows.append([label(*kind)] +
                    [show(y * 1e3 / n, 2) for n, y in points] +
                    [show(each * 1e3, 2), show(off * 100) + " %"])
    with open(os.path.join(BUILD, "scale.svg"), "w") as f:
        f.write(figures.plot(series, "CPU of one message to all subscribers",
                             "subscribers", "CPU, ms"))
    return ("### Cost against subscribers\n\nCPU us a delivery, one worker, "
            f"medians of {rounds} rounds. The last column is the largest "
            "distance of a point from the straight line through all, as a "
            "share of the largest cost.\n\n" +
            figures.table(["server"] + [f"{n:,}" for n in sizes] +
                          ["us each, by the line", "off the line"], rows) +
            "\n![CPU of one message against subscribers](performance.svg)\n")


def storm(bench):
    clients = bench.pick("clients", 10000)
    rounds = bench.pick("rounds", 4)
    kinds = bench.kinds("nginx-return", "floor", "onair", "nchan", "node-ws")
    kinds = [kind for kind in kinds if kind[1] != "longpoll"]
    reports = rounds_of(bench, kinds, rounds, clients=clients, messages=0,
                        extra=["--cycles", "5", "--underway", "1024"])
    rows, base, floor = [], None, None

    def connect(all_):
        return median([us / clients for r in all_ for us in
                       r["connect_cpu_us"]])
    if ("floor", "ws") in reports:
        floor = connect(reports["floor", "ws"])
    for kind, all_ in reports.items():
        each = connect(all_)
        if kind[0] == "onair":
            bench.values[f"connect/{kind[1]}"] = ratio(each, floor)
        left = median([us / clients for r in all_ for us in r["drop_cpu_us"]])
        if base is None:
            base = each
        rows.append([label(*kind), show(median(
            [clients / s for r in all_ for s in r["connect_s"]])),
            show(each), show(ratio(each, base), 2),
            show(ratio(each, floor), 2), show(left),
            show(median([r["handshake_us"]["p99"] / 1e3 for r in all_])),
            wrong(all_)])
    return ("### Connection storm\n\n"
            f"{clients:,} connect, 1,024 under way at once, then all leave; "
            f"five times a round, {rounds} rounds, medians. x is the ratio to "
            "the first row, whose clients send one request and get `return "
            "200`, and to the floor's WebSocket.\n\n" +
            figures.table(["server", "connects/s", "CPU us/connect", "x",
                           "x floor", "CPU us/leave", "handshake p99 ms", "wrong"],
                          rows))


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
        bench.values.update({f"{name}/delivered": v["delivered"],
                             f"{name}/wrong": wrong([report])})
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
