"""What all measurements share: trials, rounds of them, the machine."""

import json
import os
import platform
import re
import subprocess
import time

import figures
import servers
from servers import BUILD, Absent

MESSAGE = 700
FAULTS = ("failed", "gone", "lost", "doubled", "reordered", "malformed")


class Bench:
    """One command's run: its options, its trials, what went wrong."""

    def __init__(self, command, options):
        self.command, self.options = command, options
        self.failed = []
        self.values = {}  # what `targets` looks at
        self.absent = set()
        self.repeated = 0  # trials that were not quiet

    def loudness(self):
        return (f"\nTrials done again, as the host took more than {MOST_STEAL} "
                f"% of a CPU or other processes had more than {MOST_OTHERS} %: "
                f"{self.repeated}.\n")

    def pick(self, name, default):
        value = getattr(self.options, name)
        return default if value is None else value

    def kinds(self, *names):
        only = self.options.only
        return [(name, transport) for name in names
                if only is None or name in only
                for transport in servers.ALL[name].transports
                if name not in self.absent]

    def start(self, name, transport, **more):
        """A server, not yet running; None where it is absent."""
        try:
            return servers.ALL[name](transport, **more)
        except Absent as why:
            if name not in self.absent:
                print(f"without {name}: {why}", flush=True)
            self.absent.add(name)
            return None

    def load(self, server, clients, messages, extra=(), pin=None):
        """Runs the generator against a running server; its report."""
        out = os.path.join(BUILD, "report.json")
        if os.path.exists(out):
            os.remove(out)
        message = server.more.get("message", MESSAGE)
        size = server.text_size(message) if messages else 8
        command = load_command(server, clients, messages, size, pin)
        done = subprocess.run([*command, "--json", out, *extra], text=True,
                              capture_output=True)
        what = f"{self.command} {server.name} {server.transport} {clients}"
        if not os.path.exists(out):
            self.failed.append(f"{what}: {done.stderr.strip()}")
            return None
        with open(out) as f:
            report = json.load(f)
        if done.returncode != 0:
            self.failed.append(f"{what}: {report.get('error', '')} "
                               f"{report['verdicts']}")
        for line in getattr(server, "complaints", list)():
            self.failed.append(f"{what}: {line.strip()}")
        with open(os.path.join(BUILD, "trials.jsonl"), "a") as f:
            json.dump({"command": self.command, "server": server.name,
                       "transport": server.transport,
                       "workers": server.workers, "time": time.time(),
                       **report}, f)
            f.write("\n")
        return report

    def trial(self, name, transport, clients, messages, extra=(), workers=1,
              **more):
        """One server started, loaded and stopped; None without a report."""
        two = os.cpu_count() >= 2 and workers == 1
        server = self.start(name, transport, workers=workers,
                            pin=0 if two else None, **more)
        if server is None:
            return None
        with server:
            return self.load(server, clients, messages, extra,
                             1 if two else None)


def load_command(server, clients, messages, size, pin=None):
    command = ["taskset", "-c", str(pin)] if pin is not None else []
    command += [os.path.join(BUILD, "load"), "--transport", server.transport,
                "--url", server.url(), "--clients", str(clients),
                "--messages", str(messages), "--check", server.check,
                "--size", str(size)]
    if server.pids:
        command += ["--pids", ",".join(map(str, server.pids))]
    if getattr(server, "post", None):
        command += ["--post", server.post]
    if getattr(server, "greet", None):
        command += ["--greet", server.greet]
    if messages:
        command += ["--publish", server.publish_url()]
    return command


def label(name, transport):
    words = {"ws": "WebSocket", "sse": "SSE", "longpoll": "long poll",
             "get": "GET", "h2": "SSE over HTTP/2"}
    return f"{name}, {words[transport]}"


# Of one CPU, in percent: what the host took, what other processes had. Above
# it a trial is done again, at most so many times; the last one counts.
MOST_STEAL, MOST_OTHERS, MOST_TIMES = 2, 20, 4


def quiet_trial(bench, what, run):
    """The report of the first quiet one, else the last."""
    for _ in range(MOST_TIMES):
        report = run()
        if report is None:
            return None
        steal = report.get("steal_percent", 0)
        others = report.get("others_percent", 0)
        loud = steal > MOST_STEAL or others > MOST_OTHERS
        print(f"  {what}: {report.get('cpu_us_per_delivery', 0):.2f} us, "
              f"steal {steal:.0f} %, others {others:.0f} %, load "
              f"{os.getloadavg()[0]:.1f}" + (", again" if loud else ""),
              flush=True)
        if not loud:
            return report
        bench.repeated += 1
    return report


def rounds_of(bench, kinds, rounds, **trial):
    """{kind: [report, ...]}; a round has each once, the order turns."""
    reports = {kind: [] for kind in kinds}
    for i in range(rounds):
        for kind in kinds[i % len(kinds):] + kinds[:i % len(kinds)]:
            if kind[0] in bench.absent:
                continue
            report = quiet_trial(
                bench, f"round {i + 1}/{rounds} {label(*kind)}",
                lambda kind=kind: bench.trial(*kind, **trial))
            if report is not None:
                reports[kind].append(report)
    return {kind: all_ for kind, all_ in reports.items() if all_}


def wrong(reports):
    return sum(r["verdicts"][key] for r in reports for key in FAULTS)


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "absent"
    return (done.stdout + done.stderr).strip().split("\n")[0] or "absent"


def machine():
    """The machine and the versions, as a list."""
    with open("/proc/cpuinfo") as f:
        cpu = re.search(r"model name\s*: (.*)", f.read())
    with open("/proc/meminfo") as f:
        size = int(re.search(r"MemTotal:\s+(\d+)", f.read()).group(1))
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as f:
        congestion = f.read().strip()
    try:
        with open(os.path.join(BUILD, "node_modules", "ws",
                               "package.json")) as f:
            ws = json.load(f)["version"]
    except OSError:
        ws = "absent"

    def package(name):
        return first_line("dpkg-query", "-W", "-f", "${Version}", name)
    return figures.table(["what", "which"], [
        ["processor", f"{cpu.group(1) if cpu else platform.machine()}, "
                      f"{os.cpu_count()} cores"],
        ["memory", f"{size / 2 ** 20:.0f} GiB"],
        ["kernel", f"{platform.release()}, TCP congestion control "
                   f"{congestion}"],
        ["nginx", first_line(servers.NGINX, "-v").split("/")[-1]],
        ["Nchan", package("libnginx-mod-nchan")],
        ["node, ws", f"{first_line('node', '-v')}, {ws}"],
        ["python3-websockets", package("python3-websockets")],
        ["compiler", first_line("g++", "--version")]])
