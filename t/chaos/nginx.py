"""The nginx under test: its configuration, its processes, its log."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

INTERVAL = 0.5

CONFIGURATION = """
{load}
{main_of_environment}
daemon on;
worker_processes {workers};
pid {dir}/nginx.pid;
error_log {log} notice;
env ASAN_OPTIONS; env UBSAN_OPTIONS; env LSAN_OPTIONS;
{main}
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {dir}/temp/body;
    proxy_temp_path {dir}/temp/proxy;
    fastcgi_temp_path {dir}/temp/fastcgi;
    uwsgi_temp_path {dir}/temp/uwsgi;
    scgi_temp_path {dir}/temp/scgi;
    {redis}
    onair_zone onair:{zone} {stations} state={dir}/state rooms=4 ring=64k
        room_history=512k sound=1m {share};
    onair_zone alone:1m state={dir}/state;
    onair_drain {drain};
    server {{
        listen 127.0.0.1:{port} backlog=2000;
        location = /source {{
            internal;
            proxy_pass http://127.0.0.1:{source}/status-json.xsl;
            proxy_connect_timeout 2s; proxy_read_timeout 2s;
            {poll}
        }}
        location /live/ {{ onair; }}
        location /api/ {{ onair_azuracast; }}
        location /connection/ {{ onair_centrifuge; }}
        location /room/ {{
            onair_room show=off history=1000 window=20ms;
            onair_message_rate off;
        }}
        location /publish/ {{ onair_publish; }}
        location /alone/ {{ onair zone=alone; }}
        location /publish/alone/ {{ onair_publish zone=alone; }}
        location = /status {{ onair_status; }}
        {sound}
        {extra}
    }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(x) for x in file.read().split()]
    except OSError:
        return []


def title(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().rstrip(b"\0").decode("latin1")
    except OSError:
        return ""


def starved(pid):
    """Seconds that it could have run and had no CPU, all its life."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def reap():
    """Takes what an upgrade left to us, which have become its parent."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


class Nginx:
    NORMAL = dict(workers=3, interval=INTERVAL, zone="4m", stations="",
                  connections=2048, drain="300ms", main="", log="error.log",
                  sound="", extra="", polls=True, redis="", share="")

    def __init__(self, source, **normal):
        self.normal = {**self.NORMAL, **normal}
        self.source = source
        self.dir = tempfile.mkdtemp(prefix="onair-chaos-")
        os.chmod(self.dir, 0o777)
        os.mkdir(self.dir + "/temp")
        self.port = free_port()
        self.binary = os.environ.get("ONAIR_NGINX", "/usr/sbin/nginx")
        self.module = os.environ.get("ONAIR_MODULE")
        self.master = None
        self.seen = 0                   # of the error log
        self.wanted = self.normal       # what the file says
        self.now = self.normal          # what is in force

    # --- configuration ---

    def write(self, **changes):
        """Not in force before start() or reload()."""
        self.wanted = {**self.normal, **changes}
        w = dict(self.wanted)
        if not w["log"].startswith("/"):
            w["log"] = f"{self.dir}/{w['log']}"
        text = CONFIGURATION.format(
            **w, dir=self.dir, port=self.port, source=self.source.port,
            poll=f"onair_poll interval={int(w['interval'] * 1000)}ms;"
            if w["polls"] else "",
            load=f"load_module {self.module};" if self.module else "",
            main_of_environment=os.environ.get("ONAIR_NGINX_MAIN", ""))
        with open(self.dir + "/nginx.conf.new", "w") as file:
            file.write(text)
        os.rename(self.dir + "/nginx.conf.new", self.dir + "/nginx.conf")

    def start(self, **environment):
        # As a daemon: else it takes no signal to change its binary.
        with open(self.dir + "/stderr", "w") as stderr:
            code = subprocess.call(
                [self.binary, "-p", self.dir, "-c", self.dir + "/nginx.conf",
                 "-e", self.dir + "/error.log"],
                stdout=subprocess.DEVNULL, stderr=stderr,
                env={**os.environ, **environment})
        if code:
            with open(self.dir + "/stderr") as stderr:
                raise OSError("nginx does not start: " + stderr.read())
        wait_for(lambda: self.pid_in("nginx.pid"))
        self.master = self.pid_in("nginx.pid")
        self.now = self.wanted

    def reload(self):
        os.kill(self.master, signal.SIGHUP)
        self.now = self.wanted

    # --- processes ---

    def workers(self, master=None):
        return [p for p in children(master or self.master)
                if title(p) == "nginx: worker process"]

    def masters(self):
        pids = [self.pid_in(name) for name in ("nginx.pid",
                                               "nginx.pid.oldbin")]
        return [pid for pid in pids if pid]

    def leaving(self, master=None):
        return [p for p in children(master or self.master)
                if "shutting down" in title(p)]

    def owners(self, ports):
        """Which of our processes, and in which state, has the connection
        from each of these ports; nobody has one that waits for accept()."""
        inodes = {}
        with open("/proc/net/tcp") as file:
            for line in list(file)[1:]:
                fields = line.split()
                local, remote = (int(x.split(":")[1], 16)
                                 for x in fields[1:3])
                if local == self.port:
                    inodes[f"socket:[{fields[9]}]"] = remote
        found = {}
        for pid in self.ours():
            try:
                for fd in os.listdir(f"/proc/{pid}/fd"):
                    port = inodes.get(os.readlink(f"/proc/{pid}/fd/{fd}"))
                    if port:
                        with open(f"/proc/{pid}/stat") as file:
                            state = file.read().rpartition(")")[2].split()[0]
                        found[port] = (f"{pid} ({state}, {title(pid)[7:]}, "
                                       f"{starved(pid):.1f} s without CPU)")
            except OSError:
                pass
        return [found.get(port, "nobody") for port in ports]

    def pid_in(self, name):
        try:
            with open(f"{self.dir}/{name}") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def ours(self):
        """By what they run, never by a number kept: numbers are used again.
        Workers whose master was killed have become our own children."""
        masters = [int(p) for p in os.listdir("/proc")
                   if p.isdigit() and self.dir in title(int(p))]
        orphans = [p for p in children(os.getpid())
                   if title(p).startswith("nginx: worker")]
        return masters + [c for p in masters for c in children(p)] + orphans

    def states(self):
        """The file that those are kept in which no other machine has."""
        try:
            with open(self.dir + "/state/alone.state", "rb") as file:
                return file.read()
        except OSError:
            return b""

    def kill(self):
        def are_gone():
            ours = self.ours()
            for pid in ours:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            reap()
            return not ours

        # Again and again: one may be born while we look.
        wait_for(are_gone)
        for name in ("nginx.pid", "nginx.pid.oldbin"):
            try:
                os.remove(f"{self.dir}/{name}")
            except OSError:
                pass

    def end(self):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- log ---

    def unseen(self):
        """What the log has got since look() was called last."""
        with open(self.dir + "/error.log", "rb") as file:
            file.seek(self.seen)
            return file.read()

    def says(self, pattern):
        return re.search(pattern, self.unseen().decode("utf8", "replace"))

    def look(self):
        whole = self.unseen().rpartition(b"\n")
        self.seen += len(whole[0]) + len(whole[1])
        return whole[0].decode("utf8", "replace").splitlines()
