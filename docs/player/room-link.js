// One member's connection to an `onair_room`, for as long as it is wanted; it
// comes back as the same member. It knows no page; README.md has how it is used.

const kFirstDelay = 500;
const kLongestDelay = 30000;
const kAnswer = 15000;

export class RoomLink {
    #base;
    #room;
    #name;
    #onFrame;
    #onState;
    #socket = null;
    #timer = 0;
    #failures = 0;
    #token = "";
    #since = "";
    #refs = 0;
    #asked = new Map();  // ref -> what is called with the answer
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
        if (!this.#over && !document.hidden && !this.#socket) this.#connect();
    }

    // Resolves with the answer; {error} where there is none.
    ask(command) {
        if (this.#socket?.readyState !== WebSocket.OPEN) {
            return Promise.resolve({ error: "there is no connection" });
        }
        const ref = (this.#refs += 1);
        return new Promise((resolve) => {
            const late = setTimeout(() => this.#answer(
                { ref, error: "there was no answer" }), kAnswer);
            this.#asked.set(ref, (answer) => {
                clearTimeout(late);
                resolve(answer);
            });
            this.#socket.send(JSON.stringify({ ...command, ref }));
        });
    }

    #answer(frame) {
        this.#asked.get(frame.ref)?.(frame);
        this.#asked.delete(frame.ref);
    }

    #drop() {
        clearTimeout(this.#timer);
        if (this.#socket) {
            this.#socket.onopen = this.#socket.onmessage = null;
            this.#socket.onclose = null;
            this.#socket.close();
            this.#socket = null;
        }
        for (const ref of [...this.#asked.keys()]) {
            this.#answer({ ref, error: "the connection was lost" });
        }
    }

    #address() {
        const path = this.#room.split("/").map(encodeURIComponent).join("/");
        const url = new URL(this.#base + path, document.baseURI);
        url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
        if (this.#name) url.searchParams.set("name", this.#name);
        if (this.#token) url.searchParams.set("token", this.#token);
        if (this.#since) url.searchParams.set("since", this.#since);
        return url;
    }

    #connect() {
        this.#drop();
        this.#onState({ phase: "connecting" });
        const socket = new WebSocket(this.#address());
        this.#socket = socket;
        socket.onopen = () => this.#onState({ phase: "connected" });
        socket.onmessage = (event) => this.#text(event.data);
        socket.onclose = (event) => this.#lost(event);
    }

    #text(text) {
        let frame;
        try { frame = JSON.parse(text); } catch { return; }
        if (!Array.isArray(frame?.events)) {
            this.#answer(frame ?? {});
            return;
        }
        this.#failures = 0;
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
        const soon = (code === 1001 || code === 1012) && this.#failures === 0;
        const most = soon ? 1500
            : Math.min(kLongestDelay, kFirstDelay * 2 ** this.#failures);
        this.#failures += 1;
        this.#onState({ phase: "waiting", reason });
        this.#timer = setTimeout(() => this.#connect(),
                                 most / 2 + Math.random() * most / 2);
    }
}
