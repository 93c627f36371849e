"""The servers the bench compares: how each is started, asked and stopped."""

import filecmp
import glob
import os
import pwd
import grp
import shutil
import signal
import socket
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.environ.get("ONAIR_BUILD", os.path.join(ROOT, "build"))
BUILD = os.path.join(OUT, "bench")
MODULE = os.environ.get("ONAIR_MODULE",
                        os.path.join(OUT, "ngx_http_onair_module.so"))
NGINX = os.environ.get("NGINX", "/usr/sbin/nginx")
NCHAN = "/usr/lib/nginx/modules/ngx_nchan_module.so"
PYTHON = "/usr/bin/python3"
SOURCES = ["load", "options", "proc", "publisher", "stream", "decoder",
           "client", "crowd", "report",
           "h2"]


class Absent(Exception):
    """A server that is not installed or not built here."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(word) for word in f.read().split()]


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"no {what} within {seconds} s")
        time.sleep(0.02)


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def build():
    """Compiles the tools where a source is newer, installs npm's ws."""
    os.makedirs(BUILD, exist_ok=True)
    headers = glob.glob(os.path.join(HERE, "*.h"))
    flags = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"]
    for tool, sources in (("load", SOURCES),
                          ("floor", ["floor", "sender", "uring"]),
                          ("tls_floor", ["tls_floor"]),
                          ("radio", ["radio"])):
        files = [os.path.join(HERE, f"{name}.cc") for name in sources]
        out = os.path.join(BUILD, tool)
        newest = max(os.path.getmtime(f) for f in files + headers)
        if not os.path.exists(out) or os.path.getmtime(out) < newest:
            subprocess.run([os.environ.get("CXX", "g++"), *flags, "-o", out,
                            *files, "-lssl", "-lcrypto", "-lz", "-luring"],
                           check=True)
    lock = os.path.join("node_modules", ".lock-of-bench")
    if not same(os.path.join(HERE, "package-lock.json"),
                os.path.join(BUILD, lock)):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(HERE, name), BUILD)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"],
                              cwd=BUILD, stdout=subprocess.DEVNULL)
        if done.returncode == 0:
            shutil.copy(os.path.join(HERE, "package-lock.json"),
                        os.path.join(BUILD, lock))


def same(one, other):
    return os.path.exists(other) and filecmp.cmp(one, other, shallow=False)


def certificate():
    key = os.path.join(BUILD, "key.pem")
    cert = os.path.join(BUILD, "cert.pem")
    if not os.path.exists(cert):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "3650", "-subj", "/CN=127.0.0.1", "-keyout", key,
                        "-out", cert], check=True, capture_output=True)
    return key, cert


class Server:
    """One started server. `pids` are those whose CPU and memory count."""

    name = ""
    transports = ("ws",)
    check = "verbatim"

    def __init__(self, transport="ws", workers=1, pin=None, wrap=(), tls=False,
                 **more):
        self.transport, self.workers, self.tls = transport, workers, tls
        self.pin, self.wrap, self.more = pin, list(wrap), more
        self.port, self.control = free_port(), free_port()
        self.dir = os.path.join(BUILD, "run", self.name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.prepare()

    def __enter__(self):
        command = self.wrap + self.command()
        if self.pin is not None:
            command = ["taskset", "-c", str(self.pin)] + command
        self.log = open(os.path.join(self.dir, "output"), "w")
        environment = dict(os.environ)
        environment["NODE_PATH"] = os.path.join(BUILD, "node_modules")
        self.process = subprocess.Popen(command, stdout=self.log,
                                        stderr=self.log, env=environment)
        try:
            wait_for(self.up, 60, f"answer from {self.name}")
            self.pids = self.find_pids()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def up(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended; see {self.dir}")
        return all(answers(port) for port in self.ports())

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            for pid in children(self.process.pid):
                os.kill(pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        self.log.close()

    # What differs between servers.
    def prepare(self):
        pass

    def command(self):
        raise NotImplementedError

    def ports(self):
        return [self.port, self.control]

    def find_pids(self):
        return [self.process.pid]

    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def publish_url(self):
        return f"tcp://127.0.0.1:{self.control}"

    def text_size(self, size):
        """How long a published text must be for a message of `size`."""
        return size


class Floor(Server):
    name = "floor"
    transports = ("ws", "sse")
    how = "send"

    def command(self):
        return [os.path.join(BUILD, "floor"), "--how", self.how,
                str(self.port), str(self.control), self.transport,
                str(self.workers)]


class TlsFloor(Floor):
    """The same over TLS 1.3: one SSL_write() a connection and message."""

    name = "floor-tls"
    transports = ("sse", "h2")

    def command(self):
        return [os.path.join(BUILD, "tls_floor"), str(self.port),
                str(self.control), *certificate()]

    def url(self):
        return f"https://127.0.0.1:{self.port}/"


def sending(way):
    """A floor that sends in another way than by send()."""
    return type("Floor", (Floor,), {"name": f"floor-{way}", "how": way,
                                    "transports": ("ws",)})


class NodeWs(Server):
    name = "node-ws"

    def command(self):
        if not os.path.isdir(os.path.join(BUILD, "node_modules", "ws")):
            raise Absent("npm's ws is not installed")
        return ["node", os.path.join(HERE, "ws_server.js"), str(self.port),
                str(self.control)]


class SocketIo(NodeWs):
    name = "socket.io"
    check = "marker"
    greet = "40"  # into its default namespace

    def command(self):
        if not os.path.isdir(os.path.join(BUILD, "node_modules",
                                          "socket.io")):
            raise Absent("npm's socket.io is not installed")
        return ["node", os.path.join(HERE, "socketio_server.js"),
                str(self.port), str(self.control)]

    def url(self):
        return (f"ws://127.0.0.1:{self.port}"
                "/socket.io/?EIO=4&transport=websocket")


class PythonWebsockets(Server):
    name = "python-websockets"

    def command(self):
        probe = subprocess.run([PYTHON, "-c", "import websockets"],
                               capture_output=True)
        if probe.returncode != 0:
            raise Absent("python3-websockets is not installed")
        return [PYTHON, os.path.join(HERE, "websockets_server.py"),
                str(self.port), str(self.control)]


class Nginx(Server):
    """What all servers inside nginx share. More than 15/16 of
    worker_connections in use makes nginx close waiting connections, so the
    number is above the descriptor limit on purpose."""

    module = None

    def prepare(self):
        if not os.path.exists(NGINX):
            raise Absent(f"{NGINX} is not installed")
        if self.module and not os.path.exists(self.module):
            raise Absent(f"{self.module} is not there")
        me = pwd.getpwuid(os.geteuid()).pw_name
        group = grp.getgrgid(os.getegid()).gr_name
        listen = f"127.0.0.1:{self.port} backlog=4096"
        if self.workers > 2:
            listen += " reuseport"
        if self.tls:
            key, cert = certificate()
            way = "ssl http2" if self.transport == "h2" else "ssl"
            listen = (f"{listen} {way}; ssl_certificate {cert}; "
                      f"ssl_certificate_key {key}")
        load = f"load_module {self.module};" if self.module else ""
        user = f"user {me} {group};" if os.geteuid() == 0 else ""
        with open(os.path.join(self.dir, "nginx.conf"), "w") as f:
            f.write(f"""{load}
{user}
daemon off;
worker_processes {self.workers};
pid {self.dir}/nginx.pid;
error_log {self.dir}/error.log warn;
events {{
    worker_connections 24000;
}}
http {{
    access_log off;
    keepalive_timeout 1h;
    {self.more.get("config", "")}
    client_body_temp_path {self.dir}/body;
    proxy_temp_path {self.dir}/proxy;
    fastcgi_temp_path {self.dir}/fastcgi;
    uwsgi_temp_path {self.dir}/uwsgi;
    scgi_temp_path {self.dir}/scgi;
{self.http()}
    server {{
        listen {listen};
{self.locations()}
    }}
    server {{
        listen 127.0.0.1:{self.control};
{self.control_locations()}
    }}
}}
""")

    def http(self):
        return ""

    def control_locations(self):
        return ""

    def command(self):
        return [NGINX, "-p", self.dir, "-c",
                os.path.join(self.dir, "nginx.conf"),
                "-e", os.path.join(self.dir, "error.log")]

    def find_pids(self):
        found = []

        def workers():
            path = os.path.join(self.dir, "nginx.pid")
            if not os.path.exists(path):
                return False
            with open(path) as f:
                text = f.read().strip()
            found[:] = children(int(text)) if text else []
            return len(found) >= self.workers
        wait_for(workers, 30, "workers of nginx")
        return found

    def scheme(self):
        return "https" if self.tls else "http"

    def complaints(self):
        with open(os.path.join(self.dir, "error.log")) as f:
            return [line for line in f
                    if any(f"[{level}]" in line
                           for level in ("error", "crit", "alert", "emerg"))]


class Return(Nginx):
    name = "nginx-return"
    transports = ("get",)

    def locations(self):
        answer = self.more.get("answer", "return 200 \"on air\\n\"")
        return f"        location / {{ {answer}; }}"

    def url(self):
        return f"{self.scheme()}://127.0.0.1:{self.port}/"


class Nchan(Nginx):
    name = "nchan"
    transports = ("ws", "sse", "longpoll")
    module = NCHAN

    def http(self):
        return "    nchan_shared_memory_size 256m;"

    def locations(self):
        # A long poll must have an answer at once, to learn where it is.
        first = "oldest" if self.transport == "longpoll" else "newest"
        return f"""        location = /live/bench {{
            nchan_subscriber websocket eventsource longpoll;
            nchan_channel_id bench;
            nchan_subscriber_first_message {first};
            nchan_subscriber_timeout 0;
        }}"""

    def control_locations(self):
        return """        location = /publish {
            nchan_publisher http;
            nchan_channel_id bench;
            nchan_message_buffer_length 1;
        }"""

    def url(self):
        return f"{self.scheme()}://127.0.0.1:{self.port}/live/bench"

    def publish_url(self):
        return f"http://127.0.0.1:{self.control}/publish"

    def text_size(self, size):
        if self.transport == "longpoll":
            from http_client import post
            post(self.control, "/publish", b"#000000#", "text/plain")
        return size


class Onair(Nginx):
    name = "onair"
    transports = ("ws", "sse", "longpoll")
    check = "snapshot"
    module = MODULE

    def http(self):
        return self.more.get(
            "zone", "    onair_zone bench:1m stations=8 history=0;")

    def locations(self):
        deflate = "on" if self.more.get("deflate") else "off"
        return f"""        location /live/ {{
            onair zone=bench;
            onair_heartbeat 1h;
            onair_deflate {deflate};
        }}
{self.more.get("source", "")}"""

    def control_locations(self):
        return "        location = /publish { onair_publish bench zone=bench; }"

    def url(self):
        wait = "?wait=300" if self.transport == "longpoll" else ""
        station = self.more.get("station", "bench")
        return f"{self.scheme()}://127.0.0.1:{self.port}/live/{station}{wait}"

    def publish_url(self):
        return f"http://127.0.0.1:{self.control}/publish"

    def document(self):
        """Where a message can be had without waiting."""
        return "/live/bench"

    def text_size(self, size):
        """The snapshot holds more than the title, and the title more than
        once: two titles tell how both depend."""
        from http_client import get, post
        lengths = []
        for pad in (100, 200):
            title = "#000000#" + "x" * (pad - 8)
            post(self.control, "/publish", b'{"title":"%s"}' % title.encode(),
                 "application/json")
            lengths.append(len(get(self.port, self.document(), self.tls)))
        slope = (lengths[1] - lengths[0]) / 100
        if slope <= 0:
            raise RuntimeError("the snapshot does not show the title")
        return max(8, round(100 + (size - lengths[0]) / slope))


class Beside(Onair):
    """Another build of the module, for what a change is worth: that of
    ONAIR_BESIDE."""

    name = "onair-beside"
    transports = ("ws", "sse")
    module = os.environ.get("ONAIR_BESIDE", "")

    def prepare(self):
        if not self.module:
            raise Absent("ONAIR_BESIDE names no module")
        super().prepare()


class Azuracast(Onair):
    """The same module, asked by AzuraCast's players."""

    name = "onair-azuracast"
    transports = ("ws", "sse")
    check = "snapshot"

    def locations(self):
        return """        location /api/ {
            onair_azuracast zone=bench;
            onair_heartbeat 1h;
        }"""

    def url(self):
        way = "websocket" if self.transport == "ws" else "sse"
        subs = "%7B%22subs%22%3A%7B%22station%3Abench%22%3A%7B%22recover" \
            "%22%3Atrue%7D%7D%7D"
        return (f"{self.scheme()}://127.0.0.1:{self.port}/api/live/nowplaying/"
                f"{way}?cf_connect={subs}")

    def document(self):
        return "/api/nowplaying/bench"


class Room(Nginx):
    """The same module: members of a room, one of whom talks by POST."""

    name = "onair-room"
    transports = ("ws", "sse")
    check = "marker"
    module = MODULE
    window = "0"
    post = '{"say":"{}"}'

    def http(self):
        return """    onair_zone bench:32m rooms=4;
    onair_message_rate off;
    onair_heartbeat 1h;"""

    def location(self, more=""):
        return f"""        location /room/ {{
            onair_room zone=bench history=0 show=off window={self.window};
            {more}
        }}"""

    def locations(self):
        return self.location()

    def control_locations(self):
        return self.location("onair_member id=publisher role=robot;")

    def url(self):
        return f"{self.scheme()}://127.0.0.1:{self.port}/room/bench"

    def publish_url(self):
        return f"http://127.0.0.1:{self.control}/room/bench"

    def text_size(self, size):
        """The talker has to be a member; it reads what it is told."""
        self.talker = socket.create_connection(("127.0.0.1", self.control))
        self.talker.sendall(b"GET /room/bench HTTP/1.1\r\nHost: bench\r\n"
                            b"Accept: text/event-stream\r\n\r\n")
        if not self.talker.recv(65536).startswith(b"HTTP/1.1 200"):
            raise RuntimeError("the talker was not let in")
        threading.Thread(target=self.read_on, daemon=True).start()
        return size

    def read_on(self):
        try:
            while self.talker.recv(65536):
                pass
        except OSError:
            pass

    def stop(self):
        if hasattr(self, "talker"):
            self.talker.close()
        super().stop()


def collecting(window):
    """A room that collects what is said for a while."""
    return type("Room", (Room,), {"name": f"onair-room-{window}",
                                  "window": window, "transports": ("ws",)})


ALL = {c.name: c for c in (
    Floor, TlsFloor, Onair, Beside, Azuracast, Room, *map(collecting, ("100ms", "250ms")),
    Nchan, NodeWs, SocketIo, PythonWebsockets, Return,
    *map(sending, ("writev", "more", "cork", "zerocopy", "uring")))}
