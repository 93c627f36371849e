"""What other ways to send cost beside send(), tried on the floor."""

import os
import re

import figures
import servers
from bench import MESSAGE, rounds_of, wrong
from counts import calls_of, each
from figures import median, show, spread

TEXTS = {
    "send": "one `send()` of the ready bytes",
    "writev": "`writev()` of head and text where they lie",
    "more": "`send(MSG_MORE)` of the head, `send()` of the text",
    "cork": "the same between `TCP_CORK` on and off",
    "zerocopy": "`send(MSG_ZEROCOPY)`, completions read",
    "uring": "io_uring, 256 sends a system call",
}


def kind_of(how):
    return ("floor" if how == "send" else f"floor-{how}", "ws")


def refusal(how):
    """What the kernel said to a floor that ended at once; None if it ran."""
    path = os.path.join(servers.BUILD, "run", kind_of(how)[0], "output")
    with open(path) as f:
        found = re.search(r"^floor: (.*)", f.read(), re.M)
    return found and found.group(1)


def copied(bench, clients):
    """How many of MSG_ZEROCOPY's messages the kernel copied all the same."""
    server = bench.start(*kind_of("zerocopy"))
    with server:
        bench.load(server, clients, 10)

        def said():
            # It says so whenever a publisher leaves; the first was ours, to
            # see whether it is up.
            with open(os.path.join(server.dir, "output")) as f:
                return re.findall(r"zerocopy: ([1-9]\d*) messages, (\d+) "
                                  "copied", f.read())
        servers.wait_for(said, 10, "word of zerocopy")
        return [int(number) for number in said()[-1]]


def alternatives(bench):
    rounds = bench.pick("rounds", 6)
    clients = bench.pick("clients", 10000)
    messages = bench.pick("messages", 20)
    refused = {}
    for how in TEXTS:
        try:
            with bench.start(*kind_of(how)):
                pass
        except RuntimeError:
            refused[how] = refusal(how) or "it ended at once"
    hows = [how for how in TEXTS if how not in refused]
    reports = rounds_of(bench, [kind_of(how) for how in hows], rounds,
                        clients=clients, messages=messages)

    def paired(how, get_):
        """The ratio to send() of the same round."""
        return [get_(one) / get_(base) for one, base in
                zip(reports[kind_of(how)], reports[kind_of("send")])]

    def cost(r):
        return r["cpu_us_per_delivery"]

    def last(r):
        return r["fanout_us"]["p50"]
    rows = [[TEXTS[how], "refused: " + why] + ["-"] * 7
            for how, why in refused.items()]
    for how in hows:
        all_ = reports[kind_of(how)]
        calls = each(lambda n, how=how: calls_of(bench, *kind_of(how), 1000,
                                                 n), 1000)
        ratios, times = paired(how, cost), paired(how, last)
        bench.values[how] = median(ratios)
        rows.append([
            TEXTS[how], show(median([cost(r) for r in all_])),
            show(median(ratios), 2), spread(ratios, 2),
            show(median([last(r) / 1e3 for r in all_])),
            show(median(times), 2), spread(times, 2), show(calls, 3),
            wrong(all_)])
    text = ("### Other ways to send\n\nThe floor, sending in other ways: "
            f"{clients:,} subscribers, {messages} messages of about {MESSAGE} "
            f"bytes over WebSocket, one worker, {rounds} interleaved rounds; x "
            "is the ratio to `send()` of the same round, median and least to "
            "most. Calls are counted by strace with 1,000 subscribers.\n\n" +
            figures.table(
                ["how", "CPU us/delivery", "x", "least to most", "fan-out ms",
                 "x", "least to most", "calls/delivery", "wrong"], rows))
    if "zerocopy" not in refused:
        all_, by_copy = copied(bench, 1000)
        text += (f"\nOf {all_:,} messages with `MSG_ZEROCOPY` the kernel told "
                 f"that it had copied {by_copy:,}.\n")
    return text
