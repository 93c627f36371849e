// The sound in a browser: what is heard is what is shown, and goes on through
// reloads and killed workers.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const { after, before, test } = require("node:test");

const { launch, open, shows } = require("./browser");
const { changes, lags, playsAfter, playsTo, takeNotes, timeOf,
        wasNotHeard } = require("./hearing");
const { Server, until } = require("./server");
const { SoundSource } = require("./sound_source");

let browser;
let server;
let source;
let dir;

before(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "onair-tones-"));
    source = await SoundSource.start(dir);
    server = await Server.start({ sound: source.port, leave: "2s" });
    browser = await launch();
});

after(async () => {
    await browser?.close();
    const bad = await server.close();
    source.close();
    fs.rmSync(dir, { recursive: true });
    assert.deepEqual(bad.filter((line) => !/exited on signal 9/.test(line)),
                     []);
});

test("the page shows the title whose sound is heard", async (t) => {
    const page = await open(browser,
        `${server.origin}/?station=rock&hear=/hear/`);
    await shows(page, "#title", "First Title");
    t.diagnostic(`plays after ${await playsAfter(page, "#play")} ms`);
    await shows(page, "#artist", "Tone");
    await takeNotes(page, "#title");
    const from = await timeOf(page);
    await until("four changes", async () =>
        changes(await page.evaluate(() => window.notes), (n) => n.tone)
            .length > 3);
    const notes = await page.evaluate(() => window.notes);
    const late = lags(notes.slice(0, -20));
    assert.ok(late.length >= 3, `${late.length} changes`);
    for (const ms of late) {
        assert.ok(Math.abs(ms) < 1000, `title and tone: ${late} ms`);
    }
    assert.ok(await timeOf(page) > from + 10);

    // Nobody hears that, and nobody has to touch it.
    await server.reloadAndLeave();
    await playsTo(page, await timeOf(page) + 7);
    await server.killWorkers();
    await playsTo(page, await timeOf(page) + 8);
    await wasNotHeard(t, page);
    await shows(page, "#artist", "Tone");

    await page.click("#play");
    await shows(page, "#title", "First Title");
    assert.deepEqual(page.complaints.filter((one) => !/WebSocket/.test(one)),
                     []);
    await page.context().close();
});

// What an ICY player gets in so many bytes of sound: the sound, and where which
// title is told.
function listenAsPlayer(size) {
    return new Promise((resolve, reject) => {
        http.get(`${server.origin}/hear/rock`,
                 { headers: { "Icy-MetaData": "1" } }, (response) => {
            const metaint = Number(response.headers["icy-metaint"]);
            let rest = Buffer.alloc(0);
            let sound = Buffer.alloc(0);
            const titles = [];
            response.on("error", () => {});
            response.on("data", (piece) => {
                rest = Buffer.concat([rest, piece]);
                while (rest.length > metaint) {
                    const end = metaint + 1 + 16 * rest[metaint];
                    if (rest.length < end) return;
                    sound = Buffer.concat([sound, rest.subarray(0, metaint)]);
                    const title = /^StreamTitle='(.*?)';/.exec(
                        rest.toString("latin1", metaint + 1, end));
                    if (title) titles.push({ at: sound.length,
                                             text: title[1] });
                    rest = rest.subarray(end);
                    if (sound.length < size) continue;
                    response.destroy();
                    resolve({ sound, titles });
                    return;
                }
            });
        }).on("error", reject);
    });
}

// Where the tone changes, seconds; [{at, value}].
function tonesOf(mp3) {
    const file = path.join(dir, "heard.mp3");
    fs.writeFileSync(file, mp3);
    const samples = execFileSync("ffmpeg", ["-loglevel", "quiet", "-nostdin",
        "-i", file, "-ac", "1", "-ar", "44100", "-f", "s16le", "-"],
        { maxBuffer: 1 << 28 });
    const notes = [];
    const kStep = 2205;
    for (let from = 0; from + kStep < samples.length / 2; from += kStep) {
        let crossings = 0;
        for (let i = from + 1; i < from + kStep; i++) {
            const a = samples.readInt16LE(2 * i - 2);
            const b = samples.readInt16LE(2 * i);
            if (a < 0 !== b < 0) crossings++;
        }
        const hertz = crossings / 2 / kStep * 44100;
        notes.push({ at: from / 44100, tone: hertz < 660 ? 440 : 880 });
    }
    return changes(notes, (note) => note.tone);
}

test("an ICY player shows the title whose sound is heard", async () => {
    const { sound, titles } = await listenAsPlayer(400000);
    const tones = tonesOf(sound);
    assert.ok(tones.length >= 4, `${tones.length} changes`);
    const late = tones.slice(0, -1).map((tone) =>
        Math.min(...titles.filter(({ text }) => text === `Tone - ${tone.value}`)
            .map(({ at }) => at / 16000 - tone.at)
            .filter((lag) => Math.abs(lag) < 3)));
    for (const seconds of late) {
        assert.ok(Math.abs(seconds) < 1, `title and tone: ${late} s`);
    }
});

test("a bare <audio> goes on by itself when its worker goes", async (t) => {
    const page = await open(browser, `${server.origin}/hear-audio.html`);
    await page.click("body");
    await page.evaluate(() => document.querySelector("audio").play());
    await playsTo(page, 1);
    await takeNotes(page, "#now");
    const resumed = () => server.asked().filter((line) =>
        /\/hear\/rock\?from=\d+ .* 206$/.test(line)).length;
    await server.reloadAndLeave();
    await playsTo(page, await timeOf(page) + 7);
    await until("its second request", () => resumed() >= 1);
    await server.killWorkers();
    await playsTo(page, await timeOf(page) + 7);
    await wasNotHeard(t, page);
    await until("its third request", () => resumed() >= 2);
    // Not before it is heard: the delay is that of the relay.
    await server.title("Late Artist - Late Title");
    await shows(page, "#now", "Late Artist - Late Title");
    await page.context().close();
});

for (const name of ["hear-socket", "hear-events", "hear-fetch"]) {
    test(`${name}.html plays`, async () => {
        const page = await open(browser, `${server.origin}/${name}.html`);
        if (name === "hear-socket") {
            await page.click("#play");
            await shows(page, "#now", /^Tone - \d+$/);
        } else {
            await page.click("body");
            await page.evaluate(() => audio.play());
            await playsTo(page, 3);
        }
        if (name === "hear-events") await shows(page, "#now", /^Tone - \d+$/);
        // But for an icon, which so short a page has not.
        assert.deepEqual(page.complaints.filter((one) => !/404/.test(one)),
                         []);
        await page.context().close();
    });
}

test("icecast-metadata-player from another origin", async () => {
    const other = server.origin.replace("127.0.0.1", "localhost");
    const page = await open(browser, `${other}/players/metadata-player.html` +
        `?at=${encodeURIComponent(`${server.origin}/hear/rock`)}`);
    await page.click("#play");
    await shows(page, "#title", /^Tone - \d+$/);
    await playsTo(page, 3);
    assert.equal(await page.textContent("#error"), "");
    await page.context().close();
});
