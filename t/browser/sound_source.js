// Sources as an Icecast sends them, in real time, with a burst: tones that change
// with the title, so that a test hears which title is on. MP3 has its titles in
// ICY blocks, Ogg in a new chain for each. Their clock goes on while nobody is
// connected.
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const kMetaint = 2000;

// The frames of 4 s of a tone.
function mp3Tone(dir, hertz) {
    const file = path.join(dir, `${hertz}.mp3`);
    execFileSync("ffmpeg", [
        "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
        `sine=frequency=${hertz}:sample_rate=44100:duration=4.5`, "-ac", "2",
        "-b:a", "128k", "-reservoir", "0", "-map_metadata", "-1",
        "-id3v2_version", "0", "-write_xing", "0", file,
    ]);
    const bytes = fs.readFileSync(file);
    const frames = [];
    for (let at = 0; at + 4 < bytes.length;) {
        const padding = bytes[at + 2] >> 1 & 1;
        frames.push(bytes.subarray(at, at + 417 + padding));
        at += 417 + padding;
    }
    return frames.slice(10, 163);
}

// Five pages a second, the first behind its head pages.
function oggTone(codec, dir, hertz) {
    const file = path.join(dir, `${hertz}.ogg`);
    execFileSync("ffmpeg", [
        "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
        `sine=frequency=${hertz}:sample_rate=48000:duration=4`, "-ac", "2",
        "-metadata", "artist=Tone", "-metadata", `title=${hertz}`,
        "-c:a", codec, "-page_duration", "200000", "-f", "ogg", file,
    ]);
    const bytes = fs.readFileSync(file);
    const pages = [];
    for (let at = 0; at < bytes.length;) {
        const lacing = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
        const size = lacing.reduce((sum, one) => sum + one, 27 + lacing.length);
        pages.push(bytes.subarray(at, at + size));
        at += size;
    }
    const isHead = (page) => page.readBigInt64LE(6) === 0n;
    const heads = Buffer.concat(pages.filter(isHead));
    const rest = pages.filter((page) => !isHead(page));
    const frames = rest.slice(0, 20);
    frames[0] = Buffer.concat([heads, frames[0]]);
    frames[frames.length - 1] = Buffer.concat(
        [frames[frames.length - 1], ...rest.slice(20)]);
    frames.heads = heads;
    return frames;
}

const kKinds = {
    mp3: { type: "audio/mpeg", rate: 44100 / 1152, tone: mp3Tone },
    opus: { type: "audio/ogg", rate: 5, tone: oggTone.bind(null, "libopus") },
    vorbis: { type: "audio/ogg", rate: 5,
              tone: oggTone.bind(null, "libvorbis") },
    flac: { type: "audio/ogg", rate: 5, tone: oggTone.bind(null, "flac") },
};

class SoundSource {
    // hertz: the tones, in turn; the title is "Tone - HERTZ".
    static async start(dir, { hertz = [440, 880], kind = "mp3" } = {}) {
        const source = new SoundSource();
        source.hertz = hertz;
        source.kind = kKinds[kind];
        source.tones = hertz.map((one) => source.kind.tone(dir, one));
        source.began = Date.now() - 60000;
        source.clients = new Set();
        source.server = http.createServer((request, response) =>
            source.accept(request, response));
        await new Promise((resolve) =>
            source.server.listen(0, "127.0.0.1", resolve));
        source.port = source.server.address().port;
        source.timer = setInterval(() => source.sendAll(), 50);
        return source;
    }

    place(number) {
        const each = this.tones[0].length;
        return [Math.floor(number / each) % this.tones.length, number % each];
    }

    now() {
        return Math.floor((Date.now() - this.began) / 1000 * this.kind.rate);
    }

    accept(request, response) {
        const icy = request.headers["icy-metadata"] === "1" &&
            this.kind === kKinds.mp3;
        response.useChunkedEncodingByDefault = false;
        response.writeHead(200, {
            "Content-Type": this.kind.type, "icy-name": "Tone FM",
            "icy-br": "128", "Connection": "close",
            ...(icy ? { "icy-metaint": String(kMetaint) } : {}),
        });
        const next = this.now() - Math.round(4 * this.kind.rate);
        const client = { response, icy, next, left: kMetaint, said: "" };
        const [which, index] = this.place(next);
        const { heads } = this.tones[which];
        if (heads && index > 0) response.write(heads);
        this.clients.add(client);
        response.on("close", () => this.clients.delete(client));
    }

    sendAll() {
        for (const client of this.clients) this.send(client);
    }

    send(client) {
        for (const now = this.now(); client.next < now; client.next++) {
            const [which, index] = this.place(client.next);
            let frame = this.tones[which][index];
            while (client.icy && frame.length >= client.left) {
                client.response.write(frame.subarray(0, client.left));
                frame = frame.subarray(client.left);
                client.left = kMetaint;
                client.response.write(this.block(client, which));
            }
            client.left -= frame.length;
            client.response.write(frame);
        }
    }

    block(client, which) {
        const title = `Tone - ${this.hertz[which]}`;
        if (title === client.said) return Buffer.from([0]);
        client.said = title;
        const text = `StreamTitle='${title}';`;
        const units = Math.ceil(text.length / 16);
        const block = Buffer.alloc(1 + units * 16);
        block[0] = units;
        block.write(text, 1, "latin1");
        return block;
    }

    close() {
        clearInterval(this.timer);
        for (const client of this.clients) client.response.destroy();
        this.server.close();
    }
}

module.exports = { SoundSource };
