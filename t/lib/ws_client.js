// npm's ws against onair, for clients.t: echoes messages, then prints titles
// until the connection ends.
//
// usage: ws_client.js BASE_URL

const WebSocket = require("ws");

const base = process.argv[2];
const options = { perMessageDeflate: { threshold: 0 }, maxPayload: 0 };
const messages = [];
for (const size of [0, 1, 125, 126, 65535, 65536]) {
    messages.push("é".repeat(size / 2) + "a".repeat(size % 2));
    messages.push(Buffer.alloc(size));
}

function follow() {
    const live = new WebSocket(base + "/live/rock", options);
    live.on("message", (data) => console.log("title", JSON.parse(data).now.title));
    live.on("close", (code, reason) => console.log("closed", code, String(reason)));
    live.on("error", (error) => console.log("error", error.message));
}

const echo = new WebSocket(base + "/echo", options);
let echoed = 0;
let at = 0;
echo.on("open", () => echo.send(messages[0]));
echo.on("message", (data, binary) => {
    const sent = messages[at];
    const same = Buffer.compare(data, Buffer.from(sent)) === 0;
    if (same && binary === (typeof sent !== "string")) {
        echoed++;
    }
    if (++at < messages.length) {
        echo.send(messages[at]);
    } else {
        echo.ping("last", true);
    }
});
echo.on("pong", () => {
    console.log("echoed", echoed);
    echo.close(1000);
    follow();
});
echo.on("error", (error) => console.log("error", error.message));
