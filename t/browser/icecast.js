// A real Icecast on a free port, with one source client (silence, in real
// time) on /rock, whose title is set the way encoders set it.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

const { freePort, until } = require("./server");

const kBinary = process.env.ONAIR_ICECAST || "/usr/bin/icecast2";
const kShare = "/usr/share/icecast2";
const kPassword = "hackme";

// One frame of MPEG-1 layer III, 64 kbit/s, 44.1 kHz, mono.
const kFrame = Buffer.concat([
    Buffer.from([0xff, 0xfb, 0x50, 0xc4]), Buffer.alloc(204),
]);

function configuration({ dir, port }) {
    const owner = process.getuid() !== 0 ? "" :
        "<changeowner><user>nobody</user><group>nogroup</group></changeowner>";
    return `<icecast>
  <hostname>localhost</hostname>
  <limits><source-timeout>30</source-timeout></limits>
  <authentication>
    <source-password>${kPassword}</source-password>
    <admin-user>admin</admin-user><admin-password>${kPassword}</admin-password>
  </authentication>
  <listen-socket>
    <port>${port}</port><bind-address>127.0.0.1</bind-address>
  </listen-socket>
  <paths>
    <basedir>${kShare}</basedir><logdir>${dir}</logdir>
    <webroot>${kShare}/web</webroot><adminroot>${kShare}/admin</adminroot>
  </paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog>
  </logging>
  <security><chroot>0</chroot>${owner}</security>
</icecast>`;
}

function basic(user) {
    return "Basic " + Buffer.from(`${user}:${kPassword}`).toString("base64");
}

class Icecast {
    static async start() {
        const icecast = new Icecast();
        icecast.dir = fs.mkdtempSync(path.join(os.tmpdir(), "onair-icecast-"));
        fs.chmodSync(icecast.dir, 0o777);
        icecast.port = await freePort();
        fs.writeFileSync(`${icecast.dir}/icecast.xml`, configuration(icecast));
        icecast.child = spawn(kBinary, ["-c", `${icecast.dir}/icecast.xml`],
                              { stdio: "ignore" });
        icecast.ended = new Promise((resolve) =>
            icecast.child.once("exit", resolve));
        try {
            await until("Icecast to listen", () => {
                if (icecast.child.exitCode !== null) {
                    throw new Error("Icecast gave up");
                }
                return icecast.get("/status-json.xsl").catch(() => null);
            });
            await icecast.stream();
        } catch (error) {
            await icecast.close();
            throw error;
        }
        return icecast;
    }

    // Connects the source client; returns when Icecast lists its mount.
    async stream() {
        this.source = net.connect(this.port, "127.0.0.1");
        this.source.on("error", () => {});
        this.source.write("SOURCE /rock HTTP/1.0\r\n" +
            `Authorization: ${basic("source")}\r\n` +
            "Content-Type: audio/mpeg\r\nice-name: Rock FM\r\n\r\n");
        // Twice the pace of the sound: Icecast takes a title with a piece.
        this.pace = setInterval(() => {
            for (let i = 0; i < 8; i++) this.source.write(kFrame);
        }, 100);
        await until("the mount", async () =>
            (await this.get("/status-json.xsl")).body.includes("/rock"));
    }

    get(uri, headers = {}) {
        return new Promise((resolve, reject) => {
            http.get({ host: "127.0.0.1", port: this.port, path: uri, headers },
                (response) => {
                let body = "";
                response.setEncoding("latin1");
                response.on("data", (piece) => { body += piece; });
                response.on("end", () =>
                    resolve({ status: response.statusCode, body }));
            }).on("error", reject);
        });
    }

    // text: what is percent-encoded as UTF-8.
    async title(text) {
        const song = encodeURIComponent(text);
        const { status } = await this.get("/admin/metadata?mount=/rock" +
            `&mode=updinfo&charset=UTF-8&song=${song}`,
            { Authorization: basic("admin") });
        if (status !== 200) throw new Error(`Icecast answers ${status}`);
    }

    async close() {
        clearInterval(this.pace);
        this.source?.destroy();
        this.child.kill("SIGTERM");
        await this.ended;
        fs.rmSync(this.dir, { recursive: true });
    }
}

module.exports = { Icecast };
