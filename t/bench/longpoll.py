"""Where the instructions of a long poll go, beside nginx's own request."""

import socket

import callgrind
import figures
from bench import label
from counts import costs_of
from figures import ratio, show
from functions import difference, grouped
from servers import BUILD

LAPS = (5, 25)
# What nginx answers by itself: before the phases that a handler of content has
# to go through, and behind them.
OWN = {"nginx, `return 200`": f'return 200 "{"x" * 700}"',
       "nginx, `empty_gif`": "empty_gif"}
GROUPS = [
    ("nginx: reading the request", r"^nginx (?:ngx_http_(?:parse|process)_|"
     r"ngx_unix_recv|ngx_hash_find|ngx_strlow|ngx_list_push|ngx_str\w*cas)"),
    ("nginx: phases", r"^nginx ngx_http_(?:core_|handler|update_location)"),
    ("nginx: the head, the filters, the write", r"^nginx ngx_(?:http_(?:send|"
     r"write|output|discard)|output_|chain_|linux_sendfile|alloc_chain|"
     r"create_temp|\w*printf)"),
    ("nginx: the request's beginning, end and waiting for the next",
     r"^nginx ngx_(?:http_|event_|epoll|rbtree|process_events|reusable|"
     r"handle_|\w*connection)"),
    ("nginx: memory pools", r"^nginx ngx_(?:\w*pool|\w*alloc|pfree|memalign)"),
    ("nginx: functions without a name", r"^nginx "),
    ("onair: reading and judging the request",
     r" onair::(?:subscriber::|ngx::(?:read_request|on_subscribe|admit|"
     r"\(anonymous namespace\)::(?:read_header|is_header|joined|read_names|"
     r"add_name|keep_names)|read_wanted|rest_of_uri)|encoder::read_)"),
    ("onair: the head of the answer", r" onair::ngx::(?:add_|answer_f|"
     r"\(anonymous namespace\)::(?:on_header|add_|send_whole|answer_))"
     r"| onair::encoder::"),
    ("onair: joining and leaving the station, caps, counters, the rest",
     r" onair::"),
    ("libc: malloc and free", r"^libc\S* (?:_int_\w+|malloc|free|calloc|"
     r"\w*memalign|unlink_chunk|malloc_consolidate|realloc)"),
    ("libc: the rest", r""),
]


def read_answer(connection, rest):
    """What is left of the bytes when one answer with a length was read."""
    while b"\r\n\r\n" not in rest:
        rest += more(connection)
    head, rest = rest.split(b"\r\n\r\n", 1)
    left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(rest) < left:
        rest += more(connection)
    return rest[left:]


def more(connection):
    part = connection.recv(65536)
    if not part:
        raise RuntimeError("the server closed the connection")
    return part


def ask_again(port, clients, laps):
    """Clients that ask anew after each answer, all of them in each lap."""
    ask = (f"GET /live/bench?wait=300 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
           'If-None-Match: "0123456789abcdef-1a"\r\n\r\n').encode()
    crowd = [socket.create_connection(("127.0.0.1", port), 60)
             for _ in range(clients)]
    for _ in range(laps):
        for connection in crowd:
            connection.sendall(ask)
        for connection in crowd:
            read_answer(connection, b"")
    for connection in crowd:
        connection.close()


def costs_of_nginx(bench, answer, clients, laps):
    """User-space instructions of nginx that answers by itself."""
    run = callgrind.Run(BUILD)
    server = bench.start("nginx-return", "get", wrap=run.wrap,
                         answer=answer)
    if server is None:
        return None
    with server:
        ask_again(server.port, clients, laps)
        pids = server.pids
    return run.collect(pids)


def longpoll(bench):
    clients = bench.pick("clients", 500)
    few, many = LAPS
    count = (many - few) * clients
    columns = {
        label("onair", "longpoll"): difference(
            costs_of(bench, "onair", "longpoll", clients, many),
            costs_of(bench, "onair", "longpoll", clients, few), count),
    }
    for name, answer in OWN.items():
        columns[name] = difference(
            costs_of_nginx(bench, answer, clients, many),
            costs_of_nginx(bench, answer, clients, few), count)
    columns = {name: dict(grouped(costs, GROUPS), all=sum(costs.values()))
               for name, costs in columns.items() if costs is not None}
    for name, column in columns.items():
        bench.values[name] = column["all"]
        print(f"  {name}: {column['all']:.0f}", flush=True)
    poll, *_, gif = columns.values()
    bench.values["over nginx"] = ratio(poll["all"], gif["all"])
    rows = [[group] + [show(column[group], 0) for column in columns.values()]
            for group in [name for name, _ in GROUPS] + ["all"]]
    return ("### Where the instructions of a long poll go\n\nUser-space "
            f"instructions of one answer and the next question on a "
            f"connection that is kept, {clients} clients, by callgrind: "
            f"{many} answers less {few}. Beside it nginx's own `return 200` "
            "of as many bytes, which goes through fewer phases, and its "
            "`empty_gif`, which goes through all; asked by the same "
            "request, and answered at once.\n\n" +
            figures.table(["instructions of an answer", *columns], rows))
