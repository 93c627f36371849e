// Tries each transport from the listener's browser and says what is wrong.

import { diagnose, kPatience, Listening, pauseBeforeAgain } from
    "./diagnosis.js";

const $ = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const why = (error) => String(error.message ?? error).slice(0, 200);

async function ask(address, query = "", more = {}) {
    const url = new URL(address);
    for (const [name, value] of new URLSearchParams(query)) {
        url.searchParams.set(name, value);
    }
    try {
        const answer = await fetch(url, { cache: "no-store", ...more,
            signal: AbortSignal.timeout(kPatience) });
        const text = await answer.text();
        let json = null;
        try { json = JSON.parse(text); } catch { /* it is none */ }
        const entry = performance.getEntriesByName(url.href).at(-1);
        return { status: answer.status, json,
            protocol: entry?.nextHopProtocol };
    } catch (error) {
        return { failed: why(error) };
    }
}

// Whether something answers that only refuses this page.
async function isThere(address) {
    try {
        await fetch(address, { mode: "no-cors", cache: "no-store",
            signal: AbortSignal.timeout(kPatience) });
        return true;
    } catch {
        return false;
    }
}

async function events(address, watch) {
    const start = performance.now();
    const ms = () => performance.now() - start;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), watch);
    const impatience = setTimeout(() => !listening.first && over.abort(),
                                  kPatience);
    const listening = new Listening();
    const seen = {};
    try {
        const answer = await fetch(address, { cache: "no-store",
            headers: { Accept: "text/event-stream" }, signal: over.signal });
        seen.status = answer.status;
        seen.type = answer.headers.get("Content-Type") ?? "";
        seen.encoding = answer.headers.get("Content-Encoding");
        seen.head = ms();
        const reader = answer.body.pipeThrough(new TextDecoderStream())
            .getReader();
        for (;;) {
            const { done, value } = await reader.read();
            if (done) break;
            listening.hear(value, ms());
        }
        seen.cut = ms();
    } catch (error) {
        if (!over.signal.aborted) seen.cut = ms();
    }
    clearTimeout(timer);
    clearTimeout(impatience);
    return { ...seen, first: listening.first, goodbye: listening.goodbye };
}

function socket(address, watch) {
    const url = new URL(address);
    url.protocol = url.protocol.replace("http", "ws");
    const start = performance.now();
    const ms = () => performance.now() - start;
    const seen = { opened: false };
    return new Promise((resolve) => {
        let ws;
        try {
            ws = new WebSocket(url);
        } catch (error) {
            resolve({ ...seen, failed: why(error) });
            return;
        }
        const end = () => { ws.onclose = null; ws.close(); resolve(seen); };
        const timer = setTimeout(end, watch);
        const impatience = setTimeout(() => seen.first ?? end(), kPatience);
        ws.onopen = () => { seen.opened = true; };
        ws.onmessage = () => { seen.first ??= ms(); };
        ws.onclose = ({ code }) => {
            clearTimeout(timer);
            clearTimeout(impatience);
            if (seen.opened) seen.cut = ms();
            resolve({ ...seen, code, goodbye: code === 1012 });
        };
    });
}

async function examine(address, watch, say) {
    const seen = { address, origin: location.origin,
        secure: location.protocol === "https:" };
    say("a plain GET");
    seen.get = await ask(address);
    if (seen.get.failed) {
        if (await isThere(address)) seen.get = { opaque: true };
        return seen;
    }
    say("the same a moment later");
    await pause(pauseBeforeAgain);
    seen.again = await ask(address);
    // A request with Origin, also to the page's own site.
    seen.options = await ask(address, "", { method: "OPTIONS" });
    seen.poll = await ask(address, "wait=1");
    seen.at = Date.now();
    say(`WebSocket and event stream, for ${Math.round(watch / 1000)} s`);
    [seen.socket, seen.events] = await Promise.all(
        [socket(address, watch), events(address, watch)]);
    return seen;
}

function item({ name, what, cure, hint }) {
    const row = document.createElement("li");
    row.dataset.name = name;
    row.dataset.hint = Boolean(hint);
    for (const words of [what, cure]) {
        const part = document.createElement("p");
        part.textContent = words;
        row.append(part);
    }
    return row;
}

async function run() {
    const address = new URL($("address").value, document.baseURI);
    if (!/^https?:$/.test(address.protocol)) return;
    const watch = Number($("watch").value) * 1000;
    $("start").disabled = true;
    $("found").replaceChildren();
    const seen = await examine(address.href, watch, (what) => {
        $("state").textContent = `Trying ${what} …`;
    });
    const found = diagnose(seen);
    $("found").replaceChildren(...found.map(item));
    $("state").textContent = found.some(({ hint }) => !hint)
        ? "This is wrong:" : "Every transport gets through.";
    $("start").disabled = false;
}

const asked = new URLSearchParams(location.search);
for (const name of ["address", "watch"]) {
    if (asked.has(name)) $(name).value = asked.get(name);
}
$("form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
});
