"""What permessage-deflate saves and costs."""

import glob
import json
import os
import re

import figures
from bench import MESSAGE
from figures import median, show, spread
from http_client import WebSocket, post
from servers import ROOT


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
