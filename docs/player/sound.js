// The sound of an `onair_listen` location: plays without a gap through reloads
// and broken connections, and says what is heard now. No part of it knows the
// page; copy this file to a page of your own:
//
//     const sound = new Sound({
//         src: "/hear/rock",
//         onTitle: ({ text, artist, title }) => { ... },   // heard from now on
//         onState: ({ phase, reason }) => { ... },
//     });
//     button.onclick = () => sound.start();                // and stop()
//
// phase is "stopped", "connecting", "playing", "waiting" (for sound) or
// "failed". It comes over a WebSocket, else as server-sent events, into the
// browser's own decoder (MediaSource); where that does not take this kind of
// sound, an <audio> element plays the location itself, without titles.

const kFirstDelay = 250;
const kLongestDelay = 15000;
// A connection without a byte for so long is a dead one, ms.
const kSilence = 12000;
// Of what was heard, so much is kept; who is later than this behind the newest
// byte goes on from there, seconds.
const kKept = 20;
const kTooLate = 15;

// What a station calls it, as MediaSource wants to hear it.
const kTypes = {
    "audio/mpeg": "audio/mpeg", "audio/mp3": "audio/mpeg",
    "audio/aac": "audio/aac", "audio/aacp": "audio/aac",
    "audio/webm": 'audio/webm; codecs="opus"',
};

const ownMediaSource = () =>
    globalThis.ManagedMediaSource ?? globalThis.MediaSource;

function decoderOf(type) {
    const known = kTypes[String(type).split(";")[0].trim().toLowerCase()];
    return known && ownMediaSource()?.isTypeSupported(known) ? known : null;
}

// Each is made with the address and three calls: words(object), bytes(array)
// and, as the last, lost({soon}).
class SocketSound {
    static fits = () => "WebSocket" in globalThis;
    #socket;

    constructor(url, calls) {
        const address = new URL(url);
        address.protocol = url.protocol === "https:" ? "wss:" : "ws:";
        this.#socket = new WebSocket(address);
        this.#socket.binaryType = "arraybuffer";
        this.#socket.onmessage = ({ data }) => {
            if (typeof data === "string") calls.words(JSON.parse(data));
            else calls.bytes(new Uint8Array(data));
        };
        this.#socket.onclose = ({ code }) =>
            calls.lost({ soon: code === 1012 || code === 1001 });
    }

    close() {
        this.#socket.onmessage = this.#socket.onclose = null;
        this.#socket.close();
    }
}

function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
}

class EventSound {
    static fits = () => "EventSource" in globalThis;
    #events;

    constructor(url, calls) {
        this.#events = new EventSource(url);
        this.#events.onmessage = ({ data }) => calls.bytes(bytesOf(data));
        for (const name of ["sound", "title", "head"]) {
            this.#events.addEventListener(name, ({ data }) =>
                calls.words(JSON.parse(data)));
        }
        // The place is ours to remember, so that both kinds come back alike.
        this.#events.onerror = () => { this.close(); calls.lost({}); };
    }

    close() { this.#events.close(); }
}

export class Sound {
    #url;
    #calls;
    #audio;
    #link = null;         // what carries the sound
    #kind = 0;            // which of the two
    #tries = 0;           // in a row without a byte
    #timer = 0;
    #deadline = 0;
    #source = null;       // MediaSource and its buffer
    #buffer = null;
    #type = null;
    #position = null;     // of the byte that comes next
    #heads = 0;           // messages of head pages to come
    #queue = [];          // bytes, and words in their places
    #cues = [];           // {at, words}: seconds of the element's time
    #phase = "stopped";
    #began = false;

    // audio: the element that plays; one of its own where none is given.
    constructor({ src, audio, onTitle = () => {}, onState = () => {} }) {
        this.#url = new URL(src, document.baseURI);
        this.#calls = { onTitle, onState };
        this.#audio = audio ?? new Audio();
        this.onProgress = () => this.#lookAtCues();
        this.onWaiting = () => this.#say("waiting");
        this.onPlaying = () => this.#say("playing");
        this.onBroken = () => this.#restartDecoder();
    }

    get audio() { return this.#audio; }
    get phase() { return this.#phase; }
    // Seconds that are there to be played.
    get ahead() {
        const { buffered, currentTime } = this.#audio;
        return buffered.length === 0 ? 0
            : buffered.end(buffered.length - 1) - currentTime;
    }

    // To be called by a click, as browsers want it.
    start() {
        this.stop();
        this.#say("connecting");
        this.#listen(true);
        this.#ticker = setInterval(this.onProgress, 100);
        if (!ownMediaSource()) this.#playPlain();
        else this.#connect();
    }

    stop() {
        this.#disconnect();
        this.#listen(false);
        clearInterval(this.#ticker);
        this.#dropDecoder();
        this.#position = null;
        this.#tries = 0;
        if (this.#phase !== "stopped") {
            this.#audio.removeAttribute("src");
            this.#audio.load();
            this.#say("stopped");
        }
    }

    #ticker = 0;

    #listen(on) {
        const change = on ? "addEventListener" : "removeEventListener";
        this.#audio[change]("waiting", this.onWaiting);
        this.#audio[change]("playing", this.onPlaying);
        this.#audio[change]("error", this.onBroken);
    }

    #say(phase, reason = "") {
        if (this.#phase === phase) return;
        this.#phase = phase;
        this.#calls.onState({ phase, reason });
    }

    // --- the connection ---

    #connect() {
        const kinds = [SocketSound, EventSound].filter((one) => one.fits());
        const Kind = kinds[this.#kind % kinds.length];
        const url = new URL(this.#url);
        if (this.#position !== null) {
            url.searchParams.set("from", this.#position);
        }
        this.#heads = 0;
        this.#link = new Kind(url, {
            words: (words) => this.#take(words),
            bytes: (bytes) => this.#takeBytes(bytes),
            lost: (how) => this.#lost(how),
        });
        this.#expectMore();
    }

    #disconnect() {
        clearTimeout(this.#timer);
        clearTimeout(this.#deadline);
        this.#link?.close();
        this.#link = null;
    }

    #expectMore() {
        clearTimeout(this.#deadline);
        this.#deadline = setTimeout(() => this.#lost({}), kSilence);
    }

    // What was bought ahead goes on playing meanwhile.
    #lost({ soon = false }) {
        this.#disconnect();
        // Twice in vain: perhaps the other kind gets through.
        if (this.#tries++ > 1) this.#kind++;
        const most = Math.min(kLongestDelay, kFirstDelay * 2 ** this.#tries);
        const wait = soon ? Math.random() * kFirstDelay : Math.random() * most;
        this.#timer = setTimeout(() => this.#connect(), wait);
    }

    #take(words) {
        this.#expectMore();
        if ("head" in words) {
            this.#heads = 1;
        } else if ("type" in words) {
            this.#begin(words);
        } else {
            this.#queue.push(words);
            this.#append();
        }
    }

    #takeBytes(bytes) {
        this.#expectMore();
        this.#tries = 0;
        if (this.#heads > 0) this.#heads--;
        else this.#position += bytes.length;
        this.#queue.push(bytes);
        this.#append();
    }

    // What follows is of this type and from this place on.
    #begin({ type, position }) {
        const decoder = decoderOf(type);
        if (!decoder) {
            this.#disconnect();
            this.#playPlain();
            return;
        }
        const goesOn = position === this.#position;
        this.#position = position;
        // Frames of MP3 and AAC may follow others; clusters may not.
        const sameKind = decoder === this.#type &&
            (goesOn || !decoder.startsWith("audio/webm"));
        if (!this.#source || !sameKind) this.#makeDecoder(decoder);
    }

    // --- the decoder ---

    #makeDecoder(type) {
        this.#dropDecoder();
        this.#type = type;
        const source = new (ownMediaSource())();
        this.#source = source;
        source.addEventListener("sourceopen", () => {
            if (source !== this.#source) return;
            URL.revokeObjectURL(this.#audio.src);
            this.#buffer = source.addSourceBuffer(type);
            this.#buffer.mode = type.startsWith("audio/webm") ? "segments"
                : "sequence";
            this.#buffer.addEventListener("updateend", () => this.#append());
            this.#append();
        }, { once: true });
        this.#audio.disableRemotePlayback = true;
        this.#audio.src = URL.createObjectURL(source);
        this.#audio.play().catch((error) => this.#failedToPlay(error));
    }

    #dropDecoder() {
        this.#source = this.#buffer = this.#type = null;
        this.#queue = [];
        this.#cues = [];
        this.#began = false;
    }

    // It stumbled over something: from the newest again.
    #restartDecoder() {
        if (!this.#source) return;
        this.#dropDecoder();
        this.#position = null;
        this.#lost({});
    }

    #failedToPlay(error) {
        if (error.name === "AbortError") return;
        this.stop();
        this.#say("failed", error.name === "NotAllowedError"
            ? "the browser wants a click first" : "it cannot be played here");
    }

    #append() {
        const buffer = this.#buffer;
        while (buffer && !buffer.updating && this.#queue.length > 0) {
            const next = this.#queue.shift();
            if (next instanceof Uint8Array) {
                this.#appendBytes(next);
            } else {
                const ranges = buffer.buffered;
                const at = ranges.length === 0 ? 0
                    : ranges.end(ranges.length - 1);
                this.#cues.push({ at, words: next });
            }
        }
        this.#stayNear();
    }

    #appendBytes(bytes) {
        try {
            this.#buffer.appendBuffer(bytes);
        } catch (error) {
            if (error.name !== "QuotaExceededError") throw error;
            this.#queue.unshift(bytes);
            this.#forgetPast(1);
        }
    }

    #forgetPast(kept) {
        const end = this.#audio.currentTime - kept;
        if (this.#buffer && !this.#buffer.updating && end > 1) {
            this.#buffer.remove(0, end);
        }
    }

    // The first sound may not lie at 0, a gap stops some browsers, and after a
    // long outage there is more than one wants to be behind.
    #stayNear() {
        const { buffered, currentTime } = this.#audio;
        if (buffered.length === 0) return;
        const last = buffered.length - 1;
        const first = buffered.start(this.#began ? last : 0);
        const end = buffered.end(last);
        if (currentTime < first || end - currentTime > kTooLate) {
            this.#audio.currentTime = Math.max(first, end - 4);
        }
        this.#began = true;
        if (currentTime > 2 * kKept && buffered.start(0) < currentTime - kKept) {
            this.#forgetPast(kKept / 2);
        }
    }

    // --- titles ---

    #lookAtCues() {
        let words = null;
        while (this.#cues.length > 0 &&
               this.#cues[0].at <= this.#audio.currentTime + 0.05) {
            words = this.#cues.shift().words;
        }
        if (words) this.#calls.onTitle(words);
    }

    // --- without a decoder of our own ---

    #playPlain() {
        this.#dropDecoder();
        this.#audio.src = this.#url.href;
        this.#audio.play().catch((error) => this.#failedToPlay(error));
    }
}
