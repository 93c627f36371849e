// Ogg in a browser, whose MediaSource does not take it: the sound and the title
// in step, chain by chain, through reloads and killed workers.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { after, before, test } = require("node:test");

const { launch, open, shows } = require("./browser");
const { Server, kPlayer, until } = require("./server");
const { changes, lags, playsAfter, playsTo, takeNotes, timeOf,
        wasNotHeard } = require("./hearing");
const { SoundSource } = require("./sound_source");

let browser;
let dir;

before(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "onair-tones-"));
    browser = await launch();
});

after(async () => {
    await browser?.close();
    fs.rmSync(dir, { recursive: true });
});

const kCodecs = { opus: "libopus", vorbis: "libvorbis", flac: "flac" };

// The sizes of the packets of sound, as ffprobe finds them.
function packetSizes(file) {
    return execFileSync("ffprobe", ["-loglevel", "error", "-show_entries",
        "packet=size", "-of", "csv=p=0", file], { encoding: "utf8" })
        .split("\n").map((line) => parseInt(line, 10))
        .filter((size) => size > 0);
}

async function goesOn(t, server, page) {
    await server.reloadAndLeave();
    await playsTo(page, await timeOf(page) + 7);
    await server.killWorkers();
    await playsTo(page, await timeOf(page) + 8);
    await wasNotHeard(t, page);
}

for (const [codec, encoder] of Object.entries(kCodecs)) {
    test(`packets of ${codec}, with cuts anywhere`, async () => {
        const { OggPages } = await import(
            path.join(kPlayer, "sound-ogg-pages.js"));
        const file = path.join(dir, `cuts-${codec}.ogg`);
        execFileSync("ffmpeg", ["-loglevel", "error", "-nostdin", "-y", "-f",
            "lavfi", "-i", "anoisesrc=duration=3:sample_rate=48000:seed=3",
            "-ac", "2", "-c:a", encoder, "-f", "ogg", file]);
        const piece = fs.readFileSync(file);
        const wanted = packetSizes(file);
        // Twice, as a chain; a byte of something else between them.
        const bytes = Uint8Array.from([...piece, 0, ...piece]);
        for (const size of [1, 7, 1000, bytes.length]) {
            const begun = [];
            const packets = [];
            const pages = new OggPages({
                begins: (description) => begun.push(description),
                packet: (packet) => packets.push(packet.length),
            });
            for (let at = 0; at < bytes.length; at += size) {
                pages.push(bytes.subarray(at, at + size));
            }
            assert.deepEqual(packets, [...wanted, ...wanted]);
            assert.equal(begun.length, 2);
            for (const { codec: name, sampleRate, numberOfChannels } of begun) {
                assert.deepEqual([name, sampleRate, numberOfChannels],
                                 [codec, 48000, 2]);
            }
        }
    });

    test(`${codec}: the page shows the title whose sound is heard`, async (t) => {
        const source = await SoundSource.start(dir, { kind: codec });
        const server = await Server.start({ sound: source.port, leave: "2s" });
        const page = await open(browser,
            `${server.origin}/?station=rock&hear=/hear/`);
        try {
            await shows(page, "#title", "First Title");
            t.diagnostic(`plays after ${await playsAfter(page, "#play")} ms`);
            await shows(page, "#artist", "Tone");
            await takeNotes(page, "#title");
            const count = codec === "opus" ? 4 : 2;
            await until(`${count} changes`, async () =>
                changes(await page.evaluate(() => window.notes), (n) => n.tone)
                    .length >= count);
            const notes = await page.evaluate(() => window.notes);
            const late = lags(notes.slice(0, -20));
            assert.ok(late.length >= count - 1, `${late.length} changes`);
            for (const ms of late) {
                assert.ok(Math.abs(ms) < 1000, `title and tone: ${late} ms`);
            }
            if (codec === "opus") await goesOn(t, server, page);
            await page.click("#play");
            await shows(page, "#title", "First Title");
            assert.deepEqual(
                page.complaints.filter((one) => !/WebSocket/.test(one)), []);
        } finally {
            await page.context().close();
            const bad = await server.close();
            source.close();
            assert.deepEqual(
                bad.filter((line) => !/exited on signal 9/.test(line)), []);
        }
    });
}
