"""Dialogues of event streams over HTTP/2 for h2_streams.t, by a client that does
what others do not (h2_raw.py).

usage: h2_streams.py SCHEME PORT CLEAR_PORT SCENARIO...
Prints "ok SENTENCE" or "not ok SENTENCE: why" a line.
"""

import http.client
import json
import sys
import time

import h2_raw
from h2_raw import Client, Wrong

KEPT = "0123456789" * 100  # a page beside the streams


class Place:
    """Where the server is, and what has been published there."""

    def __init__(self, scheme, port, clear):
        self.scheme, self.port, self.clear = scheme, port, clear
        self.count = 0

    def client(self, **more):
        return Client(self.port, tls=self.scheme == "https", **more)

    def ask(self, path, method="GET", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.clear,
                                                timeout=10)
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return text

    def publish(self, pad=0, station="rock"):
        """A title that was not there before; returns it."""
        self.count += 1
        title = f"title{self.count}." + "x" * pad
        self.ask(f"/publish/{station}", "POST", json.dumps({"title": title}))
        return title

    def totals(self, name):
        return json.loads(self.ask("/status"))["totals"][name]

    def subscribers(self):
        return sum(sum(worker["subscribers"].values()) for worker in
                   json.loads(self.ask("/status"))["workers"])


def events(stream):
    """The whole ones, each as (id's number, parsed data)."""
    found = []
    for block in stream.bytes.split(b"\n\n")[:-1]:
        number, data = None, None
        for line in block.split(b"\n"):
            if line.startswith(b"id: "):
                number = int(line.rsplit(b":", 1)[1])
            elif line.startswith(b"data: "):
                data = json.loads(line[6:])
            elif line and not line.startswith((b":", b"retry: ")):
                raise Wrong(f"a line {line[:40]!r}")
        if data is not None:
            if data["seq"] != number:
                raise Wrong("an id beside its event")
            found.append((number, data))
    numbers = [number for number, _ in found]
    if numbers != sorted(set(numbers)):
        raise Wrong(f"events out of order or doubled: {numbers}")
    return found


def titles(stream):
    return [data["now"]["title"] for _, data in events(stream)
            if data["now"] is not None]


def has(client, number, title):
    return lambda: title in titles(client.streams[number])


def all_have(client, numbers, title, seconds=60):
    for number in numbers:
        client.until(has(client, number, title),
                     f"stream {number} has {title[:12]}", seconds)


def open_streams(place, client, count, path="/live/rock"):
    """Streams that have been greeted."""
    numbers = [client.events(path) for _ in range(count)]
    client.until(lambda: all(events(client.streams[n]) for n in numbers),
                 "each is greeted")
    for number in numbers:
        if client.streams[number].status != 0x88:
            raise Wrong("not 200")
    return numbers


def each_change(place, client, numbers, count, pad=0, station="rock"):
    """Publishes the next when all have the last; nothing may be missing."""
    before = {n: len(events(client.streams[n])) for n in numbers}
    for _ in range(count):
        all_have(client, numbers, place.publish(pad, station))
    for number in numbers:
        more = len(events(client.streams[number])) - before[number]
        if more != count:
            raise Wrong(f"{more} events of {count} changes")


def one_stream(place):
    """a sole stream gets each change"""
    client = place.client()
    each_change(place, client, open_streams(place, client, 1), 40)


def ten_streams(place):
    """ten streams of a connection get each change"""
    client = place.client()
    each_change(place, client, open_streams(place, client, 10), 30)


def long_events(place):
    """events longer than a frame come whole"""
    client = place.client()
    numbers = open_streams(place, client, 3, "/live/long")
    each_change(place, client, numbers, 12, 4000, "long")
    stream = client.streams[numbers[0]]
    if len(stream.bytes.split(b"\n\n")[-2]) < 3 * 16384:
        raise Wrong("the event was not long")
    if max(stream.sizes) > 16384:
        raise Wrong("a frame was longer than allowed")


def longer_frames(place):
    """a larger frame size may be allowed in the middle"""
    client = place.client()
    numbers = open_streams(place, client, 2, "/live/long")
    each_change(place, client, numbers, 2, 4000, "long")
    client.set((h2_raw.MAX_FRAME, 100000))
    each_change(place, client, numbers, 4, 4000, "long")


def window_of_a_byte(place):
    """a window opened byte by byte lets an event through byte by byte"""
    client = place.client(window=0)
    numbers = [client.events(), client.events()]
    # nginx may keep the head until something comes behind it. A greeting is
    # longer than what is given here at first.
    for _ in range(3000):
        client.open_window(numbers[0], 1)
        client.pump(0.001)
    stream = client.streams[numbers[0]]
    if stream.sizes and max(stream.sizes) > 1 and min(stream.sizes) > 1:
        raise Wrong(f"frames of {stream.sizes[:5]}")
    if not events(stream):
        raise Wrong("no event came")
    if client.streams[numbers[1]].bytes:
        raise Wrong("the other had no window")
    title = place.publish()
    for _ in range(6000):
        if title in titles(stream):
            break
        client.open_window(numbers[0], 1)
        client.pump(0.001)
    all_have(client, numbers[:1], title)
    client.open_window(numbers[1], 1 << 20)
    all_have(client, numbers[1:], title)
    each_change(place, client, numbers[1:], 3)


def shared_window(place):
    """a window of the connection is shared, and what waits goes on"""
    client = place.client(connection=0)
    numbers = open_streams(place, client, 4)
    count = 0
    # 65,535 bytes for all: soon nothing is left.
    while client.window > 0:
        count += 1
        place.publish(200)
        client.pump(0.02)
        if count > 500:
            raise Wrong("the window is not used up")
    title = place.publish()
    client.pump(0.1)
    client.open_window(0, 700)
    client.pump(0.1)
    client.open_window(0, 1)
    client.pump(0.1)
    client.open_window(0, 1 << 24)
    all_have(client, numbers, title)
    each_change(place, client, numbers, 5)


def windows_in_settings(place):
    """an initial window of nothing, below nothing and of much in the middle"""
    client = place.client(window=4000)
    numbers = open_streams(place, client, 3)
    client.narrow(0)
    for _ in range(3):
        title = place.publish()
        client.pump(0.05)
    sizes = [len(client.streams[n].bytes) for n in numbers]
    place.publish()
    client.pump(0.2)
    if sizes != [len(client.streams[n].bytes) for n in numbers]:
        raise Wrong("something came through a window below nothing")
    client.set((h2_raw.INITIAL_WINDOW, 1 << 24))
    title = place.publish()
    all_have(client, numbers, title)
    each_change(place, client, numbers, 5)


def resets(place):
    """a stream that is reset goes alone, also in the middle of an event"""
    client = place.client(window=100)
    numbers = [client.events() for _ in range(6)]
    for number in numbers[2:]:
        client.open_window(number, 1 << 20)
    client.until(lambda: all(events(client.streams[n]) for n in numbers[2:]),
                 "four are greeted")
    client.cancel(numbers[0])
    client.cancel(numbers[2])
    each_change(place, client, numbers[3:], 4)
    client.cancel(numbers[3], 2)
    client.open_window(numbers[1], 1 << 20)
    each_change(place, client, numbers[4:], 4)
    all_have(client, [numbers[1]], place.publish())
    each_change(place, client, [numbers[1], *numbers[4:]], 4)
    if place.subscribers() < 3:
        raise Wrong("one that was not reset has gone")
    client.close()


def reset_and_again(place):
    """streams come and go in great number on one connection"""
    client = place.client()
    kept = open_streams(place, client, 1)
    for _ in range(40):
        numbers = open_streams(place, client, 3)
        client.cancel(numbers[0])
        all_have(client, kept + numbers[1:], place.publish())
        client.cancel(numbers[1])
        client.cancel(numbers[2])
    each_change(place, client, kept, 4)


def pings(place):
    """pings are answered between events"""
    client = place.client()
    numbers = open_streams(place, client, 2)
    for i in range(20):
        word = b"word%04d" % i
        client.ping(word)
        title = place.publish()
        client.ping(word)
        all_have(client, numbers, title)
        client.until(lambda w=word: client.pongs.count(w) == 2, "a pong")


def priorities(place):
    """priorities may change under way"""
    client = place.client()
    numbers = open_streams(place, client, 4)
    a, b, c, d = numbers
    for words in ((a, b, 10, True), (b, c, 255), (c, d, 0, True), (d, 0, 99),
                  (a, 0, 1, True), (d, a, 7)):
        client.prioritize(*words)
        each_change(place, client, numbers, 3)


def goaway(place):
    """after a GOAWAY of the client its streams go on"""
    client = place.client()
    numbers = open_streams(place, client, 2)
    client.say_goaway()
    each_change(place, client, numbers, 4)


def others_beside(place):
    """other requests of the same connection are answered between events"""
    client = place.client(window=100000)
    numbers = open_streams(place, client, 2)
    big = client.get("/big", accept="*/*")
    for _ in range(10):
        small = client.get("/small", accept="*/*")
        state = client.get("/live/rock", accept="*/*")
        each_change(place, client, numbers, 1)
        client.until(lambda s=(small, state): all(
            client.streams[n].ended for n in s), "small answers")
        if client.streams[small].bytes != KEPT.encode():
            raise Wrong("another page than it was")
        json.loads(client.streams[state].bytes)
        for number in numbers + [big]:
            client.open_window(number, 50000)
    client.open_window(big, 4 << 20)
    client.until(lambda: client.streams[big].ended, "a file of 1 MB")
    if client.streams[big].bytes != b"%07d\n" * (1 << 17) % tuple(
            range(1 << 17)):
        raise Wrong("another file than it was")
    each_change(place, client, numbers, 3)


def published_beside(place):
    """what is published on the same connection comes on it"""
    client = place.client()
    numbers = open_streams(place, client, 2)
    for i in range(5):
        title = f"beside{place.count}.{i}"
        post = client.get("/publish/rock", method="POST", end=False)
        client.body(post, json.dumps({"title": title}).encode())
        all_have(client, numbers, title)
        client.until(lambda p=post: client.streams[p].ended, "an answer")


def half_open(place):
    """a request that has not ended is answered with events all the same"""
    client = place.client()
    number = client.get("/live/rock", end=False)
    client.until(lambda: events(client.streams[number]), "a greeting")
    each_change(place, client, [number], 3)
    client.body(number, b"", end=True)
    each_change(place, client, [number], 3)
    client.cancel(number)


def heartbeats(place):
    """a quiet stream gets comments"""
    client = place.client()
    numbers = open_streams(place, client, 2, "/quick/rock")
    for _ in range(2):
        before = {n: len(client.streams[n].bytes) for n in numbers}
        client.until(lambda b=before: all(
            client.streams[n].bytes[b[n]:].startswith(b":\n")
            for n in numbers), "comments")
    each_change(place, client, numbers, 2)


def never_reads(place):
    """one that does not open its window is let go, others stay"""
    client = place.client()
    numbers = open_streams(place, client, 2)
    client.narrow(0)
    for number in numbers:
        client.open_window(number, 1 << 24)
    stalled = place.totals("stalled")
    mute = client.events()
    client.until(lambda: client.streams[mute].over(), "it is let go")
    if place.totals("stalled") != stalled + 1:
        raise Wrong("not counted as stalled")
    each_change(place, client, numbers, 2)
    client.set((h2_raw.INITIAL_WINDOW, 1 << 24))
    each_change(place, client, open_streams(place, client, 1), 2)


def stops_reading(place):
    """one that stops in the middle of an event is let go, others stay"""
    client = place.client()
    numbers = open_streams(place, client, 2)
    client.narrow(1000)
    for number in numbers:
        client.open_window(number, 1 << 24)
    stalled = place.totals("stalled")
    mute = client.events("/live/long")
    client.until(lambda: client.streams[mute].over(), "it is let go")
    if place.totals("stalled") != stalled + 1:
        raise Wrong("not counted as stalled")
    if len(client.streams[mute].bytes) != 1000:
        raise Wrong("it has not taken what it could")
    each_change(place, client, numbers, 2)


def never_takes(place):
    """a connection that does not read is closed"""
    client = place.client(buffer=2048)
    for _ in range(4):
        client.events("/live/long")
    before = place.totals("disconnects")
    # Until its buffers are full, and send_timeout is over.
    end = time.monotonic() + 60
    while place.totals("disconnects") < before + 4:
        if time.monotonic() > end:
            raise Wrong("it is still there")
        place.publish(4000, "long")
    client.close()


def dropped(place):
    """streams of a connection that breaks are gone"""
    clients = [place.client(window=window) for window in (50, 1 << 20)]
    for client in clients:
        for _ in range(5):
            client.events()
        client.pump(0.2)
    place.publish()
    before = place.totals("disconnects")
    for client in clients:
        client.close()
    other = place.client()
    other.until(lambda: place.totals("disconnects") >= before + 10,
                "each is counted as gone")
    numbers = open_streams(place, other, 1)
    each_change(place, other, numbers, 2)


def goodbye(place):
    """at the end each stream has the last change, a goodbye, and its end"""
    clients = [place.client() for _ in range(3)]
    numbers = [open_streams(place, client, 3) for client in clients]
    slow = place.client(window=300)
    slow_ones = [slow.events(), slow.events()]
    slow.pump(0.3)
    last = place.publish()
    for client, ones in zip(clients, numbers):
        all_have(client, ones, last)
    print("reload", flush=True)
    sys.stdin.readline()
    for stream in slow_ones:
        slow.open_window(stream, 1 << 20)
    for client, ones in [*zip(clients, numbers), (slow, slow_ones)]:
        for number in ones:
            stream = client.streams[number]
            client.until(stream.over, "its end")
            if not stream.ended or not stream.bytes.split(
                    b"\n\n")[-2].startswith(b"retry: "):
                raise Wrong("no orderly end")
            if client is not slow and titles(stream)[-1] != last:
                raise Wrong("not the last change")


def few_records(place):
    """one change to ten streams of a connection is one record, or two"""
    client = place.client()
    numbers = open_streams(place, client, 10)
    each_change(place, client, numbers, 2)
    before = client.line.records
    each_change(place, client, numbers, 20)
    records = (client.line.records - before) / 20
    if records > 2:
        raise Wrong(f"{records} records a change")


def main():
    place = Place(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    place.publish()
    for name in sys.argv[4:]:
        scenario = globals()[name]
        what = f"{place.scheme}: {scenario.__doc__}"
        try:
            scenario(place)
            print("ok", what, flush=True)
        except (Wrong, EOFError, OSError, KeyError, ValueError) as why:
            print(f"not ok {what}: {why!r}", flush=True)


main()
