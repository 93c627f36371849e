// One connection to an `onair` location for as long as the page is open:
// WebSocket, else events, else long polling. It knows no page; README.md has how
// it is used.

const kFirstDelay = 500;
const kLongestDelay = 30000;
const kProbeEvery = 60000;
const kProbeAnswer = 10000;
const kFirstMessage = 10000;
const kPollWait = 25;

// 1012, 1001: the server leaves, another is there already. 1013: it is full.
// 1008: we said too much. The four would end the next one as well.
function afterClose(code) {
    if (code === 1001 || code === 1012) return { soon: true, reason: "" };
    if (code === 1013) return { later: true, reason: "the server is full" };
    if (code === 1008) return { later: true };
    return { unfit: [1002, 1003, 1007, 1009].includes(code) };
}

// Each transport is made with an address, a function of what to add to the query,
// and calls: opened(), text(string), and once, as the last, lost({soon, later,
// unfit, reason}). One that brings nothing in its `patience` does not get through.

class SocketTransport {
    static label = "WebSocket";
    static tries = 2;
    static patience = kFirstMessage;
    #socket;
    #deadline = 0;

    constructor(address, calls) {
        const url = new URL(address(""));
        url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
        this.#socket = new WebSocket(url);
        this.#socket.onopen = () => calls.opened();
        this.#socket.onmessage = (event) => {
            clearTimeout(this.#deadline);
            if (typeof event.data === "string") calls.text(event.data);
        };
        this.#socket.onclose = (event) => {
            clearTimeout(this.#deadline);
            calls.lost({ reason: event.reason, ...afterClose(event.code) });
        };
        this.lost = calls.lost;
    }

    // Scripts do not see pings: only a question shows a dead connection.
    probe() {
        if (this.#socket.readyState !== WebSocket.OPEN) return;
        clearTimeout(this.#deadline);
        this.#deadline = setTimeout(() => this.lost({}), kProbeAnswer);
        this.#socket.send('{"get":true}');
    }

    wake() { this.probe(); }

    close() {
        clearTimeout(this.#deadline);
        this.#socket.onopen = this.#socket.onmessage = null;
        this.#socket.onclose = null;
        this.#socket.close();
    }
}

class EventsTransport {
    static label = "events";
    static tries = 1;
    static patience = kFirstMessage;
    #source;
    #calls;
    #errors = 0;
    #heard = Date.now();

    constructor(address, calls) {
        this.#calls = calls;
        this.#source = new EventSource(address(""));
        this.#source.onopen = () => {
            this.#heard = Date.now();
            calls.opened();
        };
        this.#source.onmessage = (event) => {
            this.#errors = 0;
            this.#heard = Date.now();
            calls.text(event.data);
        };
        this.#source.onerror = () => this.#failed();
    }

    // The browser comes back by itself once; it knows no back-off.
    #failed() {
        this.#errors += 1;
        const closed = this.#source.readyState === EventSource.CLOSED;
        if (closed || this.#errors > 1) this.#calls.lost({});
        else this.#calls.pausing();
    }

    probe() {}

    // After what may have been a sleep.
    wake() {
        if (Date.now() - this.#heard > kProbeEvery) {
            this.#calls.lost({ now: true });
        }
    }

    close() { this.#source.close(); }
}

class PollTransport {
    static label = "polling";
    static tries = 2;
    #address;
    #calls;
    #abort = new AbortController();
    #etag = null;

    constructor(address, calls) {
        this.#address = address;
        this.#calls = calls;
        this.#run();
    }

    async #run() {
        try {
            while (!this.#abort.signal.aborted) {
                const start = Date.now();
                if (!await this.#once()) return;
                await this.#pace(start);
            }
        } catch {
            this.#calls.lost({});
        }
    }

    // One question; false when the connection is given up.
    async #once() {
        const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
        const guard = setTimeout(() => this.#abort.abort(),
                                 (kPollWait + 15) * 1000);
        try {
            const response = await fetch(this.#address(`wait=${kPollWait}`), {
                cache: "no-store", headers, signal: this.#abort.signal,
            });
            const text = await response.text();
            return this.#answered(response, text);
        } finally {
            clearTimeout(guard);
        }
    }

    #answered(response, text) {
        if (response.status !== 200 && response.status !== 304) {
            const reason = text.startsWith("<") ? "" : text.trim();
            this.#calls.lost({
                later: true,
                reason: `${response.status} ${reason.slice(0, 120)}`.trim(),
            });
            return false;
        }
        this.#calls.opened();
        if (response.status === 200) {
            this.#etag = response.headers.get("ETag");
            this.#calls.text(text);
        }
        return true;
    }

    // A server that answers at once whatever it is asked is not hammered.
    #pace(start) {
        const rest = 1000 - (Date.now() - start);
        return rest <= 0 ? null
            : new Promise((resolve) => setTimeout(resolve, rest));
    }

    probe() {}
    wake() {}
    close() { this.#abort.abort(); }
}

const kTransports = [SocketTransport, EventsTransport, PollTransport];

// One snapshot, a list of them, or one a line.
function parse(text) {
    try {
        const value = JSON.parse(text);
        return Array.isArray(value) ? value : [value];
    } catch {
        return text.split("\n").flatMap((line) => {
            try { return [JSON.parse(line)]; } catch { return []; }
        });
    }
}

export class Link {
    #base;
    #station;
    #onSnapshot;
    #onState;
    #kind = 0;          // index in kTransports
    #proven = false;    // this transport has brought something before
    #failures = 0;      // attempts in a row that brought no message
    #missed = 0;        // attempts of this transport that brought nothing
    #transport = null;
    #silence = () => {};  // nothing more is heard of the present attempt
    #timer = 0;
    #deadline = 0;
    #phase = "";
    #every = 0;
    #over = new AbortController();
    #id = null;         // epoch:seq of the last snapshot

    constructor({ base, station, onSnapshot, onState }) {
        this.#base = base;
        this.#station = station;
        this.#onSnapshot = onSnapshot;
        this.#onState = onState;
    }

    // In a worker nobody sees a page: those who do call wake().
    start() {
        this.#every = setInterval(() => {
            if (!globalThis.document?.hidden) this.#transport?.probe();
        }, kProbeEvery);
        const on = (target, name, call) => target?.addEventListener(
            name, call, { signal: this.#over.signal });
        on(globalThis.document, "visibilitychange", () => {
            if (!document.hidden) this.wake();
        });
        on(globalThis.document && window, "pageshow", (event) => {
            if (event.persisted) this.#connect();
        });
        on(globalThis, "online", () => this.wake());
        this.#connect();
        return this;
    }

    stop() {
        clearInterval(this.#every);
        this.#over.abort();
        this.#end();
    }

    // The listener is there again: now rather than when the pause is over.
    wake() {
        if (this.#phase === "waiting" && !this.#transport) this.#connect();
        else this.#transport?.wake();
    }

    #address(query) {
        const all = this.#station === "*";
        const path = all ? "" :
            this.#station.split("/").map(encodeURIComponent).join("/");
        const parts = [all ? "stations=*" : "", query];
        if (this.#id && !all) parts.push(`since=${this.#id}`);
        const joined = parts.filter(Boolean).join("&");
        return this.#base + path + (joined ? `?${joined}` : "");
    }

    #say(phase, more = {}) {
        this.#phase = phase;
        const transport = kTransports[this.#kind].label;
        this.#onState({ phase, transport, ...more });
    }

    #connect() {
        this.#end();
        this.#say("connecting");
        let over = false;
        let heard = false;
        this.#silence = () => { over = true; };
        const unless = (call) => (value) => { if (!over) call(value); };
        const Transport = kTransports[this.#kind];
        const hasFirst = Transport.patience && this.#station !== "*";
        const hear = () => {
            heard = this.#proven = true;
            this.#missed = 0;
            clearTimeout(this.#deadline);
        };
        const calls = {
            opened: unless(() => {
                if (!hasFirst) hear();
                if (this.#phase !== "connected") this.#say("connected");
            }),
            text: unless((text) => { hear(); this.#text(text); }),
            pausing: unless(() => this.#say("waiting")),
            lost: unless((why) => this.#lost(why, heard)),
        };
        if (Transport.patience) {
            this.#deadline = setTimeout(() => calls.lost({}),
                                        Transport.patience);
        }
        try {
            this.#transport = new Transport((q) => this.#address(q), calls);
        } catch {
            calls.lost({});
        }
    }

    #end() {
        clearTimeout(this.#timer);
        clearTimeout(this.#deadline);
        this.#silence();
        this.#transport?.close();
        this.#transport = null;
    }

    #text(text) {
        this.#failures = 0;
        for (const snapshot of parse(text)) {
            if (typeof snapshot?.station !== "string") continue;
            this.#id = `${snapshot.epoch}:${snapshot.seq}`;
            this.#onSnapshot(snapshot);
        }
    }

    #lost(why, heard) {
        this.#end();
        if (why.unfit) this.#nextTransport();
        else if (!heard) this.#miss();
        const delay = this.#delay(why);
        this.#failures += 1;
        this.#timer = setTimeout(() => this.#connect(), delay);
        this.#say("waiting", {
            until: Date.now() + delay, reason: why.reason,
        });
    }

    // What never brought anything makes room for the next; what did is kept, as
    // then the server is away. Behind polling comes the best again.
    #miss() {
        this.#missed += 1;
        const polling = this.#kind === kTransports.length - 1;
        if (this.#proven && !polling) return;
        if (this.#missed < kTransports[this.#kind].tries) return;
        this.#nextTransport();
    }

    #nextTransport() {
        this.#kind = (this.#kind + 1) % kTransports.length;
        this.#missed = 0;
        this.#proven = false;
    }

    #delay(why) {
        if (why.now) return 0;
        if (why.soon && this.#failures === 0) return 100 + Math.random() * 1400;
        const failures = why.later ? Math.max(this.#failures, 3)
            : this.#failures;
        const most = Math.min(kLongestDelay, kFirstDelay * 2 ** failures);
        return most / 2 + Math.random() * most / 2;
    }
}
