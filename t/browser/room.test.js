// The room of the page: what listeners say, reactions, slow mode, what flies,
// a moderator's view; on a desktop and on a phone.
"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const { after, afterEach, before, beforeEach, test } = require("node:test");
const axe = require("axe-core");

const { kDesktop, kPhone, launch, open, overflow, shows } =
    require("./browser");
const { Server, until } = require("./server");

let browser;
let server;
let pages = [];

before(async () => {
    browser = await launch();
    server = await Server.start();
});

after(async () => {
    await browser.close();
    assert.deepEqual(await server.close(), []);
});

async function control(command) {
    const answer = await fetch(`${server.origin}/control/rock`, {
        method: "POST", body: JSON.stringify(command),
    });
    return answer.status;
}

// Not by fetch(), which speaks as a browser does: those are asked for a POST.
function membersOf(room) {
    return new Promise((resolve, reject) => {
        http.get(`${server.origin}/control/${room}`, async (answer) => {
            resolve(JSON.parse((await answer.toArray()).join("")));
        }).on("error", reject);
    });
}

beforeEach(async () => {
    server.onAir({ rock: {} });
    assert.equal(await control({ modes: { slow: 0, who: "all" } }), 204);
    assert.equal(await control({ clear: true }), 204);
});

afterEach(async () => {
    const complaints = pages.flatMap((page) => page.complaints);
    for (const page of pages) await page.context().close();
    pages = [];
    assert.deepEqual(complaints, []);
});

async function enter({ query = "", ...options } = {}) {
    const page = await open(browser, `${server.origin}/?station=rock${query}`,
                            options);
    pages.push(page);
    await shows(page, "#room-title", "Room");
    return page;
}

async function say(page, text) {
    await page.fill("#saying", text);
    await page.press("#saying", "Enter");
    await until("the field to be empty", async () =>
        await page.inputValue("#saying") === "");
}

const said = (page) =>
    page.locator("#said .words-said").allTextContents();

const sees = (page, text) => until(`"${text}" on the page`, async () =>
    (await said(page)).includes(text));

for (const [name, viewport] of [["desktop", kDesktop], ["phone", kPhone]]) {
    test(`listeners talk on a ${name}`, async () => {
        const anna = await enter({ viewport });
        const bert = await enter({ viewport });
        await anna.fill("#name", "Anna");
        await anna.press("#name", "Tab");
        await until("the name", async () =>
            await anna.inputValue("#name") === "Anna");
        await say(anna, "<b>hello</b> & \"you\"");
        for (const page of [anna, bert]) {
            await sees(page, "<b>hello</b> & \"you\"");
            assert.equal(await page.locator("#said b b").count(), 0);
        }
        await shows(bert, "#said .who", "Anna");
        await shows(bert, "#here", "2 here");
        assert.ok(await overflow(anna) <= 0);
        const late = await enter({ viewport });
        await sees(late, "<b>hello</b> & \"you\"");
        assert.equal(await late.locator("#danmaku span").count(), 0);
    });

    test(`axe finds nothing in a room on a ${name}`, async () => {
        const page = await enter({ viewport, query: "&moderate" });
        await shows(page, "#moderation legend", "Moderation");
        await say(page, "hello");
        await sees(page, "hello");
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => window.axe.run());
        assert.deepEqual(violations.map(({ id, nodes }) =>
            `${id}: ${nodes[0].html}`), []);
        assert.ok(await overflow(page) <= 0);
    });
}

test("reactions are counted and fly", async () => {
    const anna = await enter();
    const bert = await enter();
    const many = '.reaction[data-name="like"] .many';
    const before = Number(await anna.locator(many).textContent());
    await bert.evaluate(() => {
        window.flown = 0;
        new MutationObserver((changes) => {
            for (const change of changes) {
                window.flown += change.addedNodes.length;
            }
        }).observe(document.getElementById("flying"), { childList: true });
    });
    await anna.click('.reaction[data-name="like"]');
    await shows(bert, many, String(before + 1));
    await shows(anna, many, String(before + 1));
    await until("a reaction to fly", () => bert.evaluate(() => window.flown));
});

test("slow mode says how long to wait", async () => {
    const anna = await enter();
    assert.equal(await control({ modes: { slow: 60 } }), 204);
    await shows(anna, "#modes", /one message in 60 s/);
    await say(anna, "one");
    await sees(anna, "one");
    await shows(anna, "#send", /^\d+ s$/);
    assert.equal(await anna.isDisabled("#send"), true);
    // Another tab of the same member knows nothing of that.
    const answer = await anna.evaluate(async () => {
        const { RoomLink } = await import("./room-link.js");
        const link = new RoomLink({
            base: "/room/", room: "rock",
            token: sessionStorage.getItem("onair-room rock"),
            onFrame() {}, onState({ phase }) { window.phase = phase; },
        });
        link.start();
        while (window.phase !== "connected") {
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        const said = await link.ask({ say: { text: "two" } });
        link.stop();
        return said;
    });
    assert.match(answer.error, /slow mode/);
    assert.ok(answer.wait > 0 && answer.wait <= 60);
});

test("messages fly over the cover until that is switched off", async () => {
    const anna = await enter();
    const count = () => anna.locator("#danmaku span").count();
    await say(anna, "over the cover");
    await until("a message over the cover", count);
    const pressed = () =>
        anna.getAttribute("#danmaku-switch", "aria-pressed");
    assert.equal(await pressed(), "true");
    await anna.focus("#danmaku-switch");
    await anna.keyboard.press("Space");
    assert.equal(await pressed(), "false");
    assert.equal(await count(), 0);
    await say(anna, "not this one");
    await sees(anna, "not this one");
    assert.equal(await count(), 0);
    await anna.reload();
    await sees(anna, "not this one");
    assert.equal(await pressed(), "false");
});

// The same room, behind what lets no WebSocket through.
const byEvents = {
    prepare: (page) => page.route(/station=rock$/, async (route) => {
        const page = await route.fetch();
        const body = (await page.text()).replace(
            'data-rooms="room/"', 'data-rooms="room-events/"');
        await route.fulfill({ response: page, body });
    }),
};

// What a front that lets no WebSocket through makes a browser say.
function forgive(page) {
    page.complaints = page.complaints.filter((text) =>
        !/WebSocket|ERR_|403|Failed to load/.test(text));
}

test("a page that is loaded again says what is new", async () => {
    const anna = await enter(byEvents);
    const bert = await enter();
    await say(bert, "first");
    await sees(anna, "first");
    for (const text of ["one", "two"]) await say(anna, text);
    await sees(bert, "two");
    // The member is away, and taken back with what it said last.
    await anna.goto("about:blank");
    await until("one to be away", async () =>
        (await membersOf("rock")).list.length === 1);
    await anna.goto(`${server.origin}/?station=rock`);
    await sees(anna, "two");
    await say(bert, "you again");
    await sees(anna, "you again");
    for (const text of ["three", "four"]) {
        await say(anna, text);
        await sees(bert, text);
    }
    forgive(anna);
});

test("what is sent again, as its answer was lost, is said once", async () => {
    const anna = await enter(byEvents);
    const bert = await enter();
    await say(bert, "first");
    await sees(anna, "first");
    let lost = 0;
    await anna.route(/\/room-events\//, async (route) => {
        if (route.request().method() !== "POST" || lost > 0) {
            await route.continue();
            return;
        }
        lost += 1;
        await route.fetch();
        await route.abort();
    });
    await anna.fill("#saying", "once");
    await anna.press("#saying", "Enter");
    await shows(anna, "#room-word", /answer/);
    await sees(bert, "once");
    await anna.press("#saying", "Enter");
    await until("the field to be empty", async () =>
        await anna.inputValue("#saying") === "");
    await say(anna, "behind it");
    await sees(bert, "behind it");
    assert.equal((await said(bert)).filter((text) => text === "once").length,
        1);
    assert.equal(lost, 1);
    forgive(anna);
});

test("where WebSockets do not get through, events do", async () => {
    const anna = await enter(byEvents);
    const boris = await enter();
    await say(boris, "can you hear me?");
    await sees(anna, "can you hear me?");
    await say(anna, "yes, by events");
    await sees(boris, "yes, by events");
    await sees(anna, "yes, by events");
    // Over a reload it is the same member, and misses nothing.
    await server.reload();
    assert.equal(await control({ say: { text: "still there?" } }), 204);
    await sees(anna, "still there?");
    // While it comes back the page keeps what is written, to be sent again.
    await anna.fill("#saying", "I am");
    await until("it to be said", async () => {
        await anna.press("#saying", "Enter");
        return await anna.inputValue("#saying") === "";
    });
    await sees(boris, "I am");
    for (const text of ["still there?", "I am"]) {
        assert.equal((await said(anna)).filter((one) => one === text).length,
            1, text);
    }
    forgive(anna);
});

test("what is sent twice before its answer is said once", async () => {
    const anna = await enter();
    await anna.fill("#saying", "once");
    await anna.evaluate(() => {
        const form = document.getElementById("say");
        form.requestSubmit();
        form.requestSubmit();
        document.getElementById("saying").value = "typed meanwhile";
    });
    await sees(anna, "once");
    await say(anna, "behind it");
    await sees(anna, "behind it");
    assert.equal((await said(anna)).filter((text) => text === "once").length,
        1);
});

test("a moderator's deletions reach all screens", async () => {
    const anna = await enter();
    const moderator = await enter({ query: "&moderate" });
    assert.equal(await anna.locator("#moderation").isVisible(), false);
    await say(anna, "rude");
    await say(anna, "polite");
    await sees(moderator, "polite");
    await moderator.locator("#said li", { hasText: "rude" })
        .getByRole("button", { name: /Delete this message/ }).click();
    await until("the message to go", async () =>
        (await said(anna)).join() === "polite");
    await moderator.selectOption("#mode-who", "moderators");
    await shows(anna, "#modes", /Only moderators may speak/);
    await anna.fill("#saying", "may I?");
    await anna.press("#saying", "Enter");
    await shows(anna, "#room-word", /Only moderators/);
    await moderator.locator("#said li", { hasText: "polite" })
        .getByRole("button", { name: /^Ban / }).click();
    await shows(anna, "#room-state", /not in this room any more/);
    const members = await membersOf("rock");
    assert.deepEqual(members.list.map(({ id }) => id), ["moderator"]);
});
