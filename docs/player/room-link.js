// One member's connection to an `onair_room`, for as long as it is wanted; it
// comes back as the same member. Where WebSockets do not get through it hears by
// server-sent events and speaks in requests. It knows no page; README.md has how
// it is used.

const kTriesBySocket = 2;
const kFirstDelay = 500;
const kLongestDelay = 30000;
const kAnswer = 15000;
const kMostFailed = 16;

// Each way is made with its address and calls to say what happens: opened(),
// text(string), and lost({code, reason}) once, as the last. send() gives what
// is said to the room; its answer comes as a text too.

class SocketWay {
    #socket;

    constructor(address, calls) {
        const url = new URL(address);
        url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
        this.#socket = new WebSocket(url);
        this.#socket.onopen = () => calls.opened();
        this.#socket.onmessage = (event) => calls.text(event.data);
        this.#socket.onclose = (event) => calls.lost(event);
    }

    get isOpen() { return this.#socket.readyState === WebSocket.OPEN; }
    send(command) { this.#socket.send(JSON.stringify(command)); }

    close() {
        this.#socket.onopen = this.#socket.onmessage = null;
        this.#socket.onclose = null;
        this.#socket.close();
    }
}

class EventsWay {
    #source;
    #address;
    #calls;

    constructor(address, calls) {
        this.#address = new URL(address);
        this.#address.search = "";
        this.#calls = calls;
        this.#source = new EventSource(address);
        this.#source.onopen = () => calls.opened();
        this.#source.onmessage = (event) => calls.text(event.data);
        // By itself it would come back as somebody new.
        this.#source.onerror = () => {
            this.close();
            calls.lost({ code: 0, reason: "" });
        };
    }

    get isOpen() { return this.#source.readyState === EventSource.OPEN; }

    async send(command, token) {
        let text = "";
        try {
            const answer = await fetch(this.#address, {
                method: "POST", body: JSON.stringify(command),
                headers: { Authorization: `Bearer ${token}` },
            });
            text = await answer.text();
            JSON.parse(text);
        } catch {
            text = JSON.stringify({
                ref: command.ref, error: text || "there was no answer" });
        }
        this.#calls.text(text);
    }

    close() {
        this.#source.onopen = this.#source.onmessage = null;
        this.#source.onerror = null;
        this.#source.close();
    }
}

export class RoomLink {
    #base;
    #room;
    #name;
    #onFrame;
    #onState;
    #way = null;
    #heard = false;      // by a WebSocket, so they get through
    #timer = 0;
    #failures = 0;
    #token = "";
    #since = "";
    // The server knows a member's last refs, also those of a page before this.
    #mark = Math.random().toString(36).slice(2);
    #refs = 0;
    #asked = new Map();  // ref -> what is called with the answer
    #failed = new Map(); // what was not answered, or refused -> ref
    #over = false;

    constructor({ base, room, name = "", token = "", onFrame, onState }) {
        this.#base = base;
        this.#room = room;
        this.#name = name;
        this.#token = token;
        this.#onFrame = onFrame;
        this.#onState = onState;
        this.wake = this.wake.bind(this);
    }

    get token() { return this.#token; }

    start() {
        window.addEventListener("online", this.wake);
        document.addEventListener("visibilitychange", this.wake);
        this.#connect();
    }

    stop() {
        this.#over = true;
        window.removeEventListener("online", this.wake);
        document.removeEventListener("visibilitychange", this.wake);
        this.#drop();
    }

    // Comes in again under another name.
    rename(name) {
        this.#name = name;
        this.#failures = 0;
        this.#connect();
    }

    wake() {
        if (!this.#over && !document.hidden && !this.#way) this.#connect();
    }

    // Resolves with the answer; {error} where there is none. Asked once more
    // after that, it has the same ref: it may have been done all the same.
    ask(command) {
        if (!this.#way?.isOpen) {
            return Promise.resolve({ error: "there is no connection" });
        }
        const what = JSON.stringify(command);
        const ref = this.#failed.get(what) ??
            `${this.#mark}${this.#refs += 1}`;
        this.#failed.delete(what);
        return new Promise((resolve) => {
            const late = setTimeout(() => this.#answer(
                { ref, error: "there was no answer" }), kAnswer);
            this.#asked.set(ref, (answer) => {
                clearTimeout(late);
                if (answer.error) this.#keep(what, ref);
                resolve(answer);
            });
            this.#way.send({ ...command, ref }, this.#token);
        });
    }

    #keep(what, ref) {
        if (this.#failed.size === kMostFailed) this.#failed.clear();
        this.#failed.set(what, ref);
    }

    #answer(frame) {
        this.#asked.get(frame.ref)?.(frame);
        this.#asked.delete(frame.ref);
    }

    #drop() {
        clearTimeout(this.#timer);
        this.#way?.close();
        this.#way = null;
        for (const ref of [...this.#asked.keys()]) {
            this.#answer({ ref, error: "the connection was lost" });
        }
    }

    #address() {
        const path = this.#room.split("/").map(encodeURIComponent).join("/");
        const url = new URL(this.#base + path, document.baseURI);
        if (this.#name) url.searchParams.set("name", this.#name);
        if (this.#token) url.searchParams.set("token", this.#token);
        if (this.#since) url.searchParams.set("since", this.#since);
        return url;
    }

    #connect() {
        this.#drop();
        this.#onState({ phase: "connecting" });
        // What does not get through today may do so tomorrow: now and then it
        // is tried again.
        const tries = this.#failures % (2 * kTriesBySocket);
        const Way = this.#heard || tries < kTriesBySocket ? SocketWay
                                                          : EventsWay;
        this.#way = new Way(this.#address(), {
            opened: () => this.#onState({ phase: "connected" }),
            text: (text) => this.#text(text, Way === SocketWay),
            lost: (event) => this.#lost(event),
        });
    }

    #text(text, bySocket) {
        let frame;
        try { frame = JSON.parse(text); } catch { return; }
        if (!Array.isArray(frame?.events)) {
            this.#answer(frame ?? {});
            return;
        }
        this.#failures = bySocket ? 0 : kTriesBySocket;
        this.#heard ||= bySocket;
        if (typeof frame.you?.token === "string") this.#token = frame.you.token;
        this.#since = `${frame.epoch}:${frame.seq}`;
        this.#onFrame(frame);
    }

    // 1008: a moderator, or a rule, does not want us here.
    #lost({ code, reason }) {
        this.#drop();
        if (code === 1008) {
            this.#onState({ phase: "refused", reason });
            return;
        }
        const soon = (code === 1001 || code === 1012 || code === 0) &&
            this.#failures % kTriesBySocket === 0;
        const most = soon ? 1500
            : Math.min(kLongestDelay, kFirstDelay * 2 ** this.#failures);
        this.#failures += 1;
        this.#onState({ phase: "waiting", reason });
        this.#timer = setTimeout(() => this.#connect(),
                                 most / 2 + Math.random() * most / 2);
    }
}
