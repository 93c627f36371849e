"""What a listener to the sound costs, beside Icecast, nginx as its proxy, and
the least that a server can do at the same quantum. One Icecast, one source, one
round after another of each."""

import json
import os
import shutil
import signal
import subprocess
import time

import figures
import servers
from figures import median, ratio, show, spread
from servers import BUILD, MODULE, NGINX, Absent, answers, children, free_port

KINDS = ["floor", "icecast", "proxy", "relay"]
TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pids):
    """Seconds of user and system time, all threads."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            words = f.read().rsplit(")", 1)[1].split()
        total += int(words[11]) + int(words[12])
    return total / TICK


def memory_of(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            total += sum(int(line.split()[1]) for line in f
                         if line.startswith("Pss_Anon:"))
    return total * 1024


class Stage:
    """Icecast with its source, the two nginx, the floor: all at once."""

    def __init__(self, most):
        self.dir = os.path.join(BUILD, "listen")
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        os.chmod(self.dir, 0o777)
        self.running = []
        self.port = {kind: free_port() for kind in KINDS}
        self.most = most

    def run(self, *command):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log)
        self.running.append(child)
        return child

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for child in reversed(self.running):
            child.send_signal(signal.SIGTERM)
        for child in self.running:
            child.wait()

    def start(self):
        if not shutil.which("icecast2") or not shutil.which("ffmpeg"):
            raise Absent("icecast2 and ffmpeg")
        with open(os.path.join(self.dir, "icecast.xml"), "w") as f:
            f.write(self.icecast())
        icecast = self.run("icecast2", "-c", f"{self.dir}/icecast.xml")
        servers.wait_for(lambda: answers(self.port["icecast"]), 20, "Icecast")
        self.run("ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f",
                 "lavfi", "-i", "sine=frequency=440:sample_rate=44100", "-b:a",
                 "128k", "-f", "mp3", "-content_type", "audio/mpeg",
                 f"icecast://source:hackme@127.0.0.1:{self.port['icecast']}"
                 "/rock")
        floor = self.run(os.path.join(BUILD, "radio"), "floor",
                         str(self.port["floor"]))
        self.pids = {"icecast": [icecast.pid], "floor": [floor.pid]}
        for kind in ("proxy", "relay"):
            path = os.path.join(self.dir, f"{kind}.conf")
            with open(path, "w") as f:
                f.write(self.nginx(kind))
            master = self.run(NGINX, "-e", f"{self.dir}/{kind}.log", "-c", path,
                              "-g", "daemon off;")
            servers.wait_for(lambda k=kind: answers(self.port[k]), 20, kind)
            servers.wait_for(lambda m=master: children(m.pid), 20, "worker")
            self.pids[kind] = children(master.pid)

    def icecast(self):
        owner = ("<changeowner><user>nobody</user><group>nogroup</group>"
                 "</changeowner>" if os.getuid() == 0 else "")
        return f"""<icecast><hostname>localhost</hostname>
<limits><clients>{2 * self.most + 100}</clients><sources>2</sources>
<burst-size>65535</burst-size><queue-size>1048576</queue-size></limits>
<authentication><source-password>hackme</source-password></authentication>
<listen-socket><port>{self.port['icecast']}</port>
<bind-address>127.0.0.1</bind-address></listen-socket>
<paths><basedir>/usr/share/icecast2</basedir><logdir>{self.dir}</logdir>
<webroot>/usr/share/icecast2/web</webroot>
<adminroot>/usr/share/icecast2/admin</adminroot></paths>
<logging><accesslog>access.log</accesslog><errorlog>icecast.log</errorlog>
<loglevel>1</loglevel></logging>
<security><chroot>0</chroot>{owner}</security></icecast>"""

    def nginx(self, kind):
        user = "user root;" if os.getuid() == 0 else ""
        source = f"http://127.0.0.1:{self.port['icecast']}/rock"
        what = (f"location = /rock {{ proxy_pass {source}; "
                "proxy_buffering off; }" if kind == "proxy" else
                f"location = /pull {{ internal; proxy_pass {source}; "
                "onair_pull station=rock demand=off; } "
                "location = /rock { onair_listen rock; }")
        load = f"load_module {MODULE};" if kind == "relay" else ""
        return f"""{load} {user} worker_processes 1; worker_rlimit_nofile 30000;
pid {self.dir}/{kind}.pid;
events {{ worker_connections {2 * self.most + 200}; }}
http {{ access_log off; proxy_temp_path {self.dir}/{kind}-p;
client_body_temp_path {self.dir}/{kind}-b; fastcgi_temp_path {self.dir}/f;
uwsgi_temp_path {self.dir}/u; scgi_temp_path {self.dir}/s;
server {{ listen 127.0.0.1:{self.port[kind]} backlog=4096; {what} }} }}"""

    def hear(self, kind, clients, seconds):
        """CPU us a listener-second, bytes of memory a listener, the report."""
        pids = self.pids[kind]
        memory = memory_of(pids)
        child = subprocess.Popen(
            [os.path.join(BUILD, "radio"), "hear", str(self.port[kind]),
             str(clients), str(seconds + 4), "/rock"],
            stdout=subprocess.PIPE, text=True)
        child.stdout.readline()
        time.sleep(2)  # the bursts are through
        before, began = cpu_of(pids), time.monotonic()
        time.sleep(seconds)
        used = cpu_of(pids) - before
        lasted = time.monotonic() - began
        memory = memory_of(pids) - memory
        report = json.loads(child.communicate()[0])
        # An Icecast under load does not let everybody in.
        heard = max(clients - report["silent"], 1)
        return {"cpu": used * 1e6 / lasted / heard,
                "memory": memory / heard, **report}


def listen(bench):
    rounds = bench.pick("rounds", 3)
    clients = bench.pick("clients", 1000)
    seconds = bench.pick("messages", 10)
    reports = {kind: [] for kind in KINDS}
    with Stage(clients) as stage:
        for i in range(rounds):
            for kind in KINDS[i % 4:] + KINDS[:i % 4]:
                report = stage.hear(kind, clients, seconds)
                reports[kind].append(report)
                ours = kind in ("floor", "relay")
                if report["gone"] or ours and report["silent"]:
                    bench.failed.append(f"listen {kind}: {report}")
    return table(bench, reports, clients, rounds)


def table(bench, reports, clients, rounds):
    def cost(kind):
        return median([r["cpu"] for r in reports[kind]])

    relay = cost("relay")
    bench.values = {
        "relay/icecast": ratio(relay, cost("icecast")),
        "relay/proxy": ratio(relay, cost("proxy")),
        "relay/floor": ratio(relay, cost("floor")),
        "relay/memory": median([r["memory"] for r in reports["relay"]]),
        "relay/late": max(r["late"] for r in reports["relay"]),
    }
    words = {"floor": "floor, a send each 250 ms", "icecast": "Icecast 2.4.4",
             "proxy": "nginx as its proxy (beside Icecast)",
             "relay": "onair_listen"}
    rows = [[words[kind], show(cost(kind)),
             show(ratio(cost(kind), cost("floor")), 2),
             spread([r["cpu"] for r in reports[kind]]),
             show(median([r["memory"] for r in reports[kind]]), 0),
             show(max(r["late"] for r in reports[kind]), 0),
             show(max(r["silent"] for r in reports[kind]), 0)]
            for kind in KINDS]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (f"### The sound\n\n{clients:,} listeners to 128 kbit/s; CPU of the "
            f"server's processes, medians of {rounds} interleaved rounds; the "
            "machine's load was " + load + ".\n\n" + figures.table(
                ["server", "CPU us/listener-second", "x", "least to most",
                 "bytes/listener", "ran dry", "not let in"], rows))
