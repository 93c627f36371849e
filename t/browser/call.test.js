// A call of a host and several participants with fake devices: nginx passes on
// what they say to each other, and neither its reload nor the death of its
// workers ends the call.
"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const axe = require("axe-core");

const { kDesktop, kPhone, launch, open, overflow } = require("./browser");
const { Server, until } = require("./server");

let browser;
let server;

before(async () => {
    browser = await launch({ args: [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ] });
    server = await Server.start({ locations: `
        location /talk/ {
            onair_room;
            onair_turn secret=north uris=stun:127.0.0.1:9;
        }
        location /hosts/ { onair_room; onair_member id=host role=host; }
    ` });
});

after(async () => {
    await browser.close();
    assert.deepEqual(await server.close(/exited on signal 9/), []);
});

function call(room, viewport = kDesktop) {
    return open(browser, `${server.origin}/call.html?room=${room}`,
                { viewport, permissions: ["camera", "microphone"] });
}

function shows(page, selector, text) {
    return page.waitForFunction(([at, wanted]) =>
        document.querySelector(at)?.textContent === wanted,
    [selector, text], { timeout: 60000 });
}

// Waits until each picture of the others has gone on.
async function moves(page, count) {
    const seen = await page.evaluate(() =>
        [...document.querySelectorAll("#peers video")].map((video) =>
            video.getVideoPlaybackQuality().totalVideoFrames));
    assert.equal(seen.length, count);
    await page.waitForFunction((before) => {
        const now = [...document.querySelectorAll("#peers video")];
        return now.length === before.length && now.every((video, i) =>
            video.getVideoPlaybackQuality().totalVideoFrames > before[i]);
    }, seen, { timeout: 60000 });
}

// The others' voices: the fake microphone beeps.
function hears(page) {
    return page.evaluate(() =>
        [...document.querySelectorAll("#peers video")].every((video) =>
            !video.muted && video.srcObject.getAudioTracks().length === 1));
}

test("a host talks to several through reloads and dead workers", async () => {
    const first = await call("/talk/studio", kPhone);
    await shows(first, "#role", "Participant");
    // The host comes later, and says so.
    const host = await call("/hosts/studio");
    await shows(host, "#role", "Host");
    await shows(host, "#state", "1 connected");
    const second = await call("/talk/studio");
    const all = [[host, 2], [first, 1], [second, 1]];
    for (const [page, count] of all) {
        await shows(page, "#state", `${count} connected`);
        await moves(page, count);
        assert.equal(await hears(page), true);
    }

    await server.reload();
    for (const [page, count] of all) {
        await moves(page, count);
        await shows(page, "#state", `${count} connected`);
    }
    for (const pid of server.workers()) process.kill(pid, "SIGKILL");
    await until("new workers", () => server.answers("/icon.svg"));
    for (const [page, count] of all) {
        await moves(page, count);
        await shows(page, "#state", `${count} connected`);
    }

    // Signalling goes on as well: somebody new comes, somebody goes.
    const third = await call("/talk/studio", kPhone);
    await shows(third, "#state", "1 connected");
    await shows(host, "#state", "3 connected");
    await moves(third, 1);
    await second.click("#leave");
    await shows(second, "#state", "You have left");
    await shows(host, "#state", "2 connected");
    await moves(host, 2);

    for (const page of [host, first]) assert.equal(await overflow(page), 0);
    await third.evaluate(axe.source);
    const { violations } = await third.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(({ id }) => id), []);
    for (const page of [host, first, second, third]) {
        assert.deepEqual(page.complaints.filter((complaint) =>
            !/WebSocket connection/.test(complaint)), []);
        await page.context().close();
    }
});
