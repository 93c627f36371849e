// The whole way: what an encoder tells a real Icecast is text on the page.
"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");

const { launch, open, overflow, shows } = require("./browser");
const { Icecast } = require("./icecast");
const { Server, until } = require("./server");

let browser;
let icecast;
let server;
let page;

before(async () => {
    browser = await launch();
    icecast = await Icecast.start();
    await icecast.title("First Artist - First Title");
    server = await Server.start({
        source: `proxy_pass http://127.0.0.1:${icecast.port}/status-json.xsl;`,
    });
    page = await open(browser, `${server.origin}/?station=rock`);
    await shows(page, "#title", "First Title");
});

after(async () => {
    await browser.close();
    await icecast?.close();
    assert.deepEqual(await server.close(), []);
});

// What is set, then the artist (or null) and the title that the page shows.
const kTitles = {
    "quotes": ['The "Quoted" - He said "no" \\ \'yes\'',
               'The "Quoted"', 'He said "no" \\ \'yes\''],
    "a script": ["Eve - <script>alert(1)</script><img src=x onerror=alert()>",
                 "Eve", "<script>alert(1)</script><img src=x onerror=alert()>"],
    "entities": ["R&amp;B - Rock &lt;b&gt; & Roll", "R&B",
                 "Rock <b> & Roll"],
    "a number": ["1e999", null, "1e999"],
    "leading zeros": ["007", null, "007"],
    "null": ["null", null, "null"],
    "Japanese": ["椎名林檎 - 丸の内サディスティック", "椎名林檎",
                 "丸の内サディスティック"],
    "emoji": ["DJ 🎧 - 👩‍👩‍👧‍👦 Family 🇯🇵", "DJ 🎧", "👩‍👩‍👧‍👦 Family 🇯🇵"],
    "right to left": ["فيروز - نسم علينا الهوى", "فيروز", "نسم علينا الهوى"],
    "bidi overrides": ["Ann\u202eevE - Title\u202c\u2066x", "AnnevE", "Titlex"],
    "control bytes": ["Bell\u0007 - Esc\u001b[31m\u0001ape", "Bell",
                      "Esc[31mape"],
    "1000 characters": [`Long - ${"Ä".repeat(500)}${"b".repeat(500)}`, "Long",
                        "Ä".repeat(500) + "b".repeat(500)],
    "a dash in the middle": ["Blink-182 - Dammit", "Blink-182", "Dammit"],
};

let count = 0;
for (const [name, [song, artist, title]] of Object.entries(kTitles)) {
    test(`${name}: the page shows it as text`, async () => {
        await icecast.title(`Between - ${++count}`);
        await shows(page, "#title", String(count));
        await icecast.title(song);
        await shows(page, "#title", title);
        const shown = page.locator("#artist");
        if (artist === null) assert.equal(await shown.isVisible(), false);
        else assert.equal(await shown.textContent(), artist);
        assert.equal(await page.locator("#track script, #track img").count(),
                     0);
        assert.ok(await overflow(page) <= 0);
        assert.deepEqual(page.complaints, []);
    });
}

// Icecast writes one dash without quotes, so it is no JSON any more; and a dash
// is no title.
test("a lone dash does not break what comes after it", async () => {
    await icecast.title("-");
    await until("Icecast to say so", async () =>
        /"title":-[,}]/.test((await icecast.get("/status-json.xsl")).body));
    await shows(page, "#title", "Rock FM");
    await icecast.title("After - The Dash");
    await shows(page, "#title", "The Dash");
    assert.deepEqual(page.complaints, []);
});
