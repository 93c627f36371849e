#!/usr/bin/env python3
"""The bench: starts servers, loads them, writes tables.

    t/bench/run.py COMMAND... [--rounds N] [--clients N] [--messages N]
                   [--with onair,floor,...]

Commands; without any: quick.
  quick         fan-out of every server, interleaved rounds (under 10 minutes)
  workers       the same with two workers on both cores
  scale         cost against the number of subscribers, and the plot
  alternatives  other ways to send, tried on the floor
  instructions  user-space instructions a delivered message (callgrind)
  profile       where those are spent, by what they are for
  longpoll      those of a long poll, beside nginx's own `return 200`
  syscalls      system calls a delivered message (strace)
  memory        idle, after messages, after everybody left
  memory-tls    the same over TLS
  http2         event streams over HTTP/2 and TLS; ONAIR_BESIDE=another build
  storm         connect all, drop all, against nginx's `return 200`
  stations      1,000 stations in one polled document
  deflate       bytes on the wire and CPU with permessage-deflate
  azuracast     AzuraCast's players beside our own pages
  rooms         members of a room, 20 and 100 messages a second
  hostile       members of a room that others flood
  listen        listeners to the sound, beside Icecast and a proxy
  machines      rooms of several machines: the engine beside PUBLISH alone
  signalling    5,000 pairs find each other at once over 4 workers
  web-client    the web client of the reference until a channel is open
  hundred-k     100,000 subscribers over 6 workers
  targets       what must be reached, beside what the others found
  full          all of these
  self-check    the generator notices every fault a server can have
  record        puts the tables into docs/performance.md

Whatever is run is judged at the end by the rows of `targets` that it measured.
Each command leaves build/bench/COMMAND.md; all together make table.md. What
each single trial gave is appended to build/bench/trials.jsonl.
"""

import argparse
import os
import signal
import sys
import time

import alternatives
import azuracast
import compression
import counts
import fanout
import functions
import http2
import listen
import longpoll
import machines
import memory
import rooms
import servers
import signalling
import stations
import targets
import web_client
from bench import Bench, machine
from self_check import self_check
from servers import BUILD, ROOT

COMMANDS = {
    "quick": fanout.quick,
    "workers": fanout.workers,
    "scale": fanout.scale,
    "alternatives": alternatives.alternatives,
    "instructions": counts.instructions,
    "profile": functions.profile,
    "longpoll": longpoll.longpoll,
    "syscalls": counts.syscalls,
    "memory": memory.memory,
    "memory-tls": memory.memory_tls,
    "http2": http2.http2,
    "storm": fanout.storm,
    "stations": stations.stations,
    "deflate": compression.deflate,
    "azuracast": azuracast.azuracast,
    "rooms": rooms.rooms,
    "hostile": rooms.hostile,
    "listen": listen.listen,
    "machines": machines.machines,
    "signalling": signalling.signalling,
    "web-client": web_client.web_client,
    "hundred-k": fanout.hundred_k,
    "targets": targets.targets,
}
OTHERS = ["full", "self-check", "record"]


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("commands", nargs="*", default=["quick"], metavar="COMMAND",
                   help=", ".join([*COMMANDS, *OTHERS]))
    p.add_argument("--rounds", type=int)
    p.add_argument("--clients", type=int)
    p.add_argument("--messages", type=int)
    p.add_argument("--with", dest="only",
                   type=lambda text: text.split(","), metavar="SERVERS",
                   help="only these of: " + ", ".join(servers.ALL))
    a = p.parse_args()
    for command in a.commands:
        if command not in COMMANDS and command not in OTHERS:
            p.error(f"unknown command: {command}")
    return a


def write_section(name, text):
    with open(os.path.join(BUILD, f"{name}.md"), "w") as f:
        f.write(text)
    parts = []
    for part in ["machine", *COMMANDS]:
        path = os.path.join(BUILD, f"{part}.md")
        if os.path.exists(path):
            with open(path) as f:
                parts.append(f.read())
    with open(os.path.join(BUILD, "table.md"), "w") as f:
        f.write("\n".join(parts))


def record():
    """Replaces what stands between <!-- bench NAME --> and <!-- end -->."""
    path = os.path.join(ROOT, "docs", "performance.md")
    with open(path) as f:
        text = f.read()
    for name in ["machine", *COMMANDS]:
        section = os.path.join(BUILD, f"{name}.md")
        begin = f"<!-- bench {name} -->\n"
        if begin not in text or not os.path.exists(section):
            continue
        before, rest = text.split(begin, 1)
        after = rest.split("<!-- end -->", 1)[1]
        with open(section) as f:
            text = f"{before}{begin}{f.read()}<!-- end -->{after}"
    with open(path, "w") as f:
        f.write(text)
    svg = os.path.join(BUILD, "scale.svg")
    if os.path.exists(svg):
        with open(svg) as f, \
                open(os.path.join(ROOT, "docs", "performance.svg"), "w") as to:
            to.write(f.read())


def main():
    a = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    commands = [c for given in a.commands
                for c in (COMMANDS if given == "full" else [given])]
    servers.build()
    failed, measured = [], []
    for command in commands:
        if command == "record":
            record()
            continue
        start = time.monotonic()
        print(f"== {command}", flush=True)
        bench = Bench(command, a)
        try:
            text = COMMANDS.get(command, self_check)(bench)
        except (OSError, RuntimeError, ValueError, KeyError) as why:
            # The others are worth having without this one.
            failed += bench.failed + [f"{command}: {why!r}"]
            continue
        write_section("machine", machine())
        write_section(command, text)
        targets.keep(command, bench.values)
        measured += [command] if bench.values else []
        print(text, flush=True)
        print(f"({time.monotonic() - start:.0f} s)", flush=True)
        failed += bench.failed
    if "targets" not in commands:
        bench = Bench("targets", a)
        print(targets.judged(bench, measured))
        failed += bench.failed
    for line in failed:
        print("failed:", line, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
