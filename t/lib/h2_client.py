"""Streams of events over one HTTP/2 connection (python3-h2), for sse.t.

usage: h2_client.py TLS_PORT CLEAR_PORT; prints what holds, a line each.
"""

import http.client
import json
import select
import socket
import ssl
import sys
import time

import h2.config
import h2.connection
import h2.events
import h2.settings


class Client:
    def __init__(self, port):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", port))
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        self.http = h2.connection.H2Connection(
            h2.config.H2Configuration(header_encoding="utf-8"))
        self.http.initiate_connection()
        self.http.increment_flow_control_window(1 << 24)
        self.text = {}
        self.ended = set()
        self.held = set()
        self.flush()

    def flush(self):
        self.socket.sendall(self.http.data_to_send())

    def open(self, path):
        stream = self.http.get_next_available_stream_id()
        self.http.send_headers(stream, [
            (":method", "GET"), (":scheme", "https"),
            (":authority", "localhost"), (":path", path),
            ("accept", "text/event-stream")], end_stream=True)
        self.text[stream] = ""
        self.flush()
        return stream

    def pump(self, seconds):
        if not self.socket.pending():
            if not select.select([self.socket], [], [], seconds)[0]:
                return
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        for event in self.http.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                stream = event.stream_id
                self.text[stream] += event.data.decode()
                size = event.flow_controlled_length
                if size and stream not in self.held:
                    self.http.acknowledge_received_data(size, stream)
            elif isinstance(event, (h2.events.StreamEnded,
                                    h2.events.StreamReset)):
                self.ended.add(event.stream_id)
        self.flush()

    def until(self, condition, what):
        limit = time.time() + 10
        while not condition():
            if time.time() > limit:
                sys.exit("not so: " + what)
            self.pump(0.1)
        print(what, flush=True)


def publish(port, title):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/publish/rock", json.dumps({"title": title}))
    connection.getresponse().read()
    connection.close()


def main():
    tls_port, port = int(sys.argv[1]), int(sys.argv[2])
    publish(port, "begin")
    client = Client(tls_port)
    streams = [client.open("/live/rock") for _ in range(4)]

    def all_have(text, of):
        return lambda: all(text in client.text[stream] for stream in of)

    client.until(all_have('"begin"', streams), "four streams have the state")
    publish(port, "one")
    client.until(all_have('"one"', streams), "each has each change")
    client.http.reset_stream(streams[0], 8)
    client.flush()
    publish(port, "two")
    client.until(all_have('"two"', streams[1:]), "a cancelled one ends alone")

    # One stream's window is used up: latest wins there, others go on.
    client.held.add(streams[1])
    for count in range(200):
        publish(port, "n%d" % count)
        client.pump(0)
    client.until(all_have('"n199"', streams[2:]),
                 "a window of nothing holds back one stream only")
    if '"n199"' in client.text[streams[1]]:
        sys.exit("the window was not used up")
    client.held.clear()
    client.http.increment_flow_control_window(1 << 20, streams[1])
    client.flush()
    client.until(all_have('"n199"', streams[1:2]),
                 "the newest comes when it opens")
    print("done")


main()
