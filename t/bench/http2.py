"""Event streams over HTTP/2 and TLS 1.3, beside HTTP/1.1 over TLS."""

import figures
from bench import quiet_trial, wrong
from counts import costs_of
from figures import median, ratio, show, spread


def kinds_of(bench):
    """(server, transport, streams of a connection)"""
    found = [("onair", "sse", 1)]
    if bench.options.only is None or "floor-tls" in bench.options.only:
        found += [("floor-tls", "sse", 1)]
    for name in ("onair", "onair-beside", "nchan", "floor-tls"):
        if bench.options.only is None or name in bench.options.only:
            found += [(name, "h2", 1), (name, "h2", 10)]
    return found


def words(kind):
    name, transport, streams = kind
    of = "HTTP/1.1" if transport == "sse" else "HTTP/2"
    return f"{name}, {of}" + (", ten streams" if streams > 1 else "")


def options_of(streams):
    return ["--streams", str(streams), "--underway", "64"]


def bytes_of(bench, name, clients, streams, config=""):
    server = bench.start(name, "h2", pin=0, tls=True, config=config)
    if server is None:
        return None
    with server:
        report = bench.load(server, clients, 3, options_of(streams), 1)
    return report["idle_bytes"] if report else None


def memory(bench):
    most = bench.pick("clients", 10000)
    rows = []
    for name in ("onair", "onair-beside", "nchan"):
        if bench.options.only is not None and name not in bench.options.only:
            continue
        for config, what in (("", ""), ("http2_pool_size 1k;",
                                        ", `http2_pool_size 1k`")):
            if config and name != "onair":
                continue
            one = bytes_of(bench, name, most, 1, config)
            small = bytes_of(bench, name, most // 30, 1, config)
            ten = bytes_of(bench, name, most // 30, 10, config)
            if None in (one, small, ten):
                continue
            further = (ten - small) / 9
            bench.values[f"idle/{name}{config[:10]}"] = one
            bench.values[f"further/{name}{config[:10]}"] = further
            rows.append([name + what, show(one, 0), show(ten, 0),
                         show(further, 0)])
            print(f"  {rows[-1]}", flush=True)
    return figures.table(
        ["server", f"bytes of a listener, {most:,} connections",
         f"of a connection of ten, {most // 30:,}", "of a further stream"],
        rows)


def instructions(bench):
    rows, costs = [], {}
    for kind in kinds_of(bench):
        name, transport, streams = kind
        connections = 300 // streams
        runs = {}
        for count in (5, 15):
            run = costs_of(bench, name, transport, connections, count,
                           extra=["--streams", str(streams)], tls=True)
            runs[count] = run.total() if run else None
        if None in runs.values():
            continue
        costs[kind] = (runs[15] - runs[5]) / (10 * connections * streams)
        print(f"  {words(kind)}: {costs[kind]:.0f}", flush=True)
    base = costs.get(("onair", "sse", 1))
    for kind, cost in costs.items():
        bench.values[f"instructions/{words(kind)}"] = ratio(cost, base)
        rows.append([words(kind), show(cost, 0), show(ratio(cost, base), 2)])
    return figures.table(["server", "instructions/delivery",
                          "x HTTP/1.1 over TLS"], rows)


def cpu(bench):
    rounds = bench.pick("rounds", 5)
    clients = bench.pick("clients", 2000)
    kinds = kinds_of(bench)
    reports = {kind: [] for kind in kinds}
    for i in range(rounds):
        for kind in kinds[i % len(kinds):] + kinds[:i % len(kinds)]:
            name, transport, streams = kind
            report = quiet_trial(
                bench, f"round {i + 1}/{rounds} {words(kind)}",
                lambda name=name, transport=transport, streams=streams:
                bench.trial(name, transport, clients // streams, 20,
                            options_of(streams), tls=True))
            if report is not None:
                reports[kind].append(report)
    base = median([r["cpu_us_per_delivery"]
                   for r in reports["onair", "sse", 1]])
    rows = []
    for kind, all_ in reports.items():
        if not all_:
            continue
        costs = [r["cpu_us_per_delivery"] for r in all_]
        records = median([r["records_per_change"] for r in all_])
        bench.values[f"cpu/{words(kind)}"] = ratio(median(costs), base)
        bench.values[f"records/{words(kind)}"] = records
        rows.append([words(kind), show(median(costs)),
                     show(ratio(median(costs), base), 2), spread(costs),
                     show(records), wrong(all_)])
    return figures.table(
        ["server", "CPU us/delivery", "x HTTP/1.1 over TLS", "least to most",
         "records a change and connection", "wrong"], rows)


def http2(bench):
    return ("### HTTP/2\n\nEvent streams over TLS 1.3; a client sends the "
            "fields that Chrome does. Bytes are PSS, instructions callgrind's "
            "with 300 listeners, CPU medians of interleaved rounds.\n\n" +
            memory(bench) + "\n" + instructions(bench) + "\n" + cpu(bench) +
            bench.loudness())
