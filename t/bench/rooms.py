"""What a message in a room costs, beside the same sends by others."""

import figures
from bench import label, rounds_of, wrong
from figures import median, ratio, show, spread

SAID = 80  # bytes


def rows_of(reports):
    def cost(r):
        return r.get("cpu_us_per_delivery")
    base = median([cost(r) for r in reports.get(("floor", "ws"), [])])
    rows = []
    for kind, all_ in reports.items():
        mid = median([cost(r) for r in all_])
        rows.append([
            label(*kind), show(mid), show(ratio(mid, base), 2),
            spread([cost(r) for r in all_]),
            " / ".join(show(median([r["latency_us"][key] / 1e3 for r in all_]))
                       for key in ("p50", "p99", "max")),
            show(median([r["idle_bytes"] for r in all_]), 0),
            wrong(all_)])
    return rows


HEAD = ["server", "CPU us/delivery", "x", "least to most",
        "latency ms p50 / p99 / max", "bytes/idle", "wrong"]


def rooms(bench):
    rounds = bench.pick("rounds", 3)
    clients = bench.pick("clients", 2000)
    messages = bench.pick("messages", 200)
    kinds = [k for k in bench.kinds("floor", "onair-room", "onair-room-100ms",
                                    "nchan", "node-ws", "socket.io")
             if k[1] == "ws"]
    few = rounds_of(bench, kinds, rounds, clients=clients, messages=messages,
                    message=SAID, extra=("--rate", "20"))
    many = rounds_of(bench, bench.kinds("onair-room-250ms"), 1,
                     clients=5 * clients, messages=5 * messages, message=SAID,
                     extra=("--rate", "100"))
    def cost(kind):
        return median([r["cpu_us_per_delivery"] for r in few.get(kind, [])])

    room = cost(("onair-room", "ws"))
    if room:
        base = cost(("floor", "ws"))
        bench.values.update({
            "floor": ratio(room, base),
            "window": ratio(cost(("onair-room-100ms", "ws")), base)})
        bench.values.update({
            name: ratio(room, cost((name, "ws")))
            for name in ("nchan", "node-ws", "socket.io") if few.get((name, "ws"))})
        bench.values["wrong"] = sum(
            wrong(few.get(kind, [])) for kind in few
            if kind[0].startswith("onair")) + sum(map(wrong, many.values()))
        bench.values["idle"] = median(
            [r["idle_bytes"] for r in many[("onair-room-250ms", "ws")]])
    return (f"### Rooms\n\n{clients:,} members, 20 messages a second of {SAID} "
            f"bytes; medians of {rounds} interleaved rounds; x is the ratio to "
            "the floor's WebSocket.\n\n" + figures.table(HEAD, rows_of(few)) +
            f"\n{5 * clients:,} members, 100 messages a second, collected for "
            "250 ms.\n\n" + figures.table(HEAD, rows_of(many)))
