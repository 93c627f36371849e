"""Until a data channel is open: the reference's web client, its server and us.

ONAIR_WEBAPP names the folder WebApp of a snapshot of Unity Render Streaming
(no part of this project), its server compiled (build/index.js)."""

import os
import subprocess

import figures
import servers
from figures import median, ratio, show
from servers import ROOT, Absent

CHANNELS = 5
PATIENCE = 90  # seconds for all of them
TRANSPORTS = ("ws", "http")
MODES = ("private", "public")


def web_app():
    return os.environ.get("ONAIR_WEBAPP", "")


class Onair(servers.Onair):
    name = "onair-web-client"
    transports = TRANSPORTS

    def locations(self):
        return f"        location / {{ onair_signalling {self.more['mode']}; }}"

    def find_pids(self):
        return [self.process.pid]


class Reference(servers.Server):
    name = "reference"
    transports = TRANSPORTS

    def prepare(self):
        self.program = os.path.join(web_app(), "build", "index.js")
        if not os.path.exists(self.program):
            raise Absent("no build/index.js where ONAIR_WEBAPP says")

    def command(self):
        kind = "websocket" if self.transport == "ws" else "http"
        return ["node", self.program, "-p", str(self.port), "-l", "none",
                "-t", kind, "-m", self.more["mode"]]

    def ports(self):
        return [self.port]


def modules():
    return subprocess.run([os.path.join(ROOT, "t", "tools", "npm.sh")],
                          capture_output=True, text=True).stdout.strip()


def times(bench, server):
    """Milliseconds of each channel that opened."""
    environment = {**os.environ, "NODE_PATH": modules()}
    with server, open(os.path.join(server.dir, "times"), "w+") as out:
        client = subprocess.Popen(
            ["node", os.path.join(ROOT, "t", "lib", "reference_client.mjs"),
             web_app(), f"http://127.0.0.1:{server.port}", server.transport,
             server.more["mode"], str(CHANNELS)], env=environment, stdout=out)
        try:
            client.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            client.kill()
            client.wait()
        out.seek(0)
        found = [float(line) for line in out.read().split()]
    if len(found) != CHANNELS and server.name == Onair.name:
        bench.failed.append(f"web-client: {len(found)} channels opened")
    return found


def web_client(bench):
    rounds = bench.pick("rounds", 3)
    for kind in (Onair, Reference):
        servers.ALL.setdefault(kind.name, kind)
    found = {}
    for _ in range(rounds):
        for mode in MODES:
            for transport in TRANSPORTS:
                for kind in (Reference, Onair):
                    server = bench.start(kind.name, transport, mode=mode)
                    if server is None:
                        return ""
                    key = kind.name, mode, transport
                    found.setdefault(key, []).extend(times(bench, server))
    rows = []
    for mode in MODES:
        for transport in TRANSPORTS:
            ours = median(found[Onair.name, mode, transport])
            theirs = median(found[Reference.name, mode, transport])
            bench.values[f"{mode}/{transport}"] = ours
            opened = len(found[Reference.name, mode, transport])
            rows.append([mode, transport, show(ours, 1), show(theirs, 1),
                         show(ratio(theirs, ours), 0),
                         f"{opened} of {rounds * CHANNELS}"])
    return ("### The reference's web client\n\nIn Node with a real WebRTC "
            "stack, unchanged: milliseconds from the `connect` that lets them "
            "meet (in private mode the second one, in public mode the only "
            "one) until the data channel is open at both; medians of "
            f"{rounds * CHANNELS}, servers in turn.\n\n" +
            figures.table(["mode", "transport", "onair", "its own server",
                           "times", "opened there"], rows))
