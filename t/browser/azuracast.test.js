// Chromium's own EventSource on the path of AzuraCast's players: the state at
// once, each change, and again by itself after a reload.
"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");

const { launch, open } = require("./browser");
const { Server, until } = require("./server");

let browser;
let server;

before(async () => {
    browser = await launch();
    server = await Server.start();
});

after(async () => {
    await browser.close();
    assert.deepEqual(await server.close(), []);
});

// Runs in the page: what AzuraCast's page does with its stream.
function listen() {
    const subs = { "station:rock": { recover: true } };
    window.heard = { titles: [], opened: 0, closed: 0, ended: [], epochs: [] };
    const hear = (np) =>
        window.heard.titles.push(np.now_playing.song.title);
    const source = new EventSource("/api/live/nowplaying/sse?cf_connect=" +
        encodeURIComponent(JSON.stringify({ subs })));
    source.onopen = () => window.heard.opened++;
    source.onerror = () => {
        if (source.readyState === EventSource.CLOSED) window.heard.closed++;
    };
    source.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.connect) {
            for (const sub of Object.values(message.connect.subs)) {
                window.heard.epochs.push(sub.epoch);
                for (const pub of sub.publications) hear(pub.data.np);
            }
        }
        if (message.pub) hear(message.pub.data.np);
        if (message.disconnect) window.heard.ended.push(message.disconnect.code);
    };
}

test("EventSource hears a station, also over a reload", async () => {
    server.title("A - At once");
    const page = await open(browser, `${server.origin}/`);
    await until("the state", async () => (await (await fetch(
        `${server.origin}/api/nowplaying/rock`)).text()).includes("At once"));
    await page.evaluate(listen);
    const heard = () => page.evaluate(() => window.heard);
    const hears = (title) => until(`"${title}"`, async () =>
        (await heard()).titles.includes(title));
    await hears("At once");
    assert.equal((await heard()).titles.length, 1);

    server.title("A - Changed \u{1f3b5}");
    await hears("Changed \u{1f3b5}");

    await server.reload();
    await until("it to connect again", async () => (await heard()).opened >= 2);
    server.title("A - After the reload");
    await hears("After the reload");

    const all = await heard();
    assert.equal(all.closed, 0);
    assert.deepEqual([...new Set(all.ended)], [3001]);
    assert.equal(new Set(all.epochs).size, 1);
    await page.context().close();
});
