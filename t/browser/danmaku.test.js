// Players of others show what was said in a room, and say something.
"use strict";

const assert = require("node:assert/strict");
const { after, afterEach, before, beforeEach, test } = require("node:test");

const { launch, open } = require("./browser");
const { Server, until } = require("./server");

const kHostile = "<img src=x onerror=alert(1)>";
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

// As another viewer says it.
async function say(text, more = {}) {
    const answer = await fetch(`${server.origin}/danmaku/v3/`, {
        method: "POST",
        body: JSON.stringify({
            id: "rock", author: "bert", time: 0.2, text, color: 255, type: 0,
            ...more,
        }),
    });
    assert.equal((await answer.json()).code, 0);
}

const kept = async () => {
    const answer = await fetch(`${server.origin}/room/rock`);
    return (await answer.json()).events.map(({ said }) => said?.text);
};

beforeEach(async () => {
    await say("hello from the room");
    await say(kHostile, { time: 0.4 });
});

afterEach(() => page.context().close());

const drawn = (at, text) => until(`"${text}" in the player`, () =>
    page.evaluate(([selector, wanted]) =>
        [...document.querySelectorAll(selector)].some((element) =>
            element.textContent.includes(wanted)), [at, text]));

async function play() {
    await page.evaluate(() => {
        const video = document.querySelector("video");
        video.muted = true;
        window.player.play();
    });
}

test("DPlayer shows what was said, and says something", async () => {
    page = await open(browser, `${server.origin}/players/dplayer.html`);
    await until("its list", () => page.evaluate(() =>
        window.player.danmaku.dan?.length >= 2));
    await play();
    await drawn(".dplayer-danmaku-item", "hello from the room");
    await drawn(".dplayer-danmaku-item", kHostile);
    assert.equal(await page.locator(".dplayer-danmaku-item img").count(), 0);
    await page.evaluate(() => window.player.danmaku.send(
        { text: "from <DPlayer>", color: 16711680, type: 1 }, () => {}));
    await until("the room to have it", async () =>
        (await kept()).includes("from <DPlayer>"));
});

// It draws what is due within a tenth of a second of the picture's time, which a
// busy machine would skip at full speed.
test("ArtPlayer takes what was said into its list, and draws it", async () => {
    page = await open(browser, `${server.origin}/players/artplayer.html`);
    await until("its list", () => page.evaluate(() =>
        window.loaded?.length >= 2));
    const list = await page.evaluate(() => window.loaded.map(
        ({ text, time, mode }) => ({ text, time, mode })));
    assert.ok(list.some(({ text, time, mode }) =>
        text === "hello from the room" && time === 0.2 && mode === 0));
    assert.ok(list.some(({ text }) => text === kHostile));
    await page.evaluate(() => {
        const video = document.querySelector("video");
        video.muted = true;
        video.playbackRate = 0.0625;
        video.play();
    });
    await drawn(".art-danmuku > *", "hello from the room");
    await drawn(".art-danmuku > *", kHostile);
    assert.equal(await page.locator(".art-danmuku img").count(), 0);
});

test("comment-core-library loads what was said, and draws it", async () => {
    page = await open(browser, `${server.origin}/players/comment-core.html`);
    await until("its list", () => page.evaluate(() => {
        if (window.failed) throw new Error(window.failed);
        return window.loaded?.length >= 2;
    }));
    const list = await page.evaluate(() => window.loaded);
    assert.deepEqual(list.find(({ text }) => text === "hello from the room"),
                     { text: "hello from the room", stime: 200, mode: 1,
                       color: 0x1000ff });  // as ArtPlayer can read it
    assert.ok(list.some(({ text }) => text === kHostile));
    await drawn("#stage > *", "hello from the room");
    await drawn("#stage > *", kHostile);
    assert.equal(await page.locator("#stage img").count(), 0);
});
