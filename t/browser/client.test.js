// The client for pages: its elements, and the one connection of all tabs.
"use strict";

const assert = require("node:assert/strict");
const { after, afterEach, before, beforeEach, test } = require("node:test");
const axe = require("axe-core");

const { kDesktop, kPhone, launch, open, overflow, shows } =
    require("./browser");
const { Server, until } = require("./server");

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

beforeEach(() => server.onAir({ rock: {} }));
afterEach(async () => {
    const complaints = page.complaints;
    await page.context().close();
    assert.deepEqual(complaints, []);
});

// Playwright looks into open shadow roots; so does this.
function told(p, selector, like) {
    return until(`${selector} to be like ${like}`, async () => {
        const all = await p.locator(selector).allTextContents();
        return like.test(all.join("|")) && all.length > 0;
    });
}

async function openElements(options) {
    page = await open(browser, `${server.origin}/elements.html`, options);
    await told(page, "onair-now .title", /^First Title$/);
    return page;
}

async function connections() {
    const answer = await fetch(`${server.origin}/live/rock`);
    return (await answer.json()).page.subscribers;
}

// More pages of the same browser, as a listener opens them.
async function openTabs(count) {
    const context = page.context();
    for (let i = 0; i < count; i++) {
        const [tab] = await Promise.all([
            context.waitForEvent("page"),
            page.evaluate(() => { window.open("elements.html"); }),
        ]);
        await told(tab, "onair-now .title", /./);
    }
    return context.pages();
}

const without = (...names) => (p) => p.context().addInitScript((gone) => {
    for (const name of gone) delete window[name];
}, names);

for (const [name, viewport] of [["desktop", kDesktop], ["phone", kPhone]]) {
    test(`the elements show what is on and what was, on a ${name}`,
         async () => {
        await openElements({ viewport });
        await told(page, "onair-now .artist", /^First Artist$/);
        await told(page, "onair-now .status", /^Live$/);
        server.title("Björk - Jóga");
        await told(page, "onair-now .title", /^Jóga$/);
        await told(page, "onair-history li", /First Title – First Artist$/);
        assert.ok(await overflow(page) <= 0);
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => window.axe.run());
        assert.deepEqual(violations.map((v) => v.id), []);
    });
}

test("a title in letters from right to left stands so", async () => {
    await openElements();
    server.title("فيروز - نسم علينا الهوا");
    await told(page, "onair-now .title", /نسم/);
    const side = await page.locator("onair-now .title").evaluate((element) =>
        getComputedStyle(element).direction);
    assert.equal(side, "rtl");
});

test("who wants less motion gets none", async () => {
    await openElements({ reducedMotion: "reduce" });
    const animation = await page.locator("onair-now .title").evaluate(
        (element) => getComputedStyle(element).animationName);
    assert.equal(animation, "none");
});

test("the page chooses colours, parts and words", async () => {
    await openElements();
    const artist = page.locator("onair-now .artist");
    assert.equal(await artist.evaluate((element) =>
        getComputedStyle(element).fontStyle), "italic");
    await page.evaluate(() => {
        const now = document.querySelector("onair-now");
        now.setAttribute("word-live", "Auf Sendung");
    });
    server.title("A - B");
    await told(page, "onair-now .status", /^Auf Sendung$/);
});

test("an element goes to another station, and the first is let go",
     async () => {
    server.onAir({ rock: {}, jazz: { title: "J - Jazz Song" } });
    await openElements();
    await page.evaluate(() => {
        document.querySelector("onair-history").remove();
        document.querySelector("onair-now").setAttribute("src", "live/jazz");
    });
    await told(page, "onair-now .title", /^Jazz Song$/);
    await until("nobody to be on rock", async () => await connections() === 0);
});

test("sound is played and the system knows its title", async () => {
    await openElements();
    await page.locator("onair-now button").click();
    await told(page, "onair-now button", /^Stop$/);
    const known = () => page.evaluate(() => navigator.mediaSession.metadata
        && navigator.mediaSession.metadata.title);
    assert.equal(await known(), "First Title");
    server.title("A - Second");
    await until("the next title", async () => await known() === "Second");
    await page.locator("onair-now button").click();
    await told(page, "onair-now button", /^Listen$/);
});

test("how far the track is goes by the server's clock", async () => {
    await openElements({ prepare: async (p) => {
        await without("SharedWorker")(p);
        await p.addInitScript(() => {
            const real = Date.now;
            Date.now = () => real() - 3600000;
        });
    } });
    const answer = await fetch(`${server.origin}/publish/long`, {
        method: "POST", body: JSON.stringify({ title: "Long", duration: 1000,
            started: Date.now() / 1000 - 500 }),
    });
    assert.equal(answer.status, 204);
    await page.evaluate(() => document.querySelector("onair-now")
        .setAttribute("src", "live/long"));
    await told(page, "onair-now .title", /^Long$/);
    const value = await page.locator("onair-now progress").evaluate(
        (bar) => bar.value);
    assert.ok(value > 490 && value < 700, `it is at ${value}`);
    await told(page, "onair-now .time", /^\d+:\d\d \/ 16:40$/);
});

// A frame is as much a page of its own to a worker as a tab is, and lighter.
test("forty pages of a browser hold one connection", async () => {
    await openElements();
    const tabs = await openTabs(3);
    for (const tab of tabs) {
        await tab.evaluate(() => {
            for (let i = 0; i < 9; i++) {
                const frame = document.createElement("iframe");
                frame.src = "elements.html";
                document.body.append(frame);
            }
        });
    }
    const pages = () => tabs.flatMap((tab) => tab.frames());
    const all = (title) => until(`all to show ${title}`, async () => {
        const titles = await Promise.all(pages().map((frame) =>
            frame.locator("onair-now .title").textContent()
                .catch(() => "")));
        return titles.length === 40 && titles.every((it) => it === title);
    });
    await all("First Title");
    assert.equal(await connections(), 1);
    server.title("A - For All");
    await all("For All");
    assert.equal(await connections(), 1);
});

test("without workers the tabs agree on one of them, also when it goes",
     async () => {
    await openElements({ prepare: without("SharedWorker") });
    const tabs = await openTabs(3);
    assert.equal(await connections(), 1);
    await tabs[0].close();
    page = Object.assign(tabs[1], { complaints: [] });
    server.title("A - Goes On");
    for (const tab of tabs.slice(1)) {
        await told(tab, "onair-now .title", /^Goes On$/);
    }
    assert.equal(await connections(), 1);
});

test("without locks as well each tab has its own", async () => {
    await openElements({ prepare: without("SharedWorker",
                                          "BroadcastChannel") });
    await openTabs(1);
    assert.equal(await connections(), 2);
});

for (const [where, transport] of [["events", "events"],
                                  ["polling", "polling"]]) {
    test(`where no WebSocket passes it is ${transport}`, async () => {
        page = await open(browser, `${server.origin}/elements.html`);
        const states = await page.evaluate(async (address) => {
            const { Onair } = await import("./onair.js");
            const rock = new Onair(address);
            window.rock = rock;
            return new Promise((resolve) => {
                rock.addEventListener("snapshot", () =>
                    resolve([rock.state.transport, rock.snapshot.now.title]));
            });
        }, `/${where}/rock`);
        assert.deepEqual(states, [transport, "First Title"]);
        server.title("A - Next");
        await until("the next", () => page.evaluate(() =>
            window.rock.snapshot.now.title === "Next"));
    });
}

test("a reload of nginx is survived by all tabs", async () => {
    await openElements();
    const tabs = await openTabs(1);
    await server.reload();
    server.title("After - The Reload");
    for (const tab of tabs) await told(tab, "onair-now .title", /^The Reload$/);
});

test("a connection nobody wants any more is closed", async () => {
    await openElements();
    await page.goto("about:blank");
    await until("it to be closed", async () => await connections() === 0);
});

// --- the room ----------------------------------------------------------------

function addRoom(p, attributes) {
    return p.evaluate(async (given) => {
        await import("/onair-room.js");
        const room = document.createElement("onair-room");
        for (const [name, value] of Object.entries(given)) {
            room.setAttribute(name, value);
        }
        document.querySelector("main").append(room);
    }, attributes);
}

async function control(command) {
    const answer = await fetch(`${server.origin}/control/rock`, {
        method: "POST", body: JSON.stringify(command),
    });
    assert.equal(answer.status, 204);
}

for (const [name, viewport] of [["desktop", kDesktop], ["phone", kPhone]]) {
    test(`<onair-room> is a room to talk in, on a ${name}`, async () => {
        await openElements({ viewport });
        await addRoom(page, { src: "/room/rock", name: "Anna",
                              "word-here": "da" });
        await told(page, "onair-room .count", /^1 da$/);
        await page.locator("onair-room .field").fill("<b>hi</b>");
        await page.locator("onair-room .send").click();
        await told(page, "onair-room .item .words", /^<b>hi<\/b>$/);
        await told(page, "onair-room .item .who", /^Anna$/);
        assert.equal(await page.locator("onair-room .field").inputValue(), "");
        await page.locator("onair-room .reaction").first().click();
        await told(page, "onair-room .reaction", /^like [1-9]/);
        await control({ say: "news", type: "notice" });
        await told(page, "onair-room .words", /hi.*\|news$/);

        // The same member after the page was loaded again.
        const id = await page.evaluate(() =>
            document.querySelector("onair-room").you.id);
        await page.reload();
        await addRoom(page, { src: "/room/rock" });
        await told(page, "onair-room .words", /news$/);
        assert.equal(await page.evaluate(() =>
            document.querySelector("onair-room").you.id), id);

        await control({ modes: { slow: 60 } });
        for (const words of ["one", "two"]) {
            await page.locator("onair-room .field").fill(words);
            await page.locator("onair-room .field").press("Enter");
        }
        await told(page, "onair-room .note", /\(\d+ s\)$/);
        await control({ modes: { slow: 0 } });
        await control({ clear: true });
        await until("nothing to be left", async () =>
            await page.locator("onair-room .item").count() === 0);

        await server.reload();
        await control({ say: "after", type: "notice" });
        await told(page, "onair-room .words", /^after$/);
        assert.equal(await overflow(page), 0);
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => window.axe.run());
        assert.deepEqual(violations.map(({ id: rule }) => rule), []);
        await control({ clear: true });
    });
}
