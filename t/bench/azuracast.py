"""What AzuraCast's players cost, beside our own pages and as many bytes."""

import figures
from bench import label, rounds_of, wrong
from figures import median, ratio, show

MESSAGE = 2000


def azuracast(bench):
    rounds = bench.pick("rounds", 5)
    clients = bench.pick("clients", 5000)
    messages = bench.pick("messages", 20)
    kinds = [kind for kind in bench.kinds("onair", "onair-azuracast")
             if kind[1] != "longpoll"]
    reports = rounds_of(bench, kinds, rounds, clients=clients,
                        messages=messages, message=MESSAGE)

    def of(kind, key):
        return median([r[key] for r in reports.get(kind, [])])

    rows = []
    for kind, all_ in reports.items():
        own = ("onair", kind[1])
        cost = ratio(of(kind, "cpu_us_per_delivery"),
                     of(own, "cpu_us_per_delivery"))
        idle = ratio(of(kind, "idle_bytes"), of(own, "idle_bytes"))
        if kind != own:
            bench.values.update({f"cpu/{kind[1]}": cost,
                                 f"idle/{kind[1]}": idle,
                                 f"wrong/{kind[1]}": wrong(all_)})
        rows.append([label(*kind), show(of(kind, "cpu_us_per_delivery")),
                     show(cost, 2), show(of(kind, "idle_bytes"), 0),
                     show(idle, 2), wrong(all_)])
    return (f"### AzuraCast's players\n\n{clients:,} subscribers, {messages} "
            f"messages of about {MESSAGE} bytes; one worker; medians of "
            f"{rounds} interleaved rounds; x is the ratio to our own of the "
            "same transport.\n\n" +
            figures.table(["server", "CPU us/delivery", "x", "bytes/idle", "x",
                           "wrong"], rows))
