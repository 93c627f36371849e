// The browser's own decoder (MediaSource) for sound.js: MP3, AAC and WebM, as
// far as the browser takes them.

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

// What is said to others is the same in sound-ogg.js.
export class MediaDecoder {
    static isHere = () => Boolean(ownMediaSource());

    // What it takes of this type (without parameters), or null.
    static kindOf(type) {
        const known = kTypes[type];
        return known && ownMediaSource()?.isTypeSupported(known) ? known : null;
    }

    // Frames of MP3 and AAC may follow others after a gap; clusters may not.
    static bridgesGaps = (kind) => !kind.startsWith("audio/webm");

    #audio;
    #source;
    #buffer = null;
    #queue = [];          // bytes, and words in their places
    #cues = [];           // {at, words}: seconds of the element's time
    #began = false;

    // failed(error): the element does not play.
    constructor(kind, audio, { failed }) {
        this.#audio = audio;
        const source = new (ownMediaSource())();
        this.#source = source;
        source.addEventListener("sourceopen", () => {
            if (source !== this.#source) return;
            URL.revokeObjectURL(audio.src);
            this.#buffer = source.addSourceBuffer(kind);
            this.#buffer.mode = MediaDecoder.bridgesGaps(kind) ? "sequence"
                : "segments";
            this.#buffer.addEventListener("updateend", () => this.#append());
            this.#append();
        }, { once: true });
        audio.disableRemotePlayback = true;
        audio.src = URL.createObjectURL(source);
        audio.play().catch(failed);
    }

    close() {
        this.#source = this.#buffer = null;
        this.#queue = [];
    }

    // Seconds that are there to be played.
    get ahead() {
        const { buffered, currentTime } = this.#audio;
        return buffered.length === 0 ? 0
            : buffered.end(buffered.length - 1) - currentTime;
    }

    // Bytes, or words that are heard behind them.
    take(item) {
        this.#queue.push(item);
        this.#append();
    }

    // The last words that are heard by now, each once.
    heard() {
        let words = null;
        while (this.#cues.length > 0 &&
               this.#cues[0].at <= this.#audio.currentTime + 0.05) {
            words = this.#cues.shift().words;
        }
        return words;
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
}
