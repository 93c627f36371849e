// npm's centrifuge against onair: subscribes to station:rock and onair:rock,
// prints what it is told, and does what it reads from standard input.
//
// usage: centrifuge_client.js PACKAGE TRANSPORT BASE   (ws, sse, http_stream)
// input: drop | unsubscribe CHANNEL | subscribe CHANNEL | publish CHANNEL | end

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
const options = { websocket: Socket, minReconnectDelay: 50, maxReconnectDelay: 300,
                  fetch, readableStream: ReadableStream };
if (transport === "sse") {
    options.eventsource = require("eventsource").EventSource;
}
const endpoint = transport === "ws"
    ? base.replace("http", "ws") + "/connection/websocket"
    : [{ transport, endpoint: `${base}/connection/${transport}` }];
if (transport !== "ws") options.emulationEndpoint = `${base}/emulation`;

const client = new Centrifuge(endpoint, options);
client.on("connected", (c) => say("connected", c.transport));
client.on("connecting", (c) => say("connecting", c.code));
client.on("disconnected", (c) => say("disconnected", c.code, c.reason));
client.on("error", (c) => say("error", c.error.message));

const subs = {};
function subscribe(channel, given = {}) {
    const sub = client.newSubscription(channel, given);
    subs[channel] = sub;
    sub.on("subscribed", (c) => say("subscribed", channel, "recovering", c.wasRecovering,
        "recovered", c.recovered, c.streamPosition?.epoch, c.streamPosition?.offset));
    sub.on("unsubscribed", (c) => say("unsubscribed", channel, c.code, c.reason));
    sub.on("subscribing", (c) => say("subscribing", channel, c.code));
    sub.on("error", (c) => say("failed", channel, c.error.code, c.error.message));
    sub.on("publication", (c) => say("publication", channel, c.offset,
        c.data.np ? c.data.np.now_playing.song.title : c.data.now?.title));
    sub.subscribe();
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const [word, channel] = line.split(" ");
    if (word === "drop") sockets.at(-1)._socket.destroy();
    if (word === "subscribe") subscribe(channel);
    if (word === "since") subscribe(channel, { since: { offset: 0, epoch: "" } });
    if (word === "unsubscribe") subs[channel].unsubscribe();
    if (word === "publish") {
        client.publish(channel, {}).catch((e) => say("refused", e.code, e.message));
    }
    if (word === "history") {
        client.history(channel, { limit: 1 }).catch((e) => say("refused", e.code, e.message));
    }
    if (word === "end") process.exit(0);
});

subscribe("station:rock");
subscribe("onair:rock");
client.connect();
