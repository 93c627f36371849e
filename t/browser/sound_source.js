// A source of MP3 as an Icecast sends it, in real time, with a burst and its
// titles in ICY blocks: tones that change with the title, so that a test hears
// which title is on. Its clock goes on while nobody is connected.
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const kMetaint = 2000;
const kBurstFrames = 153;           // 4 s
const kFramesASecond = 44100 / 1152;
const kFramesATone = 153;

// The frames of so many seconds of a tone.
function tone(dir, hertz) {
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
    return frames.slice(10, 10 + kFramesATone);
}

class SoundSource {
    // hertz: the tones, in turn; the title is "Tone - HERTZ".
    static async start(dir, hertz = [440, 880]) {
        const source = new SoundSource();
        source.hertz = hertz;
        source.tones = hertz.map((one) => tone(dir, one));
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
        return [Math.floor(number / kFramesATone) % this.tones.length,
                number % kFramesATone];
    }

    now() {
        return Math.floor((Date.now() - this.began) / 1000 * kFramesASecond);
    }

    accept(request, response) {
        const icy = request.headers["icy-metadata"] === "1";
        response.useChunkedEncodingByDefault = false;
        response.writeHead(200, {
            "Content-Type": "audio/mpeg", "icy-name": "Tone FM",
            "icy-br": "128", "Connection": "close",
            ...(icy ? { "icy-metaint": String(kMetaint) } : {}),
        });
        const client = { response, icy, next: this.now() - kBurstFrames,
                         left: kMetaint, said: "" };
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
