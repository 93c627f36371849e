// What is wrong between a listener and a station, from what a doctor has seen:
// that in the browser (doctor.js) or that in a shell (doctor.mjs).
//
// seen = {
//   address, origin,          // of the station; of the page, or null
//   secure,                   // the page is https:
//   get, again, poll, events, socket: one each, or not there
// }
// get, again, poll: { status, json, headers(name), protocol } or { failed }
// events: { status, type, encoding, head, first, cut, goodbye } or { failed }
// socket: { opened, first, cut, code, status } or { failed }
// head, first, cut: ms since it was asked for; head is the answer's, first that
// of the first message, cut when it ended without a goodbye.
// at: this device's clock in ms when poll's answer came.

export const kPatience = 8000;     // ms, for what has to come at once
const kClock = 5000;               // ms that a clock may be off
const kPause = 1600;               // a cache may keep a GET for a second

export const pauseBeforeAgain = kPause;

const seconds = (ms) => `${Math.round(ms / 100) / 10} s`;

function unreachable({ address, get }) {
    if (!get.failed) return null;
    const { host, protocol } = new URL(address);
    return { name: "unreachable",
        what: `Nothing answers at ${host} (${get.failed}).`,
        cure: "Is nginx running there, is the port open in the firewall of "
            + "server and provider, and is it one that browsers do not refuse? "
            + (protocol === "https:" ? "Is its certificate good? " : "")
            + "Best is the site's own address, behind the web server's port." };
}

function mixed({ address, secure }) {
    if (!secure || new URL(address).protocol === "https:") return null;
    return { name: "mixed",
        what: "This page came by https:, the address is http:. Browsers "
            + "refuse that.",
        cure: "Serve the station by https: as well, and name it so." };
}

function refused({ origin, get, options, socket }) {
    const all = [get, options, socket];
    if (!all.some((it) => it?.status === 403 || it?.opaque)) return null;
    return { name: "origin",
        what: `Pages of ${origin ?? "this site"} may not connect (403).`,
        cure: "Name the site in onair_origin. With \"same\" the front has to "
            + "pass Host on as it came, with its port: nginx proxy_set_header "
            + "Host $http_host, Apache ProxyPreserveHost On, h2o "
            + "proxy.preserve-host: ON." };
}

function status({ get }) {
    if (get.failed || get.status === 403 || get.json?.station) return null;
    return { name: "station",
        what: `The address answers ${get.status}, and not as a station does.`,
        cure: "Look at the location of `onair` in nginx.conf, and whether the "
            + "front passes the path on unchanged." };
}

function cached({ get, again, events }) {
    const kept = get.json?.time && get.json.time === again?.json?.time;
    const document = events?.status === 200 && /json/.test(events.type);
    if (!kept && !document) return null;
    return { name: "cache",
        what: "A cache on the way answers for the station: "
            + (kept ? `a GET ${seconds(kPause)} later had the same clock.`
                : "asked for an event stream it gave a document."),
        cure: "It has to heed Cache-Control (a second) and Vary: Accept, "
            + "Upgrade; else take the path out of it. nginx: no "
            + "proxy_cache_valid and no proxy_ignore_headers; a CDN: no "
            + "\"cache everything\"." };
}

function upgrade({ socket }, found) {
    if (!socket || socket.opened) return null;
    if (found.some(({ name }) => /^(origin|cache)$/.test(name))) return null;
    const answer = socket.status ? ` (${socket.status} instead of 101)` : "";
    return { name: "upgrade",
        what: `WebSockets do not get through${answer}: the front drops `
            + "Upgrade or Connection.",
        cure: "nginx: proxy_http_version 1.1; proxy_set_header Upgrade "
            + "$http_upgrade; proxy_set_header Connection \"upgrade\". Apache: "
            + "upgrade=websocket. Varnish: pipe. Squid: "
            + "http_upgrade_request_protocols. lighttpd: proxy.header. h2o: "
            + "proxy.websocket." };
}

function compressed({ events }) {
    if (!events?.encoding) return null;
    return { name: "compressed",
        what: `The event stream is compressed on the way (${events.encoding})`
            + (events.first === undefined ? ", and nothing of it came." : "."),
        cure: "Take the path out of it: Caddy encode, nginx gzip_types, Apache "
            + "SetEnv no-gzip, a CDN's rules. WebSockets have onair_deflate." };
}

function held({ events }, found) {
    if (!events || events.failed || events.first !== undefined) return null;
    if (events.status && events.status !== 200) return null;
    if (found.length > 0) return null;
    return { name: "buffers",
        what: `The event stream is held back: nothing in `
            + `${seconds(kPatience)}, where the first message comes at once.`,
        cure: "nginx: proxy_buffering off in each one in a row. lighttpd: "
            + "server.stream-response-body = 2. A CDN: no rules for the "
            + "path." };
}

function impatient({ events, socket }) {
    const cut = (it) => it?.cut !== undefined && !it.goodbye
        && it.first !== undefined;
    const which = [cut(socket) && ["WebSocket", socket],
        cut(events) && ["event stream", events]].filter(Boolean);
    if (which.length === 0) return null;
    const times = which.map(([name, it]) => `${name} after ${seconds(it.cut)}`);
    return { name: "impatient",
        what: `Streams are cut: ${times.join(", ")}, without a goodbye.`,
        cure: "The front's time-out is shorter than the heartbeat (25 s). "
            + "nginx: proxy_read_timeout 75s. HAProxy: timeout client, server, "
            + "tunnel. h2o: proxy.timeout.io. Or a shorter onair_heartbeat." };
}

function clock({ poll, at }, found) {
    const time = poll?.json?.time;
    if (!Number.isFinite(time) || !at) return null;
    if (found.some(({ name }) => name === "cache")) return null;
    const off = at - time * 1000;
    if (Math.abs(off) < kClock) return null;
    return { name: "clock",
        what: `The clock of this device is ${seconds(Math.abs(off))} `
            + `${off > 0 ? "ahead of" : "behind"} the server's.`,
        cure: "Set it; or, if it is the server's, use NTP there. Pages reckon "
            + "with `time` of the snapshot, so only their own clocks suffer." };
}

function waiting({ poll }, found) {
    if (!poll || poll.json?.station || found.length > 0) return null;
    return { name: "poll",
        what: `A long poll is answered with ${poll.status ?? poll.failed}.`,
        cure: "The front has to pass the query on, and to be more patient than "
            + "`wait`." };
}

function few({ get }) {
    if (get.protocol !== "http/1.1") return null;
    return { name: "http1", hint: true,
        what: "The site speaks HTTP/1.1: a browser has six connections to it, "
            + "over all tabs, and each event stream takes one.",
        cure: "Let the front speak HTTP/2 (over TLS), or use WebSockets or "
            + "onair.js, which shares one connection." };
}

const kChecks = [mixed, unreachable, refused, status, cached, upgrade,
    compressed, held, impatient, waiting, clock, few];

// What is wrong, the first cause first: { name, what, cure, hint? }.
export function diagnose(seen) {
    const found = [];
    for (const check of kChecks) {
        const finding = check(seen, found);
        if (finding) found.push(finding);
        // The rest would only follow from it.
        if (["mixed", "unreachable"].includes(finding?.name)) break;
    }
    return found;
}

// Takes a stream of events apart as far as a doctor has to: whether a message
// has come, and whether the last thing said was when to come again.
export class Listening {
    first = undefined;
    beats = 0;
    #rest = "";
    #last = "";

    hear(text, ms) {
        const blocks = (this.#rest + text).split("\n");
        this.#rest = blocks.pop();
        for (const line of blocks) {
            if (line.startsWith("data:")) this.first ??= ms;
            if (line.startsWith(":")) this.beats += 1;
            if (line !== "") this.#last = line;
        }
    }

    get goodbye() { return this.#last.startsWith("retry:"); }
}
