// Ogg for sound.js, which MediaSource does not take: packets to the browser's
// codec (WebCodecs), and what that makes of them, in order and without a gap, to
// the element. WebCodecs wants a page of `https:` or of localhost.

import { OggPages } from "./sound-ogg-pages.js";

// Played as soon as so much is there, seconds; who is later than kTooLate behind
// the newest goes on kNear before it.
const kLead = 0.2;
const kTooLate = 15;
const kNear = 4;
// What is decoded is played in pieces of so long, seconds.
const kPiece = 0.1;

export class OggDecoder {
    static isHere = () => "AudioDecoder" in globalThis;

    static kindOf(type) {
        const is = type === "audio/ogg" || type === "application/ogg" ||
            type === "audio/opus";
        return is && OggDecoder.isHere() ? "ogg" : null;
    }

    static bridgesGaps = () => false;

    #audio;
    #calls;
    #pages;
    #decoder = null;
    #description = null;
    #failures = 0;        // in a row without sound
    #sent = 0;            // packets, to the codec
    #decoded = 0;         // and what came of them
    #contexts = [];       // of every rate so far; the element hears the first
    #context = null;      // that of the present rate, and what it plays to
    #output = null;
    #piece = [];          // decoded, not played yet: {rate, planes}
    #pieceFrames = 0;
    #pieceBegan = 0;      // the number of its first packet
    #playing = [];        // {node, at}: pieces from now on
    #end = 0;             // of the last one, by the context's clock
    #words = [];          // {after, words}: packets
    #cues = [];           // {context, at, words}

    // The element is only the way to the speaker.
    passesOn = true;

    // failed(): it cannot go on; failed(error): the element does not play.
    constructor(_kind, audio, calls) {
        this.#audio = audio;
        this.#calls = calls;
        this.#pages = new OggPages({
            begins: (description) => this.#begin(description),
            packet: (bytes) => this.#decode(bytes),
        });
    }

    close() {
        if (this.#decoder?.state !== "closed") this.#decoder?.close();
        this.#decoder = null;
        if (this.began) this.#audio.srcObject = null;
        for (const one of this.#contexts) {
            if (one.state !== "closed") one.close();
        }
        this.#contexts = [];
        this.#context = null;
    }

    get began() { return this.#contexts.length > 0; }

    get ahead() {
        return this.#context ? this.#end - this.#context.currentTime : 0;
    }

    take(item) {
        if (item instanceof Uint8Array) this.#pages.push(item);
        else this.#words.push({ after: this.#sent, words: item });
    }

    heard() {
        const now = this.#context?.currentTime ?? 0;
        const isHeard = ({ context, at }) =>
            context.state === "closed" || at <= context.currentTime + 0.05;
        let words = null;
        while (this.#cues[0] && isHeard(this.#cues[0])) {
            words = this.#cues.shift().words;
        }
        this.#playing = this.#playing.filter((one) =>
            one.at + one.node.buffer.duration > now);
        return words;
    }

    // --- the codec ---

    #begin(description) {
        this.#description = description;
        if (this.#decoder?.state === "closed") this.#stumble();
        if (!this.#decoder) {
            this.#openDecoder();
            return;
        }
        // What it still has of the stream before comes first; not each packet
        // gives sound, so the count is set right there.
        const sent = this.#sent;
        this.#decoder.flush().then(() => { this.#decoded = sent; }, () => {});
        this.#configure();
    }

    #openDecoder() {
        this.#decoded = this.#sent;
        const decoder = new AudioDecoder({
            output: (sound) => {
                if (decoder === this.#decoder) this.#keep(sound);
                sound.close();
            },
            error: () => {
                if (decoder === this.#decoder) this.#stumble();
            },
        });
        this.#decoder = decoder;
        this.#configure();
    }

    #configure() {
        try {
            this.#decoder.configure(this.#description);
        } catch {
            this.#stumble();
        }
    }

    // A packet that it could not read: on with the next.
    #stumble() {
        this.#decoder = null;
        if (++this.#failures > 5) this.#calls.failed();
    }

    #decode(packet) {
        if (this.#decoder?.state === "closed") this.#stumble();
        if (!this.#decoder) {
            if (this.#failures > 5) return;
            this.#openDecoder();
            if (!this.#decoder) return;
        }
        // Its time is told to nobody; it has to grow.
        this.#decoder.decode(new EncodedAudioChunk({
            type: "key", timestamp: this.#sent++ * 20000, data: packet,
        }));
    }

    // --- what is heard ---

    #keep(sound) {
        this.#failures = 0;
        const planes = [];
        for (let i = 0; i < sound.numberOfChannels; i++) {
            planes.push(new Float32Array(sound.numberOfFrames));
            sound.copyTo(planes[i], { planeIndex: i, format: "f32-planar" });
        }
        const first = this.#piece[0];
        if (first && (first.rate !== sound.sampleRate ||
                      first.planes.length !== planes.length)) {
            this.#play();
        }
        if (this.#piece.length === 0) this.#pieceBegan = this.#decoded;
        this.#piece.push({ rate: sound.sampleRate, planes });
        this.#pieceFrames += sound.numberOfFrames;
        this.#decoded++;
        if (this.#pieceFrames >= kPiece * sound.sampleRate) this.#play();
    }

    #play() {
        const { rate, planes } = this.#piece[0];
        this.#openContext(rate);
        const context = this.#context;
        const buffer = context.createBuffer(planes.length, this.#pieceFrames,
                                            rate);
        let at = 0;
        for (const piece of this.#piece) {
            piece.planes.forEach((plane, i) =>
                buffer.copyToChannel(plane, i, at));
            at += piece.planes[0].length;
        }
        if (this.#end < context.currentTime) {
            this.#end = context.currentTime + kLead;
        }
        this.#findCues(this.#pieceBegan, this.#end);
        this.#schedule(buffer, this.#end);
        this.#end += buffer.duration;
        this.#piece = [];
        this.#pieceFrames = 0;
        if (this.#end - context.currentTime > kTooLate) this.#skip();
    }

    #schedule(buffer, at) {
        const node = new AudioBufferSourceNode(this.#context, { buffer });
        node.connect(this.#output);
        node.start(at);
        this.#playing.push({ node, at });
    }

    // Words lie in front of the first packet that is behind them.
    #findCues(packet, at) {
        while (this.#words[0]?.after <= packet) {
            this.#cues.push({ context: this.#context, at,
                              words: this.#words.shift().words });
        }
    }

    // The newest goes on from now; what lay before is not heard.
    #skip() {
        const near = this.#end - kNear;
        const kept = this.#playing.filter(({ at }) => at >= near);
        for (const { node } of this.#playing) {
            node.stop();
            node.disconnect();
        }
        this.#playing = [];
        if (kept.length === 0) return;
        const sooner = kept[0].at - this.#context.currentTime - kLead;
        for (const { node, at } of kept) {
            this.#schedule(node.buffer, at - sooner);
        }
        for (const cue of this.#cues) {
            if (cue.context === this.#context) cue.at -= sooner;
        }
        this.#end -= sooner;
    }

    // At the sound's own rate, as pieces that are resampled one by one click. A
    // chain that changes it has a context of its own, heard through the first.
    #openContext(rate) {
        if (this.#context?.sampleRate === rate) return;
        const left = Math.max(0, this.ahead);
        const before = this.#context;
        if (before && before !== this.#contexts[0]) {
            setTimeout(() => before.close(), left * 1000 + 1000);
        }
        let context = this.#contexts[0];
        if (context?.sampleRate !== rate) {
            context = new AudioContext({ sampleRate: rate });
            this.#openOutput(context);
        }
        this.#context = context;
        this.#output = context.output;
        this.#playing = [];
        this.#end = context.currentTime + left;
    }

    #openOutput(context) {
        context.output = context.createMediaStreamDestination();
        this.#contexts.push(context);
        const { stream } = context.output;
        const [first] = this.#contexts;
        if (first === context) {
            this.#audio.srcObject = stream;
            this.#audio.play().catch((error) => this.#calls.failed(error));
        } else {
            first.createMediaStreamSource(stream).connect(first.output);
        }
    }
}
