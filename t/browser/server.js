// A stock nginx with the module, two workers, and a source that the tests
// write: a static file in the format of Icecast's status-json.xsl.
"use strict";

const { execFileSync, spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

const kRoot = path.resolve(__dirname, "..", "..");
const kNginx = process.env.ONAIR_NGINX || "/usr/sbin/nginx";
const kModule = path.resolve(kRoot, process.env.ONAIR_MODULE ||
    "build/ngx_http_onair_module.so");
// The page's files; those of `make player` are the same, as a site serves them.
const kPlayer = path.resolve(kRoot, process.env.ONAIR_PLAYER || "docs/player");
const kPatience = 30000;

async function until(what, condition) {
    const end = Date.now() + kPatience;
    for (;;) {
        const value = await condition();
        if (value) return value;
        if (Date.now() > end) throw new Error(`in vain: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

function freePort() {
    return new Promise((resolve) => {
        const probe = net.createServer().listen(0, "127.0.0.1", () => {
            const { port } = probe.address();
            probe.close(() => resolve(port));
        });
    });
}

// Silence that a browser can play: 20 s of 8-bit mono WAV.
function silence() {
    const size = 8000 * 20;
    const head = Buffer.alloc(44);
    head.write("RIFF", 0);
    head.writeUInt32LE(36 + size, 4);
    head.write("WAVEfmt ", 8);
    head.writeUInt32LE(16, 16);
    head.writeUInt16LE(1, 20);
    head.writeUInt16LE(1, 22);
    head.writeUInt32LE(8000, 24);
    head.writeUInt32LE(8000, 28);
    head.writeUInt16LE(1, 32);
    head.writeUInt16LE(8, 34);
    head.write("data", 36);
    head.writeUInt32LE(size, 40);
    return Buffer.concat([head, Buffer.alloc(size, 128)]);
}

// A certificate of its own for 127.0.0.1.
function certify(dir) {
    execFileSync("openssl", [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", `${dir}/key.pem`, "-out", `${dir}/certificate.pem`,
    ], { stdio: "ignore" });
}

// The same stations over TLS and HTTP/2.
function secureServer({ dir, securePort }) {
    return `
    server {
        listen 127.0.0.1:${securePort} ssl http2;
        ssl_certificate ${dir}/certificate.pem;
        ssl_certificate_key ${dir}/key.pem;
        location /live/ { onair; }
        location /room/ { onair_room reactions=like,heart; }
        location / { root ${kPlayer}; }
    }
`;
}

// What a front says to pass everything on, and what it does otherwise.
function front({ port }, other, uri = "/live/") {
    return `
            proxy_pass http://127.0.0.1:${port}${uri};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            ${other}`;
}

// source: directives that answer the poll, in place of the file; locations: of
// a test's own; sound: the port of the station's sound; leave: after how long a
// worker that is to go ends its connections.
function configuration(server, { poll = "", source, locations = "", sound,
                                 leave }) {
    const { dir, port } = server;
    const user = process.getuid() === 0 ? "user root;" : "";
    return `
load_module ${kModule};
${user}
worker_processes 2;
${leave ? `worker_shutdown_timeout ${leave};` : ""}
pid ${dir}/nginx.pid;
error_log ${dir}/error.log info;
events { worker_connections 256; }
http {
    types {
        text/html html; text/css css; text/javascript js;
        image/svg+xml svg; application/json json; audio/wav wav;
    }
    charset utf-8;
    proxy_cache_path ${dir}/cache keys_zone=kept:1m;
    map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
    log_format asked '$server_protocol $scheme $request_uri '
        '"$http_last_event_id" $status';
    access_log ${dir}/access.log asked;
    client_body_temp_path ${dir}/body;
    proxy_temp_path ${dir}/proxy;
    fastcgi_temp_path ${dir}/fastcgi;
    uwsgi_temp_path ${dir}/uwsgi;
    scgi_temp_path ${dir}/scgi;

    server {
        listen 127.0.0.1:${port};

        location = /source {
            internal;
            ${source ?? `alias ${dir}/source.json;`}
            onair_poll interval=200ms type=icecast ${poll};
        }

        ${locations}
        location /live/ { onair; }
        location /api/ { onair_azuracast; }
        location /title/ { onair; onair_format title; }
        location /publish/ { onair_publish; }
        location /room/ { onair_room reactions=like,heart; }
        location /room-events/ {
            if ($http_upgrade) { return 403; }
            onair_room reactions=like,heart;
        }
        location /moderate/ {
            onair_room reactions=like,heart;
            onair_member id=moderator name=Moderator role=moderator;
        }
        location /control/ { onair_room_control; }
        location /danmaku/ { onair_danmaku; }
        ${sound ? `
        location = /pull {
            internal; proxy_pass http://127.0.0.1:${sound}/rock;
            onair_pull station=rock demand=60s;
        }
        location /hear/ { onair_listen; }
        location /late/ { onair; onair_delay auto; }` : ""}
        # The scripts are within the pages.
        location ~ ^/hear- { root ${kPlayer}; }
        # Danmaku players as npm has them, in the pages of players/.
        location /npm/ { alias ${kRoot}/build/browser/node_modules/; }
        location /players/ { alias ${__dirname}/players/; }

        # Places where one or two of the transports do not get through.
        location /events/ {
            if ($http_upgrade) { return 403; }
            onair;
        }
        location /polling/ {
            if ($http_upgrade) { return 403; }
            if ($http_accept = "text/event-stream") { return 404; }
            onair;
        }

        # And where they are taken, and then nothing comes.
        location /mute/ {
            if ($http_upgrade) { proxy_pass http://127.0.0.1:${server.mutePort}; }
            if ($http_accept = "text/event-stream") {
                proxy_pass http://127.0.0.1:${server.mutePort};
            }
            onair;
        }

        # Fronts with a fault each, for the doctor.
        location /front/good/ {
            ${front(server, "proxy_buffering off;")}
        }
        location /front/drops-upgrade/ {
            proxy_pass http://127.0.0.1:${server.port}/live/;
        }
        location /front/compresses/ {
            ${front(server, "gzip on; gzip_types *; gzip_proxied any;")}
        }
        location /front/buffers/ {
            error_page 418 = @upgrade;
            if ($http_upgrade) { return 418; }
            proxy_pass http://127.0.0.1:${server.port}/live/;
            proxy_ignore_headers X-Accel-Buffering;
        }
        location @upgrade {
            rewrite ^/front/buffers/(.*)$ /live/$1 break;
            ${front(server, "", "")}
        }
        location /front/impatient/ {
            ${front(server, "proxy_read_timeout 1500ms;")}
        }
        location /front/caches/ {
            ${front(server, `proxy_cache kept; proxy_cache_valid 1h;
                proxy_cache_key $uri;
                proxy_ignore_headers Cache-Control Vary Expires;`)}
        }
        location /refused/ { onair; onair_origin other.example; }

        # The audio of both stations.
        location ~ ^/(rock|jazz)$ {
            default_type audio/wav;
            alias ${dir}/tone.wav;
        }

        location / {
            root ${kPlayer};
            add_header Content-Security-Policy "default-src 'self'; media-src 'self' blob:";
        }
        # It asks where it is told to.
        location = /doctor.html { root ${kPlayer}; }
        # The five lines are a script within the page.
        location = /five-lines.html { root ${kPlayer}; }
    }
${server.securePort ? secureServer(server) : ""}
}
`;
}

class Server {
    // poll: further parameters of onair_poll; source: directives that answer
    // the poll; locations: more of them; sound: the port of the station's
    // sound; leave: worker_shutdown_timeout; secure: a second origin, https with HTTP/2.
    static async start({ secure = false, ...how } = {}) {
        const server = new Server();
        server.dir = fs.mkdtempSync(path.join(os.tmpdir(), "onair-browser-"));
        server.port = await freePort();
        server.origin = `http://127.0.0.1:${server.port}`;
        await server.beMute();
        if (secure) {
            server.securePort = await freePort();
            server.secureOrigin = `https://127.0.0.1:${server.securePort}`;
            certify(server.dir);
        }
        fs.writeFileSync(`${server.dir}/nginx.conf`,
                         configuration(server, how));
        fs.writeFileSync(`${server.dir}/tone.wav`, silence());
        server.onAir({ rock: {} });
        try {
            await server.run();
        } catch (error) {
            fs.rmSync(server.dir, { recursive: true });
            throw error;
        }
        return server;
    }

    // A port that takes connections and never says a word.
    async beMute() {
        this.mute = net.createServer((socket) => {
            socket.on("error", () => {});
            this.muted.add(socket);
            socket.on("close", () => this.muted.delete(socket));
        });
        this.muted = new Set();
        await new Promise((resolve) =>
            this.mute.listen(0, "127.0.0.1", resolve));
        this.mutePort = this.mute.address().port;
    }

    async run() {
        this.child = spawn(kNginx, [
            "-p", this.dir, "-c", `${this.dir}/nginx.conf`,
            "-e", `${this.dir}/error.log`, "-g", "daemon off;",
        ], { stdio: ["ignore", "inherit", "inherit"] });
        this.ended = new Promise((resolve) => this.child.once("exit", resolve));
        await until("nginx to listen", () => {
            if (this.child.exitCode !== null) {
                throw new Error(`nginx gave up:\n${this.errorLog()}`);
            }
            return this.answers("/icon.svg");
        });
    }

    answers(uri) {
        return new Promise((resolve) => {
            http.get(this.origin + uri, (response) => {
                response.resume();
                resolve(response.statusCode === 200);
            }).on("error", () => resolve(false));
        });
    }

    errorLog() {
        return fs.readFileSync(`${this.dir}/error.log`, "utf8");
    }

    // The requests that have ended, a line each:
    // protocol, scheme, URI, "Last-Event-ID", status.
    asked() {
        return fs.readFileSync(`${this.dir}/access.log`, "utf8").split("\n");
    }

    // What the source says from now on: {mount: {title, artist, name, ...}}.
    onAir(mounts) {
        const source = Object.entries(mounts).map(([mount, given]) => ({
            listeners: 12, listener_peak: 30, genre: "rock", bitrate: 128,
            server_name: `${mount} FM`, server_description: "All day",
            server_type: "audio/mpeg",
            listenurl: `${this.origin}/${mount}`,
            stream_start_iso8601: "2026-01-01T10:00:00+0000",
            title: "First Artist - First Title",
            ...given,
        }));
        const icestats = { server_id: "Icecast 2.4.4", dummy: null };
        if (source.length === 1) icestats.source = source[0];
        if (source.length > 1) icestats.source = source;
        this.write(JSON.stringify({ icestats }));
    }

    write(text) {
        fs.writeFileSync(`${this.dir}/source.new`, text);
        fs.renameSync(`${this.dir}/source.new`, `${this.dir}/source.json`);
    }

    title(title, more = {}) {
        this.onAir({ rock: { title, ...more } });
    }

    // The source is broken: it answers 404.
    breakSource() {
        fs.rmSync(`${this.dir}/source.json`);
    }

    // Returns when workers of the new generation are up.
    async reload() {
        const before = this.errorLog().length;
        this.child.kill("SIGHUP");
        await until("new workers", () =>
            /start worker processes/.test(
                this.errorLog().slice(before)) ||
            /gracefully shutting down/.test(this.errorLog().slice(before)));
    }

    // The process ids of those that are there now.
    workers() {
        const { pid } = this.child;
        return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
            .trim().split(" ").map(Number);
    }

    // The same; returns when those of before have gone.
    async reloadAndLeave() {
        const old = this.workers();
        await this.reload();
        await until("the old workers to go", () =>
            !this.workers().some((pid) => old.includes(pid)));
    }

    // kill -9 of each worker; returns when others are there.
    async killWorkers() {
        const old = this.workers();
        for (const pid of old) process.kill(pid, "SIGKILL");
        await until("other workers", () =>
            this.workers().length >= 2 &&
            !this.workers().some((pid) => old.includes(pid)));
    }

    async stop() {
        this.child.kill("SIGTERM");
        await this.ended;
    }

    // Ends nginx; gives the log lines that no run may leave behind, but those
    // that are `allowed`.
    async close(allowed = /^$/) {
        await this.stop();
        this.mute.close();
        for (const socket of this.muted) socket.destroy();
        const bad = this.errorLog().split("\n").filter((line) =>
            /\[(alert|emerg|crit)\]|open socket .* left/.test(line) &&
            !allowed.test(line));
        fs.rmSync(this.dir, { recursive: true });
        return bad;
    }
}

module.exports = { Server, freePort, kPlayer, until };
