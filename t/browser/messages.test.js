// What the page makes of messages and close codes that are hard to get from
// a healthy server: here the test itself is the WebSocket's other end.
"use strict";

const assert = require("node:assert/strict");
const { after, afterEach, before, test } = require("node:test");

const { launch, open, overflow, shows } = require("./browser");
const { Server, until } = require("./server");

let browser;
let server;
let page;
let sockets;

before(async () => {
    browser = await launch();
    server = await Server.start();
});

after(async () => {
    await browser.close();
    assert.deepEqual(await server.close(), []);
});

afterEach(async () => {
    const complaints = page.complaints;
    await page.context().close();
    assert.deepEqual(complaints, []);
});

// Opens the page with `first` as the first message of each connection.
async function openWith(first, { clock = false } = {}) {
    sockets = [];
    page = await open(browser, `${server.origin}/?station=rock`, {
        prepare: async (p) => {
            if (clock) await p.clock.install();
            await p.routeWebSocket(/\/live\//, (socket) => {
                socket.received = [];
                socket.onMessage((text) => {
                    socket.received.push(text);
                    socket.send(JSON.stringify(first));
                });
                sockets.push(socket);
                socket.send(JSON.stringify(first));
            });
        },
    });
    await until("a connection", () => sockets.length > 0);
}

const kBase = { station: "rock", epoch: "68f0a1c2", seq: 1, status: "live" };

function track(more) {
    return {
        id: "1", text: "A - B", artist: "A", title: "B", album: null,
        art: null, url: null, started: null, heard: null, duration: null,
        ...more,
    };
}

test("a snapshot of nothing but nulls is shown", async () => {
    await openWith({
        ...kBase, time: null, now: null, next: null, dj: null,
        listeners: null, stream: null, history: null, page: null,
        invented: { later: true },
    });
    await shows(page, "#badge", "Live");
    await shows(page, "#title", "rock");
    await page.waitForFunction(() => document.title === "rock");
    for (const id of ["listeners-box", "subscribers-box", "progress", "play",
        "before", "next", "presenter"]) {
        assert.equal(await page.locator(`#${id}`).isVisible(), false, id);
    }
});

test("members of the wrong kind are left out", async () => {
    await openWith({
        ...kBase, status: "constructor", time: "now",
        now: track({ title: 7, artist: [], text: {}, duration: "long" }),
        listeners: { current: "12" }, stream: { name: 3, listen: {} },
        history: [null, 5, { text: "Real - One", started: 1e30 }],
    });
    await shows(page, "#badge", "Waiting");
    await shows(page, "#history .past-title", "Real - One");
    assert.equal(await page.locator("#listeners-box").isVisible(), false);
});

test("what is no JSON or no snapshot is passed over", async () => {
    await openWith({ ...kBase, now: track() });
    await shows(page, "#title", "B");
    for (const text of ["{", "null", "[]", "7", '{"error":"no"}', ""]) {
        sockets[0].send(text);
    }
    sockets[0].send(JSON.stringify({ ...kBase, now: track({ title: "C" }) }));
    await shows(page, "#title", "C");
});

test("progress follows the server's clock", async () => {
    const server_now = Date.now() / 1000 + 5000;
    await openWith({
        ...kBase, time: server_now,
        now: track({
            started: server_now - 900, heard: server_now - 65, duration: 200,
        }),
    });
    await shows(page, "#elapsed", /^1:0[5-9]$/);
    await shows(page, "#duration", "3:20");
    const value = await page.getByRole("progressbar").evaluate((e) =>
        e.value / e.max);
    assert.ok(value > 0.32 && value < 0.36, String(value));
    await shows(page, "#elapsed", /^1:0[7-9]$/);
});

test("presenter, album and next are shown", async () => {
    await openWith({
        ...kBase, dj: "Annie", now: track({ album: "An Album" }),
        next: { text: "N - Ext", artist: "N", title: "Ext" },
    });
    await shows(page, "#presenter", "with Annie");
    await shows(page, "#album", "An Album");
    await shows(page, "#next", /Next:\s+N - Ext/);
});

for (const listen of [
    "javascript:alert(1)", "data:text/html,x", "//", "rock",
]) {
    test(`${listen} is no address to listen at`, async () => {
        await openWith({
            ...kBase, now: track({ art: listen, url: listen }),
            stream: { listen },
        });
        await shows(page, "#title", "B");
        assert.equal(await page.locator("#play").isVisible(), false);
        assert.equal(await page.locator("#stream-link").isVisible(), false);
        assert.equal(await page.locator("#art").getAttribute("src"), null);
    });
}

test("a cover and a sound that are paths are of this site", async () => {
    await openWith({
        ...kBase, now: track({ art: "/icon.svg" }), stream: { listen: "/rock" },
    });
    await page.locator("#art").waitFor({ state: "visible" });
    await page.getByRole("button", { name: "Listen" }).click();
    await page.waitForFunction(() =>
        document.querySelector("audio").currentTime > 0);
    assert.equal(await page.evaluate(() => document.querySelector("audio").src),
                 `${server.origin}/rock`);
});

test("covers are shown, and a broken one leaves the generated sleeve",
     async () => {
    const art = `${server.origin}/icon.svg`;
    await openWith({ ...kBase, now: track({ art }) });
    await page.locator("#art").waitFor({ state: "visible" });
    sockets[0].send(JSON.stringify({
        ...kBase, now: track({ art: `${server.origin}/five-lines.html` }),
    }));
    await page.locator("#art").waitFor({ state: "hidden" });
});

for (const [name, title] of [
    ["bidi overrides", "\u202eexe.txt \u2066\u2067 \u200f A"],
    ["character references", "&lt;b&gt; &amp;amp; &#60;i&#62;"],
    ["joined emoji", "\ud83d\udc69\u200d\ud83d\ude80"],
    ["half a character", "A \ud83d B"],
    ["zero-width blanks", "A\u200b\u200b\ufeffB"],
    ["a template", "${alert(1)} {{alert(2)}}"],
    ["line separators", "A\u2028B\u0085C"],
    ["a heap of accents", `Z${"\u0335\u0321\u0322".repeat(300)}o`],
]) {
    test(`a title of ${name} is shown as it is`, async () => {
        const artist = title;
        await openWith({ ...kBase, now: track({ title, artist }),
                         history: [track({ title, artist })] });
        await page.setViewportSize({ width: 320, height: 640 });
        for (const at of ["#title", "#artist", ".past-title", ".past-artist"]) {
            await page.locator(at).waitFor();
            assert.equal(await page.locator(at).textContent(), title, at);
        }
        assert.equal(await page.locator("#title").getAttribute("dir"), "auto");
        assert.ok(await overflow(page) <= 0);
    });
}

test("a cover goes to the system with the track", async () => {
    const art = `${server.origin}/icon.svg`;
    await openWith({ ...kBase, now: track({ art, album: "Al" }),
                     stream: { listen: `${server.origin}/rock` } });
    await page.getByRole("button", { name: "Listen" }).click();
    await page.waitForFunction(() => navigator.mediaSession.metadata);
    const told = await page.evaluate(() => {
        const { album, artwork } = navigator.mediaSession.metadata;
        return [album, ...artwork.map((image) => image.src)];
    });
    assert.deepEqual(told, ["Al", art]);
});

test("a long name of everything fits 320 px", async () => {
    const long = "Donaudampfschifffahrt".repeat(40);
    await openWith({
        ...kBase, dj: long, stream: { name: long, description: long },
        now: track({ title: long, artist: long, album: long }),
        next: { text: long }, history: [track({ title: long, artist: long })],
    });
    await page.setViewportSize({ width: 320, height: 640 });
    await shows(page, "#title", long);
    assert.ok(await overflow(page) <= 0);
});

test("1012 brings the page back within two seconds", async () => {
    await openWith({ ...kBase, now: track() }, { clock: true });
    await shows(page, "#connection", "connected by WebSocket");
    // The words may stand for a tenth of a second only.
    await page.evaluate(() => {
        const words = document.getElementById("connection");
        window.said = [];
        new MutationObserver(() => window.said.push(words.textContent))
            .observe(words, { childList: true, characterData: true });
    });
    await sockets[0].close({ code: 1012, reason: "reload" });
    await page.clock.runFor(2000);
    await until("the page to come back", () => sockets.length === 2);
    const said = await page.evaluate(() => window.said);
    assert.match(said[0], /^reconnecting in [012] s$/);
    assert.match(sockets[1].url(), /\?since=68f0a1c2:1$/);
    await shows(page, "#connection", "connected by WebSocket");
});

test("1008 is too many messages: the page comes back later", async () => {
    await openWith({ ...kBase, now: track() }, { clock: true });
    await shows(page, "#title", "B");
    await sockets[0].close({ code: 1008, reason: "too many messages" });
    await shows(page, "#connection",
                /^reconnecting in [2-4] s \(too many messages\)$/);
    await page.clock.runFor(4000);
    await until("the page to come back", () => sockets.length === 2);
    await shows(page, "#connection", "connected by WebSocket");
});

for (const code of [1002, 1003, 1007, 1009]) {
    test(`${code} would come again: the page goes on with events`,
         async () => {
        await openWith({ ...kBase, now: track() }, { clock: true });
        await shows(page, "#title", "B");
        await sockets[0].close({ code });
        await page.clock.runFor(1000);
        await shows(page, "#connection", "connected by events");
        await shows(page, "#title", "First Title");
        assert.equal(sockets.length, 1);
    });
}

test("attempts come ever slower, and at once when the network is back",
     async () => {
    await openWith({ ...kBase, now: track() }, { clock: true });
    await shows(page, "#title", "B");
    await page.routeWebSocket(/\/live\//, (socket) => {
        sockets.push(socket);
        socket.close({ code: 1011 });
    });
    await sockets[0].close({ code: 1011 });
    const delays = [];
    for (let attempt = 1; attempt < 12; ++attempt) {
        // In one look: the words are gone when the attempt comes.
        const pause = await until("a pause", async () => {
            const words = await page.locator("#connection").textContent();
            return words.match(/^reconnecting in (\d+) s$/);
        });
        delays.push(Number(pause[1]));
        await page.clock.runFor(delays.at(-1) * 1000);
        await until("one more attempt", () => sockets.length > attempt);
    }
    assert.ok(delays[0] <= 1 && delays[1] <= 2, String(delays));
    assert.ok(delays.at(-1) >= 15, String(delays));
    assert.ok(Math.max(...delays) <= 30, String(delays));
    await shows(page, "#connection", /^reconnecting in \d+ s$/);
    const tries = sockets.length;
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    await until("one more attempt", () => sockets.length === tries + 1);
});

test("a connection that answers no more is given up", async () => {
    await openWith({ ...kBase, now: track() }, { clock: true });
    await shows(page, "#title", "B");
    await page.clock.runFor(61000);
    await until("a question", () => sockets[0].received.length === 1);
    assert.equal(sockets[0].received[0], '{"get":true}');
    sockets[0].onMessage(() => {});
    await page.clock.runFor(300);
    assert.equal(sockets.length, 1);
    await page.clock.runFor(75000);
    await until("another connection", () => sockets.length === 2);
    await shows(page, "#connection", "connected by WebSocket");
});
