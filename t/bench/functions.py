"""Where the instructions of a delivery and of a handshake go."""

import collections
import re

import figures
from bench import label
from counts import costs_of
from figures import show

# The first whose object and function fit. What is not exported by a stripped
# library has no name: it counts to its library.
DELIVERY = [
    ("`send()`: libc, nginx's `ngx_unix_send()`", r"libc\S* send$|unix_send"),
    ("the lap over the subscribers",
     r"onair::ngx::(?:Fanout::|Listing::|Topic::visit)"),
    ("the subscriber: `deliver()`, `send()`", r"onair::ngx::Stream::"),
    ("the shared frame of the topic", r"onair::ngx::Topic::frame\("),
    ("counters", r"onair::ngx::(?:count\(|Subscriber::count_message)"),
    ("once a change: taking it in, the zone, encoding it", r""),
]
HANDSHAKE = [
    ("nginx: reading the request", r"^nginx (?:ngx_http_(?:parse|process)_|"
     r"ngx_unix_recv|ngx_hash_find|ngx_strlow|ngx_list_push|ngx_str\w*cas)"),
    ("nginx: accepting, closing, events", r"^nginx (?:ngx_event_|ngx_accept|"
     r"ngx_\w*connection|ngx_epoll|ngx_rbtree|ngx_process_events)"),
    ("nginx: memory pools",
     r"^nginx ngx_(?:\w*pool|\w*alloc|pfree|memalign)"),
    ("nginx: phases, the head, the filters", r"^nginx ngx_(?:http_|output_|"
     r"chain_|linux_sendfile|\w*printf)"),
    ("nginx: the rest, most of it functions without a name", r"^nginx "),
    ("onair: reading and judging the request",
     r" onair::subscriber::| onair::ngx::(?:read_request|on_subscribe|"
     r"\(anonymous namespace\)::(?:read_header|is_header|joined|admit))"),
    ("onair: station, caps, greeting, giving the request back", r" onair::"),
    ("libcrypto: SHA-1 and base64 of the accept key", r"^libcrypto"),
    ("libc: malloc and free", r"^libc\S* (?:_int_\w+|malloc|free|calloc|"
     r"\w*memalign|unlink_chunk|malloc_consolidate|realloc)"),
    ("libc: the rest", r""),
]


def grouped(costs, groups):
    """[(group, instructions)] in the groups' order."""
    sums = collections.Counter()
    for (thing, function), cost in costs.items():
        name = f"{thing} {function}"
        sums[next(group for group, pattern in groups
                  if re.search(pattern, name))] += cost
    return [(group, sums[group]) for group, _ in groups]


def difference(more, less, count):
    if more is None or less is None:
        return None
    return {key: (more[key] - less.get(key, 0)) / count for key in more}


def deliveries(bench, transport):
    clients = 1000
    return difference(costs_of(bench, "onair", transport, clients, 30),
                      costs_of(bench, "onair", transport, clients, 10),
                      20 * clients)


def handshakes(bench, transport):
    return difference(costs_of(bench, "onair", transport, 1300, 0),
                      costs_of(bench, "onair", transport, 300, 0), 1000)


def table(bench, measure, groups, what):
    columns = {}
    for transport in ("ws", "sse"):
        costs = measure(bench, transport)
        if costs is not None:
            columns[transport] = dict(grouped(costs, groups))
            total = sum(costs.values())
            columns[transport]["all"] = total
            bench.values[f"{what}/{transport}"] = total
            print(f"  {what}, {transport}: {total:.0f}", flush=True)
    rows = [[group] + [show(column[group], 0) for column in columns.values()]
            for group in [name for name, _ in groups] + ["all"]]
    return figures.table([f"instructions of a {what}"] +
                         [label("onair", t) for t in columns], rows)


def profile(bench):
    return ("### Where the instructions go\n\nUser space, by callgrind. A "
            "delivery is as above. A handshake is connecting, asking and "
            "leaving: the difference of 1,300 and of 300 clients that do, "
            "over 1,000.\n\n" +
            table(bench, deliveries, DELIVERY, "delivery") + "\n" +
            table(bench, handshakes, HANDSHAKE, "handshake"))
