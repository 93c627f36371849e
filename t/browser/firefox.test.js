// The same pages in Firefox, where it is installed (ONAIR_FIREFOX, or Debian's
// firefox-esr): what differs between browsers is how they play, and what they
// do at a break.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { after, before, test } = require("node:test");

const puppeteer = require("puppeteer-core");

const { Server, until } = require("./server");
const { SoundSource } = require("./sound_source");

const kFirefox = process.env.ONAIR_FIREFOX || "/usr/bin/firefox-esr";
const skip = fs.existsSync(kFirefox) ? false : "no Firefox here";

let browser;
let server;
let source;
let dir;

before(async () => {
    if (skip) return;
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "onair-tones-"));
    source = await SoundSource.start(dir);
    server = await Server.start({ sound: source.port });
    browser = await puppeteer.launch({
        browser: "firefox", executablePath: kFirefox, headless: true,
        extraPrefsFirefox: { "media.autoplay.default": 0 },
    });
});

after(async () => {
    if (skip) return;
    await browser?.close();
    const bad = await server.close();
    source.close();
    fs.rmSync(dir, { recursive: true });
    assert.deepEqual(bad.filter((line) => !/exited on signal 9/.test(line)),
                     []);
});

async function open(url) {
    const page = await browser.newPage();
    page.complaints = [];
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    await page.goto(url);
    return page;
}

function shows(page, selector, text) {
    return until(`"${text}" in ${selector}`, async () =>
        await page.evaluate((at) => document.querySelector(at)?.textContent,
                            selector) === text);
}

const timeOf = (page) =>
    page.evaluate(() => document.querySelector("audio").currentTime);

async function playsOn(page, seconds) {
    const from = await timeOf(page);
    await until(`${seconds} s of sound`, async () =>
        await timeOf(page) >= from + seconds);
}

test("a bare <audio> goes on through a reload and a killed worker", { skip },
     async (t) => {
    const page = await open(`${server.origin}/hear-audio.html`);
    const took = await page.evaluate(() => new Promise((resolve, reject) => {
        const audio = document.querySelector("audio");
        const from = performance.now();
        window.breaks = [];
        // Or it ends with an error where the machine has no sound device.
        audio.muted = true;
        for (const name of ["ended", "error", "emptied"]) {
            audio.addEventListener(name, () => window.breaks.push(name));
        }
        audio.onplaying = () => resolve(performance.now() - from);
        audio.play().catch(reject);
    }));
    t.diagnostic(`plays after ${took.toFixed(0)} ms`);
    await playsOn(page, 2);
    await server.reload();
    await playsOn(page, 4);
    const before = server.asked().length;
    await server.killWorkers();
    await playsOn(page, 10);
    assert.deepEqual(await page.evaluate(() => window.breaks), []);
    await until("its second request", () => server.asked().slice(before)
        .some((line) => /\/hear\/rock\?from=\d+ .* 206$/.test(line)));
    await page.close();
});

test("the page shows the title, over a reload", { skip }, async () => {
    const page = await open(`${server.origin}/?station=rock`);
    await server.title("Fox Artist - Fox Title");
    await shows(page, "#title", "Fox Title");
    await server.reload();
    await server.title("Fox Artist - After The Reload");
    await shows(page, "#title", "After The Reload");
    assert.deepEqual(page.complaints, []);
    await page.close();
});
