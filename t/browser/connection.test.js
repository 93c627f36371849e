"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { after, afterEach, before, beforeEach, test } = require("node:test");

const { launch, open, shows } = require("./browser");
const { Server, until } = require("./server");

let browser;
let server;
let page;

before(async () => {
    browser = await launch();
    server = await Server.start();
});

after(async () => {
    await browser.close();
    assert.deepEqual(await server.close(), []);
});

beforeEach(() => server.onAir({ rock: {} }));
afterEach(async () => { await page.context().close(); });

// The room has a connection of its own.
function keepIn(sockets) {
    return (socket) => {
        if (socket.url().includes("/live/")) { sockets.push(socket.url()); }
    };
}

async function openRock(query = "", options = {}) {
    page = await open(browser, `${server.origin}/?station=rock${query}`,
                      options);
    await shows(page, "#title", "First Title");
}

test("a reload of nginx is survived and the next change is shown",
     async () => {
    const sockets = [];
    await openRock("", {
        prepare: (p) => p.on("websocket", keepIn(sockets)),
    });
    await page.evaluate(() => { window.mark = "same page"; });
    await server.reload();
    await until("the page to come back", () => sockets.length > 1);
    await shows(page, "#connection", "connected by WebSocket");
    assert.match(sockets[0], /\/live\/rock$/);
    assert.match(sockets[1], /\/live\/rock\?since=[0-9a-f]{8}:\d+$/);
    server.title("After - The Reload");
    await shows(page, "#title", "The Reload");
    assert.equal(await page.evaluate(() => window.mark), "same page");
    assert.deepEqual(page.complaints, []);
});

test("a change made while the page is away is shown when it is back",
     async () => {
    await openRock();
    server.title("During - The Reload");
    await server.reload();
    await shows(page, "#title", "The Reload");
});

test("nginx is stopped and started: the page says so and recovers",
     async () => {
    await openRock();
    await server.stop();
    await shows(page, "#connection", /^reconnecting in \d+ s$/);
    await shows(page, "#title", "First Title");
    server.title("After - The Start");
    await server.run();
    await shows(page, "#connection", "connected by WebSocket");
    await shows(page, "#title", "The Start");
});

for (const [where, words] of [
    ["events", "connected by events"], ["polling", "connected by polling"],
]) {
    test(`where WebSocket does not pass, the page is ${words}`, async () => {
        await openRock(`&live=/${where}/`);
        await shows(page, "#connection", words);
        server.title("Another - Way");
        await shows(page, "#title", "Way");
        server.title("Another - Way Still");
        await shows(page, "#title", "Way Still");
        await shows(page, "#connection", words);
    });

    test(`all stations at once, ${words}`, async () => {
        server.onAir({ rock: {}, jazz: { title: "J - Jazz Song" } });
        page = await open(browser, `${server.origin}/?live=/${where}/#jazz`);
        await shows(page, "#title", "Jazz Song");
        await shows(page, "#connection", words);
        server.onAir({ rock: {}, jazz: { title: "J - Jazz Two" } });
        await shows(page, "#title", "Jazz Two");
    });

    test(`a reload is survived, ${words}`, async () => {
        await openRock(`&live=/${where}/`);
        await shows(page, "#connection", words);
        await server.reload();
        server.title("After - The Reload");
        await shows(page, "#title", "The Reload");
        await shows(page, "#connection", words);
    });
}

test("where streams are taken and nothing comes, the page polls", async () => {
    page = await open(browser, `${server.origin}/?station=rock&live=/mute/`, {
        prepare: (p) => p.clock.install(),
    });
    // Each pause of the page is over at once: only what it waits for is slow.
    await until("the title", async () => {
        await page.clock.runFor(1000);
        return await page.locator("#title").textContent() === "First Title";
    });
    await shows(page, "#connection", "connected by polling");
    server.title("Another - Way");
    await until("the next title", async () => {
        await page.clock.runFor(1000);
        return await page.locator("#title").textContent() === "Way";
    });
});

test("all of no stations is a good connection", async () => {
    const empty = await Server.start({ source: "return 503;" });
    const sockets = [];
    page = await open(browser, `${empty.origin}/`, {
        prepare: async (p) => {
            p.on("websocket", keepIn(sockets));
            await p.clock.install();
        },
    });
    await shows(page, "#connection", "connected by WebSocket");
    await page.clock.runFor(30000);
    await shows(page, "#connection", "connected by WebSocket");
    assert.equal(sockets.length, 1);
    assert.deepEqual(await empty.close(), []);
});

// The scripts of docs/wire.md, as they stand there but for the address.
const kExamples = fs.readFileSync(
    path.join(__dirname, "..", "..", "docs", "wire.md"), "utf8")
    .match(/^```js$[^]*?^```$/gm)
    .map((block) => block.replace(/^```.*$/gm, ""));

for (const [name, script] of [
    ["WebSocket", kExamples[0]], ["EventSource", kExamples[1]],
    ["long poll", kExamples[2]],
]) {
    test(`the example of ${name} in the docs outlives a stop of nginx`,
         async () => {
        page = await open(browser, `${server.origin}/icon.svg`, {
            prepare: (p) => p.clock.install(),
        });
        const here = script
            .replace("wss://radio.example", server.origin.replace("http", "ws"))
            .replace("https://radio.example", "");
        await page.evaluate((text) => {
            window.shown = "";
            window.show = (state) => { window.shown = state.now.title; };
            window.ended = "";
            window.eval(`(async () => {${text}})()`)
                .catch((error) => { window.ended = String(error); });
        }, here);
        const says = (title) => until(`"${title}"`, async () => {
            assert.equal(await page.evaluate(() => window.ended), "");
            await page.clock.runFor(1000);
            return await page.evaluate(() => window.shown) === title;
        });
        await says("First Title");
        await server.stop();
        server.title("After - The Start");
        await page.clock.runFor(1000);
        await server.run();
        await says("The Start");
    });
}

test("?live= cannot name another site", async () => {
    const sockets = [];
    await openRock("&live=http://127.0.0.2:9/live/", {
        prepare: (p) => p.on("websocket", keepIn(sockets)),
    });
    assert.deepEqual(sockets.map((url) => new URL(url).host),
                     [new URL(server.origin).host]);
});

test("the five lines show the title and come back with Last-Event-ID",
     async () => {
    const requests = [];
    page = await open(browser, `${server.origin}/five-lines.html`, {
        prepare: (p) => p.on("request", (request) => {
            if (request.url().includes("/title/")) requests.push(request);
        }),
    });
    await shows(page, "#now", "First Artist - First Title");
    server.title("Second Artist - <b>Second</b>");
    await shows(page, "#now", "Second Artist - <b>Second</b>");
    await server.reload();
    await until("the browser to reconnect", () => requests.length > 1);
    const first = await requests[0].allHeaders();
    const second = await requests[1].allHeaders();
    assert.equal(first["last-event-id"], undefined);
    assert.match(second["last-event-id"], /^[0-9a-f]{8}:\d+$/);
    server.title("Third Artist - Third Title");
    await shows(page, "#now", "Third Artist - Third Title");
});
