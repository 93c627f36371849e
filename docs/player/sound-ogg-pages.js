// Ogg's pages to packets (RFC 3533), for sound-ogg.js: Opus (RFC 7845), Vorbis and
// FLAC, and chains of them, with what WebCodecs wants to know of each.

const kPageHead = 27;
const kContinues = 1;
const kBegins = 2;

const view = (bytes) =>
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const startsWith = (bytes, text, at = 0) =>
    bytes.length >= at + text.length &&
    [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

function joined(parts) {
    if (parts.length === 1) return parts[0];
    const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all;
}

// Each codec: whether a stream's first packet is its own, and a description for
// the browser as soon as its head packets have come (null before). Packets with
// `isHead` carry no sound.
const kCodecs = [{
    fits: (first) => startsWith(first, "OpusHead") && first.length >= 19,
    isHead: (packet) => startsWith(packet, "Opus"),
    describe: ([head]) => ({
        codec: "opus", sampleRate: 48000, numberOfChannels: head[9],
        description: head,
    }),
}, {
    fits: (first) => startsWith(first, "\x01vorbis") && first.length >= 30,
    isHead: (packet) => (packet[0] & 1) === 1,
    describe: (heads) => heads.length < 3 ? null : {
        codec: "vorbis", sampleRate: view(heads[0]).getUint32(12, true),
        numberOfChannels: heads[0][11], description: laced(heads),
    },
}, {
    fits: (first) => startsWith(first, "\x7fFLAC") &&
        startsWith(first, "fLaC", 9) && first.length >= 51,
    isHead: (packet) => packet[0] !== 0xff,
    describe: ([first]) => {
        const info = first.slice(9, 51);
        info[4] |= 0x80;  // the last block of metadata, as far as it goes
        return {
            codec: "flac", sampleRate: view(info).getUint32(18) >>> 12,
            numberOfChannels: (info[20] >> 1 & 7) + 1, description: info,
        };
    },
}];

// Three packets in one, as Xiph laces them.
function laced(packets) {
    const sizes = [packets.length - 1];
    for (const { length } of packets.slice(0, -1)) {
        let left = length;
        for (; left >= 255; left -= 255) sizes.push(255);
        sizes.push(left);
    }
    return joined([Uint8Array.from(sizes), ...packets]);
}

// Pages in, packets of the stream that is sound out. Where others are beside
// it, the first that is known is taken, as onair_pull does.
export class OggPages {
    #rest = new Uint8Array(0);
    #serial = null;
    #codec = null;
    #heads = null;        // head packets, until the codec is described
    #parts = null;        // of a packet that goes on on the next page
    #beginning = false;   // pages that begin streams are coming
    #calls;

    // begins(description), packet(bytes)
    constructor(calls) { this.#calls = calls; }

    push(bytes) {
        this.#rest = this.#rest.length > 0 ? joined([this.#rest, bytes]) : bytes;
        for (let size; (size = this.#pageSize()) > 0;) {
            this.#take(this.#rest.subarray(0, size));
            this.#rest = this.#rest.subarray(size);
        }
    }

    // Of the page that lies in front, 0 if it is not whole yet.
    #pageSize() {
        const rest = this.#rest;
        let at = 0;
        while (at + 4 <= rest.length && !startsWith(rest, "OggS", at)) at++;
        this.#rest = rest.subarray(at);
        if (this.#rest.length < kPageHead) return 0;
        const count = this.#rest[26];
        if (this.#rest.length < kPageHead + count) return 0;
        let size = kPageHead + count;
        for (let i = 0; i < count; i++) size += this.#rest[kPageHead + i];
        return size <= this.#rest.length ? size : 0;
    }

    #take(page) {
        const serial = view(page).getUint32(14, true);
        const lacing = page.subarray(kPageHead, kPageHead + page[26]);
        let at = kPageHead + lacing.length;
        if (page[5] & kBegins) {
            this.#begin(serial, page.subarray(at, at + lacing[0]));
        } else {
            this.#beginning = false;
        }
        if (serial !== this.#serial) return;
        if (!(page[5] & kContinues)) this.#parts = [];
        for (let i = 0; i < lacing.length;) {
            const from = at;
            let whole = false;
            while (i < lacing.length && !whole) {
                whole = lacing[i] < 255;
                at += lacing[i++];
            }
            // Of one whose beginning did not come nothing can be made.
            this.#parts?.push(page.subarray(from, at));
            if (!whole) return;
            if (this.#parts) this.#packet(joined(this.#parts));
            this.#parts = [];
        }
    }

    #begin(serial, first) {
        if (this.#beginning && this.#codec) return;
        if (!this.#beginning) this.#codec = this.#serial = null;
        this.#beginning = true;
        const codec = kCodecs.find((one) => one.fits(first));
        if (!codec) return;
        this.#codec = codec;
        this.#serial = serial;
        this.#heads = [];
    }

    #packet(packet) {
        if (packet.length === 0) return;
        if (!this.#codec.isHead(packet)) {
            if (!this.#heads) this.#calls.packet(packet);
        } else if (this.#heads) {
            this.#heads.push(packet.slice());
            const description = this.#codec.describe(this.#heads);
            if (!description) return;
            this.#heads = null;
            this.#calls.begins(description);
        }
    }
}
