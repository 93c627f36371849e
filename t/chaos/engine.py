"""The Redis that machines have in common, with an append-only file."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from nginx import free_port, wait_for


class Redis:
    def __init__(self):
        self.port = free_port()
        self.dir = tempfile.mkdtemp(prefix="onair-chaos-redis-")
        self.process = None

    def start(self):
        with open(self.dir + "/log", "a") as log:
            self.process = subprocess.Popen(
                [os.environ.get("ONAIR_REDIS", "redis-server"),
                 "--port", str(self.port), "--bind", "127.0.0.1",
                 "--dir", self.dir, "--save", "", "--appendonly", "yes"],
                stdout=log, stderr=log)
        if not wait_for(self.is_up):
            raise OSError("redis-server does not start")

    def is_up(self):
        try:
            return self.ask("PING").startswith(b"+PONG")
        except OSError:
            return False

    def ask(self, *words):
        """The first bytes of an answer."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as s:
            s.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words))
            return s.recv(4096)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def forget(self):
        """Its file, while it is dead."""
        shutil.rmtree(self.dir + "/appendonlydir", ignore_errors=True)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        if self.process:
            self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)
