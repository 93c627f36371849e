// What a station is doing right now, in a page of your own (README.md). All tabs
// share one connection to a station (link.js): a SharedWorker, which is this file
// too, holds it; where there is none, the tab that has the lock.

import { Link } from "./link.js";

const kBeat = 20000;         // a page says that it is still there
const kGone = 5 * 60000;     // hidden pages may be held back for a minute
const isWorker = typeof document === "undefined";

// --- who holds the connections ---------------------------------------------

// Stations by address, each with a link and those who want it. A client is an
// object with send(message).
class Hub {
    #stations = new Map();
    #clients = new Map();    // client -> when it was last heard

    constructor() {
        setInterval(() => this.#forget(Date.now() - kGone), kBeat);
    }

    hear(client, { watch, leave, wake, bye }) {
        this.#clients.set(client, Date.now());
        if (watch) this.#watch(client, watch);
        if (leave) this.#leave(client, leave.key);
        if (wake) for (const { link } of this.#stations.values()) link.wake();
        if (bye) this.#bye(client);
    }

    #watch(client, { key, base, station }) {
        let it = this.#stations.get(key);
        if (!it) {
            it = { clients: new Set(), told: new Map() };
            this.#stations.set(key, it);
            const tell = (about, message) => {
                it.told.set(about, message);
                for (const other of it.clients) other.send(message);
            };
            it.link = new Link({
                base, station,
                onSnapshot: (snapshot) => tell(snapshot.station, {
                    key, snapshot, ahead: snapshot.time * 1000 - Date.now(),
                }),
                onState: (state) => tell("", { key, state }),
            }).start();
        }
        it.clients.add(client);
        for (const message of it.told.values()) {
            const { snapshot } = message;
            // A gap is that of those who were there.
            client.send(!snapshot?.gap ? message
                : { ...message, snapshot: { ...snapshot, gap: undefined } });
        }
    }

    #leave(client, key) {
        const it = this.#stations.get(key);
        if (!it?.clients.delete(client) || it.clients.size > 0) return;
        it.link.stop();
        this.#stations.delete(key);
    }

    #bye(client) {
        for (const key of [...this.#stations.keys()]) this.#leave(client, key);
        this.#clients.delete(client);
    }

    #forget(before) {
        for (const [client, heard] of this.#clients) {
            if (heard < before) this.#bye(client);
        }
    }
}

function serveAsWorker() {
    const hub = new Hub();
    globalThis.onconnect = ({ ports: [port] }) => {
        const client = { send: (message) => port.postMessage(message) };
        port.onmessage = ({ data }) => hub.hear(client, data);
        port.onclose = () => hub.hear(client, { bye: true });
        port.start();
    };
}

// The three ways to a hub; each calls hear(message) and has send(message).

function byWorker(hear, fails) {
    const worker = new SharedWorker(import.meta.url,
        { type: "module", name: "onair" });
    worker.onerror = fails;  // where the site's policy forbids it, for one
    worker.port.onmessage = ({ data }) => hear(data);
    worker.port.start();
    return { send: (message) => worker.port.postMessage(message) };
}

// Whoever has the lock is the hub; it goes with its tab, and the next one that
// waits for it calls the others together again.
function byLeader(hear) {
    const channel = new BroadcastChannel("onair");
    const me = `${Math.random()}`;
    let hub = null;
    const clients = new Map();
    const client = (name) => {
        if (!clients.has(name)) {
            clients.set(name, { send: (message) => name === me
                ? hear(message) : channel.postMessage({ to: name, message }) });
        }
        return clients.get(name);
    };
    channel.onmessage = ({ data }) => {
        if (data.to === me) hear(data.message);
        else if (data.leader) hear({ again: true });
        else if (data.from && hub) hub.hear(client(data.from), data.message);
    };
    navigator.locks.request("onair", () => {
        hub = new Hub();
        channel.postMessage({ leader: true });
        hear({ again: true });
        return new Promise(() => {});
    });
    return {
        send: (message) => hub ? hub.hear(client(me), message)
            : channel.postMessage({ from: me, message }),
    };
}

function alone(hear) {
    const hub = new Hub();
    const client = { send: hear };
    return { send: (message) => hub.hear(client, message) };
}

// What this page wants, and the way to its hub.
const page = {
    wanted: new Map(),       // key -> { watch, users: Set of Onair }
    way: null,

    hear({ key, snapshot, ahead, state, again }) {
        if (again) {
            for (const { watch } of page.wanted.values()) page.say({ watch });
            return;
        }
        for (const user of page.wanted.get(key)?.users ?? []) {
            if (snapshot) user.heard(snapshot, ahead);
            else user.changed(state);
        }
    },

    say(message) { (page.way ??= page.open()).send(message); },

    open() {
        setInterval(() => page.way.send({}), kBeat);
        const wake = () => page.way.send({ wake: true });
        document.addEventListener("visibilitychange",
            () => document.hidden || wake());
        addEventListener("online", wake);
        addEventListener("pagehide", () => page.way.send({ bye: true }));
        addEventListener("pageshow", (event) =>
            event.persisted && page.hear({ again: true }));
        const other = () => "locks" in navigator && "BroadcastChannel" in window
            ? byLeader(page.hear) : alone(page.hear);
        try {
            return byWorker(page.hear, (event) => {
                event.preventDefault();
                page.way = other();
                page.hear({ again: true });
            });
        } catch {
            return other();
        }
    },

    add(user, watch) {
        const it = page.wanted.get(watch.key) ?? { watch, users: new Set() };
        page.wanted.set(watch.key, it);
        it.users.add(user);
        page.say({ watch });
    },

    drop(user, { key }) {
        const it = page.wanted.get(key);
        if (!it?.users.delete(user) || it.users.size > 0) return;
        page.wanted.delete(key);
        page.say({ leave: { key } });
    },
};

// --- one station -----------------------------------------------------------

// `address`: that of the station, /live/rock; or of the location with a slash
// at its end, and `station` apart ("*": all of them).
export class Onair extends EventTarget {
    snapshot = null;
    state = { phase: "connecting" };
    #watch;
    #ahead = 0;

    constructor(address, { station } = {}) {
        super();
        const url = new URL(address, document.baseURI);
        const path = url.origin + url.pathname;
        const cut = path.lastIndexOf("/") + 1;
        const base = station ? path.replace(/\/*$/, "/") : path.slice(0, cut);
        station ??= decodeURIComponent(path.slice(cut)) || "*";
        this.#watch = { key: `${base} ${station}`, base, station };
        page.add(this, this.#watch);
    }

    // The server's clock in ms, whatever this device's says.
    now() { return Date.now() + this.#ahead; }

    close() { page.drop(this, this.#watch); }

    heard(snapshot, ahead) {
        if (Number.isFinite(ahead)) this.#ahead = ahead;
        this.snapshot = snapshot;
        this.dispatchEvent(new CustomEvent("snapshot", { detail: snapshot }));
    }

    changed(state) {
        this.state = state;
        this.dispatchEvent(new CustomEvent("state", { detail: state }));
    }
}

// --- elements --------------------------------------------------------------

export const text = (value) =>
    typeof value === "string" && value.trim() ? value : "";
const number = (value) => Number.isFinite(value) ? value : null;

function webUrl(value) {
    try {
        const url = new URL(text(value), document.baseURI);
        return text(value) && /^https?:$/.test(url.protocol) ? url.href : "";
    } catch {
        return "";
    }
}

const title = (track) => text(track?.title) || text(track?.text);
const artist = (track) => text(track?.title) ? text(track?.artist) : "";

function minutes(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const two = String(seconds % 60).padStart(2, "0");
    return `${Math.floor(seconds / 60)}:${two}`;
}

export function make(name, part, more = {}) {
    const element = document.createElement(name);
    if (part) element.setAttribute("part", part);
    return Object.assign(element, more);
}

export function put(element, words) {
    if (element.textContent !== words) element.textContent = words;
    element.hidden = !words;
}

const kStyle = `
:host { display: block; font: inherit; color: var(--onair-color, inherit);
    --accent: var(--onair-accent, #b3261e); }
:host([hidden]), [hidden] { display: none !important; }
.now { display: flex; gap: var(--onair-gap, 1rem); align-items: center; }
.words { min-width: 0; flex: 1; overflow-wrap: anywhere; }
img { inline-size: var(--onair-art, 5rem); aspect-ratio: 1; object-fit: cover;
    border-radius: var(--onair-radius, .5rem); }
p, ol { margin: 0; padding: 0; }
.title { font-size: 1.25em; font-weight: 600; }
.status { font-size: .8em; }
.status::before { content: ""; display: inline-block; inline-size: .6em;
    block-size: .6em; margin-inline-end: .4em; border-radius: 50%;
    background: currentColor; opacity: .4; }
.status[data-status=live]::before { background: var(--accent); opacity: 1; }
progress { inline-size: 100%; block-size: .4em; accent-color: var(--accent); }
button { font: inherit; min-block-size: 2.75em; padding-inline: 1em; }
li { list-style: none; padding-block: .3em; }
time { font-variant-numeric: tabular-nums; margin-inline-end: .6em; }
.title, .in { animation: in .4s; }
@keyframes in { from { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
@media (forced-colors: active) { .status::before { background: CanvasText; } }
`;

// Not a <style>, which the site's policy may forbid.
const sheets = new Map();
export function style(css) {
    const sheet = sheets.get(css) ?? new CSSStyleSheet();
    if (!sheets.has(css)) sheet.replaceSync(css);
    sheets.set(css, sheet);
    return sheet;
}

// The base of all: build(root) makes what is seen, watch(address) follows it.
export class Element extends (isWorker ? Object : HTMLElement) {
    static observedAttributes = ["src", "station"];
    onair = null;

    connectedCallback() {
        if (!this.shadowRoot) {
            const root = this.attachShadow({ mode: "open" });
            root.adoptedStyleSheets = [style(kStyle)];
            this.build(root);
        }
        this.#follow();
    }

    disconnectedCallback() {
        this.onair?.close();
        this.onair = null;
    }

    attributeChangedCallback(name, before, after) {
        if (this.onair && before !== after) this.#follow();
    }

    #follow() {
        this.onair?.close();
        const address = this.getAttribute("src");
        this.onair = address === null ? null : this.watch(address);
    }

    tell(name, detail) {
        this.dispatchEvent(new CustomEvent(name,
            { detail, bubbles: true, composed: true }));
    }

    // The words can be others: <onair-now word-live="Auf Sendung">.
    word(name, usual) { return this.getAttribute(`word-${name}`) ?? usual; }
}

class StationElement extends Element {
    watch(address) {
        const onair = new Onair(address,
            { station: this.getAttribute("station") ?? undefined });
        onair.addEventListener("snapshot", ({ detail }) => {
            this.show(detail);
            this.tell("onair-snapshot", detail);
        });
        onair.addEventListener("state", ({ detail }) => {
            this.setAttribute("phase", detail.phase);
        });
        return onair;
    }
}

const kWords = { live: "Live", stale: "Last known", offline: "Off air" };

// listen: an address of sound, or nothing for the one that the source names;
// with it there is a button, and the title goes to the system's controls.
class OnairNow extends StationElement {
    #parts = {};
    #audio = null;
    #timer = 0;

    build(root) {
        const $ = this.#parts;
        const part = (name, tag = "p") =>
            $[name] = make(tag, name, { className: name, dir: "auto" });
        const box = make("div", "now", { className: "now" });
        const words = make("div", "words", { className: "words" });
        const track = make("div", "track");
        track.setAttribute("aria-live", "polite");
        track.setAttribute("aria-atomic", "true");
        track.append(part("title"), part("artist"));
        $.bar = make("progress", "progress", { hidden: true });
        $.bar.setAttribute("aria-label", this.word("elapsed", "Elapsed"));
        $.button = make("button", "listen",
            { hidden: true, type: "button" });
        $.button.onclick = () => this.#audio ? this.stop() : this.play();
        words.append(part("status"), track, $.bar, part("time"), $.button);
        $.art = make("img", "art", { alt: "", hidden: true });
        $.art.onerror = () => { $.art.hidden = true; };
        box.append($.art, words);
        root.append(box);
    }

    disconnectedCallback() {
        super.disconnectedCallback();
        clearInterval(this.#timer);
        this.stop();
    }

    show(snapshot) {
        const $ = this.#parts;
        const { now, status } = snapshot;
        const dj = status === "offline" ? "" : text(snapshot.dj);
        $.status.dataset.status = status;
        put($.status, this.word(status, kWords[status] ?? status)
            + (dj ? ` · ${dj}` : ""));
        put($.title, title(now) || text(snapshot.stream?.name)
            || snapshot.station);
        put($.artist, artist(now));
        const art = webUrl(now?.art);
        if ($.art.src !== art) {
            $.art.hidden = !art;
            if (art) $.art.src = art;
            else $.art.removeAttribute("src");
        }
        put($.button, this.#audio ? this.word("stop", "Stop")
            : this.word("listen", "Listen"));
        $.button.hidden = !this.#sound() && !this.#audio;
        clearInterval(this.#timer);
        this.#timer = setInterval(() => this.#tick(), 1000);
        this.#tick();
        this.#describe();
    }

    #tick() {
        const $ = this.#parts;
        const { now, status } = this.onair?.snapshot ?? {};
        const start = number(now?.heard) ?? number(now?.started);
        const length = number(now?.duration);
        const known = start !== null && length > 0 && status === "live";
        $.bar.hidden = !known;
        if (!known) return put($.time, "");
        const at = Math.min(Math.max(this.onair.now() - start * 1000, 0),
            length * 1000);
        $.bar.max = length;
        $.bar.value = at / 1000;
        put($.time, `${minutes(at)} / ${minutes(length * 1000)}`);
    }

    // A page of https: may not play what comes by http:.
    #sound() {
        if (!this.hasAttribute("listen")) return "";
        const url = webUrl(this.getAttribute("listen")
            || this.onair?.snapshot?.stream?.listen);
        const mixed = location.protocol === "https:" && url.startsWith("http:");
        return mixed ? "" : url;
    }

    // A live stream is stopped, never paused: it would go on with old sound.
    stop() {
        this.#audio?.removeAttribute("src");
        this.#audio?.load();
        this.#audio = null;
        this.#refresh("none");
    }

    play() {
        const audio = this.#audio = new Audio(this.#sound());
        const over = () => audio === this.#audio && this.stop();
        audio.onended = audio.onerror = over;
        audio.play().catch(over);
        const on = (action, call) =>
            navigator.mediaSession?.setActionHandler(action, call);
        on("play", () => this.#audio || this.play());
        on("pause", () => this.stop());
        on("stop", () => this.stop());
        this.#refresh("playing");
    }

    #refresh(state) {
        const session = navigator.mediaSession;
        if (session) session.playbackState = state;
        if (this.onair?.snapshot) this.show(this.onair.snapshot);
    }

    #describe() {
        if (!this.#audio || !navigator.mediaSession) return;
        const { now, stream, station } = this.onair.snapshot;
        const art = webUrl(now?.art);
        navigator.mediaSession.metadata = new MediaMetadata({
            title: title(now) || text(stream?.name) || station,
            artist: artist(now), album: text(stream?.name) || station,
            artwork: art ? [{ src: art }] : [],
        });
    }
}

class OnairHistory extends StationElement {
    build(root) {
        this.list = make("ol", "list");
        this.list.setAttribute("aria-label", this.word("history", "Before"));
        root.append(this.list);
    }

    show({ history }) {
        const tracks = (Array.isArray(history) ? history : [])
            .filter((track) => title(track))
            .slice(0, Number(this.getAttribute("limit")) || 10);
        const key = JSON.stringify(tracks);
        if (this.list.dataset.key === key) return;
        this.list.dataset.key = key;
        this.list.replaceChildren(...tracks.map((track) => this.#item(track)));
    }

    #item(track) {
        const item = make("li", "item", { className: "in" });
        const date = new Date((number(track.heard) ?? number(track.started)
            ?? NaN) * 1000);
        if (!Number.isNaN(date.getTime())) {
            item.append(make("time", "time", {
                dateTime: date.toISOString(),
                textContent: date.toLocaleTimeString(this.lang || undefined,
                    { hour: "numeric", minute: "2-digit" }),
            }));
        }
        const words = [title(track), artist(track)].filter(Boolean);
        item.append(make("span", "words", {
            textContent: words.join(" – "), dir: "auto" }));
        return item;
    }
}

if (isWorker) {
    serveAsWorker();
} else {
    customElements.define("onair-now", OnairNow);
    customElements.define("onair-history", OnairHistory);
}
