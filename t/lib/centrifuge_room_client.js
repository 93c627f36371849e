// npm's centrifuge in a room: subscribes to room:hall, prints what it is told,
// and does what it reads from standard input.
//
// usage: centrifuge_room_client.js PACKAGE TRANSPORT BASE   (ws, sse,
//        http_stream)
// input: say TEXT | history | presence | stats | drop | end

const readline = require("node:readline");
const WebSocket = require("ws");

const [name, transport, base] = process.argv.slice(2);
const { Centrifuge } = require(name);

const sockets = [];
class Socket extends WebSocket {
    constructor(...given) {
        super(...given);
        sockets.push(this);
    }
}

const say = (...words) => console.log(words.join(" "));
const options = { websocket: Socket, minReconnectDelay: 50,
                  maxReconnectDelay: 300, fetch, readableStream: ReadableStream };
if (transport === "sse") {
    options.eventsource = require("eventsource").EventSource;
}
const endpoint = transport === "ws"
    ? base.replace("http", "ws") + "/connection/websocket"
    : [{ transport, endpoint: `${base}/connection/${transport}` }];
if (transport !== "ws") options.emulationEndpoint = `${base}/emulation`;

const client = new Centrifuge(endpoint, options);
client.on("connected", (c) => say("connected", c.client));
client.on("connecting", (c) => say("connecting", c.code, c.reason));
client.on("error", (c) => say("error", c.error.code, c.error.message));
client.on("disconnected", (c) => say("disconnected", c.code, c.reason));

const room = client.newSubscription("room:hall", { data: { name } });
room.on("subscribed", (c) => say("subscribed", c.wasRecovering, c.recovered,
    "as", c.data.name));
room.on("subscribing", (c) => say("subscribing", c.code, c.reason));
room.on("error", (c) => say("failed", c.error.code, c.error.message));
room.on("unsubscribed", (c) => say("unsubscribed", c.code, c.reason));
room.on("publication", (c) => say("heard", c.offset, c.info?.connInfo?.name,
    JSON.stringify(c.data)));
room.on("join", (c) => say("join", c.info.connInfo.name));
room.on("leave", (c) => say("leave", c.info.connInfo.name));

const failed = (e) => say("refused", e.code, e.message);
readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const [word, ...rest] = line.split(" ");
    if (word === "say") {
        room.publish({ text: rest.join(" ") }).then(() => say("said"), failed);
    }
    if (word === "history") {
        room.history({ limit: 2, reverse: true }).then((h) => say("history",
            h.publications.map((p) => p.data.text).join(",")), failed);
    }
    if (word === "presence") {
        room.presence().then((p) => say("presence", Object.values(p.clients)
            .map((c) => c.connInfo.name).sort().join(",")), failed);
    }
    if (word === "stats") {
        room.presenceStats().then((s) => say("stats", s.numClients, s.numUsers),
            failed);
    }
    if (word === "drop") sockets.at(-1)._socket.destroy();
    if (word === "end") {
        client.disconnect();
        setTimeout(() => process.exit(0), 50);
    }
});

room.subscribe();
client.connect();
