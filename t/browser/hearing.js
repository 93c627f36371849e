// What a page plays, and what it shows beside it.
"use strict";

const assert = require("node:assert/strict");

const { until } = require("./server");

// Notes from now on what the element plays and what is shown beside it: the
// loudest tone and the text, 20 times a second, and each interruption.
function takeNotes(page, selector) {
    return page.evaluate((selector) => {
        const audio = document.querySelector("audio") ?? window.audio;
        const context = new AudioContext();
        const analyser = context.createAnalyser();
        analyser.fftSize = 2048;
        analyser.smoothingTimeConstant = 0;
        // What an element only passes on, its own node would not hear.
        const node = audio.srcObject
            ? context.createMediaStreamSource(audio.srcObject)
            : context.createMediaElementSource(audio);
        node.connect(analyser);
        if (!audio.srcObject) analyser.connect(context.destination);
        const loud = new Uint8Array(analyser.frequencyBinCount);
        window.notes = [];
        window.breaks = [];
        for (const name of ["waiting", "ended", "error", "emptied"]) {
            audio.addEventListener(name, () => window.breaks.push(name));
        }
        setInterval(() => {
            analyser.getByteFrequencyData(loud);
            const best = loud.indexOf(Math.max(...loud));
            const hertz = best * context.sampleRate / analyser.fftSize;
            const tone = Math.max(...loud) < 50 ? 0 : hertz < 660 ? 440 : 880;
            window.notes.push({ at: performance.now(), tone,
                text: document.querySelector(selector)?.textContent ?? "" });
        }, 50);
    }, selector);
}

// When it became another, for each change; nothing in between does not count.
function changes(notes, value) {
    const found = [];
    let last = null;
    for (const note of notes) {
        const now = value(note);
        if (!now) continue;
        if (last && now !== last) found.push({ at: note.at, value: now });
        last = now;
    }
    return found;
}

// Where the machine has no time to play, what a page had bought ahead may come
// to its end: whether it had.
function hadTime(notes) {
    return notes.every((note, i) => i === 0 ||
        note.at - notes[i - 1].at < 500);
}

// Nothing broke off; and it did not even stop for a moment.
async function wasNotHeard(t, page) {
    const notes = await page.evaluate(() => window.notes);
    let breaks = await page.evaluate(() => window.breaks);
    if (!hadTime(notes)) {
        t.diagnostic("the machine is too busy to play without a pause");
        breaks = breaks.filter((name) => name !== "waiting");
    } else {
        // Half a second of silence in a row; less is the measuring.
        const quiet = notes.map((note) => note.tone === 0 ? "." : "x").join("");
        assert.doesNotMatch(quiet.replace(/^\.+/, ""), /\.{10}/);
    }
    assert.deepEqual(breaks, []);
}

// How much later than its sound each title was shown, ms.
function lags(notes) {
    const tones = changes(notes, (note) => note.tone);
    const texts = changes(notes, (note) => Number(note.text.match(/\d+/)));
    return tones.map((tone) => {
        const near = texts.filter((text) => text.value === tone.value)
            .map((text) => text.at - tone.at)
            .sort((a, b) => Math.abs(a) - Math.abs(b));
        return near[0];
    });
}

const timeOf = (page) => page.evaluate(() =>
    (document.querySelector("audio") ?? window.audio).currentTime);

async function playsTo(page, seconds) {
    await until(`${seconds} s of sound`, async () =>
        await timeOf(page) >= seconds);
}

// Clicks; ms until the element plays.
function playsAfter(page, selector) {
    return page.evaluate((selector) => new Promise((resolve) => {
        const from = performance.now();
        document.querySelector("audio").addEventListener("playing",
            () => resolve(Math.round(performance.now() - from)),
            { once: true });
        document.querySelector(selector).click();
    }), selector);
}

module.exports = { changes, lags, playsAfter, playsTo, takeNotes, timeOf, wasNotHeard };
