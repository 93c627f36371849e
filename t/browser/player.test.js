"use strict";

const assert = require("node:assert/strict");
const { after, afterEach, before, beforeEach, test } = require("node:test");
const axe = require("axe-core");

const { kDesktop, kPhone, launch, open, overflow, shows } =
    require("./browser");
const { Server } = require("./server");

let browser;
let server;
let page;

before(async () => {
    browser = await launch();
    server = await Server.start({ poll: "stale=1s offline=1h" });
});

after(async () => {
    await browser.close();
    assert.deepEqual(await server.close(), []);
});

beforeEach(() => server.onAir({ rock: {} }));
afterEach(async () => {
    const complaints = page.complaints;
    await page.context().close();
    assert.deepEqual(complaints, []);
});

async function openRock(options) {
    page = await open(browser, `${server.origin}/?station=rock`, options);
    await shows(page, "#title", "First Title");
}

for (const [name, viewport] of [["desktop", kDesktop], ["phone", kPhone]]) {
    test(`the title changes without a reload on a ${name}`, async () => {
        await openRock({ viewport });
        await page.evaluate(() => { window.mark = "same page"; });
        server.title("Björk - Jóga");
        await shows(page, "#title", "Jóga");
        await shows(page, "#artist", "Björk");
        assert.equal(await page.evaluate(() => window.mark), "same page");
        assert.equal(await page.title(), "Björk – Jóga · rock FM");
        assert.ok(await overflow(page) <= 0);
    });
}

test("the page shows what is known of the station", async () => {
    await openRock();
    await shows(page, "#station", "rock FM");
    await shows(page, "#about", "All day");
    await shows(page, "#badge", "Live");
    await shows(page, "#listeners", "12");
    await shows(page, "#subscribers", /^[1-9]/);
    await shows(page, "#quality", "MP3 128 kbit/s");
    await shows(page, "#connection", "connected by WebSocket");
    assert.equal(await page.locator("#progress").isVisible(), false);
});

test("a track that is over goes into the history with its time", async () => {
    await openRock();
    server.title("Second Artist - Second Title");
    await shows(page, "#title", "Second Title");
    const item = page.locator("#history li").first();
    await shows(page, "#history li .past-title", "First Title");
    await shows(page, "#history li .past-artist", "First Artist");
    const time = item.locator("time");
    assert.match(await time.textContent(), /^\d\d:\d\d$/);
    const at = Date.parse(await time.getAttribute("datetime"));
    assert.ok(Math.abs(Date.now() - at) < 3600 * 1000, `played at ${at}`);
});

test("listener counts change", async () => {
    await openRock();
    server.title("First Artist - First Title", { listeners: 4321 });
    await shows(page, "#listeners", "4,321");
});

const kHostile = {
    "an image with a script": "<img src=x onerror=\"alert('x')\">",
    "a script": "</script><script>alert(1)</script>",
    "quotes": `"It's" 'all' \`quotes\` \\" \\u003cb\\u003e %3Cb%3E`,
    "emoji": "🚀🌈 Party 🎉🎉🎉",
    "right-to-left text": "فيروز كيفك إنت (live) 1991",
    "Japanese": "宇多田ヒカル「初恋」だけじゃない",
    "one word of 3900 characters": "W".repeat(3900),
    "3900 characters of words": "Ever longer ".repeat(325).trim(),
};

for (const [name, title] of Object.entries(kHostile)) {
    test(`a title of ${name} is text and fits`, async () => {
        await openRock({ viewport: kPhone });
        const elements = () => page.evaluate(() =>
            document.querySelectorAll("*").length);
        const before = await elements();
        server.title(`Artist~~~${title}`.replace("~~~", " - "));
        await shows(page, "#title", title);
        assert.ok(await elements() - before < 12, "the text became elements");
        assert.ok(await overflow(page) <= 0, "the page is too wide");
        await page.setViewportSize(kDesktop);
        assert.ok(await overflow(page) <= 0, "the page is too wide");
        server.title("Artist - After");
        await shows(page, "#title", "After");
        await shows(page, "#history .past-title", title);
        assert.ok(await overflow(page) <= 0, "the history is too wide");
        await page.setViewportSize(kPhone);
        assert.ok(await overflow(page) <= 0, "the history is too wide");
    });
}

test("hostile names of a station are text as well", async () => {
    await openRock();
    server.title("A - B", {
        server_name: "<b onclick=alert(1)>", genre: "<i>",
        server_description: "<img src=x onerror=alert(2)>",
    });
    await shows(page, "#station", "<b onclick=alert(1)>");
    await shows(page, "#about", "<img src=x onerror=alert(2)>");
});

test("the status word goes from live to offline and back", async () => {
    await openRock();
    await shows(page, "#badge", "Live");
    server.onAir({});
    await shows(page, "#badge", "Offline");
    await shows(page, "#explain", "The station is off the air.");
    assert.equal(await page.locator("#play").isVisible(), false);
    assert.equal(await page.locator("#listeners-box").isVisible(), false);
    server.title("Back Again - Hello");
    await shows(page, "#badge", "Live");
    await shows(page, "#title", "Hello");
});

test("a broken source leaves the last title, marked stale", async () => {
    await openRock();
    server.breakSource();
    await shows(page, "#badge", "Stale");
    await shows(page, "#explain", /last known title/);
    await shows(page, "#title", "First Title");
});

test("several stations make a chooser", async () => {
    server.onAir({
        rock: { title: "R - Rock Song" }, jazz: { title: "J - Jazz Song" },
    });
    page = await open(browser, `${server.origin}/`);
    await shows(page, "#stations", /rock FM/);
    await shows(page, "#stations", /jazz FM/);
    await page.getByRole("link", { name: "jazz FM" }).click();
    await shows(page, "#title", "Jazz Song");
    assert.match(page.url(), /#jazz$/);
    await page.getByRole("link", { name: "rock FM" }).click();
    await shows(page, "#title", "Rock Song");
    assert.equal(await page.locator("[aria-current=true]").count(), 1);
    await page.goBack();
    await shows(page, "#title", "Jazz Song");
    server.onAir({
        rock: { title: "R - Rock Song" }, jazz: { title: "J - Jazz Two" },
    });
    await shows(page, "#title", "Jazz Two");
});

test("?station= shows one of several stations alone", async () => {
    server.onAir({
        rock: { title: "R - Rock Song" }, jazz: { title: "J - Jazz Song" },
    });
    page = await open(browser, `${server.origin}/?station=jazz`);
    await shows(page, "#title", "Jazz Song");
    assert.equal(await page.locator("#chooser").isVisible(), false);
});

test("the button plays the stream and names the track to the system",
     async () => {
    await openRock();
    await page.getByRole("button", { name: "Listen" }).click();
    await shows(page, "#play-word", "Stop");
    await page.waitForFunction(() =>
        document.querySelector("audio").currentTime > 0);
    const metadata = () => page.evaluate(() => {
        const { title, artist } = navigator.mediaSession.metadata;
        return `${artist} / ${title}`;
    });
    assert.equal(await metadata(), "First Artist / First Title");
    server.title("Second Artist - Second Title");
    await shows(page, "#title", "Second Title");
    assert.equal(await metadata(), "Second Artist / Second Title");
    await page.getByRole("button", { name: "Stop" }).click();
    await shows(page, "#play-word", "Listen");
    assert.equal(await page.evaluate(() =>
        document.querySelector("audio").getAttribute("src")), null);
});

for (const colorScheme of ["light", "dark"]) {
    for (const viewport of [kDesktop, kPhone]) {
        test(`axe finds nothing: ${colorScheme}, ${viewport.width} px`,
             async () => {
            await openRock({ viewport, colorScheme });
            server.title("Second Artist - Second Title");
            await shows(page, "#history .past-title", "First Title");
            await page.evaluate(axe.source);
            const { violations, passes } = await page.evaluate(() =>
                window.axe.run());
            assert.deepEqual(violations.map((v) =>
                `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`), []);
            assert.ok(passes.some((rule) => rule.id === "color-contrast"));
        });
    }
}

test("titles are announced politely, counts are not", async () => {
    await openRock();
    const live = (id) => page.evaluate((at) =>
        document.getElementById(at).closest("[aria-live], [role=status]")
            ?.getAttribute("aria-live") ?? null, id);
    assert.equal(await live("title"), "polite");
    assert.equal(await live("artist"), "polite");
    assert.equal(await live("listeners"), null);
    assert.equal(await live("subscribers"), null);
    assert.equal(await live("connection"), null);
    // A count alone must not write the title again: that would be read out.
    await page.evaluate(() => {
        window.writes = 0;
        new MutationObserver((list) => { window.writes += list.length; })
            .observe(document.getElementById("track"),
                     { childList: true, subtree: true, characterData: true });
    });
    server.title("First Artist - First Title", { listeners: 77 });
    await shows(page, "#listeners", "77");
    assert.equal(await page.evaluate(() => window.writes), 0);
});

test("landmarks and names are there", async () => {
    await openRock();
    for (const role of ["banner", "main"]) {
        assert.equal(await page.getByRole(role).count(), 1, role);
    }
    assert.equal(await page.getByRole("region", { name: "On now" }).count(), 1);
    assert.equal(await page.getByRole("heading", { level: 1 }).textContent(),
                 "rock FM");
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } =
            getComputedStyle(document.activeElement);
        return [document.activeElement.id, outlineStyle, outlineWidth];
    });
    assert.deepEqual(focus, ["play", "solid", "3px"]);
});

for (const [name, viewport] of [
    ["320 px wide", { width: 320, height: 640 }],
    ["at 200% zoom", { width: 640, height: 400 }],
]) {
    test(`nothing is cut off ${name}`, async () => {
        await openRock({ viewport });
        server.title("Second Artist - Second Title");
        await shows(page, "#history .past-title", "First Title");
        assert.ok(await overflow(page) <= 0);
        const outside = await page.evaluate(() =>
            [...document.querySelectorAll("body *")]
                .filter((e) => e.checkVisibility() &&
                    e.getBoundingClientRect().right > innerWidth + 0.5)
                .map((e) => e.id || e.className));
        assert.deepEqual(outside, []);
    });
}

test("nothing moves for those who asked for that", async () => {
    await openRock({ reducedMotion: "reduce" });
    const animation = () => page.evaluate(() => getComputedStyle(
        document.getElementById("badge"), "::before").animationName);
    assert.equal(await animation(), "none");
    await page.emulateMedia({ reducedMotion: "no-preference" });
    assert.equal(await animation(), "breathe");
});
