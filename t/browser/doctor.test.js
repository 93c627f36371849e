// The doctor names what is planted between it and a station, and nothing else,
// in the browser and in a shell.
"use strict";

const assert = require("node:assert/strict");
const { execFile } = require("node:child_process");
const path = require("node:path");
const { after, afterEach, before, test } = require("node:test");

const { launch, open } = require("./browser");
const { Server, freePort, until } = require("./server");

const kTwin = path.join(__dirname, "..", "..", "docs", "player", "doctor.mjs");
let browser;
let server;
let page;

before(async () => {
    browser = await launch();
    server = await Server.start();
    await until("a title", async () => {
        const answer = await fetch(`${server.origin}/live/rock`);
        return (await answer.json()).now;
    });
});

after(async () => {
    await browser.close();
    assert.deepEqual(await server.close(), []);
});

afterEach(async () => { await page?.context().close(); });

// The names of what is found, without what is only a hint.
async function inBrowser(address, prepare) {
    page = await open(browser, `${server.origin}/doctor.html?watch=6&address=`
        + encodeURIComponent(address), { prepare });
    await page.click("#start");
    await page.waitForFunction(() =>
        /wrong|gets through/.test(document.getElementById("state").textContent),
        null, { timeout: 60000 });
    return page.locator("#found li[data-hint=false]").evaluateAll((items) =>
        items.map((item) => item.dataset.name));
}

function inShell(address) {
    return new Promise((resolve) => {
        execFile(process.execPath, [kTwin, address, "--watch", "6", "--origin",
                                    server.origin], (error, out) => {
            const names = [...out.matchAll(/^(\w+): /gm)].map(([, name]) => name);
            resolve({ names, code: error?.code ?? 0, out });
        });
    });
}

const kFaults = [
    ["nothing", "/front/good/rock", []],
    ["nothing, asked without a front", "/live/rock", []],
    ["a front that drops Upgrade", "/front/drops-upgrade/rock", ["upgrade"]],
    ["a front that compresses", "/front/compresses/rock", ["compressed"]],
    ["a front that buffers", "/front/buffers/rock", ["buffers"]],
    ["a front that is impatient", "/front/impatient/rock", ["impatient"]],
    ["a cache", "/front/caches/rock", ["cache"]],
    ["a refused origin", "/refused/rock", ["origin"]],
    ["another place", "/icon.svg", ["station"]],
];

for (const [fault, address, names] of kFaults) {
    test(`found in the browser: ${fault}`, async () => {
        const found = await inBrowser(address);
        assert.deepEqual(names[0] === "station" ? found.slice(0, 1) : found,
                         names);
    });

    test(`found in a shell: ${fault}`, async () => {
        const found = await inShell(server.origin + address);
        assert.deepEqual(names[0] === "station" ? found.names.slice(0, 1)
            : found.names, names, found.out);
        assert.equal(found.code, names.length > 0 ? 1 : 0);
    });
}

test("found in the browser: a wrong clock", async () => {
    const found = await inBrowser("/live/rock", (p) => p.addInitScript(() => {
        const real = Date.now;
        Date.now = () => real() + 60000;
    }));
    assert.deepEqual(found, ["clock"]);
    assert.match(await page.locator("#found").textContent(),
                 /\b(59|60)(\.\d)? s ahead of the server's/);
});

test("found in both: a port at which nothing answers", async () => {
    const address = `http://127.0.0.1:${await freePort()}/live/rock`;
    assert.deepEqual(await inBrowser(address), ["unreachable"]);
    assert.deepEqual((await inShell(address)).names, ["unreachable"]);
});

test("found in the browser: a port that browsers refuse", async () => {
    assert.deepEqual(await inBrowser("http://127.0.0.1:6000/live/rock"),
                     ["unreachable"]);
});
