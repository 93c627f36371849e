#!/usr/bin/env python3
"""usage: canary.py NGINX REPORTS

Starts the instrumented nginx and asks for each planted fault, from a worker
and from a worker that has dropped root; every one must leave a report of its
kind in REPORTS. What was found is removed: afterwards any report is a fault.
"""
import glob
import grp
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

FAULTS = {
    "heap": "heap-buffer-overflow",
    "pool": "heap-buffer-overflow",
    "freed": "heap-use-after-free",
    "undefined": "signed integer overflow",
    "leak": "detected memory leaks",
}


def nobody():
    """`user` takes a group of the user's name where none is given."""
    names = [g.gr_name for g in grp.getgrall()]
    return "nobody" if "nobody" in names else "nobody nogroup"


NOBODY = nobody()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=30):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def ask(port, path):
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as s:
            s.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            s.settimeout(10)
            return s.recv(1000) or b""
    except OSError:
        return b""


def reports_in(directory):
    texts = []
    for path in filter(os.path.isfile, glob.glob(directory + "/*")):
        with open(path, errors="replace") as file:
            texts.append(file.read())
    return "\n".join(texts)


def try_fault(nginx, reports, fault, sign, user):
    directory = tempfile.mkdtemp(prefix="onair-canary-")
    os.chmod(directory, 0o777)
    port = free_port()
    os.mkdir(directory + "/logs")
    config = directory + "/nginx.conf"
    with open(config, "w") as file:
        file.write(f"""
user {user};
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log info;
env ASAN_OPTIONS; env UBSAN_OPTIONS; env LSAN_OPTIONS;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /up {{ return 204; }}
        location /fault {{ canary {fault}; }}
    }}
}}
""")
    process = subprocess.Popen(
        [nginx, "-p", directory, "-c", config, "-e", directory + "/error.log"],
        stdout=subprocess.DEVNULL, stderr=open(directory + "/stderr", "w"))
    try:
        if not wait_for(lambda: ask(port, "/up").startswith(b"HTTP")):
            sys.exit("canary: nginx does not serve:\n" +
                     open(directory + "/stderr").read() +
                     open(directory + "/error.log").read())
        ask(port, "/fault")
        if fault == "leak":
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
        # With both sanitizers in one binary, UBSan writes to stderr, which
        # is nginx's error log.
        found = wait_for(lambda: sign in reports_in(reports) +
                         reports_in(directory), 15)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        shutil.rmtree(directory, ignore_errors=True)
    said = reports_in(reports)
    for path in glob.glob(reports + "/*"):
        os.remove(path)
    return found, said


def main():
    nginx, reports = sys.argv[1:]
    silent = []
    for fault, sign in FAULTS.items():
        # LeakSanitizer cannot look into a process that has dropped root.
        users = ["root"] if fault == "leak" else ["root", NOBODY]
        for user in users:
            found, said = try_fault(nginx, reports, fault, sign, user)
            if not found:
                silent.append(f"{fault} as {user}")
                print(said[:2000])
    if silent:
        sys.exit("canary: no report of: " + ", ".join(silent))
    print(f"canary: {len(FAULTS)} planted faults, all reported")


if __name__ == "__main__":
    main()
