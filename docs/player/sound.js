// The sound of an `onair_listen` location: plays without a gap through reloads
// and broken connections, and says what is heard now. No part of it knows the
// page; copy the files sound*.js to a page of your own:
//
//     const sound = new Sound({
//         src: "/hear/rock",
//         onTitle: ({ text, artist, title }) => { ... },   // heard from now on
//         onState: ({ phase, reason }) => { ... },
//     });
//     button.onclick = () => sound.start();                // and stop()
//
// phase is "stopped", "connecting", "playing", "waiting" (for sound) or
// "failed". It comes over a WebSocket, else as server-sent events, to a decoder
// of the browser: MediaSource, or WebCodecs for Ogg. Where none takes this kind
// of sound, an <audio> element plays the location itself, without titles.

import { EventSound, SocketSound } from "./sound-link.js";
import { MediaDecoder } from "./sound-media.js";
import { OggDecoder } from "./sound-ogg.js";

const kFirstDelay = 250;
const kLongestDelay = 15000;
// A connection without a byte for so long is a dead one, ms.
const kSilence = 12000;

// Who takes this type, and what he calls it; null where nobody does.
function decoderOf(type) {
    const plain = String(type).split(";")[0].trim().toLowerCase();
    for (const Decoder of [MediaDecoder, OggDecoder]) {
        const kind = Decoder.kindOf(plain);
        if (kind) return { Decoder, kind };
    }
    return null;
}

const decodesNothing = () =>
    ![MediaDecoder, OggDecoder].some((one) => one.isHere());

export class Sound {
    #url;
    #calls;
    #audio;
    #link = null;         // what carries the sound
    #way = 0;             // which of the two
    #tries = 0;           // in a row without a byte
    #timer = 0;
    #deadline = 0;
    #ticker = 0;
    #decoder = null;
    #kind = null;         // of sound that it takes
    #isPlain = false;     // the element plays the location itself
    #position = null;     // of the byte that comes next
    #heads = 0;           // messages of head pages to come
    #phase = "stopped";

    // audio: the element that plays; one of its own where none is given.
    constructor({ src, audio, onTitle = () => {}, onState = () => {} }) {
        this.#url = new URL(src, document.baseURI);
        this.#calls = { onTitle, onState };
        this.#audio = audio ?? new Audio();
        this.onTick = () => this.#tick();
        this.onWaiting = () => this.#say("waiting");
        this.onPlaying = () => {
            if (this.#isPlain) this.#tries = 0;
            this.#say("playing");
        };
        this.onBroken = () => this.#restart();
    }

    get audio() { return this.#audio; }
    get phase() { return this.#phase; }
    // Seconds that are there to be played.
    get ahead() { return this.#decoder?.ahead ?? 0; }

    // To be called by a click, as browsers want it.
    start() {
        this.stop();
        this.#say("connecting");
        this.#listen(true);
        this.#ticker = setInterval(this.onTick, 100);
        // Later the click would not count any more.
        if (decodesNothing()) this.#playPlain();
        else this.#connect();
    }

    stop() {
        this.#disconnect();
        this.#listen(false);
        clearInterval(this.#ticker);
        this.#dropDecoder();
        this.#isPlain = false;
        this.#position = null;
        this.#tries = 0;
        if (this.#phase !== "stopped") {
            this.#audio.removeAttribute("src");
            this.#audio.load();
            this.#say("stopped");
        }
    }

    #listen(on) {
        const change = on ? "addEventListener" : "removeEventListener";
        this.#audio[change]("waiting", this.onWaiting);
        this.#audio[change]("playing", this.onPlaying);
        this.#audio[change]("error", this.onBroken);
        this.#audio[change]("ended", this.onBroken);
    }

    #say(phase, reason = "") {
        if (this.#phase === phase) return;
        this.#phase = phase;
        this.#calls.onState({ phase, reason });
    }

    // --- the connection ---

    #connect() {
        const ways = [SocketSound, EventSound].filter((one) => one.fits());
        const Way = ways[this.#way % ways.length];
        const url = new URL(this.#url);
        if (this.#position !== null) {
            url.searchParams.set("from", this.#position);
        }
        this.#heads = 0;
        this.#link = new Way(url, {
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
        // Twice in vain: perhaps the other way gets through.
        if (this.#tries++ > 1) this.#way++;
        const most = Math.min(kLongestDelay, kFirstDelay * 2 ** this.#tries);
        const wait = soon ? Math.random() * kFirstDelay : Math.random() * most;
        this.#timer = setTimeout(() =>
            this.#isPlain ? this.#playPlain() : this.#connect(), wait);
    }

    #take(words) {
        this.#expectMore();
        if ("head" in words) this.#heads = 1;
        else if ("type" in words) this.#begin(words);
        else this.#decoder?.take(words);
    }

    #takeBytes(bytes) {
        this.#expectMore();
        this.#tries = 0;
        if (this.#heads > 0) this.#heads--;
        else this.#position += bytes.length;
        this.#decoder?.take(bytes);
    }

    // What follows is of this type and from this place on.
    #begin({ type, position }) {
        const found = decoderOf(type);
        if (!found) {
            this.#playPlain();
            return;
        }
        const goesOn = position === this.#position;
        this.#position = position;
        const { Decoder, kind } = found;
        if (this.#decoder && kind === this.#kind &&
            (goesOn || Decoder.bridgesGaps(kind))) return;
        this.#dropDecoder();
        this.#kind = kind;
        const decoder = new Decoder(kind, this.#audio, {
            failed: (error) => {
                if (decoder === this.#decoder) this.#failed(error);
            },
        });
        this.#decoder = decoder;
    }

    // --- the decoder ---

    #dropDecoder() {
        this.#decoder?.close();
        this.#decoder = this.#kind = null;
    }

    // It stumbled over something: from the newest again.
    #restart() {
        if (!this.#decoder && !this.#isPlain) return;
        this.#dropDecoder();
        this.#position = null;
        this.#lost({});
    }

    // Without an error: its decoder does; else the element does not play.
    #failed(error) {
        if (!error) {
            if (this.#decoder.began) this.#restart();
            else this.#playPlain();
        } else if (error.name !== "AbortError") {
            this.stop();
            this.#say("failed", error.name === "NotAllowedError"
                ? "the browser wants a click first"
                : "it cannot be played here");
        }
    }

    #tick() {
        const words = this.#decoder?.heard();
        if (words) this.#calls.onTitle(words);
        // An element that only passes sound on does not say it.
        if (this.#decoder?.passesOn && this.#phase !== "connecting") {
            this.#say(this.ahead > 0 ? "playing" : "waiting");
        }
    }

    // --- without a decoder ---

    #playPlain() {
        this.#disconnect();
        this.#dropDecoder();
        this.#isPlain = true;
        this.#audio.src = this.#url.href;
        this.#audio.play().catch((error) => this.#failed(error));
    }
}
