#!/usr/bin/env node
// The doctor for a shell: node doctor.mjs ADDRESS [--watch SECONDS]
// [--origin https://radio.example] [--insecure]. Ends with 1 where something is
// wrong. Node 18 or later; it needs nothing else.

import http from "node:http";
import https from "node:https";
import { randomBytes } from "node:crypto";

import { diagnose, kPatience, Listening, pauseBeforeAgain } from
    "./diagnosis.js";

function options() {
    const given = { watch: 35 };
    const rest = process.argv.slice(2);
    while (rest.length > 0) {
        const word = rest.shift();
        if (word === "--watch") given.watch = Number(rest.shift());
        else if (word === "--origin") given.origin = rest.shift();
        else if (word === "--insecure") given.insecure = true;
        else given.address = word;
    }
    if (!/^https?:\/\/\S+$/.test(given.address ?? "") || !(given.watch > 0)) {
        console.error("usage: node doctor.mjs http(s)://HOST/live/STATION "
            + "[--watch SECONDS] [--origin SITE] [--insecure]");
        process.exit(2);
    }
    return given;
}

const given = options();
const own = given.origin ?? new URL(given.address).origin;

// One request; hear(event, value) is told what happens: "head" (the answer),
// "data", "end", "cut", "failed", "upgrade".
function request(url, headers, hear, method = "GET") {
    const { request: make } = url.protocol === "https:" ? https : http;
    const it = make(url, { method, agent: false,
        rejectUnauthorized: !given.insecure, headers });
    it.on("upgrade", (answer, socket, head) => {
        hear("upgrade", socket);
        if (head.length > 0) hear("data", head);
        socket.on("data", (data) => hear("data", data));
        socket.on("close", () => hear("cut"));
        socket.on("error", () => hear("cut"));
    });
    it.on("response", (answer) => {
        hear("head", answer);
        answer.on("data", (data) => hear("data", data));
        answer.on("end", () => hear("end"));
        answer.on("error", () => hear("cut"));
    });
    it.on("error", (error) => hear("failed", error.code ?? error.message));
    it.end();
    return it;
}

function ask(query = "", headers = {}, method = "GET") {
    const url = new URL(given.address);
    for (const [name, value] of new URLSearchParams(query)) {
        url.searchParams.set(name, value);
    }
    return new Promise((resolve) => {
        const seen = {};
        let text = "";
        let it = null;
        const end = (more = {}) => {
            clearTimeout(timer);
            it.destroy();
            let json = null;
            try { json = JSON.parse(text); } catch { /* it is none */ }
            resolve({ ...seen, json, ...more });
        };
        const timer = setTimeout(() => end({ failed: "no answer" }), kPatience);
        it = request(url, headers, (what, value) => {
            if (what === "head") seen.status = value.statusCode;
            else if (what === "data") text += value;
            else if (what === "failed") end({ failed: value });
            else end();
        }, method);
    });
}

// A stream is watched for so long; `first` says when a message has come.
function stream(url, headers, watch, hears) {
    return new Promise((resolve) => {
        const start = Date.now();
        const seen = {};
        let it = null;
        const end = (more = {}) => {
            clearTimeout(timer);
            clearTimeout(impatience);
            it.destroy();
            resolve({ ...seen, ...more });
        };
        const timer = setTimeout(end, watch);
        const impatience = setTimeout(() => seen.first ?? end(), kPatience);
        it = request(url, headers, (what, value) => {
            const ms = Date.now() - start;
            if (what === "failed") end({ failed: value });
            else if (what === "end" || what === "cut") end({ cut: ms });
            else hears(seen, what, value, ms, end);
        });
    });
}

async function events(watch) {
    const listening = new Listening();
    const seen = await stream(new URL(given.address),
        { Accept: "text/event-stream", "Accept-Encoding": "gzip, br, zstd",
            Origin: own }, watch,
        (it, what, value, ms) => {
            if (what === "head") {
                it.status = value.statusCode;
                it.type = value.headers["content-type"] ?? "";
                it.encoding = value.headers["content-encoding"];
                it.head = ms;
            } else {
                listening.hear(String(value), ms);
                it.first = listening.first;
            }
        });
    return { ...seen, goodbye: listening.goodbye };
}

// Frames are short enough to be looked at with bare eyes: the first byte says
// which kind it is. A client that does not answer pings is closed after a
// minute, so this one does.
async function socket(watch) {
    let open = null;
    return stream(new URL(given.address), { Connection: "Upgrade",
        Upgrade: "websocket", "Sec-WebSocket-Version": 13, Origin: own,
        "Sec-WebSocket-Key": randomBytes(16).toString("base64") }, watch,
        (it, what, value, ms, end) => {
            it.opened ??= false;
            if (what === "upgrade") {
                it.opened = true;
                open = value;
            } else if (what === "head") {
                it.status = value.statusCode;
                end();
            } else if (value[0] === 0x89) {
                open.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
            } else if (value[0] === 0x88) {
                it.code = value.length > 3 ? value.readUInt16BE(2) : 0;
                it.goodbye = it.code === 1012;
            } else {
                it.first ??= ms;
            }
        });
}

async function examine() {
    const seen = { address: given.address, origin: own };
    seen.get = await ask("", { Origin: own });
    if (seen.get.failed || seen.get.status === 403) return seen;
    await new Promise((resolve) => setTimeout(resolve, pauseBeforeAgain));
    seen.again = await ask("", { Origin: own });
    seen.poll = await ask("wait=1", { Origin: own });
    seen.at = Date.now();
    const watch = given.watch * 1000;
    [seen.socket, seen.events] = await Promise.all(
        [socket(watch), events(watch)]);
    return seen;
}

const found = diagnose(await examine());
for (const { name, what, cure } of found) {
    console.log(`${name}: ${what}\n    ${cure}`);
}
if (found.length === 0) console.log("Every transport gets through.");
process.exit(found.some(({ hint }) => !hint) ? 1 : 0);
