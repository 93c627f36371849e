// The doctor names what is planted between it and a station, and nothing else,
// in the browser and in a shell.
"use strict";

const assert = require("node:assert/strict");
const { execFile } = require("node:child_process");
const path = require("node:path");
const { after, before, describe, test } = require("node:test");

const { launch, open } = require("./browser");
const { Server, freePort, until } = require("./server");

const kTwin = path.join(__dirname, "..", "..", "docs", "player", "doctor.mjs");
let browser;
let server;

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

// The names of what is found, without what is only a hint, and the words.
async function inBrowser(address, prepare) {
    const page = await open(browser, `${server.origin}/doctor.html?watch=6&address=`
        + encodeURIComponent(address), { prepare });
    await page.click("#start");
    await page.waitForFunction(() =>
        /wrong|gets through/.test(document.getElementById("state").textContent),
        null, { timeout: 60000 });
    const names = await page.locator("#found li[data-hint=false]")
        .evaluateAll((items) => items.map((item) => item.dataset.name));
    const out = await page.locator("#found").textContent();
    await page.context().close();
    return { names, out };
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

// Each waits for some seconds.
describe("what is planted", { concurrency: 2 }, () => {
    for (const [fault, address, wanted] of kFaults) {
        // What is no station may have more wrong with it.
        const some = (names) =>
            wanted[0] === "station" ? names.slice(0, 1) : names;

        test(`found in the browser: ${fault}`, async () => {
            const { names, out } = await inBrowser(address);
            assert.deepEqual(some(names), wanted, out);
        });

        test(`found in a shell: ${fault}`, async () => {
            const { names, out, code } = await inShell(server.origin + address);
            assert.deepEqual(some(names), wanted, out);
            assert.equal(code, wanted.length > 0 ? 1 : 0);
        });
    }

    test("found in the browser: a wrong clock", async () => {
        const { names, out } = await inBrowser("/live/rock", (p) =>
            p.addInitScript(() => {
                const real = Date.now;
                Date.now = () => real() + 60000;
            }));
        assert.deepEqual(names, ["clock"]);
        assert.match(out, /\b(59|60)(\.\d)? s ahead of the server's/);
    });

    test("found in both: a port at which nothing answers", async () => {
        const address = `http://127.0.0.1:${await freePort()}/live/rock`;
        assert.deepEqual((await inBrowser(address)).names, ["unreachable"]);
        assert.deepEqual((await inShell(address)).names, ["unreachable"]);
    });

    test("found in the browser: a port that browsers refuse", async () => {
        const { names } = await inBrowser("http://127.0.0.1:6000/live/rock");
        assert.deepEqual(names, ["unreachable"]);
    });
});
