// The browser's own WebSocket and EventSource, with no script of ours around
// them: over TLS with HTTP/2, and in clear.
"use strict";

const assert = require("node:assert/strict");
const { after, afterEach, before, beforeEach, test } = require("node:test");

const { launch, open } = require("./browser");
const { Server, until } = require("./server");

let browser;
let server;
let page;

before(async () => {
    browser = await launch();
    server = await Server.start({ secure: true });
});

after(async () => {
    await browser.close();
    assert.deepEqual(await server.close(), []);
});

beforeEach(() => server.onAir({ rock: {} }));
afterEach(async () => { await page?.context().close(); });

// A page of the origin in which the connection is opened and every message
// kept: {id, state} with the id that the browser will send when it comes back.
async function connect(origin, what) {
    page = await open(browser, `${origin}/icon.svg`,
                      { ignoreHTTPSErrors: true });
    await page.evaluate((kind) => {
        window.messages = [];
        const make = {
            WebSocket: () => new WebSocket(
                location.origin.replace("http", "ws") + "/live/rock"),
            EventSource: () => new EventSource("/live/rock"),
        };
        window.link = make[kind]();
        window.opened = 0;
        window.link.onopen = () => window.opened++;
        window.link.onmessage = (event) => window.messages.push(
            { id: event.lastEventId, state: JSON.parse(event.data) });
    }, what);
}

const messages = () => page.evaluate(() => window.messages);

function says(text) {
    return until(`a message that says ${text}`, async () =>
        (await messages()).find(({ state }) => state.now.text === text));
}

// Past what a test before has left in the zone.
async function present(text) {
    server.title(text);
    await until("the poll", async () => {
        const answer = await fetch(`${server.origin}/live/rock`);
        return (await answer.json()).now?.text === text;
    });
}

for (const [scheme, origin, protocol] of [
    ["https", () => server.secureOrigin, "HTTP/2.0"],
    ["http", () => server.origin, "HTTP/1.1"],
]) {
    for (const what of ["WebSocket", "EventSource"]) {
        test(`${what} over ${scheme}: present state first, then changes`,
             async () => {
            await present(`${what} - Present ${scheme}`);
            await connect(origin(), what);
            await until("a message", async () => (await messages()).length);
            const [{ state }] = await messages();
            assert.equal(state.now.text, `${what} - Present ${scheme}`);
            server.title(`${what} - Next ${scheme}`);
            const next = await says(`${what} - Next ${scheme}`);
            assert.equal(next.state.seq, state.seq + 1);
            const history = next.state.history.map((track) => track.text);
            assert.equal(history[0], `${what} - Present ${scheme}`);
        });
    }

    test(`EventSource over ${scheme} comes back by itself after a reload`,
         async () => {
        await present(`Before - The Reload ${scheme}`);
        await connect(origin(), "EventSource");
        await says(`Before - The Reload ${scheme}`);
        const { id } = (await messages()).at(-1);
        assert.match(id, /^[0-9a-f]{8}:\d+$/);
        await server.reload();
        await until("the browser to come back", () =>
            page.evaluate(() => window.opened === 2));
        server.title(`After - The Reload ${scheme}`);
        const { state } = await says(`After - The Reload ${scheme}`);
        assert.equal(state.gap, undefined);
        assert.equal(await page.evaluate(() => window.link.readyState), 1);
        await page.evaluate(() => window.link.close());
        // HTTP/2's requests are logged when they end.
        const line = `${protocol} ${scheme} /live/rock "${id}" 200`;
        await until(`the request ${line}`, () => server.asked().includes(line));
        // The first message after coming back is the present state again.
        const seen = (await messages()).map(({ state: { seq } }) => seq);
        assert.deepEqual(seen, [state.seq - 1, state.seq - 1, state.seq]);
    });
}

test("a page over https is connected by wss", async () => {
    const sockets = [];
    page = await open(browser, `${server.secureOrigin}/?station=rock`,
                      { ignoreHTTPSErrors: true, prepare: (p) =>
                          p.on("websocket", (s) => sockets.push(s.url())) });
    await page.waitForFunction(() => document.querySelector("#connection")
        .textContent === "connected by WebSocket");
    // The station's; its room's may be there already.
    const secure = server.secureOrigin.replace("http", "ws");
    assert.ok(sockets.includes(`${secure}/live/rock`), sockets.join(" "));
    assert.ok(sockets.every((url) => url.startsWith(`${secure}/`)),
        sockets.join(" "));
    assert.deepEqual(page.complaints, []);
});
